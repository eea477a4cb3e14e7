use std::marker::PhantomData;

use dlc_model::Keypoint;
use serde::{Deserialize, Serialize};

use crate::{
    Bound, CausalFilter, FramePx, Point, ProcessingMethod, RawParams, Space, StateVector, YAxis,
    angle::{self, Angle},
    causal::Filtering,
    steps::{NonNegative, Positive, kinematics},
};

/// How states are made while samples arrive.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OnlineParams {
    /// The smallest likelihood that is believed; a body part without one is missing then.
    /// Default: all are believed.
    pub pcutoff: Option<NonNegative>,
    /// The filter of positions. Default: none.
    pub position_filter: CausalFilter,
    /// The filter of head angles, on their unit vectors. Default: none.
    pub angle_filter: CausalFilter,
    /// The filter of speeds, which are those of filtered positions. Default: none.
    pub speed_filter: CausalFilter,
    /// How long filters remember the last value, in s. Default: 0.5.
    pub forget_after_s: Positive,
    /// How head angles and positions are stored. Its speed and boundaries do not apply: speed is
    /// taken from the sample before.
    pub raw: RawParams,
}

impl Default for OnlineParams {
    fn default() -> Self {
        Self {
            pcutoff: None,
            position_filter: CausalFilter::Off,
            angle_filter: CausalFilter::Off,
            speed_filter: CausalFilter::Off,
            forget_after_s: half_a_second(),
            raw: RawParams::default(),
        }
    }
}

fn half_a_second() -> Positive {
    Positive::new(0.5).expect("0.5 is positive")
}

/// States while samples arrive: one sample in, one state out, of the past alone.
///
/// There is no delay but that of the filters. Without filters the states are those of
/// [`TrackingRaw`](crate::TrackingRaw), but for the first speed, which is missing here, and for
/// what a method learns, which here comes from the past.
///
/// # Examples
///
/// ```
/// use dlc_model::{Bodyparts, Keypoint};
/// use dlc_tracking::{Bound, Online, OnlineParams, YAxis, methods::FrontBack};
///
/// let model = Bodyparts::new(["snout", "tailbase"])?;
/// let method = Bound::new(FrontBack::new("snout", "tailbase"), &model)?;
/// let mut online: Online<_, 2> = Online::new(method, OnlineParams::default(), YAxis::Down)?;
///
/// let tailbase = Keypoint::new(10.0, 50.0, 0.9);
/// online.next_pose(&[Keypoint::new(40.0, 50.0, 0.9), tailbase], 0.0);
/// let state = online.next_pose(&[Keypoint::new(42.0, 50.0, 0.9), tailbase], 0.025);
///
/// assert_eq!(state.position, [26.0, 50.0]); // px
/// assert_eq!(state.speed_per_s, 40.0); // px/s
/// assert_eq!(state.head_angle.map(|angle| angle.rad()), Some(0.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Online<M, const D: usize, S: Space = FramePx> {
    method: Bound<M, D>,
    params: OnlineParams,
    y_axis: YAxis,
    row: Vec<Point<D>>,
    positions: Filtering<D>,
    directions: Filtering<2>,
    speeds: Filtering<1>,
    last_time_s: f64,
    last_position: [f64; D],
    space: PhantomData<S>,
}

impl<M: ProcessingMethod<D>, const D: usize, S: Space> Online<M, D, S> {
    /// Starts.
    ///
    /// # Errors
    ///
    /// Returns an error that names a parameter of [`OnlineParams::raw`] that is not finite.
    pub fn new(
        method: Bound<M, D>,
        params: OnlineParams,
        y_axis: YAxis,
    ) -> Result<Self, crate::ParameterError> {
        params.raw.check()?;
        let mut online = Self {
            row: vec![Point::MISSING; method.model().len()],
            positions: Filtering::new(params.position_filter),
            directions: Filtering::new(params.angle_filter),
            speeds: Filtering::new(params.speed_filter),
            last_time_s: f64::NEG_INFINITY,
            last_position: [f64::NAN; D],
            space: PhantomData,
            method,
            params,
            y_axis,
        };
        online.restart();
        Ok(online)
    }

