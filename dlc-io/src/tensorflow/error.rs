use std::{io, path::PathBuf};

/// An error returned when a checkpoint cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("could not read checkpoint file {}", path.display())]
pub struct ReadCheckpointError {
    path: PathBuf,
    #[source]
    kind: ReadCheckpointErrorKind,
}

impl ReadCheckpointError {
    pub(super) fn new(path: PathBuf, kind: ReadCheckpointErrorKind) -> Self {
        Self { path, kind }
    }

    /// Returns the file at fault, of the several that make a checkpoint.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadCheckpointErrorKind {
        &self.kind
    }

    /// Returns the reason, without a copy.
    pub fn into_kind(self) -> ReadCheckpointErrorKind {
        self.kind
    }
}

/// What is wrong with a checkpoint.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadCheckpointErrorKind {
    /// The file could not be read.
    #[error("could not read it")]
    Io(#[source] io::Error),
    /// The path is that of a file, and no index goes with it.
    #[error("expected the path that the files of a checkpoint begin with, found {found}")]
    NotAPrefix {
        /// What the file is.
        found: String,
    },
    /// The index is longer than the limit.
    #[error("the file is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit.
        limit: u64,
    },
    /// The file does not end as an index does.
    #[error("not the index of a checkpoint: expected it to end in 57fb808b247547db, found {found}")]
    NotAnIndex {
        /// The last bytes, in hexadecimal digits.
        found: String,
    },
    /// Bytes are to be where the file has none.
    #[error(
        "{what} at byte {offset} ends beyond the file: expected {expected} bytes, found {found}"
    )]
    Truncated {
        /// What is there.
        what: &'static str,
        /// Where it begins.
        offset: u64,
        /// How many bytes it takes.
        expected: u64,
        /// How many bytes there are.
        found: u64,
    },
    /// A block is compressed.
    #[error("the block at byte {offset} is compressed by {compression}: expected no compression")]
    CompressedBlock {
        /// Where the block begins.
        offset: u64,
        /// How it is compressed.
        compression: &'static str,
    },
    /// A checksum does not match.
    #[error(
        "{what} at byte {offset} is damaged: expected CRC-32C {expected:#010x}, found {found:#010x}"
    )]
    WrongChecksum {
        /// What is there: a block, or a tensor by its name.
        what: String,
        /// Where it begins.
        offset: u64,
        /// The checksum in the file.
        expected: u32,
        /// The checksum of the bytes.
        found: u32,
    },
    /// A block is not made as it should be.
    #[error("invalid block at byte {offset}: expected {expected}")]
    InvalidBlock {
        /// Where the block begins.
        offset: u64,
        /// What should be there.
        expected: &'static str,
    },
    /// The first entry is not a header that can be obeyed.
    #[error("invalid header: expected {expected}, found {found}")]
    InvalidHeader {
        /// What should be there.
        expected: &'static str,
        /// What is there.
        found: i64,
    },
    /// The table does not begin with a header.
    #[error("missing header: expected an entry without a name at first")]
    MissingHeader,
    /// An entry does not parse.
    #[error("invalid entry of tensor {name:?}: expected {expected}")]
    InvalidEntry {
        /// The name of the tensor.
        name: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A tensor is stored in slices.
    #[error("tensor {name:?} is stored in slices, which are not supported")]
    Sliced {
        /// The name of the tensor.
        name: String,
    },
    /// A tensor has another size than its shape.
    #[error("tensor {name:?} of shape {shape:?} takes {found} bytes: expected 4 for each value")]
    WrongSize {
        /// The name of the tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// The number of its bytes.
        found: u64,
    },
    /// A tensor lies beyond the end of its file.
    #[error(
        "tensor {name:?} ends beyond the file: expected {expected} bytes from byte {offset}, the file has {found}"
    )]
    TensorBeyondEnd {
        /// The name of the tensor.
        name: String,
        /// Where it begins.
        offset: u64,
        /// How many bytes it takes.
        expected: u64,
        /// How long the file is.
        found: u64,
    },
    /// Two tensors share bytes.
    #[error("tensor {name:?} begins at byte {offset}, inside another that ends at byte {end}")]
    Overlap {
        /// The name of the second tensor.
        name: String,
        /// Where it begins.
        offset: u64,
        /// Where the first one ends.
        end: u64,
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
