use std::{
    io,
    path::{Path, PathBuf},
};

/// An error returned when a frozen graph cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read frozen graph {}", path.display())]
pub struct ReadGraphError {
    path: PathBuf,
    #[source]
    kind: ReadGraphErrorKind,
}

impl ReadGraphError {
    pub(super) fn new(path: PathBuf, kind: ReadGraphErrorKind) -> Self {
        Self { path, kind }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadGraphErrorKind {
        &self.kind
    }

    /// Returns the reason, without a copy.
    pub fn into_kind(self) -> ReadGraphErrorKind {
        self.kind
    }
}

/// What is wrong with a frozen graph.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadGraphErrorKind {
    /// The file could not be read.
    #[error("could not read it")]
    Io(#[source] io::Error),
    /// The file is longer than the limit.
    #[error("the file is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// The file is something else.
    #[error("expected a frozen graph of TensorFlow, found {found}")]
    NotAGraph {
        /// What it is.
        found: String,
    },
    /// A node does not parse.
    #[error("invalid node at byte {offset}: expected {expected}")]
    InvalidNode {
        /// Where the node begins.
        offset: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// There are too many nodes, or too many inputs of nodes.
    #[error("the graph has more than {limit} nodes, or more than 4 inputs for each of so many")]
    TooManyNodes {
        /// The limit.
        limit: usize,
    },
    /// Two nodes have the same name.
    #[error("the graph has two nodes {name:?}")]
    RepeatedNode {
        /// The name.
        name: String,
    },
    /// A node takes the result of one that is not there.
    #[error("the graph has no node {name:?}, whose result {reader:?} takes")]
    MissingNode {
        /// What is missing.
        name: String,
        /// The node that takes it.
        reader: String,
    },
    /// The graph has variables, whose values are elsewhere.
    #[error("the graph is not frozen: {name:?} is a variable, whose values are not in the file")]
    NotFrozen {
        /// The name of the first one.
        name: String,
    },
    /// The graph gives something else than a pose network of one animal.
    #[error(
        "not a pose network: expected it to give concat_1, or Sigmoid and \
         pose/locref_pred/block4/BiasAdd, found {found:?}"
    )]
    UnknownOutputs {
        /// What nothing in the graph takes, the first four.
        found: Vec<String>,
    },
    /// There are no constants where a network has its variables.
    #[error("the graph has no weights: expected constants that are read by an Identity")]
    NoWeights,
    /// A constant does not parse.
    #[error("invalid constant {name:?}: expected {expected}")]
    InvalidTensor {
        /// The name of the constant.
        name: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A weight is not of 32-bit floats.
    #[error("weight {name:?} is of {dtype}: expected 32-bit floats")]
    UnsupportedType {
        /// The name of the weight.
        name: String,
        /// Its type.
        dtype: &'static str,
    },
    /// A weight has more values than its shape, or other bytes.
    #[error("weight {name:?} of shape {shape:?} has {found} values")]
    WrongSize {
        /// The name of the weight.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The number of its values.
        found: usize,
    },
    /// The weights take more memory than the limit.
    #[error("the weights up to {name:?} take more than the limit of {limit} bytes")]
    TooLarge {
        /// The name of the weight that is too much.
        name: String,
        /// The limit.
        limit: u64,
    },
}
