use dlc_model::Bodypart;
use serde::{Deserialize, Serialize};

use super::{
    pair::{PairMemory, PairRules, SwapAction, SwapRule},
    vector::{dot, midpoint, subtract},
};
use crate::{ParameterError, Part, ProcessingMethod, Role, Sample, State, YAxis};

/// Two points left and right of the head: their midpoint, and the direction at right angles to
/// their line.
///
/// This is the method that replaces two LEDs by two ears. With `d = right − left` in the picture,
/// the head angle is `atan2(−d_y, d_x) + π/2`, seen from above. A camera below the animal sees
/// left and right exchanged: turn the angle by π
/// ([`RawParams::head_angle_offset_rad`](crate::RawParams)).
///
/// In three dimensions the direction lies in the plane of the first two axes.
///
/// # Examples
///
/// ```
/// use dlc_model::{Bodyparts, Keypoint, PoseTable};
/// use dlc_tracking::{Bound, Tracks, YAxis, methods::LeftRight, time::Clock};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["leftear", "rightear"])?);
/// poses.set(0, &[Keypoint::new(10.0, 50.0, 0.9), Keypoint::new(30.0, 50.0, 0.9)]);
///
/// let mut ears = Bound::new(LeftRight::new("leftear", "rightear"), poses.bodyparts())?;
/// let states = ears.states(&Tracks::from(&poses), Clock::new(&[0.0])?);
///
/// assert_eq!(states[0].position, [20.0, 50.0]);
/// assert_eq!(states[0].head_angle_rad(YAxis::Down).to_degrees(), 90.0); // up in the picture
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LeftRight<const D: usize> {
    /// The left point, as the animal sees it.
    pub left: Bodypart,
    /// The right point.
    pub right: Bodypart,
    /// What they make when they are not both there.
    #[serde(default)]
    pub rules: PairRules,
    /// How the two are found that were taken for each other. Default: not at all.
    #[serde(default)]
    pub swap: SwapRule,
    #[serde(skip)]
    memory: PairMemory<D>,
}

impl<const D: usize> LeftRight<D> {
    /// Creates the method.
    pub fn new(left: impl Into<Bodypart>, right: impl Into<Bodypart>) -> Self {
        Self {
            left: left.into(),
            right: right.into(),
            rules: PairRules::default(),
            swap: SwapRule::Ignore,
            memory: PairMemory::default(),
        }
    }

