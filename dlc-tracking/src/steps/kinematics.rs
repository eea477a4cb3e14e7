//! Velocity, speed, acceleration, angular velocity, heading and the length of a path.
//!
//! Units follow the input: px and s give px/s, mm and s give mm/s. A missing sample makes the
//! values missing that are computed from it: two with [`Difference::Backward`], three with
//! [`Difference::Central`].

use serde::{Deserialize, Serialize};

use crate::{YAxis, angle, time::Clock};

/// Which neighbours of a sample a rate of change is taken from.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The sample before; the first value is a copy of the second. As `opexebo` does.
    #[default]
    Backward,
    /// The sample after; the last value is a copy of the one before.
    Forward,
    /// Both, weighted for uneven times; the first and the last value are one-sided. As `movement`
    /// and `numpy.gradient` do.
    Central,
}

/// Returns the velocity of each sample, in units/s.
///
/// All are missing when there are fewer than two samples.
///
/// # Panics
///
/// Panics unless there is one time for each position.
pub fn velocity<const D: usize>(
    positions: &[[f64; D]],
    clock: Clock<'_>,
    difference: Difference,
) -> Vec<[f64; D]> {
    let step = |from: usize, to: usize| {
        std::array::from_fn(|axis| positions[to][axis] - positions[from][axis])
    };
    rates(positions.len(), clock, difference, step)
}

/// Returns the speed of each sample, in units/s: the length of its [`velocity`].
///
/// # Examples
///
/// ```
/// use dlc_tracking::{steps::kinematics::{Difference, speed}, time::Clock};
///
/// let path = [[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]];
/// let clock = Clock::new(&[0.0, 0.5, 1.0])?;
///
/// assert_eq!(speed(&path, clock, Difference::Backward), [10.0, 10.0, 2.0]);
/// # Ok::<(), dlc_tracking::time::ClockError>(())
/// ```
///
/// # Panics
///
/// Panics unless there is one time for each position.
pub fn speed<const D: usize>(
    positions: &[[f64; D]],
    clock: Clock<'_>,
    difference: Difference,
) -> Vec<f64> {
    if difference == Difference::Central {
        return velocity(positions, clock, difference)
            .iter()
            .map(norm)
            .collect();
    }
    let times_s = times(positions.len(), clock);
    let steps = positions.windows(2).zip(times_s.windows(2));
    let steps = steps.map(|(p, t)| distance(&p[0], &p[1]) / (t[1] - t[0]));
    one_sided(positions.len(), difference, steps, f64::NAN)
}

/// Returns the acceleration of each sample, in units/s²: the velocity of its [`velocity`].
///
/// # Panics
///
/// Panics unless there is one time for each position.
pub fn acceleration<const D: usize>(
    positions: &[[f64; D]],
    clock: Clock<'_>,
    difference: Difference,
) -> Vec<[f64; D]> {
    velocity(&velocity(positions, clock, difference), clock, difference)
}

/// Returns the angular velocity of each sample, in rad/s, counter-clockwise positive.
///
/// Each step goes the short way round, so that 11° → 350° is −21°.
///
/// # Panics
///
/// Panics unless there is one time for each angle.
pub fn angular_velocity(angles: &[f64], clock: Clock<'_>, difference: Difference) -> Vec<f64> {
    let step = |from: usize, to: usize| [angle::difference(angles[from], angles[to])];
    let rates = rates(angles.len(), clock, difference, step);
    rates.iter().map(|[rate]| *rate).collect()
}

/// Returns the direction in which the subject moves, in [0, 2π); NaN where it is slower than
/// `min_speed`, in the units/s of the velocity, where it stands still, and where it is missing.
pub fn heading(velocity: &[[f64; 2]], min_speed: f64, y_axis: YAxis) -> Vec<f64> {
    let direction = |velocity: &[f64; 2]| match norm(velocity) >= min_speed {
        true => angle::of_vector(*velocity, y_axis),
        false => f64::NAN,
    };
    velocity.iter().map(direction).collect()
}

/// What the missing samples of a path stand for.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PathGaps {
    /// A straight line from the sample before to the one after. `movement`'s `ffill`.
    #[default]
    Straight,
    /// Nothing: only steps between neighbours count.
    Skip,
    /// As much as the mean of the steps that are there. `movement`'s `scale`.
    Scale,
}

