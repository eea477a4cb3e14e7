//! What PyTables keeps of any Python object: its pickle, in the heap of the file.
//!
//! ```text
//! array        u32 length, u64 where the heap begins, u32 number in the heap
//! heap         "GCOL", version and zeros, u64 length, objects
//! object       u16 number, u16 references, zeros, u64 length, bytes, zeros up to 8
//! ```

use hdf5_pure::{Datatype, Source};

use super::{table::Table, unreadable};
use crate::{
    ReadPosesErrorKind as Kind,
    pickle::{self, Value},
};

const REFERENCE_LEN: usize = 16;
const HEADER_LEN: usize = 16;

/// Returns the object that an array holds, or `None` when it is no array of objects.
pub(super) fn object(array: &Table<'_>) -> Result<Option<Value>, Kind> {
    match array.datatype()? {
        Datatype::VariableLength { .. } => {}
        _ => return Ok(None),
    }
    let references = array.bytes(REFERENCE_LEN, 1)?;
    let pickle = match references.as_chunks::<REFERENCE_LEN>().0 {
        [reference] => find(array, reference)?,
        _ => return Err(array.unexpected("one object")),
    };
    let value = pickle::read_slice(&pickle, array.limits).map_err(|error| Kind::Hdf5 {
        object: array.attributes.path.clone(),
        source: error.into(),
    })?;
    Ok(Some(value))
}

/// Returns the bytes that a reference leads to.
fn find(array: &Table<'_>, reference: &[u8; REFERENCE_LEN]) -> Result<Vec<u8>, Kind> {
    let lost = || array.unexpected("an object in the heap of the file");
    let (start, number) = (u64_at(reference, 4), u32_at(reference, 12));
    let heap = read(array, start, HEADER_LEN as u64)?;
    if !heap.starts_with(b"GCOL") {
        return Err(lost());
    }
    let heap = read(array, start, u64_at(&heap, 8))?;
    let mut rest = heap.get(HEADER_LEN..).ok_or_else(lost)?;
    while let Some((header, behind)) = rest.split_at_checked(HEADER_LEN) {
        let size = usize::try_from(u64_at(header, 8)).map_err(|_| lost())?;
        let found = u16::from_le_bytes([header[0], header[1]]);
        if u32::from(found) == number {
            return Ok(behind.get(..size).ok_or_else(lost)?.to_vec());
        }
        let next = size.checked_next_multiple_of(8).ok_or_else(lost)?;
        rest = behind.get(next..).ok_or_else(lost)?;
    }
    Err(lost())
}

/// Reads bytes that are in the file, and not more than the limits allow.
fn read(array: &Table<'_>, start: u64, len: u64) -> Result<Vec<u8>, Kind> {
    let limit = array.limits.max_file_bytes;
    if len > limit && len <= array.source.len() {
        let what = array.attributes.path.clone();
        return Err(Kind::TooLarge {
            what,
            bytes: len,
            limit,
        });
    }
    let len = usize::try_from(len).unwrap_or(usize::MAX);
    let bytes = array.source.read_exact_at(start, len);
    bytes.map_err(|error| unreadable(&array.attributes.path, error.into()))
}

fn u64_at(bytes: &[u8], place: usize) -> u64 {
    let word = bytes[place..place + 8].try_into();
    u64::from_le_bytes(word.expect("a slice of 8 bytes"))
}

fn u32_at(bytes: &[u8], place: usize) -> u32 {
    let word = bytes[place..place + 4].try_into();
    u32::from_le_bytes(word.expect("a slice of 4 bytes"))
}
