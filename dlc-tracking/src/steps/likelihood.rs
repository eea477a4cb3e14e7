use std::collections::BTreeMap;

use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::NonNegative;

/// Makes positions missing that the network was not sure of.
///
/// A position stays when its likelihood is at least the cut-off. A missing position stays missing
/// whatever its likelihood.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LikelihoodMask {
    /// The smallest likelihood that is believed.
    pub cutoff: Cutoff,
    /// Whether a position without a likelihood (NaN) stays.
    #[serde(default)]
    pub keep_unknown: bool,
    /// Whether the last position that stayed takes the place of one that did not, as in NATEX.
    /// Those before the first that stays are missing.
    #[serde(default)]
    pub carry_last: bool,
}

/// The smallest likelihood that is believed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cutoff {
    /// One number for all body parts: DeepLabCut's `pcutoff`.
    Fixed(NonNegative),
    /// A number for each body part.
    PerPart(PartCutoffs),
    /// What separates the likelihoods of each body part, see [`adaptive_cutoff`].
    Adaptive,
}

/// A cut-off for each body part.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PartCutoffs {
    /// The cut-off of the body parts that are not named.
    pub default: NonNegative,
    /// The cut-offs of some body parts, by exact name.
    pub parts: BTreeMap<Bodypart, NonNegative>,
}

impl LikelihoodMask {
    /// Creates a mask with one cut-off, which drops positions without a likelihood.
    pub const fn fixed(cutoff: NonNegative) -> Self {
        Self {
            cutoff: Cutoff::Fixed(cutoff),
            keep_unknown: false,
            carry_last: false,
        }
    }

    /// Makes positions of a body part missing, and returns how many it did not believe.
    ///
    /// # Panics
    ///
    /// Panics unless there is one likelihood for each position.
    pub fn apply<const D: usize>(
        &self,
        bodypart: &Bodypart,
        positions: &mut [[f64; D]],
        likelihood: &[f64],
    ) -> usize {
        assert_eq!(
            positions.len(),
            likelihood.len(),
            "one likelihood for each position"
        );
        let cutoff = self.cutoff.of(bodypart, likelihood);
        let mut last = [f64::NAN; D];
        let mut dropped = 0;
        for (position, likelihood) in positions.iter_mut().zip(likelihood) {
            if *likelihood >= cutoff || likelihood.is_nan() && self.keep_unknown {
                last = *position;
                continue;
            }
            dropped += usize::from(!position.iter().any(|coordinate| coordinate.is_nan()));
            *position = if self.carry_last { last } else { [f64::NAN; D] };
        }
        dropped
    }
}

impl Cutoff {
    /// Returns the smallest likelihood of a body part that is believed.
    pub fn of(&self, bodypart: &Bodypart, likelihood: &[f64]) -> f64 {
        match self {
            Self::Fixed(cutoff) => cutoff.get(),
            Self::PerPart(cutoffs) => {
                let cutoff = cutoffs.parts.get(bodypart);
                cutoff.unwrap_or(&cutoffs.default).get()
            }
            Self::Adaptive => adaptive_cutoff(likelihood).unwrap_or(f64::NEG_INFINITY),
        }
    }
}

const BINS: usize = 10;

