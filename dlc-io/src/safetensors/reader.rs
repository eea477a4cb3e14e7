use std::{
    collections::BTreeMap,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use dlc_model::{Tensor, Weights};

use super::{
    ReadSafetensorsError, ReadSafetensorsErrorKind as Kind,
    header::{Entry, Header},
};
use crate::{
    Limits, WeightsFormat, pickle::f32_from_f16, regular_file, torch::without_data_parallel,
    weights_format::describe_file,
};

/// The longest header: a network of 1000 tensors has one of about 120 kB.
const LONGEST_HEADER: u64 = 8 << 20;
const LEN_BYTES: u64 = 8;

/// What a safetensors file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct SafetensorsFile {
    /// The floats of the network, by their names. Integers, such as `num_batches_tracked`, are
    /// passed over.
    pub weights: Weights,
    /// The texts under `__metadata__`.
    pub metadata: BTreeMap<String, String>,
    /// Whether all names began with `module.`, as `DataParallel` calls what it holds. They are
    /// left out of [`Self::weights`].
    pub is_data_parallel: bool,
}

/// Reads a safetensors file.
///
/// Floats of 16 and 64 bits become the nearest floats of 32 bits.
///
/// # Errors
///
/// Returns an error that names the file and the tensor when the file is damaged, is something else
/// (what it is, where that is known), exceeds the limits, or has floats of 8 bits or fewer. There
/// are no checksums in the format: a changed value is not noticed.
pub fn read_safetensors(
    path: impl AsRef<Path>,
    limits: &Limits,
) -> Result<SafetensorsFile, ReadSafetensorsError> {
    let path = path.as_ref();
    read(path, limits).map_err(|kind| ReadSafetensorsError::new(path.into(), kind))
}

fn read(path: &Path, limits: &Limits) -> Result<SafetensorsFile, Kind> {
    if WeightsFormat::of_file(path).map_err(Kind::Io)? != Some(WeightsFormat::Safetensors) {
        let found = describe_file(path).map_err(Kind::Io)?;
        return Err(Kind::NotSafetensors { found });
    }
    let mut file = BufReader::new(regular_file::open(path).map_err(Kind::Io)?);
    let file_len = file.get_ref().metadata().map_err(Kind::Io)?.len();
    let (header, start) = read_header(&mut file, file_len, limits)?;
    let mut entries = header.entries;
    check_places(&mut entries, file_len - start)?;

    let mut weights = Weights::new();
    let mut left = limits.max_tensor_bytes;
    for (name, entry) in entries {
        let Some(dtype) = Dtype::parse(&name, &entry)? else {
            continue;
        };
        let too_large = || Kind::TooLarge {
            name: name.clone(),
            limit: limits.max_tensor_bytes,
        };
        let size = (entry.len() / dtype.size()).saturating_mul(4);
        left = left.checked_sub(size).ok_or_else(too_large)?;
        let shape = entry.shape.iter().map(|&axis| usize::try_from(axis));
        let shape: Vec<usize> = shape.collect::<Result<_, _>>().map_err(|_| too_large())?;
        let place = SeekFrom::Start(start + entry.data_offsets[0]);
        file.seek(place).map_err(Kind::Io)?;
        let values = dtype.read(&mut file, entry.len()).map_err(Kind::Io)?;
        let tensor = Tensor::new(shape, values).map_err(|_| too_large())?;
        if weights.insert(name.clone(), tensor).is_some() {
            return Err(Kind::RepeatedTensor { name });
        }
    }
    let (weights, is_data_parallel) = without_data_parallel(weights);
    Ok(SafetensorsFile {
        weights,
        metadata: header.metadata,
        is_data_parallel,
    })
}

