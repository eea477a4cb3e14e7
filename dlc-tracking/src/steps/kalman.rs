use serde::{Deserialize, Serialize};

use super::Positive;
use crate::time::Clock;

/// Smoothing with a Kalman filter forwards and a Rauch-Tung-Striebel smoother backwards.
///
/// The subject moves at a constant velocity that random accelerations change; what is observed is
/// its position with an error. Each coordinate is smoothed by itself; times may be uneven and
/// samples missing. The smoother knows the whole track: it does not lag, and is not for live use.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kalman {
    /// The standard deviation of an observed coordinate, in units.
    pub position_error: Positive,
    /// The standard deviation of the acceleration between two samples, in units/s².
    pub acceleration: Positive,
    /// Whether missing samples between others take the estimated position; they stay missing
    /// otherwise.
    #[serde(default)]
    pub fill_missing: bool,
}

/// How uncertain the velocity is at the first sample, in position errors per sample.
const FIRST_VELOCITY: f64 = 1e3;

impl Kalman {
    /// Smooths the coordinates of a track.
    ///
    /// At the first sample the velocity is 0 units/s with a standard deviation of 1000 position
    /// errors per sample, which is to say unknown.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        let mut passes = Vec::with_capacity(positions.len());
        for axis in 0..D {
            let present = |position: &[f64; D]| !position[axis].is_nan();
            let Some(first) = positions.iter().position(present) else {
                continue;
            };
            let end = positions
                .iter()
                .rposition(present)
                .map_or(first, |last| last + 1);
            let coordinates = positions[first..end].iter().map(|position| position[axis]);
            self.filter(
                coordinates,
                &clock.times_s()[first..end],
                clock,
                &mut passes,
            );
            smooth(&mut passes);
            for (position, pass) in positions[first..end].iter_mut().zip(&passes) {
                if self.fill_missing || !position[axis].is_nan() {
                    position[axis] = pass.filtered.position;
                }
            }
        }
    }

    fn filter(
        &self,
        observed: impl Iterator<Item = f64>,
        times_s: &[f64],
        clock: Clock<'_>,
        passes: &mut Vec<Pass>,
    ) {
        let error = self.position_error.get();
        let velocity_sd = FIRST_VELOCITY * error * clock.rate_hz();
        let mut state = Gauss {
            position: 0.0,
            velocity: 0.0,
            variance: error * error,
            covariance: 0.0,
            velocity_variance: velocity_sd * velocity_sd,
        };
        passes.clear();
        for (sample, observed) in observed.enumerate() {
            if sample == 0 {
                state.position = observed;
                passes.push(Pass::new(state, state, 0.0));
                continue;
            }
            let seconds = times_s[sample] - times_s[sample - 1];
            let predicted = state.after(seconds, self.acceleration.get());
            state = match observed.is_nan() {
                true => predicted,
                false => predicted.given(observed, error * error),
            };
            passes.push(Pass::new(predicted, state, seconds));
        }
    }
}

/// Carries what is known later back to each sample.
fn smooth(passes: &mut [Pass]) {
    for sample in (0..passes.len().saturating_sub(1)).rev() {
        let after = passes[sample + 1];
        let here = &mut passes[sample].filtered;
        *here = here.smoothed(after.predicted, after.filtered, after.seconds);
    }
}

/// What is known at a sample: before it was observed, and after.
#[derive(Clone, Copy, Debug)]
struct Pass {
    predicted: Gauss,
    filtered: Gauss,
    /// The time since the sample before.
    seconds: f64,
}

impl Pass {
    const fn new(predicted: Gauss, filtered: Gauss, seconds: f64) -> Self {
        Self {
            predicted,
            filtered,
            seconds,
        }
    }
}

/// A position and a velocity with their variances.
#[derive(Clone, Copy, Debug)]
struct Gauss {
    position: f64,
    velocity: f64,
    variance: f64,
    covariance: f64,
    velocity_variance: f64,
}

impl Gauss {
    /// Returns what is known some time later.
    fn after(self, seconds: f64, acceleration: f64) -> Self {
        let jolt = acceleration * seconds;
        let (shift, quarter) = (jolt * jolt * seconds / 2.0, seconds * seconds / 4.0);
        let moved = self.covariance + seconds * self.velocity_variance;
        Self {
            position: self.position + seconds * self.velocity,
            velocity: self.velocity,
            variance: self.variance + seconds * (self.covariance + moved) + jolt * jolt * quarter,
            covariance: moved + shift,
            velocity_variance: self.velocity_variance + jolt * jolt,
        }
    }

    /// Returns what is known when the position was observed.
    fn given(self, observed: f64, error_variance: f64) -> Self {
        let total = self.variance + error_variance;
        let surprise = observed - self.position;
        let (gain, velocity_gain) = (self.variance / total, self.covariance / total);
        let kept = error_variance / total;
        Self {
            position: self.position + gain * surprise,
            velocity: self.velocity + velocity_gain * surprise,
            variance: kept * self.variance,
            covariance: kept * self.covariance,
            velocity_variance: self.velocity_variance - velocity_gain * self.covariance,
        }
    }