    /// Returns the two points as they are believed: exchanged, or missing, when they were taken
    /// for each other.
    fn believed(&self, sample: &Sample<'_, D>) -> [[f64; D]; 2] {
        let pair = [sample[0].position, sample[1].position];
        let (exchanged, action) = match &self.swap {
            SwapRule::Ignore => return pair,
            SwapRule::Continuity { hold_s, action } => {
                let memory = &self.memory;
                let exchanged = memory.are_exchanged(pair, sample.time_s, *hold_s);
                (exchanged, action)
            }
            SwapRule::Behind { action, .. } => {
                let from_behind = subtract(midpoint(pair[0], pair[1]), sample[2].position);
                (dot(forward(pair, sample.y_axis), from_behind) < 0.0, action)
            }
        };
        match (exchanged, action) {
            (false, _) => pair,
            (true, SwapAction::Exchange) => [pair[1], pair[0]],
            (true, SwapAction::Missing) => [[f64::NAN; D]; 2],
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for LeftRight<D> {
    fn parts(&self) -> Vec<Part> {
        let mut parts = vec![
            Part::new(Role::Left, self.left.clone()),
            Part::new(Role::Right, self.right.clone()),
        ];
        if let SwapRule::Behind { bodypart, .. } = &self.swap {
            parts.push(Part::new(Role::Back, bodypart.clone()));
        }
        parts
    }

    fn check(&self) -> Result<(), ParameterError> {
        self.rules.check().and(self.swap.check())
    }

    fn learn(&mut self, sample: &Sample<'_, D>) {
        self.memory.learn(&self.rules, sample);
    }

    fn learns(&self) -> bool {
        self.rules.learn()
    }

    fn restart(&mut self) {
        self.memory = PairMemory::default();
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let pair = self.believed(sample);
        let (position, both) = self.memory.position(&self.rules, pair, sample.time_s);
        match both {
            Some(pair) => State {
                position,
                heading: forward(pair, sample.y_axis),
            },
            None => State::at(position),
        }
    }
}

/// Returns the direction at right angles to the line from left to right, forward for the animal
/// seen from above.
fn forward<const D: usize>([left, right]: [[f64; D]; 2], y_axis: YAxis) -> [f64; D] {
    let across = subtract(right, left);
    let mut forward = [0.0; D];
    match forward[..] {
        [ref mut x, ref mut y, ..] => {
            *x = -y_axis.upward() * across[1];
            *y = y_axis.upward() * across[0];
        }
        _ => return [f64::NAN; D],
    }
    forward
}

/// Two points, one in front of the other: their midpoint, and the direction from the back one to
/// the front one.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FrontBack<const D: usize> {
    /// The front point.
    pub front: Bodypart,
    /// The back point.
    pub back: Bodypart,
    /// What they make when they are not both there.
    #[serde(default)]
    pub rules: PairRules,
    #[serde(skip)]
    memory: PairMemory<D>,
}

impl<const D: usize> FrontBack<D> {
    /// Creates the method.
    pub fn new(front: impl Into<Bodypart>, back: impl Into<Bodypart>) -> Self {
        Self {
            front: front.into(),
            back: back.into(),
            rules: PairRules::default(),
            memory: PairMemory::default(),
        }
    }
}

impl<const D: usize> ProcessingMethod<D> for FrontBack<D> {
    fn parts(&self) -> Vec<Part> {
        vec![
            Part::new(Role::Front, self.front.clone()),
            Part::new(Role::Back, self.back.clone()),
        ]
    }

    fn check(&self) -> Result<(), ParameterError> {
        self.rules.check()
    }

    fn learn(&mut self, sample: &Sample<'_, D>) {
        self.memory.learn(&self.rules, sample);
    }

    fn learns(&self) -> bool {
        self.rules.learn()
    }

    fn restart(&mut self) {
        self.memory = PairMemory::default();
    }

    fn state(&mut self, sample: &Sample<'_, D>) -> State<D> {
        let pair = [sample[0].position, sample[1].position];
        let (position, both) = self.memory.position(&self.rules, pair, sample.time_s);
        match both {
            Some([front, back]) => State {
                position,
                heading: subtract(front, back),
            },
            None => State::at(position),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, PI};

    use super::*;
    use crate::{Point, methods::WhenOneIsMissing};

    const GONE: [f64; 2] = [f64::NAN; 2];

    /// The states of a method, one sample a second, after a pass that learns.
    fn states<M: ProcessingMethod<2>>(mut method: M, samples: &[&[[f64; 2]]]) -> Vec<State<2>> {
        method.check().unwrap();
        let mut out = Vec::new();
        for learning in [true, false] {
            for (second, positions) in samples.iter().enumerate() {
                let point = |&position| Point {
                    position,
                    likelihood: 1.0,
                };
                let points: Vec<_> = positions.iter().map(point).collect();
                let sample = Sample {
                    points: &points,
                    time_s: second as f64,
                    y_axis: YAxis::Down,
                };
                match learning {
                    true => method.learn(&sample),
                    false => out.push(method.state(&sample)),
                }
            }
        }
        out
    }

    #[test]
    fn points_too_far_apart_are_both_missing() {
        let mut ears = LeftRight::new("l", "r");
        ears.rules.max_distance = Some(5.0);
        let found = states(
            ears,
            &[&[[0.0, 0.0], [5.0, 0.0]], &[[0.0, 0.0], [6.0, 0.0]]],
        );

        assert_eq!(found[0].position, [2.5, 0.0]);
        assert!(found[1].position[0].is_nan() && found[1].heading[0].is_nan());
    }

    #[test]
    fn one_missing_point_is_a_missing_state_by_default() {
        let found = states(FrontBack::new("f", "b"), &[&[[1.0, 1.0], GONE]]);

        assert!(found[0].position[0].is_nan() && found[0].heading[0].is_nan());
    }

    #[test]
    fn the_other_point_stands_in_without_a_direction() {
        let mut ears = LeftRight::new("l", "r");
        ears.rules.when_one_is_missing = WhenOneIsMissing::OtherPoint;
        let found = states(ears, &[&[GONE, [4.0, 2.0]], &[GONE, GONE]]);

        assert_eq!(found[0].position, [4.0, 2.0]);
        assert!(found[0].heading[0].is_nan());
        assert!(found[1].position[0].is_nan());
    }

    #[test]
    fn the_learnt_offset_leads_from_the_other_point_to_the_middle() {
        let mut ears = LeftRight::new("l", "r");
        let rule = WhenOneIsMissing::OtherPointWithOffset { hold_s: 2.0 };
        ears.rules.when_one_is_missing = rule;
        let found = states(
            ears,
            &[
                &[GONE, [9.0, 0.0]],
                &[[0.0, 0.0], [0.0, 4.0]],
                &[GONE, [10.0, 4.0]],
                &[[20.0, 0.0], GONE],
                &[[20.0, 0.0], GONE],
                &[[0.0, 0.0], [0.0, 8.0]],
            ],
        );

        assert!(found[0].position[0].is_nan(), "no direction yet");
        assert_eq!(
            found[2].position,
            [10.0, 1.0],
            "half of the mean distance, 6"
        );
        assert_eq!(found[3].position, [20.0, 3.0]);
        assert!(found[4].position[0].is_nan(), "held for 2 s, not for 3");
    }

    #[test]
    fn ears_that_change_places_are_exchanged_back() {
        let mut ears = LeftRight::new("l", "r");
        ears.swap = SwapRule::Continuity {
            hold_s: 1.0,
            action: SwapAction::Exchange,
        };
        let (left, right) = ([0.0, 0.0], [4.0, 0.0]);
        let samples: [&[[f64; 2]]; 3] = [&[left, right], &[right, left], &[left, right]];
        let angles = states(ears.clone(), &samples).into_iter();
        let angles: Vec<f64> = angles.map(|s| s.head_angle_rad(YAxis::Down)).collect();
        assert_eq!(angles, [FRAC_PI_2; 3]);

        ears.swap = SwapRule::Continuity {
            hold_s: 1.0,
            action: SwapAction::Missing,
        };
        let found = states(ears, &samples);
        assert!(found[1].position[0].is_nan());
        assert_eq!(found[2].position, [2.0, 0.0]);
    }

    #[test]
    fn a_body_part_behind_tells_left_from_right() {
        let mut ears = LeftRight::new("l", "r");
        ears.swap = SwapRule::Behind {
            bodypart: "tail".into(),
            action: SwapAction::Exchange,
        };
        let (left, right, tail) = ([0.0, 0.0], [4.0, 0.0], [2.0, 9.0]);
        let samples: [&[[f64; 2]]; 3] = [
            &[left, right, tail],
            &[right, left, tail],
            &[right, left, GONE],
        ];
        let angles = states(ears, &samples).into_iter();
        let angles: Vec<f64> = angles.map(|s| s.head_angle_rad(YAxis::Down)).collect();

        assert_eq!(angles, [FRAC_PI_2, FRAC_PI_2, 3.0 * FRAC_PI_2]);
    }

    #[test]
    fn front_and_back_point_forward() {
        let found = states(FrontBack::new("f", "b"), &[&[[0.0, 0.0], [1.0, 0.0]]]);

        assert_eq!(found[0].head_angle_rad(YAxis::Down), PI);
    }
}
