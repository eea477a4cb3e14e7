use std::fmt;

use pulp::{Scalar, Simd, WithSimd};

use super::amx::Unit;
use crate::precision::Precision;

/// The instructions that the kernels are compiled for, best first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum InstructionSet {
    /// AMX of x86-64 under Linux, tiles of bfloat16 of which three make a number; and AVX-512.
    Amx,
    /// AVX-512 of x86-64: 16 numbers at once.
    Avx512,
    /// AVX2 and FMA of x86-64: 8 numbers at once.
    Avx2,
    /// NEON of `AArch64`: 4 numbers at once.
    Neon,
    /// What every processor has: one number at once.
    Scalar,
}

impl InstructionSet {
    /// Every instruction set, best first.
    pub const ALL: [Self; 5] = [
        Self::Amx,
        Self::Avx512,
        Self::Avx2,
        Self::Neon,
        Self::Scalar,
    ];

    /// Returns the best that this processor has.
    pub fn best() -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|isa| isa.is_available()).unwrap_or(Self::Scalar)
    }

    /// Returns whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx => Self::Avx512.is_available() && Unit::of_processor().is_some(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => pulp::x86::V4::is_available(),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => pulp::x86::V3::is_available(),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => pulp::aarch64::Neon::is_available(),
            Self::Scalar => true,
            _ => false,
        }
    }

    /// Returns what multiplies tiles, if anything does.
    pub(super) fn tiles(self) -> Option<Unit> {
        match self {
            Self::Amx => Unit::of_processor(),
            _ => None,
        }
    }

    /// Returns whether it has numbers of this precision.
    pub(crate) fn has(self, precision: Precision) -> bool {
        precision == Precision::Full || self == Self::Amx
    }

    /// Returns how many numbers an instruction handles: the channels of a block.
    pub(crate) fn lanes(self) -> usize {
        match self {
            Self::Amx | Self::Avx512 => 16,
            Self::Avx2 => 8,
            Self::Neon => 4,
            Self::Scalar => 1,
        }
    }

    /// Runs a kernel compiled for this instruction set, or for none when the processor lacks it.
    #[inline]
    pub(crate) fn run<K: WithSimd>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Amx | Self::Avx512 => {
                let simd = pulp::x86::V4::try_new().expect("`best` and `is_available` saw it");
                Simd::vectorize(simd, kernel)
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                let simd = pulp::x86::V3::try_new().expect("`best` and `is_available` saw it");
                Simd::vectorize(simd, kernel)
            }
            #[cfg(target_arch = "aarch64")]
            Self::Neon => {
                let simd = pulp::aarch64::Neon::try_new().expect("`is_available` saw it");
                Simd::vectorize(simd, kernel)
            }
            _ => Simd::vectorize(Scalar::new(), kernel),
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Amx => "AMX",
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Neon => "NEON",
            Self::Scalar => "scalar",
        })
    }
}
