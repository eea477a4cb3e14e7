use std::{collections::HashMap, path::Path};

use dlc_model::{Tensor, Weights};

use crate::{
    Limits,
    pickle::{self, Value, advance},
};

use super::{
    ReadSnapshotError, ReadSnapshotErrorKind as Kind, archive::Archive, storage::Storage,
    tensor::View,
};

const BYTES_PER_VALUE: u64 = 4;
/// How many times as long as the archive the tensors may be: they may share storages, and repeat
/// values by a stride of zero.
const MOST_EXPANSION: u64 = 16;

/// What a snapshot or an exported model of the PyTorch engine holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The floats of the network, by their names. Integers, such as `num_batches_tracked`, are
    /// passed over.
    pub weights: Weights,
    /// The floats of the detector, which an exported top-down model may have beside its pose
    /// network. In a project, a detector has a snapshot of its own.
    pub detector: Option<Weights>,
    /// What is kept beside the network: `metadata` of a snapshot (epoch, losses, metrics),
    /// `config` of an exported model, or [`Value::None`].
    pub metadata: Value,
    /// Whether all names of the network began with `module.`, as `DataParallel` calls what it
    /// holds. They are left out of [`Self::weights`]. DeepLabCut itself takes them off before it
    /// saves.
    pub is_data_parallel: bool,
}

/// Reads a snapshot, e.g., `train/snapshot-best-200.pt` or `train/snapshot-detector-200.pt`, or an
/// exported model.
///
/// Floats of 16 and 64 bits become the nearest floats of 32 bits.
///
/// # Errors
///
/// Returns an error that names the file in the archive or the tensor when something is missing or
/// damaged, exceeds the limits, or when a tensor would be made by a function or be of a type that
/// is not known. Other unknown functions and classes in the archive are left alone.
pub fn read_snapshot(
    path: impl AsRef<Path>,
    limits: &Limits,
) -> Result<Snapshot, ReadSnapshotError> {
    let path = path.as_ref();
    read(path, limits).map_err(|kind| ReadSnapshotError::new(path.into(), kind))
}

/// Reads what is kept beside the network, as [`Snapshot::metadata`], without the tensors.
///
/// # Errors
///
/// Returns an error when the archive or its pickle is damaged, or when it has no network.
pub fn read_metadata(path: impl AsRef<Path>, limits: &Limits) -> Result<Value, ReadSnapshotError> {
    let path = path.as_ref();
    let root = Archive::open(path).and_then(|mut archive| read_root(&mut archive, limits));
    root.and_then(|root| network(&root).map(|_| metadata(&root)))
        .map_err(|kind| ReadSnapshotError::new(path.into(), kind))
}

fn read(path: &Path, limits: &Limits) -> Result<Snapshot, Kind> {
    let mut archive = Archive::open(path)?;
    let root = read_root(&mut archive, limits)?;
    let network = network(&root)?;
    let is_big_endian = is_big_endian(&mut archive)?;

    let limit = limits
        .max_tensor_bytes
        .min(archive.len().saturating_mul(MOST_EXPANSION));
    let mut loader = Loader {
        archive,
        is_big_endian,
        storages: HashMap::new(),
        limit,
        left: limit,
    };
    let (weights, is_data_parallel) = without_data_parallel(loader.tensors(network)?);
    let detector = match root.get("detector").and_then(Value::items) {
        Some(detector) => Some(without_data_parallel(loader.tensors(detector)?).0),
        None => None,
    };
    Ok(Snapshot {
        weights,
        detector,
        metadata: metadata(&root),
        is_data_parallel,
    })
}

fn read_root(archive: &mut Archive, limits: &Limits) -> Result<Value, Kind> {
    let bytes = archive.require("data.pkl", limits.max_file_bytes)?;
    pickle::read_slice(&bytes, limits).map_err(|source| Kind::Pickle {
        name: "data.pkl".into(),
        source,
    })
}

/// Returns the names and tensors of the pose network, or of the only network that is there.
fn network(root: &Value) -> Result<&[(Value, Value)], Kind> {
    let network = root.get("model").or_else(|| root.get("pose"));
    let network = network.and_then(Value::items).filter(|n| !n.is_empty());
    network.ok_or_else(|| no_network(root))
}

