//! What a query finds.

use super::{Open, part, parts, put, rows, sample};
use crate::{
    Cell, Query, Row, Store, StoreErrorKind, StoreExt,
    tables::{
        DATASET, DATASET_TYPE, DLC_MODEL, DLC_PREDICTION, EXPERIMENT_TYPE, JOBS, RECORDING,
        RECORDING_DATA, SESSION, TRACKED_BODY_PART, TRACKING_RAW,
    },
};

/// Sessions, orders and recordings, in the order of their keys.
const RECORDINGS: [(&str, i64, &str); 5] = [
    ("a", -2, "z"),
    ("a", 0, "x"),
    ("a", 0, "y"),
    ("a", 10, "x"),
    ("b", -7, "x"),
];

fn recording((session, order, name): (&str, i64, &str)) -> Row {
    Row::new()
        .with("session_name", session)
        .with("recording_order", order)
        .with("recording_name", name)
}

/// Fills recordings, last first, each with two datasets of which one is a video, and predicts the
/// videos of session `b`.
fn put_recordings(store: &dyn Store) {
    let named = |attribute, name: &str| Row::new().with(attribute, name);
    let model = sample::row(&DLC_MODEL, 0).with("dlc_model", "m");
    put(store, &DLC_MODEL, &model);
    put(store, &EXPERIMENT_TYPE, &named("experiment_type", "e"));
    for name in ["b", "a"] {
        put(store, &SESSION, &named("session_name", name));
    }
    for name in ["video", "tif"] {
        let row = named("datasettype", name).with("description", "");
        put(store, &DATASET_TYPE, &row);
    }
    for (place, recording) in RECORDINGS.iter().enumerate().rev() {
        let key = self::recording(*recording);
        put(store, &RECORDING, &key.clone().with("experiment_type", "e"));
        for kind in ["video", "tif"] {
            let dataset = named("dataset_name", &format!("{kind}{place}"));
            put(store, &DATASET, &dataset.clone().with("datasettype", kind));
            let row = key.clone().and(dataset);
            put(store, &RECORDING_DATA, &row);
            if (recording.0, kind) == ("b", "video") {
                put(store, &DLC_PREDICTION, &row.with("dlc_model", "m"));
            }
        }
    }
}

fn names(store: &dyn Store, query: &Query, attribute: &str) -> Vec<String> {
    let name = |row: Row| row.cell(attribute).map(ToString::to_string);
    rows(store, query).into_iter().filter_map(name).collect()
}

pub(super) fn rows_come_in_the_order_of_their_keys(open: &Open<'_>) {
    let store = open();
    put_recordings(&*store);
    assert_eq!(
        rows(&*store, &Query::of(&RECORDING).keys()),
        RECORDINGS.map(recording)
    );
    for name in ["tail", "left_ear", "right_ear", "nose", "left_ear2"] {
        put(&*store, &TRACKED_BODY_PART, &part(name));
    }
    let sorted = ["left_ear", "left_ear2", "nose", "right_ear", "tail"];
    assert_eq!(parts(&*store), sorted);
}

pub(super) fn a_limit_takes_the_first_rows(open: &Open<'_>) {
    let store = open();
    put_recordings(&*store);
    let query = Query::of(&RECORDING).keys();
    for limit in [0, 1, 3, 5, 6, usize::MAX] {
        let found = rows(&*store, &query.clone().limit(limit));
        let expected: Vec<_> = RECORDINGS.into_iter().take(limit).map(recording).collect();
        assert_eq!(found, expected, "{limit}");
    }
    let query = Query::of(&RECORDING_DATA)
        .absent_from(Query::of(&DLC_PREDICTION))
        .present_in(Query::of(&DATASET).with("datasettype", "video"))
        .limit(2);
    assert_eq!(names(&*store, &query, "dataset_name"), ["video0", "video1"]);
}

