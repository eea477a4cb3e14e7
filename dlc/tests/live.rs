//! Live poses beside those of the real DeepLabCut-live (`fixtures/live/make.py`), and the runner.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{
    num::NonZeroUsize,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use dlc::{
    AnalyzeOptions, Analyzer,
    infer::{
        DeviceChoice, DynamicCropping,
        live::{
            CameraFrame, EstimateLiveError, FrameTime, LiveEstimator, LiveOptions, LiveRunner,
            PixelFormat, Processor, RunnerOptions, RunnerStopped, WhenFull,
        },
    },
    io::video,
    model::{Crop, Frame, Keypoint},
};

fn project() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield")
}

fn live(options: LiveOptions) -> LiveEstimator {
    let of_analysis = AnalyzeOptions::default().with_device(DeviceChoice::Cpu);
    let analyzer = Analyzer::open(project(), 1, 0, of_analysis).unwrap();
    LiveEstimator::new(analyzer.into_estimator(), options).unwrap()
}

fn frames(count: usize) -> Vec<Frame<'static>> {
    let mut video = video::open(project().join("videos/mouse.avi")).unwrap();
    (0..count)
        .map(|_| video.next_frame().unwrap().unwrap())
        .collect()
}

/// A frame as OpenCV gives it.
fn bgr(frame: &Frame<'_>) -> CameraFrame<'static> {
    let pixels = frame.pixels().chunks_exact(3);
    let pixels: Vec<u8> = pixels.flat_map(|rgb| [rgb[2], rgb[1], rgb[0]]).collect();
    CameraFrame::new(frame.width(), frame.height(), PixelFormat::Bgr, pixels).unwrap()
}

fn options(case: &str) -> LiveOptions {
    let crop = Crop {
        x_min: 20,
        x_max: 300,
        y_min: 10,
        y_max: 220,
    };
    let dynamic = |threshold, margin| DynamicCropping { threshold, margin };
    let options = LiveOptions::default();
    match case {
        "plain" => options,
        "cropped" => options.with_crop(crop),
        "dynamic" => options.with_dynamic(dynamic(0.5, 20)),
        "scaled" => options.with_resize(0.75),
        "dynamic and scaled" => options.with_dynamic(dynamic(0.9, 15)).with_resize(1.5),
        other => panic!("{other} is no case of make.py"),
    }
}

#[test]
fn poses_are_those_of_deeplabcut_live() {
    let fixture = include_str!("fixtures/live/poses.csv");
    let mut cases = 0;
    for case in fixture.split("case,").skip(1) {
        let mut lines = case.lines();
        let name = lines.next().unwrap();
        let mut live = live(options(name));
        let expected: Vec<Vec<f64>> = lines
            .map(|line| line.split(',').map(|n| n.parse().unwrap()).collect())
            .collect();
        let (mut px, mut likelihood) = (0.0_f64, 0.0_f64);
        for (frame, expected) in frames(expected.len()).iter().zip(&expected) {
            let pose = live.estimate(&bgr(frame), Instant::now()).unwrap();
            for (found, n) in pose.keypoints.iter().zip(expected.chunks_exact(3)) {
                px = px.max((found.x - n[0]).hypot(found.y - n[1]));
                likelihood = likelihood.max((found.likelihood - n[2]).abs());
            }
        }
        println!(
            "{name}: {} frames, {px:.6} px, likelihood {likelihood:.6}",
            expected.len()
        );
        assert_eq!(expected.len(), 40);
        assert!(
            px < 0.02 && likelihood < 0.001,
            "{name}: {px} px, {likelihood}"
        );
        cases += 1;
    }
    assert_eq!(cases, 5);
}

#[test]
fn a_crop_outside_of_the_picture_is_an_error_and_the_next_picture_is_estimated() {
    let crop = Crop {
        x_min: 0,
        x_max: 320,
        y_min: 0,
        y_max: 240,
    };
    let mut live = live(LiveOptions::default().with_crop(crop));
    let small = CameraFrame::new(8, 8, PixelFormat::Grey, vec![0; 64]).unwrap();

    let error = live.estimate(&small, Instant::now()).unwrap_err();
    assert!(matches!(error, EstimateLiveError::Crop(_)));
    assert!(live.estimate(&bgr(&frames(1)[0]), Instant::now()).is_ok());
}

#[test]
fn a_scale_must_be_one() {
    for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let analyzer = Analyzer::open(project(), 1, 0, AnalyzeOptions::default()).unwrap();
        let options = LiveOptions::default().with_resize(factor);
        assert!(LiveEstimator::new(analyzer.into_estimator(), options).is_err());
    }
}

