use std::{
    fs, thread,
    time::{Duration, Instant},
};

use dlc_schema::{
    Query, Shutdown, Store, StoreExt as _,
    jobs::{Event, Worker},
    make::PredictionMake,
    tables::{DATASET, DLC_PREDICTION, PHYSICAL_FILE},
};

use crate::{
    Failure,
    check::{check, count, is_done},
    kills::{JOBS, PATIENCE, text},
    pipeline::put_recordings,
    place::{open, open_small},
    worker::{Slow, options},
};

/// Runs a worker in a file that cannot grow, and then in one that can.
pub(crate) fn full() -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let path = text(&folder.path().join("pipeline.sqlite"))?;
    let jobs = usize::try_from(JOBS)?;
    put_recordings(&*open(&path)?, 0..JOBS, "mouse")?;
    let size = fs::metadata(&path)?.len() + wal(&path);
    let small = open_small(&path, u32::try_from(size / 4096)? + 4)?;
    let shutdown = Shutdown::new();
    let waited = |event: &Event<'_>| {
        if let Event::Waiting { error } = event {
            println!("  the worker waits: {error}: {}", error.kind());
            shutdown.request();
        }
    };
    let worker = Worker::new(&*small, options())?.with_events(&waited);
    println!("sqlite, a file of at most {} KiB", 4 * (size / 4096 + 4));
    let report = worker.run(&[&PredictionMake(Slow::new(1))], &shutdown)?;
    let made = count(&*small, &DLC_PREDICTION)?;
    if !shutdown.is_requested() || made >= jobs || made != report.made {
        return Err(format!("the file was never full: {report:?}, {made} rows").into());
    }
    drop(small);
    let store = open(&path)?;
    whole(&*store)?;
    println!("  done until then                      {made} of {jobs}, no row by halves");
    // The reservation that could not be let go ends with the lease.
    let shutdown = Shutdown::new();
    let worker = Worker::new(&*store, options())?;
    thread::scope(|scope| {
        let work = scope.spawn(|| worker.run(&[&PredictionMake(Slow::new(2))], &shutdown));
        let began = Instant::now();
        while !is_done(&*store, jobs)? && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(50));
        }
        shutdown.request();
        work.join().map_err(|_| "a worker panicked")??;
        Ok::<_, Failure>(())
    })?;
    check(&*store, jobs)?;
    println!("  done with room again                 {jobs} of {jobs}, each once");
    Ok(())
}

fn wal(path: &str) -> u64 {
    fs::metadata(format!("{path}-wal")).map_or(0, |file| file.len())
}

/// Checks that a prediction and its dataset are there or not, but not one alone.
fn whole(store: &dyn Store) -> Result<(), Failure> {
    let tracked = || Query::of(&DATASET).with("datasettype", "DLC_tracking");
    let made = count(store, &DLC_PREDICTION)?;
    let datasets = store.rows(&tracked())?.len();
    let files = store
        .rows(&Query::of(&PHYSICAL_FILE).present_in(tracked()))?
        .len();
    match (datasets, files) == (made, 2 * made) {
        true => Ok(()),
        false => Err(format!("{made} predictions, {datasets} datasets, {files} files").into()),
    }
}
