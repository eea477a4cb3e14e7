//! Tables in MySQL or MariaDB, in the layout of DataJoint 0.14.
//!
//! Names, tiers, types, comments, references and blobs are DataJoint's, so that its Python clients
//! and ours work on one schema at the same time. A transaction sees the rows as they were when it
//! first looked (*repeatable read*, as DataJoint's), and changes them as they are now. Rows that
//! it has changed are locked until its end.

use std::time::Duration;

use mysql::{Pool, prelude::Queryable};

pub use self::options::{MysqlOptions, ParseMysqlUrlError};
use self::transaction::MysqlTransaction;
use crate::{Access, Store, StoreError, Transaction};

mod check;
mod convert;
mod declare;
mod error;
mod options;
mod transaction;

/// A store in MySQL or MariaDB, in the layout of DataJoint 0.14.
///
/// It keeps a pool of connections, and makes new ones when the server has been away. All clones of
/// an `Arc` of it, in all threads, may use it at once.
///
/// Times are stored as UTC where the database knows zones (`timestamp`), whatever the zones of the
/// server and of other clients are.
///
/// # Examples
///
/// ```no_run
/// use dlc_schema::{MysqlOptions, MysqlStore};
///
/// let options = MysqlOptions::from_url("mysql://dlc:secret@db.lab.org/imaging")?;
/// let store = MysqlStore::declare(&options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MysqlStore {
    pool: Pool,
    schema: String,
    wait: Duration,
    access: Access,
}

impl MysqlStore {
    /// Opens a schema that has all tables. Nothing is created: [`Self::declare`] does that.
    ///
    /// A table may have more columns than ours, as in a lab's own pipeline; rows can be added to it
    /// if those have defaults.
    ///
    /// # Errors
    ///
    /// Returns an error when the server cannot be reached, or one that names table, column, what is
    /// expected and what was found when a table is missing, is not as described in
    /// [`tables`](crate::tables), or belongs to DataJoint 2, whose layout is another.
    pub fn open(options: &MysqlOptions) -> Result<Self, StoreError> {
        let store = Self::connect(options)?;
        store.with_connection(|connection| check::check(connection, &store.schema, true))?;
        Ok(store)
    }

    /// Opens a schema to look at it, also for a user who may only read. Transactions that write are
    /// refused.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_read_only(options: &MysqlOptions) -> Result<Self, StoreError> {
        let store = Self::open(options)?;
        Ok(Self {
            access: Access::Read,
            ..store
        })
    }

    /// Opens a schema and creates what is missing, as DataJoint would: the schema, its tables, with
    /// `~jobs` and `~log`. What is there stays as it is.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], or when the user may not create tables.
    pub fn declare(options: &MysqlOptions) -> Result<Self, StoreError> {
        let store = Self::connect(options)?;
        declare::create_schema(options).map_err(|error| failed_on(&store.schema, error))?;
        // What is there and of another kind is refused before tables are put beside it.
        store.with_connection(|connection| check::check(connection, &store.schema, false))?;
        store.with_connection(|connection| declare::declare(connection, &store.schema))?;
        store.with_connection(|connection| check::check(connection, &store.schema, true))?;
        Ok(store)
    }

    fn connect(options: &MysqlOptions) -> Result<Self, StoreError> {
        let schema = options.schema().to_owned();
        let pool = Pool::new(options.for_pool())
            .map_err(|error| failed_on(&schema, error::kind(error)))?;
        Ok(Self {
            pool,
            schema,
            wait: options.wait(),
            access: Access::Write,
        })
    }

    /// Returns the name of the schema.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Returns the user and the host as which the server knows us, as DataJoint writes it into
    /// `~jobs`.
    ///
    /// # Errors
    ///
    /// Returns an error when the server cannot be reached.
    pub fn user(&self) -> Result<String, StoreError> {
        self.with_connection(|connection| {
            let user: Option<String> = connection
                .query_first("SELECT user()")
                .map_err(error::kind)?;
            Ok(user.unwrap_or_default())
        })
    }

    fn with_connection<T>(
        &self,
        work: impl FnOnce(&mut mysql::PooledConn) -> Result<T, crate::StoreErrorKind>,
    ) -> Result<T, StoreError> {
        let connection = self.pool.try_get_conn(self.wait).map_err(error::kind);
        let result = connection.and_then(|mut connection| work(&mut connection));
        result.map_err(|kind| failed_on(&self.schema, kind))
    }
}

fn failed_on(schema: &str, kind: crate::StoreErrorKind) -> StoreError {
    StoreError::new(format!("cannot use the MySQL schema `{schema}`"), kind)
}

impl Store for MysqlStore {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        if (self.access, access) == (Access::Read, Access::Write) {
            let reason = "the store was opened to be read";
            let kind = crate::StoreErrorKind::Denied(reason.into());
            return Err(failed_on(&self.schema, kind));
        }
        let connection = self.pool.try_get_conn(self.wait).map_err(error::kind);
        let begun = connection.and_then(|connection| MysqlTransaction::begin(connection, access));
        match begun {
            Ok(transaction) => Ok(Box::new(transaction)),
            Err(kind) => Err(failed_on(&self.schema, kind)),
        }
    }
}
