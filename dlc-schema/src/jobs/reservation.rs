//! What becomes of a job in `~jobs` and `~dlc_jobs`, each as a part of a transaction.
//!
//! Rows are locked in one order: the worker's, `~jobs` of a new job, `~dlc_jobs`.

use super::{
    Job,
    registration::{Registration, column, reserved_by_us},
    text,
};
use crate::{
    Query, Row, StoreError, Transaction, TransactionExt,
    tables::{DLC_JOBS, JOBS},
};

/// What came of the wish to reserve a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Reserved {
    /// It is ours, and was begun so often, this time included.
    Yes { attempts: i32 },
    /// Somebody else has it, it failed, or is ignored.
    Taken,
    /// The row is there already.
    Stored,
    /// Workers have ended over it too often. It is an error now.
    Exhausted { attempts: i32 },
    /// Others believe that this worker has ended.
    Buried,
}

impl Registration {
    /// Reserves a job that may be begun so often.
    pub(super) fn reserve(
        &self,
        rows: &mut dyn Transaction,
        job: &Job,
        tries: u32,
    ) -> Result<Reserved, StoreError> {
        if !self.beat(rows)? {
            return Ok(Reserved::Buried);
        }
        // Before anything is read: a database may show rows as they were at the first look.
        let row = reserved_by_us(job.row()).with("key", job.blob());
        match rows.insert(&JOBS, &self.sign(row)) {
            Err(error) if error.is_duplicate() => return self.reserved_before(rows, job),
            result => result?,
        }
        if rows.exists(job.table(), job.key().clone())? {
            rows.delete(&JOBS, &job.row())?;
            return Ok(Reserved::Stored);
        }
        let attempts = self.begin(rows, job)?;
        if i64::from(attempts) > i64::from(tries) {
            let chain = [format!(
                "given up: it was begun {} times, and each time its worker ended without a word",
                attempts - 1
            )];
            self.fail(rows, job, &chain)?;
            return Ok(Reserved::Exhausted { attempts });
        }
        Ok(Reserved::Yes { attempts })
    }

    /// A reservation of ours whose commit was not answered is ours all the same.
    fn reserved_before(
        &self,
        rows: &mut dyn Transaction,
        job: &Job,
    ) -> Result<Reserved, StoreError> {
        let query = Query::of(&DLC_JOBS).with_all(self.ours(job));
        match rows.select(&query)?.first() {
            Some(row) => Ok(Reserved::Yes {
                attempts: column(row, "attempts", &DLC_JOBS)?,
            }),
            None => Ok(Reserved::Taken),
        }
    }

    fn begin(&self, rows: &mut dyn Transaction, job: &Job) -> Result<i32, StoreError> {
        let query = Query::of(&DLC_JOBS).with_all(job.row());
        let before = rows.select(&query)?;
        let attempts = match before.first() {
            Some(row) => column::<i32>(row, "attempts", &DLC_JOBS)?.saturating_add(1),
            None => 1,
        };
        let changes = Row::new()
            .with("worker", self.id())
            .with("attempts", i64::from(attempts));
        match before.is_empty() {
            true => rows.insert(&DLC_JOBS, &job.row().and(changes))?,
            false => rows.update(&DLC_JOBS, &job.row(), &changes).map(drop)?,
        }
        Ok(attempts)
    }

    /// Returns what `~dlc_jobs` has of a job as long as it is ours.
    fn ours(&self, job: &Job) -> Row {
        job.row().with("worker", self.id())
    }

    /// Returns what `~jobs` has of a job as long as it is ours.
    fn reserved(&self, job: &Job) -> Row {
        self.place(reserved_by_us(job.row()))
    }

    /// Returns whether a job is still ours.
    pub(super) fn holds(&self, rows: &mut dyn Transaction, job: &Job) -> Result<bool, StoreError> {
        rows.exists(&DLC_JOBS, self.ours(job))
    }

    /// Forgets a job that is done; returns `false` when it is not ours any more.
    pub(super) fn finish(&self, rows: &mut dyn Transaction, job: &Job) -> Result<bool, StoreError> {
        let noted = rows.delete(&DLC_JOBS, &self.ours(job))?;
        Ok(noted > 0 && rows.delete(&JOBS, &self.reserved(job))? > 0)
    }

    /// Lets a job go, which counts as begun so often.
    pub(super) fn release(
        &self,
        rows: &mut dyn Transaction,
        job: &Job,
        attempts: i32,
        chain: &[String],
    ) -> Result<(), StoreError> {
        let changes = Row::new()
            .with("worker", "")
            .with("attempts", i64::from(attempts))
            .with("message", text::message(chain));
        if rows.update(&DLC_JOBS, &self.ours(job), &changes)? > 0 {
            rows.delete(&JOBS, &self.reserved(job))?;
        }
        Ok(())
    }

    /// Records an error that only a person can put right.
    pub(super) fn fail(
        &self,
        rows: &mut dyn Transaction,
        job: &Job,
        chain: &[String],
    ) -> Result<(), StoreError> {
        let free = Row::new().with("worker", "").with("message", "");
        let held = rows.update(&DLC_JOBS, &self.ours(job), &free)? > 0;
        // A new row, so that the store says when.
        if held && rows.delete(&JOBS, &self.reserved(job))? > 0 {
            let row = job
                .row()
                .with("status", "error")
                .with("key", job.blob())
                .with("error_message", text::message(chain))
                .with("error_stack", text::stack(chain));
            rows.insert(&JOBS, &self.sign(row))?;
        }
        Ok(())
    }
}
