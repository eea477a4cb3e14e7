//! Distances, directions and angles between body parts, and a subject's own axes.

use super::kinematics::distance;
use crate::{YAxis, angle};

/// Returns the distance between two body parts in each sample, in units; DeepLabCut's length of a
/// bone. NaN where one is missing.
///
/// # Panics
///
/// Panics unless both have the same number of samples.
pub fn distances<const D: usize>(from: &[[f64; D]], to: &[[f64; D]]) -> Vec<f64> {
    let pairs = both(from, to);
    pairs.map(|(from, to)| distance(from, to)).collect()
}

/// Returns the direction from one body part to another in each sample, in [0, 2π). NaN where one
/// is missing, and where both are in one place.
///
/// DeepLabCut's orientation of a bone is this with [`YAxis::Up`], in degrees: it takes `y` as if
/// it pointed up, and gives 0 for two parts in one place.
///
/// # Panics
///
/// Panics unless both have the same number of samples.
pub fn directions(from: &[[f64; 2]], to: &[[f64; 2]], y_axis: YAxis) -> Vec<f64> {
    let direction = |(from, to): (&[f64; 2], &[f64; 2])| {
        angle::of_vector([to[0] - from[0], to[1] - from[1]], y_axis)
    };
    both(from, to).map(direction).collect()
}

/// Returns the angle of a joint in each sample, in [0, π]: between the ways to the parts on either
/// side of it, 0 folded, π stretched. NaN where a part is missing or in the place of the joint.
///
/// # Examples
///
/// ```
/// use dlc_tracking::steps::pairs::joint_angles;
///
/// let (hip, knee, ankle) = ([[3.0, 0.0]], [[0.0, 0.0]], [[0.0, 4.0]]);
///
/// assert_eq!(joint_angles(&hip, &knee, &ankle), [std::f64::consts::FRAC_PI_2]);
/// ```
///
/// # Panics
///
/// Panics unless all have the same number of samples.
pub fn joint_angles<const D: usize>(
    before: &[[f64; D]],
    joint: &[[f64; D]],
    after: &[[f64; D]],
) -> Vec<f64> {
    let angle = |((before, joint), after): ((&[f64; D], &[f64; D]), &[f64; D])| {
        let lengths = [distance(joint, before), distance(joint, after)];
        if lengths.contains(&0.0) {
            return f64::NAN;
        }
        // Between unit vectors: exact for small and for large angles, unlike the arc cosine.
        let unit = |end: &[f64; D], length: f64| -> [f64; D] {
            std::array::from_fn(|axis| (end[axis] - joint[axis]) / length)
        };
        let (first, second) = (unit(before, lengths[0]), unit(after, lengths[1]));
        let sum = distance(&first, &second.map(|coordinate| -coordinate));
        2.0 * distance(&first, &second).atan2(sum)
    };
    both(before, joint).zip(after).map(angle).collect()
}

/// Returns the smaller of two likelihoods in each sample: DeepLabCut's likelihood of a bone. NaN
/// where one is.
///
/// # Panics
///
/// Panics unless both have the same number of samples.
pub fn lower_likelihood(first: &[f64], second: &[f64]) -> Vec<f64> {
    let lower = |(first, second): (&f64, &f64)| match first.is_nan() || second.is_nan() {
        true => f64::NAN,
        false => first.min(*second),
    };
    both(first, second).map(lower).collect()
}

