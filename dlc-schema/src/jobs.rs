//! Jobs: who makes which row, that it is made once, and what became of those that were not.
//!
//! A job is the key of a row that an imported or computed table could have. Its state is in two tables:
//!
//! | | DataJoint's `~jobs` | our `~dlc_jobs` |
//! |---|---|---|
//! | free | no row | no row; or priority, tries, why the last one failed |
//! | reserved by Python | `reserved`, with the number of a connection | as before |
//! | reserved by us | `reserved`, connection 0 | the worker |
//! | failed, ignored | `error`, `ignore` | as before |
//!
//! A [`Worker`] is a row of `~dlc_workers` that counts its beats. Who sees the same count for the
//! worker's lease takes the row away and frees its jobs. A reservation of Python's is never taken back:
//! it has no lease, so that [`release`] is for a person to decide.

pub use self::{
    attempt::{Attempt, AttemptError, ErasedMake},
    control::{ignore, release, retry, retry_failed, set_priority},
    event::Event,
    job::Job,
    key_hash::{key_hash, python_float, python_uuid},
    source::{Pending, Source},
    status::{JobState, JobStatus, Observer, Reservation, Status, TableStatus, WorkerStatus},
    worker::{Report, Worker},
    worker_options::{InvalidWorkerOptions, WorkerOptions},
};

pub(crate) use self::source::videos;

mod attempt;
mod control;
mod event;
mod job;
mod key_hash;
mod queue;
mod registration;
mod reservation;
mod source;
mod status;
mod table_text;
mod text;
mod watch;
mod worker;
mod worker_options;
