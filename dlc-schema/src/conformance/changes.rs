//! Updates and deletes.

use super::{Open, all, part, parts, put, rows, sample};
use crate::{
    Cell, CheckRowErrorKind, Query, Row, Store, StoreError, StoreErrorKind, StoreExt,
    table::Table,
    tables::{JOBS, TRACKED_BODY_PART, TRACKING_RAW},
};

fn job(hash: &str, status: &str) -> Row {
    sample::row(&JOBS, 0)
        .with("table_name", "__d_l_c_prediction")
        .with("key_hash", hash)
        .with("status", status)
}

fn put_jobs(store: &dyn Store) {
    for (hash, status) in [("a", "reserved"), ("b", "reserved"), ("c", "error")] {
        put(store, &JOBS, &job(hash, status));
    }
}

fn update(
    store: &dyn Store,
    table: &'static Table,
    which: &Row,
    changes: &Row,
) -> Result<u64, StoreError> {
    store.write(|rows| rows.update(table, which, changes))
}

fn updated(store: &dyn Store, table: &'static Table, which: &Row, changes: &Row) -> u64 {
    let count = update(store, table, which, changes);
    count.unwrap_or_else(|error| panic!("{} can be changed: {error:?}", table.class))
}

pub(super) fn an_update_changes_what_it_says_and_nothing_else(open: &Open<'_>) {
    let store = open();
    put_jobs(&*store);
    let reserved = Row::new().with("status", "reserved");
    let changes = Row::new()
        .with("status", "error")
        .with("error_message", "é")
        .with("key", Cell::Blob(vec![0, 255]))
        .with("pid", 4_294_967_295);

    assert_eq!(updated(&*store, &JOBS, &reserved, &changes), 2);
    assert_eq!(
        all(&*store, &JOBS),
        [
            job("a", "error").and(changes.clone()),
            job("b", "error").and(changes),
            job("c", "error")
        ]
    );
}

pub(super) fn an_update_counts_rows_that_are_so_already(open: &Open<'_>) {
    let store = open();
    put_jobs(&*store);
    let reserved = Row::new().with("status", "reserved");
    assert_eq!(updated(&*store, &JOBS, &reserved, &reserved), 2);
    assert_eq!(updated(&*store, &JOBS, &Row::new(), &reserved), 3);
    let wanted = job("a", "reserved").only(&["table_name", "key_hash", "status", "pid"]);
    assert_eq!(updated(&*store, &JOBS, &wanted, &wanted.only(&["pid"])), 1);
}

pub(super) fn an_update_of_what_is_not_there_counts_none(open: &Open<'_>) {
    let store = open();
    put_jobs(&*store);
    let changes = Row::new().with("pid", 1);
    for nothing in [
        Row::new().with("status", "ignore"),
        Row::new().with("key_hash", "d"),
        Row::new().with("key_hash", "a").with("status", "error"),
        Row::new().with("key", Cell::Null),
    ] {
        assert_eq!(updated(&*store, &JOBS, &nothing, &changes), 0, "{nothing}");
    }
    assert_eq!(all(&*store, &JOBS)[0], job("a", "reserved"));
}

pub(super) fn an_update_can_ask_for_null_and_set_it(open: &Open<'_>) {
    let store = open();
    put_jobs(&*store);
    let (a, null) = (
        Row::new().with("key_hash", "a"),
        Row::new().with("key", Cell::Null),
    );
    assert_eq!(updated(&*store, &JOBS, &a, &null), 1);
    assert_eq!(all(&*store, &JOBS)[0].cell("key"), Some(&Cell::Null));

    let changes = Row::new().with("key", Cell::Blob(vec![1]));
    assert_eq!(updated(&*store, &JOBS, &null, &changes), 1);
    let query = Query::of(&JOBS).with("key", Cell::Blob(vec![1]));
    assert_eq!(rows(&*store, &query).len(), 1);
}

pub(super) fn an_update_of_a_key_is_refused(open: &Open<'_>) {
    let store = open();
    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    for name in ["tail", "nose"] {
        let changed = update(&*store, &TRACKED_BODY_PART, &Row::new(), &part(name));
        let error = changed.expect_err("keys do not change");
        let StoreErrorKind::Row(error) = error.kind() else {
            panic!("{error:?}");
        };
        assert_eq!(*error.kind(), CheckRowErrorKind::Key);
    }
    assert_eq!(parts(&*store), ["nose"]);
}

pub(super) fn an_update_beyond_a_limit_is_refused(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    for changes in [
        Row::new().with("sync", 1 << 15),
        Row::new().with("sample_rate", Cell::Null),
        Row::new().with("sample_rate", Cell::Float(f64::NAN)),
        Row::new().with("sampling_rate", Cell::Float(1.0)),
    ] {
        let changed = update(&*store, &TRACKING_RAW, &Row::new(), &changes);
        let error = changed.expect_err("the table cannot take it");
        assert!(matches!(error.kind(), StoreErrorKind::Row(_)), "{error:?}");
    }
    assert_eq!(all(&*store, &TRACKING_RAW), [sample::row(&TRACKING_RAW, 0)]);
}

pub(super) fn a_delete_counts_its_rows(open: &Open<'_>) {
    let store = open();
    put_jobs(&*store);
    let delete = |which: &Row| {
        let count = store.write(|rows| rows.delete(&JOBS, which));
        count.expect("jobs can be removed")
    };
    let reserved = Row::new().with("status", "reserved");
    assert_eq!(delete(&reserved.clone().with("key_hash", "c")), 0);
    assert_eq!(delete(&reserved.clone().with("key_hash", "b")), 1);
    assert_eq!(delete(&reserved), 1);
    assert_eq!(delete(&reserved), 0);
    assert_eq!(all(&*store, &JOBS), [job("c", "error")]);
}

pub(super) fn a_delete_of_all_removes_all(open: &Open<'_>) {
    let store = open();
    (0..sample::ROWS).for_each(|number| sample::fill_all(&*store, number));
    super::clear(&*store);
    for table in crate::tables::TABLES {
        assert!(all(&*store, table).is_empty(), "{}", table.class);
    }
}
