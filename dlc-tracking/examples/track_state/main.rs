//! Makes the state of an animal of DeepLabCut's predictions, and draws it.
//!
//! ```sh
//! cargo run --release -p dlc-tracking --example track_state -- \
//!     [FILE.h5] [--left NAME] [--right NAME] [--pcutoff P] [--video FILE | --fps HZ] \
//!     [--allow-unequal-counts] [--arena-mm SIDE] [--out FILE.svg] [--replace FILE]
//! ```
//!
//! Position, head angle, speed and occupancy lie in the picture, by default `track_state.svg`.
//! Without a file it takes the bundled mouse. The times of frames are those of the video; without
//! `--video` and `--fps` they are those of the `_recording.json` beside the file, or the rate of its
//! `_meta.pickle`. Without `--arena-mm` all stays in px.
//! `--replace FILE` lets the picture replace that file though it is no picture of this kind.
//!
//! The oracle of the numbers is `conformance/tracking`; that of the picture is a person who looks
//! at the video.
#![expect(clippy::print_stdout, reason = "a program tells what it did")]

mod plot;

use std::{
    env,
    error::Error,
    io::{BufReader, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use dlc_io::{
    Limits, VideoPoses,
    atomic::{FileKind, OutputGuard},
    h5,
    metadata::Recording,
    pickle, regular_file,
};
use dlc_model::{BodypartAliases, FrameTimes, OptionError};
use dlc_tracking::{
    CalibrationSource, Pipeline, Registry, Space, States, Tracking, TrackingParams, TrackingRaw,
    Tracks,
    steps::Span,
    time::{FileTime, Timeline, Timestamp, UtcOffset},
};
use serde_json::json;

const BUNDLED: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../dlc-cli/data/openfield/expected/b1/mouseDLC_mobnet_35_mouseNov22shuffle1_7200.h5"
);

struct Options {
    file: PathBuf,
    left: String,
    right: String,
    pcutoff: f64,
    fps: Option<f64>,
    video: Option<PathBuf>,
    allow_unequal_counts: bool,
    arena_mm: Option<f64>,
    out: PathBuf,
    guard: OutputGuard,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", testing::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    OptionError::likelihood("pcutoff", options.pcutoff)?;
    if let Some(side_mm) = options.arena_mm {
        OptionError::within("arena-mm", side_mm, 1e-3..=1e9)?;
    }
    let mut guard = options.guard.clone().with_input(&options.file);
    if let Some(video) = &options.video {
        guard = guard.with_video(video);
    }
    guard.check(&options.out, FileKind::Svg)?;
    let predictions = h5::read(&options.file)?;
    let file = FileTime {
        start: Timestamp::from_unix_ns(0, UtcOffset::UTC),
        times: frame_times(&options)?,
        frames: predictions.poses.len(),
    };
    let timeline = Timeline::from_files(&[file])?;
    let tracks = Tracks::from(&predictions.poses);
    let aliases = BodypartAliases::default();
    let pipeline = pipeline(&options)?;
    let mut bound = pipeline.bind(&Registry::standard(), tracks.bodyparts(), &aliases)?;
    let raw = bound.raw(&tracks, timeline.clock());

    let svg = match options.arena_mm {
        Some(side_mm) => {
            let arena = CalibrationSource::square(side_mm);
            let tracking = Tracking::new(&raw, &smoothing()?, arena)?;
            tell(&tracking.states, &raw);
            plot::svg(&tracking.states, tracking.boundaries)?
        }
        None => {
            let tracking = Tracking::uncalibrated(&raw, &smoothing()?);
            tell(&tracking.states, &raw);
            plot::svg(&tracking.states, tracking.boundaries)?
        }
    };
    guard.write(&options.out, |file| file.write_all(svg.as_bytes()))?;
    println!("{}", options.out.display());
    Ok(())
}

/// Two ears: positions in doubt are left out, gaps of a quarter of a second are filled.
fn pipeline(options: &Options) -> Result<Pipeline, serde_json::Error> {
    serde_json::from_value(json!({
        "function_to_invoke": "two_point_left_right",
        "params": {
            "steps": [
                {"likelihood_mask": {"cutoff": {"fixed": options.pcutoff}}},
                {"gap_filling": {"max_gap": {"seconds": 0.25}}},
            ],
            "method": {"left": options.left, "right": options.right},
        },
    }))
}

fn smoothing() -> Result<TrackingParams, Box<dyn Error>> {
    Ok(TrackingParams {
        sigma_tracking: Span::seconds(0.05)?,
        sigma_speed: Span::seconds(0.1)?,
        sigma_angle: Span::seconds(0.05)?,
        ..TrackingParams::default()
    })
}

fn tell<S: Space>(states: &States<2, S>, raw: &TrackingRaw) {
    let present = states
        .positions()
        .iter()
        .filter(|position| !position[0].is_nan());
    let speeds = states.speeds_per_s().iter().filter(|speed| !speed.is_nan());
    let mean = speeds.clone().sum::<f64>() / speeds.count() as f64;
    println!(
        "{} samples at {:.3} Hz, {} with a position; mean speed {mean:.1} {}/s; \
         the raw path reaches over {:.1} by {:.1} px",
        states.len(),
        states.rate_hz(),
        present.count(),
        S::UNIT,
        raw.boundaries.width(),
        raw.boundaries.height(),
    );
}

fn frame_times(options: &Options) -> Result<FrameTimes, Box<dyn Error>> {
    let recording = Recording::path_beside(&options.file);
    match (&options.video, options.fps) {
        (Some(video), _) => {
            let read = VideoPoses::read(&options.file, video, options.allow_unequal_counts)?;
            Ok(read.frame_times()?)
        }
        (None, Some(fps)) => Ok(FrameTimes::Even { fps }),
        (None, None) if recording.is_file() => {
            Ok(Recording::read(recording, &Limits::default())?.frame_times())
        }
        (None, None) => frame_rate(&options.file).map(|fps| FrameTimes::Even { fps }),
    }
}

/// Returns the frame rate that DeepLabCut wrote beside its predictions.
fn frame_rate(file: &Path) -> Result<f64, Box<dyn Error>> {
    let mut name = file.file_stem().ok_or("the file has no name")?.to_owned();
    name.push("_meta.pickle");
    let path = file.with_file_name(name);
    let file = regular_file::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let meta = pickle::read(BufReader::new(file), &Limits::default())?;
    let fps = meta.get("data").and_then(|data| data.get("fps"));
    let fps = fps.and_then(pickle::Value::as_f64);
    fps.ok_or_else(|| format!("{}: no frame rate", path.display()).into())
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        file: BUNDLED.into(),
        left: "leftear".into(),
        right: "rightear".into(),
        pcutoff: 0.6,
        fps: None,
        video: None,
        allow_unequal_counts: false,
        arena_mm: None,
        out: "track_state.svg".into(),
        guard: OutputGuard::new(),
    };
    let mut arguments = env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        let Some(name) = argument.to_str().filter(|name| name.starts_with("--")) else {
            options.file = argument.into();
            continue;
        };
        if name == "--allow-unequal-counts" {
            options.allow_unequal_counts = true;
            continue;
        }
        let path = arguments.next();
        let path = path.ok_or_else(|| format!("{name} needs a value"))?;
        let value = path.to_string_lossy().into_owned();
        match name {
            "--left" => options.left = value,
            "--right" => options.right = value,
            "--pcutoff" => options.pcutoff = value.parse()?,
            "--video" => options.video = Some(path.into()),
            "--fps" => options.fps = Some(value.parse()?),
            "--arena-mm" => options.arena_mm = Some(value.parse()?),
            "--out" => options.out = path.into(),
            "--replace" => options.guard = options.guard.with_replaceable(path),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    Ok(options)
}
