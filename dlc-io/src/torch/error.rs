use std::{io, path::PathBuf};

use crate::pickle::ReadPickleError;

/// An error returned when a snapshot cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read snapshot {}", path.display())]
pub struct ReadSnapshotError {
    path: PathBuf,
    #[source]
    kind: ReadSnapshotErrorKind,
}

impl ReadSnapshotError {
    pub(super) fn new(path: PathBuf, kind: ReadSnapshotErrorKind) -> Self {
        Self { path, kind }
    }

    /// Returns the file.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadSnapshotErrorKind {
        &self.kind
    }

    /// Returns the reason, without a copy.
    pub fn into_kind(self) -> ReadSnapshotErrorKind {
        self.kind
    }
}

/// What is wrong with a snapshot.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadSnapshotErrorKind {
    /// The file could not be read.
    #[error("could not read it")]
    Io(#[source] io::Error),
    /// The file is not a zip archive.
    #[error("expected a zip archive, as PyTorch writes, found {found}")]
    NotAZip {
        /// What it is.
        found: String,
    },
    /// The file begins as a zip archive and is damaged, e.g., cut off.
    #[error("damaged zip archive")]
    DamagedZip(#[source] io::Error),
    /// The file is of PyTorch before 1.6.
    #[error("the format of PyTorch before 1.6 is not supported: load and save it with a newer one")]
    LegacyFormat,
    /// A file of the archive is missing.
    #[error("the archive has no {name:?}")]
    MissingEntry {
        /// The name of the file.
        name: String,
    },
    /// A file of the archive could not be read.
    #[error("could not read {name:?} of the archive")]
    ReadEntry {
        /// The name of the file.
        name: String,
        /// The reason.
        #[source]
        source: io::Error,
    },
    /// A file of the archive is compressed.
    #[error("{name:?} of the archive is compressed, which `torch.save` never does")]
    CompressedEntry {
        /// The name of the file.
        name: String,
    },
    /// A file of the archive is longer than the limit.
    #[error("{name:?} of the archive is {found} bytes long: expected at most {limit}")]
    EntryTooLong {
        /// The name of the file.
        name: String,
        /// The limit, or the length of the whole archive.
        limit: u64,
        /// How long it claims to be.
        found: u64,
    },
    /// The numbers have an order that is not supported.
    #[error("unknown byte order {found:?}: expected \"little\" or \"big\"")]
    UnknownByteOrder {
        /// What the archive says.
        found: String,
    },
    /// The pickle in the archive is damaged.
    #[error("could not read {name:?} of the archive")]
    Pickle {
        /// The name of the file.
        name: String,
        /// The reason.
        #[source]
        source: ReadPickleError,
    },
    /// The archive has no network.
    #[error(
        "no network in it: expected a dict with \"model\" or, if exported, \"pose\", found {found}"
    )]
    NoNetwork {
        /// What is there.
        found: String,
    },
    /// A tensor is not made as PyTorch makes one.
    #[error("invalid tensor {name:?}: expected {expected}")]
    InvalidTensor {
        /// The name of the tensor.
        name: String,
        /// What should be there.
        expected: &'static str,
    },
    /// What stands for a tensor would be made by a function that is not known.
    #[error("tensor {name:?} would be made by {function}, which is not supported")]
    UnknownFunction {
        /// The name of the tensor.
        name: String,
        /// The name of the function.
        function: String,
    },
    /// A tensor is of a type that is not known.
    #[error("tensor {name:?} has the unknown type {storage}")]
    UnknownStorage {
        /// The name of the tensor.
        name: String,
        /// The type of its storage.
        storage: String,
    },
    /// A tensor needs values that its storage does not have.
    #[error("tensor {name:?} ends beyond its storage: expected {expected} values, found {found}")]
    TensorBeyondEnd {
        /// The name of the tensor.
        name: String,
        /// How many values it needs.
        expected: u64,
        /// How many there are.
        found: u64,
    },
    /// The tensors take more memory than the limit.
    #[error("the tensors up to {name:?} take more than the limit of {limit} bytes")]
    TooLarge {
        /// The name of the tensor that is too much.
        name: String,
        /// The limit.
        limit: u64,
    },
}
