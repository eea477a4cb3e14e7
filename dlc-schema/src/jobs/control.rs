//! What people do with jobs.

use super::{Job, JobState, Observer, Source, Status, WorkerOptions, registration::Registration};
use crate::{
    Row, Store, StoreError, StoreExt, TransactionExt,
    tables::{DLC_JOBS, JOBS},
};

/// Frees a job that failed or is ignored, as if it had never been begun; returns whether it was one.
///
/// # Errors
///
/// Returns an error when the store refuses.
pub fn retry(store: &dyn Store, job: &Job) -> Result<bool, StoreError> {
    store.write(|rows| {
        let failed = rows.delete(&JOBS, &job.row().with("status", "error"))?;
        let ignored = rows.delete(&JOBS, &job.row().with("status", "ignore"))?;
        let anew = Row::new().with("attempts", 0).with("message", "");
        rows.update(&DLC_JOBS, &job.row().with("worker", ""), &anew)?;
        Ok(failed + ignored > 0)
    })
}

/// Frees all jobs that failed and whose keys hold `within`, as [`retry`] does; returns them.
///
/// # Errors
///
/// Returns an error when the store refuses. Jobs that were freed before it stay free.
pub fn retry_failed(store: &dyn Store, within: &Row) -> Result<Vec<Job>, StoreError> {
    let status = Status::read(store, &Source::ALL, &Observer::default())?;
    let failed = status.jobs.into_iter().filter(|status| {
        matches!(status.state, JobState::Failed { .. }) && status.job.key().holds(within)
    });
    let mut freed = Vec::new();
    for status in failed {
        if retry(store, &status.job)? {
            freed.push(status.job);
        }
    }
    Ok(freed)
}

/// Keeps workers from a job, ours and Python's; returns `false` when one has reserved it.
///
/// # Errors
///
/// Returns an error when the store refuses.
pub fn ignore(store: &dyn Store, job: &Job) -> Result<bool, StoreError> {
    let by = Registration::new(&WorkerOptions::default());
    let ignored = Row::new().with("status", "ignore");
    store.write(|rows| {
        if rows.exists(&JOBS, job.row().with("status", "reserved"))? {
            return Ok(false);
        }
        if rows.update(&JOBS, &job.row(), &ignored)? == 0 {
            let row = job.row().and(ignored.clone()).with("key", job.blob());
            rows.insert(&JOBS, &by.sign(row))?;
        }
        Ok(true)
    })
}

/// Sets the priority of a job: the smallest is the most urgent, and 0 that of all others.
///
/// # Errors
///
/// Returns an error when the store refuses.
pub fn set_priority(store: &dyn Store, job: &Job, priority: i32) -> Result<(), StoreError> {
    let changes = Row::new().with("priority", i64::from(priority));
    store.write(|rows| match rows.exists(&DLC_JOBS, job.row())? {
        true => rows.update(&DLC_JOBS, &job.row(), &changes).map(drop),
        false => rows.insert(&DLC_JOBS, &job.row().and(changes.clone())),
    })
}

/// Frees a job that a worker has reserved, ours or Python's, whether it lives or not; returns whether
/// there was a reservation.
///
/// A worker of ours that lives stops within a beat, and stores nothing. One of Python's goes on: if
/// both make the row, the second finds it there.
///
/// # Errors
///
/// Returns an error when the store refuses.
pub fn release(store: &dyn Store, job: &Job) -> Result<bool, StoreError> {
    store.write(|rows| {
        rows.update(&DLC_JOBS, &job.row(), &Row::new().with("worker", ""))?;
        Ok(rows.delete(&JOBS, &job.row().with("status", "reserved"))? > 0)
    })
}
