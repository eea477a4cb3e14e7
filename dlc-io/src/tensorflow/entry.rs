use super::{
    ReadCheckpointErrorKind as Kind,
    protobuf::{Field, Fields},
};

/// The newest version of the format that is understood.
const VERSION: i64 = 1;
/// The most data files: their names have five digits.
const MOST_SHARDS: i64 = 99_999;
/// The most axes that TensorFlow allows.
const MOST_AXES: usize = 254;
pub(super) const DT_FLOAT: u64 = 1;

/// What the first entry of a checkpoint says, its `BundleHeaderProto`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) shard_count: u32,
}

impl Header {
    pub(super) fn parse(message: &[u8]) -> Result<Self, Kind> {
        let (mut shard_count, mut endianness, mut min_consumer) = (0, 0, 0);
        for field in Fields::new(message) {
            match field.ok_or(invalid_header("a message", 0))? {
                (1, Field::Varint(value)) => shard_count = value.cast_signed(),
                (2, Field::Varint(value)) => endianness = value.cast_signed(),
                (3, Field::Bytes(version)) => min_consumer = self::min_consumer(version)?,
                _ => {}
            }
        }
        if endianness != 0 {
            return Err(invalid_header("little-endian numbers (0)", endianness));
        }
        if min_consumer > VERSION {
            return Err(invalid_header(
                "a format for readers of version 1",
                min_consumer,
            ));
        }
        match u32::try_from(shard_count) {
            Ok(count) if (1..=MOST_SHARDS).contains(&shard_count) => {
                Ok(Self { shard_count: count })
            }
            _ => Err(invalid_header("1 to 99999 data files", shard_count)),
        }
    }
}

fn min_consumer(version: &[u8]) -> Result<i64, Kind> {
    let mut min_consumer = 0;
    for field in Fields::new(version) {
        if let (2, Field::Varint(value)) = field.ok_or(invalid_header("a version", 0))? {
            min_consumer = value.cast_signed();
        }
    }
    Ok(min_consumer)
}

fn invalid_header(expected: &'static str, found: i64) -> Kind {
    Kind::InvalidHeader { expected, found }
}

/// Where a tensor of 32-bit floats is, from its `BundleEntryProto`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) shape: Vec<usize>,
    pub(super) shard: u32,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) crc32c: u32,
}

impl Entry {
    /// Returns the entry, or `None` if the tensor is not of 32-bit floats.
    pub(super) fn parse(name: &str, message: &[u8], header: Header) -> Result<Option<Self>, Kind> {
        let invalid = |expected| Kind::InvalidEntry {
            name: name.into(),
            expected,
        };
        let mut entry = Self::default();
        let (mut dtype, mut is_sliced) = (0, false);
        for field in Fields::new(message) {
            match field.ok_or_else(|| invalid("a message"))? {
                (1, Field::Varint(value)) => dtype = value,
                (2, Field::Bytes(shape)) => {
                    entry.shape = self::shape(shape).ok_or_else(|| invalid("a known shape"))?;
                }
                (3, Field::Varint(value)) => {
                    let shard = u32::try_from(value).ok();
                    let shard = shard.filter(|&shard| shard < header.shard_count);
                    entry.shard = shard.ok_or_else(|| invalid("one of the data files"))?;
                }
                (4, Field::Varint(value)) => entry.offset = value,
                (5, Field::Varint(value)) => entry.size = value,
                (6, Field::Fixed32(value)) => entry.crc32c = value,
                (7, _) => is_sliced = true,
                _ => {}
            }
        }
        if dtype != DT_FLOAT {
            return Ok(None);
        }
        if is_sliced {
            return Err(Kind::Sliced { name: name.into() });
        }
        entry.check_size(name)?;
        Ok(Some(entry))
    }

    fn check_size(&self, name: &str) -> Result<(), Kind> {
        let mut axes = self.shape.iter();
        let size = axes.try_fold(4_u64, |size, &axis| size.checked_mul(axis as u64));
        if size == Some(self.size) {
            return Ok(());
        }
        Err(Kind::WrongSize {
            name: name.into(),
            shape: self.shape.clone(),
            found: self.size,
        })
    }
}

/// Reads a `TensorShapeProto`.
pub(super) fn shape(message: &[u8]) -> Option<Vec<usize>> {
    let mut shape = Vec::new();
    for field in Fields::new(message) {
        match field? {
            (2, Field::Bytes(_)) if shape.len() == MOST_AXES => return None,
            (2, Field::Bytes(axis)) => shape.push(self::axis(axis)?),
            (3, Field::Varint(1..)) => return None,
            _ => {}
        }
    }
    Some(shape)
}

fn axis(message: &[u8]) -> Option<usize> {
    let mut len = 0;
    for field in Fields::new(message) {
        if let (1, Field::Varint(value)) = field? {
            len = value;
        }
    }
    // The length of an unknown axis is -1.
    usize::try_from(len.cast_signed()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header { shard_count: 1 };
    /// `float[2, 3]` of 24 bytes from byte 8.
    const ENTRY: &[u8] = &[
        0x08, 1, 0x12, 8, 0x12, 2, 0x08, 2, 0x12, 2, 0x08, 3, 0x20, 8, 0x28, 24, 0x35, 4, 3, 2, 1,
    ];

    fn with(extra: &[u8]) -> Result<Option<Entry>, Kind> {
        Entry::parse("w", &[ENTRY, extra].concat(), HEADER)
    }

    #[test]
    fn an_entry_says_where_a_tensor_is() {
        let expected = Entry {
            shape: vec![2, 3],
            shard: 0,
            offset: 8,
            size: 24,
            crc32c: 0x0102_0304,
        };

        assert_eq!(with(&[]).unwrap(), Some(expected));
    }

    #[test]
    fn other_types_are_passed_over() {
        assert_eq!(with(&[0x08, 9]).unwrap(), None);
    }

    #[test]
    fn slices_unknown_shapes_and_wrong_sizes_are_refused() {
        assert!(matches!(with(&[0x3a, 0]), Err(Kind::Sliced { .. })));
        assert!(matches!(
            with(&[0x12, 2, 0x18, 1]),
            Err(Kind::InvalidEntry { .. })
        ));
        assert!(matches!(with(&[0x28, 23]), Err(Kind::WrongSize { .. })));
        assert!(matches!(with(&[0x18, 1]), Err(Kind::InvalidEntry { .. })));
    }

    #[test]
    fn headers_of_other_kinds_are_refused() {
        assert_eq!(
            Header::parse(&[0x08, 2]).unwrap(),
            Header { shard_count: 2 }
        );
        for wrong in [
            &[][..],
            &[0x08, 0],
            &[0x08, 1, 0x10, 1],
            &[0x08, 1, 0x1a, 2, 0x10, 2],
        ] {
            assert!(matches!(
                Header::parse(wrong),
                Err(Kind::InvalidHeader { .. })
            ));
        }
    }
}
