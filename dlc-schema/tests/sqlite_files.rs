//! Files that are full, cut, broken or somebody else's.

use std::{
    error::Error,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
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

/// Opens a file in each way, which must be refused, and leave the folder as it is.
fn refused_in_each_way(path: &Path) -> Vec<OpenSqliteErrorKind> {
    let before = state(path);
    let options = SqliteOptions::default;
    let kinds = [
        options().open(path),
        options().create(path),
        options().open_read_only(path),
    ]
    .map(|opened| opened.expect_err("the file is refused").into_kind());
    assert_eq!(state(path), before);
    kinds.into()
}

/// Returns all files beside a path, with their bytes and when they changed.
fn state(path: &Path) -> Vec<(OsString, Vec<u8>, SystemTime)> {
    let folder = fs::read_dir(path.parent().expect("a folder")).expect("it can be read");
    let mut files: Vec<_> = folder
        .map(|entry| {
            let entry = entry.expect("an entry");
            let changed = entry.metadata().and_then(|of| of.modified());
            let bytes = fs::read(entry.path()).unwrap_or_default();
            (entry.file_name(), bytes, changed.expect("a time"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_file_is_made_only_where_that_is_asked_for() {
    let (folder, path) = place();
    for missing in [SqliteStore::open(&path), SqliteStore::open_read_only(&path)] {
        let kind = missing.unwrap_err().into_kind();
        assert!(matches!(kind, OpenSqliteErrorKind::Missing), "{kind:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    drop(SqliteStore::create(&path).unwrap());
    // The file alone is the store: nothing is left of how it was made.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    SqliteStore::open(&path).unwrap();
    SqliteStore::create(&path).unwrap();
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let (folder, _) = place();
    let path = folder.path().join("none/store.sqlite");
    assert!(matches!(refused(&path), OpenSqliteErrorKind::Missing));
    let kind = SqliteStore::create(&path).unwrap_err().into_kind();
    let is_right = matches!(
        &kind,
        OpenSqliteErrorKind::Store(StoreErrorKind::Unavailable(_))
    );
    assert!(is_right, "{kind:?}");
}

#[test]
fn an_empty_file_stays_empty() {
    for name in ["store.sqlite", "notes.txt", "video.mp4", "sub.sqlite-wal"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, "").unwrap();
        for kind in refused_in_each_way(&path) {
            assert!(matches!(kind, OpenSqliteErrorKind::Empty), "{kind:?}");
        }
    }
}

#[test]
fn what_is_no_file_is_refused() {
    let (folder, path) = place();
    fs::create_dir(&path).unwrap();
    for kind in refused_in_each_way(&path) {
        assert!(matches!(kind, OpenSqliteErrorKind::NotAFile), "{kind:?}");
    }
    // A pipe nobody writes into would be waited for.
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    if made.is_ok_and(|status| status.success()) {
        let kind = SqliteStore::open_read_only(&pipe).unwrap_err().into_kind();
        assert!(matches!(kind, OpenSqliteErrorKind::NotAFile), "{kind:?}");
    }
}

#[test]
fn whoever_only_looks_changes_nothing() {
    let (_folder, path) = place();
    let store = SqliteStore::create(&path).unwrap();
    let part = Row::new().with("body_part", "nose");
    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part))
        .unwrap();
    drop(store);
    let before = state(&path);
    assert_eq!(before.len(), 1);

    let store = SqliteStore::open_read_only(&path).unwrap();
    let parts = store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap();
    assert_eq!(parts, [part]);
    let error = store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &Row::new().with("body_part", "ear")))
        .unwrap_err();
    assert!(
        matches!(error.kind(), StoreErrorKind::Denied(_)),
        "{error:?}"
    );
    drop(store);

    assert_eq!(state(&path), before);
}

#[test]
fn whoever_looks_sees_what_others_write_meanwhile() {
    let (_folder, path) = place();
    let writer = SqliteStore::create(&path).unwrap();
    let reader = SqliteStore::open_read_only(&path).unwrap();
    for (count, name) in ["nose", "ear", "tail"].into_iter().enumerate() {
        let part = Row::new().with("body_part", name);
        writer
            .write(|rows| rows.insert(&TRACKED_BODY_PART, &part))
            .unwrap();
        let parts = reader.rows(&Query::of(&TRACKED_BODY_PART)).unwrap();
        assert_eq!(parts.len(), count + 1);
    }
}

#[test]
fn an_older_file_is_brought_up_to_date_by_who_writes_alone() {
    let (_folder, path) = place();
    drop(SqliteStore::create(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE `~dlc_video_starts`; PRAGMA user_version = 1")
        .unwrap();
    let before = state(&path);
    let kind = SqliteStore::open_read_only(&path).unwrap_err().into_kind();
    let is_right = matches!(
        kind,
        OpenSqliteErrorKind::Older {
            newest: 2,
            found: 1
        }
    );
    assert!(is_right, "{kind:?}");
    assert_eq!(state(&path), before);

    drop(SqliteStore::open(&path).unwrap());
    assert!(SqliteStore::open_read_only(&path).is_ok());
}

/// How a process learns which file it looks at.
const LOOKED_AT: &str = "DLC_SCHEMA_TEST_LOOK";

/// Runs `look` below as a user who may read the file and not change it, with rights of the folder.
#[cfg(unix)]
fn look_without_rights(path: &Path, rights: u32) -> Option<std::process::Output> {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};

    let folder = path.parent().expect("a folder");
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
    };
    for entry in fs::read_dir(folder).expect("it can be read") {
        set(&entry.expect("an entry").path(), 0o444);
    }
    set(folder, rights);
    // Where this program lies, the other user may see nothing.
    let place = tempfile::tempdir().expect("a folder");
    let program = place.path().join("look");
    fs::copy(std::env::current_exe().expect("this program"), &program).expect("a copy");
    set(place.path(), 0o755);
    let mut command = Command::new(program);
    command
        .args(["--exact", "look", "--ignored", "--nocapture"])
        .env(LOOKED_AT, path)
        .current_dir("/");
    // Root may write everywhere.
    let is_root = fs::metadata("/proc/self").is_ok_and(|of| {
        use std::os::unix::fs::MetadataExt;
        of.uid() == 0
    });
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output();
    set(folder, 0o755);
    output.ok()
}

#[test]
#[ignore = "work for a process that a test starts as a user without rights"]
fn look() {
    let path = std::env::var_os(LOOKED_AT).expect("another test starts this one");
    let store = SqliteStore::open_read_only(&path).expect("it can be looked at");
    for _ in 0..3 {
        let parts = store.rows(&Query::of(&TRACKED_BODY_PART)).unwrap();
        println!("{} parts", parts.len());
    }
    let kind = SqliteStore::open(&path).unwrap_err().into_kind();
    println!("{kind:?}");
    assert!(matches!(kind, OpenSqliteErrorKind::ReadOnly), "{kind:?}");
}

#[test]
#[cfg(unix)]
fn a_store_in_a_folder_that_cannot_be_written_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    // A name that means something in a URI.
    let path = folder.path().join("a store?#%20.sqlite");
    let store = SqliteStore::create(&path).unwrap();
    let part = Row::new().with("body_part", "nose");
    store
        .write(|rows| rows.insert(&TRACKED_BODY_PART, &part))
        .unwrap();

    // While somebody has it open, the last changes are in the log beside it ...
    let while_open = look_without_rights(&path, 0o555);
    drop(store);
    // ... and afterwards there is none. Who may write beside the file leaves nothing there either.
    let before = state(&path);
    let alone = [0o555, 0o777].map(|rights| look_without_rights(&path, rights));
    let names = |state: &[(OsString, Vec<u8>, SystemTime)]| -> Vec<OsString> {
        state.iter().map(|(name, ..)| name.clone()).collect()
    };
    assert_eq!(names(&state(&path)), names(&before));
    assert_eq!(state(&path), before);
    for output in [while_open].into_iter().chain(alone) {
        let Some(output) = output else {
            println!("skipped: no other user can be taken");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
        assert_eq!(said.matches("1 parts").count(), 3, "{said}");
    }
}

#[test]
fn a_file_that_is_no_database_stays_as_it_is() {
    let (_folder, path) = place();
    for content in ["scorer,DLC_resnet50", &"x".repeat(10_000)] {
        fs::write(&path, content).unwrap();
        for kind in refused_in_each_way(&path) {
            assert!(
                matches!(kind, OpenSqliteErrorKind::NotADatabase),
                "{kind:?}"
            );
        }
    }
}

#[test]
fn a_database_of_another_program_stays_as_it_is() {
    for setup in [
        "CREATE TABLE bookmarks (url TEXT)",
        "PRAGMA application_id = 252006674; CREATE TABLE track (name TEXT)",
        "PRAGMA user_version = 7; CREATE TABLE session (id)",
        "PRAGMA journal_mode = wal; CREATE TABLE bookmarks (url TEXT)",
        "VACUUM",
    ] {
        let (_folder, path) = place();
        Connection::open(&path)
            .unwrap()
            .execute_batch(setup)
            .unwrap();

        for kind in refused_in_each_way(&path) {
            let is_right = matches!(kind, OpenSqliteErrorKind::Foreign { .. });
            // Some versions of SQLite write nothing for a database without tables.
            let is_empty = matches!(kind, OpenSqliteErrorKind::Empty) && setup == "VACUUM";
            assert!(is_right || is_empty, "{kind:?}");
        }
    }
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    let (_folder, path) = place();
    SqliteStore::create(&path).unwrap();
    let newer = "PRAGMA user_version = 1000";
    Connection::open(&path)
        .unwrap()
        .execute_batch(newer)
        .unwrap();

    let kind = refused(&path);

    let OpenSqliteErrorKind::Newer { newest, found } = kind else {
        panic!("{kind:?}");
    };
    assert_eq!((newest, found), (2, 1000));
}

#[test]
fn a_table_that_is_another_is_named() {
    let (_folder, path) = place();
    SqliteStore::create(&path).unwrap();
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
    SqliteStore::create(&path).unwrap();
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
        let store = SqliteStore::create(&path).unwrap();
        assert_eq!(store.rows(&Query::of(&DLC_MODEL)).unwrap().len(), number);
        let row = model(&number.to_string(), 100_000);
        store.write(|rows| rows.insert(&DLC_MODEL, &row)).unwrap();
    }
}

#[test]
fn other_programs_can_read_the_rows_and_are_held_to_the_rules() {
    let (_folder, path) = place();
    let store = SqliteStore::create(&path).unwrap();
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
        SqliteStore::create(&path).unwrap();
        u32::try_from(fs::metadata(&path).unwrap().len() / 4096).unwrap()
    };
    let options = SqliteOptions::default().with_max_pages(pages + 50);
    let store = options.open(&path).unwrap();
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
    SqliteStore::create(&path).unwrap();
    let options = SqliteOptions::default().with_max_pages(1); // As many as there are already.
    let store = options.open(&path).unwrap();
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
    let store = SqliteStore::create(path).expect("the file opens");
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
    for length in (0..bytes.len()).step_by(step) {
        write_anew(&path, &bytes[..length]);
        if let Err(error) = use_all(&path) {
            refused += 1;
            assert!(error.source().is_some(), "{error:?}");
        }
    }
    let tried = bytes.len().div_ceil(step);
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
