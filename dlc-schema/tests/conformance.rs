//! The rules find what is wrong with a store.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use dlc_schema::{
    Access, Cell, Memory, Query, Row, Store, StoreError, Transaction, conformance::RULES,
    table::Table,
};

/// What a store does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    DropCommits,
    ReadsWrite,
    CommitsNothing,
    InsertReplaces,
    UpdateCountsOne,
    UpdateForgetsConditions,
    DeleteCountsNone,
    OrderIsReversed,
    LimitIsForgotten,
    AbsenceIsForgotten,
    BlobsAreCut,
}

/// [`Memory`] with a fault.
struct Broken {
    inner: Memory,
    fault: Fault,
}

impl Store for Broken {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        let access = match self.fault {
            Fault::ReadsWrite => Access::Write,
            _ => access,
        };
        let inner = Some(self.inner.begin(access)?);
        let fault = self.fault;
        Ok(Box::new(BrokenTransaction { inner, fault }))
    }
}

struct BrokenTransaction<'s> {
    inner: Option<Box<dyn Transaction + 's>>,
    fault: Fault,
}

impl<'s> BrokenTransaction<'s> {
    fn rows(&mut self) -> &mut (dyn Transaction + 's) {
        &mut **self.inner.as_mut().expect("it has not ended")
    }
}

impl Transaction for BrokenTransaction<'_> {
    fn insert(&mut self, table: &'static Table, row: &Row) -> Result<(), StoreError> {
        let mut row = row.clone();
        if self.fault == Fault::InsertReplaces {
            drop(self.rows().delete(table, &row.key(table)));
        }
        if self.fault == Fault::BlobsAreCut {
            row = row.iter().map(|(name, cell)| (name, cut(cell))).collect();
        }
        self.rows().insert(table, &row)
    }

    fn update(
        &mut self,
        table: &'static Table,
        rows: &Row,
        changes: &Row,
    ) -> Result<u64, StoreError> {
        match self.fault {
            Fault::UpdateCountsOne => self.rows().update(table, rows, changes).map(|_| 1),
            Fault::UpdateForgetsConditions => self.rows().update(table, &rows.key(table), changes),
            _ => self.rows().update(table, rows, changes),
        }
    }

    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError> {
        let count = self.rows().delete(table, rows)?;
        Ok(if self.fault == Fault::DeleteCountsNone {
            0
        } else {
            count
        })
    }

    fn select(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let mut query = query.clone();
        match self.fault {
            Fault::LimitIsForgotten => query.limit = None,
            Fault::AbsenceIsForgotten => query.absent_from.clear(),
            _ => {}
        }
        let mut rows = self.rows().select(&query)?;
        if self.fault == Fault::OrderIsReversed {
            rows.reverse();
        }
        Ok(rows)
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        match (self.fault, self.inner.take()) {
            (Fault::CommitsNothing, _) | (_, None) => Ok(()),
            (_, Some(inner)) => inner.commit(),
        }
    }
}

impl Drop for BrokenTransaction<'_> {
    fn drop(&mut self) {
        if let (Fault::DropCommits, Some(inner)) = (self.fault, self.inner.take()) {
            drop(inner.commit());
        }
    }
}

fn cut(cell: &Cell) -> Cell {
    match cell {
        Cell::Blob(bytes) => Cell::Blob(bytes.iter().copied().take(100).collect()),
        other => other.clone(),
    }
}

/// Returns the rules that a store with a fault breaks.
fn broken(fault: Fault) -> BTreeSet<&'static str> {
    let breaks = |rule: &&dlc_schema::conformance::Rule| {
        let store = Arc::new(Broken {
            inner: Memory::new(),
            fault,
        });
        let open = || Box::new(Arc::clone(&store)) as Box<dyn Store>;
        catch_unwind(AssertUnwindSafe(|| rule.check(&open))).is_err()
    };
    let names = RULES.iter().filter(breaks).map(|rule| rule.name);
    names.collect()
}

#[test]
fn each_fault_breaks_the_rules_that_forbid_it() {
    let faults: &[(Fault, &[&str])] = &[
        (
            Fault::DropCommits,
            &[
                "a_transaction_that_is_dropped_changes_nothing",
                "a_transaction_that_panics_changes_nothing",
                "what_is_not_committed_is_not_seen",
            ],
        ),
        (
            Fault::ReadsWrite,
            &["a_transaction_for_reading_changes_nothing"],
        ),
        (
            Fault::CommitsNothing,
            &["what_is_committed_is_seen_by_other_handles"],
        ),
        (
            Fault::InsertReplaces,
            &[
                "a_row_with_the_key_of_another_is_refused",
                "of_two_that_insert_the_same_key_one_wins",
            ],
        ),
        (
            Fault::UpdateCountsOne,
            &[
                "an_update_counts_rows_that_are_so_already",
                "an_update_of_what_is_not_there_counts_none",
            ],
        ),
        (
            Fault::UpdateForgetsConditions,
            &["no_change_on_a_condition_is_lost"],
        ),
        (Fault::DeleteCountsNone, &["a_delete_counts_its_rows"]),
        (
            Fault::OrderIsReversed,
            &["rows_come_in_the_order_of_their_keys"],
        ),
        (Fault::LimitIsForgotten, &["a_limit_takes_the_first_rows"]),
        (
            Fault::AbsenceIsForgotten,
            &[
                "rows_that_are_absent_elsewhere_are_found",
                "queries_in_queries_are_obeyed",
            ],
        ),
        (
            Fault::BlobsAreCut,
            &[
                "bytes_come_back_byte_for_byte",
                "a_blob_of_a_megabyte_comes_back",
            ],
        ),
    ];
    for (fault, rules) in faults {
        let broken = broken(*fault);
        for rule in *rules {
            assert!(broken.contains(rule), "{fault:?} breaks only {broken:?}");
        }
    }
}

#[test]
fn the_rules_have_names_of_their_own() {
    let names: BTreeSet<_> = RULES.iter().map(|rule| rule.name).collect();
    assert_eq!((names.len(), RULES.len()), (60, 60));
}
