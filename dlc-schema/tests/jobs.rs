//! Workers, and what people do with jobs, on a store in memory.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "support/fake.rs"]
mod fake;
#[path = "support/pipeline.rs"]
mod pipeline;

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use dlc_schema::{
    Access, Cell, DateTime, Entity as _, Memory, Query, RecordingData, Row, Running, Shutdown,
    Store, StoreError, StoreExt as _, TrackedBodyPart, TrackingParamsRow, TrackingRawDlcPart,
    TrackingRawOpenField, TrackingRawRow, Transaction,
    jobs::{self, Event, Job, JobState, Observer, Report, Source, Status, Worker, WorkerOptions},
    make::{MakeError, PredictionJob, PredictionMake, TrackingMake},
    name::DlcModelName,
    table::{Attribute, AttributeType, Table},
    tables::{
        DATASET, DLC_JOBS, DLC_MODEL, DLC_PREDICTION, DLC_WORKER_MODELS, DLC_WORKERS, JOBS,
        PHYSICAL_FILE, TRACKING,
    },
};

use self::{
    fake::{Fake, job_row},
    pipeline::{model_name, put_recordings},
};

const MS: Duration = Duration::from_millis(1);

fn models() -> Vec<DlcModelName> {
    vec![model_name("mouse")]
}

fn options() -> WorkerOptions {
    WorkerOptions {
        poll: 5 * MS,
        backoff: 5 * MS,
        ..WorkerOptions::default().with_models(models())
    }
}

fn make<F: Fn(&PredictionJob, &Running) -> Result<(), MakeError>>(
    predict: F,
) -> PredictionMake<Fake<F>> {
    let models = models();
    PredictionMake(Fake { models, predict })
}

fn order(job: &PredictionJob) -> i32 {
    job.data.recording.recording_order
}

/// Runs a worker until it finds nothing to do.
fn run<F: Fn(&PredictionJob, &Running) -> Result<(), MakeError>>(
    store: &dyn Store,
    options: WorkerOptions,
    predict: F,
) -> Report {
    let worker = Worker::new(store, options).unwrap();
    worker
        .run_once(&[&make(predict)], &Shutdown::new())
        .unwrap()
}

fn count(store: &dyn Store, table: &'static Table) -> usize {
    store.rows(&Query::of(table)).unwrap().len()
}

/// Returns the state of each job that is not done, in their order.
fn states(store: &dyn Store) -> Vec<JobState> {
    let status = Status::read(store, &[Source::DLC_PREDICTION], &Observer::default());
    status
        .unwrap()
        .jobs
        .into_iter()
        .map(|job| job.state)
        .collect()
}

/// Stores jobs; checks that nobody has one of them at the end.
fn pending(count: i32) -> (Memory, Vec<Job>) {
    let store = Memory::new();
    let jobs = put_recordings(&store, 0..count, "mouse").unwrap();
    (store, jobs)
}

fn assert_no_trace(store: &dyn Store) {
    for table in [&JOBS, &DLC_JOBS, &DLC_WORKERS] {
        assert_eq!(count(store, table), 0, "{}", table.name);
    }
}

#[test]
fn many_workers_make_each_row_once() {
    let (store, jobs) = pending(200);
    many_workers(&store, jobs.len());
}

