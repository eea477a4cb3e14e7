//! Blosc's chunks, version 1: what PyTables makes of `complib="blosc"`.
//!
//! ```text
//! 0   version, version of the codec, flags, bytes of an element
//! 4   bytes, bytes of a block, compressed bytes: u32 each
//! 16  where each block begins: i32 each
//!     blocks: streams, one for each byte of an element or one in all, each behind its length
//! ```
//!
//! Format: <https://github.com/Blosc/c-blosc/blob/main/README_CHUNK_FORMAT.rst>

use std::io::Read;

use super::lz::{blosclz, lz4};

const HEADER_LEN: usize = 16;
const SHUFFLED: u8 = 1;
const COPIED: u8 = 2;
const BIT_SHUFFLED: u8 = 4;
const UNSPLIT: u8 = 16;
/// Elements of more bytes are in one stream.
const MAX_SPLITS: usize = 16;
/// Blocks of fewer elements are in one stream.
const MIN_SPLIT_LEN: usize = 128;

/// Decodes a chunk that stands for `len` bytes; an error tells what is wrong with it.
pub(super) fn decode(chunk: &[u8], len: usize) -> Result<Vec<u8>, &'static str> {
    let header = Header::read(chunk, len).ok_or("a header that does not fit the chunk")?;
    if header.flags & COPIED != 0 {
        let copied = chunk.get(HEADER_LEN..HEADER_LEN + len);
        return Ok(copied.ok_or("fewer bytes than the header says")?.to_vec());
    }
    let mut out = Vec::with_capacity(len);
    let mut block = Vec::new();
    for (place, start) in (0..len).step_by(header.block_len).enumerate() {
        let block_len = header.block_len.min(len - start);
        block.clear();
        header.block(chunk, place, block_len, &mut block)?;
        header.unshuffle(&block, &mut out);
    }
    Ok(out)
}

struct Header {
    flags: u8,
    element_size: usize,
    block_len: usize,
}

impl Header {
    fn read(chunk: &[u8], len: usize) -> Option<Self> {
        let &[_, _, flags, element_size, ..] = chunk else {
            return None;
        };
        let header = Self {
            flags,
            element_size: usize::from(element_size).max(1),
            block_len: word(chunk, 8)?,
        };
        let fits = word(chunk, 4)? == len && word(chunk, 12)? == chunk.len();
        let in_blocks = header.block_len > 0 || len == 0;
        (fits && in_blocks && header.block_len <= len).then_some(header)
    }

    /// Appends the bytes of a block, still shuffled.
    fn block(
        &self,
        chunk: &[u8],
        place: usize,
        len: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), &'static str> {
        let mut start = word(chunk, HEADER_LEN + 4 * place).ok_or("fewer blocks than bytes")?;
        let streams = self.streams(len);
        for _ in 0..streams {
            let size = word(chunk, start).ok_or("a block outside of the chunk")?;
            start += 4;
            let stream = start
                .checked_add(size)
                .and_then(|end| chunk.get(start..end));
            let stream = stream.ok_or("a stream outside of the chunk")?;
            self.stream(stream, len / streams, out)?;
            start += size;
        }
        Ok(())
    }

    fn stream(&self, stream: &[u8], len: usize, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if stream.len() == len {
            out.extend_from_slice(stream);
            return Ok(());
        }
        let decoded = match self.flags >> 5 {
            0 => blosclz(stream, len, out),
            1 => lz4(stream, len, out),
            3 => read_exactly(flate2::read::ZlibDecoder::new(stream), len, out),
            4 => zstd(stream, len, out),
            _ => return Err("a codec other than blosclz, lz4, zlib and zstd"),
        };
        decoded.ok_or("a damaged stream")
    }

    /// Returns how many streams a block of so many bytes has.
    fn streams(&self, len: usize) -> usize {
        let split = self.flags & UNSPLIT == 0
            && self.element_size <= MAX_SPLITS
            && len / self.element_size >= MIN_SPLIT_LEN
            && len == self.block_len;
        if split { self.element_size } else { 1 }
    }

    /// Appends the elements of a block as they were.
    fn unshuffle(&self, block: &[u8], out: &mut Vec<u8>) {
        let size = self.element_size;
        let len = block.len() / size;
        let elements = &block[..len * size];
        match self.flags {
            flags if flags & SHUFFLED != 0 && size > 1 => {
                unshuffle_bytes(elements, size, out);
            }
            flags if flags & BIT_SHUFFLED != 0 && len.is_multiple_of(8) => {
                unshuffle_bits(elements, size, out);
            }
            _ => out.extend_from_slice(elements),
        }
        out.extend_from_slice(&block[len * size..]);
    }
}

