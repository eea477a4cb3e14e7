//! When a subject walks, stands still or does not move at all.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{NonNegative, Positive, Span};
use crate::time::Clock;

/// A stretch of samples in which something holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Bout {
    /// The samples, from the first to after the last.
    pub samples: Range<usize>,
    /// How long it lasts, in s, see [`durations_s`].
    pub seconds: f64,
}

/// Returns how long each sample stands for, in s: up to the next sample, but never longer than one
/// period of the sample rate. A pause between files belongs to no sample.
pub fn durations_s(clock: Clock<'_>) -> impl Iterator<Item = f64> {
    let period_s = match clock.rate_hz() > 0.0 {
        true => 1.0 / clock.rate_hz(),
        false => 0.0,
    };
    let steps = clock.times_s().windows(2);
    let steps = steps.map(move |pair| (pair[1] - pair[0]).min(period_s));
    steps.chain((!clock.is_empty()).then_some(period_s))
}

/// Returns the stretches of samples in which something holds.
///
/// # Panics
///
/// Panics unless there is one time for each sample.
pub fn bouts(holds: impl IntoIterator<Item = bool>, clock: Clock<'_>) -> Vec<Bout> {
    let mut bouts: Vec<Bout> = Vec::new();
    let mut count = 0;
    let mut durations = durations_s(clock);
    for (sample, holds) in holds.into_iter().enumerate() {
        let seconds = durations.next().expect("one time for each sample");
        count += 1;
        match bouts.last_mut() {
            _ if !holds => {}
            Some(bout) if bout.samples.end == sample => {
                bout.samples.end += 1;
                bout.seconds += seconds;
            }
            _ => bouts.push(Bout {
                samples: sample..sample + 1,
                seconds,
            }),
        }
    }
    assert_eq!(count, clock.len(), "one time for each sample");
    bouts
}

/// Tells walking from standing by the speed, as `opexebo`'s `walk_filter`.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Walking {
    /// The slowest walk, in units/s. 25 mm/s for mice and 50 mm/s for rats are common.
    pub min_speed_per_s: Positive,
}

impl Walking {
    /// Returns whether the subject walks: whether its speed is at least the slowest walk. An
    /// unknown speed is none.
    pub fn holds(&self, speed_per_s: f64) -> bool {
        speed_per_s >= self.min_speed_per_s.get()
    }

    /// Returns the stretches in which the subject walks.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each speed.
    pub fn bouts(&self, speed_per_s: &[f64], clock: Clock<'_>) -> Vec<Bout> {
        bouts(speed_per_s.iter().map(|speed| self.holds(*speed)), clock)
    }
}

/// Speeds between two limits, which do not belong to them: the samples of a signal that count.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedBand {
    /// What a speed must be above, in units/s.
    pub low_per_s: NonNegative,
    /// What a speed must be below, in units/s; `None` is no limit.
    #[serde(default)]
    pub high_per_s: Option<NonNegative>,
}

impl SpeedBand {
    /// Returns whether a speed is between the limits. An unknown speed is not.
    pub fn contains(&self, speed_per_s: f64) -> bool {
        let below = self.high_per_s.is_none_or(|high| speed_per_s < high.get());
        speed_per_s > self.low_per_s.get() && below
    }
}

/// Finds when a subject does not move.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Immobility {
    /// What the speed stays below, in units/s.
    pub max_speed_per_s: Positive,
    /// The shortest bout that counts.
    pub min_duration: Span,
    /// The longest interruption, by a movement or by missing samples, that does not end a bout.
    pub max_interruption: Span,
}

