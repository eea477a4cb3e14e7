use serde::{Deserialize, Serialize};

use super::{Edges, Span, edges::Padded};
use crate::time::Clock;

/// A statistic of the samples around each one, as `movement`'s `rolling_filter`.
///
/// Missing samples do not count. Of a window with an even number of samples one more lies before
/// the sample than after it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rolling {
    /// What is taken from a window.
    pub statistic: Statistic,
    /// How long a window is: samples are rounded to a whole number, seconds to an odd one. A
    /// window of one sample changes nothing.
    pub window: Span,
    /// What is beyond the first and the last sample.
    #[serde(default)]
    pub edges: Edges,
    /// How many samples of a window must be there; with fewer the result is missing. More than
    /// the window has means all of them.
    #[serde(default = "one")]
    pub min_present: usize,
    /// Whether a missing sample takes the statistic of those around it; it stays missing
    /// otherwise.
    #[serde(default)]
    pub fill_missing: bool,
}

/// What is taken from a window.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// The middle one in order of size, or the mean of the two middle ones. It removes single
    /// outliers and keeps steps.
    Median,
    /// The mean: a moving average.
    Mean,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

const fn one() -> usize {
    1
}

impl Rolling {
    /// Creates a filter that reflects at the edges and leaves the missing missing.
    pub const fn new(statistic: Statistic, window: Span) -> Self {
        Self {
            statistic,
            window,
            edges: Edges::Reflect,
            min_present: 1,
            fill_missing: false,
        }
    }

    /// Filters the coordinates of a track.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::{steps::{self, Rolling, Span, Statistic}, time::Clock};
    ///
    /// let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0, 4.0])?;
    /// let mut x = [1.0, 2.0, 30.0, 4.0, 5.0];
    ///
    /// let median = Rolling::new(Statistic::Median, Span::samples(3.0)?);
    /// median.apply(steps::scalars(&mut x), clock);
    ///
    /// assert_eq!(x, [1.0, 2.0, 4.0, 5.0, 5.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        let len = positions.len();
        let window = self.window_at(clock.rate_hz(), 2 * len + 1);
        let needed = self.min_present.clamp(1, window);
        let mut padded = Padded::default();
        let mut sorted = Sorted(Vec::with_capacity(window));
        for axis in 0..D {
            padded.fill(positions, axis, [window / 2, (window - 1) / 2], self.edges);
            let write = |sample: usize, value: f64| {
                let position: &mut f64 = &mut positions[sample][axis];
                if self.fill_missing || !position.is_nan() {
                    *position = value;
                }
            };
            match self.statistic {
                Statistic::Mean => slide(&padded, window, needed, &mut Sum::default(), write),
                Statistic::Median => slide(&padded, window, needed, &mut sorted.median(), write),
                Statistic::Min => slide(&padded, window, needed, &mut sorted.min(), write),
                Statistic::Max => slide(&padded, window, needed, &mut sorted.max(), write),
            }
        }
    }

    fn window_at(&self, rate_hz: f64, limit: usize) -> usize {
        match self.window {
            Span::Seconds(_) => self.window.odd_window(rate_hz, limit),
            Span::Samples(_) => self.window.window(rate_hz, limit),
        }
    }
}

/// Numbers of which some come and some go.
trait Window {
    fn clear(&mut self);
    fn add(&mut self, value: f64);
    fn remove(&mut self, value: f64);
    /// Returns the statistic of one or more numbers.
    fn statistic(&self, count: usize) -> f64;
}

fn slide(
    padded: &Padded,
    window: usize,
    needed: usize,
    numbers: &mut impl Window,
    mut write: impl FnMut(usize, f64),
) {
    numbers.clear();
    let mut count = 0;
    for (place, &value) in padded.values.iter().enumerate() {
        if padded.is_present(place) {
            numbers.add(value);
            count += 1;
        }
        let Some(first) = (place + 1).checked_sub(window) else {
            continue;
        };
        let statistic = match count >= needed {
            true => numbers.statistic(count),
            false => f64::NAN,
        };
        write(first, statistic);
        if padded.is_present(first) {
            numbers.remove(padded.values[first]);
            count -= 1;
        }
    }
}

/// A sum that keeps what is lost to rounding (Neumaier), so that nothing drifts.
#[derive(Debug, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Window for Sum {
    fn clear(&mut self) {
        *self = Self::default();
    }

    fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        self.lost += match self.sum.abs() >= value.abs() {
            true => self.sum - sum + value,
            false => value - sum + self.sum,
        };
        self.sum = sum;
    }

    fn remove(&mut self, value: f64) {
        self.add(-value);
    }

    fn statistic(&self, count: usize) -> f64 {
        (self.sum + self.lost) / count as f64
    }
}

/// Numbers in order of size.
#[derive(Debug)]
struct Sorted(Vec<f64>);

impl Sorted {
    fn median(&mut self) -> Ordered<'_, impl Fn(&[f64]) -> f64> {
        let median = |sorted: &[f64]| {
            let middle = sorted.len() / 2;
            match sorted.len() % 2 {
                1 => sorted[middle],
                _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
            }
        };
        Ordered(&mut self.0, median)
    }

    fn min(&mut self) -> Ordered<'_, impl Fn(&[f64]) -> f64> {
        Ordered(&mut self.0, |sorted: &[f64]| sorted[0])
    }

    fn max(&mut self) -> Ordered<'_, impl Fn(&[f64]) -> f64> {
        Ordered(&mut self.0, |sorted: &[f64]| sorted[sorted.len() - 1])
    }
}