/// Returns the length of a path, in units; NaN when there is no step to measure.
///
/// # Examples
///
/// ```
/// use dlc_tracking::steps::kinematics::{PathGaps, path_length};
///
/// let path = [[0.0, 0.0], [3.0, 4.0], [f64::NAN; 2], [3.0, 8.0]];
///
/// assert_eq!(path_length(&path, PathGaps::Straight), 9.0);
/// assert_eq!(path_length(&path, PathGaps::Skip), 5.0);
/// assert_eq!(path_length(&path, PathGaps::Scale), 15.0);
/// ```
pub fn path_length<const D: usize>(positions: &[[f64; D]], gaps: PathGaps) -> f64 {
    let [mut length, mut steps] = [0.0; 2];
    let mut measure = |from: &[f64; D], to: &[f64; D]| {
        length += distance(from, to);
        steps += 1.0;
    };
    if gaps == PathGaps::Straight {
        let mut present = positions.iter().filter(|p| !is_missing(p));
        let mut last = present.next();
        for position in present {
            measure(last.unwrap_or(position), position);
            last = Some(position);
        }
    } else {
        let pairs = positions.windows(2);
        let present = pairs.filter(|pair| !pair.iter().any(is_missing));
        present.for_each(|pair| measure(&pair[0], &pair[1]));
    }
    match gaps {
        _ if steps == 0.0 => f64::NAN,
        PathGaps::Scale => length / steps * (positions.len() - 1) as f64,
        PathGaps::Straight | PathGaps::Skip => length,
    }
}

/// Returns the way from each sample to the next, in units; the last is zero.
pub fn displacement<const D: usize>(positions: &[[f64; D]]) -> Vec<[f64; D]> {
    let steps = positions.windows(2);
    let steps = steps.map(|pair| std::array::from_fn(|axis| pair[1][axis] - pair[0][axis]));
    let last = positions.last().map(|_| [0.0; D]);
    steps.chain(last).collect()
}

/// Returns the distance between two positions, in units.
pub fn distance<const D: usize>(from: &[f64; D], to: &[f64; D]) -> f64 {
    let square = |axis| {
        let way: f64 = to[axis] - from[axis];
        way * way
    };
    (0..D).map(square).sum::<f64>().sqrt()
}

fn norm<const D: usize>(vector: &[f64; D]) -> f64 {
    distance(&[0.0; D], vector)
}

/// Returns whether a coordinate of a position is missing.
pub(super) fn is_missing<const D: usize>(position: &[f64; D]) -> bool {
    position.iter().any(|coordinate| coordinate.is_nan())
}

fn times(len: usize, clock: Clock<'_>) -> &[f64] {
    assert_eq!(len, clock.len(), "one time for each sample");
    clock.times_s()
}

/// Returns the rates of change of `len` samples, from what tells the way between two of them.
fn rates<const D: usize>(
    len: usize,
    clock: Clock<'_>,
    difference: Difference,
    step: impl Fn(usize, usize) -> [f64; D],
) -> Vec<[f64; D]> {
    let times_s = times(len, clock);
    let rate = |from: usize| {
        let seconds = times_s[from + 1] - times_s[from];
        step(from, from + 1).map(|way| way / seconds)
    };
    let one_sided_rates = (0..len.saturating_sub(1)).map(rate);
    if difference != Difference::Central {
        return one_sided(len, difference, one_sided_rates, [f64::NAN; D]);
    }
    let mut rates = Vec::with_capacity(len);
    let mut before = None;
    for (sample, after) in one_sided_rates.enumerate() {
        rates.push(match before {
            None => after,
            Some(before) => central(before, after, &times_s[sample - 1..=sample + 1]),
        });
        before = Some(after);
    }
    rates.extend((len > 0).then(|| before.unwrap_or([f64::NAN; D])));
    rates
}

/// Returns the slope at the middle one of three times of the parabola through its samples.
fn central<const D: usize>(before: [f64; D], after: [f64; D], times_s: &[f64]) -> [f64; D] {
    let [first, last] = [times_s[1] - times_s[0], times_s[2] - times_s[1]];
    let weight = first / (first + last);
    std::array::from_fn(|axis| (1.0 - weight) * before[axis] + weight * after[axis])
}

