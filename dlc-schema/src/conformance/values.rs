//! What attributes hold comes back as it was.

use super::{Open, all, put, rows, sample};
use crate::{
    Cell, DateTime, Query, Row, Store, StoreExt,
    table::Table,
    tables::{
        APPARATUS, APPARATUS_GEOMETRY, DLC_MODEL, DLC_TRACKING_PROCESSING_METHOD,
        DLC_TRACKING_TYPE, FILE_TYPE, SESSION, TRACKED_BODY_PART, TRACKING_RAW,
    },
};

fn model(name: &str, template: Vec<u8>) -> Row {
    sample::row(&DLC_MODEL, 0)
        .with("dlc_model", name)
        .with("dlc_cfg_template", Cell::Blob(template))
}

/// Stores a blob and returns what comes back.
fn blob(store: &dyn Store, name: &str, bytes: &[u8]) -> Vec<u8> {
    put(store, &DLC_MODEL, &model(name, bytes.to_vec()));
    let query = Query::of(&DLC_MODEL).with("dlc_model", name);
    match rows(store, &query)[0].cell("dlc_cfg_template") {
        Some(Cell::Blob(found)) => found.clone(),
        other => panic!("expected a blob, found {other:?}"),
    }
}

pub(super) fn bytes_come_back_byte_for_byte(open: &Open<'_>) {
    let store = open();
    let every: Vec<u8> = (0..=u8::MAX).collect();
    let payload = 0x7ff8_0000_dead_beef_u64; // A NaN with something to lose.
    for (name, bytes) in [
        ("empty", &[][..]),
        ("zero", &[0]),
        ("every", &every),
        ("nan", &payload.to_le_bytes()),
        ("quotes", b"'; DROP TABLE session; --\\\"`"),
        ("broken utf-8", &[0xc3, 0x28, 0xff]),
    ] {
        assert_eq!(blob(&*store, name, bytes), bytes, "{name}");
    }
}

pub(super) fn a_blob_of_a_megabyte_comes_back(open: &Open<'_>) {
    let bytes: Vec<u8> = (0_u32..1 << 18)
        .map(|number| number.wrapping_mul(2_654_435_761))
        .flat_map(u32::to_le_bytes)
        .collect();
    assert_eq!(bytes.len(), 1 << 20);
    assert!(blob(&*open(), "large", &bytes) == bytes);
}

/// Puts one more row of a table whose other rows are samples.
fn put_with(store: &dyn Store, table: &'static Table, attribute: &'static str, cell: Cell) -> Row {
    let row = sample::row(table, 0).with(attribute, cell);
    put(store, table, &row);
    row
}

pub(super) fn numbers_of_32_bits_are_rounded_and_found(open: &Open<'_>) {
    let store = open();
    put(&*store, &APPARATUS, &sample::row(&APPARATUS, 0));
    let tenth = Cell::Float(0.1);
    put_with(&*store, &APPARATUS_GEOMETRY, "arena_x_dim", tenth.clone());

    let rounded = Cell::Float(0.1_f32.into());
    for asked in [tenth, rounded.clone()] {
        let query = Query::of(&APPARATUS_GEOMETRY).with("arena_x_dim", asked);
        let found = rows(&*store, &query);
        assert_eq!(found.len(), 1, "a number is found by what was stored");
        assert_eq!(found[0].cell("arena_x_dim"), Some(&rounded));
    }
}

pub(super) fn numbers_of_64_bits_come_back(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    let key = sample::row(&TRACKING_RAW, 0).key(&TRACKING_RAW);
    for number in [39.718_955_011_582_54, 0.1 + 0.2, 1.0, 0.0, -1e300, 5e-300] {
        let changes = Row::new().with("sample_rate", Cell::Float(number));
        let count = store.write(|rows| rows.update(&TRACKING_RAW, &key, &changes));
        assert_eq!(count.expect("the number can be changed"), 1);
        let query = Query::of(&TRACKING_RAW).with("sample_rate", Cell::Float(number));
        let found = rows(&*store, &query);
        assert_eq!(found.len(), 1, "{number} is found");
        assert_eq!(found[0].cell("sample_rate"), Some(&Cell::Float(number)));
    }
}

