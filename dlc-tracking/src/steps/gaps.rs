mod spline;

use serde::{Deserialize, Serialize};

use self::spline::Cubic;
use super::Span;
use crate::time::Clock;

/// Filling of missing samples from those around them.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GapFilling {
    /// How samples are filled.
    #[serde(default)]
    pub method: Interpolation,
    /// The longest gap that is filled; `None` fills all.
    ///
    /// A gap as long as the limit is filled. In seconds, a gap of three missing samples at 40 Hz
    /// is 0.075 s long, and a pause between two files belongs to it.
    #[serde(default)]
    pub max_gap: Option<Span>,
    /// What happens before the first and after the last sample that is there.
    #[serde(default)]
    pub ends: Ends,
}

/// How missing samples follow from those around them.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Interpolation {
    /// On a straight line. A gap needs one sample on either side.
    #[default]
    Linear,
    /// The nearest sample; of two equally near ones the earlier.
    Nearest,
    /// On the cubic spline through all samples, with not-a-knot ends, as scipy's `CubicSpline`.
    /// It overshoots. Nothing is filled in a track of fewer than four samples.
    Cubic,
    /// On the monotone piecewise cubic of Fritsch and Carlson, as scipy's `PchipInterpolator`. It
    /// does not overshoot.
    Pchip,
}

/// What happens before the first and after the last sample that is there.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// They stay missing.
    #[default]
    Missing,
    /// They take the first or the last sample.
    Hold,
    /// The curve goes on. A cubic one soon leaves the picture.
    Extrapolate,
}

impl GapFilling {
    /// Fills gaps in the coordinates of a track, and returns how many numbers it filled.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::{steps::{self, GapFilling, Span}, time::Clock};
    ///
    /// let nan = f64::NAN;
    /// let mut x = [nan, 1.0, nan, 3.0, nan, nan, 6.0];
    /// let filling = GapFilling { max_gap: Some(Span::seconds(1.0)?), ..GapFilling::default() };
    ///
    /// let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
    /// let filled = filling.apply(steps::scalars(&mut x), clock);
    ///
    /// assert_eq!((filled, x[2]), (1, 2.0));
    /// assert!(x[0].is_nan() && x[4].is_nan());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) -> usize {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        let mut known = Known::default();
        let mut filled = 0;
        for axis in 0..D {
            if first_missing(positions, axis).is_some() {
                match self.method {
                    Interpolation::Linear | Interpolation::Nearest => {
                        known.fill_around_gaps(positions, axis, clock.times_s());
                    }
                    Interpolation::Cubic | Interpolation::Pchip => {
                        known.fill(positions, axis, clock.times_s());
                    }
                }
                filled += self.fill(&known, clock, |sample, value| {
                    positions[sample][axis] = value;
                });
            }
        }
        filled
    }

    fn fill(&self, known: &Known, clock: Clock<'_>, mut write: impl FnMut(usize, f64)) -> usize {
        let curve = match self.method {
            Interpolation::Cubic if known.samples.len() < 4 => return 0,
            Interpolation::Cubic => Curve::Cubic(Cubic::not_a_knot(&known.times_s, &known.values)),
            Interpolation::Pchip if known.samples.len() > 2 => Curve::Pchip,
            Interpolation::Nearest => Curve::Nearest,
            Interpolation::Linear | Interpolation::Pchip => Curve::Linear,
        };
        let mut filled = 0;
        let mut gap = |from: usize, to: usize, value: &dyn Fn(f64) -> f64| {
            for sample in from..to {
                write(sample, value(clock.times_s()[sample]));
            }
            filled += to - from;
        };
        for &piece in &known.gaps {
            let (from, to) = (known.samples[piece] + 1, known.samples[piece + 1]);
            if self.is_short(from, to, clock) {
                gap(from, to, &|time_s| curve.at(known, piece, time_s));
            }
        }
        for (from, to, place) in known.ends(clock.len()) {
            let extrapolates = self.ends == Ends::Extrapolate && known.samples.len() > 1;
            let piece = place.min(known.samples.len().saturating_sub(2));
            if self.ends == Ends::Missing || !self.is_short(from, to, clock) {
                continue;
            }
            match extrapolates && self.method != Interpolation::Nearest {
                true => gap(from, to, &|time_s| curve.at(known, piece, time_s)),
                false => gap(from, to, &|_| known.values[place]),
            }
        }
        filled
    }

    /// Returns whether the missing samples from one to before another may be filled.
    fn is_short(&self, from: usize, to: usize, clock: Clock<'_>) -> bool {
        let missing = match self.max_gap {
            None => return true,
            Some(Span::Samples(_)) => (to - from) as f64,
            Some(Span::Seconds(_)) => {
                let times_s = clock.times_s();
                let before = times_s[from.saturating_sub(1)];
                let after = times_s[to.min(clock.len() - 1)];
                let open_ends =
                    f64::from(u8::from(from == 0)) + f64::from(u8::from(to == clock.len()));
                ((after - before) * clock.rate_hz()).round() - 1.0 + open_ends
            }
        };
        // The times of stored samples are rounded: 3 / 40 Hz is a little less than 0.075 s.
        self.max_gap
            .is_some_and(|limit| missing <= limit.at(clock.rate_hz()) + 1e-6)
    }
}