    /// Forgets all samples and what was learnt of them.
    pub fn restart(&mut self) {
        self.method.restart();
        self.positions.restart();
        self.directions.restart();
        self.speeds.restart();
        self.last_time_s = f64::NEG_INFINITY;
        self.last_position = [f64::NAN; D];
    }

    /// Returns the state of the next sample.
    ///
    /// `row` has a point for each body part of the model, in its order; `time_s` is in s. A
    /// sample that is not later than the one before has a missing state and is forgotten.
    ///
    /// # Panics
    ///
    /// Panics unless there is one point for each body part.
    pub fn next(&mut self, row: &[Point<D>], time_s: f64) -> StateVector<D, S> {
        self.row.copy_from_slice(row);
        self.next_row(time_s)
    }

    fn next_row(&mut self, time_s: f64) -> StateVector<D, S> {
        if !(time_s.is_finite() && time_s > self.last_time_s) {
            return StateVector {
                time_s,
                position: [f64::NAN; D],
                head_angle: None,
                speed_per_s: f64::NAN,
                space: PhantomData,
            };
        }
        if let Some(pcutoff) = self.params.pcutoff {
            let believed = pcutoff.get()..;
            let doubted = |point: &&mut Point<D>| !believed.contains(&point.likelihood);
            let doubted = self.row.iter_mut().filter(doubted);
            doubted.for_each(|point| point.position = [f64::NAN; D]);
        }
        let state = self.method.next(&self.row, time_s, self.y_axis);
        let forget_after_s = self.params.forget_after_s.get();
        let mut position = [state.position];
        self.params.raw.offset.apply(&mut position);
        let position = self.positions.next(position[0], time_s, forget_after_s);

        let angle = state.head_angle_rad(self.y_axis) + self.params.raw.turn_rad();
        let (sine, cosine) = angle.sin_cos();
        let direction = self.directions.next([cosine, sine], time_s, forget_after_s);
        let angle = match self.params.angle_filter {
            CausalFilter::Off => angle,
            _ => angle::of_vector(direction, YAxis::Up),
        };

        let seconds = time_s - self.last_time_s;
        let speed = kinematics::distance(&self.last_position, &position) / seconds;
        let [speed_per_s] = self.speeds.next([speed], time_s, forget_after_s);
        (self.last_time_s, self.last_position) = (time_s, position);
        StateVector {
            time_s,
            position,
            head_angle: Angle::from_rad(angle),
            speed_per_s,
            space: PhantomData,
        }
    }
}