fn many_workers(store: &dyn Store, jobs: usize) {
    let made = Mutex::new(HashMap::<i32, usize>::new());
    let reports: Vec<Report> = thread::scope(|scope| {
        let worker = || {
            run(store, options(), |job, _| {
                *made.lock().unwrap().entry(order(job)).or_default() += 1;
                Ok(())
            })
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(worker)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        reports.iter().map(|report| report.made).sum::<usize>(),
        jobs
    );
    assert!(made.into_inner().unwrap().values().all(|times| *times == 1));
    assert_eq!(count(store, &DLC_PREDICTION), jobs);
    assert_no_trace(store);
}

#[test]
fn a_prediction_is_a_dataset_of_its_recording() {
    let (store, _) = pending(1);
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
    // printf /data/dlc_0/0.h5/data/dlc_0/0.pickle | sha512sum
    let name = "04ece64f708b34ba";
    let files = Query::of(&PHYSICAL_FILE).with("dataset_name", name);
    assert_eq!(store.rows(&files).unwrap().len(), 2);
    let dataset = Query::of(&DATASET).with("dataset_name", name);
    assert_eq!(
        store.rows(&dataset).unwrap()[0].cell("datasettype"),
        Some(&Cell::from("DLC_tracking"))
    );
    // Taken away and made again, it is the same dataset.
    store
        .write(|rows| rows.delete(&DLC_PREDICTION, &Row::new()))
        .unwrap();
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
}

#[test]
fn an_error_that_may_pass_is_tried_again() {
    let (store, _) = pending(1);
    let tries = AtomicUsize::new(0);
    let worker = Worker::new(&store, options()).unwrap();
    let shutdown = Shutdown::new();
    let make = make(|_, _| match tries.fetch_add(1, Relaxed) {
        0..3 => Err(MakeError::transient("the file is locked")),
        _ => {
            shutdown.request();
            Ok(())
        }
    });
    let report = worker.run(&[&make], &shutdown).unwrap();
    assert_eq!((report.postponed, report.made), (3, 1));
    assert_no_trace(&store);
}

#[test]
fn an_error_that_does_not_pass_is_recorded_after_its_retries() {
    let (store, _) = pending(1);
    let worker = Worker::new(
        &store,
        WorkerOptions {
            retries: 2,
            ..options()
        },
    )
    .unwrap();
    let shutdown = Shutdown::new();
    let failed = |event: &Event<'_>| {
        if let Event::Failed { .. } = event {
            shutdown.request();
        }
    };
    let worker = worker.with_events(&failed);
    let report = worker.run(
        &[&make(|_, _| Err(MakeError::transient("locked")))],
        &shutdown,
    );
    let report = report.unwrap();
    assert_eq!((report.postponed, report.failed), (2, 1));
    let [
        JobState::Failed {
            attempts: 3,
            message,
            ..
        },
    ] = &states(&store)[..]
    else {
        panic!("{:?}", states(&store))
    };
    assert_eq!(message, "locked");
}

#[test]
fn between_tries_the_pause_counts_and_the_status_tells_why() {
    let (store, _) = pending(1);
    let slow = WorkerOptions {
        backoff: Duration::from_secs(3600),
        ..options()
    };
    let report = run(&store, slow, |_, _| Err(MakeError::transient("locked")));
    assert_eq!(report.postponed, 1);
    put_worker(&store, 60_000);
    let model = Row::new()
        .with("worker", "other")
        .with("dlc_model", "mouse");
    store
        .write(|rows| rows.insert(&DLC_WORKER_MODELS, &model))
        .unwrap();
    let expected = JobState::Postponed {
        attempts: 1,
        message: "locked".into(),
    };
    assert_eq!(states(&store), [expected]);
}

#[test]
fn a_permanent_error_is_recorded_with_its_chain_and_others_go_on() {
    let (store, jobs) = pending(3);
    let report = run(&store, options(), |job, _| match order(job) {
        1 => {
            let cause = std::io::Error::other("no such snapshot → 7");
            Err(MakeError::permanent(Outer(cause)))
        }
        _ => Ok(()),
    });
    assert_eq!((report.made, report.failed), (2, 1));
    let row = &store.rows(&Query::of(&JOBS)).unwrap()[0];
    let message = "cannot load: no such snapshot ? 7";
    assert_eq!(row.cell("error_message"), Some(&Cell::from(message)));
    let stack = dlc_schema::Blob::String("cannot load\n  caused by: no such snapshot → 7".into());
    assert_eq!(row.cell("error_stack"), Some(&Cell::Blob(stack.encode())));
    assert!(row.holds(&job_row(&jobs[1])));
    // It waits for a person.
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 0);
    assert!(jobs::retry(&store, &jobs[1]).unwrap());
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
    assert_no_trace(&store);
}

