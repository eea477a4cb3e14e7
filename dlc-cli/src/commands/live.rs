use std::{
    num::NonZeroUsize,
    path::PathBuf,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use dlc::{
    infer::{
        DynamicCropping,
        live::{
            CameraFrame, KalmanOptions, KalmanPredictor, LiveEstimator, LiveOptions, LiveRunner,
            PixelFormat, RunnerOptions, RunnerPose, WhenFull,
        },
    },
    io::video,
    model::{Crop, Frame, FrameSource, OptionError},
};
use serde_json::json;

use crate::{
    arguments::{Model, Network, parse_crop, parse_dynamic},
    voice::{Reply, Voice},
};

/// Feeds a video to a live estimation as a camera would, and prints how late the poses are.
///
/// Latency is the time from the moment when a frame arrives to the finished pose: waiting, scaling,
/// network, processor. With --fast or --wait most of it is waiting.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  \
    dlc-rs live PROJECT/config.yaml mouse.mp4 --fps 100 --dynamic 0.5,10 --ahead 5")]
pub(crate) struct Arguments {
    /// The project's config.yaml, or an exported model: its folder or its file.
    config: PathBuf,
    /// The video that stands in for a camera.
    video: PathBuf,
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    network: Network,
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
    #[arg(long, value_name = "X1,X2,Y1,Y2", value_parser = parse_crop)]
    crop: Option<Crop>,
    /// Looks only where body parts were more likely than this, and this many px around them.
    #[arg(long, value_name = "LIKELIHOOD,PX", value_parser = parse_dynamic)]
    dynamic: Option<DynamicCropping>,
    /// Scales what is looked at by this factor.
    #[arg(long, value_name = "FACTOR")]
    resize: Option<f64>,
    /// Predicts, with a Kalman filter, where the animal will be so many ms after the pose is known.
    #[arg(long, value_name = "MS")]
    ahead: Option<u16>,
}

pub(crate) fn run(arguments: &Arguments, voice: Voice) -> Result<bool> {
    let mut frames = video::open(&arguments.video)?;
    let fps = arguments.fps.unwrap_or(frames.info().fps);
    if !arguments.fast {
        OptionError::frame_rate("fps", fps).context("say how many frames a second with --fps")?;
    }
    live_options(arguments).check()?;
    let options = arguments.network.options();
    let analyzer = arguments.model.open(&arguments.config, options)?;
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
    voice.reply(&reply(&device, fed, dropped, latencies, seconds))?;
    Ok(true)
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

fn reply(
    device: &str,
    fed: u64,
    dropped: u64,
    mut latencies: Vec<Duration>,
    seconds: f64,
) -> Reply {
    latencies.sort_unstable();
    let at = |percent: usize| {
        let place = (latencies.len() * percent).div_ceil(100).max(1) - 1;
        1000.0 * latencies[place].as_secs_f64()
    };
    let [p50, p90, p99, max] = [50, 90, 99, 100].map(at);
    let poses = latencies.len();
    let rate = poses as f64 / seconds;
    let lines = vec![
        format!(
            "{fed} frames, {poses} poses ({rate:.1} a second) on {device}, {dropped} frames dropped"
        ),
        format!(
            "latency since capture in ms: p50 {p50:.2}, p90 {p90:.2}, p99 {p99:.2}, max {max:.2}"
        ),
    ];
    let latency = json!({ "p50": p50, "p90": p90, "p99": p99, "max": max });
    let object = json!({
        "device": device,
        "frames": fed,
        "poses": poses,
        "dropped": dropped,
        "poses_per_second": rate,
        "latency_ms": latency,
    });
    Reply { lines, object }
}
