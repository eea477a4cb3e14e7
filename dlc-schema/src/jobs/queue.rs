use std::{
    collections::{HashMap, HashSet},
    time::Instant,
};

use super::{
    ErasedMake, Job, WorkerOptions,
    registration::{Registration, column, workers},
};
use crate::{
    Query, Row, Store, StoreError, StoreExt, Transaction,
    table::Table,
    tables::{DLC_JOBS, JOBS},
};

/// The jobs that a worker could begin now, the most urgent first.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// When a job was first seen after a try that failed, and how often it was begun by then.
    failed: HashMap<String, (i32, Instant)>,
}

/// A job that could be begun.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Which of the worker's [`ErasedMake`]s makes it.
    pub(super) make: usize,
    pub(super) job: Job,
    priority: i32,
    place: usize,
}

/// What `~dlc_jobs` says of a job.
#[derive(Default)]
struct Noted {
    attempts: i32,
    priority: i32,
    failed: bool,
}

impl Queue {
    /// Lists jobs by priority. Among equals each worker begins at another place, so that they seldom
    /// reach for the same.
    pub(super) fn list(
        &mut self,
        store: &dyn Store,
        makes: &[&dyn ErasedMake],
        worker: &Registration,
        options: &WorkerOptions,
    ) -> Result<Vec<Candidate>, StoreError> {
        let now = Instant::now();
        let mut candidates = Vec::new();
        let mut failed = HashMap::new();
        for (make, erased) in makes.iter().enumerate() {
            let found = store.read(|rows| free(rows, *erased))?;
            let count = found.len();
            let (rank, workers) = store.read(|rows| Ok(worker.rank(&self::workers(rows)?)))?;
            let first = count * rank / workers;
            for (index, (job, noted)) in found.into_iter().enumerate() {
                if noted.failed {
                    let since = self.since(&job, noted.attempts, now);
                    failed.insert(name(&job), (noted.attempts, since));
                    if now - since < options.pause(noted.attempts) {
                        continue;
                    }
                }
                let place = (index + count - first) % count;
                let priority = noted.priority;
                candidates.push(Candidate {
                    make,
                    job,
                    priority,
                    place,
                });
            }
        }
        self.failed = failed;
        candidates.sort_by_key(|job| (job.priority, job.make, job.place));
        Ok(candidates)
    }

    fn since(&self, job: &Job, attempts: i32, now: Instant) -> Instant {
        match self.failed.get(&name(job)) {
            Some((before, since)) if *before == attempts => *since,
            _ => now,
        }
    }
}

fn name(job: &Job) -> String {
    format!("{} {}", job.table().name, job.hash())
}

/// Returns the jobs that nobody has, that did not fail for good and are not ignored.
fn free(
    rows: &mut dyn Transaction,
    make: &dyn ErasedMake,
) -> Result<Vec<(Job, Noted)>, StoreError> {
    let table = make.table();
    let keys = make.pending(rows)?;
    let taken = taken(rows, table)?;
    let mut noted = noted(rows, table)?;
    let job = |key: &Row| {
        let job = Job::new(table, key);
        let noted = noted.remove(job.hash()).unwrap_or_default();
        (!taken.contains(job.hash())).then_some((job, noted))
    };
    Ok(keys.iter().filter_map(job).collect())
}

fn taken(rows: &mut dyn Transaction, table: &Table) -> Result<HashSet<String>, StoreError> {
    let query = Query::of(&JOBS).with("table_name", table.name);
    let rows = rows.select(&query.only(&["key_hash"]))?;
    let hash = |row| column(row, "key_hash", &JOBS);
    rows.iter().map(hash).collect()
}

fn noted(rows: &mut dyn Transaction, table: &Table) -> Result<HashMap<String, Noted>, StoreError> {
    let query = Query::of(&DLC_JOBS).with("table_name", table.name);
    let noted = |row: &Row| {
        let message: String = column(row, "message", &DLC_JOBS)?;
        let noted = Noted {
            attempts: column(row, "attempts", &DLC_JOBS)?,
            priority: column(row, "priority", &DLC_JOBS)?,
            failed: !message.is_empty(),
        };
        Ok((column(row, "key_hash", &DLC_JOBS)?, noted))
    };
    rows.select(&query)?.iter().map(noted).collect()
}
