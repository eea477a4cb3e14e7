use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use super::SqliteOptions;

/// The most connections that are kept when nobody uses them.
const IDLE: usize = 8;

/// Connections to one file, so that threads look beside each other.
#[derive(Debug)]
pub(super) struct Pool {
    options: SqliteOptions,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(first: Connection, options: SqliteOptions) -> Self {
        let pool = Self {
            options,
            idle: Mutex::default(),
        };
        pool.put(first);
        pool
    }

    /// Takes a connection that nobody uses, or a new one.
    pub(super) fn take<E>(
        &self,
        new: impl FnOnce(SqliteOptions) -> Result<Connection, E>,
    ) -> Result<Connection, E> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| new(self.options), Ok)
    }

    /// Takes a connection back that has no transaction.
    pub(super) fn put(&self, connection: Connection) {
        // It was opened as the file was then: others may change it from now on.
        if !matches!(connection.is_readonly("main"), Ok(false)) {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
    }
}
