use hdf5_pure::{Datatype, Source};

use super::{chunks, group::Group, number::dtype, source::SharedFile, unreadable};
use crate::{Limits, ReadPosesErrorKind as Kind, pickle::Dtype};

/// Deflate makes at most about 1000 bytes of one; chunks as PyTables cuts them bound the other filters
/// likewise.
const MAX_COMPRESSION: u64 = 1100;

/// About how many bytes of records are read at once.
const BLOCK_SIZE: usize = 1 << 20;

/// A table (records with named fields) or an array of a file.
pub(in crate::h5) struct Table<'a> {
    pub(in crate::h5) attributes: Group<'a>,
    pub(super) dataset: hdf5_pure::Dataset,
    pub(super) source: &'a SharedFile,
    pub(super) limits: &'a Limits,
}

/// A field of a record.
pub(in crate::h5) struct Field {
    pub(in crate::h5) name: String,
    /// The place of its first byte in the record, from 0.
    pub(in crate::h5) offset: usize,
    /// Its length in bytes.
    pub(in crate::h5) size: usize,
    pub(in crate::h5) field_type: FieldType,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::h5) enum FieldType {
    /// So many numbers.
    Numbers(Dtype, usize),
    /// So many texts of a fixed length each.
    Texts(usize),
    Other,
}

