//! Times the two-point pipeline, for `conformance/tracking-speed`, which drives it.
//!
//! ```sh
//! time_two_point TRACKS.f64 STATES.f64 PARTS FPS
//! ```
//!
//! `TRACKS.f64` holds `x`, `y` and likelihood of each body part of each sample, as 64-bit numbers of
//! this machine. For each line on the standard input, `all` or `needed`, it runs the pipeline
//! once, cleaning all body parts or those that the method needs, and prints the seconds that it
//! took. Then it writes `x`, `y`, head angle and speed of each sample to `STATES.f64`.
#![expect(clippy::print_stdout, reason = "a program tells what it did")]

use std::{
    env,
    error::Error,
    ffi::OsString,
    fs,
    io::{self, Write},
    time::{Duration, Instant},
};

use dlc_io::atomic::OutputGuard;
use dlc_model::{BodypartAliases, Bodyparts};
use dlc_tracking::{
    BoundPipeline, CalibrationSource, Pipeline, Registry, Step, Track, Tracking, TrackingParams,
    Tracks,
    time::{Clock, Timeline},
};

const PARAMS: &str = r#"{
    "steps": [
        {"likelihood_mask": {"cutoff": {"fixed": 0.6}}},
        {"gap_filling": {"max_gap": {"samples": 10.0}}}
    ],
    "method": {"left": "part0", "right": "part1"}
}"#;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = env::args_os().skip(1).map(OsString::into_string);
    let arguments: Vec<String> = arguments
        .collect::<Result<_, _>>()
        .map_err(|argument| format!("{argument:?} is not Unicode"))?;
    let [input, output, parts, fps] = &arguments[..] else {
        return Err("expected TRACKS.f64 STATES.f64 PARTS FPS".into());
    };
    let tracks = read(input, parts.parse()?)?;
    let timeline = Timeline::uniform(fps.parse()?, tracks.len())?;
    let pipeline = Pipeline {
        function_to_invoke: "two_point_left_right".into(),
        params: serde_json::from_str(PARAMS)?,
    };
    let mut without_steps = pipeline.clone();
    without_steps.params.steps.clear();
    let registry = Registry::standard();
    let bind = |pipeline: &Pipeline| {
        pipeline.bind(&registry, tracks.bodyparts(), &BodypartAliases::default())
    };
    let (mut needed, mut alone) = (bind(&pipeline)?, bind(&without_steps)?);

    let mut states = None;
    for line in io::stdin().lines() {
        let (tracking, took) = match line?.as_str() {
            "needed" => run(&mut needed, &tracks, &[], timeline.clock())?,
            _ => run(
                &mut alone,
                &tracks,
                &pipeline.params.steps,
                timeline.clock(),
            )?,
        };
        println!("{}", took.as_secs_f64());
        states = Some(tracking.states);
    }
    let states = states.ok_or("nothing was asked for")?;
    let mut bytes = Vec::with_capacity(states.len() * 32);
    for state in states.iter() {
        let angle = state.head_angle.map_or(f64::NAN, f64::from);
        for number in [
            state.position[0],
            state.position[1],
            angle,
            state.speed_per_s,
        ] {
            bytes.extend(number.to_ne_bytes());
        }
    }
    let guard = OutputGuard::new().with_input(input);
    guard.write(output, |file| file.write_all(&bytes))?;
    Ok(())
}

/// Makes processed states of tracks: in mm of an arena of 800 mm, smoothed.
fn run(
    pipeline: &mut BoundPipeline<2>,
    tracks: &Tracks<2>,
    steps_for_all: &[Step],
    clock: Clock<'_>,
) -> Result<(Tracking, Duration), Box<dyn Error>> {
    let start = Instant::now();
    let raw = match steps_for_all {
        [] => pipeline.raw(tracks, clock),
        steps => {
            let clean = |(track, bodypart): (&Track<2>, _)| {
                let mut track = track.clone();
                let (positions, likelihood) = track.parts_mut();
                for step in steps {
                    step.apply(bodypart, positions, likelihood, clock);
                }
                track
            };
            let parts = tracks.as_slice().iter().zip(tracks.bodyparts().iter());
            let cleaned = Tracks::new(tracks.bodyparts().clone(), parts.map(clean).collect())?;
            pipeline.raw(&cleaned, clock)
        }
    };
    let params = TrackingParams::from_samples(2.0, 3.0, 2.0, false)?;
    let tracking = Tracking::new(&raw, &params, CalibrationSource::square(800.0))?;
    Ok((tracking, start.elapsed()))
}

fn read(path: &str, parts: usize) -> Result<Tracks<2>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let numbers: Vec<f64> = bytes
        .as_chunks()
        .0
        .iter()
        .copied()
        .map(f64::from_ne_bytes)
        .collect();
    let keypoints = numbers.as_chunks::<3>().0;
    let track = |part: usize| {
        let of_part = || keypoints.iter().skip(part).step_by(parts);
        let positions = of_part().map(|[x, y, _]| [*x, *y]).collect();
        Track::new(
            positions,
            of_part().map(|[_, _, likelihood]| *likelihood).collect(),
        )
    };
    let names = (0..parts).map(|part| format!("part{part}"));
    let tracks = (0..parts).map(track).collect::<Result<_, _>>()?;
    Ok(Tracks::new(Bodyparts::new(names)?, tracks)?)
}
