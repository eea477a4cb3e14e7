//! Our side of `benches/compare`: loads a model, then estimates a frame for every line it is sent.
//!
//! ```text
//! frame_by_frame CONFIG SHUFFLE CLIP DEVICE FRAMES_AT_ONCE PRECISION
//! ```
//!
//! The device is an instruction set of the CPU, e.g., `AVX2`, or an adapter.
//!
//! Each line in is the index of a frame of the clip; each line out is JSON with the seconds a frame,
//! and x and y (px) and likelihood of each body part. All is timed from the 8-bit frame to the pose.
//! With several frames at once, the frame is estimated so often.
#![expect(clippy::print_stdout, reason = "a program tells what it did")]

use std::{
    error::Error,
    io::{BufRead, stdin},
    time::Instant,
};

use dlc::{
    infer::{DeviceChoice, EstimatorOptions, InstructionSet, PoseEstimator, Precision},
    io::{
        Limits,
        project::{ModelRequest, Project},
        tensorflow, torch, video,
    },
    model::{Engine, Frame},
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, shuffle, clip, device, at_once, precision] = &arguments[..] else {
        return Err("frame_by_frame CONFIG SHUFFLE CLIP DEVICE FRAMES_AT_ONCE PRECISION".into());
    };
    let at_once: u8 = at_once.parse()?;
    let clip = frames(clip)?;
    let (before, start) = (memory("VmRSS")?, Instant::now());
    let mut estimator = load(config, shuffle.parse()?, device, precision.parse()?)?;
    let loaded = start.elapsed().as_secs_f64();
    println!(r#"{{"load_s": {loaded}, "before_mb": {before}}}"#);
    for line in stdin().lock().lines() {
        let index: usize = line?.trim().parse()?;
        let frame = clip.get(index).ok_or("the clip has fewer frames")?;
        let frames = vec![frame.clone(); at_once.into()];
        let start = Instant::now();
        let poses = estimator.estimate(&frames)?;
        let seconds = start.elapsed().as_secs_f64() / f64::from(at_once);
        let pose: Vec<[f64; 3]> = poses[0]
            .iter()
            .map(|keypoint| [keypoint.x, keypoint.y, keypoint.likelihood])
            .collect();
        println!(r#"{{"seconds": {seconds}, "pose": {pose:?}}}"#);
    }
    println!(r#"{{"peak_mb": {}}}"#, memory("VmHWM")?);
    Ok(())
}

fn frames(clip: &str) -> Result<Vec<Frame<'static>>> {
    let mut video = video::open(clip)?;
    let mut frames = Vec::new();
    while let Some(frame) = video.next_frame()? {
        frames.push(frame);
    }
    Ok(frames)
}

fn load(config: &str, shuffle: u32, device: &str, precision: Precision) -> Result<PoseEstimator> {
    let model = Project::open(config)?.resolve(&ModelRequest::shuffle(shuffle))?;
    let limits = Limits::default();
    let weights = match model.engine {
        Engine::TensorFlow => tensorflow::read_checkpoint(&model.snapshot_path, &limits)?,
        Engine::PyTorch => torch::read_snapshot(&model.snapshot_path, &limits)?.weights,
    };
    let set = InstructionSet::ALL
        .into_iter()
        .find(|set| set.to_string() == device);
    let options = EstimatorOptions::default().with_precision(precision);
    let options = match set {
        Some(set) => options
            .with_device(DeviceChoice::Cpu)
            .with_instruction_set(set),
        None => options.with_device(device.parse()?),
    };
    Ok(PoseEstimator::load(&model.network, weights, &options)?)
}

/// Returns a figure of this process, in MB. Linux only.
fn memory(field: &str) -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kilobytes.ok_or("no such figure")?.parse::<f64>()? / 1024.0)
}
