use std::{
    collections::{BTreeMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    Access, Cell, Query, Row, Store, StoreError, StoreErrorKind, Transaction,
    table::{Reference, Table},
    tables::TABLES,
};

/// A store in memory: for tests, and the one that the others are compared with.
///
/// Transactions follow one another, also those that look.
#[derive(Debug, Default)]
pub struct Memory {
    tables: Mutex<Tables>,
}

/// Rows by their keys, by the name of their table.
type Tables = BTreeMap<&'static str, Rows>;

/// Rows by the cells of their keys, in the table's order.
type Rows = BTreeMap<Vec<Cell>, Row>;

impl Memory {
    /// Creates an empty store.
    pub const fn new() -> Self {
        Self {
            tables: Mutex::new(BTreeMap::new()),
        }
    }
}

impl Store for Memory {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        // Whoever panicked with the lock has taken its changes back when it was dropped.
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(MemoryTransaction {
            tables,
            access,
            undo: Vec::new(),
        }))
    }
}

struct MemoryTransaction<'s> {
    tables: MutexGuard<'s, Tables>,
    access: Access,
    /// What was there before each change.
    undo: Vec<(&'static Table, Vec<Cell>, Option<Row>)>,
}

impl MemoryTransaction<'_> {
    fn rows(&self, table: &Table) -> Option<&Rows> {
        self.tables.get(table.name)
    }

    fn set(&mut self, table: &'static Table, key: Vec<Cell>, row: Option<Row>) {
        let rows = self.tables.entry(table.name).or_default();
        let before = match row {
            Some(row) => rows.insert(key.clone(), row),
            None => rows.remove(&key),
        };
        self.undo.push((table, key, before));
    }

    /// Returns the rows of a table that hold these attributes; looks only at those whose keys begin
    /// with them.
    fn holding<'a, 'w>(
        &'a self,
        table: &Table,
        wanted: &'w Row,
    ) -> impl Iterator<Item = &'a Row> + use<'a, 'w> {
        let key = table.key.iter();
        let begin: Vec<Cell> = key.map_while(|name| wanted.cell(name).cloned()).collect();
        let rows = self.rows(table).into_iter();
        let from = begin.clone();
        rows.flat_map(move |rows| rows.range(from.clone()..))
            .take_while(move |(key, _)| key.starts_with(&begin))
            .map(|(_, row)| row)
            .filter(|row| row.holds(wanted))
    }

    fn check_references(&self, table: &Table, row: &Row) -> Result<(), StoreErrorKind> {
        for reference in table.references {
            let Some(key) = referenced_key(reference, row) else {
                continue;
            };
            if self.holding(reference.table, &key).next().is_none() {
                return Err(StoreErrorKind::MissingReference {
                    table: reference.table.class,
                    key,
                });
            }
        }
        Ok(())
    }

    fn check_not_referenced(&self, table: &Table, row: &Row) -> Result<(), StoreErrorKind> {
        for other in TABLES {
            for reference in other.references.iter().filter(|to| to.table == table) {
                let theirs = reference.attributes.iter().zip(table.key);
                let wanted: Row = theirs
                    .filter_map(|(theirs, ours)| Some((*theirs, row.cell(ours)?.clone())))
                    .collect();
                if let Some(found) = self.holding(other, &wanted).next() {
                    let by = format!("{} ({})", other.class, found.key(other));
                    return Err(StoreErrorKind::Referenced { by });
                }
            }
        }
        Ok(())
    }

    fn found(&self, query: &Query) -> Vec<&Row> {
        let present = query.present_in.iter().map(|other| (other, true));
        let absent = query.absent_from.iter().map(|other| (other, false));
        let belonging = |(other, wanted)| (self.belonging(query.table, other), wanted);
        let belonging: Vec<_> = present.chain(absent).map(belonging).collect();
        let fits = |row: &&Row| {
            let mut belonging = belonging.iter();
            belonging.all(|(others, wanted)| self.has(others, row) == *wanted)
        };
        let equal = query.equal.clone().rounded(query.table);
        let rows = self.holding(query.table, &equal).filter(fits);
        rows.take(query.limit.unwrap_or(usize::MAX)).collect()
    }

    /// Prepares to tell which rows of a table the rows of another query belong to.
    fn belonging(&self, table: &Table, other: &Query) -> Belonging {
        let shared = table.shared_attributes(other.table);
        let mut begin = other.table.key.iter().take(shared.len());
        let is_begin = begin.all(|name| shared.contains(name));
        if is_begin && other.present_in.is_empty() && other.absent_from.is_empty() {
            let equal = other.equal.clone().rounded(other.table);
            return Belonging::ByKey {
                table: other.table,
                equal,
                shared,
            };
        }
        let rows = self.found(other).into_iter();
        let rows = rows.map(|row| row.cells(&shared)).collect();
        Belonging::Among { shared, rows }
    }

    fn has(&self, others: &Belonging, row: &Row) -> bool {
        match others {
            Belonging::Among { shared, rows } => rows.contains(&row.cells(shared)),
            Belonging::ByKey {
                table,
                equal,
                shared,
            } => {
                let wanted = equal.clone().and(row.only(shared));
                wanted.holds(equal) && self.holding(table, &wanted).next().is_some()
            }
        }
    }

    fn writing(&self) -> Result<(), StoreErrorKind> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(StoreErrorKind::ReadOnly),
        }
    }
}

