//! All or nothing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use super::{Open, part, parts, put, sample};
use crate::{
    Access, Cell, Query, Row, Store, StoreError, StoreErrorKind, StoreExt, Transaction,
    tables::{DATASET, JOBS, TRACKED_BODY_PART},
};

/// Adds, changes and removes rows.
fn change(rows: &mut dyn Transaction) -> Result<(), StoreError> {
    rows.insert(&TRACKED_BODY_PART, &part("tail"))?;
    rows.delete(&TRACKED_BODY_PART, &part("nose"))?;
    let changes = Row::new().with("status", "error").with("key", Cell::Null);
    assert_eq!(rows.update(&JOBS, &Row::new(), &changes)?, 1);
    Ok(())
}

/// Checks that `change`s that are not committed leave no trace.
fn without_trace(open: &Open<'_>, uncommitted: impl FnOnce(&dyn Store)) {
    let store = open();
    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    put(&*store, &JOBS, &sample::row(&JOBS, 0));
    uncommitted(&*store);
    for store in [store, open()] {
        assert_eq!(parts(&*store), ["nose"]);
        assert_eq!(super::all(&*store, &JOBS), [sample::row(&JOBS, 0)]);
    }
    // It goes on as if nothing had been.
    put(&*open(), &TRACKED_BODY_PART, &part("tail"));
}

pub(super) fn a_transaction_that_is_dropped_changes_nothing(open: &Open<'_>) {
    without_trace(open, |store| {
        let mut rows = store.begin(Access::Write).expect("a transaction begins");
        change(&mut *rows).expect("rows can be changed");
    });
}

pub(super) fn a_transaction_that_fails_changes_nothing(open: &Open<'_>) {
    without_trace(open, |store| {
        let failed = store.write(|rows| {
            change(rows)?;
            rows.insert(&TRACKED_BODY_PART, &part("tail"))
        });
        assert!(failed.expect_err("it is there already").is_duplicate());
    });
}

pub(super) fn a_transaction_that_panics_changes_nothing(open: &Open<'_>) {
    without_trace(open, |store| {
        let work = || -> Result<(), StoreError> {
            store.write(|rows| {
                change(rows)?;
                panic!("a panic on purpose")
            })
        };
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    });
}

pub(super) fn a_transaction_sees_its_own_changes(open: &Open<'_>) {
    let store = open();
    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    put(&*store, &JOBS, &sample::row(&JOBS, 0));
    let seen = store.write(|rows| {
        change(rows)?;
        let error = Query::of(&JOBS).with("status", "error");
        let jobs = rows.select(&error)?.len();
        Ok::<_, StoreError>((rows.select(&Query::of(&TRACKED_BODY_PART))?, jobs))
    });
    let seen = seen.expect("rows can be changed and read");
    assert_eq!(seen, (vec![part("tail")], 1));
}

/// A refusal is no end: whoever wants to go on can.
pub(super) fn a_transaction_goes_on_after_a_refusal(open: &Open<'_>) {
    let store = open();
    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    let done = store.write(|rows| {
        rows.insert(&TRACKED_BODY_PART, &part("tail"))?;
        let again = rows.insert(&TRACKED_BODY_PART, &part("nose"));
        assert!(again.expect_err("it is there already").is_duplicate());
        let missing = rows.insert(&DATASET, &sample::row(&DATASET, 0));
        missing.expect_err("there is no such type");
        let long = part(&"x".repeat(33));
        let long = rows.insert(&TRACKED_BODY_PART, &long);
        long.expect_err("the name is too long");
        rows.insert(&TRACKED_BODY_PART, &part("ear"))
    });
    done.expect("the transaction goes on");
    assert_eq!(parts(&*store), ["ear", "nose", "tail"]);
}

pub(super) fn what_is_committed_is_seen_by_other_handles(open: &Open<'_>) {
    let (ours, theirs) = (open(), open());
    put(&*ours, &TRACKED_BODY_PART, &part("nose"));
    assert_eq!(parts(&*theirs), ["nose"]);
    put(&*theirs, &TRACKED_BODY_PART, &part("tail"));
    assert_eq!(parts(&*ours), ["nose", "tail"]);
    assert_eq!(parts(&*open()), ["nose", "tail"]);
}

/// Whoever looks meanwhile waits, or sees what was before.
pub(super) fn what_is_not_committed_is_not_seen(open: &Open<'_>) {
    let (ours, theirs) = (open(), open());
    put(&*ours, &TRACKED_BODY_PART, &part("nose"));
    let mut rows = ours.begin(Access::Write).expect("a transaction begins");
    let tail = rows.insert(&TRACKED_BODY_PART, &part("tail"));
    tail.expect("the row is taken");
    let delete = rows.delete(&TRACKED_BODY_PART, &part("nose"));
    delete.expect("the row goes");
    thread::scope(|scope| {
        let seen = scope.spawn(|| parts(&*theirs));
        thread::sleep(Duration::from_millis(100));
        drop(rows);
        assert_eq!(seen.join().expect("it can be read"), ["nose"]);
    });
}

pub(super) fn a_transaction_for_reading_changes_nothing(open: &Open<'_>) {
    let store = open();
    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    let refused = |work: &dyn Fn(&mut dyn Transaction) -> Result<u64, StoreError>| {
        let error = store
            .read(work)
            .expect_err("the transaction is for reading");
        assert!(
            matches!(error.kind(), StoreErrorKind::ReadOnly),
            "{error:?}"
        );
    };
    refused(&|rows| rows.insert(&TRACKED_BODY_PART, &part("tail")).map(|()| 1));
    refused(&|rows| rows.delete(&TRACKED_BODY_PART, &Row::new()));
    refused(&|rows| {
        let changes = Row::new().with("status", "error");
        rows.update(&JOBS, &Row::new(), &changes)
    });
    assert_eq!(parts(&*store), ["nose"]);
}

pub(super) fn a_transaction_for_reading_sees_one_state(open: &Open<'_>) {
    let (ours, theirs) = (open(), open());
    put(&*ours, &TRACKED_BODY_PART, &part("nose"));
    let mut rows = ours.begin(Access::Read).expect("a transaction begins");
    let query = Query::of(&TRACKED_BODY_PART);
    let before = rows.select(&query).expect("it can be read");
    thread::scope(|scope| {
        scope.spawn(|| put(&*theirs, &TRACKED_BODY_PART, &part("tail")));
        thread::sleep(Duration::from_millis(100));
        let after = rows.select(&query).expect("it can be read");
        assert_eq!(before, after);
        drop(rows);
    });
    assert_eq!(parts(&*ours), ["nose", "tail"]);
}
