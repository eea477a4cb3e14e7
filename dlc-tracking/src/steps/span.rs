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

    /// Returns the number of whole samples nearest to it, at least 1 and at most `limit`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates, and what is large is cut to the limit"
    )]
    pub(super) fn window(self, rate_hz: f64, limit: usize) -> usize {
        (self.at(rate_hz).round() as usize).min(limit).max(1)
    }

    /// Returns the odd number of samples nearest to it: 2 in either direction of 1 and 3 is 3.
    pub(super) fn odd_window(self, rate_hz: f64, limit: usize) -> usize {
        let half = Self::half_of(self.at(rate_hz));
        half.min(limit.saturating_sub(1) / 2) * 2 + 1
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates; callers have a limit"
    )]
    fn half_of(samples: f64) -> usize {
        ((samples - 1.0) / 2.0).round().max(0.0) as usize
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
    fn windows_are_whole_and_bounded() {
        let span = Span::seconds(0.1).unwrap();
        assert_eq!(span.window(39.7, 100), 4);
        assert_eq!(Span::samples(1e300).unwrap().window(1.0, 7), 7);
        let odd = |samples| Span::samples(samples).unwrap().odd_window(1.0, 99);
        assert_eq!([0.0, 1.0, 2.0, 3.9, 4.0, 5.0].map(odd), [1, 1, 3, 3, 5, 5]);
        assert_eq!(odd(1e300), 99);
    }

    #[test]
    fn the_unit_is_stored() {
        let span: Span = serde_json::from_str(r#"{"seconds":0.25}"#).unwrap();

        assert_eq!(span, Span::seconds(0.25).unwrap());
        assert!(serde_json::from_str::<Span>(r#"{"samples":-1}"#).is_err());
        assert!(serde_json::from_str::<Span>("0.25").is_err());
    }
}
