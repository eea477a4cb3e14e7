//! What a table cannot take is refused before anything is stored, whatever the store could hold.

use super::{Open, all, refused, sample};
use crate::{
    Cell, CheckRowErrorKind as Kind, Row, Store, StoreErrorKind,
    table::{Attribute, AttributeType as T, DefaultValue, Table},
    tables::{TABLES, TRACKED_BODY_PART},
};

/// Refuses a row because of one attribute, and checks that nothing was stored.
fn refuse(store: &dyn Store, table: &'static Table, row: &Row, attribute: &str) -> Kind {
    let error = refused(store, table, row);
    let StoreErrorKind::Row(error) = error.kind() else {
        panic!("{} with {row}: {error:?}", table.class);
    };
    assert_eq!(
        (error.table(), error.attribute()),
        (table.class, attribute),
        "{row}"
    );
    error.kind().clone()
}

/// Tries a cell in every attribute that `wrong` gives one for.
fn refuse_each(open: &Open<'_>, wrong: impl Fn(&Attribute) -> Option<(Cell, Kind)>) {
    let store = open();
    let mut tried = 0;
    for table in TABLES {
        for attribute in table.attributes {
            let Some((cell, expected)) = wrong(attribute) else {
                continue;
            };
            let row = sample::row(table, 0).with(attribute.name, cell);
            let found = refuse(&*store, table, &row, attribute.name);
            assert_eq!(found, expected, "{}.{}", table.class, attribute.name);
            tried += 1;
        }
        assert!(all(&*store, table).is_empty(), "{}", table.class);
    }
    assert!(tried > 0, "no attribute was tried");
}

pub(super) fn a_required_attribute_must_not_be_missing(open: &Open<'_>) {
    let store = open();
    for table in TABLES {
        for left_out in table.attributes {
            let names: Vec<_> = table.attributes.iter().map(|other| other.name).collect();
            let others: Vec<_> = names
                .into_iter()
                .filter(|name| *name != left_out.name)
                .collect();
            if left_out.default == DefaultValue::Required {
                let row = sample::row(table, 0).only(&others);
                let found = refuse(&*store, table, &row, left_out.name);
                assert_eq!(found, Kind::Missing, "{}.{}", table.class, left_out.name);
            }
        }
        assert!(all(&*store, table).is_empty(), "{}", table.class);
    }
}

pub(super) fn an_attribute_that_a_table_does_not_have_is_refused(open: &Open<'_>) {
    for name in ["bodypart", "", "body_part\"", "1; DROP TABLE session"] {
        let row = sample::row(&TRACKED_BODY_PART, 0).with(name, "nose");
        let found = refuse(&*open(), &TRACKED_BODY_PART, &row, name);
        assert_eq!(found, Kind::Unknown);
    }
}

pub(super) fn null_is_refused_where_it_is_no_default(open: &Open<'_>) {
    refuse_each(open, |attribute| {
        let refused = Kind::WrongKind {
            expected: attribute.kind,
            found: "null",
        };
        (attribute.default != DefaultValue::Null).then_some((Cell::Null, refused))
    });
}

pub(super) fn texts_that_are_too_long_are_refused(open: &Open<'_>) {
    refuse_each(open, |attribute| {
        let (T::Char(limit) | T::Varchar(limit)) = attribute.kind else {
            return None;
        };
        let text = "x".repeat(limit + 1);
        let refused = Kind::TooLong {
            limit,
            length: limit + 1,
            text: text.chars().take(80).collect(),
        };
        Some((text.into(), refused))
    });
}

pub(super) fn texts_that_end_with_a_blank_are_refused(open: &Open<'_>) {
    refuse_each(open, |attribute| {
        let (T::Char(limit) | T::Varchar(limit)) = attribute.kind else {
            return None;
        };
        let blank = match limit {
            1 => " ",
            _ => "x ",
        };
        Some((blank.into(), Kind::BlankAtEnd))
    });
}

pub(super) fn texts_that_are_not_in_the_enumeration_are_refused(open: &Open<'_>) {
    refuse_each(open, |attribute| {
        let T::Enum(allowed) = attribute.kind else {
            return None;
        };
        let found = allowed[0].to_uppercase();
        let refused = Kind::NotOneOf {
            allowed,
            found: found.clone(),
        };
        Some((found.into(), refused))
    });
}

pub(super) fn integers_that_do_not_fit_are_refused(open: &Open<'_>) {
    for beyond in [-1, 1] {
        refuse_each(open, |attribute| {
            let (least, most) = match attribute.kind {
                T::TinyInt => (i8::MIN.into(), i8::MAX.into()),
                T::SmallInt => (i16::MIN.into(), i16::MAX.into()),
                T::Int => (i32::MIN.into(), i32::MAX.into()),
                T::IntUnsigned => (0, u32::MAX.into()),
                T::BigIntUnsigned if beyond < 0 => (0, i64::MAX),
                _ => return None,
            };
            let found = if beyond < 0 { least - 1 } else { most + 1 };
            Some((found.into(), Kind::OutOfRange { least, most, found }))
        });
    }
}

pub(super) fn numbers_that_are_not_finite_are_refused(open: &Open<'_>) {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        refuse_each(open, |attribute| match attribute.kind {
            T::Float | T::Double => Some((Cell::Float(number), Kind::NotFinite)),
            _ => None,
        });
    }
    refuse_each(open, |attribute| match attribute.kind {
        T::Float => Some((Cell::Float(1e39), Kind::NotFinite)),
        _ => None,
    });
}

pub(super) fn cells_of_another_kind_are_refused(open: &Open<'_>) {
    refuse_each(open, |attribute| {
        let cell = match attribute.kind {
            T::Char(_) | T::Varchar(_) | T::Enum(_) | T::DateTime | T::Timestamp | T::Uuid => {
                Cell::Int(1)
            }
            T::TinyInt | T::SmallInt | T::Int | T::IntUnsigned | T::BigIntUnsigned => {
                Cell::Float(1.0)
            }
            T::Float | T::Double => Cell::Int(1),
            T::Blob | T::MediumBlob | T::LongBlob => "text".into(),
        };
        let refused = Kind::WrongKind {
            expected: attribute.kind,
            found: cell.kind(),
        };
        Some((cell, refused))
    });
}
