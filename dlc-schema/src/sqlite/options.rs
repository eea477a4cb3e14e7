use std::{path::Path, time::Duration};

use super::{OpenSqliteError, SqliteStore};

/// How a file is opened.
///
/// # Examples
///
/// ```
/// use dlc_schema::SqliteOptions;
/// use std::time::Duration;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("pipeline.sqlite");
/// let store = SqliteOptions::default()
///     .with_busy_timeout(Duration::from_secs(1))
///     .create(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SqliteOptions {
    pub(super) busy_timeout: Duration,
    pub(super) max_pages: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            busy_timeout: Duration::from_secs(10),
            max_pages: None,
        }
    }
}

impl SqliteOptions {
    /// Sets how long a transaction waits for others that write, 10 s by default.
    #[must_use]
    pub const fn with_busy_timeout(self, busy_timeout: Duration) -> Self {
        Self {
            busy_timeout,
            ..self
        }
    }

    /// Limits the size of the file to so many pages of 4 KiB. A transaction that needs more fails as if the
    /// disk were full.
    #[must_use]
    pub const fn with_max_pages(self, max_pages: u32) -> Self {
        Self {
            max_pages: Some(max_pages),
            ..self
        }
    }

    /// As [`SqliteStore::open`].
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenSqliteError> {
        SqliteStore::open_file(path.as_ref(), self)
    }

    /// As [`SqliteStore::create`].
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::create`].
    pub fn create(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenSqliteError> {
        SqliteStore::create_file(path.as_ref(), self)
    }

    /// As [`SqliteStore::open_read_only`].
    ///
    /// # Errors
    ///
    /// As [`SqliteStore::open_read_only`].
    pub fn open_read_only(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenSqliteError> {
        SqliteStore::open_file_read_only(path.as_ref(), self)
    }
}
