use serde::{Deserialize, Serialize};

use crate::{
    Boundaries, BoundaryQuantile, FramePx, ParameterError, Space, State, States, YAxis, angle,
    states::StatesBuilder,
    steps::kinematics::{self, Difference},
    time::Clock,
};

/// The state of a recording as the video shows it, a row of `TrackingRaw.OpenField`: px, px/s and
/// the axes of the picture.
///
/// Triangulated body parts ([`ArenaMm`](crate::ArenaMm)) make one in mm.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackingRaw<const D: usize = 2, S: Space = FramePx> {
    /// The states.
    pub states: States<D, S>,
    /// How far the path reaches, in the unit of the space.
    pub boundaries: Boundaries,
    /// What `x` and `y` were shifted by, as it is stored beside them.
    pub offset: Offset,
}

/// How a raw state is made of what a method gives; no source fixes any of it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawParams {
    /// The fraction of samples beyond each boundary. Default: 0.
    pub boundary_quantile: BoundaryQuantile,
    /// What is added to the head angle, in rad, e.g., because ears are not at right angles to the
    /// nose. Default: 0.
    pub head_angle_offset_rad: f64,
    /// Which way the offset of the head angle turns. Default: counter-clockwise.
    pub head_angle_turn: Turn,
    /// What `x` and `y` are shifted by. Default: 0.
    pub offset: Offset,
    /// How speed is taken. Default: from the sample before.
    pub speed: Difference,
}

/// Which way a positive angle turns, for who looks at the picture.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Against the hands of a clock, as head angles do.
    #[default]
    CounterClockwise,
    /// With the hands of a clock.
    Clockwise,
}

/// A shift of `x` and `y`, in the unit of the positions.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offset {
    /// The shift along `x`.
    pub x: f64,
    /// The shift along `y`.
    pub y: f64,
    /// What is done with the two. Default: subtracted.
    pub sign: OffsetSign,
}

/// What is done with an [`Offset`].
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OffsetSign {
    /// Position = body part − offset: the offset leads back to the picture.
    #[default]
    Subtracted,
    /// Position = body part + offset, e.g., to undo a crop.
    Added,
}

impl RawParams {
    /// Checks the numbers.
    ///
    /// # Errors
    ///
    /// Returns an error that names the first that is not finite.
    pub fn check(&self) -> Result<(), ParameterError> {
        let Offset { x, y, .. } = self.offset;
        let angle = self.head_angle_offset_rad;
        [("head_angle_offset_rad", angle), ("x", x), ("y", y)]
            .into_iter()
            .try_for_each(|(name, value)| {
                ParameterError::unless(value.is_finite(), name, "a finite number", value)
            })
    }
}

impl<const D: usize, S: Space> TrackingRaw<D, S> {
    /// Makes a recording's raw states of what a method gave for each sample.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each state.
    pub fn new(states: &[State<D>], clock: Clock<'_>, y_axis: YAxis, params: &RawParams) -> Self {
        assert_eq!(states.len(), clock.len(), "one time for each state");
        let mut columns = StatesBuilder::new(clock, y_axis);
        states.iter().for_each(|state| columns.push(*state));
        Self::of_columns(columns.build(), params)
    }

    /// Makes raw states of positions and head angles as they are stored, which are shifted and turned
    /// already; speeds and boundaries are computed anew.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time and one head angle for each position.
    pub fn from_stored(
        positions: &[[f64; D]],
        head_angles_rad: Vec<f64>,
        clock: Clock<'_>,
        y_axis: YAxis,
        offset: Offset,
    ) -> Self {
        assert_eq!(positions.len(), head_angles_rad.len(), "one angle each");
        let states: Vec<_> = positions.iter().copied().map(State::at).collect();
        let mut raw = Self::new(&states, clock, y_axis, &RawParams::default());
        raw.states.head_angles_rad = head_angles_rad;
        raw.offset = offset;
        raw
    }

    /// Makes raw states of those that a method gave.
    pub(crate) fn of_columns(mut states: States<D, S>, params: &RawParams) -> Self {
        params.offset.apply(&mut states.positions);
        let turn = params.turn_rad();
        if turn != 0.0 {
            for angle in &mut states.head_angles_rad {
                *angle = angle::wrap(*angle + turn);
            }
        }
        states.speeds_per_s = kinematics::speed(&states.positions, states.clock(), params.speed);
        Self {
            boundaries: Boundaries::of(&states.positions, params.boundary_quantile),
            offset: params.offset,
            states,
        }
    }
}

impl RawParams {
    pub(crate) fn turn_rad(&self) -> f64 {
        match self.head_angle_turn {
            Turn::CounterClockwise => self.head_angle_offset_rad,
            Turn::Clockwise => -self.head_angle_offset_rad,
        }
    }
}

impl Offset {
    pub(crate) fn apply<const D: usize>(self, positions: &mut [[f64; D]]) {
        let sign = match self.sign {
            OffsetSign::Subtracted => -1.0,
            OffsetSign::Added => 1.0,
        };
        if (self.x, self.y) != (0.0, 0.0) {
            for position in positions {
                for (coordinate, shift) in position.iter_mut().zip([self.x, self.y]) {
                    *coordinate += sign * shift;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{FRAC_PI_2, PI};

    use super::*;

    fn raw(params: &RawParams) -> TrackingRaw<2> {
        let state = |x: f64| State {
            position: [x, 2.0],
            heading: [0.0, 1.0],
        };
        let states = [0.0, 1.0, 3.0].map(state);
        let clock = Clock::new(&[0.0, 0.5, 1.0]).unwrap();
        TrackingRaw::new(&states, clock, YAxis::Down, params)
    }

    #[test]
    fn states_are_in_px_and_px_per_s() {
        let raw = raw(&RawParams::default());

        assert_eq!(raw.states.speeds_per_s(), [2.0, 2.0, 4.0]);
        assert_eq!(
            raw.states.state(2).head_angle.unwrap().rad(),
            3.0 * FRAC_PI_2
        );
        assert_eq!(
            (raw.boundaries.width(), raw.boundaries.height()),
            (3.0, 0.0)
        );
    }

    #[test]
    fn the_offset_leads_back_to_the_picture() {
        let offset = Offset {
            x: 1.0,
            y: 5.0,
            sign: OffsetSign::Subtracted,
        };
        let params = RawParams {
            offset,
            ..RawParams::default()
        };
        assert_eq!(raw(&params).states.positions()[0], [-1.0, -3.0]);
    }

    #[test]
    fn the_head_angle_turns_the_way_it_is_told() {
        let mut params = RawParams {
            head_angle_offset_rad: FRAC_PI_2,
            ..RawParams::default()
        };
        assert_eq!(raw(&params).states.head_angles_rad()[0], 0.0);
        params.head_angle_turn = Turn::Clockwise;
        assert_eq!(raw(&params).states.head_angles_rad()[0], PI);
    }

    #[test]
    fn an_offset_that_is_not_finite_is_refused() {
        let params = RawParams {
            head_angle_offset_rad: f64::NAN,
            ..RawParams::default()
        };
        assert_eq!(params.check().unwrap_err().name, "head_angle_offset_rad");
    }
}
