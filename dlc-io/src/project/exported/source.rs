use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_model::{Engine, NetType, NetworkConfig, Weights};

use super::{Kind, ReadExportedModelError};
use crate::{
    Limits, WeightsFormat, safetensors,
    tensorflow::{self, FrozenGraph, GraphOutput},
    torch,
    weights_format::describe_file,
};

/// How far the numbers of a graph may be from those of its configuration, relatively: they were
/// rounded to 32 bits.
const TOLERANCE: f32 = 1e-6;

/// Where the weights of a model are.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WeightsSource {
    /// A frozen graph.
    FrozenGraph(PathBuf),
    /// The path that the files of a checkpoint begin with.
    Checkpoint(PathBuf),
    /// A snapshot or an exported model of PyTorch.
    Torch(PathBuf),
    /// A safetensors file.
    Safetensors(PathBuf),
}

/// The weights of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedWeights {
    /// Those of the pose network, by the names that they have in a checkpoint or a snapshot.
    pub pose: Weights,
    /// Those of the detector, if the file has one.
    pub detector: Option<Weights>,
    /// What a frozen graph says of itself; its `weights` have moved to [`Self::pose`].
    pub graph: Option<FrozenGraph>,
}

impl WeightsSource {
    /// Finds the weights in a folder, or finds out what a file is, as [`ExportedModel::open`] does;
    /// no configuration is looked for.
    ///
    /// # Errors
    ///
    /// Returns an error when there are none or several, or when the file is something else.
    ///
    /// [`ExportedModel::open`]: super::ExportedModel::open
    pub fn find(path: impl AsRef<Path>) -> Result<Self, ReadExportedModelError> {
        let path = path.as_ref();
        Self::try_find(path).map_err(|kind| ReadExportedModelError::new(path.into(), kind))
    }

    pub(super) fn try_find(path: &Path) -> Result<Self, Kind> {
        match path.is_dir() {
            true => Self::find_in(path),
            false => Self::of_file(path),
        }
    }

    fn find_in(folder: &Path) -> Result<Self, Kind> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(Kind::Io)? {
            paths.push(entry.map_err(Kind::Io)?.path());
        }
        paths.sort();
        let (mut models, mut checkpoints) = (Vec::new(), Vec::new());
        for path in paths.iter().filter(|path| path.is_file()) {
            let format = WeightsFormat::of_file(path).map_err(Kind::Io)?;
            match format.and_then(|format| Self::new(format, path)) {
                Some(checkpoint @ Self::Checkpoint(_)) => checkpoints.push(checkpoint),
                Some(model) => models.push(model),
                None => {}
            }
        }
        let mut found = if models.is_empty() {
            checkpoints
        } else {
            models
        };
        let names = |paths: &[PathBuf]| {
            let names = paths.iter().filter_map(|path| path.file_name());
            names
                .map(|name| name.to_string_lossy().into_owned())
                .take(10)
                .collect()
        };
        match found.len() {
            0 => Err(Kind::NoWeights {
                found: names(&paths),
            }),
            1 => Ok(found.swap_remove(0)),
            _ => {
                let paths: Vec<_> = found.iter().map(|source| source.path().into()).collect();
                Err(Kind::SeveralWeights {
                    found: names(&paths),
                })
            }
        }
    }

    fn of_file(path: &Path) -> Result<Self, Kind> {
        let mut index = path.as_os_str().to_owned();
        index.push(".index");
        if Path::new(&index).is_file() {
            return Ok(Self::Checkpoint(path.into()));
        }
        let format = WeightsFormat::of_file(path).map_err(Kind::Io)?;
        if let Some(source) = format.and_then(|format| Self::new(format, path)) {
            return Ok(source);
        }
        let found = describe_file(path).map_err(Kind::Io)?;
        Err(Kind::NotWeights { found })
    }

    fn new(format: WeightsFormat, path: &Path) -> Option<Self> {
        Some(match format {
            WeightsFormat::FrozenGraph => Self::FrozenGraph(path.into()),
            WeightsFormat::TorchArchive => Self::Torch(path.into()),
            WeightsFormat::Safetensors => Self::Safetensors(path.into()),
            WeightsFormat::CheckpointIndex if path.extension()? == "index" => {
                Self::Checkpoint(path.with_extension(""))
            }
            _ => return None,
        })
    }

    /// Returns the file, or the path that the files of a checkpoint begin with.
    pub fn path(&self) -> &Path {
        match self {
            Self::FrozenGraph(path)
            | Self::Checkpoint(path)
            | Self::Torch(path)
            | Self::Safetensors(path) => path,
        }
    }

    /// Returns the framework that the weights come from. A safetensors file has the names of
    /// PyTorch.
    pub fn engine(&self) -> Engine {
        match self {
            Self::FrozenGraph(_) | Self::Checkpoint(_) => Engine::TensorFlow,
            Self::Torch(_) | Self::Safetensors(_) => Engine::PyTorch,
        }
    }

    /// Reads the weights.
    ///
    /// # Errors
    ///
    /// Returns an error when a file is damaged, is something else or exceeds the limits.
    pub fn read(&self, limits: &Limits) -> Result<ExportedWeights, ReadExportedModelError> {
        self.try_read(limits)
            .map_err(|kind| ReadExportedModelError::new(self.path().into(), kind))
    }

    pub(super) fn try_read(&self, limits: &Limits) -> Result<ExportedWeights, Kind> {
        let mut weights = ExportedWeights {
            pose: Weights::new(),
            detector: None,
            graph: None,
        };
        match self {
            Self::FrozenGraph(path) => {
                let graph = tensorflow::read_frozen_graph(path, limits);
                let mut graph = graph.map_err(Kind::Graph)?;
                weights.pose = std::mem::take(&mut graph.weights);
                weights.graph = Some(graph);
            }
            Self::Checkpoint(prefix) => {
                let read = tensorflow::read_checkpoint(prefix, limits);
                weights.pose = read.map_err(Kind::Checkpoint)?;
            }
            Self::Torch(path) => {
                let snapshot = torch::read_snapshot(path, limits).map_err(Kind::Torch)?;
                weights.pose = snapshot.weights;
                weights.detector = snapshot.detector;
            }
            Self::Safetensors(path) => {
                let file = safetensors::read_safetensors(path, limits);
                weights.pose = file.map_err(Kind::Safetensors)?.weights;
            }
        }
        Ok(weights)
    }
}