#[derive(Debug, thiserror::Error)]
#[error("cannot load")]
struct Outer(#[source] std::io::Error);

#[test]
fn a_panic_is_an_error_and_the_worker_lives() {
    let (store, _) = pending(2);
    let report = run(&store, options(), |job, _| match order(job) {
        0 => panic!("index {} out of bounds", 7),
        _ => Ok(()),
    });
    assert_eq!((report.made, report.failed), (1, 1));
    let [JobState::Failed { message, .. }] = &states(&store)[..] else {
        panic!("one failed")
    };
    assert_eq!(message, "panicked: index 7 out of bounds");
}

#[test]
fn ignored_jobs_are_left_alone_until_somebody_wants_them() {
    let (store, jobs) = pending(2);
    assert!(jobs::ignore(&store, &jobs[0]).unwrap());
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
    assert_eq!(states(&store), [JobState::Ignored]);
    assert!(jobs::retry(&store, &jobs[0]).unwrap());
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
}

#[test]
fn urgent_jobs_are_first() {
    let (store, jobs) = pending(4);
    jobs::set_priority(&store, &jobs[2], -5).unwrap();
    jobs::set_priority(&store, &jobs[0], 5).unwrap();
    jobs::set_priority(&store, &jobs[0], 9).unwrap();
    let orders = Mutex::new(Vec::new());
    run(&store, options(), |job, _| {
        orders.lock().unwrap().push(order(job));
        Ok(())
    });
    assert_eq!(orders.into_inner().unwrap(), [2, 1, 3, 0]);
}

#[test]
fn a_model_that_no_worker_offers_is_told_at_once() {
    let (store, _) = pending(1);
    put_recordings(&store, 1..2, "rat").unwrap();
    let rat = JobState::NoWorker {
        model: model_name("rat"),
    };
    let mouse = JobState::NoWorker {
        model: model_name("mouse"),
    };
    assert_eq!(states(&store), [mouse.clone(), rat.clone()]);
    run(&store, options(), |_, _| {
        let [JobState::Reserved(by), other] = &states(&store)[..] else {
            panic!("{:?}", states(&store))
        };
        assert_eq!((by.pid, by.silent), (std::process::id(), false));
        assert!(by.worker.is_some());
        assert_eq!(*other, rat);
        Ok(())
    });
    assert_eq!(states(&store), [rat]);
}

#[test]
fn jobs_of_workers_that_ended_without_a_word_return() {
    let (store, jobs) = pending(2);
    jobs_return(&store, &jobs[0]);
}

fn jobs_return(store: &dyn Store, job: &Job) {
    reserve_and_die(store, job);
    let brief = options().with_lease(120 * MS);
    let worker = Worker::new(store, brief).unwrap();
    let shutdown = Shutdown::new();
    let buried = AtomicUsize::new(0);
    let count_buried = |event: &Event<'_>| {
        if let Event::Buried { .. } = event {
            buried.fetch_add(1, Relaxed);
        }
    };
    let worker = worker.with_events(&count_buried);
    let began = Instant::now();
    let made = AtomicUsize::new(0);
    let report = worker.run(
        &[&make(|job, _| {
            if order(job) == 0 {
                // Not before the lease of the one that ended, 100 ms.
                assert!(began.elapsed() >= 100 * MS, "{:?}", began.elapsed());
            }
            if made.fetch_add(1, Relaxed) == 1 {
                shutdown.request();
            }
            Ok(())
        })],
        &shutdown,
    );
    assert_eq!(report.unwrap().made, 2);
    assert_eq!(buried.into_inner(), 1);
    assert_no_trace(store);
}

/// A store in which every date is any date: what a clock said is lost.
struct AnyTime(Memory);

/// A transaction of [`AnyTime`].
struct AnyTimeTransaction<'s>(Box<dyn Transaction + 's>);

impl Store for AnyTime {
    fn begin(&self, access: Access) -> Result<Box<dyn Transaction + '_>, StoreError> {
        Ok(Box::new(AnyTimeTransaction(self.0.begin(access)?)))
    }
}

fn any_time() -> Cell {
    static SEED: AtomicUsize = AtomicUsize::new(0);
    let step = i64::try_from(SEED.fetch_add(1, Relaxed)).unwrap();
    // From 1990 to 2060, here and there.
    Cell::DateTime(DateTime::from_seconds(
        631_152_000 + step * 987_654_321 % 2_208_988_800,
    ))
}

fn at_any_time(table: &Table, row: &Row, all: bool) -> Row {
    let is_time = |attribute: &&Attribute| {
        attribute.kind == AttributeType::Timestamp && (all || row.cell(attribute.name).is_some())
    };
    let times = table.attributes.iter().filter(is_time);
    row.clone().and(
        times
            .map(|attribute| (attribute.name, any_time()))
            .collect(),
    )
}

impl Transaction for AnyTimeTransaction<'_> {
    fn insert(&mut self, table: &'static Table, row: &Row) -> Result<(), StoreError> {
        self.0.insert(table, &at_any_time(table, row, true))
    }

    fn update(
        &mut self,
        table: &'static Table,
        rows: &Row,
        changes: &Row,
    ) -> Result<u64, StoreError> {
        self.0
            .update(table, rows, &at_any_time(table, changes, false))
    }

    fn delete(&mut self, table: &'static Table, rows: &Row) -> Result<u64, StoreError> {
        self.0.delete(table, rows)
    }

    fn select(&mut self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.0.select(query)
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.0.commit()
    }
}

