use std::{borrow::Cow, collections::HashMap};

use hdf5_pure::{AttrValue, Datatype, Source};

use super::{source::SharedFile, unreadable};
use crate::{
    Limits, ReadPosesErrorKind as Kind,
    pickle::{self, Value},
};

/// The attributes of a group or a table.
pub(in crate::h5) struct Group<'a> {
    pub(super) path: String,
    pub(super) values: HashMap<String, AttrValue>,
    pub(super) types: HashMap<String, Datatype>,
    pub(super) source: &'a SharedFile,
    pub(super) limits: &'a Limits,
}

impl Group<'_> {
    /// Returns the path in the file of an attribute.
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
        match pickle::read(&*bytes, self.limits) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(Kind::Hdf5 {
                object: self.place(name),
                source: error.into(),
            }),
        }
    }

    /// Returns the text of an attribute that is one, plain or (in files of Python 2) as a pickle;
    /// the inner `None` is Python's.
    pub(in crate::h5) fn optional_text(&self, name: &str) -> Option<Option<String>> {
        let text = self.text(name)?;
        match pickle::read(text.as_bytes(), self.limits) {
            Ok(Value::None) => Some(None),
            Ok(Value::String(text)) => Some(Some(text.as_ref().into())),
            _ => Some(Some(text.into())),
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
        let file = self.file()?;
        let size = self.types.get(name).map_or(0, Datatype::type_size) as usize;
        let key = [name.as_bytes(), b"\0"].concat();
        let names = file.windows(key.len()).enumerate();
        let mut found: Option<&[u8]> = None;
        let names = names.filter(|(_, window)| *window == key);
        for (place, _) in names.take(MOST_NAMES) {
            let behind = place + key.len();
            for start in behind..behind + LONGEST_HEADER {
                let Some(bytes) = file.get(start..start.saturating_add(size)) else {
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

    /// Returns the bytes of the whole file.
    fn file(&self) -> Result<Vec<u8>, Kind> {
        let (len, limit) = (self.source.len(), self.limits.max_file_bytes);
        if len > limit {
            return Err(Kind::TooLarge {
                what: "the file".into(),
                bytes: len,
                limit,
            });
        }
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let bytes = self.source.read_exact_at(0, len);
        bytes.map_err(|error| unreadable(&self.path, error.into()))
    }

    fn undecodable(&self, name: &str) -> Kind {
        Kind::Unexpected {
            object: self.place(name),
            expected: "a pickle of protocol 0",
            found: "bytes that are not text".into(),
        }
    }
}
