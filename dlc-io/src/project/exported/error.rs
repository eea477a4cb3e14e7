use std::{
    io,
    path::{Path, PathBuf},
};

use dlc_model::{ConfigFieldError, NetworkConfigError};

use crate::{
    safetensors::ReadSafetensorsError,
    tensorflow::{ReadCheckpointError, ReadGraphError},
    torch::ReadSnapshotError,
    yaml::ReadYamlError,
};

/// An error returned when an exported model cannot be opened or read.
#[derive(Debug, thiserror::Error)]
#[error("could not read model {}", path.display())]
pub struct ReadExportedModelError {
    path: PathBuf,
    #[source]
    kind: Box<ReadExportedModelErrorKind>,
}

impl ReadExportedModelError {
    pub(super) fn new(path: PathBuf, kind: ReadExportedModelErrorKind) -> Self {
        Self {
            path,
            kind: Box::new(kind),
        }
    }

    /// Returns the folder or the file that was asked for.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadExportedModelErrorKind {
        &self.kind
    }
}

/// What is wrong with an exported model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadExportedModelErrorKind {
    /// The folder or the file could not be read.
    #[error("could not read it")]
    Io(#[source] io::Error),
    /// The folder has no weights.
    #[error(
        "no weights in the folder: expected a frozen graph, a checkpoint, a PyTorch archive or a safetensors file, found {found:?}"
    )]
    NoWeights {
        /// What is there, up to ten names.
        found: Vec<String>,
    },
    /// The folder has the weights of several models.
    #[error("several weights in the folder: name one of {found:?}")]
    SeveralWeights {
        /// What is there, up to ten names.
        found: Vec<String>,
    },
    /// The file is something else.
    #[error(
        "expected a frozen graph, a checkpoint, a PyTorch archive or a safetensors file, found {found}"
    )]
    NotWeights {
        /// What it is.
        found: String,
    },
    /// The configuration is missing.
    #[error("no configuration of the network: {} does not exist", path.display())]
    NoConfig {
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The configuration is not YAML.
    #[error(transparent)]
    Yaml(ReadYamlError),
    /// A field of the configuration is wrong.
    #[error("cannot use the configuration in {}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Which field, and why.
        #[source]
        source: ConfigFieldError,
    },
    /// The configuration asks for what is not supported.
    #[error("cannot use the configuration in {}", path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// Which field, and why.
        #[source]
        source: NetworkConfigError,
    },
    /// A frozen graph computes something else than its configuration says.
    #[error("the graph contradicts its configuration: {what}: expected {expected}, found {found}")]
    Contradiction {
        /// What they disagree about.
        what: &'static str,
        /// What the configuration says.
        expected: String,
        /// What the graph has.
        found: String,
    },
    /// The frozen graph could not be read.
    #[error(transparent)]
    Graph(ReadGraphError),
    /// The checkpoint could not be read.
    #[error(transparent)]
    Checkpoint(ReadCheckpointError),
    /// The archive of PyTorch could not be read.
    #[error(transparent)]
    Torch(ReadSnapshotError),
    /// The safetensors file could not be read.
    #[error(transparent)]
    Safetensors(ReadSafetensorsError),
}
