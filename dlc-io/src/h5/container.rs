//! The only place that knows the HDF5 crate: files with pandas' groups and PyTables' tables.

pub(super) use self::{
    group::Group,
    reader::{Container, Content},
    table::{Field, FieldType, Table, text},
    writer::{
        Array, ArrayContent, ArraysFile, Attributes, IndexType, TableFile, Value, attributes,
        padded, text_len,
    },
};
use crate::{ReadPosesErrorKind as Kind, foreign_error::in_one_line};

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
    Kind::Hdf5 {
        object: object.into(),
        source: in_one_line(error),
    }
}
