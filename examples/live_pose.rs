//! Feeds a video to a live estimation as a camera would, and prints how late the poses are.
//!
//! ```sh
//! # The bundled mouse, at the frame rate of its clip.
//! cargo run --release --example live_pose
//!
//! # Your project, 100 frames a second, only where the animal was, 5 ms ahead.
//! cargo run --release --example live_pose -- PROJECT/config.yaml VIDEO.mp4 \\
//!     --fps 100 --dynamic 0.5,10 --ahead 5
//! ```
//!
//! Latency is the time from the moment when a frame arrives to the finished pose: waiting, scaling,
//! network, processor. With `--fast` or `--wait` most of it is waiting. The poses match those of
//! DeepLabCut-live within 0.02 px (`dlc/tests/live.rs` compares them).

use std::{
    io,
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use dlc::{
    AnalyzeOptions,
    infer::{
        DeviceChoice, DynamicCropping,
        live::{
            CameraFrame, KalmanOptions, KalmanPredictor, LiveEstimator, LiveOptions, LiveRunner,
            PixelFormat, RunnerOptions, RunnerPose, WhenFull,
        },
    },
    io::video,
    model::{Crop, Frame, FrameSource, OptionError},
};
use examples::{exit_code, say};
use serde_json::json;

/// Feeds a video to a live estimation as a camera would, and prints how late the poses are.
///
/// Exit codes: 0 all went well; 1 the model, the video or a pose failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The project's config.yaml, or an exported model: its folder or its file.
    #[arg(requires = "video")]
    config: Option<PathBuf>,
    /// The video that stands in for a camera.
    video: Option<PathBuf>,
    /// Which shuffle of the training set.
    #[arg(long, default_value_t = 1, value_name = "N")]
    shuffle: u32,
    /// `auto`, `cpu`, or the name or number of an adapter.
    #[arg(long, default_value = "auto", value_name = "NAME")]
    device: DeviceChoice,
    /// Frames a second; those of the video by default.
    #[arg(long, conflicts_with = "fast", value_name = "N")]
    fps: Option<f64>,
    /// Feeds frames as fast as they are taken, and drops none.
    #[arg(long)]
    fast: bool,
    /// How many frames may wait.
    #[arg(long, default_value_t = NonZeroUsize::MIN, value_name = "N")]
    queue: NonZeroUsize,
    /// Makes the camera wait when the queue is full, instead of dropping the oldest frame.
    #[arg(long)]
    wait: bool,
    /// The part of the frames to look at.
    #[arg(long, value_name = "X1,X2,Y1,Y2", value_parser = examples::parse_crop)]
    crop: Option<Crop>,
    /// Looks only where body parts were more likely than this, and this many px around them.
    #[arg(long, value_name = "LIKELIHOOD,PX", value_parser = examples::parse_dynamic)]
    dynamic: Option<DynamicCropping>,
    /// Scales what is looked at by this factor.
    #[arg(long, value_name = "FACTOR")]
    resize: Option<f64>,
    /// Predicts, with a Kalman filter, where the animal will be so many ms after the pose is known.
    #[arg(long, value_name = "MS")]
    ahead: Option<u16>,
    /// Prints a JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let (config, path) = model_and_video(arguments)?;
    let mut frames = video::open(&path)?;
    let fps = arguments.fps.unwrap_or(frames.info().fps);
    if !arguments.fast {
        OptionError::frame_rate("fps", fps).context("say how many frames a second with --fps")?;
    }
    live_options(arguments).check()?;
    let options = AnalyzeOptions::default().with_device(arguments.device.clone());
    let analyzer = examples::open(&config, arguments.shuffle, 0, options)?;
    let mut live = LiveEstimator::new(analyzer.into_estimator(), live_options(arguments))?;
    let device = live.estimator().device().to_owned();
    // Devices prepare themselves with the first frame: not while it counts.
    let first = frames.next_frame()?.context("the video has no frames")?;
    live.estimate(&CameraFrame::from(&first), Instant::now())?;
    live.reset();
    if let Some(ahead) = arguments.ahead {
        let mut options = KalmanOptions::default();
        options.forward = Duration::from_millis(ahead.into());
        options.fps = fps;
        live = live.with_processor(KalmanPredictor::new(options)?);
    }

    let (sender, poses) = mpsc::channel();
    let on_pose = move |_, pose: RunnerPose| {
        let _ = sender.send(pose.map(|pose| pose.latency()));
    };
    let runner = LiveRunner::start(live, runner_options(arguments), on_pose)?;
    let start = Instant::now();
    let fed = feed(
        &runner,
        first,
        &mut *frames,
        (!arguments.fast).then_some(fps),
    )?;
    let (_, dropped) = runner.finish()?;
    let seconds = start.elapsed().as_secs_f64();
    let latencies: Vec<Duration> = poses.into_iter().collect::<Result<_, _>>()?;
    ensure!(!latencies.is_empty(), "no pose was estimated");
    report(arguments, &device, fed, dropped, latencies, seconds)?;
    Ok(())
}

