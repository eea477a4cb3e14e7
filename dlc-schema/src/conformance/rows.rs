//! Rows that are added and come back.

use super::{Open, all, part, parts, put, refused, rows, sample};
use crate::{
    Cell, DateTime, Row, StoreErrorKind,
    table::{Attribute, DefaultValue},
    tables::{JOBS, TABLES, TRACKED_BODY_PART},
};

pub(super) fn every_table_takes_rows_and_gives_them_back(open: &Open<'_>) {
    let store = open();
    (0..sample::ROWS).for_each(|number| sample::fill_all(&*store, number));

    for table in TABLES {
        for number in 0..sample::ROWS {
            let found = rows(&*store, &sample::by_key(table, number));
            assert_eq!(found, [sample::row(table, number)], "{}", table.class);
        }
        let mut expected: Vec<Row> = (0..sample::ROWS)
            .map(|number| sample::row(table, number))
            .collect();
        expected.sort_by_key(|row| row.cells(table.key));
        assert_eq!(all(&*store, table), expected, "{}", table.class);
    }
}

pub(super) fn what_a_row_does_not_say_has_its_default(open: &Open<'_>) {
    let store = open();
    let clock = |attribute: &&Attribute| attribute.default == DefaultValue::Now;
    for table in TABLES {
        put(&*store, table, &sample::required(table, 0));

        let mut found = all(&*store, table);
        let mut expected = sample::required(table, 0).complete(table);
        for attribute in table.attributes.iter().filter(clock) {
            found[0].set(attribute.name, Cell::Null);
            expected.set(attribute.name, Cell::Null);
        }
        assert_eq!(found, [expected], "{}", table.class);
    }
}

/// The time is that of the store's clock, whose zone is not known.
pub(super) fn the_time_of_storing_is_a_default(open: &Open<'_>) {
    let store = open();
    put(&*store, &JOBS, &sample::required(&JOBS, 0));

    let found = all(&*store, &JOBS);
    let Some(Cell::DateTime(time)) = found[0].cell("timestamp") else {
        panic!("expected a time, found {}", found[0]);
    };
    let apart = DateTime::now().seconds().abs_diff(time.seconds());
    let most = 60 * (14 * 60 + 5); // No zone is more than 14 h away from UTC.
    assert!(apart < most, "{time} is {apart} s from now");
}

pub(super) fn a_row_with_the_key_of_another_is_refused(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    for table in TABLES {
        let row = sample::row(table, 0);
        let error = refused(&*store, table, &row);
        let StoreErrorKind::Duplicate { key } = error.kind() else {
            panic!("{}: {error:?}", table.class);
        };
        assert_eq!(*key, row.key(table), "{}", table.class);
    }

    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    assert!(refused(&*store, &TRACKED_BODY_PART, &part("nose")).is_duplicate());
    assert_eq!(parts(&*store).len(), 2);
}

pub(super) fn null_is_kept(open: &Open<'_>) {
    let store = open();
    let optional = |attribute: &&Attribute| attribute.default == DefaultValue::Null;
    for table in TABLES {
        let mut row = sample::row(table, 0);
        for attribute in table.attributes.iter().filter(optional) {
            row.set(attribute.name, Cell::Null);
        }
        put(&*store, table, &row);
        assert_eq!(all(&*store, table), [row], "{}", table.class);
    }
}
