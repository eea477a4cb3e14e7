use serde::{Deserialize, Serialize};

use super::{Gaussian, Kalman, Rolling, SavitzkyGolay};
use crate::{angle, time::Clock};

/// A smoothing, whichever it is.
///
/// # Examples
///
/// ```
/// use dlc_tracking::steps::Smoothing;
///
/// let stored = r#"{"gaussian":{"sigma":{"seconds":0.05}}}"#;
/// let smoothing: Smoothing = serde_json::from_str(stored)?;
///
/// assert!(matches!(smoothing, Smoothing::Gaussian(_)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// With a Gaussian kernel.
    Gaussian(Gaussian),
    /// By the median, the mean, … of a window.
    Rolling(Rolling),
    /// By the polynomial that fits a window.
    SavitzkyGolay(SavitzkyGolay),
    /// By a model of the movement.
    Kalman(Kalman),
}

impl Smoothing {
    /// Smooths the coordinates of a track.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) {
        match self {
            Self::Gaussian(gaussian) => gaussian.apply(positions, clock),
            Self::Rolling(rolling) => rolling.apply(positions, clock),
            Self::SavitzkyGolay(savitzky_golay) => savitzky_golay.apply(positions, clock),
            Self::Kalman(kalman) => kalman.apply(positions, clock),
        }
    }

    /// Smooths angles by their unit vectors; the result is in [0, 2π).
    ///
    /// Numbers would be wrong: the mean of 6.2 and 0.1 is not 3.15.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each angle.
    pub fn apply_to_angles(&self, angles: &mut [f64], clock: Clock<'_>) {
        if let Self::Gaussian(gaussian) = self {
            return gaussian.apply_to_angles(angles, clock);
        }
        let mut vectors = angle::to_unit_vectors(angles);
        self.apply(&mut vectors, clock);
        angle::from_vectors(&vectors, angles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Smoothing> {
        let stored = r#"[
            {"gaussian": {"sigma": {"samples": 1.0}}},
            {"rolling": {"statistic": "median", "window": {"samples": 3.0}}},
            {"savitzky_golay": {"window": {"samples": 5.0}, "degree": 2}},
            {"kalman": {"position_error": 0.1, "acceleration": 10.0}}
        ]"#;
        serde_json::from_str(stored).unwrap()
    }

    #[test]
    fn angles_stay_around_zero_whatever_smooths_them() {
        for smoothing in all() {
            let mut angles = [6.1, 6.2, 0.05, 0.1, 0.2, f64::NAN, 6.2];
            let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();

            smoothing.apply_to_angles(&mut angles, clock);

            assert!(angles[5].is_nan());
            let off_zero = |angle: &f64| angle::wrap_signed(*angle).abs() > 0.5;
            assert!(!angles.iter().any(off_zero), "{smoothing:?} {angles:?}");
        }
    }

    #[test]
    fn what_is_stored_is_what_was_meant() {
        for smoothing in all() {
            let stored = serde_json::to_string(&smoothing).unwrap();
            assert_eq!(
                serde_json::from_str::<Smoothing>(&stored).unwrap(),
                smoothing
            );
        }
    }

    #[test]
    fn a_misspelt_parameter_is_refused() {
        let stored = r#"{"rolling":{"statistic":"median","windows":{"samples":3}}}"#;

        assert!(serde_json::from_str::<Smoothing>(stored).is_err());
    }
}