/// Reads the header and returns where the values begin.
fn read_header(
    file: &mut impl Read,
    file_len: u64,
    limits: &Limits,
) -> Result<(Header, u64), Kind> {
    let mut len = [0; 8];
    file.read_exact(&mut len).map_err(Kind::Io)?;
    let len = u64::from_le_bytes(len);
    let limit = LONGEST_HEADER
        .min(limits.max_file_bytes)
        .min(file_len.saturating_sub(LEN_BYTES));
    if len > limit {
        return Err(Kind::HeaderTooLong { limit, found: len });
    }
    let mut json = Vec::new();
    file.take(len).read_to_end(&mut json).map_err(Kind::Io)?;
    let header = serde_json::from_slice(&json).map_err(|error| Kind::Header(error.into()))?;
    Ok((header, LEN_BYTES + len))
}

/// Compares sizes with shapes, and puts the tensors into the order of their bytes, which must be
/// all bytes behind the header.
fn check_places(entries: &mut [(String, Entry)], len: u64) -> Result<(), Kind> {
    entries.sort_by_key(|(_, entry)| entry.data_offsets);
    let mut last_end = 0;
    for (name, entry) in entries {
        let [first, end] = entry.data_offsets;
        if first != last_end {
            return Err(Kind::Gap {
                name: name.clone(),
                expected: last_end,
                found: first,
            });
        }
        if entry.size() != end.checked_sub(first) {
            return Err(Kind::WrongSize {
                name: name.clone(),
                dtype: entry.dtype.clone(),
                shape: entry.shape.iter().take(8).copied().collect(),
                first,
                end,
            });
        }
        last_end = end;
    }
    match last_end == len {
        true => Ok(()),
        false => Err(Kind::WrongLength {
            expected: last_end,
            found: len,
        }),
    }
}

impl Entry {
    /// Returns the number of bytes, once they were compared with the shape.
    fn len(&self) -> u64 {
        let [first, end] = self.data_offsets;
        end.saturating_sub(first)
    }

    /// Returns how many bytes the shape takes; of a type that is not known, what is there.
    fn size(&self) -> Option<u64> {
        let mut axes = self.shape.iter();
        let count = axes.try_fold(1_u64, |count, &axis| count.checked_mul(axis))?;
        match &*self.dtype {
            "F64" | "I64" | "U64" => count.checked_mul(8),
            "F32" | "I32" | "U32" => count.checked_mul(4),
            "F16" | "BF16" | "I16" | "U16" => count.checked_mul(2),
            "BOOL" | "I8" | "U8" => Some(count),
            _ => Some(self.len()),
        }
    }
}

/// The type of floats.
#[derive(Clone, Copy)]
enum Dtype {
    F64,
    F32,
    F16,
    Bf16,
}

impl Dtype {
    /// Returns the type, or `None` if it is one of integers or truth values.
    fn parse(name: &str, entry: &Entry) -> Result<Option<Self>, Kind> {
        Ok(Some(match &*entry.dtype {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::Bf16,
            "BOOL" | "I8" | "U8" | "I16" | "U16" | "I32" | "U32" | "I64" | "U64" => {
                return Ok(None);
            }
            other => {
                return Err(Kind::UnknownType {
                    name: name.into(),
                    dtype: other.into(),
                });
            }
        }))
    }

    fn size(self) -> u64 {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// Reads the values of a tensor of `len` bytes.
    fn read(self, file: &mut impl Read, len: u64) -> std::io::Result<Vec<f32>> {
        let count = usize::try_from(len / self.size()).map_err(std::io::Error::other)?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(match self {
                Self::F64 => narrow(f64::from_le_bytes(array(file)?)),
                Self::F32 => f32::from_le_bytes(array(file)?),
                Self::F16 => f32_from_f16(u16::from_le_bytes(array(file)?)),
                Self::Bf16 => f32::from_bits(u32::from(u16::from_le_bytes(array(file)?)) << 16),
            });
        }
        Ok(values)
    }
}

fn array<const N: usize>(file: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "networks are computed in 32 bits: the nearest float is wanted"
)]
fn narrow(value: f64) -> f32 {
    value as f32
}
