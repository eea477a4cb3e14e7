use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::{Access, Store, StoreError, Transaction};

mod connect;
mod convert;
mod declare;
mod error;
mod explain;
mod migrate;
mod open_error;
mod options;
mod pool;
mod transaction;

pub use self::{
    open_error::{OpenSqliteError, OpenSqliteErrorKind},
    options::SqliteOptions,
};
use self::{pool::Pool, transaction::SqliteTransaction};

/// A store in one file: what a laboratory without a database server takes.
///
/// Several threads and processes of one machine may share the file: one changes it at a time, others
/// look meanwhile. What is committed is on the disk, so that it survives a power cut. The file must
/// not be on a network drive. Times that rows do not say are those of this machine's clock, in UTC.
///
/// # Examples
///
/// ```
/// use dlc_schema::{SqliteStore, StoreExt, TrackedBodyPart, name::BodyPartName};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("pipeline.sqlite");
/// let store = SqliteStore::open(&path)?;
/// store.insert(&TrackedBodyPart { name: BodyPartName::new("left_ear")? })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pool: Pool,
}

impl SqliteStore {
    /// Opens a file, or makes it.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be opened, is no database, or one of another program
    /// or of a newer version of this one.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenSqliteError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens a file with options.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_with(
        path: impl AsRef<Path>,
        options: SqliteOptions,
    ) -> Result<Self, OpenSqliteError> {
        let path = path.as_ref();
        let failed = |kind| OpenSqliteError::new(path, kind);
        // An absolute path, because `:memory:` and the empty path are no files to SQLite.
        let path = std::path::absolute(path).map_err(|error| failed(error.into()))?;
        let first = connect::connect(&path, options).and_then(|mut connection| {
            migrate::prepare(&mut connection, options)?;
            connect::write_ahead(&connection, options)?;
            Ok(connection)
        });
        let pool = Pool::new(first.map_err(failed)?, options);
        Ok(Self { path, pool })
    }

    /// Returns the file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        let failed = |kind| StoreError::new(format!("cannot open {}", self.path.display()), kind);
        let connection = self
            .pool
            .take(|options| connect::connect(&self.path, options));
        connection.map_err(|kind| failed(kind.into()))
    }
}

impl Store for SqliteStore {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        let connection = self.connection()?;
        let transaction = SqliteTransaction::begin(&self.pool, connection, access);
        let failed = |kind| StoreError::new("cannot begin a transaction", kind);
        Ok(Box::new(transaction.map_err(failed)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_may_share_a_store() {
        fn shared<T: Send + Sync>() {}
        shared::<SqliteStore>();
    }
}
