use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::vector::{add, scale};
use crate::{ParameterError, Part, ProcessingMethod, Role, Sample, State};

/// The weighted mean of the body parts that are present; no head angle.
///
/// The weights of those present are scaled to a sum of 1. Fewer than `min_present` are no position.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightedCentroid {
    /// The body parts, each with its weight.
    pub parts: Vec<WeightedPart>,
    /// How many must be present, at least 1.
    pub min_present: usize,
    /// Whether a weight is also multiplied by the likelihood of the sample. A body part without
    /// likelihood is then not present. Default: no.
    #[serde(default)]
    pub by_likelihood: bool,
}

/// A body part and its weight.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightedPart {
    /// The body part.
    pub bodypart: Bodypart,
    /// Its weight, positive. Default: 1.
    #[serde(default = "one")]
    pub weight: f64,
}

fn one() -> f64 {
    1.0
}

impl WeightedCentroid {
    /// Creates the method with all weights 1.
    pub fn new<B: Into<Bodypart>>(
        bodyparts: impl IntoIterator<Item = B>,
        min_present: usize,
    ) -> Self {
        let part = |bodypart: B| WeightedPart {
            bodypart: bodypart.into(),
            weight: 1.0,
        };
        Self {
            parts: bodyparts.into_iter().map(part).collect(),
            min_present,
            by_likelihood: false,
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for WeightedCentroid {
    fn parts(&self) -> Vec<Part> {
        let parts = self.parts.iter();
        parts
            .map(|part| Part::new(Role::Point, part.bodypart.clone()))
            .collect()
    }

    fn check(&self) -> Result<(), ParameterError> {
        let range = 1..=self.parts.len();
        let good = range.contains(&self.min_present);
        let expected = "at least 1 and at most the number of parts";
        ParameterError::unless(good, "min_present", expected, self.min_present)?;
        self.parts.iter().try_for_each(|part| {
            let good = part.weight > 0.0 && part.weight.is_finite();
            ParameterError::unless(good, "weight", "a positive number", part.weight)
        })
    }

    fn learns(&self) -> bool {
        false
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let (mut sum, mut total, mut present) = ([0.0; D], 0.0, 0);
        for (part, point) in self.parts.iter().zip(sample.points) {
            let weight = match self.by_likelihood {
                true => part.weight * point.likelihood,
                false => part.weight,
            };
            if !point.is_missing() && weight > 0.0 {
                sum = add(sum, scale(point.position, weight));
                total += weight;
                present += 1;
            }
        }
        match present >= self.min_present {
            true => State::at(sum.map(|coordinate| coordinate / total)),
            false => State::MISSING,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Point, YAxis};

    fn position(method: &mut WeightedCentroid, points: &[(f64, f64)]) -> [f64; 1] {
        let point = |&(x, likelihood)| Point {
            position: [x],
            likelihood,
        };
        let points: Vec<_> = points.iter().map(point).collect();
        let sample = Sample {
            points: &points,
            time_s: 0.0,
            y_axis: YAxis::Down,
        };
        method.state(&sample).position
    }

    #[test]
    fn weights_of_those_present_count() {
        let mut method = WeightedCentroid::new(["a", "b", "c"], 2);
        method.parts[2].weight = 3.0;

        let nan = f64::NAN;
        assert_eq!(
            position(&mut method, &[(0.0, nan), (1.0, nan), (3.0, nan)]),
            [2.0]
        );
        assert_eq!(
            position(&mut method, &[(1.0, nan), (nan, nan), (5.0, nan)]),
            [4.0]
        );
        assert!(position(&mut method, &[(nan, nan), (nan, nan), (5.0, nan)])[0].is_nan());
    }

    #[test]
    fn likelihoods_weigh_when_asked_to() {
        let mut method = WeightedCentroid::new(["a", "b"], 1);
        method.by_likelihood = true;

        assert_eq!(position(&mut method, &[(0.0, 0.25), (4.0, 0.75)]), [3.0]);
        assert_eq!(
            position(&mut method, &[(0.0, f64::NAN), (4.0, 0.75)]),
            [4.0]
        );
        assert!(position(&mut method, &[(0.0, 0.0), (4.0, f64::NAN)])[0].is_nan());
    }
}
