use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use dlc_model::{Tensor, Weights};

use crate::{Limits, regular_file, weights_format::describe_file};

use super::{
    ReadCheckpointError, ReadCheckpointErrorKind as Kind,
    checksum::masked_crc32c,
    entry::{Entry, Header},
    table::Table,
};

/// Reads all variables of 32-bit floats of a checkpoint, by their names.
///
/// `prefix` is the common part of the names of its files, e.g., `train/snapshot-3252`. Variables
/// of other types, such as the integer `global_step`, are passed over. The `.meta` file is not
/// needed.
///
/// # Errors
///
/// Returns an error that names the file and the byte or the variable when a file is missing or
/// damaged (all checksums are verified), exceeds the limits, or has what DeepLabCut never writes:
/// compressed blocks, sliced variables, big-endian numbers.
pub fn read_checkpoint(
    prefix: impl AsRef<Path>,
    limits: &Limits,
) -> Result<Weights, ReadCheckpointError> {
    let prefix = prefix.as_ref();
    let index = with_suffix(prefix, ".index");
    if prefix.is_file() && !index.exists() {
        let kind = match describe_file(prefix) {
            Ok(found) => Kind::NotAPrefix { found },
            Err(error) => Kind::Io(error),
        };
        return Err(ReadCheckpointError::new(prefix.into(), kind));
    }
    let (header, entries) =
        read_index(&index, limits).map_err(|kind| ReadCheckpointError::new(index, kind))?;

    let mut shards: Vec<Vec<(String, Entry)>> = Vec::new();
    for (name, entry) in entries {
        let shard = entry.shard as usize;
        shards.resize_with(shards.len().max(shard + 1), Vec::new);
        shards[shard].push((name, entry));
    }
    let mut weights = Weights::new();
    for (shard, entries) in shards.into_iter().enumerate() {
        if !entries.is_empty() {
            let suffix = format!(".data-{shard:05}-of-{:05}", header.shard_count);
            let path = with_suffix(prefix, &suffix);
            read_shard(&path, entries, &mut weights)
                .map_err(|kind| ReadCheckpointError::new(path, kind))?;
        }
    }
    Ok(weights)
}

/// Appends to the name of a file; a dot in it begins no extension.
fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut path = prefix.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn read_index(path: &Path, limits: &Limits) -> Result<(Header, Vec<(String, Entry)>), Kind> {
    let limit = limits.max_file_bytes;
    let mut bytes = Vec::new();
    let file = regular_file::open(path).map_err(Kind::Io)?;
    let mut file = file.take(limit.saturating_add(1));
    file.read_to_end(&mut bytes).map_err(Kind::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Kind::TooLong { limit });
    }
    entries(&bytes, limits.max_tensor_bytes)
}

/// Returns what an index says of each tensor; together they take at most `limit` bytes, names
/// included.
fn entries(index: &[u8], limit: u64) -> Result<(Header, Vec<(String, Entry)>), Kind> {
    let mut header = None;
    let mut entries = Vec::new();
    let mut left = limit;
    Table::new(index).for_each(|key, value| {
        let Some(header) = header else {
            header = Some(match key {
                [] => Header::parse(value)?,
                _ => return Err(Kind::MissingHeader),
            });
            return Ok(());
        };
        if key.starts_with(&[0]) {
            // A slice; the variable that it belongs to follows under its own name.
            return Ok(());
        }
        let name = str::from_utf8(key).map_err(|_| Kind::InvalidEntry {
            name: String::from_utf8_lossy(key).into(),
            expected: "a name in UTF-8",
        })?;
        if let Some(entry) = Entry::parse(name, value, header)? {
            let size = entry.size.checked_add(name.len() as u64);
            left = size
                .and_then(|size| left.checked_sub(size))
                .ok_or(Kind::TooLarge {
                    name: name.into(),
                    limit,
                })?;
            entries.push((name.into(), entry));
        }
        Ok(())
    })?;
    Ok((header.ok_or(Kind::MissingHeader)?, entries))
}

fn read_shard(
    path: &Path,
    mut entries: Vec<(String, Entry)>,
    weights: &mut Weights,
) -> Result<(), Kind> {
    let mut file = regular_file::open(path).map_err(Kind::Io)?;
    let file_len = file.metadata().map_err(Kind::Io)?.len();
    entries.sort_by_key(|(_, entry)| (entry.offset, entry.size));
    let mut end = 0;
    for (name, entry) in entries {
        end = check_place(&name, &entry, end, file_len)?;
        let tensor = read_tensor(&mut file, &name, entry)?;
        weights.insert(name, tensor);
    }
    Ok(())
}

/// Returns where the tensor ends, which is behind the `last_end` and inside the file.
fn check_place(name: &str, entry: &Entry, last_end: u64, file_len: u64) -> Result<u64, Kind> {
    if entry.offset < last_end {
        return Err(Kind::Overlap {
            name: name.into(),
            offset: entry.offset,
            end: last_end,
        });
    }
    let end = entry.offset.checked_add(entry.size);
    end.filter(|&end| end <= file_len)
        .ok_or(Kind::TensorBeyondEnd {
            name: name.into(),
            offset: entry.offset,
            expected: entry.size,
            found: file_len,
        })
}

fn read_tensor(file: &mut File, name: &str, entry: Entry) -> Result<Tensor, Kind> {
    let size = usize::try_from(entry.size).expect("the file is as long, and memory is addressed");
    let mut bytes = vec![0; size];
    file.seek(SeekFrom::Start(entry.offset)).map_err(Kind::Io)?;
    file.read_exact(&mut bytes).map_err(Kind::Io)?;
    let computed = masked_crc32c(&[&bytes]);
    if computed != entry.crc32c {
        return Err(Kind::WrongChecksum {
            what: format!("tensor {name:?}"),
            offset: entry.offset,
            expected: entry.crc32c,
            found: computed,
        });
    }
    let (values, _) = bytes.as_chunks::<4>();
    let values = values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect();
    Ok(Tensor::new(entry.shape, values).expect("the entry's size was compared with its shape"))
}
