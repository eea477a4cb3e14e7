use super::{Clock, ClockError, Timeline, TimelineError};

/// Takes the times of synchronisation pulses, in s, as those of the frames: one pulse a frame.
///
/// # Errors
///
/// Returns an error with both counts when they differ, and one that names the first pulse that is
/// not later than the one before.
///
/// # Examples
///
/// ```
/// use dlc_tracking::time::synchronised;
///
/// let error = synchronised(3, vec![0.1, 0.2]).unwrap_err();
///
/// assert_eq!(error.to_string(), "2 synchronisation pulses for 3 frames: expected as many");
/// ```
pub fn synchronised(frames: usize, pulses_s: Vec<f64>) -> Result<Timeline, SyncError> {
    let pulses = pulses_s.len();
    if pulses != frames {
        return Err(SyncError::UnequalCounts { frames, pulses });
    }
    Timeline::from_times(pulses_s).map_err(|error| match error {
        TimelineError::Clock(error) => SyncError::Pulses(error),
        other => unreachable!("times have no files: {other}"),
    })
}

/// Checks that the last times of two clocks, each counted from its first, agree within one mean
/// frame.
///
/// # Errors
///
/// Returns an error with both times when they do not.
pub fn check_last(system: Clock<'_>, synchronised: Clock<'_>) -> Result<(), SyncError> {
    let duration = |clock: Clock<'_>| match clock.times_s() {
        [first, .., last] => last - first,
        _ => 0.0,
    };
    let (system_s, synchronised_s) = (duration(system), duration(synchronised));
    let limit_s = system_s / (system.len().saturating_sub(1)).max(1) as f64;
    match (system_s - synchronised_s).abs() <= limit_s {
        true => Ok(()),
        false => Err(SyncError::Apart {
            system_s,
            synchronised_s,
            limit_s,
        }),
    }
}

/// Returns the sample nearest to a time, in s; of two equally near ones the later. `None` when
/// there is no sample or no time.
///
/// # Examples
///
/// ```
/// use dlc_tracking::time::{Clock, nearest_sample};
///
/// let clock = Clock::new(&[0.0, 0.5, 1.0])?;
///
/// let nearest = [-1.0, 0.25, 0.26, 9.0].map(|time_s| nearest_sample(clock, time_s));
/// assert_eq!(nearest, [Some(0), Some(1), Some(1), Some(2)]);
/// # Ok::<(), dlc_tracking::time::ClockError>(())
/// ```
pub fn nearest_sample(clock: Clock<'_>, time_s: f64) -> Option<usize> {
    let times_s = clock.times_s();
    if times_s.is_empty() || time_s.is_nan() {
        return None;
    }
    let after = times_s.partition_point(|other| *other < time_s);
    let Some(before) = after.checked_sub(1) else {
        return Some(after);
    };
    let is_later = |after: &f64| after - time_s <= time_s - times_s[before];
    match times_s.get(after).is_some_and(is_later) {
        true => Some(after),
        false => Some(before),
    }
}

/// An error returned when synchronisation pulses are not those of the frames.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// There is not one pulse for each frame.
    #[error("{pulses} synchronisation pulses for {frames} frames: expected as many")]
    UnequalCounts {
        /// The number of frames.
        frames: usize,
        /// The number of pulses.
        pulses: usize,
    },
    /// The times of the pulses are none.
    #[error("invalid synchronisation pulses")]
    Pulses(#[source] ClockError),
    /// The last times differ.
    #[error(
        "the recording lasts {system_s} s on the system's clock and {synchronised_s} s by the \
         pulses: expected at most {limit_s} s between them"
    )]
    Apart {
        /// From the first to the last frame on the system's clock, in s.
        system_s: f64,
        /// The same by the pulses, in s.
        synchronised_s: f64,
        /// One mean frame, in s.
        limit_s: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    // Source: the pipeline's lookup, as far as documents tell it.
    #[test]
    fn an_exact_tie_goes_to_the_later_sample() {
        let clock = Clock::new(&[0.0, 0.025, 0.05, 0.075, 0.1]).unwrap();

        let times_s = [-1.0, 0.0125, 0.02, 0.0374, 0.0376, 0.2];
        let nearest: Vec<_> = times_s.iter().map(|t| nearest_sample(clock, *t)).collect();

        assert_eq!(nearest, [0, 1, 1, 1, 2, 4].map(Some));
        assert_eq!(nearest_sample(clock, f64::NAN), None);
        assert_eq!(nearest_sample(Clock::new(&[]).unwrap(), 0.0), None);
    }

    #[test]
    fn clocks_may_differ_by_one_frame() {
        let system = Clock::new(&[5.0, 5.1, 5.2, 5.3]).unwrap();
        let near = Clock::new(&[0.0, 0.11, 0.22, 0.39]).unwrap();
        let far = Clock::new(&[0.0, 0.15, 0.3, 0.45]).unwrap();

        assert_eq!(check_last(system, near), Ok(()));
        assert!(matches!(
            check_last(system, far),
            Err(SyncError::Apart { .. })
        ));
    }

    #[test]
    fn a_pulse_that_goes_back_is_named() {
        let error = synchronised(3, vec![0.0, 0.2, 0.1]).unwrap_err();

        assert!(matches!(
            error,
            SyncError::Pulses(ClockError::NotLater { sample: 2, .. })
        ));
        assert_eq!(synchronised(2, vec![0.0, 0.1]).unwrap().len(), 2);
    }
}
