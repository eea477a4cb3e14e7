use super::Clock;

/// A place where samples should be and are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    /// The sample before it.
    pub after: usize,
    /// How many samples at the sample rate are missing.
    pub missing: usize,
}

/// Returns where samples are further apart than one and a half periods of the sample rate.
///
/// Pauses between files are among them.
///
/// # Examples
///
/// ```
/// use dlc_tracking::time::{Clock, Dropout, dropouts};
///
/// let clock = Clock::new(&[0.0, 0.1, 0.2, 0.51, 0.6])?;
///
/// assert_eq!(dropouts(clock), [Dropout { after: 2, missing: 2 }]);
/// # Ok::<(), dlc_tracking::time::ClockError>(())
/// ```
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is at least 1, and the cast saturates"
)]
pub fn dropouts(clock: Clock<'_>) -> Vec<Dropout> {
    let steps = clock.times_s().windows(2).enumerate();
    let dropout = |(after, pair): (usize, &[f64])| {
        let periods = (pair[1] - pair[0]) * clock.rate_hz();
        (periods > 1.5).then(|| Dropout {
            after,
            missing: (periods.round() - 1.0).max(1.0) as usize,
        })
    };
    steps.filter_map(dropout).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_is_no_dropout() {
        let clock = Clock::new(&[0.0, 0.9, 2.1, 3.0, 4.3, 5.0]).unwrap();

        assert!(dropouts(clock).is_empty());
        assert!(dropouts(Clock::new(&[]).unwrap()).is_empty());
    }

    #[test]
    fn one_and_a_half_periods_miss_a_sample() {
        let clock = Clock::new(&[0.0, 1.0, 2.0, 3.6, 5.0]).unwrap();
        let clock = Clock::with_rate(clock.times_s(), 1.0).unwrap();

        assert_eq!(
            dropouts(clock),
            [Dropout {
                after: 2,
                missing: 1
            }]
        );
    }
}
