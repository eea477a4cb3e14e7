use std::{collections::HashMap, path::Path};

use hdf5_pure::{AttrValue, Datatype, File, Source};

use super::{
    group::Group,
    source::SharedFile,
    table::{Table, precision, text},
    unreadable,
};
use crate::{Limits, Precision, ReadPosesErrorKind as Kind, regular_file};

/// An open file; its numbers stay on the disk until they are asked for.
pub(in crate::h5) struct Container {
    file: File,
    source: SharedFile,
    limits: Limits,
}

impl Container {
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

    /// Returns the names of the groups in the root, sorted.
    pub(in crate::h5) fn groups(&self) -> Result<Vec<String>, Kind> {
        let groups = self.file.root().groups();
        let mut groups = groups.map_err(|error| unreadable("/", error))?;
        groups.sort();
        Ok(groups)
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
        self.array(group, "table")
    }

    /// Returns an array of texts of a group in the root.
    pub(in crate::h5) fn texts(&self, group: &str, name: &str) -> Result<Vec<String>, Kind> {
        let array = self.array(group, name)?;
        let Datatype::String { size, .. } = array.datatype()? else {
            return Err(array.unexpected("texts"));
        };
        let size = size as usize;
        let bytes = array.bytes(size, 1)?;
        let texts = bytes.chunks_exact(size.max(1)).map(text);
        let texts: Option<Vec<String>> = texts.collect();
        texts.ok_or_else(|| array.unexpected("texts in UTF-8"))
    }

    /// Returns an array of whole numbers of 64 bits of a group in the root.
    pub(in crate::h5) fn integers(&self, group: &str, name: &str) -> Result<Vec<i64>, Kind> {
        let array = self.array(group, name)?;
        if array.datatype()? != hdf5_pure::make_i64_type() {
            return Err(array.unexpected("texts, or whole numbers of 64 bits"));
        }
        let bytes = array.bytes(8, 1)?;
        let integers = bytes.as_chunks().0.iter();
        Ok(integers.map(|&bytes| i64::from_le_bytes(bytes)).collect())
    }

    /// Returns the attributes of an array of a group in the root.
    pub(in crate::h5) fn array_attributes(
        &self,
        group: &str,
        name: &str,
    ) -> Result<Group<'_>, Kind> {
        Ok(self.array(group, name)?.attributes)
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
        let shape = array.shape()?;
        // A product of them was just read.
        let side = |axis: usize| usize::try_from(shape[axis]).unwrap_or(usize::MAX);
        Ok(([side(0), side(1)], precision, bytes))
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