fn model_and_video(arguments: &Arguments) -> Result<(PathBuf, PathBuf)> {
    match (&arguments.config, &arguments.video) {
        (Some(config), Some(video)) => Ok((config.clone(), video.clone())),
        (None, None) => {
            let bundled = examples::unpack(&PathBuf::from("dlc-demo/project"))?;
            Ok((bundled.config, bundled.video))
        }
        _ => bail!("name a model and a video, or neither"),
    }
}

fn live_options(arguments: &Arguments) -> LiveOptions {
    let mut options = LiveOptions::default();
    options.crop = arguments.crop;
    options.dynamic = arguments.dynamic;
    options.resize = arguments.resize;
    options
}

fn runner_options(arguments: &Arguments) -> RunnerOptions {
    let when_full = match arguments.wait || arguments.fast {
        true => WhenFull::Wait,
        false => WhenFull::DropOldest,
    };
    RunnerOptions::default()
        .with_capacity(arguments.queue)
        .with_when_full(when_full)
}

/// Hands over all frames, each when it is due, and returns how many there were.
fn feed(
    runner: &LiveRunner,
    first: Frame<'static>,
    frames: &mut dyn FrameSource,
    fps: Option<f64>,
) -> Result<u64> {
    let start = Instant::now();
    let mut next = Some(first);
    let mut fed = 0;
    while let Some(frame) = next {
        let (width, height) = (frame.width(), frame.height());
        let pixels = frame.pixels().to_vec();
        let camera_frame = CameraFrame::new(width, height, PixelFormat::Rgb, pixels)?;
        if let Some(fps) = fps {
            let due = Duration::from_secs_f64(fed as f64 / fps);
            thread::sleep(due.saturating_sub(start.elapsed()));
        }
        runner.push(fed, camera_frame, Instant::now())?;
        fed += 1;
        // Decoded before it is due, as a camera would have it ready.
        next = frames.next_frame()?;
    }
    Ok(fed)
}

fn report(
    arguments: &Arguments,
    device: &str,
    fed: u64,
    dropped: u64,
    mut latencies: Vec<Duration>,
    seconds: f64,
) -> io::Result<()> {
    latencies.sort_unstable();
    let at = |percent: usize| {
        let place = (latencies.len() * percent).div_ceil(100).max(1) - 1;
        1000.0 * latencies[place].as_secs_f64()
    };
    let [p50, p90, p99, max] = [50, 90, 99, 100].map(at);
    let poses = latencies.len();
    let rate = poses as f64 / seconds;
    if arguments.json {
        let latency = json!({ "p50": p50, "p90": p90, "p99": p99, "max": max });
        let object = json!({
            "device": device,
            "frames": fed,
            "poses": poses,
            "dropped": dropped,
            "poses_per_second": rate,
            "latency_ms": latency,
        });
        return say!("{object}");
    }
    say!("{fed} frames, {poses} poses ({rate:.1} a second) on {device}, {dropped} frames dropped")?;
    say!("latency since capture in ms: p50 {p50:.2}, p90 {p90:.2}, p99 {p99:.2}, max {max:.2}")
}
