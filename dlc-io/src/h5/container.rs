//! The only place that knows the HDF5 crate: files with pandas' groups and PyTables' tables.

pub(super) use self::{
    reader::{Container, Field, FieldType, Group, Table},
    writer::{TableFile, Value},
};

mod reader;
mod writer;