#[test]
fn no_clock_has_a_say() {
    let (store, jobs) = pending(50);
    many_workers(&AnyTime(store), jobs.len());
    let (store, jobs) = pending(2);
    jobs_return(&AnyTime(store), &jobs[0]);
}

/// Registers a worker that does not exist.
fn put_worker(store: &dyn Store, lease_ms: i64) {
    let worker = Row::new().with("worker", "other").with("user", "x");
    let worker = worker
        .with("host", "x")
        .with("pid", 1)
        .with("lease_ms", lease_ms);
    store
        .write(|rows| rows.insert(&DLC_WORKERS, &worker))
        .unwrap();
}

/// Does what a worker has done when it is killed in the middle of a job.
fn reserve_and_die(store: &dyn Store, job: &Job) {
    put_worker(store, 100);
    let row = job_row(job)
        .with("status", "reserved")
        .with("host", "x")
        .with("pid", 1);
    store
        .write(|rows| {
            rows.insert(&JOBS, &row)?;
            rows.insert(
                &DLC_JOBS,
                &job_row(job).with("worker", "other").with("attempts", 1),
            )
        })
        .unwrap();
}

#[test]
fn reservations_of_python_are_never_taken_back() {
    let (store, jobs) = pending(1);
    let row = job_row(&jobs[0])
        .with("status", "reserved")
        .with("connection_id", 77);
    store.write(|rows| rows.insert(&JOBS, &row)).unwrap();
    let shutdown = Shutdown::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(200 * MS);
            shutdown.request();
        });
        let worker = Worker::new(&store, options().with_lease(30 * MS)).unwrap();
        let report = worker.run(&[&make(|_, _| Ok(()))], &shutdown).unwrap();
        assert_eq!(report, Report::default());
    });
    assert_eq!(count(&store, &JOBS), 1);
    // A person may.
    assert!(jobs::release(&store, &jobs[0]).unwrap());
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
}

#[test]
fn who_lost_its_job_stores_nothing() {
    let (store, jobs) = pending(1);
    let report = run(&store, options(), |_, _| {
        jobs::release(&store, &jobs[0]).unwrap();
        jobs::ignore(&store, &jobs[0]).unwrap();
        Ok(())
    });
    assert_eq!((report.lost, report.made), (1, 0));
    assert_eq!(count(&store, &DLC_PREDICTION), 0);
    assert_eq!(count(&store, &DATASET), 1, "the videos alone");
}

#[test]
fn who_lost_its_job_is_told_so_while_it_works() {
    let (store, jobs) = pending(1);
    let report = run(&store, options().with_lease(60 * MS), |_, running| {
        jobs::release(&store, &jobs[0]).unwrap();
        jobs::ignore(&store, &jobs[0]).unwrap();
        let began = Instant::now();
        while !running.is_cancelled() {
            assert!(began.elapsed() < Duration::from_secs(20), "nobody told");
            thread::sleep(MS);
        }
        assert!(running.is_lost());
        Err(MakeError::permanent("cancelled"))
    });
    assert_eq!(report.lost, 1);
    assert_eq!(states(&store), [JobState::Ignored]);
}

#[test]
fn a_worker_that_was_taken_for_dead_registers_again() {
    let (store, _) = pending(2);
    let report = run(&store, options().with_lease(60 * MS), |job, running| {
        if order(job) == 0 {
            store
                .write(|rows| rows.delete(&DLC_WORKERS, &Row::new()))
                .unwrap();
            let began = Instant::now();
            while count(&store, &DLC_WORKERS) == 0 {
                assert!(
                    began.elapsed() < Duration::from_secs(20),
                    "not registered again"
                );
                thread::sleep(MS);
            }
            assert!(!running.is_cancelled());
        }
        Ok(())
    });
    assert_eq!(report.made, 2);
    assert_no_trace(&store);
}

#[test]
fn changed_inputs_are_found_and_the_job_is_made_anew() {
    let (store, _) = pending(1);
    let tries = AtomicUsize::new(0);
    let shutdown = Shutdown::new();
    let worker = Worker::new(&store, options()).unwrap();
    let make = make(|job, _| {
        if tries.fetch_add(1, Relaxed) == 0 {
            let key = Row::new().with("dlc_model", job.model.name.as_str());
            let changes = Row::new().with("dlc_snapshotindex", 7);
            store
                .write(|rows| rows.update(&DLC_MODEL, &key, &changes))
                .unwrap();
        } else {
            assert_eq!(job.model.snapshot_index, 7);
            shutdown.request();
        }
        Ok(())
    });
    let report = worker.run(&[&make], &shutdown).unwrap();
    assert_eq!((report.postponed, report.made), (1, 1));
}

