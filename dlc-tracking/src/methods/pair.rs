use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::vector::{add, distance, midpoint, scale, subtract};
use crate::{ParameterError, Sample};

/// What two points make when they are not both there, or not both credible.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairRules {
    /// The state when one of the two is missing. Default: missing.
    pub when_one_is_missing: WhenOneIsMissing,
    /// Two points farther apart than this are both missing, because nothing tells which of them is
    /// wrong. In the unit of the positions. Default: any distance.
    pub max_distance: Option<f64>,
}

/// The state when one of two points is missing. There is no head angle then, in any case.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum WhenOneIsMissing {
    /// No position.
    #[default]
    Missing,
    /// The position of the other point. It jumps by half the distance of the two.
    OtherPoint,
    /// The position of the other point plus half the distance of the two, in the direction that
    /// they last had.
    ///
    /// The distance is learnt: the mean of all samples with both points, offline of the whole
    /// recording, online of the past.
    OtherPointWithOffset {
        /// How long the last direction is held, in s. After that there is no position.
        hold_s: f64,
    },
}

/// How two ears that were taken for each other are found.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum SwapRule {
    /// They are not.
    #[default]
    Ignore,
    /// The two are where the other one was in the last sample with both: the sum of the squared
    /// ways is shorter when they are exchanged. The first sample is believed.
    Continuity {
        /// How long the last sample is remembered, in s.
        hold_s: f64,
        /// What is done with the two.
        action: SwapAction,
    },
    /// The head would point to a body part that is behind it.
    Behind {
        /// A body part behind the two, e.g., `tailbase`. Samples without it are believed.
        bodypart: Bodypart,
        /// What is done with the two.
        action: SwapAction,
    },
}

/// What is done with two points that were taken for each other.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SwapAction {
    /// Both are missing.
    #[default]
    Missing,
    /// They are exchanged.
    Exchange,
}

impl PairRules {
    pub(crate) fn check(&self) -> Result<(), ParameterError> {
        if let Some(distance) = self.max_distance {
            let good = distance > 0.0 && distance.is_finite();
            ParameterError::unless(good, "max_distance", "a positive number", distance)?;
        }
        match self.when_one_is_missing {
            WhenOneIsMissing::OtherPointWithOffset { hold_s } => check_hold(hold_s),
            _ => Ok(()),
        }
    }

    pub(crate) fn learn(&self) -> bool {
        let rule = self.when_one_is_missing;
        matches!(rule, WhenOneIsMissing::OtherPointWithOffset { .. })
    }

    fn allow<const D: usize>(&self, [first, second]: [[f64; D]; 2]) -> bool {
        self.max_distance
            .is_none_or(|max| distance(first, second) <= max)
    }
}

impl SwapRule {
    pub(crate) fn check(&self) -> Result<(), ParameterError> {
        match self {
            Self::Continuity { hold_s, .. } => check_hold(*hold_s),
            Self::Ignore | Self::Behind { .. } => Ok(()),
        }
    }
}

fn check_hold(hold_s: f64) -> Result<(), ParameterError> {
    let good = hold_s >= 0.0 && hold_s.is_finite();
    ParameterError::unless(good, "hold_s", "0 or a positive number", hold_s)
}

/// What a method of two points remembers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PairMemory<const D: usize> {
    sum_of_distances: f64,
    pairs: f64,
    last: Option<Remembered<D>>,
}

/// The last sample with both points.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Remembered<const D: usize> {
    time_s: f64,
    pair: [[f64; D]; 2],
}

impl<const D: usize> Default for PairMemory<D> {
    fn default() -> Self {
        Self {
            sum_of_distances: 0.0,
            pairs: 0.0,
            last: None,
        }
    }
}

impl<const D: usize> PairMemory<D> {
    /// Adds the distance of two points to what was learnt.
    pub(crate) fn learn(&mut self, rules: &PairRules, sample: &Sample<'_, D>) {
        let pair = [sample[0].position, sample[1].position];
        let distance = distance(pair[0], pair[1]);
        if distance.is_finite() && rules.allow(pair) {
            self.sum_of_distances += distance;
            self.pairs += 1.0;
        }
    }

    /// Returns the position, and the two points when both are there.
    #[inline]
    pub(crate) fn position(
        &mut self,
        rules: &PairRules,
        pair: [[f64; D]; 2],
        time_s: f64,
    ) -> ([f64; D], Option<[[f64; D]; 2]>) {
        let missing = ([f64::NAN; D], None);
        match pair.map(|point| point.iter().all(|coordinate| !coordinate.is_nan())) {
            [true, true] if rules.allow(pair) => {
                self.last = Some(Remembered { time_s, pair });
                (midpoint(pair[0], pair[1]), Some(pair))
            }
            [true, false] => (self.other(rules, pair[0], 0.5, time_s), None),
            [false, true] => (self.other(rules, pair[1], -0.5, time_s), None),
            _ => missing,
        }
    }

    /// Returns the position by one point alone, `side` distances from it towards the other.
    fn other(&self, rules: &PairRules, point: [f64; D], side: f64, time_s: f64) -> [f64; D] {
        match rules.when_one_is_missing {
            WhenOneIsMissing::Missing => [f64::NAN; D],
            WhenOneIsMissing::OtherPoint => point,
            WhenOneIsMissing::OtherPointWithOffset { hold_s } => {
                let [first, second] = self.remembered(time_s, hold_s);
                let learnt = self.sum_of_distances / self.pairs;
                let stretch = side * learnt / distance(first, second);
                add(point, scale(subtract(second, first), stretch))
            }
        }
    }

    /// Returns whether the two points are where the other one was.
    pub(crate) fn are_exchanged(&self, pair: [[f64; D]; 2], time_s: f64, hold_s: f64) -> bool {
        let last = self.remembered(time_s, hold_s);
        let way = |a: usize, b: usize| distance(pair[a], last[b]).powi(2);
        way(0, 1) + way(1, 0) < way(0, 0) + way(1, 1)
    }

    /// Returns the two points as they last were, NaN when that is too long ago.
    fn remembered(&self, time_s: f64, hold_s: f64) -> [[f64; D]; 2] {
        let recent = |last: &Remembered<D>| (0.0..=hold_s).contains(&(time_s - last.time_s));
        let last = self.last.filter(recent);
        last.map_or([[f64::NAN; D]; 2], |last| last.pair)
    }
}
