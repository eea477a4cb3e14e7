use std::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::steps::{NonNegative, Positive};

/// Smoothing that knows the past only, for live use.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
#[non_exhaustive]
pub enum CausalFilter {
    /// None.
    #[default]
    Off,
    /// A mean whose weights fall with time: it follows a step to 63 % after the time constant,
    /// and lags behind a steady movement by it, whatever the sample rate.
    Exponential {
        /// The time constant, in s.
        time_constant_s: Positive,
    },
    /// The 1€ filter (Casiez, Roussel and Vogel 2012): an exponential mean that follows the faster,
    /// the faster the value changes. Still values are steady, fast ones lag little.
    OneEuro {
        /// The cut-off frequency of a value that stands still, in Hz.
        min_cutoff_hz: Positive,
        /// How much the cut-off frequency grows with the rate of change, in Hz for a unit/s.
        beta: NonNegative,
        /// The cut-off frequency for the rate of change itself, in Hz.
        rate_cutoff_hz: Positive,
    },
}

/// What a filter remembers of values with `N` coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Filtering<const N: usize> {
    filter: CausalFilter,
    last: Option<Last<N>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Last<const N: usize> {
    time_s: f64,
    raw: [f64; N],
    smooth: [f64; N],
    rate: [f64; N],
}

impl<const N: usize> Filtering<N> {
    pub(crate) const fn new(filter: CausalFilter) -> Self {
        Self { filter, last: None }
    }

    pub(crate) fn restart(&mut self) {
        self.last = None;
    }

    /// Returns the smooth value of a sample; a missing one stays missing. The filter starts anew
    /// after `forget_after_s` without a value.
    pub(crate) fn next(&mut self, value: [f64; N], time_s: f64, forget_after_s: f64) -> [f64; N] {
        if value.iter().any(|coordinate| coordinate.is_nan()) {
            return [f64::NAN; N];
        }
        let recent = |last: &Last<N>| time_s - last.time_s <= forget_after_s;
        let next = match self.last.filter(recent) {
            Some(last) => self.follow(last, value, time_s),
            None => Last {
                time_s,
                raw: value,
                smooth: value,
                rate: [0.0; N],
            },
        };
        self.last = Some(next);
        next.smooth
    }

    fn follow(&self, last: Last<N>, raw: [f64; N], time_s: f64) -> Last<N> {
        let seconds = time_s - last.time_s;
        let mut rate = last.rate;
        let weight = match self.filter {
            CausalFilter::Off => 1.0,
            CausalFilter::Exponential { time_constant_s } => {
                -(-seconds / time_constant_s.get()).exp_m1()
            }
            CausalFilter::OneEuro {
                min_cutoff_hz,
                beta,
                rate_cutoff_hz,
            } => {
                let now = std::array::from_fn(|axis| (raw[axis] - last.raw[axis]) / seconds);
                rate = mix(last.rate, now, one_euro(seconds, rate_cutoff_hz.get()));
                let length = rate.iter().map(|r| r * r).sum::<f64>().sqrt();
                one_euro(seconds, min_cutoff_hz.get() + beta.get() * length)
            }
        };
        Last {
            time_s,
            raw,
            smooth: mix(last.smooth, raw, weight),
            rate,
        }
    }
}

fn mix<const N: usize>(old: [f64; N], new: [f64; N], weight: f64) -> [f64; N] {
    if weight == 1.0 {
        return new;
    }
    std::array::from_fn(|axis| old[axis] + weight * (new[axis] - old[axis]))
}

/// Returns the weight of a new value after some seconds, at a cut-off frequency.
fn one_euro(seconds: f64, cutoff_hz: f64) -> f64 {
    1.0 / (1.0 + 1.0 / (TAU * cutoff_hz * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positive(number: f64) -> Positive {
        Positive::new(number).unwrap()
    }

    fn answers(filter: CausalFilter, rate_hz: f64, values: &[f64]) -> Vec<f64> {
        let mut filtering = Filtering::new(filter);
        let at = |(sample, value): (usize, &f64)| {
            filtering.next([*value], sample as f64 / rate_hz, 0.5)[0]
        };
        values.iter().enumerate().map(at).collect()
    }

    fn step(len: usize) -> Vec<f64> {
        (0..len)
            .map(|sample| f64::from(u8::from(sample > 0)))
            .collect()
    }

    #[test]
    fn a_step_is_followed_to_63_percent_after_the_time_constant_at_any_rate() {
        let filter = CausalFilter::Exponential {
            time_constant_s: positive(0.2),
        };
        for (rate_hz, at) in [(40.0, 8), (100.0, 20)] {
            let answer = answers(filter, rate_hz, &step(61));
            assert!((answer[at] - (1.0 - (-1.0_f64).exp())).abs() < 1e-12);
        }
    }

    // Source: the formulas of the paper, worked out by hand for 10 Hz.
    #[test]
    fn the_one_euro_filter_follows_fast_changes_faster() {
        let filter = |beta| CausalFilter::OneEuro {
            min_cutoff_hz: positive(1.0),
            beta: NonNegative::new(beta).unwrap(),
            rate_cutoff_hz: positive(1.0),
        };
        let slow = answers(filter(0.0), 10.0, &[0.0, 1.0]);
        assert!((slow[1] - 0.385_869_545_095_038_2).abs() < 1e-12);
        let fast = answers(filter(1.0), 10.0, &[0.0, 1.0]);
        let rate = 10.0 * 0.385_869_545_095_038_2;
        let expected = 1.0 / (1.0 + 1.0 / (TAU * (1.0 + rate) * 0.1));
        assert!((fast[1] - expected).abs() < 1e-12);
    }

    #[test]
    fn a_missing_value_stays_missing_and_a_long_gap_is_forgotten() {
        let filter = CausalFilter::Exponential {
            time_constant_s: positive(10.0),
        };
        let mut values = vec![0.0, f64::NAN, 1.0];
        values.extend([f64::NAN; 6]);
        values.push(5.0);
        let answer = answers(filter, 10.0, &values);

        assert!(answer[1].is_nan());
        assert!(answer[2] < 0.1);
        assert_eq!(answer[9], 5.0);
    }
}