/// The samples of a coordinate that are there: all, or those that a filling looks at.
#[derive(Debug, Default)]
struct Known {
    samples: Vec<usize>,
    times_s: Vec<f64>,
    values: Vec<f64>,
    /// The places after which samples are missing, but the last.
    gaps: Vec<usize>,
}

impl Known {
    fn clear(&mut self) {
        self.samples.clear();
        self.times_s.clear();
        self.values.clear();
        self.gaps.clear();
    }

    fn fill<const D: usize>(&mut self, positions: &[[f64; D]], axis: usize, times_s: &[f64]) {
        self.clear();
        self.samples.reserve_exact(positions.len());
        self.times_s.reserve_exact(positions.len());
        self.values.reserve_exact(positions.len());
        for (sample, position) in positions.iter().enumerate() {
            self.push(sample, position[axis], times_s);
        }
        let pairs = self.samples.windows(2).enumerate();
        let gaps = pairs.filter_map(|(place, pair)| (pair[1] - pair[0] > 1).then_some(place));
        self.gaps.extend(gaps);
    }

    /// Takes the samples on either side of each gap, and the outermost two of either end.
    fn fill_around_gaps<const D: usize>(
        &mut self,
        positions: &[[f64; D]],
        axis: usize,
        times_s: &[f64],
    ) {
        self.clear();
        let is_missing = |position: &[f64; D]| position[axis].is_nan();
        let is_present = |sample: &usize| !is_missing(&positions[*sample]);
        let len = positions.len();
        let first = (0..len).find(is_present).unwrap_or(len);
        let second = (first + 1..len).find(is_present).unwrap_or(len);
        let last = (0..len).rfind(is_present).unwrap_or(0);
        let last_but_one = (0..last).rfind(is_present).unwrap_or(0);
        let mut gaps = std::mem::take(&mut self.gaps);
        let mut take = |sample: usize| {
            if self.samples.last().is_none_or(|last| *last < sample) && sample < len {
                self.push(sample, positions[sample][axis], times_s);
            }
            self.samples.len()
        };
        take(first);
        let mut sample = first;
        while sample < last {
            let Some(run) = first_missing(&positions[sample + 1..=last], axis) else {
                break;
            };
            let before = sample + run;
            if second <= before {
                take(second);
            }
            let place = take(before) - 1;
            let missing = positions[before + 1..].iter().take_while(|p| is_missing(p));
            sample = before + 1 + missing.count();
            take(sample);
            gaps.push(place);
        }
        for sample in [second, last_but_one, last] {
            take(sample);
        }
        self.gaps = gaps;
    }

    fn push(&mut self, sample: usize, value: f64, times_s: &[f64]) {
        if !value.is_nan() {
            self.samples.push(sample);
            self.times_s.push(times_s[sample]);
            self.values.push(value);
        }
    }

    /// Returns the missing samples before the first and after the last, and the place of those.
    fn ends(&self, len: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let last = self.samples.len().saturating_sub(1);
        let before = self.samples.first().map(|first| (0, *first, 0));
        let after = self.samples.last().map(|sample| (sample + 1, len, last));
        let ends = before.into_iter().chain(after);
        ends.filter(|(from, to, _)| from < to)
    }
}

