use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

/// An error returned when a safetensors file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read safetensors file {}", path.display())]
pub struct ReadSafetensorsError {
    path: PathBuf,
    #[source]
    kind: ReadSafetensorsErrorKind,
}

impl ReadSafetensorsError {
    pub(super) fn new(path: PathBuf, kind: ReadSafetensorsErrorKind) -> Self {
        Self { path, kind }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadSafetensorsErrorKind {
        &self.kind
    }

    /// Returns the reason, without a copy.
    pub fn into_kind(self) -> ReadSafetensorsErrorKind {
        self.kind
    }
}

/// What is wrong with a safetensors file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadSafetensorsErrorKind {
    /// The file could not be read.
    #[error("could not read it")]
    Io(#[source] io::Error),
    /// The file is something else.
    #[error("expected a safetensors file, found {found}")]
    NotSafetensors {
        /// What it is.
        found: String,
    },
    /// The header is longer than the limit.
    #[error("the header is {found} bytes long: expected at most {limit}")]
    HeaderTooLong {
        /// The limit.
        limit: u64,
        /// How long it claims to be.
        found: u64,
    },
    /// The header does not parse.
    #[error("invalid header")]
    Header(#[source] Box<dyn Error + Send + Sync>),
    /// Two tensors have the same name.
    #[error("the header has tensor {name:?} twice")]
    RepeatedTensor {
        /// The name.
        name: String,
    },
    /// A tensor is of a type that is not read.
    #[error("tensor {name:?} has the unknown type {dtype:?}")]
    UnknownType {
        /// The name of the tensor.
        name: String,
        /// Its type.
        dtype: String,
    },
    /// A tensor has another size than its shape.
    #[error("tensor {name:?} of shape {shape:?} and type {dtype} has the bytes {first} to {end}")]
    WrongSize {
        /// The name of the tensor.
        name: String,
        /// Its type.
        dtype: String,
        /// Its shape.
        shape: Vec<u64>,
        /// The first byte behind the header.
        first: u64,
        /// Where it ends.
        end: u64,
    },
    /// A tensor does not begin where the one before it ends.
    #[error("tensor {name:?} begins at byte {found} behind the header: expected {expected}")]
    Gap {
        /// The name of the tensor.
        name: String,
        /// Where the one before it ends.
        expected: u64,
        /// Where it begins.
        found: u64,
    },
    /// The tensors and the file do not end together.
    #[error("the tensors take {expected} bytes behind the header, found {found}")]
    WrongLength {
        /// How many bytes the tensors take.
        expected: u64,
        /// How many bytes there are.
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
