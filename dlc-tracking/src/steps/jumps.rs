use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    Positive, Span,
    kinematics::{distance, is_missing},
};
use crate::time::Clock;

/// Removes jumps: stretches of a track that it reaches and leaves faster than a subject can move.
///
/// A track is cut into stretches wherever two samples, one after the other, are further apart than
/// `max_speed` allows in the time between them; missing samples do not count, but their time does.
/// Stretches that last longer than `max_plateau` are trusted (the longest one when none is). The
/// others stay when they are within reach of the nearest stretch that stayed before them, or
/// after them where there is none before, and are made missing otherwise.
///
/// A single wrong sample is a stretch of one; a network that takes another thing for the body part
/// for a while makes a plateau.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct JumpRemoval {
    /// The highest speed that is believed, in units/s. A sample exactly within reach stays.
    pub max_speed_per_s: Positive,
    /// The longest stretch that may be a mistake, counted from its first to after its last sample.
    pub max_plateau: Span,
}

impl JumpRemoval {
    /// Makes jumps missing, and returns how many samples it removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::{steps::{self, JumpRemoval, Positive, Span}, time::Clock};
    ///
    /// let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0, 4.0])?;
    /// let mut x = [0.0, 1.0, 90.0, 3.0, 4.0];
    /// let removal = JumpRemoval {
    ///     max_speed_per_s: Positive::new(2.0)?,
    ///     max_plateau: Span::seconds(1.0)?,
    /// };
    ///
    /// assert_eq!(removal.apply(steps::scalars(&mut x), clock), 1);
    /// assert!(x[2].is_nan());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) -> usize {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        let jumps = {
            let track = Track {
                positions,
                clock,
                max_speed: self.max_speed_per_s.get(),
            };
            track.jumps(self.max_plateau)
        };
        let mut removed = 0;
        for jump in jumps {
            let jump = &mut positions[jump];
            removed += jump.iter().filter(|position| !is_missing(position)).count();
            jump.fill([f64::NAN; D]);
        }
        removed
    }
}

#[derive(Clone, Copy, Debug)]
struct Track<'a, const D: usize> {
    positions: &'a [[f64; D]],
    clock: Clock<'a>,
    max_speed: f64,
}

impl<const D: usize> Track<'_, D> {
    /// Returns the stretches that are wrong.
    fn jumps(self, max_plateau: Span) -> Vec<Range<usize>> {
        let stretches = self.stretches();
        let lengths = stretches.iter().map(|stretch| self.samples(stretch));
        let lengths: Vec<f64> = lengths.collect();
        // Rounding: 10 samples at 40 Hz last a little more than 0.25 s now and then.
        let limit = max_plateau.at(self.clock.rate_hz()) + 1e-6;
        let longest = lengths.iter().copied().fold(0.0, f64::max);
        let trusted = |place: usize| lengths[place] > limit.min(longest - 1e-6);
        let Some(first) = (0..stretches.len()).find(|place| trusted(*place)) else {
            return Vec::new();
        };

        let mut jumps = Vec::new();
        let mut kept = first;
        for place in (0..first).rev() {
            match self.reach(&stretches[place], &stretches[kept]) {
                true => kept = place,
                false => jumps.push(stretches[place].clone()),
            }
        }
        kept = first;
        for place in first + 1..stretches.len() {
            match trusted(place) || self.reach(&stretches[kept], &stretches[place]) {
                true => kept = place,
                false => jumps.push(stretches[place].clone()),
            }
        }
        jumps
    }

    /// Returns the stretches without a jump, from their first to after their last sample.
    fn stretches(self) -> Vec<Range<usize>> {
        let present = (0..self.positions.len()).filter(|at| !is_missing(&self.positions[*at]));
        let mut stretches: Vec<Range<usize>> = Vec::new();
        for sample in present {
            match stretches.last_mut() {
                Some(stretch) if self.near(stretch.end - 1, sample) => stretch.end = sample + 1,
                _ => stretches.push(sample..sample + 1),
            }
        }
        stretches
    }

    /// Returns how long a stretch lasts, in samples.
    fn samples(self, stretch: &Range<usize>) -> f64 {
        let times_s = self.clock.times_s();
        let seconds = times_s[stretch.end - 1] - times_s[stretch.start];
        seconds * self.clock.rate_hz() + 1.0
    }

    fn reach(self, before: &Range<usize>, after: &Range<usize>) -> bool {
        self.near(before.end - 1, after.start)
    }

    fn near(self, from: usize, to: usize) -> bool {
        let times_s = self.clock.times_s();
        let way = distance(&self.positions[from], &self.positions[to]);
        way <= self.max_speed * (times_s[to] - times_s[from]) * (1.0 + 1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::scalars;

    const NAN: f64 = f64::NAN;

    /// Returns which samples are missing after jumps faster than 2/s were removed at 1 Hz.
    fn missing(x: &[f64], max_plateau: f64) -> Vec<usize> {
        let times_s: Vec<f64> = (0..x.len()).map(|at| at as f64).collect();
        let mut cleaned = x.to_vec();
        let removal = JumpRemoval {
            max_speed_per_s: Positive::new(2.0).unwrap(),
            max_plateau: Span::seconds(max_plateau).unwrap(),
        };
        removal.apply(scalars(&mut cleaned), Clock::new(&times_s).unwrap());
        (0..x.len()).filter(|at| cleaned[*at].is_nan()).collect()
    }

    #[test]
    fn a_plateau_goes_and_a_longer_one_stays() {
        let x = [0.0, 0.0, 0.0, 50.0, 50.0, 50.0, 0.0, 0.0, 0.0, 0.0];

        assert_eq!(missing(&x, 3.0), [3, 4, 5]);
        assert!(missing(&x, 2.0).is_empty());
    }

    #[test]
    fn scattered_samples_all_go() {
        let x = [0.0, 0.0, 70.0, 20.0, 90.0, -40.0, 0.0, 0.0, 0.0];

        assert_eq!(missing(&x, 2.0), [2, 3, 4, 5]);
    }

    #[test]
    fn a_wrong_first_sample_goes_and_a_right_one_before_a_jump_stays() {
        assert_eq!(missing(&[60.0, 1.0, 1.0, 1.0, 1.0], 2.0), [0]);
        assert_eq!(missing(&[1.0, 60.0, 1.0, 1.0, 1.0, 1.0], 2.0), [1]);
    }

    #[test]
    fn reach_grows_over_a_gap() {
        let x = [0.0, 0.0, 0.0, NAN, NAN, 6.0, 6.0, 6.0];

        assert_eq!(missing(&x, 9.0), [3, 4]);
    }

    #[test]
    fn the_longest_stretch_stays_when_all_are_short() {
        assert_eq!(missing(&[50.0, 1.0, 1.0, 50.0], 100.0), [0, 3]);
        assert_eq!(missing(&[1.0], 100.0), [0; 0]);
        assert_eq!(missing(&[NAN, NAN], 100.0), [0, 1]);
        assert!(missing(&[], 1.0).is_empty());
    }
}
