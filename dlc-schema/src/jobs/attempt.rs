use std::time::Duration;

use super::{Job, registration::Registration};
use crate::{
    Make, MakeError, MaybeTransient, Row, Running, Shutdown, Store, StoreError, StoreErrorKind,
    StoreExt, Transaction, table::Table,
};

/// A [`Make`] whatever it is made of.
pub trait ErasedMake {
    /// Returns the table.
    fn table(&self) -> &'static Table;

    /// Returns the keys of rows that could be made and are not there.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be asked.
    fn pending(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError>;

    /// Makes a row that is reserved, and stores it.
    ///
    /// # Errors
    ///
    /// Returns an error when nothing was stored, or when that is not known.
    fn attempt(&self, attempt: &Attempt<'_>) -> Result<(), AttemptError>;
}

impl<M: Make> ErasedMake for M {
    fn table(&self) -> &'static Table {
        Make::table(self)
    }

    fn pending(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError> {
        Make::pending(self, rows)
    }

    fn attempt(&self, attempt: &Attempt<'_>) -> Result<(), AttemptError> {
        let key = attempt.job.key();
        let input = attempt.read(|rows| self.fetch(rows, key))?;
        let output = self.make(key, &input, attempt.running)?;
        attempt.write(|rows| {
            if self.fetch(rows, key)? != input {
                return Err(AttemptError::Changed);
            }
            Ok(self.store(rows, key, &input, &output)?)
        })
    }
}

/// A job that is reserved, and where its row is to be stored.
#[derive(Clone, Copy)]
#[expect(
    missing_debug_implementations,
    reason = "stores and functions have none"
)]
pub struct Attempt<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) worker: &'a Registration,
    pub(super) job: &'a Job,
    pub(super) running: &'a Running,
    /// Hears why the store makes it wait.
    pub(super) waiting: &'a dyn Fn(&StoreError),
}

impl Attempt<'_> {
    fn read<T>(
        &self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<T, MakeError>,
    ) -> Result<T, AttemptError> {
        self.patiently(|| Ok(self.store.read(&mut work)?))
    }

    /// Does work in a transaction that ends the reservation, as long as there is one.
    fn write(
        &self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<(), AttemptError>,
    ) -> Result<(), AttemptError> {
        let mut stored = |rows: &mut dyn Transaction| match self.worker.finish(rows, self.job)? {
            true => work(rows),
            false => Err(AttemptError::Lost),
        };
        self.patiently(|| self.store.write(&mut stored))
    }

    fn patiently<T>(
        &self,
        work: impl FnMut() -> Result<T, AttemptError>,
    ) -> Result<T, AttemptError> {
        let cancelled = |pause| self.running.wait(pause);
        patiently(work, cancelled, self.waiting)
    }
}

/// Does work again and again while the store is away, until it is `cancelled` in a pause.
pub(super) fn patiently<T, E: MaybeAway>(
    mut work: impl FnMut() -> Result<T, E>,
    cancelled: impl Fn(Duration) -> bool,
    waiting: &dyn Fn(&StoreError),
) -> Result<T, E> {
    let mut pause = Duration::from_millis(50);
    loop {
        let result = work();
        let Some(error) = result.as_ref().err().and_then(MaybeAway::away) else {
            return result;
        };
        waiting(error);
        if cancelled(pause) {
            return result;
        }
        pause = (2 * pause).min(Duration::from_secs(5));
    }
}

/// The same until the program ends.
pub(super) fn until_shutdown<T, E: MaybeAway>(
    work: impl FnMut() -> Result<T, E>,
    shutdown: &Shutdown,
    waiting: &dyn Fn(&StoreError),
) -> Result<T, E> {
    patiently(work, |pause| shutdown.wait(pause), waiting)
}

/// An error that may say that the store is away for a while.
pub(super) trait MaybeAway {
    /// Returns what the store says, if that is so.
    fn away(&self) -> Option<&StoreError>;
}

impl MaybeAway for StoreError {
    fn away(&self) -> Option<&StoreError> {
        let away = self.is_transient() || matches!(self.kind(), StoreErrorKind::Full(_));
        away.then_some(self)
    }
}

impl MaybeAway for AttemptError {
    fn away(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => error.away(),
            Self::Make(error) => error.store_error().and_then(MaybeAway::away),
            Self::Lost | Self::Changed => None,
        }
    }
}

/// An error returned when a job was reserved and nothing was stored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// Others have the job, or it is free.
    #[error("the job was taken back while it was made")]
    Lost,
    /// The inputs are others than those it was made of.
    #[error("inputs changed while it was made")]
    Changed,
    /// It cannot be made.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AttemptError {
    /// Returns whether another try may help.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Lost | Self::Changed => true,
            Self::Make(error) => error.is_transient(),
            Self::Store(error) => error.is_transient(),
        }
    }
}

impl MaybeTransient for AttemptError {
    fn is_conflict(&self) -> bool {
        match self {
            // Two that looked for a row and did not see it both add it: the second sees it when it
            // looks again.
            Self::Make(error) => {
                let twice = error.store_error().is_some_and(StoreError::is_duplicate);
                twice || error.is_conflict()
            }
            Self::Store(error) => error.is_duplicate() || error.is_conflict(),
            Self::Lost | Self::Changed => false,
        }
    }
}
