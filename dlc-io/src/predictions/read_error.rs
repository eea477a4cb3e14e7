use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use dlc_model::{BodypartsError, IndividualsError};

use crate::DataFrameError;

/// An error returned when predictions cannot be read from a file.
#[derive(Debug, thiserror::Error)]
#[error("could not read predictions from {}", path.display())]
pub struct ReadPosesError {
    path: PathBuf,
    #[source]
    kind: ReadPosesErrorKind,
}

impl ReadPosesError {
    pub(crate) fn new(path: &Path, kind: ReadPosesErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &ReadPosesErrorKind {
        &self.kind
    }
}

/// Why predictions cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadPosesErrorKind {
    /// The file cannot be opened or read.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// The file is not HDF5, or damaged.
    #[error("{object}: not readable as HDF5")]
    Hdf5 {
        /// The path of the group or dataset inside the file.
        object: String,
        /// The reason.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A group, a dataset or an attribute is missing or is not what pandas writes.
    #[error("{object}: expected {expected}, found {found}")]
    Unexpected {
        /// The path of the group or dataset inside the file, with `@` and the attribute's name.
        object: String,
        /// What pandas writes there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The file holds predictions of another kind.
    #[error("found {layout}: expected {expected}")]
    Layout {
        /// What the file holds.
        layout: &'static str,
        /// What was asked for.
        expected: &'static str,
    },
    /// The file, or what it claims to hold, is larger than the limit.
    #[error("{what}: {bytes} bytes, above the limit of {limit}")]
    TooLarge {
        /// The file, or the path of the dataset inside it.
        what: String,
        /// Its size in bytes.
        bytes: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// The individuals do not make those of a video.
    #[error("the columns do not name individuals")]
    Individuals(#[source] IndividualsError),
    /// Names and numbers do not make a data frame.
    #[error("the table is uneven")]
    DataFrame(#[source] DataFrameError),
    /// A column is unknown, missing or doubled.
    #[error("column {column}: {problem}")]
    Column {
        /// The column's scorer, body part and coordinate.
        column: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The names of the columns do not make a list of body parts.
    #[error("the columns do not name body parts")]
    Bodyparts(#[source] BodypartsError),
    /// A row is not that of a frame of a video, or of one that another row has.
    #[error("row {row} (from 0) belongs to frame {found}: {problem}")]
    Index {
        /// The place of the row.
        row: usize,
        /// Its index.
        found: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A row belongs to a frame beyond the limit.
    #[error("row {row} (from 0) belongs to frame {frame}: expected fewer than {limit} frames")]
    Frame {
        /// The place of the row.
        row: usize,
        /// Its frame.
        frame: usize,
        /// The limit.
        limit: usize,
    },
    /// A cell is no number.
    #[error("row {row} (from 0), column {column}: expected a number, found {found}")]
    Value {
        /// The place of the row.
        row: usize,
        /// The names of the column.
        column: String,
        /// What stands there.
        found: String,
    },
    /// The numbers are compressed in a way that is not read.
    #[error(
        "{object}: compressed by {filter}, which is not read; save the table again with pandas: \
         to_hdf(…, complib=\"zlib\", complevel=5)"
    )]
    Filter {
        /// The path of the dataset inside the file.
        object: String,
        /// The name of the filter.
        filter: &'static str,
    },
    /// The file has columns of several scorers, of which none was chosen, or another one.
    #[error("columns of the scorers {}: choose one of them", found.join(", "))]
    Scorers {
        /// The scorers, in the order of the columns.
        found: Vec<String>,
    },
    /// A field of a text file cannot be read.
    #[error("line {line}, column {column}: expected {expected}, found {found:?}")]
    Field {
        /// The line, from 1, on which the row begins.
        line: usize,
        /// The field in the line, from 1.
        column: usize,
        /// What must stand there.
        expected: &'static str,
        /// What stands there, at most 40 characters.
        found: String,
    },
    /// A row of a text file does not have as many fields as there are columns.
    #[error("line {line}: expected {expected} fields, found {found}")]
    Fields {
        /// The line, from 1, on which the row begins.
        line: usize,
        /// The number of fields of the first line.
        expected: usize,
        /// The number of fields of this line.
        found: usize,
    },
}
