use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

/// The share of the labelled frames that trains a model, in [0, 1].
///
/// # Examples
///
/// ```
/// use dlc_model::TrainingFraction;
///
/// let fraction = TrainingFraction::new(0.57)?;
///
/// assert_eq!(fraction.percent(), 56); // 0.57 · 100 is a little less than 57
/// # Ok::<(), dlc_model::TrainingFractionError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct TrainingFraction(f64);

impl TrainingFraction {
    /// Creates a fraction.
    ///
    /// # Errors
    ///
    /// Returns an error when it is not in [0, 1].
    pub fn new(fraction: f64) -> Result<Self, TrainingFractionError> {
        match (0.0..=1.0).contains(&fraction) {
            // Adding zero turns −0 into 0: equal fractions have equal bits.
            true => Ok(Self(fraction + 0.0)),
            false => Err(TrainingFractionError { fraction }),
        }
    }

    /// Returns the fraction.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Returns the percentage in names of folders: cut off, as Python's `int(100 * fraction)`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the fraction is in [0, 1]"
    )]
    pub fn percent(self) -> u32 {
        (self.0 * 100.0) as u32
    }
}

impl fmt::Display for TrainingFraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<f64> for TrainingFraction {
    type Error = TrainingFractionError;

    fn try_from(fraction: f64) -> Result<Self, Self::Error> {
        Self::new(fraction)
    }
}

impl PartialEq for TrainingFraction {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for TrainingFraction {}

impl Ord for TrainingFraction {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for TrainingFraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for TrainingFraction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bits().hash(state);
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for TrainingFraction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fraction = <f64 as serde::Deserialize>::deserialize(deserializer)?;
        Self::new(fraction).map_err(serde::de::Error::custom)
    }
}

/// An error returned when a number is not a training fraction.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("invalid training fraction {fraction}: expected a number in [0, 1]")]
pub struct TrainingFractionError {
    fraction: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_cut_off_as_python_does() {
        let percent = |fraction| TrainingFraction::new(fraction).unwrap().percent();

        assert_eq!(
            [0.29, 0.57, 0.58, 0.95, 1.0, 0.0].map(percent),
            [28, 56, 57, 95, 100, 0]
        );
    }

    #[test]
    fn only_fractions_are_accepted() {
        for number in [f64::NAN, -0.1, 1.1, f64::INFINITY] {
            assert!(TrainingFraction::new(number).is_err());
        }
        assert_eq!(TrainingFraction::new(-0.0), TrainingFraction::new(0.0));
    }
}
