use crate::{
    ArenaMm, Boundaries, CalibrateError, Calibration, CalibrationSource, FramePx, Origin, Pivot,
    ProcessingOrder, RotateBy, Space, States, Track, TrackingParams, TrackingRaw, YAxis, angle,
    rectangle::Rectangle,
    steps::{self, Gaussian, Span, kinematics},
    time::Clock,
    turned,
};

/// The state of a recording in the world, a row of `Tracking.OpenField`: mm, mm/s.
///
/// Without calibration ([`Self::uncalibrated`]) it stays in px, and its type says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracking<const D: usize = 2, S: Space = ArenaMm> {
    /// The states.
    pub states: States<D, S>,
    /// How far the path reaches, in the unit of the space.
    pub boundaries: Boundaries,
    /// How px became mm, if they did.
    pub calibration: Option<Calibration>,
    /// How far the path was turned, in rad, counter-clockwise for who looks at the picture.
    pub turned_rad: f64,
    /// How positions of the raw states became those of these.
    pub placement: Placement,
}

impl Tracking<2, ArenaMm> {
    /// Makes the processed states of raw ones: smoothed, turned, scaled and moved to the origin.
    ///
    /// # Errors
    ///
    /// Returns an error when the scale cannot be computed.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::{CalibrationSource, RawParams, State, Tracking, TrackingParams};
    /// use dlc_tracking::{TrackingRaw, YAxis, time::Clock};
    ///
    /// let states = [[20.0, 30.0], [120.0, 30.0], [120.0, 130.0]].map(State::at);
    /// let clock = Clock::new(&[0.0, 1.0, 2.0])?;
    /// let raw = TrackingRaw::new(&states, clock, YAxis::Down, &RawParams::default());
    ///
    /// let arena = CalibrationSource::square(800.0);
    /// let tracking = Tracking::new(&raw, &TrackingParams::default(), arena)?;
    ///
    /// assert_eq!(tracking.states.positions()[1], [800.0, 0.0]); // mm
    /// assert_eq!(tracking.states.speeds_per_s()[2], 800.0); // mm/s
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(
        raw: &TrackingRaw<2, FramePx>,
        params: &TrackingParams,
        source: CalibrationSource,
    ) -> Result<Self, CalibrateError> {
        let (mut states, turning) = cleaned(raw, params);
        let measured = match params.order {
            ProcessingOrder::SmoothFirst => boundaries(&states, params),
            ProcessingOrder::CalibrateFirst => {
                let unsmoothed = TrackingParams {
                    sigma_tracking: TrackingParams::default().sigma_tracking,
                    ..params.clone()
                };
                boundaries(&cleaned(raw, &unsmoothed).0, params)
            }
        };
        let calibration = source.calibrate(measured, params.scale)?;
        let placement = Placement::new(turning, measured, calibration.mm_per_px, params);
        for position in &mut states.positions {
            *position = placement.of_turned(*position);
        }
        let states = finished(states, params).into_space();
        Ok(Self {
            boundaries: measured.map(|corner| placement.of_turned(corner)),
            calibration: Some(calibration),
            turned_rad: turning.seen_rad(states.y_axis),
            placement,
            states,
        })
    }
}

impl<const D: usize, S: Space> Tracking<D, S> {
    /// Makes the processed states of raw ones in the same space: smoothed, turned, and moved to
    /// the origin, but not scaled.
    ///
    /// This is what becomes of a recording without calibration, in px, and of triangulated body
    /// parts, which are in mm from the start.
    pub fn uncalibrated(raw: &TrackingRaw<D, S>, params: &TrackingParams) -> Self {
        let (mut states, turning) = cleaned(raw, params);
        let measured = boundaries(&states, params);
        let placement = Placement::new(turning, measured, [1.0; 2], params);
        for position in &mut states.positions {
            if let [x, y, ..] = &mut position[..] {
                [*x, *y] = placement.of_turned([*x, *y]);
            }
        }
        Self {
            boundaries: measured.map(|corner| placement.of_turned(corner)),
            calibration: None,
            turned_rad: turning.seen_rad(states.y_axis),
            placement,
            states: finished(states, params),
        }
    }

    /// Returns where a body part was, as it is among these states: shifted as the raw states were,
    /// smoothed, turned, scaled and moved as they.
    pub fn place<T: Space>(
        &self,
        raw: &TrackingRaw<D, T>,
        track: &Track<D, T>,
        params: &TrackingParams,
    ) -> Vec<[f64; D]> {
        let mut positions = track.positions().to_vec();
        raw.offset.apply(&mut positions);
        Gaussian::new(params.sigma_tracking).apply(&mut positions, raw.states.clock());
        for position in &mut positions {
            if let [x, y, ..] = &mut position[..] {
                [*x, *y] = self.placement.arena_from_frame([*x, *y]);
            }
        }
        positions
    }
}

/// Returns smoothed and turned states without speeds, and how they were turned.
fn cleaned<const D: usize, S: Space>(
    raw: &TrackingRaw<D, S>,
    params: &TrackingParams,
) -> (States<D, S>, Turning) {
    let mut states = raw.states.clone_without_speeds();
    let clock = raw.states.clock();
    Gaussian::new(params.sigma_tracking).apply(&mut states.positions, clock);
    if !params.rotate {
        return (states, Turning::default());
    }
    let turning = turn(&mut states, &raw.states, params);
    (states, turning)
}

