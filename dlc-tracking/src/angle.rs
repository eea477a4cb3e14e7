//! Angles in [0, 2π), and what is circular about them.
//!
//! Angles are in rad and turn counter-clockwise for the one who looks at the picture or the plot,
//! from 0 at `x`. NaN is no direction. DeepLabCut's angles and those of `movement` turn the other
//! way, because `y` points down in pictures: `wrap(-angle)` converts them.

mod trigonometry;

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

use crate::YAxis;

/// A direction: a number in [0, 2π), in rad.
///
/// # Examples
///
/// ```
/// use dlc_tracking::angle::Angle;
///
/// let west = Angle::from_rad(-std::f64::consts::PI).expect("π is finite");
///
/// assert_eq!(west.rad(), std::f64::consts::PI);
/// assert_eq!(Angle::from_rad(f64::NAN), None);
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Angle(f64);

impl Angle {
    /// Creates an angle from any number of turns, or `None` from what is not finite.
    pub fn from_rad(rad: f64) -> Option<Self> {
        rad.is_finite().then(|| Self(wrap(rad)))
    }

    /// Returns the angle in rad, in [0, 2π).
    pub const fn rad(self) -> f64 {
        self.0
    }

    /// Returns the angle in degrees, in [0, 360).
    pub fn degrees(self) -> f64 {
        self.0.to_degrees()
    }
}

impl From<Angle> for f64 {
    fn from(angle: Angle) -> Self {
        angle.0
    }
}

impl TryFrom<f64> for Angle {
    type Error = AngleError;

    fn try_from(rad: f64) -> Result<Self, Self::Error> {
        Self::from_rad(rad).ok_or(AngleError { found: rad })
    }
}

/// An error returned when a number is not an angle.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("invalid angle {found}: expected a finite number of rad")]
pub struct AngleError {
    found: f64,
}

/// Returns an angle turned into [0, 2π); NaN for what is not finite.
pub fn wrap(angle: f64) -> f64 {
    let wrapped = if (0.0..TAU).contains(&angle) {
        angle
    } else {
        angle.rem_euclid(TAU)
    };
    // The remainder of a tiny negative number rounds to 2π; adding zero turns −0 into 0.
    if wrapped < TAU {
        wrapped + 0.0
    } else {
        wrapped - TAU
    }
}

/// Returns an angle turned into (−π, π]; NaN for what is not finite.
pub fn wrap_signed(angle: f64) -> f64 {
    if angle > -PI && angle <= PI {
        return angle;
    }
    let wrapped = wrap(angle);
    if wrapped > PI { wrapped - TAU } else { wrapped }
}

/// Returns the way from one angle to another, the short way round, in (−π, π].
pub fn difference(from: f64, to: f64) -> f64 {
    wrap_signed(to - from)
}

/// Returns the direction of a vector, in [0, 2π), or NaN when it has none.
///
/// # Examples
///
/// ```
/// use dlc_tracking::{YAxis, angle};
///
/// // In a picture `y` points down: what goes up there has a negative `y`.
/// let north = angle::of_vector([0.0, -3.0], YAxis::Down);
///
/// assert_eq!(north, std::f64::consts::FRAC_PI_2);
/// assert!(angle::of_vector([0.0, 0.0], YAxis::Down).is_nan());
/// ```
pub fn of_vector([x, y]: [f64; 2], y_axis: YAxis) -> f64 {
    let turn = trigonometry::direction(x, y_axis.upward() * y);
    // A tiny negative `y` rounds to a whole turn; adding zero turns −0 into 0.
    if turn >= TAU { 0.0 } else { turn + 0.0 }
}

/// Makes angles continuous: adds whole turns so that no step is longer than half a turn.
///
/// Missing angles stay missing; the angle after them is put next to the one before them. They
/// would spread to the end with numpy's `unwrap`.
pub fn unwrap(angles: &mut [f64]) {
    let mut last = f64::NAN;
    for angle in angles.iter_mut().filter(|angle| !angle.is_nan()) {
        if !last.is_nan() {
            *angle = last + difference(last, *angle);
        }
        last = *angle;
    }
}

/// The mean of directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CircularMean {
    /// The mean direction.
    pub angle: Angle,
    /// How much the directions agree, in (0, 1]: the length of the mean of their unit vectors.
    pub resultant_length: f64,
}

