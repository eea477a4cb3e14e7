use std::{io::Write, ops::Range};

use hdf5_pure::{
    AttrValue, CharacterSet, CompoundTypeBuilder, Datatype, FileBuilder, MaxExtent, StringPadding,
};

use super::classic;
use crate::{Precision, WritePosesError};

/// The value of an attribute to write.
pub(in crate::h5) enum Value {
    /// Text, in UTF-8.
    Text(&'static str),
    OwnText(String),
    /// A pickle of protocol 0, in ASCII.
    Pickle(String),
    Integer(i64),
    /// A zero as wide as the numbers of the table.
    Zero(Precision),
    /// What numpy's `True` is.
    True,
}

/// Attributes, in the order in which they are written.
pub(in crate::h5) type Attributes = Vec<(String, Value)>;

/// Returns attributes with these names.
pub(in crate::h5) fn attributes<const N: usize>(named: [(&str, Value); N]) -> Attributes {
    let named = named.into_iter();
    named.map(|(name, value)| (name.into(), value)).collect()
}

/// What the index of a record is.
#[derive(Clone, Copy, Debug)]
pub(in crate::h5) enum IndexType {
    Integer,
    Real,
    /// A text of so many bytes.
    Text(usize),
}

impl IndexType {
    /// Returns its bytes.
    pub(in crate::h5) const fn size(self) -> usize {
        match self {
            Self::Integer | Self::Real => 8,
            Self::Text(len) => len,
        }
    }
}

/// A file with one group with one table, as PyTables lays it out.
pub(in crate::h5) struct TableFile<'a> {
    pub(in crate::h5) root: Attributes,
    pub(in crate::h5) key: &'static str,
    pub(in crate::h5) group: Attributes,
    pub(in crate::h5) table: Attributes,
    /// The fields of a record: its index, and an array of `columns` numbers.
    pub(in crate::h5) fields: [&'static str; 2],
    pub(in crate::h5) index: IndexType,
    pub(in crate::h5) columns: usize,
    pub(in crate::h5) precision: Precision,
    /// Appends records, in little endian, without padding.
    pub(in crate::h5) records: &'a dyn Fn(Range<usize>, &mut Vec<u8>),
    pub(in crate::h5) len: usize,
    /// Records in a chunk.
    pub(in crate::h5) chunk_len: usize,
}

impl TableFile<'_> {
    /// Writes the file, from its first byte to its last, a chunk at a time; one whose attributes
    /// are too long for that is first put together in memory.
    pub(in crate::h5) fn write(self, mut out: impl Write) -> Result<(), WritePosesError> {
        match classic::write(&self, &mut out) {
            Some(written) => written,
            None => self.write_at_once(out),
        }
    }

    /// Returns the bytes of a record, or `None` when they are too many.
    pub(super) fn record_size(&self) -> Option<usize> {
        let numbers = self.columns.checked_mul(self.precision.size())?;
        numbers.checked_add(self.index.size())
    }

    fn write_at_once(self, out: impl Write) -> Result<(), WritePosesError> {
        let datatype = self.record_type()?;
        let mut records = Vec::new();
        (self.records)(0..self.len, &mut records);
        let mut file = FileBuilder::new();
        for (name, value) in self.root {
            file.set_attr(&name, value.into());
        }
        let mut group = file.create_group(self.key);
        for (name, value) in self.group {
            group.set_attr(&name, value.into());
        }
        let table = group
            .create_dataset("table")
            .with_compound_data(datatype, records, self.len as u64)
            .with_maxshape(&[MaxExtent::Unlimited])
            .with_chunks(&[self.chunk_len as u64]);
        for (name, value) in self.table {
            table.set_attr(&name, value.into());
        }
        file.add_group(group.finish());
        finish(file, out)
    }

    fn record_type(&self) -> Result<Datatype, WritePosesError> {
        let numbers = Datatype::Array {
            base_type: Box::new(number_type(self.precision)),
            dimensions: vec![len_u32(self.columns)?],
        };
        let index = match self.index {
            IndexType::Integer => hdf5_pure::make_i64_type(),
            IndexType::Real => hdf5_pure::make_f64_type(),
            IndexType::Text(len) => text_type(len)?,
        };
        CompoundTypeBuilder::new()
            .field(self.fields[0], index)
            .field(self.fields[1], numbers)
            .build()
            .map_err(|error| WritePosesError::Format(error.into()))
    }
}

/// A file with one group with arrays, as PyTables lays it out.
pub(in crate::h5) struct ArraysFile {
    pub(in crate::h5) root: Attributes,
    pub(in crate::h5) key: &'static str,
    pub(in crate::h5) group: Attributes,
    pub(in crate::h5) arrays: Vec<Array>,
}

/// An array to write.
pub(in crate::h5) struct Array {
    pub(in crate::h5) name: String,
    pub(in crate::h5) attributes: Attributes,
    pub(in crate::h5) content: ArrayContent,
}