impl Table<'_> {
    /// Returns the fields of a record, and its size in bytes.
    pub(in crate::h5) fn fields(&self) -> Result<(Vec<Field>, usize), Kind> {
        match self.datatype()? {
            Datatype::Compound { size, members } if size > 0 => {
                let fields = members.into_iter().map(|member| {
                    let offset = usize::try_from(member.byte_offset).ok()?;
                    let len = member.datatype.type_size() as usize;
                    let end = offset.checked_add(len)?;
                    (end <= size as usize).then_some(Field {
                        name: member.name,
                        offset,
                        size: len,
                        field_type: FieldType::of(&member.datatype),
                    })
                });
                let fields: Option<Vec<Field>> = fields.collect();
                let fields = fields.ok_or_else(|| self.unexpected("fields inside the record"))?;
                Ok((fields, size as usize))
            }
            _ => Err(self.unexpected("records with fields")),
        }
    }

    /// Returns the number of records, which the file has bytes for.
    pub(in crate::h5) fn len(&self, record_size: usize) -> Result<usize, Kind> {
        let shape = self.checked_shape(record_size, 1)?;
        usize::try_from(shape[0]).map_err(|_| self.unexpected("fewer records"))
    }

    /// Calls `on_block` with the bytes of all records, in order, some whole ones at a time.
    pub(in crate::h5) fn blocks(
        &self,
        record_size: usize,
        mut on_block: impl FnMut(&[u8]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        let len = self.len(record_size)?;
        if let Some(chunks) = self.plain_chunks(len, record_size)? {
            let mut block = Vec::new();
            for (address, size) in chunks {
                block.resize(size, 0);
                let read = self.source.read_at(address, &mut block);
                read.map_err(|error| unreadable(&self.attributes.path, error.into()))?;
                on_block(&block)?;
            }
            return Ok(());
        }
        if chunks::filter_of_ours(self)? {
            return chunks::each(self, len, record_size, on_block);
        }
        let rows = (BLOCK_SIZE / record_size).max(1);
        for start in (0..len).step_by(rows) {
            let block = self.dataset.read_raw_rows(start as u64, rows as u64);
            let block = block.map_err(|error| unreadable(&self.attributes.path, error))?;
            if block.len() != rows.min(len - start) * record_size {
                return Err(self.unexpected("all records"));
            }
            on_block(&block)?;
        }
        Ok(())
    }

    /// Returns where the chunks of records lie, in order, with their sizes in bytes, when they lie
    /// there as they are and none is left out: they can then be read without a copy.
    fn plain_chunks(
        &self,
        len: usize,
        record_size: usize,
    ) -> Result<Option<Vec<(u64, usize)>>, Kind> {
        let fail = |error| unreadable(&self.attributes.path, error);
        let chunk_shape = self.dataset.chunk_shape().map_err(fail)?;
        let Some(&[chunk_len]) = chunk_shape.as_deref() else {
            return Ok(None);
        };
        if !self.dataset.filters().is_empty() || len == 0 {
            return Ok(None);
        }
        let mut chunks = self.dataset.chunks().map_err(fail)?;
        chunks.sort_unstable_by_key(|chunk| chunk.offset.first().copied());
        let chunk_size = chunk_len.checked_mul(record_size as u64);
        let expected = (0..len as u64).step_by(usize::try_from(chunk_len).unwrap_or(usize::MAX));
        let whole = chunks
            .iter()
            .map(|chunk| (chunk.offset.first().copied(), Some(chunk.storage_size)));
        let inside = chunks.iter().all(|chunk| {
            let end = chunk.address.checked_add(chunk.storage_size);
            end.is_some_and(|end| end <= self.source.len())
        });
        if !inside || !whole.eq(expected.map(|start| (Some(start), chunk_size))) {
            return Ok(None);
        }
        let size = |start: u64| {
            let rows = (len as u64 - start).min(chunk_len);
            usize::try_from(rows).map_or(usize::MAX, |rows| rows * record_size)
        };
        let chunks = chunks.iter();
        Ok(Some(
            chunks.map(|c| (c.address, size(c.offset[0]))).collect(),
        ))
    }

    /// Returns the bytes of all elements.
    pub(super) fn bytes(&self, element_size: usize, dimensions: usize) -> Result<Vec<u8>, Kind> {
        if self.checked_shape(element_size, dimensions)?.contains(&0) {
            return Ok(Vec::new());
        }
        if chunks::filter_of_ours(self)? {
            return chunks::array(self, element_size);
        }
        let bytes = self.dataset.read_raw();
        bytes.map_err(|error| unreadable(&self.attributes.path, error))
    }

    /// Returns the texts of a list, each of so many bytes.
    pub(super) fn texts(&self, size: usize) -> Result<Vec<String>, Kind> {
        let bytes = self.bytes(size, 1)?;
        let texts: Option<Vec<String>> = bytes.chunks_exact(size.max(1)).map(text).collect();
        texts.ok_or_else(|| self.unexpected("texts in UTF-8"))
    }

    /// Returns the number of elements along each dimension.
    ///
    /// What the file says of its size is believed only as far as its bytes can bear it out, and
    /// as the limits allow.
    fn checked_shape(&self, element_size: usize, dimensions: usize) -> Result<Vec<u64>, Kind> {
        let shape = self.shape()?;
        // What is not read is named before its size is judged.
        chunks::filter_of_ours(self)?;
        let chunk = self.dataset.chunk_shape();
        let chunk = chunk.map_err(|error| unreadable(&self.attributes.path, error))?;
        if shape.len() != dimensions {
            return Err(self.unexpected("one number for each dimension"));
        }
        if shape.contains(&0) {
            return Ok(shape);
        }
        // A chunk may be longer than the table, but it is in the file.
        let chunk = chunk.unwrap_or_else(|| shape.clone());
        let mut sides = shape.iter().zip(&chunk);
        let most_elements = sides.try_fold(1_u64, |elements, (&len, &chunk)| {
            elements.checked_mul(len.max(chunk)).filter(|_| chunk > 0)
        });
        let stored = self.source.len();
        let most = if self.dataset.filters().is_empty() {
            stored
        } else {
            stored.saturating_mul(MAX_COMPRESSION)
        };
        let size = most_elements.and_then(|elements| elements.checked_mul(element_size as u64));
        let Some(bytes) = size.filter(|&size| chunk.len() == dimensions && size <= most) else {
            return Err(self.unexpected("as many records as the file has bytes for"));
        };
        let limit = self.limits.max_tensor_bytes;
        if bytes > limit {
            let what = self.attributes.path.clone();
            return Err(Kind::TooLarge { what, bytes, limit });
        }
        Ok(shape)
    }

    pub(super) fn shape(&self) -> Result<Vec<u64>, Kind> {
        let shape = self.dataset.shape();
        shape.map_err(|error| unreadable(&self.attributes.path, error))
    }

    pub(super) fn datatype(&self) -> Result<Datatype, Kind> {
        let datatype = self.dataset.datatype();
        datatype.map_err(|error| unreadable(&self.attributes.path, error))
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> Kind {
        Kind::Unexpected {
            object: self.attributes.path.clone(),
            expected,
            found: match (self.dataset.datatype(), self.dataset.shape()) {
                (Ok(datatype), Ok(shape)) => {
                    format!("shape {shape:?} of {} bytes each", datatype.type_size())
                }
                _ => "none".into(),
            },
        }
    }
}

/// Returns a text of a fixed length without the zeros behind it.
pub(in crate::h5) fn text(bytes: &[u8]) -> Option<String> {
    let len = bytes
        .iter()
        .rposition(|&byte| byte != 0)
        .map_or(0, |i| i + 1);
    String::from_utf8(bytes[..len].to_vec()).ok()
}

impl FieldType {
    fn of(datatype: &Datatype) -> Self {
        let (element, len) = match datatype {
            Datatype::Array {
                base_type,
                dimensions,
            } => match dimensions[..] {
                [len] => (&**base_type, len as usize),
                _ => return Self::Other,
            },
            element => (element, 1),
        };
        match element {
            Datatype::String { .. } => Self::Texts(len),
            element => dtype(element).map_or(Self::Other, |dtype| Self::Numbers(dtype, len)),
        }
    }
}