pub(super) fn texts_of_latin_1_come_back_and_are_found(open: &Open<'_>) {
    let store = open();
    let latin: String = (0xa1..=0xff_u8).map(char::from).collect();
    for (name, text) in [("empty", ""), ("latin", &latin), ("lines", "a\tb\nc\r\nd")] {
        let row = Row::new()
            .with("filetype", name)
            .with("description", text.trim_end());
        put(&*store, &FILE_TYPE, &row);
        let query = Query::of(&FILE_TYPE).with_all(row.clone());
        assert_eq!(rows(&*store, &query), [row]);
    }
}

pub(super) fn texts_beyond_latin_1_are_kept_or_refused(open: &Open<'_>) {
    let store = open();
    for name in ["鼻", "nez 🐁", "nos\u{308}e", "Ω"] {
        let row = Row::new().with("body_part", name);
        let stored = store.write(|rows| rows.insert(&TRACKED_BODY_PART, &row));
        let query = Query::of(&TRACKED_BODY_PART).with_all(row.clone());
        if stored.is_ok() {
            assert_eq!(rows(&*store, &query), [row]);
        } else {
            assert!(all(&*store, &TRACKED_BODY_PART).is_empty());
        }
    }
}

pub(super) fn texts_with_quotes_are_only_texts(open: &Open<'_>) {
    let store = open();
    put(&*store, &SESSION, &Row::new().with("session_name", "kept"));
    let texts = [
        "'; DROP TABLE session; --",
        "\"",
        "`",
        "\\",
        "?",
        "%s",
        ":x",
        "%",
        "_",
    ];
    for text in texts {
        let row = Row::new().with("filetype", text).with("description", text);
        put(&*store, &FILE_TYPE, &row);
        let query = Query::of(&FILE_TYPE).with_all(row.clone());
        assert_eq!(rows(&*store, &query), [row]);
    }
    assert_eq!(all(&*store, &SESSION).len(), 1);
}

pub(super) fn dates_of_any_year_come_back(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    let key = sample::row(&TRACKING_RAW, 0).key(&TRACKING_RAW);
    for text in [
        "1700-01-01 00:00:00",
        "1969-12-31 23:59:59",
        "2022-03-27 02:30:00", // Not there in zones with summer time.
        "2038-01-19 03:14:08",
        "2200-12-31 23:59:59",
    ] {
        let time: DateTime = text.parse().expect("a time");
        let changes = Row::new().with("start_time", Cell::DateTime(time));
        let count = store.write(|rows| rows.update(&TRACKING_RAW, &key, &changes));
        assert_eq!(count.expect("the time can be changed"), 1);
        let query = Query::of(&TRACKING_RAW).with("start_time", Cell::DateTime(time));
        let found = rows(&*store, &query);
        assert_eq!(found.len(), 1, "{text} is found");
        assert_eq!(found[0].cell("start_time"), Some(&Cell::DateTime(time)));
    }
}

pub(super) fn a_uuid_comes_back_and_is_found(open: &Open<'_>) {
    let store = open();
    put(
        &*store,
        &DLC_TRACKING_TYPE,
        &sample::row(&DLC_TRACKING_TYPE, 0),
    );
    for (name, bytes) in [
        ("zero", [0; 16]),
        ("blanks", *b"0123456789    \0\0"),
        ("high", [0xfe; 16]),
    ] {
        let mut row = sample::row(&DLC_TRACKING_PROCESSING_METHOD, 0);
        row.set("dlc_tracking_processing_method", name);
        row.set("param_hash", Cell::Uuid(bytes));
        put(&*store, &DLC_TRACKING_PROCESSING_METHOD, &row);
        let query =
            Query::of(&DLC_TRACKING_PROCESSING_METHOD).with("param_hash", Cell::Uuid(bytes));
        assert_eq!(rows(&*store, &query), [row], "{name}");
    }
}