/// Returns the cut-off that separates unlikely from likely positions, as NATEX finds it.
///
/// Ten bins from the smallest to the largest likelihood count how often each occurs. The counts
/// fall after the heap of the unlikely; the center of the first bin that is not followed by a
/// smaller count is the cut-off, or of the second such bin when the first one is the first bin.
/// `None` when all likelihoods are the same or when there is no such bin.
///
/// # Examples
///
/// ```
/// let likelihood = [
///     0.99, 0.98, 0.97, 0.05, 0.99, 0.95, 0.96, 0.99, 0.1, 0.98, 0.99, 0.97,
/// ];
///
/// let cutoff = dlc_tracking::steps::adaptive_cutoff(&likelihood);
///
/// assert!(cutoff.is_some_and(|cutoff| (cutoff - 0.191).abs() < 1e-12));
/// ```
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and what is large is cut to the last bin"
)]
pub fn adaptive_cutoff(likelihood: &[f64]) -> Option<f64> {
    let known = || likelihood.iter().copied().filter(|p| p.is_finite());
    let (lowest, highest) = (
        known().fold(f64::MAX, f64::min),
        known().fold(f64::MIN, f64::max),
    );
    let width = (highest - lowest) / BINS as f64;
    if width.is_nan() || width <= 0.0 {
        return None;
    }
    let mut counts = [0_usize; BINS];
    known().for_each(|p| counts[(((p - lowest) / width) as usize).min(BINS - 1)] += 1);
    let mut rises = (0..BINS - 1).filter(|bin| counts[bin + 1] >= counts[*bin]);
    let bin = rises.find(|bin| *bin > 0)?;
    Some(lowest + (bin as f64 + 0.5) * width)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn mask(cutoff: f64) -> LikelihoodMask {
        LikelihoodMask::fixed(NonNegative::new(cutoff).unwrap())
    }

    fn seen(mask: &LikelihoodMask, likelihood: &[f64]) -> Vec<bool> {
        let mut positions = vec![[1.0, 2.0]; likelihood.len()];
        let dropped = mask.apply(&"snout".into(), &mut positions, likelihood);
        let seen: Vec<bool> = positions.iter().map(|p| !p[0].is_nan()).collect();
        assert_eq!(dropped, seen.iter().filter(|seen| !**seen).count());
        seen
    }

    // Source: movement 0.17.0 (which drops NaN) and its head (which keeps it).
    #[test]
    fn the_cutoff_itself_is_believed() {
        let likelihood = [0.9, 0.6, 0.59999, NAN];

        assert_eq!(seen(&mask(0.6), &likelihood), [true, true, false, false]);
        let keeping = LikelihoodMask {
            keep_unknown: true,
            ..mask(0.6)
        };
        assert_eq!(seen(&keeping, &likelihood), [true, true, false, true]);
    }

    #[test]
    fn a_body_part_has_its_own_cutoff() {
        let stored = r#"{"cutoff":{"per_part":{"default":0.5,"parts":{"snout":0.9}}}}"#;
        let mask: LikelihoodMask = serde_json::from_str(stored).unwrap();

        assert_eq!(seen(&mask, &[0.8, 0.9]), [false, true]);
        assert_eq!(mask.cutoff.of(&"tail".into(), &[]), 0.5);
    }

    // Source: NATEX `adp_filt`, run in Octave. DIFFERENCE: it keeps the first row always.
    #[test]
    fn the_adaptive_cutoff_carries_the_last_position_forward() {
        let mut x = [
            10.0, 11.0, 12.0, 50.0, 14.0, 15.0, 16.0, 17.0, 60.0, 19.0, 20.0, 21.0,
        ];
        let likelihood = [
            0.99, 0.98, 0.97, 0.05, 0.99, 0.95, 0.96, 0.99, 0.1, 0.98, 0.99, 0.97,
        ];
        let natex = LikelihoodMask {
            cutoff: Cutoff::Adaptive,
            keep_unknown: false,
            carry_last: true,
        };

        let dropped = natex.apply(&"ear".into(), crate::steps::scalars(&mut x), &likelihood);

        assert_eq!((dropped, x[3], x[8]), (2, 12.0, 17.0));
    }

    #[test]
    fn equal_likelihoods_are_all_believed() {
        assert_eq!(adaptive_cutoff(&[0.9; 5]), None);
        assert_eq!(adaptive_cutoff(&[NAN, 0.3]), None);
        assert_eq!(adaptive_cutoff(&[]), None);
    }

    #[test]
    fn positions_before_the_first_good_one_are_missing() {
        let mut x = [1.0, 2.0, 3.0];
        let carrying = LikelihoodMask {
            carry_last: true,
            ..mask(0.5)
        };

        carrying.apply(
            &"ear".into(),
            crate::steps::scalars(&mut x),
            &[0.1, 0.9, 0.1],
        );

        assert!(x[0].is_nan());
        assert_eq!(x[1..], [2.0, 2.0]);
    }

    #[test]
    fn unknown_fields_are_refused() {
        let stored = r#"{"cutoff":"adaptive","pcutoff":0.6}"#;

        assert!(serde_json::from_str::<LikelihoodMask>(stored).is_err());
    }
}
