//! How exact the numbers are that a network computes with.

use std::{fmt, str::FromStr};

/// How exact the numbers are that a network multiplies. Sums over whole maps are of 32 bits in each, and so are
/// those of convolutions, but for [`Self::Half`] on adapters.
///
/// A device that lacks what is asked for is an error. How far poses are from DeepLabCut's then is in
/// `docs/parity.md`.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits, as DeepLabCut.
    #[default]
    Full,
    /// Two bfloat16, which have 16 bits of 24: on processors with AMX.
    High,
    /// Half as many bits as full ones: bfloat16, which has 8 bits of 24, on processors with AMX; f16, which has
    /// 11, on adapters.
    Half,
}

impl Precision {
    /// Every precision, the most exact first.
    pub const ALL: [Self; 3] = [Self::Full, Self::High, Self::Half];
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::High => "high",
            Self::Half => "half",
        })
    }
}

/// An error returned when a text is no precision.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no precision {0:?}: there are `full`, `high` and `half`")]
pub struct ParsePrecisionError(String);

impl FromStr for Precision {
    type Err = ParsePrecisionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        let found = all.find(|precision| precision.to_string() == text);
        found.ok_or_else(|| ParsePrecisionError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_parsed() {
        for precision in Precision::ALL {
            assert_eq!(precision.to_string().parse(), Ok(precision));
        }
        let error = "low".parse::<Precision>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "no precision \"low\": there are `full`, `high` and `half`"
        );
    }
}
