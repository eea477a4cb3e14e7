use std::{marker::PhantomData, sync::Arc};

use crate::{
    ArenaMm, FramePx, Space, State, YAxis,
    angle::{self, Angle},
    time::Clock,
};

/// The state of one animal at any time: columns of the same length.
#[derive(Clone, Debug, PartialEq)]
pub struct States<const D: usize, S: Space = FramePx> {
    pub(crate) times_s: Arc<[f64]>,
    pub(crate) rate_hz: f64,
    pub(crate) positions: Vec<[f64; D]>,
    pub(crate) head_angles_rad: Vec<f64>,
    pub(crate) speeds_per_s: Vec<f64>,
    pub(crate) y_axis: YAxis,
    pub(crate) space: PhantomData<S>,
}

/// The state of one animal at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StateVector<const D: usize, S: Space> {
    /// When, in s.
    pub time_s: f64,
    /// Where, in the unit of the space; NaN when not known.
    pub position: [f64; D],
    /// Where the head points.
    pub head_angle: Option<Angle>,
    /// How fast, in the unit of the space per s; NaN when not known.
    pub speed_per_s: f64,
    /// The space.
    pub space: PhantomData<S>,
}

/// A state in the picture of a video: px, px/s.
pub type RawState<const D: usize = 2> = StateVector<D, FramePx>;

/// A state in the world: mm, mm/s.
pub type ProcessedState<const D: usize = 2> = StateVector<D, ArenaMm>;

impl<const D: usize, S: Space> States<D, S> {
    /// Returns the same states without their speeds.
    pub(crate) fn clone_without_speeds(&self) -> Self {
        Self {
            times_s: Arc::clone(&self.times_s),
            positions: self.positions.clone(),
            head_angles_rad: self.head_angles_rad.clone(),
            speeds_per_s: Vec::new(),
            ..*self
        }
    }

    /// Returns the number of samples.
    pub fn len(&self) -> usize {
        self.times_s.len()
    }

    /// Returns whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.times_s.is_empty()
    }

    /// Returns when the samples were taken, in s.
    pub fn times_s(&self) -> &[f64] {
        &self.times_s
    }

    /// Returns the sample rate, in Hz.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Returns the times and their rate, as steps want them.
    pub fn clock(&self) -> Clock<'_> {
        Clock::checked(&self.times_s, self.rate_hz)
    }

    /// Returns the positions, in the unit of the space; NaN is missing.
    pub fn positions(&self) -> &[[f64; D]] {
        &self.positions
    }

    /// Returns where the head points, in rad in [0, 2π), counter-clockwise from `x` for who looks
    /// at the picture; NaN is no direction.
    pub fn head_angles_rad(&self) -> &[f64] {
        &self.head_angles_rad
    }

    /// Returns the speeds, in the unit of the space per s; NaN is missing.
    pub fn speeds_per_s(&self) -> &[f64] {
        &self.speeds_per_s
    }

    /// Returns which way `y` points.
    pub fn y_axis(&self) -> YAxis {
        self.y_axis
    }

    /// Returns one coordinate of the positions, e.g., `x` for 0.
    ///
    /// # Panics
    ///
    /// Panics if there is no such axis.
    pub fn coordinate(&self, axis: usize) -> Vec<f64> {
        self.positions
            .iter()
            .map(|position| position[axis])
            .collect()
    }

    /// Returns the state of one sample.
    ///
    /// # Panics
    ///
    /// Panics if there is no such sample.
    pub fn state(&self, sample: usize) -> StateVector<D, S> {
        StateVector {
            time_s: self.times_s[sample],
            position: self.positions[sample],
            head_angle: Angle::from_rad(self.head_angles_rad[sample]),
            speed_per_s: self.speeds_per_s[sample],
            space: PhantomData,
        }
    }

    /// Returns the states, in the order of time.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = StateVector<D, S>> {
        (0..self.len()).map(|sample| self.state(sample))
    }

    /// Returns the same numbers in another space.
    pub(crate) fn into_space<T: Space>(self) -> States<D, T> {
        let Self {
            times_s,
            rate_hz,
            positions,
            head_angles_rad,
            speeds_per_s,
            y_axis,
            space: _,
        } = self;
        States {
            times_s,
            rate_hz,
            positions,
            head_angles_rad,
            speeds_per_s,
            y_axis,
            space: PhantomData,
        }
    }
}

/// States in the making: head angles are computed for many samples at once, which is faster.
#[derive(Debug)]
pub(crate) struct StatesBuilder<const D: usize, S: Space> {
    states: States<D, S>,
    /// Headings without an angle yet; the second axis points up.
    headings: Vec<[f64; 2]>,
}

/// How many head angles are computed at once: few enough to stay in the first cache.
const BLOCK: usize = 512;

impl<const D: usize, S: Space> StatesBuilder<D, S> {
    /// Creates states without a sample, for the times of a clock.
    pub(crate) fn new(clock: Clock<'_>, y_axis: YAxis) -> Self {
        Self {
            states: States {
                times_s: clock.times_s().into(),
                rate_hz: clock.rate_hz(),
                positions: Vec::with_capacity(clock.len()),
                head_angles_rad: Vec::with_capacity(clock.len()),
                speeds_per_s: Vec::new(),
                y_axis,
                space: PhantomData,
            },
            headings: Vec::with_capacity(BLOCK),
        }
    }

    /// Adds the state of the next sample.
    pub(crate) fn push(&mut self, state: State<D>) {
        self.states.positions.push(state.position);
        self.headings.push(match state.heading[..] {
            [x, y, ..] => [x, y * self.states.y_axis.upward()],
            _ => [f64::NAN; 2],
        });
        if self.headings.len() == BLOCK {
            self.flush();
        }
    }

    /// Returns the states, without speeds.
    pub(crate) fn build(mut self) -> States<D, S> {
        self.flush();
        self.states
    }

    fn flush(&mut self) {
        let angles = &mut self.states.head_angles_rad;
        let known = angles.len();
        angles.resize(known + self.headings.len(), f64::NAN);
        angle::from_vectors(&self.headings, &mut angles[known..]);
        self.headings.clear();
    }
}
