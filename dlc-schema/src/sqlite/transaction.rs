use rusqlite::{Connection, params_from_iter};

use super::{
    convert::{Bound, to_cell},
    error, explain,
    pool::Pool,
};
use crate::{
    Access, Query, Row, StoreError, StoreErrorKind, Transaction,
    sql::{self, Dialect, Statement},
    table::{Attribute, Table},
};

/// A transaction on a connection of the pool.
pub(super) struct SqliteTransaction<'s> {
    pool: &'s Pool,
    /// There until the transaction ends.
    connection: Option<Connection>,
    access: Access,
}

impl<'s> SqliteTransaction<'s> {
    pub(super) fn begin(
        pool: &'s Pool,
        connection: Connection,
        access: Access,
    ) -> Result<Self, StoreErrorKind> {
        let begin = match access {
            Access::Read => "BEGIN DEFERRED",
            // Whoever writes says so at once: a lock that comes later may come too late.
            Access::Write => "BEGIN IMMEDIATE",
        };
        let begun = connection
            .prepare_cached(begin)
            .and_then(|mut begin| begin.execute([]));
        if let Err(problem) = begun {
            pool.put(connection);
            return Err(error::kind(problem));
        }
        Ok(Self {
            pool,
            connection: Some(connection),
            access,
        })
    }

    /// Returns the connection, in the transaction.
    fn connection(&self) -> Result<&Connection, StoreErrorKind> {
        let open = self
            .connection
            .as_ref()
            .filter(|open| !open.is_autocommit());
        // After some errors SQLite ends the transaction, and would commit each change that follows.
        open.ok_or_else(|| StoreErrorKind::Other("the transaction has ended with an error".into()))
    }

    fn writing(&self) -> Result<(), StoreErrorKind> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(StoreErrorKind::ReadOnly),
        }
    }

    /// Returns how many rows a statement has changed.
    fn execute(&self, statement: &Statement) -> Result<u64, Failure> {
        let connection = self.connection().map_err(Failure::Ended)?;
        let mut prepared = connection.prepare_cached(&statement.text)?;
        let cells = statement.cells.iter().map(Bound);
        Ok(prepared.execute(params_from_iter(cells))? as u64)
    }

    /// Reads the rows of a query that was checked.
    pub(super) fn read_rows(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let attributes = wanted(query);
        let statement = sql::select(Dialect::Sqlite, query, &attributes);
        let rows = self.read(&statement, &attributes);
        rows.map_err(|failure| StoreError::select(query.table, failure.kind()))
    }

    fn read(
        &self,
        statement: &Statement,
        attributes: &[&'static Attribute],
    ) -> Result<Vec<Row>, Failure> {
        let connection = self.connection().map_err(Failure::Ended)?;
        let mut prepared = connection.prepare_cached(&statement.text)?;
        let cells = statement.cells.iter().map(Bound);
        let mut found = prepared.query(params_from_iter(cells))?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push(to_row(attributes, row)?);
        }
        Ok(rows)
    }

    /// Tells why rows could not be changed so.
    fn why_not_updated(
        &mut self,
        failure: Failure,
        table: &'static Table,
        rows: &Row,
        changes: &Row,
    ) -> StoreErrorKind {
        if !failure.is_reference() {
            return failure.row_kind(table, rows);
        }
        let before = self.read_rows(&Query::of(table).with_all(rows.clone()));
        let mut after = before
            .into_iter()
            .flatten()
            .map(|row| row.and(changes.clone()));
        let missing = after.find_map(|row| explain::missing(self, table, &row).ok()?);
        missing.unwrap_or_else(|| failure.kind())
    }
}

/// Returns the attributes that a query wants.
fn wanted(query: &Query) -> Vec<&'static Attribute> {
    let table = query.table;
    match query.attributes.as_slice() {
        [] => table.attributes.iter().collect(),
        names => names
            .iter()
            .filter_map(|name| table.attribute(name))
            .collect(),
    }
}

