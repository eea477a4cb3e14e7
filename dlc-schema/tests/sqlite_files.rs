//! Files that are full, cut, broken or somebody else's.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc_schema::{
    Access, Cell, OpenSqliteErrorKind, Query, Row, SqliteOptions, SqliteStore, Store, StoreError,
    StoreErrorKind, StoreExt,
    tables::{DLC_MODEL, JOBS, TABLES, TRACKED_BODY_PART},
};
use rusqlite::Connection;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.sqlite");
    (folder, path)
}

fn refused(path: &Path) -> OpenSqliteErrorKind {
    let error = SqliteStore::open(path).expect_err("the file is refused");
    assert!(error.to_string().contains("store.sqlite"), "{error}");
    let (text, source) = (
        error.to_string(),
        error.source().expect("a reason").to_string(),
    );
    assert!(!text.contains(&source), "{text}: {source}");
    error.into_kind()
}

fn model(name: &str, bytes: usize) -> Row {
    Row::new()
        .with("dlc_model", name)
        .with("dlc_task", "task")
        .with("dlc_date", "Jun30")
        .with("dlc_iteration", 0)
        .with("dlc_snapshotindex", -1)
        .with("dlc_shuffle", 1)
        .with("dlc_trainingsetindex", 0)
        .with("dlc_scorer", "scorer")
        .with("dlc_cfg_template", Cell::Blob(vec![7; bytes]))
}

#[test]
fn a_file_is_made_unless_it_must_be_there() {
    let (_folder, path) = place();
    let options = SqliteOptions::default().with_create(false);
    let error = SqliteStore::open_with(&path, options).unwrap_err();
    assert!(
        matches!(error.kind(), OpenSqliteErrorKind::Missing),
        "{error:?}"
    );
    assert!(!path.exists());

    SqliteStore::open(&path).unwrap();
    SqliteStore::open_with(&path, options).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let (folder, _) = place();
    let kind = refused(&folder.path().join("none/store.sqlite"));
    let is_right = matches!(
        &kind,
        OpenSqliteErrorKind::Store(StoreErrorKind::Unavailable(_))
    );
    assert!(is_right, "{kind:?}");
}

