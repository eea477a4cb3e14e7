//! The only place that knows the HDF5 crate: files with pandas' groups and PyTables' tables.

pub(super) use self::{
    reader::{Container, Field, FieldType, Group, Table, text},
    writer::{
        Array, ArraysFile, Attributes, Content, TableFile, Value, attributes, padded, text_len,
    },
};

mod reader;
mod writer;