#[derive(Debug)]
struct Ordered<'a, S>(&'a mut Vec<f64>, S);

impl<S: Fn(&[f64]) -> f64> Window for Ordered<'_, S> {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn add(&mut self, value: f64) {
        let mut place = self.0.len();
        self.0.push(value);
        while place > 0 && self.0[place - 1] > value {
            self.0[place] = self.0[place - 1];
            place -= 1;
        }
        self.0[place] = value;
    }

    fn remove(&mut self, value: f64) {
        let Some(mut carried) = self.0.pop() else {
            return;
        };
        // From the largest down, each takes the place of the next smaller one.
        for place in (0..self.0.len()).rev() {
            if carried == value {
                break;
            }
            carried = std::mem::replace(&mut self.0[place], carried);
        }
    }

    fn statistic(&self, _: usize) -> f64 {
        (self.1)(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::scalars;

    const NAN: f64 = f64::NAN;
    const X: [f64; 10] = [1.0, 2.0, 30.0, 4.0, 5.0, 6.0, NAN, 8.0, 9.0, 10.0];

    fn filter(x: &[f64], rolling: Rolling) -> Vec<f64> {
        let times_s: Vec<f64> = (0..x.len()).map(|at| at as f64).collect();
        let mut filtered = x.to_vec();
        rolling.apply(scalars(&mut filtered), Clock::new(&times_s).unwrap());
        filtered
    }

    fn movement(statistic: Statistic, window: f64, min_present: usize) -> Vec<f64> {
        let rolling = Rolling {
            edges: Edges::Mirror,
            min_present,
            fill_missing: true,
            ..Rolling::new(statistic, Span::samples(window).unwrap())
        };
        filter(&X, rolling)
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let near = (found - expected).abs() < 1e-12 || found.is_nan() && expected.is_nan();
            assert!(near, "{found} {expected}");
        }
    }

    // Source: movement 0.17.0, rolling_filter.
    #[test]
    fn windows_are_those_of_movement() {
        let all = movement(Statistic::Median, 3.0, usize::MAX);
        assert_near(&all, &[2.0, 2.0, 4.0, 5.0, 5.0, NAN, NAN, NAN, 9.0, 9.0]);
        let some = movement(Statistic::Median, 3.0, 1);
        assert_near(&some, &[2.0, 2.0, 4.0, 5.0, 5.0, 5.5, 7.0, 8.5, 9.0, 9.0]);
        let even = movement(Statistic::Median, 4.0, 1);
        assert_near(&even, &[2.0, 2.0, 3.0, 4.5, 5.5, 5.0, 6.0, 8.0, 9.0, 9.0]);
        let mean = movement(Statistic::Mean, 5.0, 2);
        assert_near(
            &mean,
            &[13.0, 7.8, 8.4, 9.4, 11.25, 5.75, 7.0, 8.25, 9.0, 8.8],
        );
        let max = movement(Statistic::Max, 4.0, 1);
        assert_near(
            &max,
            &[30.0, 30.0, 30.0, 30.0, 30.0, 6.0, 8.0, 9.0, 10.0, 10.0],
        );
        let min = movement(Statistic::Min, 3.0, 2);
        assert_near(&min, &[1.0, 1.0, 2.0, 4.0, 4.0, 5.0, 6.0, 8.0, 8.0, 9.0]);
    }

    #[test]
    fn the_missing_stay_missing_unless_asked() {
        let median = Rolling::new(Statistic::Median, Span::samples(3.0).unwrap());

        let filtered = filter(&X, median);

        assert!(filtered[6].is_nan());
        assert_eq!([filtered[5], filtered[7]], [5.5, 8.5]);
    }

    #[test]
    fn windows_shrink_at_open_edges() {
        let mean = Rolling {
            edges: Edges::Missing,
            ..Rolling::new(Statistic::Mean, Span::samples(3.0).unwrap())
        };

        assert_eq!(filter(&[1.0, 2.0, 6.0], mean), [1.5, 3.0, 4.0]);
    }

    #[test]
    fn seconds_are_odd_numbers_of_samples() {
        let mean = Rolling::new(Statistic::Mean, Span::seconds(4.0).unwrap());

        assert_eq!(mean.window_at(1.0, 99), 5);
        assert_eq!(mean.window_at(0.0, 99), 1);
    }

    #[test]
    fn a_large_number_that_went_by_leaves_no_trace() {
        let mut x = vec![0.1; 100];
        x[10] = 1e12;
        let mean = Rolling::new(Statistic::Mean, Span::samples(5.0).unwrap());

        assert!((filter(&x, mean)[50] - 0.1).abs() < 1e-15);
    }

    #[test]
    fn windows_may_be_longer_than_the_track() {
        for statistic in [Statistic::Median, Statistic::Mean, Statistic::Min] {
            let rolling = Rolling::new(statistic, Span::samples(1e18).unwrap());
            assert_eq!(filter(&[4.0], rolling), [4.0]);
            assert!(filter(&[], rolling).is_empty());
            assert!(filter(&[NAN, NAN], rolling)[1].is_nan());
        }
    }
}
