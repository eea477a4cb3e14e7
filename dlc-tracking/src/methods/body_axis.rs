use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::vector::{add, dot, scale, subtract};
use crate::{ParameterError, Part, ProcessingMethod, Role, Sample, State};

/// Several points along the body: their mean, and the direction in which they are spread most.
///
/// The direction is the principal one of the points present; it points to the side of `front`, or
/// away from that of `back` when `front` is missing. Without both, with too few points, or when
/// the points are not clearly longer than wide, there is no head angle.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BodyAxis {
    /// The body part that is farthest in front.
    pub front: Bodypart,
    /// The body part that is farthest behind.
    pub back: Bodypart,
    /// The others, in any order.
    #[serde(default)]
    pub others: Vec<Bodypart>,
    /// How many must be present, at least 2. Default: 2.
    #[serde(default = "two")]
    pub min_present: usize,
    /// How many times larger the variance along the body must be than across it, at least 1.
    /// Default: 2.
    #[serde(default = "elongation")]
    pub min_elongation: f64,
}

fn two() -> usize {
    2
}

fn elongation() -> f64 {
    2.0
}

impl BodyAxis {
    /// Creates the method.
    pub fn new<B: Into<Bodypart>>(
        front: impl Into<Bodypart>,
        back: impl Into<Bodypart>,
        others: impl IntoIterator<Item = B>,
    ) -> Self {
        Self {
            front: front.into(),
            back: back.into(),
            others: others.into_iter().map(Into::into).collect(),
            min_present: two(),
            min_elongation: elongation(),
        }
    }

