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
        let datatype = self.dataset.datatype();
        match datatype.map_err(|error| unreadable(&self.attributes.path, error))? {
            Datatype::Compound { size, members } => {
                let fields = members.into_iter().map(|member| {
                    let offset = usize::try_from(member.byte_offset).ok()?;
                    let end = offset.checked_add(member.datatype.type_size() as usize)?;
                    (end <= size as usize).then_some(Field {
                        name: member.name,
                        offset,
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
    ///
    /// What the file says of its size is believed only as far as its bytes can bear it out.
    pub(in crate::h5) fn records(&self, record_size: usize) -> Result<Vec<u8>, Kind> {
        let read = || Ok((self.dataset.shape()?, self.dataset.chunk_shape()?));
        let (shape, chunk) = read().map_err(|error| unreadable(&self.attributes.path, error))?;
        let [len] = shape[..] else {
            return Err(self.unexpected("one dimension"));
        };
        if len == 0 {
            return Ok(Vec::new());
        }
        let longest = chunk.iter().flatten().try_fold(len, |longest, &rows| {
            // A chunk may be longer than the table, but it is in the file.
            Some(longest.max(rows)).filter(|_| rows > 0)
        });
        let stored = self.attributes.file.len() as u64;
        let most = if self.dataset.filters().is_empty() {
            stored
        } else {
            stored.saturating_mul(MAX_COMPRESSION)
        };
        let size = longest.and_then(|longest| longest.checked_mul(record_size as u64));
        if size.is_none_or(|size| size > most) {
            return Err(self.unexpected("as many records as the file has bytes for"));
        }
        let records = self.dataset.read_raw();
        records.map_err(|error| unreadable(&self.attributes.path, error))
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
