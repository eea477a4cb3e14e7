use std::{
    borrow::Cow,
    io::{Read, Write},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};

use super::{BlobLimits, DecodeBlobError, DecodeBlobErrorKind as Kind};

const MARK: &[u8] = b"ZL123\0";
const HEADER: usize = MARK.len() + 8;

/// Bytes are compressed when they are more than so many.
const WORTHWHILE: usize = 1000;

/// Compresses packed bytes if they are many and become fewer.
pub(super) fn compress(packed: Vec<u8>) -> Vec<u8> {
    if packed.len() <= WORTHWHILE {
        return packed;
    }
    let mut compressed = MARK.to_vec();
    compressed.extend_from_slice(&(packed.len() as u64).to_le_bytes());
    let mut encoder = ZlibEncoder::new(compressed, Compression::default());
    let written = encoder.write_all(&packed).and_then(|()| encoder.finish());
    let compressed = written.expect("a vector takes all bytes");
    if compressed.len() < packed.len() {
        compressed
    } else {
        packed
    }
}

/// Returns the packed bytes.
pub(super) fn decompress(
    bytes: &[u8],
    limits: BlobLimits,
) -> Result<Cow<'_, [u8]>, DecodeBlobError> {
    let too_long = |found| {
        let limit = limits.max_bytes;
        Kind::TooLong { limit, found }.at(0)
    };
    if !bytes.starts_with(MARK) {
        return match bytes.len() {
            length if length > limits.max_bytes => Err(too_long(length as u64)),
            _ => Ok(Cow::Borrowed(bytes)),
        };
    }
    let (header, stream) = bytes.split_at_checked(HEADER).ok_or_else(|| {
        let (expected, found) = (HEADER as u64, bytes.len());
        Kind::Truncated { expected, found }.at(0)
    })?;
    let length = header[MARK.len()..].try_into().expect("eight bytes");
    let length = u64::from_le_bytes(length);
    if length > limits.max_bytes as u64 {
        return Err(too_long(length));
    }
    inflate(stream, length).map(Cow::Owned)
}

/// Inflates a stream to `length` bytes; memory grows with what really comes, not with what is said.
fn inflate(stream: &[u8], length: u64) -> Result<Vec<u8>, DecodeBlobError> {
    let mut packed = Vec::new();
    let read = ZlibDecoder::new(stream)
        .take(length.saturating_add(1))
        .read_to_end(&mut packed);
    read.map_err(|error| Kind::Zlib(error.to_string()).at(0))?;
    if packed.len() as u64 != length {
        let (expected, found) = (length, packed.len());
        return Err(Kind::Length { expected, found }.at(0));
    }
    Ok(packed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_bytes_become_fewer() {
        let packed = vec![7; 1001];
        let compressed = compress(packed.clone());

        assert!(compressed.starts_with(MARK));
        assert!(compressed.len() < 100);
        let limits = BlobLimits::default();
        assert_eq!(decompress(&compressed, limits).unwrap(), packed);
        assert_eq!(compress(vec![7; 1000]), vec![7; 1000]);
    }

    #[test]
    fn a_bomb_is_refused_by_what_it_says_and_by_what_it_does() {
        let limits = BlobLimits::default().with_max_bytes(5000);
        let mut bomb = compress(vec![7; 1 << 20]);

        let kind = |bytes: &[u8]| decompress(bytes, limits).unwrap_err().kind;
        assert!(matches!(kind(&bomb), Kind::TooLong { limit: 5000, .. }));

        bomb[MARK.len()..HEADER].copy_from_slice(&5000_u64.to_le_bytes());
        let (expected, found) = (5000, 5001);
        assert_eq!(kind(&bomb), Kind::Length { expected, found });
    }

    #[test]
    fn bytes_that_do_not_shrink_stay() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .take(2000)
        .collect();
        assert_eq!(compress(noise.clone()), noise);
    }
}
