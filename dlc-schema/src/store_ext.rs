use std::{thread, time::Duration};

use crate::{
    Access, Entity, Query, Row, Store, StoreError, StoreErrorKind, Transaction, table::Table,
};

/// How often a transaction is tried when others are in its way.
const TRIES: u32 = 6;

/// Conveniences of every [`Store`].
pub trait StoreExt: Store {
    /// Does work in a transaction and commits it. When another transaction was in the way, the work
    /// is done again from its beginning, a few times, after a pause that doubles.
    ///
    /// # Errors
    ///
    /// Returns the error of the work, of the commit, or of the last try.
    fn write<T, E: From<StoreError> + MaybeTransient>(
        &self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut pause = Duration::from_millis(10);
        for _ in 1..TRIES {
            match self.write_once(&mut work) {
                Err(error) if error.is_conflict() => thread::sleep(pause),
                result => return result,
            }
            pause *= 2;
        }
        self.write_once(&mut work)
    }

    /// Does work in a transaction and commits it, once.
    ///
    /// # Errors
    ///
    /// Returns the error of the work or of the commit.
    fn write_once<T, E: From<StoreError>>(
        &self,
        work: &mut impl FnMut(&mut dyn Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = self.begin(Access::Write)?;
        let result = work(&mut *transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Looks, in a transaction of its own.
    ///
    /// # Errors
    ///
    /// Returns the error of the work.
    fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        work(&mut *self.begin(Access::Read)?)
    }

    /// Returns rows.
    ///
    /// # Errors
    ///
    /// As [`Transaction::select`].
    fn rows(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.read(|transaction| transaction.select(query))
    }

    /// Returns all rows of a query as values.
    ///
    /// # Errors
    ///
    /// As [`Transaction::select`], or when a row is not what its type says.
    fn fetch<T: Entity>(&self, query: &Query) -> Result<Vec<T>, StoreError> {
        self.read(|transaction| transaction.fetch(query))
    }

    /// Adds a value as a row, in a transaction of its own.
    ///
    /// # Errors
    ///
    /// As [`Transaction::insert`].
    fn insert<T: Entity>(&self, value: &T) -> Result<(), StoreError> {
        self.write(|transaction| transaction.put(value))
    }
}

impl<S: Store + ?Sized> StoreExt for S {}

/// Conveniences of every [`Transaction`].
pub trait TransactionExt: Transaction {
    /// Adds a value as a row.
    ///
    /// # Errors
    ///
    /// As [`Transaction::insert`].
    fn put<T: Entity>(&mut self, value: &T) -> Result<(), StoreError> {
        self.insert(T::table(), &value.row())
    }

    /// Adds a value as a row unless there is one with its key; returns whether it was added.
    ///
    /// # Errors
    ///
    /// As [`Transaction::insert`].
    fn put_missing<T: Entity>(&mut self, value: &T) -> Result<bool, StoreError> {
        let row = value.row();
        let key = row.key(T::table());
        match self.exists(T::table(), key)? {
            true => Ok(false),
            false => self.insert(T::table(), &row).map(|()| true),
        }
    }

    /// Adds a value as a row unless the same one is there; returns whether it was added.
    ///
    /// # Errors
    ///
    /// As [`Transaction::insert`], and [`StoreErrorKind::Contradicts`] when the row with its key says
    /// something else.
    fn put_same<T: Entity>(&mut self, value: &T) -> Result<bool, StoreError> {
        let (table, row) = (T::table(), value.row().rounded(T::table()));
        let query = Query::of(table).with_all(row.key(table)).limit(1);
        let Some(known) = self.select(&query)?.pop() else {
            return self.insert(table, &row).map(|()| true);
        };
        let differing: Vec<&'static str> = row
            .iter()
            .filter(|(name, cell)| known.cell(name) != Some(cell))
            .map(|(name, _)| name)
            .collect();
        match differing.as_slice() {
            [] => Ok(false),
            names => Err(StoreError::insert(
                table,
                StoreErrorKind::Contradicts {
                    key: row.key(table),
                    known: known.only(names),
                    given: row.only(names),
                },
            )),
        }
    }

    /// Returns all rows of a query as values.
    ///
    /// # Errors
    ///
    /// As [`Transaction::select`], or when a row is not what its type says.
    fn fetch<T: Entity>(&mut self, query: &Query) -> Result<Vec<T>, StoreError> {
        let rows = self.select(query)?;
        let read = |row: &Row| T::from_row(row);
        let values: Result<_, _> = rows.iter().map(read).collect();
        values.map_err(|error| {
            StoreError::select(T::table(), StoreErrorKind::Unreadable(error.into()))
        })
    }

    /// Returns the value with a key, or `None`.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch`].
    fn find<T: Entity>(&mut self, key: Row) -> Result<Option<T>, StoreError> {
        let query = Query::of(T::table()).with_all(key).limit(1);
        Ok(self.fetch(&query)?.pop())
    }

    /// Returns whether a table has a row that holds these attributes.
    ///
    /// # Errors
    ///
    /// As [`Transaction::select`].
    fn exists(&mut self, table: &'static Table, row: Row) -> Result<bool, StoreError> {
        let query = Query::of(table).with_all(row).keys().limit(1);
        Ok(!self.select(&query)?.is_empty())
    }
}

impl<T: Transaction + ?Sized> TransactionExt for T {}

/// An error that knows whether the transaction is to be tried again.
pub trait MaybeTransient {
    /// Returns whether another transaction was in the way.
    fn is_conflict(&self) -> bool;
}

impl MaybeTransient for StoreError {
    fn is_conflict(&self) -> bool {
        matches!(self.kind(), StoreErrorKind::Conflict(_))
    }
}
