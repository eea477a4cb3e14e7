use std::fmt;

use super::Job;
use crate::StoreError;

/// What a worker tells the program that runs it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A job is begun.
    Began {
        /// The job.
        job: &'a Job,
        /// How often it was begun, this time included.
        attempts: i32,
    },
    /// Its row is stored.
    Made {
        /// The job.
        job: &'a Job,
    },
    /// It failed, and will be begun again.
    Postponed {
        /// The job.
        job: &'a Job,
        /// Why it failed.
        reason: &'a str,
    },
    /// It failed, which is recorded.
    Failed {
        /// The job.
        job: &'a Job,
        /// Why.
        reason: &'a str,
    },
    /// Others took it, and nothing was stored.
    Lost {
        /// The job.
        job: &'a Job,
    },
    /// It was let go, because the program ends.
    Released {
        /// The job.
        job: &'a Job,
    },
    /// The store is away, and the worker waits.
    Waiting {
        /// What the store says.
        error: &'a StoreError,
    },
    /// Another worker ended without a word. Its jobs are free.
    Buried {
        /// The other worker.
        worker: &'a str,
    },
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Began { job, attempts: 1 } => write!(f, "begins {job}"),
            Self::Began { job, attempts } => write!(f, "begins {job}, try {attempts}"),
            Self::Made { job } => write!(f, "made {job}"),
            Self::Postponed { job, reason } => write!(f, "postponed {job}: {reason}"),
            Self::Failed { job, reason } => write!(f, "failed {job}: {reason}"),
            Self::Lost { job } => write!(f, "lost {job}: others took it"),
            Self::Released { job } => write!(f, "let {job} go"),
            Self::Waiting { error } => write!(f, "waits: {error}: {}", error.kind()),
            Self::Buried { worker } => write!(f, "worker {worker} has ended: its jobs are free"),
        }
    }
}
