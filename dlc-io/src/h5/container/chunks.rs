//! Chunks behind filters that the HDF5 crate does not know.

use hdf5_pure::{Chunk, Filter, Source};

use super::{
    blosc::{self, read_exactly, unshuffle_bytes},
    table::Table,
    unreadable,
};
use crate::ReadPosesErrorKind as Kind;

const DEFLATE: u16 = 1;
const SHUFFLE: u16 = 2;
const FLETCHER_32: u16 = 3;
const BZIP2: u16 = 307;
const BLOSC: u16 = 32001;

/// Filters of PyTables that are not read.
const UNREAD: [(u16, &str); 2] = [(305, "lzo"), (32026, "blosc2")];

/// Returns whether the chunks must be decoded here.
pub(super) fn filter_of_ours(table: &Table<'_>) -> Result<bool, Kind> {
    let filters = table.dataset.filters();
    match UNREAD.iter().find(|(id, _)| filters.contains(id)) {
        Some((_, filter)) => Err(Kind::Filter {
            object: table.attributes.path.clone(),
            filter,
        }),
        None => Ok(filters.contains(&BLOSC) || filters.contains(&BZIP2)),
    }
}

/// Calls `on_rows` with the bytes of the rows of each chunk of a table, in order.
pub(super) fn each(
    table: &Table<'_>,
    len: usize,
    record_size: usize,
    mut on_rows: impl FnMut(&[u8]) -> Result<(), Kind>,
) -> Result<(), Kind> {
    let chunks = Chunks::of(table, record_size)?;
    let [chunk_len] = chunks.shape[..] else {
        return Err(table.unexpected("records in one row"));
    };
    let mut start = 0;
    for chunk in &chunks.chunks {
        if start >= len || chunk.offset != [start as u64] {
            return Err(table.unexpected("all records"));
        }
        let rows = chunk_len.min(len - start);
        on_rows(&chunks.decode(table, chunk)?[..rows * record_size])?;
        start += rows;
    }
    match start == len {
        true => Ok(()),
        false => Err(table.unexpected("all records")),
    }
}

/// Returns the bytes of an array of one or two dimensions, whose size was checked.
pub(super) fn array(table: &Table<'_>, element_size: usize) -> Result<Vec<u8>, Kind> {
    let chunks = Chunks::of(table, element_size)?;
    let shape = sizes(table, &table.shape()?)?;
    let sides = |sides: &[usize], second| [sides[0], sides.get(1).copied().unwrap_or(second)];
    if !matches!(shape.len(), 1 | 2) || chunks.shape.len() != shape.len() {
        return Err(table.unexpected("an array of one or two dimensions"));
    }
    let ([rows, columns], [chunk_rows, chunk_columns]) =
        (sides(&shape, 1), sides(&chunks.shape, 1));
    let is_twice = |pair: &[Chunk]| pair[0].offset == pair[1].offset;
    if chunks.chunks.windows(2).any(is_twice) {
        return Err(table.unexpected("each chunk once"));
    }
    let mut bytes = vec![0; rows * columns * element_size];
    for chunk in &chunks.chunks {
        let offset = sizes(table, &chunk.offset)?;
        let [row, column] = match offset.len() {
            1 | 2 => sides(&offset, 0),
            _ => return Err(table.unexpected("chunks of the array's dimensions")),
        };
        if row >= rows || column >= columns {
            return Err(table.unexpected("chunks inside the array"));
        }
        let decoded = chunks.decode(table, chunk)?;
        let width = chunk_columns.min(columns.saturating_sub(column));
        let lines = decoded.chunks_exact((chunk_columns * element_size).max(1));
        for (line, target) in lines.take(chunk_rows).zip(row..rows) {
            let start = (target * columns + column) * element_size;
            let line = &line[..width * element_size];
            if let Some(target) = bytes.get_mut(start..start + line.len()) {
                target.copy_from_slice(line);
            }
        }
    }
    Ok(bytes)
}

