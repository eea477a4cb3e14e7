//! How far the outermost elements of a file reach: the proof that a file was cut.

use std::{
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use crate::regular_file;

const MAX_BOXES: usize = 100_000;
const EBML: [u8; 4] = [0x1a, 0x45, 0xdf, 0xa3];
const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];

/// Returns how many bytes the file would need to hold all that its outermost elements promise.
///
/// Knows ISO media (MP4, MOV), Matroska and RIFF; anything else counts as complete.
pub(super) fn missing_bytes(path: &Path) -> io::Result<u64> {
    let mut file = regular_file::open(path)?;
    let len = file.seek(SeekFrom::End(0))?;
    let end = promised_end(&mut file, len)?;
    Ok(end.unwrap_or(0).saturating_sub(len))
}

fn promised_end<R: Read + Seek>(file: &mut R, len: u64) -> io::Result<Option<u64>> {
    let Some(head) = read_at::<12, _>(file, 0)? else {
        return Ok(None);
    };
    match [head[0], head[1], head[2], head[3]] {
        EBML => matroska_end(file, len),
        [b'R', b'I', b'F', b'F'] => riff_end(file, len),
        _ if is_box(&head[4..8]) => box_end(file, len),
        _ => Ok(None),
    }
}

fn is_box(kind: &[u8]) -> bool {
    let kinds: [&[u8]; 7] = [
        b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot",
    ];
    kinds.contains(&kind)
}

fn box_end<R: Read + Seek>(file: &mut R, len: u64) -> io::Result<Option<u64>> {
    let mut start = 0_u64;
    for _ in 0..MAX_BOXES {
        let Some(head) = read_at::<8, _>(file, start)? else {
            break;
        };
        let size = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
            0 => return Ok(None),
            1 => match read_at::<8, _>(file, start.saturating_add(8))? {
                Some(size) => u64::from_be_bytes(size),
                None => return Ok(None),
            },
            size => u64::from(size),
        };
        if size < 8 {
            return Ok(None);
        }
        start = start.saturating_add(size);
        if start >= len {
            break;
        }
    }
    Ok(Some(start))
}

/// A size of zero belongs to a recording that was never closed: it promises nothing.
fn riff_end<R: Read + Seek>(file: &mut R, len: u64) -> io::Result<Option<u64>> {
    let mut start = 0_u64;
    for _ in 0..MAX_BOXES {
        match read_at::<8, _>(file, start)? {
            Some([b'R', b'I', b'F', b'F', a, b, c, d]) => {
                let size = u32::from_le_bytes([a, b, c, d]);
                if size == 0 {
                    return Ok(None);
                }
                start = start.saturating_add(8 + u64::from(size));
            }
            _ => break,
        }
        if start >= len {
            break;
        }
    }
    Ok(Some(start))
}

fn matroska_end<R: Read + Seek>(file: &mut R, _len: u64) -> io::Result<Option<u64>> {
    let Some(Some((header, size_len))) = read_at::<8, _>(file, 4)?.map(vint) else {
        return Ok(None);
    };
    let segment = header.saturating_add(4 + size_len);
    if read_at::<4, _>(file, segment)? != Some(SEGMENT) {
        return Ok(None);
    }
    let size_at = segment.saturating_add(4);
    let Some(Some((size, size_len))) = read_at::<8, _>(file, size_at)?.map(vint) else {
        return Ok(None);
    };
    Ok(Some(size_at.saturating_add(size_len).saturating_add(size)))
}

/// Reads an EBML number of up to 8 bytes, and its length. `None` if it says "unknown".
fn vint(bytes: [u8; 8]) -> Option<(u64, u64)> {
    let len = bytes[0].leading_zeros() + 1;
    if len > 8 {
        return None;
    }
    let bits = 7 * len;
    let value = (u64::from_be_bytes(bytes) >> (64 - 8 * len)) & ((1 << bits) - 1);
    (value != (1 << bits) - 1).then_some((value, u64::from(len)))
}

fn read_at<const N: usize, R: Read + Seek>(file: &mut R, at: u64) -> io::Result<Option<[u8; N]>> {
    let mut bytes = [0; N];
    file.seek(SeekFrom::Start(at))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn end(bytes: &[u8]) -> Option<u64> {
        promised_end(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn a_box_reaches_past_the_end_of_a_cut_file() {
        let mut file = b"\0\0\0\x10ftypisom\0\0\0\0\0\0\x10\0mdat".to_vec();
        file.extend([0; 20]);

        assert_eq!(end(&file), Some(16 + 4096));
    }

    #[test]
    fn a_segment_of_unknown_size_promises_nothing() {
        let mut file = EBML.to_vec();
        file.push(0x81);
        file.push(0);
        file.extend(SEGMENT);
        let mut known = file.clone();
        file.extend([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        known.extend([0x01, 0, 0, 0, 0, 0, 0x10, 0]);

        assert_eq!(end(&file), None);
        assert_eq!(end(&known), Some(18 + 4096));
    }

    #[test]
    fn a_riff_may_have_several_parts() {
        let mut file = b"RIFF\x04\0\0\0AVI RIFF\x20\0\0\0AVIX".to_vec();

        assert_eq!(end(&file), Some(12 + 8 + 32));
        file[4..8].fill(0);
        assert_eq!(end(&file), None);
    }

    #[test]
    fn any_bytes_are_read_without_a_panic() {
        let mut ran = 0;
        for kind in [&b"\0\0\0\x01ftyp"[..], b"RIFF\xff\xff\xff\xff", &EBML] {
            for byte in 0..=255 {
                let mut file = kind.to_vec();
                file.extend([byte; 40]);
                for len in 0..file.len() {
                    end(&file[..len]);
                    ran += 1;
                }
            }
        }
        assert_eq!(ran, 3 * 256 * 40 + 256 * (8 + 8 + 4));
    }
}
