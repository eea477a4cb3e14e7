use std::path::Path;

use dlc_io::project::{ExportedModel, ResolvedModel};
use dlc_model::{
    ConfigFieldError, DetectorConfig, Engine, NetworkConfig, NetworkConfigError, PoseConfig,
    PytorchConfig, RuntimeConfig, Value,
};

/// The model of an [`Analyzer`](crate::Analyzer): where it is from and what its results say of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum AnalyzedModel {
    /// A model of a project.
    OfProject(Box<ResolvedModel>),
    /// A model that was exported, or whose weights and configuration lie side by side.
    Exported(Box<ExportedModel>),
}

impl AnalyzedModel {
    /// Returns the framework that trained the model.
    pub fn engine(&self) -> Engine {
        self.network().engine
    }

    /// Returns what a crate that runs networks must know.
    pub fn network(&self) -> &NetworkConfig {
        match self {
            Self::OfProject(model) => &model.network,
            Self::Exported(model) => &model.network,
        }
    }

    /// Returns the scorer name of the results.
    ///
    /// That of an exported model is ours, because DeepLabCut has none and the date of the project
    /// is not known: the names of its folder and of its file, as `export_model` gave them, e.g.,
    /// `DLC_openfield_resnet_50_iteration-0_shuffle-1_snapshot-3252`, or `DLC_`, the network and the
    /// name of the file where the folder is called otherwise.
    pub fn scorer(&self) -> String {
        match self {
            Self::OfProject(model) => model.scorer.to_string(),
            Self::Exported(model) => exported_scorer(model),
        }
    }

    /// Returns the name of results of DeepLabCut before 2.1, where it is another one.
    pub(crate) fn legacy_scorer(&self) -> Option<String> {
        let Self::OfProject(model) = self else {
            return None;
        };
        Some(model.scorer.legacy()).filter(|legacy| *legacy != self.scorer())
    }

    /// Returns the file with the weights, or what the names of a checkpoint's files begin with.
    pub fn snapshot_path(&self) -> &Path {
        match self {
            Self::OfProject(model) => &model.snapshot_path,
            Self::Exported(model) => model.weights.path(),
        }
    }

    /// Returns the file with the weights of the detector; an exported model's has both.
    pub(crate) fn detector_path(&self) -> &Path {
        match self {
            Self::OfProject(model) => match &model.detector {
                Some(detector) => &detector.path,
                None => &model.snapshot_path,
            },
            Self::Exported(model) => model.weights.path(),
        }
    }

    /// Returns what a crate that runs detectors must know of that of a top-down model.
    pub(crate) fn detector(&self) -> Result<DetectorConfig, NetworkConfigError> {
        PytorchConfig::try_from(self.config_value())?.detector()
    }

    fn config_value(&self) -> &Value {
        match self {
            Self::OfProject(model) => &model.config_value,
            Self::Exported(model) => &model.config_value,
        }
    }

    /// Returns `num_outputs` of the model's configuration.
    pub(crate) fn num_outputs(&self) -> Option<usize> {
        num_outputs(self.config_value().get("num_outputs"))
    }

    /// Returns the name that DeepLabCut's PyTorch engine gives the animal in pictures.
    pub(crate) fn individual(&self) -> Option<String> {
        let named = || {
            let individuals = self.config_value().at(&["metadata", "individuals"])?;
            individuals.as_list()?.first()?.as_str()
        };
        match self.engine() {
            Engine::TensorFlow => None,
            Engine::PyTorch => Some(named().unwrap_or("individual_1").to_owned()),
        }
    }

    /// Returns the project's iteration, where it is known.
    pub(crate) fn iteration(&self) -> Option<u32> {
        match self {
            Self::OfProject(model) => Some(model.key.iteration),
            Self::Exported(model) => model.name.as_ref().map(|name| name.iteration),
        }
    }

    /// Returns the share of the labelled frames that trained the model, where it is known.
    pub(crate) fn training_fraction(&self) -> Option<f64> {
        match self {
            Self::OfProject(model) => Some(model.training_fraction.get()),
            Self::Exported(_) => None,
        }
    }

    /// Returns the configuration that DeepLabCut stores with the results.
    pub(crate) fn stored_config(
        &self,
        batch_size: usize,
        num_outputs: usize,
    ) -> Result<Value, ConfigFieldError> {
        let stored = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (batch_size, num_outputs) = (stored(batch_size), stored(num_outputs));
        match self {
            Self::OfProject(model) => model.stored_config(batch_size, num_outputs),
            Self::Exported(model) if model.engine == Engine::PyTorch => {
                Ok(model.config_value.clone())
            }
            Self::Exported(model) => {
                let snapshot_prefix = model.config_path.with_file_name("snapshot");
                let runtime = RuntimeConfig {
                    snapshot_prefix: &snapshot_prefix.to_string_lossy(),
                    init_weights: &model.weights.path().to_string_lossy(),
                    batch_size,
                    num_outputs,
                };
                PoseConfig::runtime_value(&model.config_value, &runtime)
            }
        }
    }
}

/// Returns a number of keypoints of each body part; 0 counts as 1.
pub(crate) fn num_outputs(value: Option<&Value>) -> Option<usize> {
    let count = usize::try_from(value?.as_int()?).ok()?;
    Some(count.max(1))
}

fn exported_scorer(model: &ExportedModel) -> String {
    let path = model.weights.path();
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let file = name(path);
    // The prefix of a checkpoint has no extension.
    let stem = [".pb", ".pt", ".pth", ".safetensors"]
        .iter()
        .find_map(|end| file.strip_suffix(end))
        .unwrap_or(&file);
    match (&model.name, path.parent()) {
        _ if stem.starts_with("DLC_") => stem.to_owned(),
        (Some(_), Some(folder)) => format!("{}_{stem}", name(folder)),
        _ => format!("DLC_{}_{stem}", model.network.net_type),
    }
}