fn to_row(attributes: &[&'static Attribute], found: &rusqlite::Row<'_>) -> Result<Row, Failure> {
    let cell = |(place, attribute): (usize, &&'static Attribute)| {
        let cell = to_cell(attribute, found.get_ref(place)?);
        Ok((attribute.name, cell.map_err(Failure::Ended)?))
    };
    attributes.iter().enumerate().map(cell).collect()
}

/// Why a statement failed.
enum Failure {
    Ended(StoreErrorKind),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Failure {
    fn is_reference(&self) -> bool {
        matches!(self, Self::Sqlite(problem) if error::is_reference(problem))
    }

    fn kind(self) -> StoreErrorKind {
        match self {
            Self::Ended(kind) => kind,
            Self::Sqlite(problem) => error::kind(problem),
        }
    }

    fn row_kind(self, table: &'static Table, row: &Row) -> StoreErrorKind {
        match self {
            Self::Ended(kind) => kind,
            Self::Sqlite(problem) => error::row_kind(problem, table, row),
        }
    }
}

impl Transaction for SqliteTransaction<'_> {
    fn insert(&mut self, table: &'static Table, row: &Row) -> Result<(), StoreError> {
        let failed = |kind| StoreError::insert(table, kind);
        self.writing().map_err(failed)?;
        row.check(table).map_err(|error| failed(error.into()))?;
        let row = row.clone().complete(table);
        match self.execute(&sql::insert(table, &row)) {
            Ok(_) => Ok(()),
            Err(failure) if failure.is_reference() => {
                let missing = explain::missing(self, table, &row)?;
                Err(failed(missing.unwrap_or_else(|| failure.kind())))
            }
            Err(failure) => Err(failed(failure.row_kind(table, &row))),
        }
    }

    fn update(
        &mut self,
        table: &'static Table,
        rows: &Row,
        changes: &Row,
    ) -> Result<u64, StoreError> {
        let failed = |kind| StoreError::update(table, kind);
        self.writing().map_err(failed)?;
        rows.check_part(table)
            .map_err(|error| failed(error.into()))?;
        changes
            .check_changes(table)
            .map_err(|error| failed(error.into()))?;
        let (rows, changes) = (rows.clone().rounded(table), changes.clone().rounded(table));
        if changes.is_empty() {
            let found = self.read_rows(&Query::of(table).with_all(rows).keys())?;
            return Ok(found.len() as u64);
        }
        let updated = self.execute(&sql::update(Dialect::Sqlite, table, &rows, &changes));
        updated.map_err(|failure| failed(self.why_not_updated(failure, table, &rows, &changes)))
    }

    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError> {
        let failed = |kind| StoreError::delete(table, kind);
        self.writing().map_err(failed)?;
        rows.check_part(table)
            .map_err(|error| failed(error.into()))?;
        let rows = rows.clone().rounded(table);
        match self.execute(&sql::delete(Dialect::Sqlite, table, &rows)) {
            Ok(count) => Ok(count),
            Err(failure) if failure.is_reference() => {
                let by = explain::referring(self, table, &rows)?;
                Err(failed(by.unwrap_or_else(|| failure.kind())))
            }
            Err(failure) => Err(failed(failure.row_kind(table, &rows))),
        }
    }

    fn select(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let checked = query.check();
        checked.map_err(|error| StoreError::select(query.table, error))?;
        self.read_rows(&query.clone().rounded())
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let failed = |kind| StoreError::new("cannot commit", kind);
        let connection = self.connection().map_err(failed)?;
        let committed = connection
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        committed.map_err(|problem| failed(error::kind(problem)))?;
        Ok(())
    }
}

impl Drop for SqliteTransaction<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        // A connection that cannot end its transaction is closed, which does.
        if connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok() {
            self.pool.put(connection);
        }
    }
}
