use serde::{Deserialize, Serialize};

use super::{NonNegative, NumberError};

/// A length of time, in seconds or in samples.
///
/// Seconds mean the same at any frame rate; samples are what other programs count in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Seconds.
    Seconds(NonNegative),
    /// Samples, whole or not.
    Samples(NonNegative),
}

impl Span {
    /// Creates a length in seconds.
    ///
    /// # Errors
    ///
    /// Returns an error when it is negative or not finite.
    pub fn seconds(seconds: f64) -> Result<Self, NumberError> {
        NonNegative::new(seconds).map(Self::Seconds)
    }

    /// Creates a length in samples.
    ///
    /// # Errors
    ///
    /// Returns an error when it is negative or not finite.
    pub fn samples(samples: f64) -> Result<Self, NumberError> {
        NonNegative::new(samples).map(Self::Samples)
    }

    /// Returns the number of samples at a sample rate, whole or not.
    pub fn at(self, rate_hz: f64) -> f64 {
        match self {
            Self::Seconds(seconds) => seconds.get() * rate_hz,
            Self::Samples(samples) => samples.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_samples() {
        assert_eq!(Span::seconds(0.25).unwrap().at(40.0), 10.0);
        assert_eq!(Span::samples(2.5).unwrap().at(40.0), 2.5);
    }

    #[test]
    fn the_unit_is_stored() {
        let span: Span = serde_json::from_str(r#"{"seconds":0.25}"#).unwrap();

        assert_eq!(span, Span::seconds(0.25).unwrap());
        assert!(serde_json::from_str::<Span>(r#"{"samples":-1}"#).is_err());
        assert!(serde_json::from_str::<Span>("0.25").is_err());
    }
}
