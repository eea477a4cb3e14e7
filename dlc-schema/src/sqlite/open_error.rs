use std::{
    io,
    path::{Path, PathBuf},
};

use super::error;
use crate::StoreErrorKind;

/// An error returned when a file cannot be opened as a store.
#[derive(Debug, thiserror::Error)]
#[error("cannot open {} as a store", path.display())]
pub struct OpenSqliteError {
    path: PathBuf,
    #[source]
    kind: OpenSqliteErrorKind,
}

impl OpenSqliteError {
    pub(super) fn new(path: &Path, kind: OpenSqliteErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what is wrong with it.
    pub const fn kind(&self) -> &OpenSqliteErrorKind {
        &self.kind
    }

    /// Takes what is wrong with it.
    pub fn into_kind(self) -> OpenSqliteErrorKind {
        self.kind
    }
}

/// What is wrong with a file that should be a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenSqliteErrorKind {
    /// There is no such file, and none was to be made.
    #[error("there is no such file: check its name, or make a store first")]
    Missing,
    /// The path is that of something else than a file.
    #[error("it is no file")]
    NotAFile,
    /// The file is empty. It may be anybody's, so that it does not become a store.
    #[error("it is an empty file: check its name, or remove it to make a store there")]
    Empty,
    /// The path cannot be used.
    #[error("the path cannot be used")]
    Path(#[from] io::Error),
    /// The file or its folder can only be read.
    #[error("the file or its folder can only be read")]
    ReadOnly,
    /// The file is no SQLite database.
    #[error("it is no SQLite database")]
    NotADatabase,
    /// The database is that of another program.
    #[error(
        "it is a database of another program: expected application id {expected:#010x}, found \
         {found:#010x}"
    )]
    Foreign {
        /// Ours.
        expected: i32,
        /// What the file says.
        found: i32,
    },
    /// The database was made by a newer version of this program.
    #[error("it was made by a newer version: expected at most version {newest}, found {found}")]
    Newer {
        /// The newest version that is known here.
        newest: i32,
        /// The version of the file.
        found: i32,
    },
    /// The database was made by an older version of this program, and is not to be changed.
    #[error(
        "it was made by an older version: expected version {newest}, found {found}; a worker brings \
         it up to date when it opens it"
    )]
    Older {
        /// The newest version that is known here.
        newest: i32,
        /// The version of the file.
        found: i32,
    },
    /// The version of the database makes no sense.
    #[error("version {found} has never been")]
    Version {
        /// The version of the file.
        found: i32,
    },
    /// A table is missing.
    #[error("table {table} is missing")]
    MissingTable {
        /// The name of the table.
        table: &'static str,
    },
    /// A table or an index is not what it should be.
    #[error("{name} is another: expected {expected:?}, found {found:?}")]
    Layout {
        /// The name of the table or index.
        name: String,
        /// The statement that should have made it.
        expected: String,
        /// The statement that has made it.
        found: String,
    },
    /// Rows of an older version refer to missing ones after the migration.
    #[error("after the migration rows of {table} refer to missing ones")]
    Broken {
        /// The name of the table.
        table: String,
    },
    /// The drive has no room for a log beside the file, or is a network drive.
    #[error("cannot keep a log beside it: expected journal mode wal, found {found}")]
    NoLog {
        /// The journal mode that SQLite took instead.
        found: String,
    },
    /// The last changes are in the log beside the file, which may not be opened here.
    #[error(
        "the last changes are in the log beside it, which can be read only where the folder can be \
         written"
    )]
    UnreadableLog,
    /// SQLite says something else.
    #[error("the database cannot be used")]
    Store(#[source] StoreErrorKind),
}

impl From<rusqlite::Error> for OpenSqliteErrorKind {
    fn from(problem: rusqlite::Error) -> Self {
        match problem.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::NotADatabase,
            _ => Self::Store(error::kind(problem)),
        }
    }
}

impl From<OpenSqliteErrorKind> for StoreErrorKind {
    fn from(kind: OpenSqliteErrorKind) -> Self {
        match kind {
            OpenSqliteErrorKind::Store(kind) => kind,
            other => Self::Unavailable(other.into()),
        }
    }
}
