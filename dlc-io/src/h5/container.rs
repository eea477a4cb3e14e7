//! The only place that knows the HDF5 crate: files with pandas' groups and PyTables' tables.

use std::error::Error;

pub(super) use self::{
    group::Group,
    reader::{Container, Content},
    table::{Field, FieldType, Table, text},
    writer::{
        Array, ArrayContent, ArraysFile, Attributes, IndexType, TableFile, Value, attributes,
        padded, text_len,
    },
};
use crate::ReadPosesErrorKind as Kind;

mod blosc;
mod chunks;
mod classic;
mod group;
mod lz;
mod number;
mod objects;
mod reader;
mod source;
mod table;
mod writer;

fn unreadable(object: &str, error: hdf5_pure::Error) -> Kind {
    let source: Box<dyn Error + Send + Sync> = error.into();
    Kind::Hdf5 {
        object: object.into(),
        source,
    }
}
