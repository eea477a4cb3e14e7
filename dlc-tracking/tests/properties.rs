//! What holds for every recording: the geometry of states, and what missing body parts may do.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::f64::consts::{PI, TAU};

use dlc_model::{BodypartAliases, Bodyparts};
use dlc_tracking::{
    Bound, CalibrationSource, Online, OnlineParams, Params, Pipeline, PipelineParams, Point,
    ProcessingMethod, RawParams, Registry, State, Track, Tracking, TrackingParams, TrackingRaw,
    Tracks, YAxis, angle,
    methods::{FourFeet, WeightedCentroid},
    time::{Clock, Timeline},
    turned,
};
use proptest::{collection::vec, prelude::*};

const NAMES: [&str; 5] = ["nose", "left", "right", "hip", "tail"];

/// The methods of the crate, each with parameters for [`NAMES`].
const METHODS: [(&str, &str); 9] = [
    ("two_point_left_right", r#"{"left":"left","right":"right"}"#),
    (
        "two_point_left_right",
        r#"{"left":"left","right":"right",
            "rules":{"when_one_is_missing":{"other_point_with_offset":{"hold_s":0.2}}},
            "swap":{"behind":{"bodypart":"tail","action":"exchange"}}}"#,
    ),
    (
        "two_point_front_back",
        r#"{"front":"nose","back":"tail","rules":{"when_one_is_missing":"other_point"}}"#,
    ),
    ("single_point", r#"{"bodypart":"hip"}"#),
    (
        "weighted_centroid",
        r#"{"parts":[{"bodypart":"nose","weight":2.5},{"bodypart":"hip"},{"bodypart":"tail"}],
            "min_present":2}"#,
    ),
    (
        "weighted_centroid",
        r#"{"parts":[{"bodypart":"nose"},{"bodypart":"tail"}],"min_present":1,
            "by_likelihood":true}"#,
    ),
    (
        "four_feet",
        r#"{"front_left":"left","front_right":"right","back_left":"hip","back_right":"tail"}"#,
    ),
    (
        "body_axis",
        r#"{"front":"nose","back":"tail","others":["left","right","hip"]}"#,
    ),
    ("skeleton_midline", r#"{"nodes":["nose","hip","tail"]}"#),
];

fn methods<const D: usize>() -> Vec<Box<dyn ProcessingMethod<D>>> {
    let registry = Registry::standard();
    let build = |(function, json): (&str, &str)| {
        let params: Params = json.parse().unwrap();
        registry.build(function, &params).unwrap()
    };
    METHODS.into_iter().map(build).collect()
}

/// Samples of the body parts: half of them with gaps. Coordinates are at least 1/64 apart, so
/// that what is left and what is right is not decided by rounding.
fn recordings() -> impl Strategy<Value = Vec<[[f64; 2]; 5]>> {
    let coordinate = || (-64_000..64_000_i32).prop_map(|steps| f64::from(steps) / 64.0);
    let position = || [coordinate(), coordinate()];
    let gap = |p: [f64; 2], missing: bool| if missing { [f64::NAN; 2] } else { p };
    let sample = vec((position(), prop::bool::weighted(0.15)), 5).prop_map(move |parts| {
        let parts: Vec<[f64; 2]> = parts
            .into_iter()
            .map(|(p, missing)| gap(p, missing))
            .collect();
        <[_; 5]>::try_from(parts).unwrap()
    });
    vec(sample, 1..25)
}

fn tracks<const D: usize>(recording: &[[[f64; D]; 5]], order: &[usize]) -> Tracks<D> {
    let names = order.iter().map(|part| NAMES[*part]);
    let track = |part: &usize| {
        let positions = recording.iter().map(|sample| sample[*part]).collect();
        let likelihood = (0..recording.len()).map(|sample| (sample % 10) as f64 / 10.0);
        Track::new(positions, likelihood.collect()).unwrap()
    };
    let tracks = order.iter().map(track).collect();
    Tracks::new(Bodyparts::new(names).unwrap(), tracks).unwrap()
}

const ORDER: [usize; 5] = [0, 1, 2, 3, 4];

fn states<const D: usize>(recording: &[[[f64; D]; 5]], start_s: f64) -> Vec<Vec<State<D>>> {
    let tracks = tracks(recording, &ORDER);
    let times_s: Vec<f64> = (0..recording.len())
        .map(|at| start_s + at as f64 / 40.0)
        .collect();
    let clock = Clock::new(&times_s).unwrap();
    let run = |method| {
        Bound::new(method, tracks.bodyparts())
            .unwrap()
            .states(&tracks, clock)
    };
    methods().into_iter().map(run).collect()
}