/// Returns `len` values from the `len - 1` between samples; the one at the open end is a copy.
fn one_sided<T: Copy>(
    len: usize,
    difference: Difference,
    steps: impl Iterator<Item = T>,
    missing: T,
) -> Vec<T> {
    let mut values = Vec::with_capacity(len);
    match difference {
        Difference::Forward => {
            values.extend(steps);
            values.extend((len > 0).then(|| values.last().copied().unwrap_or(missing)));
        }
        Difference::Backward | Difference::Central => {
            values.extend((len > 0).then_some(missing));
            values.extend(steps);
            if len > 1 {
                values[0] = values[1];
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: [[f64; 2]; 8] = [
        [0.0, 0.0],
        [1.0, 0.0],
        [2.0, 1.0],
        [4.0, 1.0],
        [4.0, 1.0],
        [7.0, 5.0],
        [8.0, 5.0],
        [8.0, 6.0],
    ];
    const TIMES_S: [f64; 8] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];

    fn speeds(difference: Difference) -> Vec<f64> {
        speed(&PATH, Clock::new(&TIMES_S).unwrap(), difference)
    }

    fn assert_near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    // Source: opexebo 0.7.2, movement 0.17.0 and NATEX without smoothing.
    #[test]
    fn speeds_are_those_of_the_engines() {
        let backward = [10.0, 10.0, 14.1421, 20.0, 0.0, 50.0, 10.0, 10.0];
        assert_near(&speeds(Difference::Backward), &backward);
        let central = [10.0, 11.1803, 15.8114, 10.0, 25.0, 28.2843, 7.0711, 10.0];
        assert_near(&speeds(Difference::Central), &central);
        let forward = [10.0, 14.1421, 20.0, 0.0, 50.0, 10.0, 10.0, 10.0];
        assert_near(&speeds(Difference::Forward), &forward);
    }

    #[test]
    fn the_path_is_as_long_as_its_steps() {
        assert!((path_length(&PATH, PathGaps::Straight) - 11.414213562373096).abs() < 1e-12);
        assert!(path_length(&PATH[..1], PathGaps::Scale).is_nan());
        assert!(path_length::<2>(&[], PathGaps::Skip).is_nan());
    }

    #[test]
    fn a_missing_sample_takes_two_or_three_values_with_it() {
        let mut path = PATH;
        path[3] = [f64::NAN; 2];
        let clock = Clock::new(&TIMES_S).unwrap();
        let missing = |difference| {
            let speeds = speed(&path, clock, difference);
            (0..8).filter(|at| speeds[*at].is_nan()).collect::<Vec<_>>()
        };

        assert_eq!(missing(Difference::Backward), [3, 4]);
        assert_eq!(missing(Difference::Forward), [2, 3]);
        assert_eq!(missing(Difference::Central), [2, 3, 4]);
    }

    #[test]
    fn turning_takes_the_short_way() {
        let degrees = [10.0_f64, 12.0, 15.0, 15.0, 11.0, 350.0];
        let angles = degrees.map(f64::to_radians);
        let times_s = [0.0, 0.02, 0.04, 0.06, 0.08, 0.1];
        let clock = Clock::new(&times_s).unwrap();

        let turning = angular_velocity(&angles, clock, Difference::Forward);

        let turning: Vec<f64> = turning.into_iter().map(f64::to_degrees).collect();
        assert_near(&turning, &[100.0, 150.0, 0.0, -200.0, -1050.0, -1050.0]);
    }

    #[test]
    fn short_tracks_have_no_speed() {
        let one = Clock::new(&[3.0]).unwrap();
        for difference in [
            Difference::Backward,
            Difference::Forward,
            Difference::Central,
        ] {
            assert!(speed(&[[1.0, 2.0]], one, difference)[0].is_nan());
            assert_eq!(velocity(&[[1.0, 2.0]], one, difference).len(), 1);
            let none = Clock::new(&[]).unwrap();
            assert!(speed::<3>(&[], none, difference).is_empty());
            assert!(angular_velocity(&[], none, difference).is_empty());
        }
        assert!(displacement::<2>(&[]).is_empty());
    }

    #[test]
    fn one_who_stands_has_no_heading() {
        let velocity = [[0.0, -2.0], [0.0, 0.0], [0.1, 0.0], [f64::NAN; 2]];

        let heading = heading(&velocity, 1.0, YAxis::Down);

        assert_eq!(heading[0], std::f64::consts::FRAC_PI_2);
        assert!(heading[1..].iter().all(|angle| angle.is_nan()));
    }
}
