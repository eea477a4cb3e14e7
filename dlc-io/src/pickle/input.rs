use super::ReadPickleErrorKind as Kind;

/// The bytes of a pickle and how far they have been read.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// Takes as many bytes; nothing is allocated, whatever `len` is.
    pub(super) fn take(&mut self, len: u64) -> Result<&'a [u8], Kind> {
        let left = &self.bytes[self.offset..];
        let taken = usize::try_from(len).ok().and_then(|len| left.get(..len));
        let taken = taken.ok_or(Kind::Truncated {
            expected: len,
            found: left.len(),
        })?;
        self.offset += taken.len();
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Kind> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.try_into().expect("take returns as many as asked"))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Kind> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Kind> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Kind> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Kind> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Kind> {
        self.array().map(u64::from_le_bytes)
    }

    /// Takes what a length of one byte announces.
    pub(super) fn counted_u8(&mut self) -> Result<&'a [u8], Kind> {
        let len = self.u8()?;
        self.take(len.into())
    }

    /// Takes what an unsigned length of four bytes announces.
    pub(super) fn counted_u32(&mut self) -> Result<&'a [u8], Kind> {
        let len = self.u32()?;
        self.take(len.into())
    }

    /// Takes what a signed length of four bytes announces.
    pub(super) fn counted_i32(&mut self) -> Result<&'a [u8], Kind> {
        let len = self.i32()?;
        self.take(u64::try_from(len).map_err(|_| Kind::NegativeLength(len))?)
    }

    /// Takes what a length of eight bytes announces.
    pub(super) fn counted_u64(&mut self) -> Result<&'a [u8], Kind> {
        let len = self.u64()?;
        self.take(len)
    }

    /// Takes up to the next `\n`, which is taken but not returned.
    pub(super) fn line(&mut self) -> Result<&'a [u8], Kind> {
        let left = &self.bytes[self.offset..];
        let len = left.iter().position(|&byte| byte == b'\n');
        let len = len.ok_or(Kind::UnendedLine)?;
        self.offset += len + 1;
        Ok(left[..len].strip_suffix(b"\r").unwrap_or(&left[..len]))
    }
}
