use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};

/// What the header says of a tensor.
#[derive(Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) dtype: String,
    pub(super) shape: Vec<u64>,
    /// The first byte and the end, behind the header.
    pub(super) data_offsets: [u64; 2],
}

/// The header of a file, in its order.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) entries: Vec<(String, Entry)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(HeaderVisitor)
    }
}

struct HeaderVisitor;

impl<'de> Visitor<'de> for HeaderVisitor {
    type Value = Header;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with tensors by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
        let mut header = Header::default();
        let mut has_metadata = false;
        while let Some(name) = map.next_key::<String>()? {
            if name != "__metadata__" {
                header.entries.push((name, map.next_value()?));
            } else if has_metadata {
                return Err(A::Error::duplicate_field("__metadata__"));
            } else {
                header.metadata = map.next_value()?;
                has_metadata = true;
            }
        }
        Ok(header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(json: &str) -> Result<Header, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn tensors_keep_their_order_and_metadata_its_texts() {
        let json = r#"{"b": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]},
            "__metadata__": {"format": "pt"},
            "a": {"dtype": "BF16", "shape": [2, 3], "data_offsets": [4, 16]}}"#;

        let header = header(json).unwrap();

        assert_eq!(header.metadata["format"], "pt");
        assert_eq!(header.entries[0].0, "b");
        assert_eq!(header.entries[1].1.shape, [2, 3]);
    }

    #[test]
    fn other_objects_are_refused() {
        for json in [
            "[]",
            "{}{}",
            r#"{"a": {}}"#,
            r#"{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}"#,
            r#"{"a": {"dtype": "F32", "shape": [1.0], "data_offsets": [0, 4]}}"#,
            r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0]}}"#,
            r#"{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "x": 1}}"#,
            r#"{"a": {"dtype": "F32", "dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}"#,
            r#"{"__metadata__": {"a": 1}}"#,
            r#"{"__metadata__": {}, "__metadata__": {}}"#,
        ] {
            assert!(header(json).is_err(), "{json}");
        }
    }
}