/// Turns positions and head angles so that the walls are along the axes.
fn turn<const D: usize, S: Space>(
    states: &mut States<D, S>,
    raw: &States<D, S>,
    params: &TrackingParams,
) -> Turning {
    let measured = match params.rotate_by {
        RotateBy::Smoothed => Rectangle::around(&states.positions),
        RotateBy::Raw => Rectangle::around(&raw.positions),
    };
    let Some(Rectangle { tilt_rad, center }) = measured else {
        return Turning::default();
    };
    let pivot = match params.pivot {
        Pivot::BoxCenter => center,
        Pivot::Mean => mean(&states.positions),
    };
    let turning = Turning {
        about: pivot,
        angle_rad: -tilt_rad,
    };
    for position in &mut states.positions {
        if let [x, y, ..] = &mut position[..] {
            [*x, *y] = turning.turned([*x, *y]);
        }
    }
    let seen_rad = turning.seen_rad(states.y_axis);
    for angle in &mut states.head_angles_rad {
        *angle = angle::wrap(*angle + seen_rad);
    }
    turning
}

/// A turn about a point, from the first towards the second axis.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Turning {
    about: [f64; 2],
    angle_rad: f64,
}

impl Turning {
    fn turned(self, position: [f64; 2]) -> [f64; 2] {
        match self.angle_rad {
            0.0 => position,
            angle_rad => turned(position, self.about, angle_rad),
        }
    }

    /// Returns the angle, counter-clockwise for who looks at the picture.
    fn seen_rad(self, y_axis: YAxis) -> f64 {
        self.angle_rad * y_axis.upward()
    }
}

fn mean<const D: usize>(positions: &[[f64; D]]) -> [f64; 2] {
    let [mut x, mut y, mut count] = [0.0; 3];
    for position in positions {
        if let [px, py, ..] = position[..]
            && !px.is_nan()
        {
            x += px;
            y += py;
            count += 1.0;
        }
    }
    [x / count, y / count]
}

fn boundaries<const D: usize, S: Space>(
    states: &States<D, S>,
    params: &TrackingParams,
) -> Boundaries {
    Boundaries::of(&states.positions, params.boundary_quantile)
}

/// Returns states with speeds of their positions, and with smooth speeds and head angles.
fn finished<const D: usize, S: Space>(
    mut states: States<D, S>,
    params: &TrackingParams,
) -> States<D, S> {
    if params.flip_y {
        states.y_axis = match states.y_axis {
            YAxis::Down => YAxis::Up,
            YAxis::Up => YAxis::Down,
        };
    }
    let clock = Clock::checked(&states.times_s, states.rate_hz);
    let mut speeds = kinematics::speed(&states.positions, clock, params.speed);
    Gaussian::new(params.sigma_speed).apply(steps::scalars(&mut speeds), clock);
    smooth_angles(&mut states.head_angles_rad, params.sigma_angle, clock);
    states.speeds_per_s = speeds;
    states
}

fn smooth_angles(angles: &mut [f64], sigma: Span, clock: Clock<'_>) {
    if sigma.at(clock.rate_hz()) > 0.0 {
        Gaussian::new(sigma).apply_to_angles(angles, clock);
    }
}

/// How a position of the raw states becomes one of the processed ones, once it is smoothed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    turning: Turning,
    origin: [f64; 2],
    scale: [f64; 2],
}

impl Placement {
    fn new(
        turning: Turning,
        boundaries: Boundaries,
        scale: [f64; 2],
        params: &TrackingParams,
    ) -> Self {
        let Boundaries {
            left,
            right,
            bottom,
            top,
        } = boundaries;
        // A flipped `y` grows from what was the largest.
        let (bottom, top, sign) = match params.flip_y {
            true => (top, bottom, -1.0),
            false => (bottom, top, 1.0),
        };
        let origin = match params.origin {
            Origin::Corner => [left, bottom],
            Origin::Center => [(left + right) / 2.0, (bottom + top) / 2.0],
            Origin::Kept => [0.0; 2],
        };
        Self {
            turning,
            origin,
            scale: [scale[0], sign * scale[1]],
        }
    }

    /// Returns where a position is afterwards.
    pub fn arena_from_frame(&self, position: [f64; 2]) -> [f64; 2] {
        self.of_turned(self.turning.turned(position))
    }

