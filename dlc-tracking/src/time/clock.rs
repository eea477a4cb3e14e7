/// The times of samples and their rate: what a step must know about time.
///
/// # Examples
///
/// ```
/// use dlc_tracking::time::Clock;
///
/// // Two files with a pause between them: the rate is that of the frames.
/// let clock = Clock::new(&[0.0, 0.025, 0.05, 60.0, 60.025])?;
///
/// assert!((clock.rate_hz() - 40.0).abs() < 1e-9);
/// assert!(Clock::new(&[0.0, 0.025, 0.025]).is_err());
/// # Ok::<(), dlc_tracking::time::ClockError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clock<'a> {
    times_s: &'a [f64],
    rate_hz: f64,
}

impl<'a> Clock<'a> {
    /// Takes the times of samples, in s from anywhere. The rate is 1 / the median of their
    /// distances: pauses do not change it. It is 0 for fewer than two samples.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first time that is not finite or not later than the one
    /// before.
    pub fn new(times_s: &'a [f64]) -> Result<Self, ClockError> {
        check(times_s)?;
        Ok(Self {
            times_s,
            rate_hz: median_rate_hz(times_s),
        })
    }

    /// Takes the times of samples, in s, and a rate in Hz that is known.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first time that is not finite or not later than the one
    /// before, or the rate when it is not a number greater than zero.
    pub fn with_rate(times_s: &'a [f64], rate_hz: f64) -> Result<Self, ClockError> {
        check(times_s)?;
        check_rate(rate_hz)?;
        Ok(Self { times_s, rate_hz })
    }

    /// Lends times that were checked before.
    pub(crate) const fn checked(times_s: &'a [f64], rate_hz: f64) -> Self {
        Self { times_s, rate_hz }
    }

    /// Returns the times, in s.
    pub const fn times_s(self) -> &'a [f64] {
        self.times_s
    }

    /// Returns the sample rate, in Hz.
    pub const fn rate_hz(self) -> f64 {
        self.rate_hz
    }

    /// Returns the number of samples.
    pub const fn len(self) -> usize {
        self.times_s.len()
    }

    /// Returns whether there is no sample.
    pub const fn is_empty(self) -> bool {
        self.times_s.is_empty()
    }
}

/// An error returned when numbers are not the times of samples.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ClockError {
    /// A time is not finite.
    #[error("time {sample} is {found}: expected a finite number of seconds")]
    NotFinite {
        /// The place of the time, from 0.
        sample: usize,
        /// The time.
        found: f64,
    },
    /// A time is not later than the one before.
    #[error("time {sample} is {found} s: expected more than {before} s, the one before")]
    NotLater {
        /// The place of the time, from 0.
        sample: usize,
        /// The time.
        found: f64,
        /// The time before.
        before: f64,
    },
    /// A rate is not a number greater than zero.
    #[error("sample rate {found} Hz: expected a finite number greater than zero")]
    Rate {
        /// The rate.
        found: f64,
    },
}

pub(super) fn check(times_s: &[f64]) -> Result<(), ClockError> {
    let mut before = f64::NEG_INFINITY;
    for (sample, &found) in times_s.iter().enumerate() {
        if !found.is_finite() {
            return Err(ClockError::NotFinite { sample, found });
        }
        if found <= before {
            return Err(ClockError::NotLater {
                sample,
                found,
                before,
            });
        }
        before = found;
    }
    Ok(())
}

pub(super) fn check_rate(rate_hz: f64) -> Result<(), ClockError> {
    match rate_hz.is_finite() && rate_hz > 0.0 {
        true => Ok(()),
        false => Err(ClockError::Rate { found: rate_hz }),
    }
}

/// Returns 1 / the median distance of times that increase, or 0 for fewer than two.
pub(super) fn median_rate_hz(times_s: &[f64]) -> f64 {
    let mut steps: Vec<f64> = times_s.windows(2).map(|pair| pair[1] - pair[0]).collect();
    if steps.is_empty() {
        return 0.0;
    }
    let middle = steps.len() / 2;
    let even = steps.len().is_multiple_of(2);
    let (below, upper, _) = steps.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    match below.iter().copied().max_by(f64::total_cmp) {
        Some(lower) if even => 2.0 / (lower + upper),
        _ => 1.0 / upper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_median_step() {
        assert_eq!(median_rate_hz(&[0.0, 1.0, 3.0]), 1.0 / 1.5);
        assert_eq!(median_rate_hz(&[0.0, 1.0, 3.0, 100.0]), 0.5);
        assert_eq!(median_rate_hz(&[5.0]), 0.0);
    }

    #[test]
    fn the_first_time_that_is_wrong_is_named() {
        let error = Clock::new(&[0.0, 1.0, 1.0, f64::NAN]).unwrap_err();

        assert_eq!(
            error.to_string(),
            "time 2 is 1 s: expected more than 1 s, the one before"
        );
        assert!(Clock::new(&[f64::NAN]).is_err());
        assert!(Clock::with_rate(&[0.0], 0.0).is_err());
        assert!(Clock::new(&[]).unwrap().is_empty());
    }
}
