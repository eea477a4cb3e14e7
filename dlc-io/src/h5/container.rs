//! The only place that knows the HDF5 crate: files with pandas' groups and PyTables' tables.

use std::error::Error;

pub(super) use self::{
    group::Group,
    reader::Container,
    table::{Field, FieldType, Table, text},
    writer::{
        Array, ArraysFile, Attributes, Content, TableFile, Value, attributes, padded, text_len,
    },
};
use crate::ReadPosesErrorKind as Kind;

mod classic;
mod group;
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