    fn of_turned(&self, position: [f64; 2]) -> [f64; 2] {
        std::array::from_fn(|axis| (position[axis] - self.origin[axis]) * self.scale[axis])
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::{RawParams, State};

    /// A square of 100 px, turned by 10° in the picture, walked round; the head points along `x`.
    fn raw(heading: [f64; 2]) -> TrackingRaw<2> {
        let (sine, cosine) = 10_f64.to_radians().sin_cos();
        let corners = [
            [0.0, 0.0],
            [100.0, 0.0],
            [100.0, 100.0],
            [0.0, 100.0],
            [0.0, 0.0],
        ];
        let states = corners.map(|[x, y]| State {
            position: [x * cosine - y * sine + 300.0, x * sine + y * cosine + 200.0],
            heading,
        });
        let times = [0.0, 1.0, 2.0, 3.0, 4.0];
        TrackingRaw::new(
            &states,
            Clock::new(&times).unwrap(),
            YAxis::Down,
            &RawParams::default(),
        )
    }

    fn assert_near(found: [f64; 2], expected: [f64; 2]) {
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    fn rotated() -> TrackingParams {
        TrackingParams {
            rotate: true,
            ..TrackingParams::default()
        }
    }

    #[test]
    fn the_head_turns_with_the_box() {
        // In the picture the first wall leads 10° clockwise from x, and so does the head.
        let (sine, cosine) = 10_f64.to_radians().sin_cos();
        let raw = raw([cosine, sine]);
        assert!((raw.states.head_angles_rad()[0].to_degrees() - 350.0).abs() < 1e-9);

        let arena = CalibrationSource::square(800.0);
        let tracking = Tracking::new(&raw, &rotated(), arena).unwrap();

        assert_near(tracking.states.positions()[2], [800.0, 800.0]);
        let along_the_wall = tracking.states.head_angles_rad()[0];
        assert!(along_the_wall.min(TAU - along_the_wall) < 1e-9);
        assert!((tracking.turned_rad.to_degrees() - 10.0).abs() < 1e-9);
        assert!((tracking.calibration.unwrap().single().unwrap() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn a_body_part_goes_with_the_states() {
        let raw = raw([1.0, 0.0]);
        let params = TrackingParams {
            sigma_tracking: Span::samples(0.8).unwrap(),
            ..rotated()
        };
        let tracking = Tracking::new(&raw, &params, CalibrationSource::square(800.0)).unwrap();
        let path = raw.states.positions().to_vec();
        let track = Track::new(path, vec![1.0; 5]).unwrap();

        let placed = tracking.place(&raw, &track, &params);

        for (placed, state) in placed.iter().zip(tracking.states.positions()) {
            assert_near(*placed, *state);
        }
    }

    #[test]
    fn a_flipped_y_looks_the_same() {
        let mut params = rotated();
        params.flip_y = true;
        let raw = raw([0.0, -1.0]);
        let arena = CalibrationSource::square(800.0);
        let tracking = Tracking::new(&raw, &params, arena).unwrap();

        assert_near(tracking.states.positions()[0], [0.0, 800.0]);
        assert_eq!(tracking.states.y_axis(), YAxis::Up);
        assert_near(
            [tracking.boundaries.bottom, tracking.boundaries.top],
            [0.0, 800.0],
        );
        assert!((tracking.states.head_angles_rad()[0].to_degrees() - 100.0).abs() < 1e-9);
    }

    #[test]
    fn origins_are_corner_center_or_kept() {
        let raw = raw([1.0, 0.0]);
        let at = |origin| {
            let params = TrackingParams {
                origin,
                ..rotated()
            };
            let known = CalibrationSource::Known { mm_per_px: 2.0 };
            let tracking = Tracking::new(&raw, &params, known).unwrap();
            tracking.states.positions()[0]
        };
        assert_near(at(Origin::Corner), [0.0, 0.0]);
        assert_near(at(Origin::Center), [-100.0, -100.0]);
        let kept = at(Origin::Kept);
        assert!(kept[0] > 400.0 && kept[1] > 300.0);
    }

    #[test]
    fn without_calibration_px_stay_px() {
        let raw = raw([1.0, 0.0]);
        let tracking: Tracking<2, FramePx> = Tracking::uncalibrated(&raw, &rotated());

        assert_near(tracking.states.positions()[2], [100.0, 100.0]);
        assert_eq!(tracking.calibration, None);
    }

    #[test]
    fn boundaries_are_of_the_smoothed_path_or_of_the_raw_one() {
        let raw = raw([1.0, 0.0]);
        let extent = |order| {
            let params = TrackingParams {
                sigma_tracking: Span::samples(1.0).unwrap(),
                order,
                ..rotated()
            };
            let arena = CalibrationSource::square(800.0);
            let tracking = Tracking::new(&raw, &params, arena).unwrap();
            tracking.calibration.unwrap().boundaries.width()
        };
        assert!((extent(ProcessingOrder::CalibrateFirst) - 100.0).abs() < 1e-9);
        assert!(extent(ProcessingOrder::SmoothFirst) < 90.0);
    }

    #[test]
    fn nothing_seen_is_an_error_and_not_a_number() {
        let states = [State::<2>::MISSING; 3];
        let clock = Clock::new(&[0.0, 1.0, 2.0]).unwrap();
        let raw = TrackingRaw::new(&states, clock, YAxis::Down, &RawParams::default());

        let arena = CalibrationSource::square(800.0);
        assert!(Tracking::new(&raw, &rotated(), arena).is_err());
        let px = Tracking::uncalibrated(&raw, &rotated());
        assert!(px.states.positions().iter().flatten().all(|v| v.is_nan()));
    }
}
