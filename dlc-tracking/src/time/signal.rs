use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

use super::{Clock, nearest_sample};
use crate::steps::{NonNegative, Positive, activity::SpeedBand};

/// How much later than the frame it is in a cell was imaged, by a microscope that scans planes one
/// after the other and each line by line.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CellDelay {
    /// The plane of the cell, from 0.
    pub plane: u32,
    /// The number of planes.
    pub planes: NonZeroU32,
    /// How often all planes are imaged, in Hz.
    pub frame_rate_hz: Positive,
    /// The line of the cell, in px from the top.
    pub line: NonNegative,
    /// How long a line takes, in s.
    pub seconds_per_line: NonNegative,
}

impl CellDelay {
    /// Returns the delay, in s.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::time::CellDelay;
    ///
    /// let stored = r#"{"plane": 1, "planes": 4, "frame_rate_hz": 5.0, "line": 100,
    ///     "seconds_per_line": 0.0001}"#;
    /// let cell: CellDelay = serde_json::from_str(stored)?;
    ///
    /// assert!((cell.seconds() - (1.0 / (5.0 * 4.0) + 0.01)).abs() < 1e-12);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn seconds(&self) -> f64 {
        let planes_per_s = self.frame_rate_hz.get() * f64::from(self.planes.get());
        f64::from(self.plane) / planes_per_s + self.line.get() * self.seconds_per_line.get()
    }
}

/// Finds the sample of the tracking that belongs to a sample of another signal.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignalMap {
    /// How much later than its time a sample of the signal was taken, in s, beside the delay of
    /// its cell.
    pub time_offset_s: f64,
    /// The speeds at which samples count.
    pub speed: SpeedBand,
}

impl SignalMap {
    /// Returns the sample of the tracking for each time of a signal, in s on the same clock, or
    /// `None` where the subject was too slow, too fast or not seen.
    ///
    /// It is the nearest one, of two equally near ones the later; times before the first and after
    /// the last sample take those. `delay_s` is that of the cell.
    ///
    /// # Panics
    ///
    /// Panics unless there is one speed for each sample.
    pub fn samples(
        &self,
        signal_s: &[f64],
        delay_s: f64,
        tracking: Clock<'_>,
        speeds_per_s: &[f64],
    ) -> Vec<Option<usize>> {
        assert_eq!(
            speeds_per_s.len(),
            tracking.len(),
            "one speed for each sample"
        );
        let later_s = self.time_offset_s + delay_s;
        let sample = |time_s: &f64| {
            let sample = nearest_sample(tracking, time_s + later_s)?;
            self.speed.contains(speeds_per_s[sample]).then_some(sample)
        };
        signal_s.iter().map(sample).collect()
    }
}

/// Returns the values of a column at samples; NaN where there is none.
///
/// # Panics
///
/// Panics when a sample is not one of the column.
pub fn pick(samples: &[Option<usize>], column: &[f64]) -> Vec<f64> {
    let value = |sample: &Option<usize>| sample.map_or(f64::NAN, |sample| column[sample]);
    samples.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_count_between_the_limits_of_speed() {
        let map: SignalMap = serde_json::from_str(
            r#"{"time_offset_s": 0.5, "speed": {"low_per_s": 25.0, "high_per_s": 1000.0}}"#,
        )
        .unwrap();
        let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0]).unwrap();
        let speeds = [30.0, 25.0, 400.0, f64::NAN];

        let samples = map.samples(&[-0.6, 0.1, 1.2, 1.9, 2.6], 0.25, clock, &speeds);

        assert_eq!(samples, [Some(0), None, Some(2), None, None]);
        let x = pick(&samples, &[5.0, 6.0, 7.0, 8.0]);
        assert_eq!((x[0], x[2]), (5.0, 7.0));
        assert!(x[1].is_nan());
    }
}