/// Appends elements whose first bytes lie one behind the other, then their second ones.
pub(super) fn unshuffle_bytes(shuffled: &[u8], size: usize, out: &mut Vec<u8>) {
    let (start, len) = (out.len(), shuffled.len() / size);
    out.resize(start + len * size, 0);
    for (byte, plane) in shuffled.chunks_exact(len.max(1)).enumerate() {
        let places = out[start + byte..].iter_mut().step_by(size);
        places.zip(plane).for_each(|(place, &byte)| *place = byte);
    }
}

/// Appends elements whose first bits lie one behind the other, then their second ones.
fn unshuffle_bits(shuffled: &[u8], size: usize, out: &mut Vec<u8>) {
    let (start, len) = (out.len(), shuffled.len() / size);
    out.resize(start + len * size, 0);
    for (bit, plane) in shuffled.chunks_exact((len / 8).max(1)).enumerate() {
        for element in 0..len {
            let set = plane[element / 8] >> (element % 8) & 1;
            out[start + element * size + bit / 8] |= set << (bit % 8);
        }
    }
}

fn zstd(stream: &[u8], len: usize, out: &mut Vec<u8>) -> Option<()> {
    read_exactly(
        ruzstd::decoding::StreamingDecoder::new(stream).ok()?,
        len,
        out,
    )
}

/// Appends what a reader yields when it is `len` bytes.
pub(super) fn read_exactly(reader: impl Read, len: usize, out: &mut Vec<u8>) -> Option<()> {
    let most = u64::try_from(len).ok()?.checked_add(1)?;
    (reader.take(most).read_to_end(out).ok()? == len).then_some(())
}

fn word(bytes: &[u8], place: usize) -> Option<usize> {
    let word = bytes.get(place..place.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(word.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chunk of elements of two bytes in one block of one stream.
    fn chunk(flags: u8, words: [u32; 3], behind: &[u8]) -> Vec<u8> {
        let mut chunk = vec![2, 1, flags, 2];
        chunk.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        chunk.extend(behind);
        chunk
    }

    #[test]
    fn bytes_that_are_only_copied_and_shuffled_ones() {
        let copied = chunk(COPIED, [4, 4, 20], b"abcd");
        assert_eq!(decode(&copied, 4).unwrap(), b"abcd");
        let stream = b"\x14\0\0\0\x04\0\0\0acbd";
        let shuffled = chunk(SHUFFLED | UNSPLIT, [4, 4, 28], stream);
        assert_eq!(decode(&shuffled, 4).unwrap(), b"abcd");
        // Eight elements of one byte: the first bits of all, then the second ones.
        let mut bits = Vec::new();
        unshuffle_bits(&[0b1111_0000, 0b1010_1010, 0, 0, 0, 0, 0, 0], 1, &mut bits);
        assert_eq!(bits, [0, 2, 0, 2, 1, 3, 1, 3]);
    }

    #[test]
    fn headers_that_claim_too_much_are_refused() {
        let stream = b"\x14\0\0\0\x04\0\0\0acbd";
        for (words, behind) in [
            ([4, 4, 27], &stream[..]),                       // another length
            ([5, 4, 28], stream),                            // more bytes
            ([4, 0, 28], stream),                            // blocks of nothing
            ([4, 9, 28], stream),                            // longer than all
            ([4, 1, 28], stream),                            // more blocks than are there
            ([4, 4, 28], b"\xff\xff\xff\xff\x04\0\0\0acbd"), // a block elsewhere
            ([4, 4, 28], b"\x14\0\0\0\xff\xff\xff\xffacbd"), // a stream without end
            ([4, 4, 16], b""),
        ] {
            assert!(
                decode(&chunk(UNSPLIT, words, behind), 4).is_err(),
                "{words:?}"
            );
        }
        let snappy = chunk(UNSPLIT | 2 << 5, [4, 4, 27], b"\x14\0\0\0\x03\0\0\0acb");
        assert_eq!(
            decode(&snappy, 4).unwrap_err(),
            "a codec other than blosclz, lz4, zlib and zstd"
        );
        assert!(decode(b"", 4).is_err());
    }
}
