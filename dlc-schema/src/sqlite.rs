use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::{Access, Store, StoreError, StoreErrorKind, Transaction};

mod connect;
mod convert;
mod create;
mod declare;
mod error;
mod explain;
mod header;
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
/// let store = SqliteStore::create(&path)?;
/// store.insert(&TrackedBodyPart { name: BodyPartName::new("left_ear")? })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    pool: Pool,
    access: Access,
}

impl SqliteStore {
    /// Opens a store. One of an older version is brought to this one.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no file, when it cannot be changed, is empty, no database, or one
    /// of another program or of a newer version of this one. The file stays as it is then, and nothing is
    /// written beside it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenSqliteError> {
        SqliteOptions::default().open(path)
    }

    /// Opens a store as [`Self::open`] does, and makes it first where there is no file.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], also for an empty file, or when the file cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, OpenSqliteError> {
        SqliteOptions::default().create(path)
    }

    /// Opens a store to look at it, also one that this user may not change, or in a folder where nothing
    /// can be written. Transactions that write are refused.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], and when the store is of an older version.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, OpenSqliteError> {
        SqliteOptions::default().open_read_only(path)
    }

    fn open_file(path: &Path, options: SqliteOptions) -> Result<Self, OpenSqliteError> {
        let ready = |path: &Path| {
            let mut connection = connect(path, options, Access::Write)?;
            migrate::prepare(&mut connection)?;
            connect::write_ahead(&connection, options)?;
            Ok(connection)
        };
        Self::prepared(path, options, Access::Write, |path| {
            ready(path).map_err(|error| match error {
                // A folder that cannot be written has no room for a log.
                OpenSqliteErrorKind::Store(StoreErrorKind::Denied(_)) => {
                    OpenSqliteErrorKind::ReadOnly
                }
                error => error,
            })
        })
    }

    fn create_file(path: &Path, options: SqliteOptions) -> Result<Self, OpenSqliteError> {
        let failed = |kind| OpenSqliteError::new(path, kind);
        if !path.try_exists().map_err(|error| failed(error.into()))? {
            create::create(path, options).map_err(failed)?;
        }
        Self::open_file(path, options)
    }

    fn open_file_read_only(path: &Path, options: SqliteOptions) -> Result<Self, OpenSqliteError> {
        Self::prepared(path, options, Access::Read, |path| {
            let connection = connect(path, options, Access::Read)?;
            migrate::check(&connection)?;
            Ok(connection)
        })
    }

    fn prepared(
        path: &Path,
        options: SqliteOptions,
        access: Access,
        first: impl FnOnce(&Path) -> Result<Connection, OpenSqliteErrorKind>,
    ) -> Result<Self, OpenSqliteError> {
        let failed = |kind| OpenSqliteError::new(path, kind);
        // An absolute path, because `:memory:` and the empty path are no files to SQLite.
        let path = std::path::absolute(path).map_err(|error| failed(error.into()))?;
        let first = first(&path).map_err(failed)?;
        let pool = Pool::new(first, options);
        Ok(Self { path, pool, access })
    }

    /// Returns the file, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn connection(&self) -> Result<Connection, StoreError> {
        let failed = |kind| StoreError::new(format!("cannot open {}", self.path.display()), kind);
        let connection = self
            .pool
            .take(|options| connect(&self.path, options, self.access));
        connection.map_err(|kind| failed(kind.into()))
    }
}

/// Opens a connection to a store that is there.
fn connect(
    path: &Path,
    options: SqliteOptions,
    access: Access,
) -> Result<Connection, OpenSqliteErrorKind> {
    header::check(path)?;
    match access {
        Access::Read => connect::to_read(path, options),
        Access::Write => connect::to_write(path, options),
    }
}

impl Store for SqliteStore {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        let failed = |kind| StoreError::new("cannot begin a transaction", kind);
        if (self.access, access) == (Access::Read, Access::Write) {
            let reason = "the store was opened to be read";
            return Err(failed(StoreErrorKind::Denied(reason.into())));
        }
        let connection = self.connection()?;
        let transaction = SqliteTransaction::begin(&self.pool, connection, access);
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
