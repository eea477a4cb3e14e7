//! Stores and jobs: how the cost of a row, of a look at what is pending, and of a job grows with the
//! tables.

#[path = "../../dlc-schema/tests/support/fake.rs"]
#[expect(dead_code, reason = "tests use more of it")]
mod fake;
#[path = "../../dlc-schema/tests/support/pipeline.rs"]
mod pipeline;

use std::{
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering},
};

use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use dlc_schema::{
    Memory, Row, Shutdown, SqliteStore, Store, StoreError, StoreExt, Transaction,
    jobs::{Event, Source, Worker, WorkerOptions},
    make::PredictionMake,
    tables::{DLC_PREDICTION, TRACKED_BODY_PART},
};
use fake::Fake;
use pipeline::{model_name, put_recordings};
use tempfile::TempDir;

/// How many videos wait for a model.
const PENDING: [i32; 4] = [0, 100, 1_000, 10_000];
/// How many jobs of a list a worker makes before it ends.
const JOBS: [usize; 2] = [1, 21];

/// Opens an empty store of each kind; the folder is for those that are files.
fn stores() -> [(&'static str, Box<dyn Store>, Option<TempDir>); 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let file = SqliteStore::create(folder.path().join("store.sqlite")).expect("a file");
    [
        ("memory", Box::new(Memory::new()), None),
        ("sqlite", Box::new(file), Some(folder)),
    ]
}

fn insert(c: &mut Criterion) {
    let mut group = c.benchmark_group("schema/insert");
    group.sample_size(10);
    for (name, store, _folder) in stores() {
        for rows in [1, 1_000] {
            group.throughput(Throughput::Elements(rows));
            group.bench_function(format!("{name}/{rows} in a transaction"), |b| {
                b.iter_batched(
                    || empty(&*store),
                    |()| write_parts(&*store, rows),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

fn empty(store: &dyn Store) {
    let emptied = store.write(|rows| rows.delete(&TRACKED_BODY_PART, &Row::new()));
    emptied.expect("rows go");
}

fn write_parts(store: &dyn Store, count: u64) {
    let written = store.write(|rows| {
        (0..count).try_for_each(|number| {
            let row = Row::new().with("body_part", format!("part{number}"));
            rows.insert(&TRACKED_BODY_PART, black_box(&row))
        })
    });
    written.expect("rows are taken");
}

/// Opens stores with videos, all of which but some are predicted.
fn filled(
    pending: i32,
    done: i32,
) -> impl Iterator<Item = (&'static str, Box<dyn Store>, Option<TempDir>)> {
    stores().into_iter().inspect(move |(_, store, _)| {
        let jobs = put_recordings(&**store, 0..pending + done, "mouse").expect("rows are taken");
        let stored = store.write(|rows| -> Result<(), StoreError> {
            jobs.iter()
                .skip(jobs.len() - done as usize)
                .try_for_each(|job| {
                    let row = job.key().clone().with("dlc_model", "mouse");
                    rows.insert(&DLC_PREDICTION, &row)
                })
        });
        stored.expect("rows are taken");
    })
}

fn look(c: &mut Criterion) {
    let mut group = c.benchmark_group("schema/pending");
    group.sample_size(10);
    for pending in PENDING {
        for (name, store, _folder) in filled(pending, 0) {
            look_at(&mut group, &format!("{name}/{pending}"), &*store, pending);
        }
    }
    for (name, store, _folder) in filled(100, 10_000) {
        look_at(
            &mut group,
            &format!("{name}/100 beside 10000 done"),
            &*store,
            100,
        );
    }
    group.finish();
}

fn look_at(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, store: &dyn Store, found: i32) {
    group.bench_function(name, |b| {
        b.iter(|| {
            let look = |rows: &mut dyn Transaction| (Source::DLC_PREDICTION.pending)(rows);
            let pending = store.read(look).expect("it can be asked");
            assert_eq!(pending.len(), found as usize);
        });
    });
}

/// A worker lists what is pending, reserves and stores some jobs that cost nothing, and ends: two
/// numbers of jobs tell what a list costs and what a job.
fn work(c: &mut Criterion) {
    let mut group = c.benchmark_group("schema/jobs");
    group.sample_size(10);
    for pending in &PENDING[1..] {
        for (name, store, _folder) in filled(*pending, 0) {
            for jobs in JOBS {
                group.bench_function(format!("{name}/{jobs} of {pending}"), |b| {
                    b.iter_batched(
                        || make_pending(&*store),
                        |()| assert_eq!(work_until(&*store, jobs), jobs),
                        BatchSize::PerIteration,
                    );
                });
            }
        }
    }
    group.finish();
}

fn make_pending(store: &dyn Store) {
    let deleted = store.write(|rows| rows.delete(&DLC_PREDICTION, &Row::new()));
    deleted.expect("rows go");
}

fn work_until(store: &dyn Store, jobs: usize) -> usize {
    let models = vec![model_name("mouse")];
    let make = PredictionMake(Fake {
        models: models.clone(),
        predict: |_: &_, _: &_| Ok(()),
    });
    let (shutdown, made) = (Shutdown::new(), AtomicUsize::new(0));
    let count = |event: &Event<'_>| {
        let is_made = matches!(event, Event::Made { .. });
        if is_made && made.fetch_add(1, Ordering::Relaxed) + 1 == jobs {
            shutdown.request();
        }
    };
    let options = WorkerOptions::default().with_models(models);
    let worker = Worker::new(store, options)
        .expect("options")
        .with_events(&count);
    worker
        .run_once(&[&make], &shutdown)
        .expect("the jobs are made")
        .made
}

criterion_group!(benches, insert, look, work);
criterion_main!(benches);
