use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::vector::{add, distance, scale, subtract};
use crate::{ParameterError, Part, ProcessingMethod, Role, Sample, State};

/// The line through the body parts from nose to tail: a point on it, and its direction.
///
/// Missing nodes are skipped: the line goes straight from one neighbour to the other. Without the first or the
/// last node there is no state, because the length of the line is not known.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SkeletonMidline {
    /// The body parts from nose to tail, at least two.
    pub nodes: Vec<Bodypart>,
    /// Where on the line the animal is, in [0, 1] of its length from the nose. Default: 0.5.
    #[serde(default = "half")]
    pub position_at: f64,
    /// Where on the line its direction is taken, in [0, 1]: towards the nose, along the segment
    /// there. Default: 0, the segment behind the nose.
    #[serde(default)]
    pub heading_at: f64,
}

fn half() -> f64 {
    0.5
}

impl SkeletonMidline {
    /// Creates the method with nodes from nose to tail.
    pub fn new<B: Into<Bodypart>>(nodes: impl IntoIterator<Item = B>) -> Self {
        Self {
            nodes: nodes.into_iter().map(Into::into).collect(),
            position_at: half(),
            heading_at: 0.0,
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for SkeletonMidline {
    fn parts(&self) -> Vec<Part> {
        let nodes = self.nodes.iter().enumerate();
        nodes
            .map(|(index, bodypart)| Part::new(Role::Node(index), bodypart.clone()))
            .collect()
    }

    fn check(&self) -> Result<(), ParameterError> {
        let count = self.nodes.len();
        ParameterError::unless(count >= 2, "nodes", "at least 2", count)?;
        for (name, at) in [
            ("position_at", self.position_at),
            ("heading_at", self.heading_at),
        ] {
            let good = (0.0..=1.0).contains(&at);
            ParameterError::unless(good, name, "a number from 0 to 1", at)?;
        }
        Ok(())
    }

    fn learns(&self) -> bool {
        false
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let (first, last) = (&sample[0], &sample[sample.points.len() - 1]);
        if first.is_missing() || last.is_missing() {
            return State::MISSING;
        }
        let total: f64 = segments(sample).map(|[a, b]| distance(a, b)).sum();
        let (position, _) = on_line(sample, self.position_at * total);
        let (_, [towards_nose, from]) = on_line(sample, self.heading_at * total);
        State {
            position,
            heading: subtract(towards_nose, from),
        }
    }
}

/// Returns the pieces of the line between nodes that are present, from the nose on.
fn segments<const D: usize>(sample: &Sample<'_, D>) -> impl Iterator<Item = [[f64; D]; 2]> {
    let present = || {
        let points = sample.points.iter();
        points
            .filter(|point| !point.is_missing())
            .map(|p| p.position)
    };
    present().zip(present().skip(1)).map(|(a, b)| [a, b])
}

/// Returns the point at a length from the nose, and the segment in which it lies.
fn on_line<const D: usize>(sample: &Sample<'_, D>, mut length: f64) -> ([f64; D], [[f64; D]; 2]) {
    let mut end = (sample[0].position, [sample[0].position; 2]);
    for [a, b] in segments(sample) {
        let long = distance(a, b);
        if long == 0.0 {
            continue;
        }
        if length <= long {
            return (add(a, scale(subtract(b, a), length / long)), [a, b]);
        }
        length -= long;
        end = (b, [a, b]);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Point, YAxis};

    fn state(method: &mut SkeletonMidline, positions: &[[f64; 2]]) -> State<2> {
        let point = |&position| Point {
            position,
            likelihood: 1.0,
        };
        let points: Vec<_> = positions.iter().map(point).collect();
        method.state(&Sample {
            points: &points,
            time_s: 0.0,
            y_axis: YAxis::Up,
        })
    }

    #[test]
    fn the_middle_is_half_way_along_the_line() {
        let mut line = SkeletonMidline::new(["nose", "neck", "tail"]);
        let bent = [[0.0, 4.0], [0.0, 0.0], [2.0, 0.0]];
        let found = state(&mut line, &bent);
        assert_eq!(found.position, [0.0, 1.0]);
        assert_eq!(found.heading, [0.0, 4.0]);

        line.heading_at = 1.0;
        line.position_at = 1.0;
        let found = state(&mut line, &bent);
        assert_eq!(found.position, [2.0, 0.0]);
        assert_eq!(found.heading, [-2.0, 0.0]);
    }

    #[test]
    fn a_missing_node_is_skipped_and_a_missing_end_is_no_state() {
        let mut line = SkeletonMidline::new(["nose", "neck", "tail"]);
        let gone = [f64::NAN; 2];

        let straight = state(&mut line, &[[0.0, 4.0], gone, [2.0, 4.0]]);
        assert_eq!(straight.position, [1.0, 4.0]);
        assert!(state(&mut line, &[gone, [0.0, 0.0], [2.0, 0.0]]).position[0].is_nan());
    }

    #[test]
    fn a_line_without_length_has_a_place_and_no_direction() {
        let mut line = SkeletonMidline::new(["nose", "tail"]);
        let found = state(&mut line, &[[1.0, 1.0], [1.0, 1.0]]);

        assert_eq!(found.position, [1.0, 1.0]);
        assert!(found.head_angle_rad(YAxis::Up).is_nan());
    }
}
