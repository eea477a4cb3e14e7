use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

use dlc_model::{
    ConfigFieldError, NetworkConfigError, ScorerLabelError, SnapshotIndex, TrainingFractionError,
};

use crate::yaml::ReadYamlError;

/// An error returned when a model of a project is not found or cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "no model for shuffle {shuffle} and training set {trainingset_index} in {}",
    project.display()
)]
pub struct ResolveModelError {
    pub(super) project: PathBuf,
    pub(super) shuffle: u32,
    pub(super) trainingset_index: u32,
    #[source]
    pub(super) kind: Box<ResolveModelErrorKind>,
}

impl ResolveModelError {
    /// Returns what is wrong.
    pub fn kind(&self) -> &ResolveModelErrorKind {
        &self.kind
    }
}

/// Why a model of a project is not found or cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveModelErrorKind {
    /// `config.yaml` does not say which round of active learning it is in.
    #[error("`config.yaml` has no `iteration`")]
    NoIteration,
    /// The list of training fractions is too short.
    #[error("no such training set: `TrainingFraction` is {fractions:?}")]
    NoTrainingSet {
        /// The list.
        fractions: Vec<f64>,
    },
    /// A training fraction is not one.
    #[error("`TrainingFraction` is wrong")]
    Fraction(#[source] TrainingFractionError),
    /// `metadata.yaml` does not know the shuffle, and it has no folder.
    #[error(
        "neither {} nor {} exists{}",
        tensorflow.display(), pytorch.display(), There(existing)
    )]
    NoShuffle {
        /// The folder of the model, if it were of the TensorFlow engine.
        tensorflow: PathBuf,
        /// The folder of the model, if it were of the PyTorch engine.
        pytorch: PathBuf,
        /// The shuffles that are there instead.
        existing: Vec<String>,
    },
    /// A field of `metadata.yaml` is wrong.
    #[error("invalid `{field}` in {}: expected {expected}, found {found}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// The field with those it lies in.
        field: String,
        /// What must stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// A file or a folder of the model does not exist.
    #[error("{} does not exist{}", path.display(), There(existing))]
    Missing {
        /// What was looked for.
        path: PathBuf,
        /// What is there instead: in its folder, or in the next folder that exists.
        existing: Vec<String>,
    },
    /// The folder with the snapshots cannot be read.
    #[error("cannot read {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The model was not trained, or its snapshots are elsewhere.
    #[error("no snapshots in {}{}", folder.display(), There(existing))]
    NoSnapshots {
        /// The folder.
        folder: PathBuf,
        /// What is there instead.
        existing: Vec<String>,
    },
    /// There are too few snapshots, or none is the best.
    #[error("no snapshot `{index}` in {}{}", folder.display(), There(existing))]
    NoSuchSnapshot {
        /// The index that was asked for.
        index: SnapshotIndex,
        /// The folder.
        folder: PathBuf,
        /// The snapshots that are there, in their order.
        existing: Vec<String>,
    },
    /// A file is not YAML.
    #[error(transparent)]
    Yaml(ReadYamlError),
    /// A field of a model's configuration is wrong.
    #[error("cannot use {}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// Which field, and why.
        #[source]
        source: ConfigFieldError,
    },
    /// A model's configuration asks for what is not supported.
    #[error("cannot use {}", path.display())]
    Network {
        /// The file.
        path: PathBuf,
        /// Which field, and why.
        #[source]
        source: NetworkConfigError,
    },
    /// Results of the network would have no name.
    #[error("cannot use {}", path.display())]
    Label {
        /// The file with the name of the network.
        path: PathBuf,
        /// Why.
        #[source]
        source: ScorerLabelError,
    },
}

/// Prints what is there instead of what was looked for.
struct There<'a>(&'a [String]);

impl fmt::Display for There<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 10;
        match self.0 {
            [] => f.write_str("; there is nothing instead"),
            names if names.len() > MOST => {
                let (first, rest) = names.split_at(MOST);
                write!(
                    f,
                    "; there are {} and {} more",
                    first.join(", "),
                    rest.len()
                )
            }
            names => write!(f, "; there is {}", names.join(", ")),
        }
    }
}

impl ResolveModelErrorKind {
    /// Says that a path does not exist, and what does.
    pub(super) fn missing(path: PathBuf) -> Self {
        let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
        Self::Missing {
            existing: there.map(names_in).unwrap_or_default(),
            path,
        }
    }
}

/// Returns the names in a folder, sorted; none when it cannot be read.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