impl ExportedWeights {
    /// Compares what a frozen graph says of itself with its configuration.
    pub(super) fn check(&self, network: &NetworkConfig) -> Result<(), Kind> {
        match &self.graph {
            Some(graph) => check_graph(graph, network),
            None => Ok(()),
        }
    }
}

fn check_graph(graph: &FrozenGraph, network: &NetworkConfig) -> Result<(), Kind> {
    let scaling = network.input_scaling;
    check_numbers(
        "mean of the pixels",
        graph.mean_pixel.as_ref(),
        &scaling.mean,
    )?;
    let std = scaling.scale.map(f32::recip);
    check_numbers("deviation of the pixels", graph.std_pixel.as_ref(), &std)?;
    let GraphOutput::Pose { stride, locref_std } = graph.output else {
        return check_statistics(graph, network);
    };
    // `PoseConfig::network` refuses any other.
    check_numbers("width of a cell", stride.map(|n| [n]).as_ref(), &[8.0])?;
    let Some(expected) = network.locref_std else {
        return Err(contradiction(
            "location refinement",
            "none".into(),
            "one".into(),
        ));
    };
    check_numbers(
        "scale of the location refinement",
        locref_std.map(|n| [n]).as_ref(),
        &[expected],
    )?;
    check_statistics(graph, network)
}

/// DeepLabCut builds MobileNetV2 with the statistics of the batch, and all others with those that
/// are stored.
fn check_statistics(graph: &FrozenGraph, network: &NetworkConfig) -> Result<(), Kind> {
    let norms = graph.batch_norms;
    let (expected, other) = match network.net_type {
        NetType::MobilenetV2(_) => ("those of the batch", norms.stored),
        _ => ("those that are stored", norms.of_batch),
    };
    match other {
        0 => Ok(()),
        _ => {
            let found = format!("{other} that take others");
            Err(contradiction(
                "statistics of the batch normalisations",
                expected.into(),
                found,
            ))
        }
    }
}

fn check_numbers<const N: usize>(
    what: &'static str,
    found: Option<&[f32; N]>,
    expected: &[f32; N],
) -> Result<(), Kind> {
    let Some(found) = found else {
        return Ok(());
    };
    let close = |(found, expected): (&f32, &f32)| {
        (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0)
    };
    match found.iter().zip(expected).all(close) {
        true => Ok(()),
        false => Err(contradiction(
            what,
            format!("{expected:?}"),
            format!("{found:?}"),
        )),
    }
}

fn contradiction(what: &'static str, expected: String, found: String) -> Kind {
    Kind::Contradiction {
        what,
        expected,
        found,
    }
}
