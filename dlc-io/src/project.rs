//! Projects of DeepLabCut: what lies in which folder, and under which name.
//!
//! ```text
//! {task}-{scorer}-{date}/
//!   config.yaml
//!   training-datasets/iteration-{i}/UnaugmentedDataSet_{task}{date}/metadata.yaml
//!   dlc-models/iteration-{i}/{task}{date}-trainset{percent}shuffle{n}/     TensorFlow
//!     test/pose_cfg.yaml
//!     train/pose_cfg.yaml, snapshot-{iterations}.index, …
//!   dlc-models-pytorch/iteration-{i}/{task}{date}-trainset{percent}shuffle{n}/
//!     train/pytorch_config.yaml, snapshot-{epochs}.pt, snapshot-best-{epochs}.pt
//!   evaluation-results/…, evaluation-results-pytorch/…                     as the models
//!   exported-models/…, exported-models-pytorch/…
//! ```
//!
//! Nothing is written: DeepLabCut corrects `project_path` in a project that was moved, and makes
//! a `metadata.yaml` for an old one; here the folder of `config.yaml` counts, and an old project
//! stays as it is.

mod engine;
mod error;
mod exported;
mod folders;
mod resolve;
mod snapshots;

use std::path::{Path, PathBuf};

use dlc_model::{ConfigFieldError, ProjectConfig, Value};

pub use self::{
    error::{ResolveModelError, ResolveModelErrorKind},
    exported::{
        ExportedFolder, ExportedModel, ExportedName, ExportedWeights, ReadExportedModelError,
        ReadExportedModelErrorKind, WeightsSource,
    },
    resolve::{ModelRequest, ResolvedModel},
    snapshots::{SnapshotFile, detector_snapshots, snapshots},
};
use crate::yaml::{self, ReadYamlError};

/// A project on disk.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::project::{ModelRequest, Project};
///
/// let project = Project::open("openfield-Pranav-2018-10-30/config.yaml")?;
/// let model = project.resolve(&ModelRequest::shuffle(1))?;
///
/// println!("{} of {}", model.scorer, model.snapshot_path.display());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Project {
    config_path: PathBuf,
    root: PathBuf,
    config: ProjectConfig,
    config_value: Value,
}

impl Project {
    /// Opens the project of a `config.yaml`, or of the folder where one lies.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be read or a field of it is wrong.
    pub fn open(config: impl AsRef<Path>) -> Result<Self, OpenProjectError> {
        let config_path = match config.as_ref() {
            folder if folder.is_dir() => folder.join("config.yaml"),
            file => file.into(),
        };
        let error = |kind| OpenProjectError {
            path: config_path.clone(),
            kind,
        };
        let config_value =
            yaml::read(&config_path).map_err(|e| error(OpenProjectErrorKind::Yaml(e)))?;
        let config = ProjectConfig::try_from(&config_value)
            .map_err(|e| error(OpenProjectErrorKind::Field(e)))?;
        let absolute = std::path::absolute(&config_path).unwrap_or_else(|_| config_path.clone());
        Ok(Self {
            root: absolute.parent().unwrap_or(Path::new("")).into(),
            config_path,
            config,
            config_value,
        })
    }

    /// Returns the project in another round of active learning than `config.yaml` says.
    #[must_use]
    pub fn with_iteration(mut self, iteration: u32) -> Self {
        self.config.iteration = Some(iteration);
        self
    }

    /// Returns what stands in `config.yaml`.
    pub fn config(&self) -> &ProjectConfig {
        &self.config
    }

    /// Returns `config.yaml` as it was read.
    pub fn config_value(&self) -> &Value {
        &self.config_value
    }

    /// Returns the path under which the project was opened.
    pub fn config_path(&self) -> &Path {
        &self.config_path
    }

    /// Returns the folder of `config.yaml`, from the root of the file system.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// An error returned when a project cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the project {}", path.display())]
pub struct OpenProjectError {
    path: PathBuf,
    #[source]
    kind: OpenProjectErrorKind,
}

impl OpenProjectError {
    /// Returns what is wrong.
    pub fn kind(&self) -> &OpenProjectErrorKind {
        &self.kind
    }
}

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenProjectErrorKind {
    /// The file cannot be read.
    #[error(transparent)]
    Yaml(ReadYamlError),
    /// A field of it is wrong.
    #[error(transparent)]
    Field(ConfigFieldError),
}
