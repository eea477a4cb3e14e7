use std::{borrow::Cow, collections::HashMap, error::Error};

use hdf5_pure::{AttrValue, Datatype, File};

use crate::{
    Limits, Precision, ReadPosesErrorKind as Kind,
    pickle::{self, Value},
};

/// Deflate makes at most about 1000 bytes of one; the same bound serves for the other filters.
const MAX_COMPRESSION: u64 = 1100;

/// An open file, whole in memory.
pub(in crate::h5) struct Container {
    file: File,
}

impl Container {
    pub(in crate::h5) fn parse(bytes: Vec<u8>) -> Result<Self, Kind> {
        match File::from_bytes(bytes) {
            Ok(file) => Ok(Self { file }),
            Err(error) => Err(unreadable("/", error)),
        }
    }

    /// Returns the names of the groups in the root.
    pub(in crate::h5) fn groups(&self) -> Result<Vec<String>, Kind> {
        let groups = self.file.root().groups();
        groups.map_err(|error| unreadable("/", error))
    }

    /// Returns the attributes of a group in the root.
    pub(in crate::h5) fn group(&self, name: &str) -> Result<Group<'_>, Kind> {
        let path = format!("/{name}");
        let read = || {
            let group = self.file.group(&path)?;
            Ok((group.attrs()?, group.attr_datatypes()?))
        };
        let (values, types) = read().map_err(|error| unreadable(&path, error))?;
        Ok(self.attributes(path, values, types))
    }

    /// Returns the table of a group in the root.
    pub(in crate::h5) fn table(&self, group: &str) -> Result<Table<'_>, Kind> {
        let path = format!("/{group}/table");
        let read = || {
            let table = self.file.dataset(&path)?;
            Ok((table.attrs()?, table.attr_datatypes()?, table))
        };
        let (values, types, dataset) = read().map_err(|error| unreadable(&path, error))?;
        Ok(Table {
            attributes: self.attributes(path, values, types),
            dataset,
        })
    }

    /// Returns an array of texts of a group in the root.
    pub(in crate::h5) fn texts(&self, group: &str, name: &str) -> Result<Vec<String>, Kind> {
        let array = self.array(group, name)?;
        let Datatype::String { size, .. } = array.datatype()? else {
            return Err(array.unexpected("texts"));
        };
        let size = size as usize;
        let bytes = array.bytes(size, 1)?;
        let texts = bytes.chunks_exact(size).map(text);
        let texts: Option<Vec<String>> = texts.collect();
        texts.ok_or_else(|| array.unexpected("texts in UTF-8"))
    }

    /// Returns an attribute with text of an array of a group in the root.
    pub(in crate::h5) fn text_attribute(
        &self,
        group: &str,
        array: &str,
        name: &str,
    ) -> Result<String, Kind> {
        let path = format!("/{group}/{array}");
        let attributes = self.file.dataset(&path).and_then(|array| array.attrs());
        let values = attributes.map_err(|error| unreadable(&path, error))?;
        let attributes = self.attributes(path, values, HashMap::new());
        match attributes.text(name) {
            Some(text) => Ok(text.into()),
            None => Err(Kind::Unexpected {
                object: attributes.place(name),
                expected: "a text",
                found: "nothing".into(),
            }),
        }
    }

    /// Returns an array of whole numbers of a group in the root, each below `end`.
    pub(in crate::h5) fn places(
        &self,
        group: &str,
        name: &str,
        end: usize,
    ) -> Result<Vec<usize>, Kind> {
        let array = self.array(group, name)?;
        let datatype = array.datatype()?;
        let types = [
            hdf5_pure::make_i8_type(),
            hdf5_pure::make_i16_type(),
            hdf5_pure::make_i32_type(),
            hdf5_pure::make_i64_type(),
        ];
        if !types.contains(&datatype) {
            return Err(array.unexpected("whole numbers"));
        }
        let size = datatype.type_size() as usize;
        let places = array.bytes(size, 1)?;
        let place = |bytes: &[u8]| {
            // A negative one stands for a missing value and is far outside when it is unsigned.
            let value = bytes
                .iter()
                .rev()
                .fold(0_u64, |v, &b| v << 8 | u64::from(b));
            usize::try_from(value).ok().filter(|&place| place < end)
        };
        let places: Option<Vec<usize>> = places.chunks_exact(size).map(place).collect();
        places.ok_or_else(|| array.unexpected("places in a list"))
    }

    /// Returns rows of floats of a group in the root: shape, width and bytes.
    pub(in crate::h5) fn rows(
        &self,
        group: &str,
        name: &str,
    ) -> Result<([usize; 2], Precision, Vec<u8>), Kind> {
        let array = self.array(group, name)?;
        let precision = precision(&array.datatype()?);
        let precision = precision.ok_or_else(|| array.unexpected("floats"))?;
        let bytes = array.bytes(precision.size(), 2)?;
        let shape = array.dataset.shape();
        let shape = shape.map_err(|error| unreadable(&array.attributes.path, error))?;
        // A product of them was just read.
        let side = |axis: usize| usize::try_from(shape[axis]).unwrap_or(usize::MAX);
        Ok(([side(0), side(1)], precision, bytes))
    }

    fn array(&self, group: &str, name: &str) -> Result<Table<'_>, Kind> {
        let path = format!("/{group}/{name}");
        let dataset = self.file.dataset(&path);
        let dataset = dataset.map_err(|error| unreadable(&path, error))?;
        Ok(Table {
            attributes: self.attributes(path, HashMap::new(), HashMap::new()),
            dataset,
        })
    }

    fn attributes(
        &self,
        path: String,
        values: HashMap<String, AttrValue>,
        types: HashMap<String, Datatype>,
    ) -> Group<'_> {
        Group {
            path,
            values,
            types,
            file: self.file.as_bytes(),
        }
    }
}

