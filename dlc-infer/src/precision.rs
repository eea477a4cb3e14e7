//! How exact the numbers are that a network computes with.

use std::fmt;

/// How exact the numbers are that a network computes with.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Precision {
    /// 32 bits, as DeepLabCut.
    #[default]
    Full,
    /// Half-precision numbers: f16 on adapters, bf16 on processors that multiply those. Sums over whole
    /// maps stay in full precision. An error on devices that have neither.
    Half,
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "full",
            Self::Half => "half",
        })
    }
}
