//! Live use: one frame in, one pose out, as [DeepLabCut-live] does.
//!
//! [`LiveEstimator`] takes pictures as cameras give them, crops and scales them, estimates the pose
//! and hands it to a [`Processor`], which may turn it into another, e.g., the one of the moment when
//! a shutter or a laser can react ([`KalmanPredictor`]). No file is touched and no thread is started.
//!
//! [`LiveRunner`] is for programs that want a thread of its own for that: a bounded queue before it
//! either keeps the newest frames or makes the camera wait.
//!
//! Checked against DeepLabCut-live 1.1.0. Wanted differences are marked where they are.
//!
//! [DeepLabCut-live]: https://github.com/DeepLabCut/DeepLabCut-live
//!
//! # Examples
//!
//! ```no_run
//! use std::time::Instant;
//!
//! use dlc_infer::{
//!     DynamicCropping, PoseEstimator,
//!     live::{CameraFrame, KalmanPredictor, LiveEstimator, LiveOptions, PixelFormat},
//! };
//! # fn example(estimator: PoseEstimator, grab: impl Fn() -> Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//! let options = LiveOptions::default().with_dynamic(DynamicCropping::default());
//! let mut live = LiveEstimator::new(estimator, options)?
//!     .with_processor(KalmanPredictor::default());
//!
//! loop {
//!     let pixels = grab();
//!     let captured = Instant::now();
//!     let frame = CameraFrame::new(640, 480, PixelFormat::Bgr, pixels)?;
//!     let pose = live.estimate(&frame, captured)?;
//!     println!("{:?} after {:?}", pose.keypoints[0], pose.latency());
//! }
//! # }
//! ```

mod camera_frame;
mod estimator;
mod kalman;
mod processor;
mod queue;
mod runner;

pub use self::{
    camera_frame::{CameraFrame, CameraFrameError, PixelFormat},
    estimator::{EstimateLiveError, LiveEstimator, LiveOptions, LivePose},
    kalman::{KalmanOptions, KalmanPredictor},
    processor::{FrameTime, Processor},
    queue::WhenFull,
    runner::{LiveRunner, RunnerOptions, RunnerPose, RunnerStopped},
};
