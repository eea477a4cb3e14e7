use std::{
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// What a program asks its worker with to end: its copies are the same request.
///
/// A worker that is asked lets its job go, so that another takes it at once. Nothing here handles
/// signals: the program does, and calls [`request`](Self::request) from a thread, not from within a
/// signal handler.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<Requested>);

#[derive(Debug, Default)]
struct Requested {
    requested: Mutex<bool>,
    changed: Condvar,
}

impl Shutdown {
    /// Creates a request that was not made yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to end.
    pub fn request(&self) {
        *self
            .0
            .requested
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }

    /// Returns whether somebody asked.
    pub fn is_requested(&self) -> bool {
        *self
            .0
            .requested
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, at most so long, until somebody asks; returns whether somebody did.
    pub fn wait(&self, most: Duration) -> bool {
        let began = Instant::now();
        let mut requested = self
            .0
            .requested
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while !*requested {
            let left = most.saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
            let waited = self.0.changed.wait_timeout(requested, left);
            requested = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *requested
    }
}

/// What a job asks whether it is still wanted.
#[derive(Clone, Debug, Default)]
pub struct Running {
    shutdown: Shutdown,
    lost: Arc<AtomicBool>,
}

impl Running {
    /// Watches a request to end.
    pub fn until(shutdown: &Shutdown) -> Self {
        Self {
            shutdown: shutdown.clone(),
            lost: Arc::default(),
        }
    }

    /// Returns whether to stop: the program ends, or others have taken the job.
    pub fn is_cancelled(&self) -> bool {
        self.is_lost() || self.shutdown.is_requested()
    }

    /// Returns whether others have taken the job.
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Waits, at most so long, and returns whether to stop.
    pub(crate) fn wait(&self, most: Duration) -> bool {
        self.shutdown.wait(most) || self.is_lost()
    }
}