/// Moves poses to the right and writes how many there were.
#[derive(Default)]
struct Mover {
    seen: usize,
}

impl Processor for Mover {
    fn process(&mut self, mut pose: Vec<Keypoint>, time: FrameTime) -> Vec<Keypoint> {
        assert!(time.latency() >= Duration::from_secs(1));
        self.seen += 1;
        pose.iter_mut().for_each(|keypoint| keypoint.x += 1000.0);
        pose
    }

    fn save(&mut self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        write!(out, "{}", self.seen)
    }
}

#[test]
fn a_processor_has_the_last_word() {
    let frame = bgr(&frames(1)[0]);
    let captured = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
    let plain = live(LiveOptions::default())
        .estimate(&frame, captured)
        .unwrap();
    let mut live = live(LiveOptions::default()).with_processor(Mover::default());

    let moved = live.estimate(&frame, captured).unwrap();

    assert_eq!(moved.keypoints[0].x, plain.keypoints[0].x + 1000.0);
    assert!(moved.latency() >= Duration::from_secs(1));
    let mut saved = Vec::new();
    live.save(&mut saved).unwrap();
    assert_eq!(saved, b"1");
}

#[test]
fn a_runner_that_waits_loses_no_frame() {
    let (sender, poses) = mpsc::channel();
    let options = RunnerOptions::default().with_when_full(WhenFull::Wait);
    let runner = LiveRunner::start(live(LiveOptions::default()), options, move |index, pose| {
        sender.send((index, pose.unwrap().keypoints)).unwrap();
    })
    .unwrap();
    let frames = frames(12);
    for (index, frame) in (0..).zip(&frames) {
        runner.push(index, bgr(frame), Instant::now()).unwrap();
    }

    let (mut live, dropped) = runner.finish().unwrap();

    let poses: Vec<_> = poses.into_iter().collect();
    assert_eq!((poses.len(), dropped), (12, 0));
    for ((index, keypoints), (place, frame)) in poses.into_iter().zip((0..).zip(&frames)) {
        assert_eq!(index, place);
        let alone = live.estimate(&bgr(frame), Instant::now()).unwrap();
        assert_eq!(keypoints, alone.keypoints);
    }
}

#[test]
fn a_runner_that_is_too_slow_takes_the_newest_frames() {
    let held = Arc::new(AtomicBool::new(true));
    let (seen, holding) = (Arc::new(Mutex::new(Vec::new())), Arc::clone(&held));
    let indices = Arc::clone(&seen);
    let options = RunnerOptions::default().with_capacity(NonZeroUsize::new(2).unwrap());
    let runner = LiveRunner::start(live(LiveOptions::default()), options, move |index, _| {
        indices.lock().unwrap().push(index);
        while holding.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
    })
    .unwrap();
    let frame = bgr(&frames(1)[0]);
    runner.push(0, frame.clone(), Instant::now()).unwrap();
    while seen.lock().unwrap().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    for index in 1..=9 {
        runner.push(index, frame.clone(), Instant::now()).unwrap();
    }
    assert_eq!(runner.dropped(), 7);
    held.store(false, Ordering::Release);

    let (_, dropped) = runner.finish().unwrap();

    assert_eq!(*seen.lock().unwrap(), [0, 8, 9]);
    assert_eq!(dropped, 7);
}

#[test]
fn a_runner_whose_function_panics_says_so() {
    let options = RunnerOptions::default().with_when_full(WhenFull::Wait);
    let runner = LiveRunner::start(live(LiveOptions::default()), options, |_, _| {
        panic!("this test wants it");
    })
    .unwrap();
    let frame = bgr(&frames(1)[0]);
    let pushed = (0..10).try_for_each(|index| runner.push(index, frame.clone(), Instant::now()));

    assert_eq!(pushed, Err(RunnerStopped));
    assert_eq!(runner.finish().unwrap_err(), RunnerStopped);
}