fn metadata(root: &Value) -> Value {
    let metadata = root.get("metadata").or_else(|| root.get("config"));
    metadata.cloned().unwrap_or(Value::None)
}

/// Takes `module.` off the names when all have it, and returns whether they had.
pub(crate) fn without_data_parallel(weights: Weights) -> (Weights, bool) {
    const PREFIX: &str = "module.";
    if weights.is_empty() || !weights.keys().all(|name| name.starts_with(PREFIX)) {
        return (weights, false);
    }
    let named = weights.into_iter();
    let named = named.map(|(name, tensor)| (name[PREFIX.len()..].to_owned(), tensor));
    (named.collect(), true)
}

fn no_network(root: &Value) -> Kind {
    let found = match root.items() {
        Some(items) => {
            let keys = items.iter().filter_map(|(key, _)| key.as_str());
            format!("one with {:?}", keys.take(10).collect::<Vec<_>>())
        }
        None => root.kind().into(),
    };
    Kind::NoNetwork { found }
}

fn is_big_endian(archive: &mut Archive) -> Result<bool, Kind> {
    const LONGEST: u64 = 16;
    match archive.read("byteorder", LONGEST)?.as_deref() {
        None | Some(b"little") => Ok(false),
        Some(b"big") => Ok(true),
        Some(other) => Err(Kind::UnknownByteOrder {
            found: String::from_utf8_lossy(other).into(),
        }),
    }
}

struct Loader {
    archive: Archive,
    is_big_endian: bool,
    storages: HashMap<String, Storage>,
    limit: u64,
    /// How many bytes tensors and storages may still take.
    left: u64,
}

impl Loader {
    fn tensors(&mut self, network: &[(Value, Value)]) -> Result<Weights, Kind> {
        let mut weights = Weights::new();
        for (name, value) in network {
            if let Some(name) = name.as_str()
                && let Some(tensor) = self.tensor(name, value)?
            {
                weights.insert(name.into(), tensor);
            }
        }
        Ok(weights)
    }

    /// Loads a tensor, or returns `None` if the value is not one of floats.
    fn tensor(&mut self, name: &str, value: &Value) -> Result<Option<Tensor>, Kind> {
        let Some(view) = View::parse(name, value)? else {
            return Ok(None);
        };
        let Some(size) = view.dtype.size() else {
            return Ok(None);
        };
        let too_large = Kind::TooLarge {
            name: name.into(),
            limit: self.limit,
        };
        let (Some(len), Some(needed)) = (view.len(), view.needed_len()) else {
            return Err(too_large);
        };
        let beyond_end = |found: usize| Kind::TensorBeyondEnd {
            name: name.into(),
            expected: needed as u64,
            found: found as u64,
        };
        if needed > view.storage_len {
            return Err(beyond_end(view.storage_len));
        }
        let taken = (len as u64).checked_mul(BYTES_PER_VALUE);
        let left = taken.and_then(|taken| self.left.checked_sub(taken));
        self.left = left.ok_or(too_large)?;

        let storage = self.storage(&view.key)?;
        let found = storage.bytes.len() / size;
        if needed > found {
            return Err(beyond_end(found));
        }
        let values = values(&view, len, storage).ok_or_else(|| beyond_end(found))?;
        Ok(Some(
            Tensor::new(view.shape, values).expect("there are as many values as asked"),
        ))
    }

    fn storage(&mut self, key: &str) -> Result<&Storage, Kind> {
        if !self.storages.contains_key(key) {
            let bytes = self.archive.require(&format!("data/{key}"), self.left)?;
            self.left -= bytes.len() as u64;
            let storage = Storage {
                bytes,
                is_big_endian: self.is_big_endian,
            };
            self.storages.insert(key.into(), storage);
        }
        Ok(&self.storages[key])
    }
}

fn values(view: &View, len: usize, storage: &Storage) -> Option<Vec<f32>> {
    let value = |index| storage.value(view.dtype, index);
    if view.is_contiguous() {
        return (view.offset..view.offset + len).map(value).collect();
    }
    let mut values = Vec::with_capacity(len);
    let mut place = vec![0; view.shape.len()];
    for _ in 0..len {
        let axes = place.iter().zip(&view.strides);
        let index: usize = axes.map(|(place, stride)| place * stride).sum();
        values.push(value(view.offset + index)?);
        advance(&mut place, &view.shape);
    }
    Some(values)
}
