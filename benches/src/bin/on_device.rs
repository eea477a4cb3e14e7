//! Times a network on a device from its first frame on.
//!
//! ```text
//! on_device DEVICE [full|half [ENGINE/NET_TYPE [WIDTHxHEIGHT [BATCH]]]]
//! ```
//!
//! E.g., `on_device llvmpipe half tensorflow/resnet_50 640x480 8`. The device is what `--device` of
//! `dlc-rs analyze` takes. The first frame is the first of the process: a device's kernels are made then.
//! A short batch comes at the end of a video: whether it is slow the first time, too. Waited for, a batch
//! is given to the device when the poses of the one before are there; in flight, it waits for the device.
#![expect(clippy::print_stdout, reason = "a program tells what it did")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use benches::{network, random_weights};
use dlc::{
    infer::{EstimatorOptions, PoseEstimator, Precision},
    model::{Engine, Frame},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Frames whose median is told, and batches.
const REPEATED: u32 = 6;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let device = arguments.next().ok_or("which DEVICE?")?;
    let mut next = |default: &str| arguments.next().unwrap_or_else(|| default.to_owned());
    let precision: Precision = next("full").parse()?;
    let net_type = next("tensorflow/mobilenet_v2_0.35");
    let (engine, net_type) = net_type.split_once('/').ok_or("ENGINE/NET_TYPE")?;
    let size = next("320x240");
    let (width, height) = size.split_once('x').ok_or("WIDTHxHEIGHT")?;
    let frame = frame(width.parse()?, height.parse()?)?;
    let batch: u32 = next("8").parse()?;

    let network = network(engine.parse::<Engine>()?, net_type, 4);
    let weights = random_weights(&network);
    let options = EstimatorOptions::default()
        .with_device(device.parse()?)
        .with_precision(precision);
    let (loading, mut estimator) = timed(|| PoseEstimator::load(&network, weights, &options));
    let estimator = estimator.as_mut().map_err(|error| error.to_string())?;
    println!(
        "{} on {}, {precision} precision, {size}",
        net_type,
        estimator.device()
    );
    tell("loading", loading);
    let mut estimated = |frames: usize| -> Result<Duration> {
        let frames = vec![frame.clone(); frames];
        let (time, poses) = timed(|| estimator.estimate(&frames));
        poses?;
        Ok(time)
    };
    tell("first frame", estimated(1)?);
    tell("frame", median(|| estimated(1))?);
    let frames = usize::try_from(batch)?;
    tell("first batch", estimated(frames)?);
    tell("batch, waited for", median(|| estimated(frames))?);
    tell("first short batch", estimated(frames.div_ceil(2))?);
    tell("short batch", median(|| estimated(frames.div_ceil(2)))?);
    let batch = vec![frame.clone(); frames];
    two_in_flight(estimator, &batch)?;
    tell("batch, in flight", in_flight(estimator, &batch)?);
    Ok(())
}

fn frame(width: usize, height: usize) -> Result<Frame<'static>> {
    let pixels = (0..=u8::MAX).cycle().take(width * height * 3);
    Ok(Frame::new(0, width, height, pixels.collect::<Vec<u8>>())?)
}

/// Tells when each step of two batches is over that are submitted together.
fn two_in_flight(estimator: &mut PoseEstimator, frames: &[Frame<'_>]) -> Result<()> {
    let start = Instant::now();
    let first = estimator.submit(frames)?;
    tell("of two: first submitted", start.elapsed());
    let second = estimator.submit(frames)?;
    tell("of two: both submitted", start.elapsed());
    first.wait()?;
    tell("of two: first is there", start.elapsed());
    second.wait()?;
    tell("of two: both are there", start.elapsed());
    Ok(())
}

/// Returns the time of a batch when another one is always with the device.
fn in_flight(estimator: &mut PoseEstimator, frames: &[Frame<'_>]) -> Result<Duration> {
    let mut submitting = Duration::ZERO;
    let start = Instant::now();
    let mut earlier = None;
    for _ in 0..REPEATED {
        let (time, submitted) = timed(|| estimator.submit(frames));
        submitting += time;
        if let Some(earlier) = earlier.replace(submitted?) {
            earlier.wait()?;
        }
    }
    if let Some(last) = earlier {
        last.wait()?;
    }
    let time = start.elapsed() / REPEATED;
    tell("batch, submitting alone", submitting / REPEATED);
    Ok(time)
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = work();
    (start.elapsed(), done)
}

fn median(mut time: impl FnMut() -> Result<Duration>) -> Result<Duration> {
    let mut times = (0..REPEATED).map(|_| time()).collect::<Result<Vec<_>>>()?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn tell(what: &str, time: Duration) {
    println!("{what:24} {:10.1} ms", 1e3 * time.as_secs_f64());
}
