//! An hour of poses (30 frames/s, 12 body parts) to the state of one animal.

use std::hint::black_box;

use benches::{FRAME_RATE_HZ, FRAMES, an_hour};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dlc::model::BodypartAliases;
use dlc_tracking::{
    CalibrationSource, Pipeline, Registry, Tracking, TrackingParams, Tracks, time::Timeline,
};

/// Methods of the standard registry, with the body parts that each takes.
const METHODS: [(&str, &str); 3] = [
    ("single_point", r#"{"bodypart": "part0"}"#),
    (
        "two_point_left_right",
        r#"{"left": "part0", "right": "part1"}"#,
    ),
    (
        "weighted_centroid",
        r#"{"parts": [{"bodypart": "part0", "weight": 1.0}, {"bodypart": "part1", "weight": 2.0}], "min_present": 1, "by_likelihood": true}"#,
    ),
];

const STEPS: &str = r#"[
    {"likelihood_mask": {"cutoff": {"fixed": 0.6}}},
    {"gap_filling": {"max_gap": {"samples": 10.0}}}
]"#;

fn methods(c: &mut Criterion) {
    let tracks = Tracks::<2>::from(&an_hour());
    let frames = usize::try_from(FRAMES).expect("an hour has few frames");
    let timeline = Timeline::uniform(FRAME_RATE_HZ, frames).expect("a rate");
    let mut group = c.benchmark_group("tracking");
    group.throughput(Throughput::Elements(FRAMES.into()));
    group.sample_size(10);
    for (name, method) in METHODS {
        let params = format!(r#"{{"steps": {STEPS}, "method": {method}}}"#);
        let pipeline = Pipeline {
            function_to_invoke: name.into(),
            params: serde_json::from_str(&params).expect("parameters of the method"),
        };
        let aliases = BodypartAliases::default();
        let bound = pipeline.bind(&Registry::standard(), tracks.bodyparts(), &aliases);
        let mut bound = bound.expect("the body parts are there");
        let params = TrackingParams::from_samples(2.0, 3.0, 2.0, false).expect("parameters");
        group.bench_function(name, |b| {
            b.iter(|| {
                let raw = bound.raw(black_box(&tracks), timeline.clock());
                let tracking = Tracking::new(&raw, &params, CalibrationSource::square(800.0));
                assert_eq!(tracking.expect("it was seen").states.len(), frames);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, methods);
criterion_main!(benches);