/// The attributes of a group or a table.
pub(in crate::h5) struct Group<'a> {
    path: String,
    values: HashMap<String, AttrValue>,
    types: HashMap<String, Datatype>,
    file: &'a [u8],
}

impl Group<'_> {
    /// Returns the path in the file, or that of an attribute.
    pub(in crate::h5) fn place(&self, attribute: &str) -> String {
        format!("{}@{attribute}", self.path)
    }

    /// Returns an attribute with text, or `None` when there is none of that name.
    pub(in crate::h5) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(AttrValue::as_str)
    }

    /// Returns an attribute with a whole number, or `None` when there is none of that name.
    pub(in crate::h5) fn integer(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(AttrValue::as_i64)
    }

    /// Returns an attribute with a pickle, or `None` when there is none of that name.
    pub(in crate::h5) fn pickle(&self, name: &str) -> Result<Option<Value>, Kind> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let bytes = self.exact(name, text)?;
        match pickle::read(&*bytes, &Limits::default()) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(Kind::Hdf5 {
                object: self.place(name),
                source: error.into(),
            }),
        }
    }

    /// Returns the bytes of an attribute.
    ///
    /// Pickles of protocol 0 hold Latin-1, and the HDF5 crate decodes all text as UTF-8, leaving
    /// a mark for what is none. Such an attribute is looked up in the file: it stands, at most a
    /// few words on, behind its name, and reads the same.
    fn exact<'t>(&self, name: &str, text: &'t str) -> Result<Cow<'t, [u8]>, Kind> {
        const LONGEST_HEADER: usize = 64;
        const MOST_NAMES: usize = 16;
        if !text.contains(char::REPLACEMENT_CHARACTER) {
            return Ok(text.as_bytes().into());
        }
        let size = self.types.get(name).map_or(0, Datatype::type_size) as usize;
        let key = [name.as_bytes(), b"\0"].concat();
        let names = self.file.windows(key.len()).enumerate();
        let mut found: Option<&[u8]> = None;
        let names = names.filter(|(_, window)| *window == key);
        for (place, _) in names.take(MOST_NAMES) {
            let behind = place + key.len();
            for start in behind..behind + LONGEST_HEADER {
                let Some(bytes) = self.file.get(start..start.saturating_add(size)) else {
                    break;
                };
                if String::from_utf8_lossy(bytes) == text {
                    if found.is_some_and(|other| other != bytes) {
                        return Err(self.undecodable(name));
                    }
                    found = Some(bytes);
                }
            }
        }
        match found {
            Some(bytes) => Ok(bytes.to_vec().into()),
            None => Err(self.undecodable(name)),
        }
    }

    fn undecodable(&self, name: &str) -> Kind {
        Kind::Unexpected {
            object: self.place(name),
            expected: "a pickle of protocol 0",
            found: "bytes that are not text".into(),
        }
    }
}

/// A table: records with named fields.
pub(in crate::h5) struct Table<'a> {
    pub(in crate::h5) attributes: Group<'a>,
    dataset: hdf5_pure::Dataset,
}

/// A field of a record.
pub(in crate::h5) struct Field {
    pub(in crate::h5) name: String,
    /// The place of its first byte in the record, from 0.
    pub(in crate::h5) offset: usize,
    /// Its length in bytes.
    pub(in crate::h5) size: usize,
    pub(in crate::h5) field_type: FieldType,
}