pub(super) fn only_the_attributes_asked_for_come(open: &Open<'_>) {
    let store = open();
    sample::fill_all(&*store, 0);
    let whole = sample::row(&TRACKING_RAW, 0);
    let only: &[&[&'static str]] = &[
        &["sync"],
        &["timestamps", "start_time", "sync"],
        TRACKING_RAW.key,
    ];
    for attributes in only {
        let found = rows(&*store, &Query::of(&TRACKING_RAW).only(attributes));
        assert_eq!(found, [whole.only(attributes)]);
    }
}

pub(super) fn equal_attributes_are_found(open: &Open<'_>) {
    let store = open();
    put_recordings(&*store);
    let of = || Query::of(&RECORDING);
    let count = |query| rows(&*store, &query).len();
    assert_eq!(count(of().with("session_name", "a")), 4);
    let first = of().with("session_name", "a").with("recording_order", 0);
    assert_eq!(count(first.clone()), 2);
    assert_eq!(count(first.with("recording_name", "y")), 1);
    assert_eq!(count(of().with("experiment_type", "e")), 5);
    assert_eq!(count(of().with("experiment_type", "")), 0);
    assert_eq!(count(of().with_all(recording(("b", -2, "z")))), 0);
}

pub(super) fn null_is_found(open: &Open<'_>) {
    let store = open();
    let job = |hash: &str, key| {
        let row = sample::row(&JOBS, 0).with("key_hash", hash);
        put(&*store, &JOBS, &row.with("key", key));
    };
    job("a", Cell::Null);
    job("b", Cell::Blob(Vec::new()));
    job("c", Cell::Null);
    let query = Query::of(&JOBS).with("key", Cell::Null);
    assert_eq!(names(&*store, &query, "key_hash"), ["a", "c"]);
    let query = Query::of(&JOBS).with("key", Cell::Blob(Vec::new()));
    assert_eq!(names(&*store, &query, "key_hash"), ["b"]);
}

pub(super) fn rows_that_are_present_elsewhere_are_found(open: &Open<'_>) {
    let store = open();
    put_recordings(&*store);
    let query = Query::of(&RECORDING_DATA).present_in(Query::of(&DLC_PREDICTION));
    assert_eq!(names(&*store, &query, "dataset_name"), ["video4"]);

    let video = || Query::of(&DATASET).with("datasettype", "video");
    let query = Query::of(&RECORDING_DATA)
        .with("session_name", "a")
        .present_in(video());
    let expected = ["video0", "video1", "video2", "video3"];
    assert_eq!(names(&*store, &query, "dataset_name"), expected);

    let query =
        Query::of(&RECORDING).present_in(Query::of(&RECORDING_DATA).with("dataset_name", "tif2"));
    assert_eq!(names(&*store, &query, "recording_name"), ["y"]);

    let tif = Query::of(&DATASET).with("datasettype", "tif");
    let both = Query::of(&RECORDING_DATA)
        .present_in(video())
        .present_in(tif);
    assert!(rows(&*store, &both).is_empty());
}

pub(super) fn rows_that_are_absent_elsewhere_are_found(open: &Open<'_>) {
    let store = open();
    put_recordings(&*store);
    let query = Query::of(&RECORDING_DATA)
        .with("session_name", "b")
        .absent_from(Query::of(&DLC_PREDICTION));
    assert_eq!(names(&*store, &query, "dataset_name"), ["tif4"]);

    let query = Query::of(&SESSION).absent_from(Query::of(&DLC_PREDICTION));
    assert_eq!(names(&*store, &query, "session_name"), ["a"]);

    let query = Query::of(&SESSION)
        .absent_from(Query::of(&DLC_PREDICTION))
        .absent_from(Query::of(&RECORDING).with("recording_order", 10));
    assert!(rows(&*store, &query).is_empty());
}

pub(super) fn queries_in_queries_are_obeyed(open: &Open<'_>) {
    let store = open();
    put_recordings(&*store);
    // Recordings with data that is a video and was not predicted.
    let pending = Query::of(&RECORDING_DATA)
        .present_in(Query::of(&DATASET).with("datasettype", "video"))
        .absent_from(Query::of(&DLC_PREDICTION).with("dlc_model", "m"));
    let query = Query::of(&RECORDING).present_in(pending.clone()).keys();
    assert_eq!(rows(&*store, &query), RECORDINGS.map(recording)[..4]);

    let query = Query::of(&SESSION).absent_from(pending);
    assert_eq!(names(&*store, &query, "session_name"), ["b"]);

    // Types of datasets that no recording of session `a` and order 0 lacks, three levels deep.
    let first = Query::of(&RECORDING).with("recording_order", 10);
    let data = Query::of(&RECORDING_DATA).present_in(first);
    let dataset = Query::of(&DATASET)
        .with("datasettype", "tif")
        .present_in(data);
    let query = Query::of(&DATASET_TYPE).present_in(dataset.clone());
    assert_eq!(names(&*store, &query, "datasettype"), ["tif"]);
    assert_eq!(names(&*store, &dataset, "dataset_name"), ["tif3"]);
}

/// As in DataJoint: nothing to tell rows apart by, so that any row of the other table belongs.
pub(super) fn tables_without_shared_attributes_are_all_or_nothing(open: &Open<'_>) {
    let store = open();
    put(&*store, &TRACKED_BODY_PART, &part("nose"));
    let present = Query::of(&TRACKED_BODY_PART).present_in(Query::of(&SESSION));
    let absent = Query::of(&TRACKED_BODY_PART).absent_from(Query::of(&SESSION));
    assert_eq!(rows(&*store, &present).len(), 0);
    assert_eq!(rows(&*store, &absent).len(), 1);
    put(&*store, &SESSION, &Row::new().with("session_name", "a"));
    assert_eq!(rows(&*store, &present).len(), 1);
    assert_eq!(rows(&*store, &absent).len(), 0);
}

pub(super) fn an_attribute_that_is_not_there_cannot_be_asked_for(open: &Open<'_>) {
    let store = open();
    let wrong = || Query::of(&SESSION).with("session", "a");
    for query in [
        wrong(),
        Query::of(&SESSION).only(&["session_name", "1; DROP TABLE session"]),
        Query::of(&RECORDING).present_in(wrong()),
        Query::of(&RECORDING).absent_from(Query::of(&RECORDING).present_in(wrong())),
        Query::of(&SESSION).with("session_name", 1),
        Query::of(&SESSION).with("session_name", Cell::Null),
    ] {
        let error = store.rows(&query).expect_err("there is no such attribute");
        assert!(matches!(error.kind(), StoreErrorKind::Row(_)), "{error:?}");
    }
}
