use std::{collections::HashMap, path::Path};

use hdf5_pure::{AttrValue, Datatype, File, Source};

use super::{group::Group, number::dtype, objects, source::SharedFile, table::Table, unreadable};
use crate::{
    Limits, ReadPosesErrorKind as Kind,
    pickle::{self, Dtype, DtypeKind},
    regular_file,
};

/// What an array holds.
pub(in crate::h5) enum Content {
    Texts(Vec<String>),
    Numbers(Dtype, Vec<u8>),
    /// An object of Python, mostly a numpy array of objects.
    Object(pickle::Value),
}

/// An open file; its numbers stay on the disk until they are asked for.
pub(in crate::h5) struct Container {
    file: File,
    source: SharedFile,
    limits: Limits,
}

/// How deep groups are looked for, and how many: a group may be inside itself.
const DEEPEST: usize = 8;
const MOST_GROUPS: usize = 4096;

impl Container {
    /// Checks that numbers of so many bytes may be held.
    pub(in crate::h5) fn check_size(&self, what: &str, bytes: u64) -> Result<(), Kind> {
        let limit = self.limits.max_tensor_bytes;
        match bytes > limit {
            true => Err(Kind::TooLarge {
                what: what.into(),
                bytes,
                limit,
            }),
            false => Ok(()),
        }
    }

    pub(in crate::h5) fn open(path: &Path, limits: &Limits) -> Result<Self, Kind> {
        let file = regular_file::open(path).map_err(Kind::Io)?;
        let source = SharedFile::new(file).map_err(|error| unreadable("/", error.into()))?;
        let file = File::from_source(source.clone()).map_err(|error| unreadable("/", error))?;
        let end = file.superblock().eof_address;
        if source.len() < end {
            return Err(Kind::Unexpected {
                object: "/".into(),
                expected: "a file as long as it says",
                found: format!("{} of {end} bytes", source.len()),
            });
        }
        Ok(Self {
            file,
            source,
            limits: *limits,
        })
    }

    /// Returns the paths of the groups that hold something of pandas', sorted.
    pub(in crate::h5) fn keys(&self) -> Result<Vec<String>, Kind> {
        let mut keys = Vec::new();
        let mut paths = vec![(String::new(), 0)];
        for _ in 0..MOST_GROUPS {
            paths.truncate(MOST_GROUPS);
            let Some((path, depth)) = paths.pop() else {
                break;
            };
            match self.look_into(&path) {
                Ok((is_of_pandas, below)) => {
                    paths.extend(below.into_iter().map(|path| (path, depth + 1)));
                    keys.extend(is_of_pandas.then_some(path));
                }
                // What lies deeper may be of another program.
                Err(_) if depth > 1 => {}
                Err(error) => return Err(unreadable(&format!("/{path}"), error)),
            }
            paths.retain(|(_, depth)| *depth <= DEEPEST);
        }
        keys.sort();
        Ok(keys)
    }

    /// Returns whether a group holds something of pandas', and the paths of those inside it.
    fn look_into(&self, path: &str) -> Result<(bool, Vec<String>), hdf5_pure::Error> {
        let group = self.file.group(&format!("/{path}"))?;
        let is_of_pandas = !path.is_empty() && group.attrs()?.contains_key("pandas_type");
        let below = group.groups()?.into_iter().take(MOST_GROUPS);
        let inside = |name| match path {
            "" => name,
            path => format!("{path}/{name}"),
        };
        Ok((is_of_pandas, below.map(inside).collect()))
    }

    /// Returns the attributes of a group.
    pub(in crate::h5) fn group(&self, name: &str) -> Result<Group<'_>, Kind> {
        let path = format!("/{name}");
        let read = || {
            let group = self.file.group(&path)?;
            Ok((group.attrs()?, group.attr_datatypes()?))
        };
        let (values, types) = read().map_err(|error| unreadable(&path, error))?;
        Ok(self.attributes(path, values, types))
    }

    /// Returns the table of a group.
    pub(in crate::h5) fn table(&self, group: &str) -> Result<Table<'_>, Kind> {
        self.array(group, "table")
    }

    /// Returns the names that an array of a group holds.
    pub(in crate::h5) fn names(&self, group: &str, name: &str) -> Result<Content, Kind> {
        let array = self.array(group, name)?;
        if let Some(object) = objects::object(&array)? {
            return Ok(Content::Object(object));
        }
        let datatype = array.datatype()?;
        if let Datatype::String { size, .. } = datatype {
            return array.texts(size as usize).map(Content::Texts);
        }
        let dtype = dtype(&datatype).ok_or_else(|| array.unexpected("texts or numbers"))?;
        let bytes = array.bytes(dtype.size, 1)?;
        Ok(Content::Numbers(dtype, bytes))
    }

    /// Returns the attributes of an array of a group.
    pub(in crate::h5) fn array_attributes(
        &self,
        group: &str,
        name: &str,
    ) -> Result<Group<'_>, Kind> {
        Ok(self.array(group, name)?.attributes)
    }

    /// Returns an array of whole numbers of a group, each below `end`; a negative one stands for
    /// nothing.
    pub(in crate::h5) fn places(
        &self,
        group: &str,
        name: &str,
        end: usize,
    ) -> Result<Vec<Option<usize>>, Kind> {
        let array = self.array(group, name)?;
        let dtype = dtype(&array.datatype()?).filter(|dtype| dtype.kind == DtypeKind::Int);
        let dtype = dtype.ok_or_else(|| array.unexpected("whole numbers"))?;
        let bytes = array.bytes(dtype.size, 1)?;
        let place = |bytes: &[u8]| match usize::try_from(dtype.i64(bytes)?) {
            Ok(place) => (place < end).then_some(Some(place)),
            Err(_) => Some(None),
        };
        let places: Option<Vec<_>> = bytes.chunks_exact(dtype.size).map(place).collect();
        places.ok_or_else(|| array.unexpected("places in a list"))
    }

    /// Returns what an array of one or two dimensions of a group holds, with its shape.
    pub(in crate::h5) fn values(
        &self,
        group: &str,
        name: &str,
        dimensions: usize,
    ) -> Result<(Vec<usize>, Content), Kind> {
        let array = self.array(group, name)?;
        if let Some(object) = objects::object(&array)? {
            return Ok((Vec::new(), Content::Object(object)));
        }
        let dtype = dtype(&array.datatype()?).ok_or_else(|| array.unexpected("numbers"))?;
        let bytes = array.bytes(dtype.size, dimensions)?;
        // A product of them was just read.
        let side = |side: &u64| usize::try_from(*side).unwrap_or(usize::MAX);
        let shape = array.shape()?.iter().map(side).collect();
        Ok((shape, Content::Numbers(dtype, bytes)))
    }

    fn array(&self, group: &str, name: &str) -> Result<Table<'_>, Kind> {
        let path = format!("/{group}/{name}");
        let read = || {
            let array = self.file.dataset(&path)?;
            Ok((array.attrs()?, array.attr_datatypes()?, array))
        };
        let (values, types, dataset) = read().map_err(|error| unreadable(&path, error))?;
        Ok(Table {
            attributes: self.attributes(path, values, types),
            dataset,
            source: &self.source,
            limits: &self.limits,
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
            source: &self.source,
            limits: &self.limits,
        }
    }
}
