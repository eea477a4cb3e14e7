use mysql::{Params, PooledConn, prelude::Queryable};

use super::{
    convert::{to_cell, to_value},
    error,
};
use crate::{
    Access, Cell, Query, Row, StoreError, StoreErrorKind, Transaction,
    sql::{self, Dialect, Statement},
    table::{Attribute, Table},
};

/// A transaction on one connection.
pub(super) struct MysqlTransaction {
    connection: PooledConn,
    access: Access,
    open: bool,
    /// Whether the server may have rolled it back: what follows would be stored on its own.
    broken: bool,
}

impl MysqlTransaction {
    pub(super) fn begin(
        mut connection: PooledConn,
        access: Access,
    ) -> Result<Self, StoreErrorKind> {
        let begin = match access {
            Access::Read => "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
            Access::Write => "START TRANSACTION",
        };
        connection.query_drop(begin).map_err(error::kind)?;
        Ok(Self {
            connection,
            access,
            open: true,
            broken: false,
        })
    }

    fn writing(&self) -> Result<(), StoreErrorKind> {
        match self.access {
            Access::Write => self.unbroken(),
            Access::Read => Err(StoreErrorKind::ReadOnly),
        }
    }

    fn unbroken(&self) -> Result<(), StoreErrorKind> {
        match self.broken {
            true => Err(StoreErrorKind::Conflict(
                "the transaction has failed before".into(),
            )),
            false => Ok(()),
        }
    }

    /// Remembers an error after which the transaction cannot go on.
    fn note(&mut self, kind: StoreErrorKind) -> StoreErrorKind {
        self.broken |= matches!(
            kind,
            StoreErrorKind::Conflict(_) | StoreErrorKind::Unavailable(_)
        );
        kind
    }

    /// Returns how many rows a statement has met; `row` is as much as is known of them.
    fn execute(
        &mut self,
        statement: Statement,
        table: &'static Table,
        row: &Row,
    ) -> Result<u64, StoreErrorKind> {
        let Statement { text, cells } = statement;
        let executed = self.connection.exec_iter(text, parameters(cells));
        let count = executed.map(|result| result.affected_rows());
        count.map_err(|error| self.note(error::row_kind(error, table, row)))
    }

    fn read(
        &mut self,
        query: &Query,
        attributes: &[&'static Attribute],
    ) -> Result<Vec<Row>, StoreErrorKind> {
        self.unbroken()?;
        let Statement { text, cells } = sql::select(Dialect::MySql, query, attributes);
        let found = self.connection.exec(text, parameters(cells));
        let found: Vec<mysql::Row> = found.map_err(|error| self.note(error::kind(error)))?;
        found
            .into_iter()
            .map(|row| to_row(attributes, row))
            .collect()
    }
}

fn parameters(cells: Vec<Cell>) -> Params {
    match cells.is_empty() {
        true => Params::Empty,
        false => Params::Positional(cells.into_iter().map(to_value).collect()),
    }
}

fn to_row(attributes: &[&'static Attribute], row: mysql::Row) -> Result<Row, StoreErrorKind> {
    let values = attributes.iter().zip(row.unwrap());
    let cell = |(attribute, value): (&&'static Attribute, _)| {
        to_cell(attribute, value).map(|cell| (attribute.name, cell))
    };
    let row: Result<Row, _> = values.map(cell).collect();
    row.map_err(|error| StoreErrorKind::Unreadable(error.into()))
}

impl Transaction for MysqlTransaction {
    fn insert(&mut self, table: &'static Table, row: &Row) -> Result<(), StoreError> {
        let failed = |kind| StoreError::insert(table, kind);
        self.writing().map_err(failed)?;
        row.check(table).map_err(|error| failed(error.into()))?;
        let inserted = self.execute(sql::insert(table, row), table, row);
        inserted.map(drop).map_err(failed)
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
        if changes.is_empty() {
            let rows = self.select(&Query::of(table).with_all(rows.clone()).keys())?;
            return Ok(rows.len() as u64);
        }
        let statement = sql::update(Dialect::MySql, table, rows, changes);
        let known = rows.clone().and(changes.clone());
        self.execute(statement, table, &known).map_err(failed)
    }

    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError> {
        let failed = |kind| StoreError::delete(table, kind);
        self.writing().map_err(failed)?;
        rows.check_part(table)
            .map_err(|error| failed(error.into()))?;
        let statement = sql::delete(Dialect::MySql, table, rows);
        self.execute(statement, table, rows).map_err(failed)
    }

    fn select(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let table = query.table;
        query
            .check()
            .map_err(|error| StoreError::select(table, error))?;
        let names = &query.attributes;
        let wanted = |attribute: &&Attribute| {
            names.is_empty() || names.contains(&attribute.name) || table.is_key(attribute.name)
        };
        let attributes: Vec<_> = table.attributes.iter().filter(wanted).collect();
        let mut rows = self
            .read(query, &attributes)
            .map_err(|kind| StoreError::select(table, kind))?;
        // The server may sort texts as in a dictionary.
        rows.sort_by_cached_key(|row| row.cells(table.key));
        if !names.is_empty() {
            rows = rows.iter().map(|row| row.only(names)).collect();
        }
        Ok(rows)
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let failed = |kind| StoreError::new("cannot commit", kind);
        self.unbroken().map_err(failed)?;
        let committed = self.connection.query_drop("COMMIT");
        self.open = committed.is_err();
        committed.map_err(|error| failed(error::kind(error)))
    }
}

impl Drop for MysqlTransaction {
    fn drop(&mut self) {
        if self.open {
            // If this fails, the connection is gone, and with it the transaction.
            drop(self.connection.query_drop("ROLLBACK"));
        }
    }
}