impl<M: ProcessingMethod<2>> Online<M, 2, FramePx> {
    /// Returns the state of the next sample, from the keypoints of one frame: one for each body
    /// part of the model, in its order.
    ///
    /// # Panics
    ///
    /// Panics unless there is one keypoint for each body part.
    pub fn next_pose(&mut self, keypoints: &[Keypoint], time_s: f64) -> StateVector<2, FramePx> {
        assert_eq!(
            keypoints.len(),
            self.row.len(),
            "one keypoint for each body part"
        );
        for (point, keypoint) in self.row.iter_mut().zip(keypoints) {
            *point = Point::from(*keypoint);
        }
        self.next_row(time_s)
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;
    use crate::{
        Track, TrackingRaw, Tracks,
        methods::{LeftRight, WhenOneIsMissing},
        time::Clock,
    };

    fn tracks(len: usize) -> (Tracks<2>, Vec<f64>) {
        let track = |phase: f64, gap: usize| {
            let at = |sample: usize| {
                let turn = sample as f64 * 0.2 + phase;
                match sample % gap {
                    3 => [f64::NAN; 2],
                    _ => [100.0 + 30.0 * turn.cos(), 80.0 + 20.0 * turn.sin()],
                }
            };
            Track::new((0..len).map(at).collect(), vec![0.9; len]).unwrap()
        };
        let model = Bodyparts::new(["l", "tail", "r"]).unwrap();
        let tracks = vec![track(0.0, 7), track(2.0, 9), track(0.3, 11)];
        let times_s = (0..len).map(|sample| sample as f64 * 0.025).collect();
        (Tracks::new(model, tracks).unwrap(), times_s)
    }

    fn row(tracks: &Tracks<2>, sample: usize) -> Vec<Point<2>> {
        let point = |track: &Track<2>| Point {
            position: track.positions()[sample],
            likelihood: track.likelihood()[sample],
        };
        tracks.as_slice().iter().map(point).collect()
    }

    fn online(
        method: LeftRight<2>,
        params: OnlineParams,
        tracks: &Tracks<2>,
    ) -> Online<LeftRight<2>, 2> {
        let bound = Bound::new(method, tracks.bodyparts()).unwrap();
        Online::new(bound, params, YAxis::Down).unwrap()
    }

    fn same(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12 || a.is_nan() && b.is_nan()
    }

    #[test]
    fn without_filters_the_states_are_those_of_the_whole_recording() {
        let (tracks, times_s) = tracks(60);
        let clock = Clock::new(&times_s).unwrap();
        let method = LeftRight::new("l", "r");
        let mut offline = Bound::new(method.clone(), tracks.bodyparts()).unwrap();
        let states = offline.states(&tracks, clock);
        let raw: TrackingRaw<2> =
            TrackingRaw::new(&states, clock, YAxis::Down, &RawParams::default());
        let mut online = online(method, OnlineParams::default(), &tracks);
        for (sample, &time_s) in times_s.iter().enumerate() {
            let (live, late) = (
                online.next(&row(&tracks, sample), time_s),
                raw.states.state(sample),
            );
            assert!(same(live.position[0], late.position[0]));
            let speeds = [live.speed_per_s, late.speed_per_s];
            assert!(
                sample == 0 || same(speeds[0], speeds[1]),
                "{sample} {speeds:?}"
            );
            let angles = [live.head_angle, late.head_angle].map(|a| a.map_or(f64::NAN, Angle::rad));
            assert!(same(angles[0], angles[1]));
        }
    }

    #[test]
    fn the_past_does_not_change_with_the_future() {
        let (tracks, times_s) = tracks(40);
        let mut method = LeftRight::new("l", "r");
        method.rules.when_one_is_missing = WhenOneIsMissing::OtherPointWithOffset { hold_s: 1.0 };
        let params = OnlineParams {
            position_filter: CausalFilter::Exponential {
                time_constant_s: Positive::new(0.1).unwrap(),
            },
            angle_filter: CausalFilter::Exponential {
                time_constant_s: Positive::new(0.1).unwrap(),
            },
            ..OnlineParams::default()
        };
        let mut short = online(method.clone(), params.clone(), &tracks);
        let mut long = online(method, params, &tracks);
        for (sample, &time_s) in times_s.iter().enumerate() {
            let state = long.next(&row(&tracks, sample), time_s);
            if sample < 20 {
                let again = short.next(&row(&tracks, sample), time_s);
                assert_eq!(format!("{state:?}"), format!("{again:?}"));
            }
        }
    }

    #[test]
    fn doubted_body_parts_are_missing() {
        let (tracks, _) = tracks(1);
        let params = OnlineParams {
            pcutoff: Some(NonNegative::new(0.95).unwrap()),
            ..OnlineParams::default()
        };
        let mut online = online(LeftRight::new("l", "r"), params, &tracks);

        assert!(online.next(&row(&tracks, 0), 0.0).position[0].is_nan());
    }

    #[test]
    fn a_sample_out_of_order_is_missing_and_changes_nothing() {
        let (tracks, _) = tracks(3);
        let mut online = online(LeftRight::new("l", "r"), OnlineParams::default(), &tracks);
        online.next(&row(&tracks, 0), 1.0);
        for time_s in [1.0, 0.5, f64::NAN] {
            assert!(online.next(&row(&tracks, 1), time_s).position[0].is_nan());
        }
        let state = online.next(&row(&tracks, 1), 1.025);

        assert!(state.speed_per_s > 0.0);
        online.restart();
        assert!(online.next(&row(&tracks, 2), 0.0).speed_per_s.is_nan());
    }
}
