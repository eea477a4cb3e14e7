use dlc_model::Bodyparts;
use dlc_tracking::{
    Bound, RawParams, Track, Tracks, YAxis, angle,
    methods::{FrontBack, LeftRight, PairRules, WhenOneIsMissing},
    steps::{
        self, GapFilling, Positive, Rolling, Span, Statistic,
        activity::{Immobility, bouts},
    },
    time::{Clock, Timeline},
};

use super::{cases::Cases, moser::two_points};

const TOLERANCE: f64 = 1e-12;

#[test]
fn spyglass_is_reproduced_where_it_is_right() {
    let Some(mut cases) = Cases::open("spyglass.json") else {
        return;
    };
    cases.input("/engine");
    two_point_orientation(&mut cases);
    bisector(&mut cases);
    spans(&mut cases);
    gaps(&mut cases);
    moving_average(&mut cases);
    centroid(&mut cases);
    cases.finish();
}

/// Returns signed angles of a method of two points, in image axes that are not flipped.
fn signed(angles: &[f64]) -> Vec<f64> {
    angles
        .iter()
        .map(|angle| angle::wrap_signed(*angle))
        .collect()
}

fn pairs(cases: &mut Cases, first: &str, second: &str) -> Vec<[f64; 4]> {
    let (first, second) = (cases.rows::<2>(first), cases.rows::<2>(second));
    let pair = |(a, b): (&[f64; 2], &[f64; 2])| [a[0], a[1], b[0], b[1]];
    first.iter().zip(&second).map(pair).collect()
}

fn two_point_orientation(cases: &mut Cases) {
    let stage = "/two_pt_head_orientation";
    cases.input(&format!("{stage}/note"));
    let pairs = pairs(
        cases,
        &format!("{stage}/bodypart1"),
        &format!("{stage}/bodypart2"),
    );
    let method = FrontBack::new("a", "b");
    let raw = two_points(method, &pairs, YAxis::Up, &RawParams::default());
    let mut found = signed(raw.states.head_angles_rad());
    let pointer = format!("{stage}/radians");
    let reason = "two points in one place have no direction; Spyglass says 0";
    cases.differs(&pointer, &found, reason);
    assert!(found[3].is_nan());
    found[3] = 0.0;
    cases.near(&pointer, &found, TOLERANCE);
}

fn bisector(cases: &mut Cases) {
    let stage = "/red_led_bisector";
    cases.input(&format!("{stage}/led3"));
    let pairs = pairs(cases, &format!("{stage}/led1"), &format!("{stage}/led2"));
    // At right angles to the line of two points, as left and right ear, but the other way round.
    let method = LeftRight::new("b", "a");
    let raw = two_points(method, &pairs, YAxis::Up, &RawParams::default());
    let mut found = signed(raw.states.head_angles_rad());
    let pointer = format!("{stage}/radians");
    let reason = "the side of the line is that of left and right; Spyglass asks a third LED, but \
                  only where the line is level";
    cases.differs(&pointer, &found, reason);
    let expected = cases.numbers(&pointer);
    for level in [0, 5] {
        assert!(
            (angle::difference(found[level], expected[level]).abs() - std::f64::consts::PI).abs()
                < TOLERANCE
        );
        found[level] = expected[level];
    }
    cases.near(&pointer, &found, TOLERANCE);
}

fn spans(cases: &mut Cases) {
    let indices = cases.numbers("/get_span_start_stop/indices");
    let holds = (0..10).map(|sample| indices.contains(&f64::from(sample)));
    let timeline = Timeline::uniform(1.0, 10).unwrap();
    let spans = bouts(holds, timeline.clock());
    let ends = |spans: &[steps::activity::Bout]| -> Vec<f64> {
        let ends = spans
            .iter()
            .map(|span| [span.samples.start, span.samples.end - 1]);
        ends.flatten().map(|sample| sample as f64).collect()
    };
    cases.near("/get_span_start_stop/spans", &ends(&spans), TOLERANCE);

    // Bad samples are fast here, good ones stand still.
    let bad = cases.numbers("/get_good_spans/bad");
    assert_eq!(cases.numbers("/get_good_spans/inds_to_span"), [2.0]);
    let timeline = Timeline::uniform(1.0, bad.len()).unwrap();
    let good = |max_interruption: f64| {
        let immobility = Immobility {
            max_speed_per_s: Positive::new(0.5).unwrap(),
            min_duration: Span::samples(0.0).unwrap(),
            max_interruption: Span::samples(max_interruption).unwrap(),
        };
        ends(&immobility.bouts(&bad, timeline.clock()))
    };
    cases.near("/get_good_spans/good", &good(0.0), TOLERANCE);
    // Spyglass bridges less than the samples to span.
    cases.near("/get_good_spans/bridged", &good(1.0), TOLERANCE);
}