#[test]
fn shutdown_lets_the_job_go() {
    let (store, _) = pending(1);
    let shutdown = Shutdown::new();
    let worker = Worker::new(&store, options()).unwrap();
    let make = make(|_, running| {
        shutdown.request();
        assert!(running.is_cancelled() && !running.is_lost());
        Err(MakeError::permanent("cancelled"))
    });
    let report = worker.run(&[&make], &shutdown).unwrap();
    assert_eq!(report.released, 1);
    assert_eq!((count(&store, &JOBS), count(&store, &DLC_WORKERS)), (0, 0));
    let noted = &store.rows(&Query::of(&DLC_JOBS)).unwrap()[0];
    assert_eq!(noted.cell("attempts"), Some(&Cell::Int(0)));
    assert_eq!(run(&store, options(), |_, _| Ok(())).made, 1);
}

#[test]
fn a_job_that_ends_its_workers_is_given_up() {
    let (store, jobs) = pending(1);
    let noted = job_row(&jobs[0]).with("attempts", 6);
    store.write(|rows| rows.insert(&DLC_JOBS, &noted)).unwrap();
    let report = run(&store, options(), |_, _| Ok(()));
    assert_eq!((report.failed, report.made), (1, 0));
    let [JobState::Failed { message, .. }] = &states(&store)[..] else {
        panic!("it failed")
    };
    assert!(
        message.starts_with("given up: it was begun 6 times"),
        "{message}"
    );
}

#[test]
fn the_status_is_a_table_that_a_person_can_read() {
    let (store, jobs) = pending(2);
    put_recordings(&store, 2..3, "rat").unwrap();
    jobs::set_priority(&store, &jobs[1], -1).unwrap();
    run(&store, options(), |_, _| {
        Err(MakeError::permanent("no such snapshot"))
    });
    let status = Status::read(&store, &Source::ALL, &Observer::default()).unwrap();
    let text = status.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "table          made  not made",
            "DLCPrediction  0     3",
            "TrackingRaw    0     0",
            "Tracking       0     0",
        ]
    );
    assert!(
        lines[6].contains("  -1        failed ") && lines[6].ends_with(": no such snapshot"),
        "{text}"
    );
    assert!(
        lines[8].ends_with("  0         no worker offers model rat"),
        "{text}"
    );
}

#[test]
fn missing_positions_are_no_change_of_the_input() {
    let (store, jobs) = pending(1);
    let data = RecordingData::from_row(jobs[0].key()).unwrap();
    let samples = |from: f64| vec![from, f64::NAN, from + 2.0, from + 3.0];
    let raw = TrackingRawRow {
        data: data.clone(),
        start_time: "2022-06-07 14:53:11".parse().unwrap(),
        stop_time: "2022-06-07 14:53:12".parse().unwrap(),
        timestamps: None,
        timestamps_sys: Some(vec![0.0, 0.025, 0.05, 0.075]),
        sample_rate: 40.0,
        sync: false,
        is_calibrated: false,
    };
    let open_field = TrackingRawOpenField {
        data,
        x_px: samples(10.0),
        y_px: samples(20.0),
        left_px: 10.0,
        right_px: 13.0,
        bottom_px: 20.0,
        top_px: 23.0,
        speed_px_per_s: samples(30.0),
        head_angle_rad: samples(0.0),
        x_offset_px: 0.0,
        y_offset_px: 0.0,
    };
    let part = TrackingRawDlcPart {
        data: raw.data.clone(),
        body_part: "nose".parse().unwrap(),
        model: model_name("mouse"),
        training_iteration: 1,
        x_px: samples(10.0),
        y_px: samples(20.0),
        likelihood: samples(0.0),
    };
    let nose = TrackedBodyPart {
        name: part.body_part.clone(),
    };
    let params = TrackingParamsRow {
        id: "A".parse().unwrap(),
        sigma_tracking: 1.0,
        sigma_speed: 1.0,
        sigma_angle: 1.0,
        rotate: false,
        hash: String::new(),
    };
    store.insert(&raw).unwrap();
    store.insert(&open_field).unwrap();
    store.insert(&nose).unwrap();
    store.insert(&part).unwrap();
    store.insert(&params).unwrap();
    let worker = Worker::new(&store, options()).unwrap();
    let report = worker.run_once(&[&TrackingMake], &Shutdown::new()).unwrap();
    let failed = store.rows(&Query::of(&JOBS)).unwrap();
    assert_eq!(report.made, 1, "{failed:?}");
    assert_eq!(count(&store, &TRACKING), 1);
}
