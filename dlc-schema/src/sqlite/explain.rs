//! Which reference SQLite means when it says that one leads nowhere, which is all it says.

use super::transaction::SqliteTransaction;
use crate::{
    Cell, Query, Row, StoreError, StoreErrorKind, TransactionExt,
    table::{Reference, Table},
    tables::TABLES,
};

/// Returns what a row refers to that is not there.
pub(super) fn missing(
    rows: &mut SqliteTransaction<'_>,
    table: &'static Table,
    row: &Row,
) -> Result<Option<StoreErrorKind>, StoreError> {
    for reference in table.references {
        let Some(key) = key_of(reference, row) else {
            continue;
        };
        if !rows.exists(reference.table, key.clone())? {
            let table = reference.table.class;
            return Ok(Some(StoreErrorKind::MissingReference { table, key }));
        }
    }
    Ok(None)
}

/// Returns which row refers to one of those that hold `which`.
pub(super) fn referring(
    rows: &mut SqliteTransaction<'_>,
    table: &'static Table,
    which: &Row,
) -> Result<Option<StoreErrorKind>, StoreError> {
    let keys = rows.read_rows(&Query::of(table).with_all(which.clone()).keys())?;
    for key in &keys {
        for other in TABLES {
            for reference in other.references.iter().filter(|to| to.table == table) {
                let query = Query::of(other).with_all(row_of(reference, key));
                if let Some(found) = rows.read_rows(&query.keys().limit(1))?.pop() {
                    let by = format!("{} ({found})", other.class);
                    return Ok(Some(StoreErrorKind::Referenced { by }));
                }
            }
        }
    }
    Ok(None)
}

/// Returns the key that a row refers to, unless it refers to nothing.
fn key_of(reference: &Reference, row: &Row) -> Option<Row> {
    let names = reference.attributes.iter().zip(reference.table.key);
    let cell = |(ours, theirs): (&&'static str, &&'static str)| {
        let cell = row.cell(ours).filter(|cell| **cell != Cell::Null)?;
        Some((*theirs, cell.clone()))
    };
    names.map(cell).collect()
}

/// Returns what a row says that refers to a key.
fn row_of(reference: &Reference, key: &Row) -> Row {
    let names = reference.attributes.iter().zip(reference.table.key);
    let cell =
        |(ours, theirs): (&&'static str, &&'static str)| Some((*ours, key.cell(theirs)?.clone()));
    names.filter_map(cell).collect()
}
