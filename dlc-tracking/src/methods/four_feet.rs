use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::vector::{add, scale, subtract};
use crate::{ParameterError, Part, ProcessingMethod, Role, Sample, State};

/// The four feet: the mean of those present, and the direction from the hind to the front feet.
///
/// The head angle is the mean of the directions of the two sides, from the hind to the front foot; a side with a
/// missing foot is left out, and without a whole side there is no direction.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FourFeet {
    /// The left front foot.
    pub front_left: Bodypart,
    /// The right front foot.
    pub front_right: Bodypart,
    /// The left hind foot.
    pub back_left: Bodypart,
    /// The right hind foot.
    pub back_right: Bodypart,
    /// How many feet must be present for a position, 1 to 4. Default: 3.
    #[serde(default = "three")]
    pub min_present: usize,
}

fn three() -> usize {
    3
}

impl FourFeet {
    /// Creates the method: front left, front right, back left, back right.
    pub fn new(feet: [impl Into<Bodypart>; 4]) -> Self {
        let [front_left, front_right, back_left, back_right] = feet.map(Into::into);
        Self {
            front_left,
            front_right,
            back_left,
            back_right,
            min_present: three(),
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for FourFeet {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new(Role::FrontLeft, self.front_left.clone()),
            Part::new(Role::FrontRight, self.front_right.clone()),
            Part::new(Role::BackLeft, self.back_left.clone()),
            Part::new(Role::BackRight, self.back_right.clone()),
        ]
    }

    fn check(&self) -> Result<(), ParameterError> {
        let good = (1..=4).contains(&self.min_present);
        ParameterError::unless(good, "min_present", "1 to 4", self.min_present)
    }

    fn learns(&self) -> bool {
        false
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let (mut sum, mut present) = ([0.0; D], 0.0);
        for point in sample.points.iter().filter(|point| !point.is_missing()) {
            sum = add(sum, point.position);
            present += 1.0;
        }
        let position = match present >= self.min_present as f64 {
            true => scale(sum, 1.0 / present),
            false => [f64::NAN; D],
        };
        let sides = [(0, 2), (1, 3)].map(|(front, back)| (sample[front], sample[back]));
        let mut heading = [0.0; D];
        let mut whole_sides = 0;
        for (front, back) in sides {
            if !front.is_missing() && !back.is_missing() {
                heading = add(heading, subtract(front.position, back.position));
                whole_sides += 1;
            }
        }
        match whole_sides {
            0 => State::at(position),
            _ => State { position, heading },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Point, YAxis};

    fn state(points: [[f64; 2]; 4]) -> State<2> {
        let points = points.map(|position| Point {
            position,
            likelihood: 1.0,
        });
        let sample = Sample {
            points: &points,
            time_s: 0.0,
            y_axis: YAxis::Up,
        };
        FourFeet::new(["a", "b", "c", "d"]).state(&sample)
    }

    const GONE: [f64; 2] = [f64::NAN; 2];

    #[test]
    fn one_missing_foot_leaves_a_side() {
        let all = state([[2.0, 1.0], [2.0, -1.0], [-2.0, 1.0], [-2.0, -1.0]]);
        let three = state([GONE, [2.0, -1.0], [-2.0, 1.0], [-2.0, -1.0]]);

        assert_eq!(all.position, [0.0, 0.0]);
        assert_eq!(all.head_angle_rad(YAxis::Up), 0.0);
        assert_eq!(three.head_angle_rad(YAxis::Up), 0.0);
        assert_eq!(three.position[1], -1.0 / 3.0);
    }

    #[test]
    fn two_feet_are_no_position_and_a_diagonal_is_no_direction() {
        let diagonal = state([GONE, [2.0, -1.0], [-2.0, 1.0], GONE]);

        assert!(diagonal.position[0].is_nan());
        assert!(diagonal.head_angle_rad(YAxis::Up).is_nan());
    }
}
