mod config_value;
mod error;
mod name;
mod source;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dlc_model::{Engine, NetType, NetworkConfig, PoseConfig, PytorchConfig, Snapshot, Value};

pub use self::{
    error::{ReadExportedModelError, ReadExportedModelErrorKind},
    name::ExportedName,
    source::{ExportedWeights, WeightsSource},
};
use super::Project;
use crate::{Limits, torch, yaml};

type Kind = ReadExportedModelErrorKind;

/// A model that can be run without the project it comes from: what `export_model` of either engine
/// makes, or any weights beside their configuration.
///
/// | weights | configuration |
/// |---|---|
/// | `snapshot-3252.pb`, a frozen graph | `pose_cfg.yaml` beside it |
/// | `snapshot-3252.index`, a checkpoint | `pose_cfg.yaml` beside it |
/// | `…_snapshot-200.pt`, exported | in the file |
/// | `snapshot-200.pt`, not exported | `pytorch_config.yaml` beside it |
/// | `*.safetensors` | `pytorch_config.yaml` beside it |
///
/// What a file is, its content tells and not its name.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::{Limits, project::ExportedModel};
///
/// let folder = "exported-models/DLC_openfield_resnet_50_iteration-0_shuffle-1";
/// let (model, weights) = ExportedModel::load(folder, &Limits::default())?;
///
/// println!("{}: {} tensors", model.network.net_type, weights.pose.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ExportedModel {
    /// The framework that trained the model.
    pub engine: Engine,
    /// What the folder's name says, if `export_model` gave it.
    pub name: Option<ExportedName>,
    /// The snapshot that the file's name says.
    pub snapshot: Option<Snapshot>,
    /// What a crate that runs networks must know.
    pub network: NetworkConfig,
    /// The configuration as it was read. Where an exported file has objects of Python in it, names
    /// and paths have become texts, and others `<module.Class>`.
    pub config_value: Value,
    /// Where the configuration stands: a `.yaml`, or the file with the weights.
    pub config_path: PathBuf,
    /// Where the weights are.
    pub weights: WeightsSource,
}

impl ExportedModel {
    /// Opens a model: a folder as `export_model` makes it, or a file with weights. No weights are
    /// read yet.
    ///
    /// A folder must have one file with weights; a checkpoint does not count beside others, as
    /// `export_model` copies it there. The path that the files of a checkpoint begin with is
    /// a file, too.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file when there is no model or several, when the file is
    /// something else (what it is, where that is known), or when its configuration is missing,
    /// wrong, or asks for what is not supported.
    pub fn open(path: impl AsRef<Path>, limits: &Limits) -> Result<Self, ReadExportedModelError> {
        let path = path.as_ref();
        Self::try_open(path, limits).map_err(|kind| ReadExportedModelError::new(path.into(), kind))
    }

    /// Opens a model and reads its weights.
    ///
    /// # Errors
    ///
    /// As [`Self::open`] and [`Self::read`].
    pub fn load(
        path: impl AsRef<Path>,
        limits: &Limits,
    ) -> Result<(Self, ExportedWeights), ReadExportedModelError> {
        let model = Self::open(path, limits)?;
        let weights = model.read(limits)?;
        Ok((model, weights))
    }

    /// Reads the weights.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is damaged or exceeds the limits, and when a frozen graph
    /// contradicts the configuration: other means or deviations of the pixels, another width of a
    /// cell or scale of the location refinement, or batch normalisations that use other statistics
    /// than DeepLabCut's network of that name.
    pub fn read(&self, limits: &Limits) -> Result<ExportedWeights, ReadExportedModelError> {
        let weights = self.weights.try_read(limits).and_then(|weights| {
            weights.check(&self.network)?;
            Ok(weights)
        });
        weights.map_err(|kind| ReadExportedModelError::new(self.weights.path().into(), kind))
    }

