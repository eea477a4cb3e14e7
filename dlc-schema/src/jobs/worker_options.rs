use std::{env, time::Duration};

use crate::name::DlcModelName;

/// What a worker offers, and how patient it and others with it are.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The models that it offers.
    pub models: Vec<DlcModelName>,
    /// After such a silence others take the worker's job.
    pub lease: Duration,
    /// How often it says that it lives.
    pub beat: Duration,
    /// How often it looks for jobs when there are none.
    pub poll: Duration,
    /// How often a job is begun again after errors that may pass, and after workers that ended without
    /// a word.
    pub retries: u32,
    /// The pause before a job is begun again; it doubles each time.
    pub backoff: Duration,
    /// The longest such pause.
    pub max_backoff: Duration,
    /// The user, for people.
    pub user: String,
    /// The name of this machine.
    pub host: String,
}

/// A lease of 60 s, a beat each 10 s, a look for jobs each 5 s, five retries after 10 s to 10 min.
impl Default for WorkerOptions {
    fn default() -> Self {
        let host = gethostname::gethostname().to_string_lossy().into_owned();
        let user = env::var("USER").or_else(|_| env::var("USERNAME"));
        Self {
            models: Vec::new(),
            lease: Duration::from_secs(60),
            beat: Duration::from_secs(10),
            poll: Duration::from_secs(5),
            retries: 5,
            backoff: Duration::from_secs(10),
            max_backoff: Duration::from_secs(600),
            user: format!("{}@{host}", user.as_deref().unwrap_or("")),
            host,
        }
    }
}

impl WorkerOptions {
    /// Offers models.
    #[must_use]
    pub fn with_models(mut self, models: impl IntoIterator<Item = DlcModelName>) -> Self {
        self.models = models.into_iter().collect();
        self.models.sort();
        self.models.dedup();
        self
    }

    /// Sets the lease, and the beat to a sixth of it.
    #[must_use]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self.beat = lease / 6;
        self
    }

    /// Returns the pause before the next try of a job that was begun so often.
    pub(super) fn pause(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0);
        let pause = self.backoff.saturating_mul(1 << doublings.min(30));
        pause.min(self.max_backoff)
    }

    /// Returns how often a job may be begun.
    pub(super) const fn tries(&self) -> u32 {
        self.retries.saturating_add(1)
    }

    /// Checks that a worker that is merely slow is not taken for one that ended.
    pub(super) fn check(&self) -> Result<(), InvalidWorkerOptions> {
        let most = Duration::from_millis(u32::MAX.into());
        if self.beat.is_zero() || self.lease > most || self.lease < 3 * self.beat {
            let (lease, beat) = (self.lease, self.beat);
            return Err(InvalidWorkerOptions { lease, beat });
        }
        Ok(())
    }
}

/// An error returned when a worker could not beat within its lease.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a lease of {lease:?} must be at least three beats of {beat:?}, and at most 49 days")]
pub struct InvalidWorkerOptions {
    lease: Duration,
    beat: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let options = WorkerOptions::default();
        let seconds = |attempts| options.pause(attempts).as_secs();
        assert_eq!([1, 2, 3, 7, i32::MAX].map(seconds), [10, 20, 40, 600, 600]);
    }

    #[test]
    fn a_lease_without_room_for_three_beats_is_refused() {
        let lease = |seconds| WorkerOptions {
            lease: Duration::from_secs(seconds),
            ..WorkerOptions::default()
        };
        assert!(lease(29).check().is_err());
        assert_eq!(lease(30).check(), Ok(()));
    }
}
