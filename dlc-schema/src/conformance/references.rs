//! Rows that refer to others.

use super::{Open, all, put, sample};
use crate::{
    Access, Query, Row, Store, StoreErrorKind, StoreExt,
    table::{Reference, Table},
    tables::{
        DATASET, DATASET_TYPE, DLC_TRACKING_PROCESSING_METHOD, DLC_TRACKING_TYPE, TABLES, TRACKING,
        TRACKING_RAW,
    },
};

fn references() -> impl Iterator<Item = (&'static Table, &'static Reference)> {
    let tables = TABLES.iter().copied();
    tables.flat_map(|table| table.references.iter().map(move |to| (table, to)))
}

pub(super) fn a_row_cannot_refer_to_a_missing_one(open: &Open<'_>) {
    let store = open();
    for (table, reference) in references() {
        let mut rows = store.begin(Access::Write).expect("a transaction begins");
        let missing = |other| other == reference.table || sample::refers(other, reference.table);
        let left_out = |other: &'static Table| other == table || missing(other);
        sample::fill(&mut *rows, 0, &left_out).expect("the other tables take rows");

        let row = sample::row(table, 0);
        let error = rows.insert(table, &row).expect_err("a row is missing");
        let StoreErrorKind::MissingReference { table: named, key } = error.kind() else {
            panic!(
                "{} without {}: {error:?}",
                table.class, reference.table.class
            );
        };
        let named = table.references.iter().find(|to| to.table.class == *named);
        let named = named.expect("the error names a table that the row refers to");
        assert!(
            missing(named.table),
            "{}: {}",
            table.class,
            named.table.class
        );
        let expected = sample::row(named.table, 0).key(named.table);
        assert_eq!(*key, expected, "{}", table.class);
    }
    assert!(all(&*store, TABLES[0]).is_empty());
}

pub(super) fn a_row_cannot_be_changed_to_refer_to_a_missing_one(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    let changes = Row::new().with("datasettype", "none");
    let changed = store.write(|rows| rows.update(&DATASET, &Row::new(), &changes));
    let error = changed.expect_err("a row is missing");
    let StoreErrorKind::MissingReference { table, key } = error.kind() else {
        panic!("{error:?}");
    };
    assert_eq!((*table, key), ("DatasetType", &changes));
    assert_eq!(all(&*store, &DATASET), [sample::row(&DATASET, 0)]);

    put(&*store, &DATASET_TYPE, &sample::row(&DATASET_TYPE, 1));
    let changes = sample::row(&DATASET_TYPE, 1).key(&DATASET_TYPE);
    let changed = store.write(|rows| rows.update(&DATASET, &Row::new(), &changes));
    assert_eq!(changed.expect("the row is there now"), 1);
}

pub(super) fn a_row_that_another_refers_to_stays(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    for (table, reference) in references() {
        let to = reference.table;
        let key = sample::row(to, 0).key(to);
        let deleted = store.write(|rows| rows.delete(to, &key));
        let error = deleted.expect_err("another row refers to it");
        let is_right = matches!(error.kind(), StoreErrorKind::Referenced { .. });
        assert!(is_right, "{} of {}: {error:?}", to.class, table.class);
        assert_eq!(all(&*store, to).len(), 1);
    }
    the_error_names_the_table(&*store);
}

/// `TrackingRaw` is referred to by several tables; whichever is found is named.
fn the_error_names_the_table(store: &dyn Store) {
    let deleted = store.write(|rows| rows.delete(&TRACKING_RAW, &Row::new()));
    let error = deleted.expect_err("other rows refer to it");
    let StoreErrorKind::Referenced { by } = error.kind() else {
        panic!("{error:?}");
    };
    let to_it = |table: &&&Table| table.references.iter().any(|to| to.table == &TRACKING_RAW);
    let mut names = TABLES.iter().filter(to_it).map(|table| table.class);
    assert!(
        names.any(|name| by.contains(name)),
        "{by:?} names none of its tables"
    );
    assert!(
        TRACKING
            .references
            .iter()
            .any(|to| to.table == &TRACKING_RAW)
    );
}

pub(super) fn a_reference_may_have_another_name(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    let (methods, types) = (&DLC_TRACKING_PROCESSING_METHOD, &DLC_TRACKING_TYPE);
    let row = sample::row(methods, 1).with("applicable_tracking_type", "linear");

    let refused = store.write(|rows| rows.insert(methods, &row));
    let error = refused.expect_err("there is no such type");
    let StoreErrorKind::MissingReference { table, key } = error.kind() else {
        panic!("{error:?}");
    };
    let linear = Row::new().with("dlc_tracking_type", "linear");
    assert_eq!((*table, key), (types.class, &linear));

    put(&*store, types, &linear);
    put(&*store, methods, &row);
    let deleted = store.write(|rows| rows.delete(types, &linear));
    assert!(deleted.is_err(), "the method refers to it");
    let query = Query::of(types).with_all(linear);
    assert_eq!(store.rows(&query).expect("types can be read").len(), 1);
}