/// Returns positions as the subject has them: `x` ahead of it and `y` to its left, in units, from
/// its own position. NaN where the position, the origin or the heading is missing.
///
/// # Examples
///
/// ```
/// use std::f64::consts::FRAC_PI_2;
///
/// use dlc_tracking::{YAxis, steps::pairs::egocentric};
///
/// // The subject looks up in the picture; a wall is 5 px up and 2 px to the left in it.
/// let wall = egocentric(&[[98.0, 45.0]], &[[100.0, 50.0]], &[FRAC_PI_2], YAxis::Down);
///
/// assert!((wall[0][0] - 5.0).abs() < 1e-12 && (wall[0][1] - 2.0).abs() < 1e-12);
/// ```
///
/// # Panics
///
/// Panics unless all have the same number of samples.
pub fn egocentric(
    positions: &[[f64; 2]],
    origin: &[[f64; 2]],
    heading: &[f64],
    y_axis: YAxis,
) -> Vec<[f64; 2]> {
    assert_eq!(heading.len(), origin.len(), "one heading for each origin");
    let own = |((position, origin), heading): ((&[f64; 2], &[f64; 2]), &f64)| {
        let right = position[0] - origin[0];
        let up = y_axis.upward() * (position[1] - origin[1]);
        let (sin, cos) = heading.sin_cos();
        let own = [right * cos + up * sin, up * cos - right * sin];
        match own.iter().any(|coordinate| coordinate.is_nan()) {
            true => [f64::NAN; 2],
            false => own,
        }
    };
    both(positions, origin).zip(heading).map(own).collect()
}

fn both<'a, T, U>(first: &'a [T], second: &'a [U]) -> impl Iterator<Item = (&'a T, &'a U)> {
    assert_eq!(first.len(), second.len(), "as many samples of both");
    first.iter().zip(second)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    const NAN: f64 = f64::NAN;

    // Source: deeplabcut 3.0.2, analyze_skeleton.
    #[test]
    fn bones_are_those_of_deeplabcut() {
        let a = [[0.0, 0.0], [1.0, 1.0], [2.0, 5.0]];
        let b = [[3.0, 4.0], [1.0, 4.0], [0.0, 5.0]];

        assert_eq!(distances(&a, &b), [5.0, 3.0, 2.0]);
        let degrees = directions(&a, &b, YAxis::Up)
            .into_iter()
            .map(f64::to_degrees);
        let expected = [53.13010235415598, 90.0, 180.0];
        assert!(
            degrees
                .zip(expected)
                .all(|(found, expected)| (found - expected).abs() < 1e-12)
        );
        assert_eq!(lower_likelihood(&[0.9, 0.5], &[0.8, 0.95]), [0.8, 0.5]);
        assert!(lower_likelihood(&[0.9], &[NAN])[0].is_nan());
    }

    #[test]
    fn parts_in_one_place_have_no_direction_and_no_angle() {
        assert!(directions(&[[1.0, 1.0]], &[[1.0, 1.0]], YAxis::Down)[0].is_nan());
        assert!(joint_angles(&[[1.0, 1.0]], &[[1.0, 1.0]], &[[2.0, 1.0]])[0].is_nan());
        assert!(joint_angles(&[[NAN, NAN]], &[[1.0, 1.0]], &[[2.0, 1.0]])[0].is_nan());
    }

    #[test]
    fn joints_fold_and_stretch_in_any_dimension() {
        let joint = [[0.0, 0.0, 0.0]];
        let angle = |to: [f64; 3]| joint_angles(&[[2.0, 0.0, 0.0]], &joint, &[to])[0];

        assert_eq!(angle([5.0, 0.0, 0.0]), 0.0);
        assert_eq!(angle([-5.0, 0.0, 0.0]), PI);
        assert!((angle([0.0, 3.0, 4.0]) - PI / 2.0).abs() < 1e-15);
    }

    #[test]
    fn the_way_the_picture_is_turned_changes_nothing_for_the_subject() {
        let up = egocentric(&[[3.0, 4.0]], &[[1.0, 1.0]], &[0.7], YAxis::Up);
        let down = egocentric(&[[3.0, -4.0]], &[[1.0, -1.0]], &[0.7], YAxis::Down);

        assert_eq!(up, down);
        let lost = egocentric(&[[3.0, 4.0]], &[[1.0, 1.0]], &[NAN], YAxis::Up);
        assert!(lost[0][0].is_nan() && lost[0][1].is_nan());
    }
}
