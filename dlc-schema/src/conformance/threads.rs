//! Many at once.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{Open, part, parts, put, sample};
use crate::{
    Cell, Query, Row, Store, StoreError, StoreExt, Transaction,
    tables::{JOBS, TRACKED_BODY_PART},
};

/// How many threads work beside each other.
const THREADS: usize = 4;

fn handles(open: &Open<'_>) -> Vec<Box<dyn Store>> {
    (0..THREADS).map(|_| open()).collect()
}

pub(super) fn of_two_that_insert_the_same_key_one_wins(open: &Open<'_>) {
    let handles = handles(open);
    for round in 0..10 {
        let row = part(&format!("part{round}"));
        let start = Barrier::new(handles.len());
        let insert = |store: &dyn Store| {
            start.wait();
            match store.write(|rows| rows.insert(&TRACKED_BODY_PART, &row)) {
                Ok(()) => true,
                Err(error) if error.is_duplicate() => false,
                Err(error) => panic!("expected a duplicate: {error:?}"),
            }
        };
        let won = at_once(&handles, insert);
        assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
    }
    assert_eq!(parts(&*open()).len(), 10);
}

/// Does work with every handle, each in a thread of its own.
fn at_once<T: Send>(handles: &[Box<dyn Store>], work: impl Fn(&dyn Store) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let threads: Vec<_> = handles
            .iter()
            .map(|store| scope.spawn(move || work(&**store)))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| thread.join();
        let results = threads.into_iter().map(join);
        results
            .map(|result| result.expect("the thread ends well"))
            .collect()
    })
}

/// Looks at a number and adds one if nobody has meanwhile; returns whether that was so.
fn add_one(store: &dyn Store) -> bool {
    let query = Query::of(&JOBS).only(&["pid"]);
    let seen = super::rows(store, &query).remove(0);
    let Some(Cell::Int(number)) = seen.cell("pid") else {
        panic!("expected a number, found {seen}");
    };
    // Time for the others to look as well.
    thread::sleep(Duration::from_millis(1));
    let changes = Row::new().with("pid", number + 1);
    let changed = store.write(|rows| rows.update(&JOBS, &seen, &changes));
    changed.expect("the number can be changed") == 1
}

pub(super) fn no_change_on_a_condition_is_lost(open: &Open<'_>) {
    const EACH: usize = 25;
    let handles = handles(open);
    put(&*handles[0], &JOBS, &sample::row(&JOBS, 0));
    at_once(&handles, |store| {
        let mut added = 0;
        while added < EACH {
            added += usize::from(add_one(store));
        }
    });
    let query = Query::of(&JOBS).with("pid", (THREADS * EACH) as i64);
    assert_eq!(super::rows(&*open(), &query).len(), 1);
}

pub(super) fn threads_in_each_others_way_all_end(open: &Open<'_>) {
    const EACH: usize = 10;
    let handles = handles(open);
    for hash in ["a", "b"] {
        let row = sample::row(&JOBS, 0).with("key_hash", hash);
        put(&*handles[0], &JOBS, &row);
    }
    let one = |rows: &mut dyn Transaction, hash: &str, user: &str| {
        let changes = Row::new().with("user", user);
        rows.update(&JOBS, &Row::new().with("key_hash", hash), &changes)
    };
    let handles: Vec<_> = handles.into_iter().enumerate().collect();
    thread::scope(|scope| {
        for (place, store) in &handles {
            let order = if place % 2 == 0 {
                ["a", "b"]
            } else {
                ["b", "a"]
            };
            scope.spawn(move || {
                for _ in 0..EACH {
                    let user = place.to_string();
                    let both = || {
                        store.write(|rows| -> Result<(), StoreError> {
                            order
                                .iter()
                                .try_for_each(|hash| one(rows, hash, &user).map(drop))
                        })
                    };
                    // `write` gives up after some tries; whoever waits longer gets there.
                    let mut tries = (0..50).map(|_| both());
                    assert!(tries.any(|done| done.is_ok()), "it never gets through");
                }
            });
        }
    });
    let users = super::all(&*open(), &JOBS);
    assert_eq!(users[0].cell("user"), users[1].cell("user"));
}

pub(super) fn readers_do_not_keep_a_writer_waiting(open: &Open<'_>) {
    let handles = handles(open);
    put(&*handles[0], &TRACKED_BODY_PART, &part("nose"));
    let done = AtomicBool::new(false);
    let deadline = Instant::now() + Duration::from_secs(30);
    let (writer, readers) = handles.split_first().expect("there are handles");
    thread::scope(|scope| {
        for reader in readers {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) && Instant::now() < deadline {
                    assert!(!parts(&**reader).is_empty());
                }
            });
        }
        for place in 0..20 {
            put(
                &**writer,
                &TRACKED_BODY_PART,
                &part(&format!("part{place}")),
            );
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(
        Instant::now() < deadline,
        "the writer waited for the readers"
    );
    assert_eq!(parts(&*open()).len(), 21);
}

pub(super) fn many_threads_share_a_handle(open: &Open<'_>) {
    const EACH: usize = 10;
    let store = open();
    let names: Vec<usize> = (0..THREADS).collect();
    thread::scope(|scope| {
        for name in &names {
            let store = &store;
            scope.spawn(move || {
                for place in 0..EACH {
                    put(
                        &**store,
                        &TRACKED_BODY_PART,
                        &part(&format!("part{name}_{place}")),
                    );
                    assert!(!parts(&**store).is_empty());
                }
            });
        }
    });
    assert_eq!(parts(&*store).len(), THREADS * EACH);
}