    /// Returns what is known here when the next sample, predicted from here, is known better.
    fn smoothed(self, predicted: Self, known: Self, seconds: f64) -> Self {
        // The gain is P Fᵀ P⁻¹ with the covariance P here and the predicted one, inverted.
        let [a, b, c] = [
            predicted.variance,
            predicted.covariance,
            predicted.velocity_variance,
        ];
        let determinant = a * c - b * b;
        let solve = |x: f64, y: f64| {
            let first = (c * x - b * y) / determinant;
            [first, (a * y - b * x) / determinant]
        };
        let moved = self.covariance + seconds * self.velocity_variance;
        let gain = solve(self.variance + seconds * self.covariance, self.covariance);
        let velocity_gain = solve(moved, self.velocity_variance);
        let surprise = [
            known.position - predicted.position,
            known.velocity - predicted.velocity,
        ];
        let [da, db, dc] = [
            known.variance - a,
            known.covariance - b,
            known.velocity_variance - c,
        ];
        let spread = |left: [f64; 2], right: [f64; 2]| {
            let first = left[0] * da + left[1] * db;
            first * right[0] + (left[0] * db + left[1] * dc) * right[1]
        };
        Self {
            position: self.position + gain[0] * surprise[0] + gain[1] * surprise[1],
            velocity: self.velocity
                + velocity_gain[0] * surprise[0]
                + velocity_gain[1] * surprise[1],
            variance: self.variance + spread(gain, gain),
            covariance: self.covariance + spread(gain, velocity_gain),
            velocity_variance: self.velocity_variance + spread(velocity_gain, velocity_gain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::scalars;

    const NAN: f64 = f64::NAN;

    fn kalman(position_error: f64, acceleration: f64) -> Kalman {
        Kalman {
            position_error: Positive::new(position_error).unwrap(),
            acceleration: Positive::new(acceleration).unwrap(),
            fill_missing: false,
        }
    }

    fn smooth(x: &[f64], times_s: &[f64], kalman: Kalman) -> Vec<f64> {
        let mut smoothed = x.to_vec();
        kalman.apply(scalars(&mut smoothed), Clock::new(times_s).unwrap());
        smoothed
    }

    #[test]
    fn one_who_moves_evenly_stays_where_it_was_seen() {
        let times_s = [0.0, 0.1, 0.25, 0.3, 1.0, 1.1];
        let x = times_s.map(|time_s| 5.0 + 20.0 * time_s);

        let smoothed = smooth(&x, &times_s, kalman(1.0, 50.0));

        for (before, after) in x.iter().zip(&smoothed) {
            assert!((before - after).abs() < 1e-3, "{before} {after}");
        }
    }

    #[test]
    fn gaps_between_samples_are_filled_when_asked_and_ends_are_not() {
        let times_s = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        let x = [NAN, 2.0, NAN, 6.0, 8.0, NAN];
        let filling = Kalman {
            fill_missing: true,
            ..kalman(0.1, 1.0)
        };

        let filled = smooth(&x, &times_s, filling);
        let kept = smooth(&x, &times_s, kalman(0.1, 1.0));

        assert!((filled[2] - 4.0).abs() < 1e-2, "{filled:?}");
        assert!(kept[2].is_nan());
        assert!(filled[0].is_nan() && filled[5].is_nan());
    }

    #[test]
    fn noise_becomes_smaller() {
        let mut noise = 1_u64;
        let mut random = || {
            noise = noise
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (noise >> 40) as f64 / (1 << 24) as f64 - 0.5
        };
        let times_s: Vec<f64> = (0..400).map(|at| f64::from(at) / 40.0).collect();
        let truth: Vec<f64> = times_s.iter().map(|t| 100.0 * t.sin()).collect();
        let seen: Vec<f64> = truth.iter().map(|x| x + 4.0 * random()).collect();

        let smoothed = smooth(&seen, &times_s, kalman(1.2, 100.0));

        let error = |x: &[f64]| {
            let squares = x.iter().zip(&truth).map(|(x, truth)| (x - truth).powi(2));
            squares.sum::<f64>()
        };
        assert!(error(&smoothed) < error(&seen) / 4.0);
    }

    #[test]
    fn tracks_with_too_little_stay_as_they_are() {
        assert_eq!(smooth(&[4.0], &[0.0], kalman(1.0, 1.0)), [4.0]);
        assert!(smooth(&[NAN, NAN], &[0.0, 1.0], kalman(1.0, 1.0))[0].is_nan());
        assert!(smooth(&[], &[], kalman(1.0, 1.0)).is_empty());
    }
}
