use super::{
    ReadCheckpointErrorKind as Kind,
    checksum::masked_crc32c,
    protobuf::{take, varint},
};

const FOOTER_LEN: usize = 48;
const HANDLES_LEN: usize = 40;
const MAGIC: [u8; 8] = 0xdb47_7524_8b80_fb57_u64.to_le_bytes();
/// Compression and checksum, behind the contents of each block.
const TRAILER_LEN: u64 = 5;
/// A name longer than this is taken for damage. Names share their beginnings in the file, so that
/// few bytes could stand for many long ones.
const LONGEST_KEY: usize = 512;

/// A sorted table of keys and values.
pub(super) struct Table<'a> {
    bytes: &'a [u8],
}

impl<'a> Table<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Calls `visit` with all keys and values, in the order of the keys.
    pub(super) fn for_each(
        &self,
        mut visit: impl FnMut(&[u8], &'a [u8]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        let mut last: Option<Vec<u8>> = None;
        self.block(self.index_handle()?)?.for_each(|_, handle| {
            let handle = Handle::parse(handle).ok_or(INVALID_HANDLE)?;
            self.block(handle)?.for_each(|key, value| {
                if last.as_deref().is_some_and(|last| last >= key) {
                    return Err(invalid(handle.offset, "keys in ascending order"));
                }
                last = Some(key.to_vec());
                visit(key, value)
            })
        })
    }

    fn index_handle(&self) -> Result<Handle, Kind> {
        let footer = self.bytes.len().checked_sub(FOOTER_LEN);
        let footer = footer.map_or(self.bytes, |start| &self.bytes[start..]);
        if !footer.ends_with(&MAGIC) || footer.len() < FOOTER_LEN {
            let tail = &footer[footer.len().saturating_sub(MAGIC.len())..];
            let found = tail.iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(Kind::NotAnIndex { found });
        }
        let mut handles = &footer[..HANDLES_LEN];
        Handle::take(&mut handles)
            .and_then(|_| Handle::take(&mut handles))
            .ok_or(INVALID_HANDLE)
    }

    fn block(&self, Handle { offset, len }: Handle) -> Result<Block<'a>, Kind> {
        let expected = len.saturating_add(TRAILER_LEN);
        let start = usize::try_from(offset).ok();
        let mut left = start
            .and_then(|start| self.bytes.get(start..))
            .unwrap_or_default();
        let found = left.len() as u64;
        let block = take(&mut left, expected).ok_or(Kind::Truncated {
            what: "a block",
            offset,
            expected,
            found,
        })?;
        let (body, stored) = block.split_last_chunk::<4>().expect("a trailer is longer");
        let (stored, computed) = (u32::from_le_bytes(*stored), masked_crc32c(&[body]));
        if stored != computed {
            return Err(Kind::WrongChecksum {
                what: "the block".into(),
                offset,
                expected: stored,
                found: computed,
            });
        }
        match body.split_last() {
            Some((0, contents)) => Ok(Block { offset, contents }),
            Some((1, _)) => Err(compressed(offset, "snappy")),
            _ => Err(compressed(offset, "an unknown method")),
        }
    }
}

/// Where a block is, without its trailer.
#[derive(Clone, Copy)]
struct Handle {
    offset: u64,
    len: u64,
}

const INVALID_HANDLE: Kind = Kind::InvalidBlock {
    offset: 0,
    expected: "an offset and a length of a block",
};

impl Handle {
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let offset = varint(bytes)?;
        let len = varint(bytes)?;
        Some(Self { offset, len })
    }

    fn parse(mut bytes: &[u8]) -> Option<Self> {
        Self::take(&mut bytes)
    }
}

/// Keys and values; a key is stored as what differs from the one before it.
struct Block<'a> {
    offset: u64,
    contents: &'a [u8],
}

impl<'a> Block<'a> {
    fn for_each(
        &self,
        mut visit: impl FnMut(&[u8], &'a [u8]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        let mut rest = self
            .entries()
            .ok_or(invalid(self.offset, "a list of restarts"))?;
        let mut key = Vec::new();
        while !rest.is_empty() {
            let value = next(&mut rest, &mut key).ok_or(invalid(
                self.offset,
                "a key of at most 512 bytes and its value",
            ))?;
            visit(&key, value)?;
        }
        Ok(())
    }

    /// Returns the contents without the offsets of the restarts, which help only those who seek.
    fn entries(&self) -> Option<&'a [u8]> {
        let (before, count) = self.contents.split_last_chunk::<4>()?;
        let restarts = u64::from(u32::from_le_bytes(*count)) * 4;
        let len = before.len().checked_sub(usize::try_from(restarts).ok()?)?;
        Some(&before[..len])
    }
}

fn next<'a>(rest: &mut &'a [u8], key: &mut Vec<u8>) -> Option<&'a [u8]> {
    let shared = usize::try_from(varint(rest)?).ok()?;
    let unshared = varint(rest)?;
    let value_len = varint(rest)?;
    if shared > key.len() {
        return None;
    }
    key.truncate(shared);
    key.extend(take(rest, unshared)?);
    if key.len() > LONGEST_KEY {
        return None;
    }
    take(rest, value_len)
}

fn invalid(offset: u64, expected: &'static str) -> Kind {
    Kind::InvalidBlock { offset, expected }
}

fn compressed(offset: u64, compression: &'static str) -> Kind {
    Kind::CompressedBlock {
        offset,
        compression,
    }
}
