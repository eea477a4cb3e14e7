use dlc_model::Bodyparts;
use dlc_tracking::{
    Bound, Boundaries, BoundaryQuantile, CalibrationSource, FramePx, Origin, Pivot,
    ProcessingMethod, RawParams, ScaleRule, State, Track, Tracking, TrackingParams, TrackingRaw,
    Tracks, YAxis,
    methods::{FrontBack, LeftRight},
    steps::{Cutoff, GapFilling, LikelihoodMask, NonNegative, Span},
    time::{Clock, nearest_sample},
};

use super::cases::Cases;

const TOLERANCE: f64 = 1e-9;

fn columns(positions: &[[f64; 2]]) -> [Vec<f64>; 2] {
    [0, 1].map(|axis| positions.iter().map(|position| position[axis]).collect())
}

fn bounds(boundaries: Boundaries) -> [(&'static str, f64); 4] {
    [
        ("left", boundaries.left),
        ("right", boundaries.right),
        ("bottom", boundaries.bottom),
        ("top", boundaries.top),
    ]
}

#[test]
fn the_two_point_method_is_reproduced_stage_by_stage() {
    let Some(mut cases) = Cases::open("moser_two_point.json") else {
        return;
    };
    cases.input("/engine");
    two_ears(&mut cases);
    front_and_back(&mut cases);
    rotation(&mut cases);
    scale_and_centre(&mut cases);
    published_boundaries(&mut cases);
    nearest_samples(&mut cases);
    cases.finish();
}

fn two_ears(cases: &mut Cases) {
    for input in [
        "fps",
        "pcutoff",
        "max_gap",
        "image_y_down",
        "true_heading_y_up",
    ] {
        cases.input(&format!("/input/{input}"));
    }
    let times_s = cases.numbers("/input/t");
    let clock = Clock::new(&times_s).unwrap();
    let ears = ["left", "right"].map(|side| {
        let positions = cases.rows::<2>(&format!("/input/{side}"));
        Track::<2>::new(positions, cases.numbers(&format!("/input/p_{side}"))).unwrap()
    });
    let model = Bodyparts::new(["leftear", "rightear"]).unwrap();
    let mut tracks = Tracks::new(model.clone(), ears.to_vec()).unwrap();

    let mask = LikelihoodMask {
        cutoff: Cutoff::Fixed(NonNegative::new(0.6).unwrap()),
        keep_unknown: false,
        carry_last: false,
    };
    let gaps = GapFilling {
        max_gap: Some(Span::samples(3.0).unwrap()),
        ..GapFilling::default()
    };
    for (stage, filled) in [("stage1_masked", false), ("stage2_gap_filled", true)] {
        for (at, side) in ["left", "right"].into_iter().enumerate() {
            let (positions, likelihood) = tracks.as_mut_slice()[at].parts_mut();
            match filled {
                false => mask.apply(&model[at], positions, likelihood),
                true => gaps.apply(positions, clock),
            };
            cases.near_rows(&format!("/{stage}/{side}"), positions, TOLERANCE);
        }
    }

    let method = LeftRight::new("leftear", "rightear");
    let states = Bound::new(method, &model).unwrap().states(&tracks, clock);
    let raw = TrackingRaw::new(&states, clock, YAxis::Down, &RawParams::default());
    raw_states(cases, &raw);
    processed_states(cases, &raw);
}

fn raw_states(cases: &mut Cases, raw: &TrackingRaw<2>) {
    let stage = "/stage3_raw (TrackingRaw.OpenField)";
    let [x, y] = columns(raw.states.positions());
    cases.near(&format!("{stage}/x_pos"), &x, TOLERANCE);
    cases.near(&format!("{stage}/y_pos"), &y, TOLERANCE);
    let angles = raw.states.head_angles_rad();
    cases.near(&format!("{stage}/head_angle"), angles, TOLERANCE);
    let speeds = raw.states.speeds_per_s();
    cases.near(&format!("{stage}/speed_px_s"), speeds, TOLERANCE);
    let quantiles = [("boundaries_min_max", 0.0), ("boundaries_q1_99", 0.01)];
    for (name, quantile) in quantiles {
        let quantile = BoundaryQuantile::new(quantile).unwrap();
        for (side, found) in bounds(Boundaries::of(raw.states.positions(), quantile)) {
            cases.near(&format!("{stage}/{name}/{side}"), &[found], TOLERANCE);
        }
    }
}

fn processed_states(cases: &mut Cases, raw: &TrackingRaw<2>) {
    let stage = "/stage4_processed (Tracking.OpenField)";
    cases.input(&format!("{stage}/params"));
    let params = TrackingParams::from_samples(1.0, 1.5, 2.0, false).unwrap();
    let arena = CalibrationSource::square(800.0);
    let tracking = Tracking::new(raw, &params, arena).unwrap();
    let calibration = tracking.calibration.unwrap();

    let kept = TrackingParams {
        origin: Origin::Kept,
        ..params.clone()
    };
    let smooth: Tracking<2, FramePx> = Tracking::uncalibrated(raw, &kept);
    let [x, y] = columns(smooth.states.positions());
    cases.near(&format!("{stage}/x_smooth_px"), &x, TOLERANCE);
    cases.near(&format!("{stage}/y_smooth_px"), &y, TOLERANCE);
    for (side, found) in bounds(calibration.boundaries) {
        cases.near(
            &format!("{stage}/boundaries_px/{side}"),
            &[found],
            TOLERANCE,
        );
    }

    let scales = [
        ("per_x", ScaleRule::Width),
        ("per_y", ScaleRule::Height),
        ("single_mean_of_extents", ScaleRule::SumOfExtents),
    ];
    for (name, rule) in scales {
        let found = arena.calibrate(calibration.boundaries, rule).unwrap();
        let found = found.single().unwrap();
        cases.near(&format!("{stage}/calibration/{name}"), &[found], TOLERANCE);
    }
    let [x, y] = columns(tracking.states.positions());
    cases.near(&format!("{stage}/x_pos_mm"), &x, TOLERANCE);
    cases.near(&format!("{stage}/y_pos_mm"), &y, TOLERANCE);
    let speeds = tracking.states.speeds_per_s();
    cases.near(&format!("{stage}/speed_mm_s"), speeds, TOLERANCE);
    let angles = tracking.states.head_angles_rad();
    cases.near(&format!("{stage}/head_angle"), angles, TOLERANCE);
}

fn front_and_back(cases: &mut Cases) {
    let stage = "/front_back_examples_image_y_down";
    let pairs = cases.rows::<4>(&format!("{stage}/front_back"));
    let variants = [
        ("angle", 0.0, YAxis::Down),
        (
            "angle_offset_pi_over_4",
            std::f64::consts::FRAC_PI_4,
            YAxis::Down,
        ),
        ("angle_y_up", 0.0, YAxis::Up),
    ];
    for (name, head_angle_offset_rad, y_axis) in variants {
        let params = RawParams {
            head_angle_offset_rad,
            ..RawParams::default()
        };
        let raw = two_points(FrontBack::new("a", "b"), &pairs, y_axis, &params);
        let angles = raw.states.head_angles_rad();
        cases.near(&format!("{stage}/{name}"), angles, TOLERANCE);
    }
}

/// Runs a method of two points `a` and `b` on rows of `[a_x, a_y, b_x, b_y]`, one a second.
pub(crate) fn two_points<M: ProcessingMethod<2>>(
    method: M,
    pairs: &[[f64; 4]],
    y_axis: YAxis,
    params: &RawParams,
) -> TrackingRaw<2> {
    let track = |at: usize| {
        let positions = pairs.iter().map(|pair| [pair[at], pair[at + 1]]);
        Track::<2>::new(positions.collect(), vec![1.0; pairs.len()]).unwrap()
    };
    let model = Bodyparts::new(["a", "b"]).unwrap();
    let tracks = Tracks::new(model.clone(), vec![track(0), track(2)]).unwrap();
    let times_s: Vec<f64> = (0..pairs.len()).map(|second| second as f64).collect();
    let clock = Clock::new(&times_s).unwrap();
    let mut method = Bound::new(method, &model).unwrap();
    let states = method.states(&tracks.with_y_axis(y_axis), clock);
    TrackingRaw::new(&states, clock, y_axis, params)
}

/// Makes raw states of positions alone, one a second.
pub(crate) fn positions_alone(positions: &[[f64; 2]], y_axis: YAxis) -> TrackingRaw<2> {
    let states: Vec<State<2>> = positions.iter().copied().map(State::at).collect();
    let times_s: Vec<f64> = (0..positions.len()).map(|second| second as f64).collect();
    let clock = Clock::new(&times_s).unwrap();
    TrackingRaw::new(&states, clock, y_axis, &RawParams::default())
}

fn rotation(cases: &mut Cases) {
    cases.input("/auto_rotate/note");
    cases.input("/auto_rotate/square");
    let rotated = cases.rows::<2>("/auto_rotate/rotated_by_12_deg");
    let raw = positions_alone(&rotated, YAxis::Up);
    for pivot in [Pivot::BoxCenter, Pivot::Mean] {
        let params = TrackingParams {
            rotate: true,
            pivot,
            origin: Origin::Kept,
            ..TrackingParams::default()
        };
        let back = Tracking::uncalibrated(&raw, &params);
        // OpenCV works with 32 bits.
        let tilt = [-back.turned_rad.to_degrees()];
        cases.near("/auto_rotate/min_area_rect_tilt_deg", &tilt, 1e-4);
        let positions = back.states.positions();
        cases.near_rows("/auto_rotate/rotated_back", positions, 1e-4);
    }
}

fn scale_and_centre(cases: &mut Cases) {
    let stage = "/bnt_scale_and_centre";
    cases.input(&format!("{stage}/arena_cm"));
    let raw = positions_alone(&cases.rows::<2>(&format!("{stage}/xy")), YAxis::Up);
    let params = TrackingParams {
        scale: ScaleRule::PerAxis,
        origin: Origin::Center,
        ..TrackingParams::default()
    };
    // The unit of the arena is that of the result: here cm.
    let tracking = Tracking::new(&raw, &params, CalibrationSource::square(100.0)).unwrap();
    let scale = tracking.calibration.unwrap().mm_per_px;
    cases.near(&format!("{stage}/scale_xy"), &scale, TOLERANCE);
    cases.near_rows(
        &format!("{stage}/out"),
        tracking.states.positions(),
        TOLERANCE,
    );
}

fn nearest_samples(cases: &mut Cases) {
    cases.input("/nearest_index/note");
    let tracking = cases.numbers("/nearest_index/tracking_sync");
    let clock = Clock::new(&tracking).unwrap();
    let signal = cases.numbers("/nearest_index/signal_sync");
    let nearest = |time_s: &f64| nearest_sample(clock, *time_s).unwrap() as f64;
    let nearest: Vec<f64> = signal.iter().map(nearest).collect();
    cases.near("/nearest_index/index", &nearest, 0.0);
}

fn published_boundaries(cases: &mut Cases) {
    let stage = "/docs_notebook_boundaries";
    let rows = cases.input(stage).as_array().unwrap().len();
    assert_eq!(rows, 7);
    for row in 0..rows {
        let side = |cases: &mut Cases, name| cases.numbers(&format!("{stage}/{row}/{name}"))[0];
        let boundaries = Boundaries {
            left: side(cases, "left"),
            right: side(cases, "right"),
            bottom: side(cases, "bottom"),
            top: side(cases, "top"),
        };
        let (width, height) = ([boundaries.width()], [boundaries.height()]);
        cases.near(&format!("{stage}/{row}/width"), &width, TOLERANCE);
        cases.near(&format!("{stage}/{row}/height"), &height, TOLERANCE);
        let arena = CalibrationSource::square(800.0);
        let found = arena.calibrate(boundaries, ScaleRule::default()).unwrap();
        let scale = [found.single().unwrap()];
        cases.near(&format!("{stage}/{row}/calib_if_800mm"), &scale, TOLERANCE);
    }
}