fn moved(
    recording: &[[[f64; 2]; 5]],
    to: impl Fn([f64; 2]) -> [f64; 2] + Copy,
) -> Vec<[[f64; 2]; 5]> {
    recording.iter().map(|sample| sample.map(to)).collect()
}

fn near(found: f64, expected: f64, scale: f64) -> bool {
    found.is_nan() && expected.is_nan() || (found - expected).abs() <= 1e-7 * scale
}

fn same_direction(found: f64, expected: f64) -> bool {
    found.is_nan() && expected.is_nan() || angle::difference(found, expected).abs() < 1e-6
}

/// Checks states against those of the recording before it was moved.
fn check(
    before: &[Vec<State<2>>],
    after: &[Vec<State<2>>],
    to: impl Fn([f64; 2]) -> [f64; 2],
    turn_rad: f64,
    scale: f64,
) -> Result<(), TestCaseError> {
    for (method, (before, after)) in before.iter().zip(after).enumerate() {
        for (before, after) in before.iter().zip(after) {
            let expected = to(before.position);
            let mut both = after.position.into_iter().zip(expected);
            let ok = both.all(|(found, expected)| near(found, expected, scale));
            prop_assert!(ok, "{:?} {before:?} {after:?}", METHODS[method]);
            let angles = [before, after].map(|state| state.head_angle_rad(YAxis::Down));
            let ok = same_direction(angles[1], angle::wrap(angles[0] + turn_rad));
            prop_assert!(ok, "{:?} {before:?} {after:?}", METHODS[method]);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn states_turn_with_the_picture(recording in recordings(), turn in -PI..PI) {
        let to = |position| turned(position, [100.0, -30.0], turn);
        let after = states(&moved(&recording, to), 0.0);
        // In a picture, where `y` points down, the head angle turns the other way.
        check(&states(&recording, 0.0), &after, to, -turn, 1e3)?;
    }

    #[test]
    fn states_move_with_the_picture(recording in recordings(), x in -1e3..1e3, y in -1e3..1e3) {
        let to = |[a, b]: [f64; 2]| [a + x, b + y];
        let after = states(&moved(&recording, to), 0.0);
        check(&states(&recording, 0.0), &after, to, 0.0, 1e3)?;
    }

    #[test]
    fn states_grow_with_the_picture(recording in recordings(), factor in 0.01..100.0) {
        let to = |position: [f64; 2]| position.map(|coordinate| coordinate * factor);
        let after = states(&moved(&recording, to), 0.0);
        check(&states(&recording, 0.0), &after, to, 0.0, 1e3 * factor)?;
    }

    #[test]
    fn states_do_not_depend_on_the_hour(recording in recordings(), hours in -1000..1000_i32) {
        let later = states(&recording, f64::from(hours) * 3600.0);
        check(&states(&recording, 0.0), &later, |position| position, 0.0, 1e-9)?;
    }

    #[test]
    fn the_order_of_columns_changes_nothing(
        recording in recordings(),
        order in Just(ORDER.to_vec()).prop_shuffle(),
    ) {
        let timeline = Timeline::uniform(40.0, recording.len()).unwrap();
        for (straight, shuffled) in methods::<2>().into_iter().zip(methods::<2>()) {
            let run = |method, order: &[usize]| {
                let tracks = tracks(&recording, order);
                let mut bound = Bound::new(method, tracks.bodyparts()).unwrap();
                format!("{:?}", bound.states(&tracks, timeline.clock()))
            };
            prop_assert_eq!(run(straight, &ORDER), run(shuffled, &order));
        }
    }

    #[test]
    fn missing_parts_give_the_numbers_that_are_stated(recording in recordings()) {
        let states = states(&recording, 0.0);
        for (at, sample) in recording.iter().enumerate() {
            let here = sample.map(|part| !part[0].is_nan());
            let [nose, left, right, hip, tail] = here;
            let count = |parts: &[bool]| parts.iter().filter(|part| **part).count();
            let position = |method: usize| !states[method][at].position[0].is_nan();
            let angle = |method: usize| !states[method][at].head_angle_rad(YAxis::Down).is_nan();

            prop_assert_eq!(position(0), left && right);
            prop_assert!(!angle(0) || left && right);
            prop_assert!(!position(1) || left || right);
            prop_assert!(!angle(1) || left && right);
            prop_assert_eq!(position(2), nose || tail);
            prop_assert!(!angle(2) || nose && tail);
            prop_assert_eq!(position(3), hip);
            prop_assert_eq!(position(4), count(&[nose, hip, tail]) >= 2);
            prop_assert_eq!(position(5), (nose || tail) && at % 10 != 0);
            prop_assert_eq!(position(6), count(&[left, right, hip, tail]) >= 3);
            prop_assert!(!angle(6) || left && hip || right && tail);
            prop_assert_eq!(position(7), count(&here) >= 2);
            prop_assert!(!angle(7) || count(&here) >= 2 && (nose || tail));
            prop_assert_eq!(position(8), nose && tail);
            prop_assert!(!angle(8) || nose && tail);
            prop_assert!(!angle(3) && !angle(4) && !angle(5));
        }
        let numbers = states.iter().flatten().flat_map(|s| s.position.into_iter().chain(s.heading));
        prop_assert!(numbers.into_iter().all(|number| !number.is_infinite()));
    }

    #[test]
    fn a_flat_recording_in_three_dimensions_has_the_same_states(
        recording in recordings(),
        height in -100.0..100.0,
    ) {
        let lifted = |[x, y]: [f64; 2]| [x, y, if x.is_nan() { x } else { height }];
        let flat = states(&recording, 0.0);
        let tall: Vec<_> = recording.iter().map(|sample| sample.map(lifted)).collect();
        for (method, (flat, tall)) in flat.iter().zip(states(&tall, 0.0)).enumerate() {
            for (flat, tall) in flat.iter().zip(tall) {
                let positions = (0..2).all(|axis| near(tall.position[axis], flat.position[axis], 1.0));
                let angles = [flat.head_angle_rad(YAxis::Down), tall.head_angle_rad(YAxis::Down)];
                prop_assert!(positions, "{:?} {flat:?} {tall:?}", METHODS[method]);
                // A body of equal length and width may be called either.
                prop_assert!(same_direction(angles[1], angles[0]), "{flat:?} {tall:?}");
                prop_assert!(near(tall.position[2], lifted(flat.position)[2], 1e3));
            }
        }
    }

    #[test]
    fn processed_states_stay_in_their_ranges_and_in_their_box(
        recording in recordings(),
        sigma in prop_oneof![Just(0.0), 0.0..4.0],
        rotate: bool,
        flip_y: bool,
    ) {
        let raw = raw(&recording);
        let params = TrackingParams {
            flip_y,
            ..TrackingParams::from_samples(sigma, sigma, sigma, rotate).unwrap()
        };
        let Ok(tracking) = Tracking::new(&raw, &params, CalibrationSource::square(800.0)) else {
            let positions = raw.states.positions().iter();
            let mut present = positions.filter(|position| !position[0].is_nan());
            let first = present.next();
            prop_assert!(present.all(|position| Some(position) == first), "only a path without extent");
            return Ok(());
        };
        let scale = tracking.calibration.unwrap().single().unwrap();
        let [width, height] = [tracking.boundaries.width(), tracking.boundaries.height()];
        prop_assert!(near(width + height, 1600.0, 1e3), "the arena is {width} + {height}, at {scale}");
        for (raw, state) in raw.states.iter().zip(tracking.states.iter()) {
            prop_assert_eq!(raw.position[0].is_nan(), state.position[0].is_nan());
            prop_assert!(raw.head_angle.is_some() || state.head_angle.is_none());
            prop_assert!(raw.position[0].is_nan() || state.position.iter().all(|v| *v >= -1e-6));
            prop_assert!(state.speed_per_s.is_nan() || state.speed_per_s >= 0.0);
        }
        let angles = tracking.states.head_angles_rad().iter();
        let inside = |angle: &f64| angle.is_nan() || (0.0..TAU).contains(angle);
        prop_assert!(angles.into_iter().all(inside));
    }

    #[test]
    fn the_box_is_upright_however_the_camera_was_turned(
        recording in recordings(),
        turn in -0.7..0.7,
    ) {
        let area = |recording: &[[[f64; 2]; 5]]| {
            let params = TrackingParams::from_samples(0.0, 0.0, 0.0, true).unwrap();
            let tracking = Tracking::uncalibrated(&raw(recording), &params);
            tracking.boundaries.width() * tracking.boundaries.height()
        };
        let straight = area(&recording);
        let turned = area(&moved(&recording, |position| turned(position, [5.0, 9.0], turn)));
        prop_assert!(near(turned, straight, 1e6), "{straight} {turned}");
    }

    #[test]
    fn live_states_are_those_of_the_recording(recording in recordings()) {
        let tracks = tracks(&recording, &ORDER);
        let timeline = Timeline::uniform(40.0, recording.len()).unwrap();
        let feet = FourFeet::new(["left", "right", "hip", "tail"]);
        let mut whole = Bound::new(feet.clone(), tracks.bodyparts()).unwrap();
        let whole = whole.states(&tracks, timeline.clock());
        let whole: TrackingRaw =
            TrackingRaw::new(&whole, timeline.clock(), YAxis::Down, &RawParams::default());
        let live = Bound::new(feet, tracks.bodyparts()).unwrap();
        let mut live: Online<_, 2> = Online::new(live, OnlineParams::default(), YAxis::Down).unwrap();
        for (at, sample) in recording.iter().enumerate() {
            let row = sample.map(|position| Point { position, likelihood: 1.0 });
            let state = live.next(&row, timeline.times_s()[at]);
            let expected = whole.states.state(at);
            prop_assert!(near(state.position[0], expected.position[0], 1.0));
            prop_assert!(at == 0 || near(state.speed_per_s, expected.speed_per_s, 1e5));
            prop_assert_eq!(state.head_angle, expected.head_angle);
        }
    }

    #[test]
    fn no_numbers_make_a_pipeline_panic(
        numbers in vec(vec(prop::num::f64::ANY, 15), 0..12),
        likelihood in vec(prop::num::f64::ANY, 12),
    ) {
        let sample = |row: &Vec<f64>| std::array::from_fn(|part| [row[2 * part], row[2 * part + 1]]);
        let recording: Vec<[[f64; 2]; 5]> = numbers.iter().map(sample).collect();
        let track = |part: usize| {
            let positions: Vec<[f64; 2]> = recording.iter().map(|sample| sample[part]).collect();
            Track::new(positions, likelihood[..recording.len()].to_vec()).unwrap()
        };
        let model = Bodyparts::new(NAMES).unwrap();
        let tracks: Tracks<2> = Tracks::new(model.clone(), (0..5).map(track).collect()).unwrap();
        let timeline = Timeline::uniform(40.0, recording.len()).unwrap();
        let steps = r#"[
            {"likelihood_mask": {"cutoff": "adaptive"}},
            {"jump_removal": {"max_speed_per_s": 2000.0, "max_plateau": {"seconds": 0.1}}},
            {"gap_filling": {"method": "pchip", "max_gap": {"seconds": 0.2}, "ends": "extrapolate"}},
            {"smoothing": {"gaussian": {"sigma": {"seconds": 0.05}}}}
        ]"#;
        for (function, json) in METHODS {
            let pipeline = Pipeline {
                function_to_invoke: function.into(),
                params: PipelineParams {
                    steps: serde_json::from_str(steps).unwrap(),
                    method: json.parse().unwrap(),
                    raw: RawParams::default(),
                },
            };
            let registry = Registry::standard();
            let mut bound = pipeline.bind(&registry, &model, &BodypartAliases::default()).unwrap();
            let raw = bound.raw(&tracks, timeline.clock());
            prop_assert_eq!(raw.states.len(), recording.len());
            let params = TrackingParams::from_samples(1.0, 1.0, 1.0, true).unwrap();
            let tracking = Tracking::uncalibrated(&raw, &params);
            prop_assert_eq!(tracking.states.len(), recording.len());
        }
    }

    #[test]
    fn parameters_that_are_read_are_the_ones_that_were_stored(
        weights in vec((0.001..1e6, "[a-z]{1,8}"), 1..6),
        min_present in 1..3_usize,
    ) {
        let mut centroid = WeightedCentroid::new(weights.iter().map(|(_, name)| name.as_str()), min_present);
        for (part, (weight, _)) in centroid.parts.iter_mut().zip(&weights) {
            part.weight = *weight;
        }
        let params = Params::of(&centroid).unwrap();
        let again: Params = params.to_string().parse().unwrap();
        prop_assert_eq!(again.to::<WeightedCentroid>().unwrap(), centroid);
        prop_assert_eq!(again.hash(), params.hash());
    }
}

fn raw(recording: &[[[f64; 2]; 5]]) -> TrackingRaw {
    let tracks = tracks(recording, &ORDER);
    let timeline = Timeline::uniform(40.0, recording.len()).unwrap();
    let method = methods::<2>().remove(0);
    let states = Bound::new(method, tracks.bodyparts())
        .unwrap()
        .states(&tracks, timeline.clock());
    TrackingRaw::new(
        &states,
        timeline.clock(),
        YAxis::Down,
        &RawParams::default(),
    )
}

#[test]
fn nothing_seen_is_nothing_known() {
    let recording = [[[f64::NAN; 2]; 5]; 4];
    for states in states(&recording, 0.0) {
        assert!(
            states
                .iter()
                .all(|state| state.position[0].is_nan() && state.heading[0].is_nan())
        );
    }
}