/// Rows of another query, to which rows belong that have the same shared attributes.
enum Belonging {
    /// Those that the other table has under a key that begins with the shared attributes.
    ByKey {
        table: &'static Table,
        equal: Row,
        shared: Vec<&'static str>,
    },
    /// Those with these cells.
    Among {
        shared: Vec<&'static str>,
        rows: HashSet<Vec<Cell>>,
    },
}

/// Returns what a row refers to, unless it refers to nothing.
fn referenced_key(reference: &Reference, row: &Row) -> Option<Row> {
    let names = reference.attributes.iter().zip(reference.table.key);
    let cell = |(ours, theirs): (&&'static str, &&'static str)| {
        let cell = row.cell(ours).filter(|cell| **cell != Cell::Null)?;
        Some((*theirs, cell.clone()))
    };
    names.map(cell).collect()
}

impl Transaction for MemoryTransaction<'_> {
    fn insert(&mut self, table: &'static Table, row: &Row) -> Result<(), StoreError> {
        let failed = |kind| StoreError::insert(table, kind);
        self.writing().map_err(failed)?;
        row.check(table).map_err(|error| failed(error.into()))?;
        self.check_references(table, row).map_err(failed)?;
        let key = row.cells(table.key);
        if self.rows(table).is_some_and(|rows| rows.contains_key(&key)) {
            let key = row.key(table);
            return Err(failed(StoreErrorKind::Duplicate { key }));
        }
        self.set(table, key, Some(row.clone().complete(table)));
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
        let (rows, changes) = (rows.clone().rounded(table), changes.clone().rounded(table));
        let changed = |row: &Row| row.clone().and(changes.clone());
        let rows: Vec<Row> = self.holding(table, &rows).map(changed).collect();
        for row in &rows {
            self.check_references(table, row).map_err(failed)?;
        }
        let count = rows.len() as u64;
        for row in rows {
            self.set(table, row.cells(table.key), Some(row));
        }
        Ok(count)
    }

    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError> {
        let failed = |kind| StoreError::delete(table, kind);
        self.writing().map_err(failed)?;
        rows.check_part(table)
            .map_err(|error| failed(error.into()))?;
        let rows = rows.clone().rounded(table);
        let rows: Vec<Row> = self.holding(table, &rows).cloned().collect();
        for row in &rows {
            self.check_not_referenced(table, row).map_err(failed)?;
        }
        for row in &rows {
            self.set(table, row.cells(table.key), None);
        }
        Ok(rows.len() as u64)
    }

    fn select(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        query
            .check()
            .map_err(|error| StoreError::select(query.table, error))?;
        let wanted = |row: &Row| match query.attributes.as_slice() {
            [] => row.clone(),
            attributes => row.only(attributes),
        };
        Ok(self.found(query).into_iter().map(wanted).collect())
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.undo.clear();
        Ok(())
    }
}

impl Drop for MemoryTransaction<'_> {
    fn drop(&mut self) {
        while let Some((table, key, before)) = self.undo.pop() {
            let rows = self.tables.entry(table.name).or_default();
            match before {
                Some(row) => rows.insert(key, row),
                None => rows.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StoreExt, tables::*};

    fn store() -> Memory {
        let store = Memory::new();
        let insert = |table, row| store.write(|rows| rows.insert(table, &row));
        insert(&TRACKED_BODY_PART, Row::new().with("body_part", "nose")).unwrap();
        insert(
            &DLC_TRACKING_TYPE,
            Row::new().with("dlc_tracking_type", "openfield"),
        )
        .unwrap();
        store
    }

    #[test]
    fn a_transaction_that_is_dropped_changes_nothing() {
        let store = store();
        let mut transaction = store.begin(Access::Write).unwrap();
        transaction.delete(&TRACKED_BODY_PART, &Row::new()).unwrap();
        let row = Row::new().with("body_part", "tail");
        transaction.insert(&TRACKED_BODY_PART, &row).unwrap();
        drop(transaction);

        let rows = store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap();
        assert_eq!(rows, [Row::new().with("body_part", "nose")]);
    }

    #[test]
    fn rows_that_are_missing_cannot_be_referred_to() {
        let row = Row::new()
            .with("dataset_name", "a")
            .with("datasettype", "Video");
        let error = store()
            .write(|rows| rows.insert(&DATASET, &row))
            .unwrap_err();
        let StoreErrorKind::MissingReference { table, key } = error.kind() else {
            panic!("{error}")
        };
        assert_eq!(
            (*table, key.to_string().as_str()),
            ("DatasetType", "datasettype = Video")
        );
    }
}
