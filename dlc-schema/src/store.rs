use std::sync::Arc;

use crate::{Query, Row, StoreError, table::Table};

/// What a transaction may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access {
    /// Look, beside others who look and write.
    Read,
    /// Change rows.
    Write,
}

/// A place that keeps the rows of the pipeline's [tables](crate::tables).
///
/// Stores block, may be shared between threads, and do nothing on their own. A thread has one
/// transaction at a time: a second one may wait for the first for ever. `conformance::check` (feature
/// `conformance`) is what a store must pass.
pub trait Store: Send + Sync {
    /// Begins a transaction.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be reached or stays busy.
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError>;
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        (**self).begin(access)
    }
}

/// Changes that happen together or not at all.
///
/// A transaction that is dropped without [`commit`](Self::commit) changes nothing. After an error
/// that [can be tried again](StoreError::is_transient) the whole transaction is to be tried again.
pub trait Transaction {
    /// Adds a row, with the defaults of what it does not say.
    ///
    /// # Errors
    ///
    /// Returns an error when the table cannot take the row, has one with its key, or when a row that
    /// it refers to is missing.
    fn insert(&mut self, table: &'static Table, row: &Row) -> Result<(), StoreError>;

    /// Changes attributes of all rows that hold `rows`, and returns how many there are. Keys do not
    /// change.
    ///
    /// Rows that hold the new attributes already count.
    ///
    /// # Errors
    ///
    /// Returns an error when the table cannot take the changes.
    fn update(
        &mut self,
        table: &'static Table,
        rows: &Row,
        changes: &Row,
    ) -> Result<u64, StoreError>;

    /// Removes all rows that hold `rows`, and returns how many there were.
    ///
    /// # Errors
    ///
    /// Returns an error when rows of other tables refer to one of them.
    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError>;

    /// Returns rows in the order of their keys.
    ///
    /// # Errors
    ///
    /// Returns an error when the query names attributes that are not there.
    fn select(&mut self, query: &Query) -> Result<Vec<Row>, StoreError>;

    /// Makes the changes, for good.
    ///
    /// # Errors
    ///
    /// Returns an error when nothing has changed; or when the connection breaks at this moment:
    /// whoever must know then looks.
    fn commit(self: Box<Self>) -> Result<(), StoreError>;
}