#[test]
fn a_file_that_is_no_database_stays_as_it_is() {
    let (_folder, path) = place();
    for content in ["scorer,DLC_resnet50", &"x".repeat(10_000)] {
        fs::write(&path, content).unwrap();
        let kind = refused(&path);
        assert!(
            matches!(kind, OpenSqliteErrorKind::NotADatabase),
            "{kind:?}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
}

#[test]
fn a_database_of_another_program_stays_as_it_is() {
    for setup in [
        "CREATE TABLE bookmarks (url TEXT)",
        "PRAGMA application_id = 252006674; CREATE TABLE track (name TEXT)",
        "PRAGMA user_version = 7; CREATE TABLE session (id)",
    ] {
        let (_folder, path) = place();
        Connection::open(&path)
            .unwrap()
            .execute_batch(setup)
            .unwrap();
        let before = fs::read(&path).unwrap();

        let kind = refused(&path);

        assert!(
            matches!(kind, OpenSqliteErrorKind::Foreign { .. }),
            "{kind:?}"
        );
        assert!(fs::read(&path).unwrap() == before);
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    let (_folder, path) = place();
    SqliteStore::open(&path).unwrap();
    let newer = "PRAGMA user_version = 1000";
    Connection::open(&path)
        .unwrap()
        .execute_batch(newer)
        .unwrap();

    let kind = refused(&path);

    let OpenSqliteErrorKind::Newer { newest, found } = kind else {
        panic!("{kind:?}");
    };
    assert_eq!((newest, found), (1, 1000));
}

#[test]
fn a_table_that_is_another_is_named() {
    let (_folder, path) = place();
    SqliteStore::open(&path).unwrap();
    let other = "ALTER TABLE `dlc_model` ADD COLUMN `x` TEXT".replace("dlc_model", "d_l_c_model");
    Connection::open(&path)
        .unwrap()
        .execute_batch(&other)
        .unwrap();
    let kind = refused(&path);
    let OpenSqliteErrorKind::Layout { name, .. } = kind else {
        panic!("{kind:?}");
    };
    assert_eq!(name, "d_l_c_model");

    let (_folder, path) = place();
    SqliteStore::open(&path).unwrap();
    let gone = "DROP TABLE `~jobs`";
    Connection::open(&path)
        .unwrap()
        .execute_batch(gone)
        .unwrap();
    let kind = refused(&path);
    let is_right = matches!(kind, OpenSqliteErrorKind::MissingTable { table: "~jobs" });
    assert!(is_right, "{kind:?}");
}

#[test]
fn what_is_committed_is_there_when_the_file_is_opened_again() {
    let (_folder, path) = place();
    for number in 0..3 {
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.rows(&Query::of(&DLC_MODEL)).unwrap().len(), number);
        let row = model(&number.to_string(), 100_000);
        store.write(|rows| rows.insert(&DLC_MODEL, &row)).unwrap();
    }
}

#[test]
fn other_programs_can_read_the_rows_and_are_held_to_the_rules() {
    let (_folder, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let row = Row::new()
        .with("table_name", "__tracking")
        .with("key_hash", "a")
        .with("status", "reserved");
    store.write(|rows| rows.insert(&JOBS, &row)).unwrap();

    let other = Connection::open(&path).unwrap();
    let read = "SELECT timestamp BETWEEN datetime('now', '-1 minute') AND datetime('now') \
                FROM `~jobs` WHERE status = 'reserved'";
    let is_now: bool = other.query_row(read, [], |row| row.get(0)).unwrap();
    assert!(is_now);
    for wrong in [
        "UPDATE `~jobs` SET status = 'done'",
        "UPDATE `~jobs` SET pid = 'x'",
        "UPDATE `~jobs` SET pid = -1",
        "UPDATE `~jobs` SET timestamp = 'yesterday'",
        "UPDATE `~jobs` SET timestamp = '2022-02-30 00:00:00'",
        "INSERT INTO `#tracked_body_part` VALUES ('a name that is longer than 32 letters')",
        "INSERT INTO `#tracked_body_part` VALUES (NULL)",
    ] {
        assert!(other.execute_batch(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_full_file_keeps_what_it_had_and_takes_nothing_half() {
    let (_folder, path) = place();
    let pages = {
        SqliteStore::open(&path).unwrap();
        u32::try_from(fs::metadata(&path).unwrap().len() / 4096).unwrap()
    };
    let options = SqliteOptions::default().with_max_pages(pages + 50);
    let store = SqliteStore::open_with(&path, options).unwrap();
    let insert = |name: &str, bytes| {
        store.write(|rows| {
            rows.insert(&TRACKED_BODY_PART, &Row::new().with("body_part", name))?;
            rows.insert(&DLC_MODEL, &model(name, bytes))
        })
    };
    insert("small", 50_000).unwrap();

    let error = insert("large", 500_000).unwrap_err();

    assert!(matches!(error.kind(), StoreErrorKind::Full(_)), "{error:?}");
    assert!(!error.is_transient());
    for store in [store, SqliteStore::open(&path).unwrap()] {
        let count = |table| store.rows(&Query::of(table)).unwrap().len();
        assert_eq!((count(&DLC_MODEL), count(&TRACKED_BODY_PART)), (1, 1));
        // There is room again for what is small.
        let part = Row::new().with("body_part", "nose");
        store
            .write(|rows| rows.insert(&TRACKED_BODY_PART, &part))
            .unwrap();
        store
            .write(|rows| rows.delete(&TRACKED_BODY_PART, &part))
            .unwrap();
    }
}

#[test]
fn a_transaction_that_met_a_full_file_is_over() {
    let (_folder, path) = place();
    SqliteStore::open(&path).unwrap();
    let options = SqliteOptions::default().with_max_pages(1); // As many as there are already.
    let store = SqliteStore::open_with(&path, options).unwrap();
    let part = |name| Row::new().with("body_part", name);

    let mut rows = store.begin(Access::Write).unwrap();
    rows.insert(&TRACKED_BODY_PART, &part("before")).unwrap();
    let full = rows
        .insert(&DLC_MODEL, &model("large", 500_000))
        .unwrap_err();
    assert!(matches!(full.kind(), StoreErrorKind::Full(_)), "{full:?}");
    // Whoever does not listen must not store the rest of what failed.
    let after = rows.insert(&TRACKED_BODY_PART, &part("after"));
    let committed = rows.commit();

    assert!(after.is_err() && committed.is_err());
    assert_eq!(store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap(), []);
    // The next one is as any other.
    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part("next")))
        .unwrap();
}

/// Opens a file that may be broken and does all with it that can be done.
fn use_all(path: &Path) -> Result<usize, Box<dyn Error>> {
    let store = SqliteStore::open(path)?;
    let mut count = 0;
    for table in TABLES {
        count += store.rows(&Query::of(table))?.len();
    }
    store.write(|rows| -> Result<(), StoreError> {
        rows.insert(&TRACKED_BODY_PART, &Row::new().with("body_part", "new"))?;
        let changes = Row::new().with("dlc_scorer", "another");
        rows.update(&DLC_MODEL, &Row::new(), &changes)?;
        rows.delete(&DLC_MODEL, &Row::new().with("dlc_model", "1"))?;
        Ok(())
    })?;
    Ok(count)
}

/// Returns the bytes of a file with some rows, all of them in the file itself.
fn filled(path: &Path) -> Vec<u8> {
    let store = SqliteStore::open(path).expect("the file opens");
    for number in 0..20 {
        let name = number.to_string();
        let inserted = store.write(|rows| {
            rows.insert(&TRACKED_BODY_PART, &Row::new().with("body_part", &*name))?;
            rows.insert(&DLC_MODEL, &model(&name, 3_000))
        });
        inserted.expect("rows are taken");
    }
    drop(store);
    fs::read(path).expect("the file can be read")
}

/// Removes a file and what SQLite keeps beside it.
fn write_anew(path: &Path, bytes: &[u8]) {
    for end in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        drop(fs::remove_file(name));
    }
    fs::write(path, bytes).expect("the file can be written");
}

#[test]
fn files_that_are_cut_are_errors() {
    let (_folder, path) = place();
    let bytes = filled(&path);
    let step = 2_345;
    let mut refused = 0;
    // An empty file is a new one, whoever has emptied it.
    for length in (1..bytes.len()).step_by(step) {
        write_anew(&path, &bytes[..length]);
        if let Err(error) = use_all(&path) {
            refused += 1;
            assert!(error.source().is_some(), "{error:?}");
        }
    }
    let tried = (bytes.len() - 1).div_ceil(step);
    assert!(tried > 60, "{tried} files");
    // The last page may be one that nothing is in.
    assert!(refused + 5 >= tried, "{refused} of {tried} were refused");
}

#[test]
fn bytes_that_are_turned_are_errors_or_other_rows_but_no_panic() {
    let (_folder, path) = place();
    let bytes = filled(&path);
    let (mut refused, mut place) = (0, 1_u64);
    for _ in 0..200 {
        let mut broken = bytes.clone();
        for _ in 0..8 {
            place = place
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let index = usize::try_from(place >> 33).unwrap() % broken.len();
            broken[index] ^= 1 << (place >> 60 & 7);
        }
        write_anew(&path, &broken);
        refused += usize::from(use_all(&path).is_err());
    }
    println!("{refused} of 200 broken files were refused");
    assert!(refused > 20, "{refused} were refused");
}
