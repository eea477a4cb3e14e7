//! Several processes on one file.

use std::{
    env,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use dlc_schema::{
    Cell, Query, Row, SqliteStore, StoreError, StoreExt, Transaction,
    tables::{EXPERIMENT_TYPE, JOBS, RECORDING, SESSION},
};

/// How a process learns which file it works on.
const FILE: &str = "DLC_SCHEMA_TEST_FILE";

/// Starts one of the tests below that are work for a process.
fn start(work: &str, path: &Path) -> Child {
    Command::new(env::current_exe().expect("this program"))
        .args(["--exact", work, "--ignored", "--nocapture"])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts again")
}

fn store_of_this_process() -> SqliteStore {
    let path = env::var_os(FILE).expect("another test starts this one");
    SqliteStore::create(path).expect("the file opens")
}

#[test]
fn processes_make_one_file_and_lose_nothing() {
    const PROCESSES: usize = 4;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    // None of them finds the file: one makes it, the others wait.
    let processes: Vec<_> = (0..PROCESSES)
        .map(|_| start("count_to_25", &path))
        .collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.contains("1 passed"),
            "{said}"
        );
    }

    let store = SqliteStore::open(&path).unwrap();
    let jobs = store.rows(&Query::of(&JOBS)).unwrap();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].cell("pid"), Some(&Cell::Int(25 * 4)));
}

#[test]
#[ignore = "work for a process that the test above starts"]
fn count_to_25() {
    let store = store_of_this_process();
    let counter = Row::new().with("table_name", "t").with("key_hash", "h");
    let made = store.write(|rows| rows.insert(&JOBS, &counter.clone().with("status", "ignore")));
    assert!(made.is_ok() || made.unwrap_err().is_duplicate());
    for _ in 0..25 {
        let add = |rows: &mut dyn Transaction| -> Result<u64, StoreError> {
            let found = rows.select(&Query::of(&JOBS).only(&["pid"]))?;
            let Some(Cell::Int(number)) = found[0].cell("pid") else {
                panic!("{found:?}");
            };
            rows.update(&JOBS, &counter, &Row::new().with("pid", number + 1))
        };
        assert_eq!(store.write(add).unwrap(), 1);
    }
}

#[test]
fn a_killed_process_leaves_whole_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.sqlite");
    let store = SqliteStore::create(&path).unwrap();
    let kind = Row::new().with("experiment_type", "e");
    store
        .write(|rows| rows.insert(&EXPERIMENT_TYPE, &kind))
        .unwrap();

    let (mut said, mut killed) = (0, 0);
    for pause in [30, 45, 60, 75, 90, 105, 120, 135, 150, 165] {
        let mut process = start("insert_until_killed", &path);
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let first = lines
            .by_ref()
            .map(Result::unwrap)
            .find(|line| is_count(line));
        thread::sleep(Duration::from_millis(pause));
        process.kill().unwrap();
        let status = process.wait().unwrap();
        killed += usize::from(!status.success());
        // A line may be cut by the kill, and is none then.
        let last = lines
            .map_while(Result::ok)
            .filter(|line| is_count(line))
            .last();
        said += count(&last.or(first).expect("it inserts before it is killed"));

        let found = |table| store.rows(&Query::of(table)).unwrap().len();
        let (sessions, recordings) = (found(&SESSION), found(&RECORDING));
        assert_eq!(sessions, recordings, "a half transaction");
        assert!(
            sessions >= said,
            "{said} were committed, {sessions} are there"
        );
        said = sessions;
    }
    assert_eq!(killed, 10);
    println!("10 processes killed, {said} transactions there");
}

fn is_count(line: &str) -> bool {
    line.starts_with("done ") && line.ends_with('.')
}

fn count(line: &str) -> usize {
    let count = line.trim_start_matches("done ").trim_end_matches('.');
    count.parse().expect("a number")
}

#[test]
#[ignore = "work for a process that the test above kills"]
fn insert_until_killed() {
    let store = store_of_this_process();
    for done in 1.. {
        // Each process has names of its own.
        let name = format!("{:x}_{done}", std::process::id());
        let session = Row::new().with("session_name", name);
        let recording = session
            .clone()
            .with("recording_order", 0)
            .with("recording_name", "r")
            .with("experiment_type", "e");
        let both = store.write(|rows| {
            rows.insert(&SESSION, &session)?;
            rows.insert(&RECORDING, &recording)
        });
        both.unwrap();
        println!("done {done}.");
    }
}