/// What a field holds; numbers are little-endian.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::h5) enum FieldType {
    /// One integer of 64 bits.
    Integer,
    /// So many floats.
    Floats(Precision, usize),
    /// Text of a fixed length.
    Text,
    Other,
}

impl Table<'_> {
    /// Returns the fields of a record, and its size in bytes.
    pub(in crate::h5) fn fields(&self) -> Result<(Vec<Field>, usize), Kind> {
        match self.datatype()? {
            Datatype::Compound { size, members } => {
                let fields = members.into_iter().map(|member| {
                    let offset = usize::try_from(member.byte_offset).ok()?;
                    let len = member.datatype.type_size() as usize;
                    let end = offset.checked_add(len)?;
                    (end <= size as usize).then_some(Field {
                        name: member.name,
                        offset,
                        size: len,
                        field_type: FieldType::of(&member.datatype),
                    })
                });
                let fields: Option<Vec<Field>> = fields.collect();
                let fields = fields.ok_or_else(|| self.unexpected("fields inside the record"))?;
                Ok((fields, size as usize))
            }
            _ => Err(self.unexpected("records with fields")),
        }
    }

    /// Returns the bytes of all records.
    pub(in crate::h5) fn records(&self, record_size: usize) -> Result<Vec<u8>, Kind> {
        self.bytes(record_size, 1)
    }

    /// Returns the bytes of all elements.
    ///
    /// What the file says of its size is believed only as far as its bytes can bear it out.
    fn bytes(&self, element_size: usize, dimensions: usize) -> Result<Vec<u8>, Kind> {
        let read = || Ok((self.dataset.shape()?, self.dataset.chunk_shape()?));
        let (shape, chunk) = read().map_err(|error| unreadable(&self.attributes.path, error))?;
        if shape.len() != dimensions {
            return Err(self.unexpected("one number for each dimension"));
        }
        if shape.contains(&0) {
            return Ok(Vec::new());
        }
        // A chunk may be longer than the table, but it is in the file.
        let chunk = chunk.unwrap_or_else(|| shape.clone());
        let mut sides = shape.iter().zip(&chunk);
        let most_elements = sides.try_fold(1_u64, |elements, (&len, &chunk)| {
            elements.checked_mul(len.max(chunk)).filter(|_| chunk > 0)
        });
        let stored = self.attributes.file.len() as u64;
        let most = if self.dataset.filters().is_empty() {
            stored
        } else {
            stored.saturating_mul(MAX_COMPRESSION)
        };
        let size = most_elements.and_then(|elements| elements.checked_mul(element_size as u64));
        if chunk.len() != dimensions || size.is_none_or(|size| size > most) {
            return Err(self.unexpected("as many records as the file has bytes for"));
        }
        let bytes = self.dataset.read_raw();
        bytes.map_err(|error| unreadable(&self.attributes.path, error))
    }

    fn datatype(&self) -> Result<Datatype, Kind> {
        let datatype = self.dataset.datatype();
        datatype.map_err(|error| unreadable(&self.attributes.path, error))
    }

    fn unexpected(&self, expected: &'static str) -> Kind {
        Kind::Unexpected {
            object: self.attributes.path.clone(),
            expected,
            found: match (self.dataset.datatype(), self.dataset.shape()) {
                (Ok(datatype), Ok(shape)) => {
                    format!("shape {shape:?} of {} bytes each", datatype.type_size())
                }
                _ => "none".into(),
            },
        }
    }
}

/// Returns a text of a fixed length without the zeros behind it.
pub(in crate::h5) fn text(bytes: &[u8]) -> Option<String> {
    let len = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |i| i + 1);
    String::from_utf8(bytes[..len].to_vec()).ok()
}

impl FieldType {
    fn of(datatype: &Datatype) -> Self {
        match datatype {
            Datatype::String { .. } => Self::Text,
            Datatype::Array {
                base_type,
                dimensions,
            } => match (precision(base_type), &dimensions[..]) {
                (Some(precision), [len]) => Self::Floats(precision, *len as usize),
                _ => Self::Other,
            },
            datatype if *datatype == hdf5_pure::make_i64_type() => Self::Integer,
            datatype => precision(datatype).map_or(Self::Other, |p| Self::Floats(p, 1)),
        }
    }
}

fn precision(datatype: &Datatype) -> Option<Precision> {
    if *datatype == hdf5_pure::make_f64_type() {
        Some(Precision::F64)
    } else if *datatype == hdf5_pure::make_f32_type() {
        Some(Precision::F32)
    } else {
        None
    }
}

fn unreadable(object: &str, error: hdf5_pure::Error) -> Kind {
    let source: Box<dyn Error + Send + Sync> = error.into();
    Kind::Hdf5 {
        object: object.into(),
        source,
    }
}