pub(in crate::h5) enum ArrayContent {
    /// Texts of one length in bytes, shorter ones followed by zeros.
    Texts(Vec<String>),
    /// Whole numbers of 64 bits.
    Integers(Vec<i64>),
    /// Places in a list of so many, in the integers that pandas takes for them.
    Places { places: Vec<usize>, of: usize },
    /// Rows of numbers, in little endian.
    Rows {
        precision: Precision,
        shape: [usize; 2],
        bytes: Vec<u8>,
    },
}

impl ArraysFile {
    /// Writes the file, from its first byte to its last.
    pub(in crate::h5) fn write(self, out: impl Write) -> Result<(), WritePosesError> {
        let mut file = FileBuilder::new();
        for (name, value) in self.root {
            file.set_attr(&name, value.into());
        }
        let mut group = file.create_group(self.key);
        for (name, value) in self.group {
            group.set_attr(&name, value.into());
        }
        for array in self.arrays {
            let (datatype, bytes, shape) = array.content.into_bytes()?;
            let dataset = group.create_dataset(&array.name);
            let len = shape.iter().product();
            dataset
                .with_raw_data(datatype, bytes, len)
                .with_shape(&shape);
            for (name, value) in array.attributes {
                dataset.set_attr(&name, value.into());
            }
        }
        file.add_group(group.finish());
        finish(file, out)
    }
}

impl ArrayContent {
    fn into_bytes(self) -> Result<(Datatype, Vec<u8>, Vec<u64>), WritePosesError> {
        Ok(match self {
            Self::Texts(texts) => {
                let len = text_len(texts.iter().map(String::as_str));
                let bytes = texts.iter().flat_map(|text| padded(text, len));
                (text_type(len)?, bytes.collect(), vec![texts.len() as u64])
            }
            Self::Integers(numbers) => {
                let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
                let shape = vec![numbers.len() as u64];
                (hdf5_pure::make_i64_type(), bytes.collect(), shape)
            }
            Self::Places { places, of } => {
                let size = place_size(of);
                let bytes = places.iter().flat_map(|place| {
                    let bytes = (*place as u64).to_le_bytes();
                    bytes.into_iter().take(size)
                });
                let datatype = match size {
                    1 => hdf5_pure::make_i8_type(),
                    2 => hdf5_pure::make_i16_type(),
                    _ => hdf5_pure::make_i32_type(),
                };
                (datatype, bytes.collect(), vec![places.len() as u64])
            }
            Self::Rows {
                precision,
                shape,
                bytes,
            } => {
                let shape = shape.map(|len| len as u64).to_vec();
                (number_type(precision), bytes, shape)
            }
        })
    }
}

/// Returns the bytes of the longest text, at least 1, as HDF5 wants it.
pub(in crate::h5) fn text_len<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(str::len).max().unwrap_or(0).max(1)
}

/// Returns the bytes of a text and zeros behind it.
pub(in crate::h5) fn padded(text: &str, len: usize) -> impl Iterator<Item = u8> {
    text.bytes().chain(std::iter::repeat(0)).take(len)
}

/// Returns the bytes of a place, as pandas' `coerce_indexer_dtype` chooses them.
fn place_size(of: usize) -> usize {
    match of {
        0..0x7f => 1,
        0x7f..0x7fff => 2,
        _ => 4,
    }
}

fn finish(file: FileBuilder, out: impl Write) -> Result<(), WritePosesError> {
    file.finish_to(out).map_err(|error| match error {
        hdf5_pure::Error::Io(error) => WritePosesError::Io(error),
        error => WritePosesError::Format(error.into()),
    })
}

/// PyTables' texts: as long as the type says, with a zero behind only where there is room.
fn text_type(len: usize) -> Result<Datatype, WritePosesError> {
    Ok(Datatype::String {
        size: len_u32(len)?,
        padding: StringPadding::NullTerminate,
        charset: CharacterSet::Ascii,
    })
}

fn number_type(precision: Precision) -> Datatype {
    match precision {
        Precision::F32 => hdf5_pure::make_f32_type(),
        Precision::F64 => hdf5_pure::make_f64_type(),
    }
}

fn len_u32(len: usize) -> Result<u32, WritePosesError> {
    u32::try_from(len).map_err(|error| WritePosesError::Format(error.into()))
}

impl From<Value> for AttrValue {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => Self::String(text.into()),
            Value::OwnText(text) => Self::String(text),
            Value::Pickle(pickle) => Self::AsciiString(pickle),
            Value::Integer(value) => Self::I64(value),
            Value::Zero(Precision::F32) => Self::F32(0.0),
            Value::Zero(Precision::F64) => Self::F64(0.0),
            Value::True => Self::U8(1),
        }
    }
}