/// Returns the place of the first sample that is missing.
fn first_missing<const D: usize>(positions: &[[f64; D]], axis: usize) -> Option<usize> {
    // Several samples are looked at together, which is faster when most are there.
    const LANES: usize = 16;
    let any = |chunk: &[[f64; D]; LANES]| {
        let missing = |any: bool, position: &[f64; D]| any | position[axis].is_nan();
        chunk.iter().fold(false, missing)
    };
    let (chunks, _) = positions.as_chunks::<LANES>();
    let start = LANES * chunks.iter().position(any).unwrap_or(chunks.len());
    let is_missing = |position: &[f64; D]| position[axis].is_nan();
    let place = positions[start..].iter().position(is_missing)?;
    Some(start + place)
}

/// A curve through known samples; a piece is the part after a known sample up to the next.
#[derive(Debug)]
enum Curve {
    Linear,
    Nearest,
    Cubic(Cubic),
    Pchip,
}

impl Curve {
    fn at(&self, known: &Known, piece: usize, time_s: f64) -> f64 {
        let (times_s, values) = (&known.times_s, &known.values);
        let [start, end] = [times_s[piece], times_s[piece + 1]];
        let part = (time_s - start) / (end - start);
        match self {
            Self::Linear => values[piece] + (values[piece + 1] - values[piece]) * part,
            // Times are rounded: what is in the middle but for that belongs to the earlier.
            Self::Nearest => values[piece + usize::from(part > 0.5 + 1e-9)],
            Self::Cubic(cubic) => cubic.at(times_s, values, piece, time_s),
            Self::Pchip => {
                let slopes = [piece, piece + 1].map(|at| spline::pchip_slope(times_s, values, at));
                spline::hermite(&times_s[piece..], &values[piece..], slopes, time_s)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::scalars;

    const NAN: f64 = f64::NAN;
    const X: [f64; 12] = [NAN, 1.0, 2.5, NAN, 4.0, NAN, NAN, NAN, 3.0, 9.0, NAN, NAN];

    fn fill(x: &[f64], filling: GapFilling) -> Vec<f64> {
        let times_s: Vec<f64> = (0..x.len()).map(|at| at as f64 * 0.1).collect();
        let mut filled = x.to_vec();
        filling.apply(scalars(&mut filled), Clock::new(&times_s).unwrap());
        filled
    }

    fn method(method: Interpolation) -> GapFilling {
        GapFilling {
            method,
            ..GapFilling::default()
        }
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let near = (found - expected).abs() < 1e-5 || found.is_nan() && expected.is_nan();
            assert!(near, "{found} {expected}");
        }
    }

    // Source: movement 0.17.0 and scipy 1.18.1.
    #[test]
    fn what_is_not_near_a_gap_changes_nothing() {
        let mut seed = 1_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 33
        };
        for round in 0..2000 {
            let len = random() % 12;
            let gaps = random() % 5;
            let value = |at: u64, gap: bool| if gap { [NAN] } else { [(at * at) as f64] };
            let x: Vec<[f64; 1]> = (0..len).map(|at| value(at, random() % 5 < gaps)).collect();
            let times_s: Vec<f64> = (0..len)
                .map(|at| at as f64 + 0.1 * (at % 3) as f64)
                .collect();
            let clock = Clock::new(&times_s).unwrap();
            for ends in [Ends::Missing, Ends::Hold, Ends::Extrapolate] {
                for method in [Interpolation::Linear, Interpolation::Nearest] {
                    let filling = GapFilling {
                        method,
                        max_gap: None,
                        ends,
                    };
                    let [mut sparse, mut all] = [x.clone(), x.clone()];
                    filling.apply(&mut sparse, clock);
                    let mut known = Known::default();
                    known.fill(&x, 0, &times_s);
                    filling.fill(&known, clock, |sample, value| all[sample][0] = value);
                    assert_eq!(format!("{sparse:?}"), format!("{all:?}"), "{round} {x:?}");
                }
            }
        }
    }

    #[test]
    fn gaps_are_filled_as_scipy_does() {
        let expected =
            |a: f64, [b, c, d]: [f64; 3]| [NAN, 1.0, 2.5, a, 4.0, b, c, d, 3.0, 9.0, NAN, NAN];
        for (interpolation, one, three) in [
            (Interpolation::Linear, 3.25, [3.75, 3.5, 3.25]),
            (Interpolation::Nearest, 2.5, [4.0, 4.0, 3.0]),
            (
                Interpolation::Cubic,
                3.753247,
                [2.844156, 1.344156, 0.922078],
            ),
            (Interpolation::Pchip, 3.509615, [3.84375, 3.5, 3.15625]),
        ] {
            assert_near(&fill(&X, method(interpolation)), &expected(one, three));
        }
    }

    #[test]
    fn longer_gaps_stay_in_samples_or_in_seconds() {
        for (limit, filled) in [
            (Span::samples(2.0), 1),
            (Span::samples(3.0), 4),
            (Span::seconds(0.29), 1),
            (Span::seconds(0.3), 4),
            (Span::seconds(0.0), 0),
        ] {
            let limit = limit.unwrap();
            let filling = GapFilling {
                max_gap: Some(limit),
                ..GapFilling::default()
            };
            let missing = fill(&X, filling).iter().filter(|x| x.is_nan()).count();
            assert_eq!(missing, 7 - filled, "{limit:?}");
        }
    }

    #[test]
    fn a_pause_counts_as_missing_time_but_not_as_missing_samples() {
        let times_s = [0.0, 0.1, 0.2, 60.0, 60.1];
        let filled = |limit| {
            let mut x = [1.0, 2.0, NAN, 4.0, 5.0];
            let max_gap = Some(limit);
            let filling = GapFilling {
                max_gap,
                ..GapFilling::default()
            };
            filling.apply(scalars(&mut x), Clock::new(&times_s).unwrap())
        };

        assert_eq!(filled(Span::seconds(1.0).unwrap()), 0);
        assert_eq!(filled(Span::samples(1.0).unwrap()), 1);
    }

    #[test]
    fn ends_are_held_or_extrapolated_when_asked() {
        let ends = |ends, max_gap| GapFilling {
            ends,
            max_gap,
            ..GapFilling::default()
        };

        let held = fill(&X, ends(Ends::Hold, None));
        assert_eq!([held[0], held[10], held[11]], [1.0, 9.0, 9.0]);
        let gone_on = fill(&X, ends(Ends::Extrapolate, None));
        assert_near(&[gone_on[0], gone_on[10], gone_on[11]], &[-0.5, 15.0, 21.0]);
        let short = fill(&X, ends(Ends::Hold, Span::seconds(0.1).ok()));
        assert_eq!(short[0], 1.0);
        assert!(short[10].is_nan() && short[11].is_nan());
    }

    #[test]
    fn tracks_with_too_little_stay_as_they_are() {
        for interpolation in [
            Interpolation::Linear,
            Interpolation::Nearest,
            Interpolation::Cubic,
            Interpolation::Pchip,
        ] {
            for ends in [Ends::Missing, Ends::Extrapolate] {
                let filling = GapFilling {
                    ends,
                    ..method(interpolation)
                };
                assert!(fill(&[NAN; 3], filling).iter().all(|x| x.is_nan()));
                assert!(fill(&[], filling).is_empty());
            }
        }
        let two = fill(&[1.0, NAN, 3.0], method(Interpolation::Pchip));
        assert_near(&two, &[1.0, 2.0, 3.0]);
        let three = fill(&[1.0, NAN, 3.0, 4.0], method(Interpolation::Cubic));
        assert!(three[1].is_nan());
    }

    #[test]
    fn one_missing_sample_of_a_line_lies_on_it_for_all_curves() {
        for interpolation in [
            Interpolation::Linear,
            Interpolation::Cubic,
            Interpolation::Pchip,
        ] {
            let line = [0.0, 2.0, NAN, 6.0, 8.0, 10.0];
            let filled = fill(&line, method(interpolation));
            assert!((filled[2] - 4.0).abs() < 1e-12, "{interpolation:?}");
        }
    }
}
