use serde::{Deserialize, Serialize};

/// A finite number, zero or more.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct NonNegative(f64);

impl NonNegative {
    /// Creates a number.
    ///
    /// # Errors
    ///
    /// Returns an error when it is negative or not finite.
    pub fn new(number: f64) -> Result<Self, NumberError> {
        match number.is_finite() && number >= 0.0 {
            // Adding zero turns −0 into 0: equal numbers print the same.
            true => Ok(Self(number + 0.0)),
            false => Err(NumberError {
                expected: "a finite number, zero or more",
                found: number,
            }),
        }
    }

    /// Returns the number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

/// A finite number greater than zero.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Positive(f64);

impl Positive {
    /// One.
    pub const ONE: Self = Self(1.0);

    /// Creates a number.
    ///
    /// # Errors
    ///
    /// Returns an error when it is zero, negative or not finite.
    pub fn new(number: f64) -> Result<Self, NumberError> {
        match number.is_finite() && number > 0.0 {
            true => Ok(Self(number)),
            false => Err(NumberError {
                expected: "a finite number greater than zero",
                found: number,
            }),
        }
    }

    /// Returns the number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

macro_rules! conversions {
    ($($number:ty),*) => {$(
        impl TryFrom<f64> for $number {
            type Error = NumberError;

            fn try_from(number: f64) -> Result<Self, Self::Error> {
                Self::new(number)
            }
        }

        impl From<$number> for f64 {
            fn from(number: $number) -> Self {
                number.0
            }
        }
    )*};
}

conversions!(NonNegative, Positive);

/// An error returned when a number is not one that a parameter takes.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("invalid number {found}: expected {expected}")]
pub struct NumberError {
    pub(super) expected: &'static str,
    pub(super) found: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_in_their_range_are_accepted() {
        for number in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(NonNegative::new(number).is_err());
            assert!(Positive::new(number).is_err());
        }
        assert!(Positive::new(0.0).is_err());
        assert!(NonNegative::new(-0.0).unwrap().get().is_sign_positive());
    }

    #[test]
    fn a_stored_number_is_checked_too() {
        let error = serde_json::from_str::<Positive>("-2.5").unwrap_err();

        let expected = "invalid number -2.5: expected a finite number greater than zero";
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}
