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
        })
    }

    fn writing(&self) -> Result<(), StoreErrorKind> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(StoreErrorKind::ReadOnly),
        }
    }

    /// Returns how many rows a statement has met.
    fn execute(&mut self, statement: Statement) -> Result<u64, mysql::Error> {
        let Statement { text, cells } = statement;
        let result = self.connection.exec_iter(text, parameters(cells))?;
        Ok(result.affected_rows())
    }

    fn read(
        &mut self,
        query: &Query,
        attributes: &[&'static Attribute],
    ) -> Result<Vec<Row>, StoreErrorKind> {
        let Statement { text, cells } = sql::select(Dialect::MySql, query, attributes);
        let found = self.connection.exec_iter(text, parameters(cells));
        let mut rows = Vec::new();
        for row in found.map_err(error::kind)? {
            rows.push(to_row(attributes, row.map_err(error::kind)?)?);
        }
        Ok(rows)
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
        let inserted = self.execute(sql::insert(table, row));
        inserted.map_err(|error| failed(error::row_kind(error, table, row)))?;
        Ok(())
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
        let updated = self.execute(sql::update(Dialect::MySql, table, rows, changes));
        updated.map_err(|error| {
            let row = rows.clone().and(changes.clone());
            failed(error::row_kind(error, table, &row))
        })
    }

    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError> {
        let failed = |kind| StoreError::delete(table, kind);
        self.writing().map_err(failed)?;
        rows.check_part(table)
            .map_err(|error| failed(error.into()))?;
        let deleted = self.execute(sql::delete(Dialect::MySql, table, rows));
        deleted.map_err(|error| failed(error::row_kind(error, table, rows)))
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
        let committed = self.connection.query_drop("COMMIT");
        self.open = committed.is_err();
        committed.map_err(|error| StoreError::new("cannot commit", error::kind(error)))
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