impl Immobility {
    /// Returns the stretches in which the subject does not move, interruptions included.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::{steps::{Positive, Span, activity::Immobility}, time::Clock};
    ///
    /// let freezing = Immobility {
    ///     max_speed_per_s: Positive::new(5.0)?,
    ///     min_duration: Span::seconds(3.0)?,
    ///     max_interruption: Span::seconds(1.0)?,
    /// };
    /// let speed_mm_per_s = [1.0, 90.0, 90.0, 1.0, 1.0, 7.0, 2.0, 80.0];
    /// let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0])?;
    ///
    /// let bouts = freezing.bouts(&speed_mm_per_s, clock);
    ///
    /// assert_eq!(bouts.len(), 1);
    /// assert_eq!((bouts[0].samples.clone(), bouts[0].seconds), (3..7, 4.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// The single slow sample at the beginning is neither long enough nor near enough.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each speed.
    pub fn bouts(&self, speed_per_s: &[f64], clock: Clock<'_>) -> Vec<Bout> {
        let slow = |speed: &f64| *speed < self.max_speed_per_s.get();
        let pieces = bouts(speed_per_s.iter().map(slow), clock);
        let durations: Vec<f64> = durations_s(clock).collect();
        let seconds = |span: Span| match span {
            Span::Seconds(seconds) => seconds.get(),
            Span::Samples(samples) if clock.rate_hz() > 0.0 => samples.get() / clock.rate_hz(),
            Span::Samples(_) => 0.0,
        };
        // A thousandth of a sample: times are rounded.
        let rounding = 1e-3 * durations.last().copied().unwrap_or_default();
        let (shortest, longest) = (seconds(self.min_duration), seconds(self.max_interruption));

        let mut joined: Vec<Bout> = Vec::new();
        for piece in pieces {
            if let Some(bout) = joined.last_mut() {
                let between = bout.samples.end..piece.samples.start;
                let interruption: f64 = durations[between.clone()].iter().sum();
                let times_s = clock.times_s();
                let away = times_s[between.end] - times_s[between.start - 1];
                let pause = away - interruption - durations[between.start - 1];
                if interruption + pause <= longest + rounding {
                    bout.samples.end = piece.samples.end;
                    bout.seconds += interruption + piece.seconds;
                    continue;
                }
            }
            joined.push(piece);
        }
        joined.retain(|bout| bout.seconds >= shortest - rounding);
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    // Source: opexebo 0.7.2, general.walk_filter.
    #[test]
    fn the_slowest_walk_is_a_walk() {
        let walking = Walking {
            min_speed_per_s: Positive::new(2.5).unwrap(),
        };

        let speeds = [0.0, 1.0, 2.5, 2.49, 3.0, NAN, 10.0, 101.0];
        let walks: Vec<f64> = speeds.into_iter().filter(|v| walking.holds(*v)).collect();
        assert_eq!(walks, [2.5, 3.0, 10.0, 101.0]);
    }

    #[test]
    fn the_limits_of_a_band_do_not_belong_to_it() {
        let band: SpeedBand = serde_json::from_str(r#"{"low_per_s":25,"high_per_s":100}"#).unwrap();

        let speeds = [25.0, 25.1, 99.9, 100.0, NAN];
        assert_eq!(
            speeds.map(|v| band.contains(v)),
            [false, true, true, false, false]
        );
        let open: SpeedBand = serde_json::from_str(r#"{"low_per_s":0}"#).unwrap();
        assert!(open.contains(1e9) && !open.contains(0.0));
    }

    #[test]
    fn a_pause_belongs_to_no_sample() {
        let clock = Clock::new(&[0.0, 0.5, 1.0, 60.0, 60.5]).unwrap();

        let durations: Vec<f64> = durations_s(clock).collect();

        assert_eq!(durations, [0.5; 5]);
        assert_eq!(bouts([true; 5], clock)[0].seconds, 2.5);
    }

    #[test]
    fn a_pause_ends_a_bout() {
        let freezing = Immobility {
            max_speed_per_s: Positive::new(5.0).unwrap(),
            min_duration: Span::samples(2.0).unwrap(),
            max_interruption: Span::seconds(2.0).unwrap(),
        };
        let times_s = [0.0, 1.0, 2.0, 60.0, 61.0, 62.0];
        let clock = Clock::new(&times_s).unwrap();

        let bouts = freezing.bouts(&[1.0, 1.0, 9.0, 1.0, NAN, 1.0], clock);

        let samples: Vec<_> = bouts.into_iter().map(|bout| bout.samples).collect();
        assert_eq!(samples, [0..2, 3..6]);
    }

    #[test]
    fn a_single_sample_has_no_length() {
        let clock = Clock::new(&[1.0]).unwrap();

        assert_eq!(bouts([true], clock)[0].seconds, 0.0);
        assert!(bouts([], Clock::new(&[]).unwrap()).is_empty());
    }
}