    fn try_open(path: &Path, limits: &Limits) -> Result<Self, Kind> {
        let weights = WeightsSource::try_find(path)?;
        let (config_path, config_value) = config(&weights, limits)?;
        let network = network(weights.engine(), &config_path, &config_value)?;
        let folder = weights.path().parent();
        let folder = folder
            .and_then(Path::file_name)
            .and_then(|name| name.to_str());
        Ok(Self {
            engine: network.engine,
            name: folder.and_then(|name| ExportedName::parse(name, &network.net_type)),
            snapshot: name::snapshot(weights.engine(), weights.path()),
            network,
            config_value,
            config_path,
            weights,
        })
    }
}

/// Returns the configuration of a model and where it stands.
fn config(weights: &WeightsSource, limits: &Limits) -> Result<(PathBuf, Value), Kind> {
    if let WeightsSource::Torch(path) = weights {
        let kept = torch::read_metadata(path, limits).map_err(Kind::Torch)?;
        if kept.get("net_type").is_some() && kept.get("model").is_some() {
            return Ok((path.clone(), config_value::plain(&kept)));
        }
    }
    let name = match weights.engine() {
        Engine::TensorFlow => "pose_cfg.yaml",
        Engine::PyTorch => "pytorch_config.yaml",
    };
    let path = weights.path().with_file_name(name);
    if !path.exists() {
        return Err(Kind::NoConfig { path });
    }
    let value = yaml::read(&path).map_err(Kind::Yaml)?;
    Ok((path, value))
}

fn network(engine: Engine, path: &Path, value: &Value) -> Result<NetworkConfig, Kind> {
    let field = |source| Kind::Config {
        path: path.into(),
        source,
    };
    let network = match engine {
        Engine::TensorFlow => PoseConfig::try_from(value).map_err(field)?.network(),
        Engine::PyTorch => PytorchConfig::try_from(value).map_err(field)?.network(),
    };
    network.map_err(|source| Kind::Network {
        path: path.into(),
        source,
    })
}

/// A folder with exported models in a project.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExportedFolder {
    /// The framework that trained the model.
    pub engine: Engine,
    /// The network.
    pub net_type: NetType,
    /// The round of active learning.
    pub iteration: u32,
    /// The shuffle.
    pub shuffle: u32,
    /// The folder, from the root of the file system; [`ExportedModel::open`] takes it, or one of
    /// the files.
    pub folder: PathBuf,
    /// The models in it: `snapshot-{iterations}.pb` (TensorFlow) or `…_snapshot-{epochs}.pt`
    /// (PyTorch), sorted by name.
    pub files: Vec<PathBuf>,
}

impl Project {
    /// Lists the folders with exported models of both engines, those of TensorFlow first, by name.
    ///
    /// Folders of other tasks and other names are passed over; nothing in them is opened.
    ///
    /// # Errors
    ///
    /// Returns an error when a folder that exists cannot be read.
    pub fn exported_models(&self) -> io::Result<Vec<ExportedFolder>> {
        let mut models = Vec::new();
        for engine in [Engine::TensorFlow, Engine::PyTorch] {
            let (folder, extension) = match engine {
                Engine::TensorFlow => ("exported-models", "pb"),
                Engine::PyTorch => ("exported-models-pytorch", "pt"),
            };
            for folder in sorted(self.root().join(folder))? {
                let name = folder.file_name().and_then(|name| name.to_str());
                let name = name.and_then(|name| ExportedName::of_task(name, &self.config().task));
                let Some(name) = name.filter(|_| folder.is_dir()) else {
                    continue;
                };
                let mut files = sorted(folder.clone())?;
                files.retain(|file| file.extension().is_some_and(|end| end == extension));
                models.push(ExportedFolder {
                    engine,
                    net_type: name.net_type,
                    iteration: name.iteration,
                    shuffle: name.shuffle,
                    folder,
                    files,
                });
            }
        }
        Ok(models)
    }
}

/// Returns what lies in a folder, sorted; nothing when there is no such folder.
fn sorted(folder: PathBuf) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