fn gaps(cases: &mut Cases) {
    let stage = "/interp_pos";
    cases.input(&format!("{stage}/spans"));
    let times_s = cases.numbers(&format!("{stage}/t"));
    let clock = Clock::new(&times_s).unwrap();
    let variants = [
        (
            "no_limit",
            None,
            "the line goes through a gap; Spyglass makes the whole step between two samples of it",
        ),
        (
            "max_cm_to_interp_15",
            None,
            "jumps are removed before gaps are filled, and the line goes through a gap",
        ),
        (
            "max_pts_to_interp_1",
            Some(Span::samples(1.0).unwrap()),
            "a gap longer than the limit stays; Spyglass fills it all the same",
        ),
    ];
    for (name, max_gap, reason) in variants {
        for axis in ["x", "y"] {
            let mut found = cases.numbers(&format!("{stage}/{axis}"));
            let filling = GapFilling {
                max_gap,
                ..GapFilling::default()
            };
            filling.apply(steps::scalars(&mut found), clock);
            // The single missing sample lies on the line, its middle.
            let middle = (found[6] + found[8]) / 2.0;
            assert!((found[7] - middle).abs() < TOLERANCE);
            assert_eq!(found[3].is_nan(), max_gap.is_some());
            cases.differs(&format!("{stage}/{name}/{axis}"), &found, reason);
        }
    }
}

fn moving_average(cases: &mut Cases) {
    let stage = "/smooth_moving_avg";
    cases.input(&format!("{stage}/note"));
    let window = cases.numbers(&format!("{stage}/window"))[0];
    let mean = Rolling::new(Statistic::Mean, Span::samples(window).unwrap());
    for axis in ["x", "y"] {
        let mut found = cases.numbers(&format!("{stage}/{axis}"));
        let timeline = Timeline::uniform(1.0, found.len()).unwrap();
        mean.apply(steps::scalars(&mut found), timeline.clock());
        let pointer = format!("{stage}/out_{axis}");
        let reason = "a window lies around its sample and the missing stay missing; Spyglass \
                      looks back only, which is late by a sample, and fills them";
        cases.differs(&pointer, &found, reason);
        // One sample later it is the same, as long as nothing is missing.
        let expected = cases.numbers(&pointer);
        for sample in 1..3 {
            assert!((found[sample] - expected[sample + 1]).abs() < TOLERANCE);
        }
    }
}

fn centroid(cases: &mut Cases) {
    let stage = "/centroid_two_pt";
    cases.input(&format!("{stage}/note"));
    let points = ["a", "b"].map(|point| cases.rows::<2>(&format!("{stage}/{point}")));
    let max_distance = Some(cases.numbers(&format!("{stage}/max_LED_separation"))[0]);
    let samples = points[0].len();
    let tracks = points.map(|points| Track::<2>::new(points, vec![1.0; samples]).unwrap());
    let model = Bodyparts::new(["a", "b"]).unwrap();
    let tracks = Tracks::new(model.clone(), tracks.to_vec()).unwrap();
    let mut method = FrontBack::new("a", "b");
    method.rules = PairRules {
        when_one_is_missing: WhenOneIsMissing::OtherPoint,
        max_distance,
    };
    let timeline = Timeline::uniform(1.0, samples).unwrap();
    let states = Bound::new(method, &model)
        .unwrap()
        .states(&tracks, timeline.clock());
    let mut found: Vec<[f64; 2]> = states.iter().map(|state| state.position).collect();
    let pointer = format!("{stage}/centroid");
    let reason = "two points too far apart have no centroid; Spyglass leaves it at (0, 0)";
    cases.differs(&pointer, found.as_flattened(), reason);
    assert!(found[4][0].is_nan());
    found[4] = [0.0; 2];
    cases.near_rows(&pointer, &found, TOLERANCE);
}
