use std::io::Write;

use hdf5_pure::{AttrValue, CompoundTypeBuilder, Datatype, FileBuilder, MaxExtent};

use crate::{Precision, WritePosesError};

/// The value of an attribute to write.
pub(in crate::h5) enum Value {
    /// Text, in UTF-8.
    Text(&'static str),
    /// A pickle of protocol 0, in ASCII.
    Pickle(String),
    Integer(i64),
    /// A zero as wide as the numbers of the table.
    Zero(Precision),
}

/// Attributes, in the order in which they are written.
pub(in crate::h5) type Attributes = Vec<(&'static str, Value)>;

/// A file with one group with one table, as PyTables lays it out.
pub(in crate::h5) struct TableFile {
    pub(in crate::h5) root: Attributes,
    pub(in crate::h5) key: &'static str,
    pub(in crate::h5) group: Attributes,
    pub(in crate::h5) table: Attributes,
    /// The fields of a record: its index, and an array of `columns` numbers.
    pub(in crate::h5) fields: [&'static str; 2],
    pub(in crate::h5) columns: usize,
    pub(in crate::h5) precision: Precision,
    /// The records, in little endian, without padding.
    pub(in crate::h5) records: Vec<u8>,
    pub(in crate::h5) len: usize,
    /// Records in a chunk.
    pub(in crate::h5) chunk_len: usize,
}

impl TableFile {
    /// Writes the file, from its first byte to its last.
    pub(in crate::h5) fn write(self, out: impl Write) -> Result<(), WritePosesError> {
        let datatype = self.record_type()?;
        let mut file = FileBuilder::new();
        for (name, value) in self.root {
            file.set_attr(name, value.into());
        }
        let mut group = file.create_group(self.key);
        for (name, value) in self.group {
            group.set_attr(name, value.into());
        }
        let table = group
            .create_dataset("table")
            .with_compound_data(datatype, self.records, self.len as u64)
            .with_maxshape(&[MaxExtent::Unlimited])
            .with_chunks(&[self.chunk_len as u64]);
        for (name, value) in self.table {
            table.set_attr(name, value.into());
        }
        file.add_group(group.finish());
        file.finish_to(out).map_err(|error| match error {
            hdf5_pure::Error::Io(error) => WritePosesError::Io(error),
            error => WritePosesError::Format(error.into()),
        })
    }

    fn record_type(&self) -> Result<Datatype, WritePosesError> {
        let columns =
            u32::try_from(self.columns).map_err(|error| WritePosesError::Format(error.into()))?;
        let number = match self.precision {
            Precision::F32 => hdf5_pure::make_f32_type(),
            Precision::F64 => hdf5_pure::make_f64_type(),
        };
        let numbers = Datatype::Array {
            base_type: Box::new(number),
            dimensions: vec![columns],
        };
        CompoundTypeBuilder::new()
            .i64_field(self.fields[0])
            .field(self.fields[1], numbers)
            .build()
            .map_err(|error| WritePosesError::Format(error.into()))
    }
}

impl From<Value> for AttrValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::String(text.into()),
            Value::Pickle(pickle) => Self::AsciiString(pickle),
            Value::Integer(value) => Self::I64(value),
            Value::Zero(Precision::F32) => Self::F32(0.0),
            Value::Zero(Precision::F64) => Self::F64(0.0),
        }
    }
}
