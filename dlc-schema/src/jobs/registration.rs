use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    process,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use super::{WorkerOptions, text, watch::Beat};
use crate::{
    AttributeValue as _, Cell, DateTime, Query, Row, StoreError, Transaction, TransactionExt as _,
    entity::read_attribute,
    name::DlcModelName,
    table::Table,
    tables::{DLC_JOBS, DLC_WORKER_MODELS, DLC_WORKERS, JOBS},
};

/// The most characters of a user and a host.
const NAME: usize = 255;

/// A worker as others see it.
#[derive(Debug)]
pub(super) struct Registration {
    id: String,
    user: String,
    host: String,
    pid: u32,
    lease_ms: u32,
    models: Vec<DlcModelName>,
    beats: AtomicI64,
}

impl Registration {
    pub(super) fn new(options: &WorkerOptions) -> Self {
        let id = RandomState::new().build_hasher().finish();
        Self {
            id: format!("{id:016x}"),
            user: text::column(&options.user, NAME),
            host: text::column(&options.host, NAME),
            pid: process::id(),
            lease_ms: u32::try_from(options.lease.as_millis()).unwrap_or(u32::MAX),
            models: options.models.clone(),
            beats: AtomicI64::new(0),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    fn key(&self) -> Row {
        worker(&self.id)
    }

    /// Adds who and where to a row of `~jobs`.
    pub(super) fn sign(&self, row: Row) -> Row {
        self.place(row).with("user", self.user.as_str())
    }

    /// Adds where to a row of `~jobs`. Python's workers have a number of their connection.
    pub(super) fn place(&self, row: Row) -> Row {
        row.with("host", self.host.as_str())
            .with("pid", i64::from(self.pid))
            .with("connection_id", 0)
    }

    /// Says that the worker lives; returns `false` when others have taken its row away.
    pub(super) fn beat(&self, rows: &mut dyn Transaction) -> Result<bool, StoreError> {
        let beats = self.beats.fetch_add(1, Ordering::Relaxed) + 1;
        let mut changes = Row::new().with("beats", beats);
        changes.set("heartbeat", DateTime::now().cell());
        Ok(rows.update(&DLC_WORKERS, &self.key(), &changes)? > 0)
    }

    /// Adds the worker and its models, unless it is there.
    pub(super) fn enter(&self, rows: &mut dyn Transaction) -> Result<(), StoreError> {
        if self.beat(rows)? {
            return Ok(());
        }
        let row = self
            .key()
            .with("user", self.user.as_str())
            .with("host", self.host.as_str())
            .with("pid", i64::from(self.pid))
            .with("lease_ms", i64::from(self.lease_ms))
            .with("beats", self.beats.load(Ordering::Relaxed));
        rows.insert(&DLC_WORKERS, &row)?;
        for model in &self.models {
            let row = self.key().with("dlc_model", model.as_str());
            if !rows.exists(&DLC_WORKER_MODELS, row.clone())? {
                rows.insert(&DLC_WORKER_MODELS, &row)?;
            }
        }
        Ok(())
    }

    /// Takes the worker away.
    pub(super) fn leave(&self, rows: &mut dyn Transaction) -> Result<(), StoreError> {
        rows.delete(&DLC_WORKERS, &self.key())?;
        forget(rows, &self.id)
    }

    /// Returns the place of the worker among all, from 0, and how many there are.
    pub(super) fn rank(&self, workers: &[Beat]) -> (usize, usize) {
        let before = workers.iter().filter(|other| other.worker < self.id);
        (before.count(), workers.len().max(1))
    }
}

fn worker(id: &str) -> Row {
    Row::new().with("worker", id)
}

/// Returns all workers in the order of their names.
pub(super) fn workers(rows: &mut dyn Transaction) -> Result<Vec<Beat>, StoreError> {
    let query = Query::of(&DLC_WORKERS).only(&["worker", "beats", "lease_ms"]);
    let rows = rows.select(&query)?;
    rows.iter().map(beat).collect()
}

fn beat(row: &Row) -> Result<Beat, StoreError> {
    let lease: i64 = column(row, "lease_ms", &DLC_WORKERS)?;
    Ok(Beat {
        worker: column(row, "worker", &DLC_WORKERS)?,
        beats: column(row, "beats", &DLC_WORKERS)?,
        lease: Duration::from_millis(lease.unsigned_abs()),
    })
}

/// Reads one attribute.
pub(super) fn column<T: crate::AttributeValue>(
    row: &Row,
    name: &str,
    table: &'static Table,
) -> Result<T, StoreError> {
    read_attribute(row, name, table).map_err(|error| StoreError::select(table, error))
}

/// Takes a worker away whose beats did not change, and frees its jobs; returns `false` when it lives.
pub(super) fn bury(rows: &mut dyn Transaction, silent: &Beat) -> Result<bool, StoreError> {
    let row = worker(&silent.worker).with("beats", silent.beats);
    if rows.delete(&DLC_WORKERS, &row)? == 0 {
        return Ok(false);
    }
    forget(rows, &silent.worker)?;
    Ok(true)
}

/// Takes the models of a worker away, and frees its jobs.
fn forget(rows: &mut dyn Transaction, id: &str) -> Result<(), StoreError> {
    rows.delete(&DLC_WORKER_MODELS, &worker(id))?;
    let jobs = Query::of(&DLC_JOBS).with_all(worker(id)).keys();
    for job in rows.select(&jobs)? {
        rows.update(&DLC_JOBS, &job, &worker(""))?;
        rows.delete(&JOBS, &reserved_by_us(job))?;
    }
    Ok(())
}

/// Adds what tells our reservations from Python's to a row of `~jobs`.
pub(super) fn reserved_by_us(job: Row) -> Row {
    job.with("status", "reserved")
        .with("connection_id", Cell::Int(0))
}