/// The chunks of a table or an array, in the order of their places.
struct Chunks {
    filters: Vec<Filter>,
    chunks: Vec<Chunk>,
    shape: Vec<usize>,
    element_size: usize,
    /// The bytes that a chunk stands for.
    len: usize,
}

impl Chunks {
    fn of(table: &Table<'_>, element_size: usize) -> Result<Self, Kind> {
        let fail = |error| unreadable(&table.attributes.path, error);
        let shape = table.dataset.chunk_shape().map_err(fail)?;
        let shape = sizes(table, &shape.unwrap_or_default())?;
        let len = shape
            .iter()
            .try_fold(element_size, |n, &d| n.checked_mul(d));
        let mut chunks = table.dataset.chunks().map_err(fail)?;
        chunks.sort_unstable_by(|a, b| a.offset.cmp(&b.offset));
        Ok(Self {
            filters: table.dataset.filter_pipeline(),
            chunks,
            shape,
            element_size,
            len: len.ok_or_else(|| table.unexpected("smaller chunks"))?,
        })
    }

    /// Returns the bytes that a chunk stands for.
    fn decode(&self, table: &Table<'_>, chunk: &Chunk) -> Result<Vec<u8>, Kind> {
        let mut bytes = stored(table, chunk)?;
        for (place, filter) in self.filters.iter().enumerate().rev() {
            let skipped = chunk.filter_mask >> place.min(31) & 1 == 1;
            if !skipped {
                let decoded = self.unfilter(filter.id, bytes);
                bytes = decoded.map_err(|found| damaged(table, found))?;
            }
        }
        match bytes.len() == self.len {
            true => Ok(bytes),
            false => Err(damaged(table, "a chunk of another length")),
        }
    }

    fn unfilter(&self, filter: u16, mut bytes: Vec<u8>) -> Result<Vec<u8>, &'static str> {
        let mut out = Vec::new();
        match filter {
            BLOSC => return blosc::decode(&bytes, self.len),
            SHUFFLE => {
                let whole = bytes.len() / self.element_size * self.element_size;
                unshuffle_bytes(&bytes[..whole], self.element_size, &mut out);
                out.extend_from_slice(&bytes[whole..]);
            }
            DEFLATE => {
                let reader = flate2::read::ZlibDecoder::new(&*bytes);
                read_exactly(reader, self.len, &mut out).ok_or("a damaged chunk")?;
            }
            BZIP2 => {
                let reader = bzip2::read::BzDecoder::new(&*bytes);
                read_exactly(reader, self.len, &mut out).ok_or("a damaged chunk")?;
            }
            FLETCHER_32 => {
                bytes.truncate(bytes.len().saturating_sub(4));
                return Ok(bytes);
            }
            _ => return Err("a filter that PyTables does not use"),
        }
        Ok(out)
    }
}

/// Returns the bytes of a chunk as they lie in the file.
fn stored(table: &Table<'_>, chunk: &Chunk) -> Result<Vec<u8>, Kind> {
    let end = chunk.address.checked_add(chunk.storage_size);
    let inside = end.is_some_and(|end| end <= table.source.len());
    let size = usize::try_from(chunk.storage_size).ok().filter(|_| inside);
    let size = size.ok_or_else(|| damaged(table, "a chunk outside of the file"))?;
    let bytes = table.source.read_exact_at(chunk.address, size);
    bytes.map_err(|error| unreadable(&table.attributes.path, error.into()))
}

fn damaged(table: &Table<'_>, found: &'static str) -> Kind {
    Kind::Unexpected {
        object: table.attributes.path.clone(),
        expected: "chunks that can be decompressed",
        found: found.into(),
    }
}

fn sizes(table: &Table<'_>, sides: &[u64]) -> Result<Vec<usize>, Kind> {
    let sizes = sides.iter().map(|&side| usize::try_from(side).ok());
    let sizes: Option<Vec<usize>> = sizes.collect();
    sizes.ok_or_else(|| table.unexpected("a smaller array"))
}