/// Returns the mean of angles, or `None` when there is none or when they cancel each other.
///
/// Missing angles do not count. Angles cancel when the mean of their unit vectors is shorter than
/// 1e-12: its direction would be chance.
pub fn mean(angles: &[f64]) -> Option<CircularMean> {
    let [mut x, mut y, mut count] = [0.0; 3];
    for angle in angles.iter().filter(|angle| angle.is_finite()) {
        let (sin, cos) = angle.sin_cos();
        x += cos;
        y += sin;
        count += 1.0;
    }
    let resultant_length = x.hypot(y) / count;
    if resultant_length > 1e-12 {
        let angle = Angle(wrap(y.atan2(x)));
        Some(CircularMean {
            angle,
            resultant_length: resultant_length.min(1.0),
        })
    } else {
        None
    }
}

/// Returns angles as unit vectors, so that any step for positions can be taken on them.
///
/// Missing angles are missing vectors.
pub fn to_unit_vectors(angles: &[f64]) -> Vec<[f64; 2]> {
    let angles = angles.iter();
    angles
        .map(|angle| trigonometry::unit_vector(*angle))
        .collect()
}

/// Writes the directions of vectors into angles, in [0, 2π), or NaN where there is none.
///
/// # Panics
///
/// Panics unless there is one vector for each angle.
pub fn from_vectors(vectors: &[[f64; 2]], angles: &mut [f64]) {
    assert_eq!(vectors.len(), angles.len(), "one vector for each angle");
    for (vector, angle) in vectors.iter().zip(angles) {
        *angle = of_vector(*vector, YAxis::Up);
    }
}

/// Writes the unit vectors of angles into two columns.
pub(crate) fn write_unit_vectors(angles: &[f64], x: &mut [f64], y: &mut [f64]) {
    let vectors = x.iter_mut().zip(y).zip(angles);
    if trigonometry::are_near(angles) {
        for ((x, y), angle) in vectors {
            [*x, *y] = trigonometry::near_unit_vector(*angle);
        }
    } else {
        for ((x, y), angle) in vectors {
            [*x, *y] = trigonometry::unit_vector(*angle);
        }
    }
}

/// Writes the directions of vectors in two columns into angles, as [`from_vectors`] does.
pub(crate) fn write_directions(x: &[f64], y: &[f64], angles: &mut [f64]) {
    for ((x, y), angle) in x.iter().zip(y).zip(angles) {
        *angle = of_vector([*x, *y], YAxis::Up);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_negative_angle_does_not_become_a_whole_turn() {
        assert_eq!(wrap(-1e-20), 0.0);
        assert!(wrap(-0.0).is_sign_positive());
        assert_eq!(wrap(TAU), 0.0);
        assert!((wrap(-0.1) - 6.183185307179587).abs() < 1e-15);
    }

    #[test]
    fn half_a_turn_is_positive() {
        assert_eq!(wrap_signed(-PI), PI);
        assert_eq!(wrap_signed(PI), PI);
        assert!((wrap_signed(3.2) + 3.083185307179586).abs() < 1e-15);
        assert!(wrap_signed(f64::INFINITY).is_nan() && wrap(f64::NAN).is_nan());
    }

    #[test]
    fn the_short_way_leads_over_zero() {
        let step = difference(11_f64.to_radians(), 350_f64.to_radians());

        assert!((step.to_degrees() + 21.0).abs() < 1e-12);
    }

    #[test]
    fn unwrapping_steps_over_missing_angles() {
        let mut angles = [6.2, f64::NAN, 0.1, 6.1];

        unwrap(&mut angles);

        assert!(angles[1].is_nan());
        assert!((angles[2] - (0.1 + TAU)).abs() < 1e-12);
        assert!((angles[3] - 6.1).abs() < 1e-12);
    }

    #[test]
    fn the_mean_lies_between_directions_and_not_between_numbers() {
        let around_zero = mean(&[0.1, f64::NAN, TAU - 0.1]).unwrap();

        assert!(around_zero.angle.rad().sin().abs() < 1e-12);
        assert!((around_zero.resultant_length - 0.1_f64.cos()).abs() < 1e-12);
    }

    #[test]
    fn directions_that_cancel_have_no_mean() {
        assert_eq!(mean(&[0.0, PI]), None);
        assert_eq!(mean(&[f64::NAN]), None);
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn vectors_lead_back_to_angles() {
        let before = [0.0, 1.0, 3.0, 6.0, f64::NAN];
        let mut after = [0.0; 5];

        from_vectors(&to_unit_vectors(&before), &mut after);

        let same = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12 || a.is_nan() && b.is_nan();
        assert!(before.iter().zip(&after).all(same));
    }
}