    fn heading<const D: usize>(&self, sample: &Sample<'_, D>, mean: [f64; D]) -> [f64; D] {
        let (variances, axes) = principal_axes(covariance(sample, mean));
        let (mut long, mut second) = (0, f64::NEG_INFINITY);
        for axis in 1..D {
            match variances[axis] > variances[long] {
                true => {
                    second = variances[long];
                    long = axis;
                }
                false => second = second.max(variances[axis]),
            }
        }
        let enough = variances[long] > 0.0 && variances[long] >= self.min_elongation * second;
        let towards = [(0, 1.0), (1, -1.0)].into_iter();
        let mut sides = towards
            .filter(|(part, _)| !sample[*part].is_missing())
            .map(|(part, sign)| sign * dot(subtract(sample[part].position, mean), axes[long]));
        match sides.next() {
            Some(side) if enough && side != 0.0 => scale(axes[long], side.signum()),
            _ => [f64::NAN; D],
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for BodyAxis {
    fn parts(&self) -> Vec<Part> {
        let mut parts = vec![
            Part::new(Role::Front, self.front.clone()),
            Part::new(Role::Back, self.back.clone()),
        ];
        let others = self.others.iter();
        parts.extend(others.map(|bodypart| Part::new(Role::Point, bodypart.clone())));
        parts
    }

    fn check(&self) -> Result<(), ParameterError> {
        let good = (2..=2 + self.others.len()).contains(&self.min_present);
        let expected = "at least 2 and at most the number of parts";
        ParameterError::unless(good, "min_present", expected, self.min_present)?;
        let good = self.min_elongation >= 1.0 && self.min_elongation.is_finite();
        let expected = "a number of 1 or more";
        ParameterError::unless(good, "min_elongation", expected, self.min_elongation)
    }

    fn learns(&self) -> bool {
        false
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let (mut sum, mut present) = ([0.0; D], 0);
        for point in sample.points.iter().filter(|point| !point.is_missing()) {
            sum = add(sum, point.position);
            present += 1;
        }
        if present < self.min_present {
            return State::MISSING;
        }
        let position = scale(sum, 1.0 / present as f64);
        State {
            position,
            heading: self.heading(sample, position),
        }
    }
}

/// Returns the sums of products of the deviations from a mean.
fn covariance<const D: usize>(sample: &Sample<'_, D>, mean: [f64; D]) -> [[f64; D]; D] {
    let mut sums = [[0.0; D]; D];
    for point in sample.points.iter().filter(|point| !point.is_missing()) {
        let deviation = subtract(point.position, mean);
        for (row, sums) in sums.iter_mut().enumerate() {
            *sums = add(*sums, scale(deviation, deviation[row]));
        }
    }
    sums
}

/// Returns the variances along the principal axes of a symmetric matrix, and the axes, by Jacobi's rotations.
fn principal_axes<const D: usize>(mut matrix: [[f64; D]; D]) -> ([f64; D], [[f64; D]; D]) {
    let mut axes: [[f64; D]; D] =
        std::array::from_fn(|row| std::array::from_fn(|column| f64::from(row == column)));
    // Two and three dimensions need one and about five sweeps.
    for _ in 0..12 {
        for p in 0..D {
            for q in p + 1..D {
                rotate(&mut matrix, &mut axes, p, q);
            }
        }
    }
    (std::array::from_fn(|axis| matrix[axis][axis]), axes)
}

/// Makes one element beside the diagonal zero.
fn rotate<const D: usize>(
    matrix: &mut [[f64; D]; D],
    axes: &mut [[f64; D]; D],
    p: usize,
    q: usize,
) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let half_turn = (2.0 * matrix[p][q]).atan2(matrix[p][p] - matrix[q][q]) / 2.0;
    let (sine, cosine) = half_turn.sin_cos();
    for row in matrix.iter_mut() {
        (row[p], row[q]) = turn(row[p], row[q], sine, cosine);
    }
    for column in 0..D {
        let (a, b) = (matrix[p][column], matrix[q][column]);
        (matrix[p][column], matrix[q][column]) = turn(a, b, sine, cosine);
        let (a, b) = (axes[p][column], axes[q][column]);
        (axes[p][column], axes[q][column]) = turn(a, b, sine, cosine);
    }
    (matrix[p][q], matrix[q][p]) = (0.0, 0.0);
}

fn turn(a: f64, b: f64, sine: f64, cosine: f64) -> (f64, f64) {
    (cosine * a + sine * b, cosine * b - sine * a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Point, YAxis};

    fn state<const D: usize>(positions: &[[f64; D]]) -> State<D> {
        let point = |&position| Point {
            position,
            likelihood: 1.0,
        };
        let points: Vec<_> = positions.iter().map(point).collect();
        let sample = Sample {
            points: &points,
            time_s: 0.0,
            y_axis: YAxis::Down,
        };
        BodyAxis::new("nose", "tail", ["hip"]).state(&sample)
    }

    fn close<const D: usize>(a: [f64; D], b: [f64; D]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12)
    }

    #[test]
    fn the_head_points_along_the_body_to_the_front() {
        let slope = 0.5_f64.sqrt();
        let there = state(&[[3.0, 3.0], [0.0, 0.0], [1.5, 1.5]]);
        let back = state(&[[0.0, 0.0], [3.0, 3.0], [1.5, 1.5]]);

        assert_eq!(there.position, [1.5, 1.5]);
        assert!(close(there.heading, [slope, slope]));
        assert!(close(back.heading, [-slope, -slope]));
    }

    #[test]
    fn in_three_dimensions_too() {
        let found = state(&[[1.0, 2.0, 2.0], [-1.0, -2.0, -2.0], [0.0; 3]]);

        assert!(close(found.heading, [1.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0]));
    }

    #[test]
    fn the_back_tells_the_direction_when_the_front_is_missing() {
        let found = state(&[[f64::NAN; 2], [0.0, 0.0], [2.0, 0.0]]);

        assert_eq!(found.position, [1.0, 0.0]);
        assert!(close(found.heading, [1.0, 0.0]));
    }

    #[test]
    fn a_round_animal_has_no_direction() {
        let third = (3.0_f64).sqrt() / 2.0;
        let found = state(&[[1.0, 0.0], [-0.5, third], [-0.5, -third]]);

        assert!(found.heading[0].is_nan());
        assert!(!found.position[0].is_nan());
    }

    #[test]
    fn one_point_is_no_body() {
        let found = state(&[[1.0, 0.0], [f64::NAN; 2], [f64::NAN; 2]]);

        assert!(found.position[0].is_nan());
    }
}
