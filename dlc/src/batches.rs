//! The way of a frame: a thread decodes, the caller's thread predicts, a bounded queue between.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use dlc_infer::{
    AnimalFollower, BatchStatistics, DynamicCropping, EstimatePoseError, PoseEstimator,
};
use dlc_model::{Crop, Frame, FrameSource, Keypoint, PoseTable, ReadFrameError};

/// How frames are put together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) frames_at_once: usize,
    /// Keypoints of each body part; one where an animal is followed.
    pub(crate) num_outputs: NonZeroUsize,
    pub(crate) statistics: BatchStatistics,
    /// The part of each frame that the network sees.
    pub(crate) crop: Crop,
    /// Whether the network sees even less: the part where the animal was. Then a batch is a frame.
    pub(crate) dynamic: Option<DynamicCropping>,
    /// Frames in the video.
    pub(crate) frame_count: usize,
}

/// What DeepLabCut writes of an animal that a detector did not find.
const ABSENT: Keypoint = Keypoint::new(-1.0, -1.0, -1.0);

/// Returns whether a detector found no animal in a frame.
pub(crate) fn is_absent(pose: &[Keypoint]) -> bool {
    pose.iter().all(|keypoint| *keypoint == ABSENT)
}

/// Why the frames of a video did not become poses.
#[derive(Debug)]
pub(crate) enum RunError {
    Read(ReadFrameError),
    Estimate(EstimatePoseError),
    /// Whoever was told how far it has come wanted no more.
    Stopped,
}

/// Estimates the pose in all frames of a source; tells `done` how many are behind it, which may stop
/// it.
///
/// At most two batches wait in the queue, whatever the length of the video. A frame that was not
/// decoded keeps its row, as missing.
pub(crate) fn run(
    mut source: Box<dyn FrameSource>,
    estimator: &mut PoseEstimator,
    plan: Plan,
    mut done: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<PoseTable, RunError> {
    let (sender, receiver) = sync_channel(2 * plan.frames_at_once);
    thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let frame = source.next_frame().transpose();
                let last = !matches!(frame, Some(Ok(_)));
                // The receiver is gone when predicting has failed: then there is nothing to do.
                if frame.is_some_and(|frame| sender.send(frame).is_err()) || last {
                    break;
                }
            }
        });
        predict(receiver, estimator, plan, &mut done)
    })
}

fn predict(
    frames: Receiver<Result<Frame<'static>, ReadFrameError>>,
    estimator: &mut PoseEstimator,
    plan: Plan,
    done: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> Result<PoseTable, RunError> {
    let mut poses = PoseTable::with_outputs(estimator.bodyparts().clone(), plan.num_outputs.get());
    let mut batch = Batch::new(plan);
    for frame in frames {
        batch.push(frame.map_err(RunError::Read)?);
        if batch.is_full() {
            batch.flush(estimator, &mut poses)?;
            if done(poses.len()).is_break() {
                return Err(RunError::Stopped);
            }
        }
    }
    batch.flush(estimator, &mut poses)?;
    poses.extend_to(plan.frame_count);
    match done(poses.len()) {
        ControlFlow::Continue(()) => Ok(poses),
        ControlFlow::Break(()) => Err(RunError::Stopped),
    }
}

/// Frames on their way to the network.
struct Batch {
    plan: Plan,
    follower: Option<AnimalFollower>,
    /// New frames, then those that are left from the batch before.
    frames: Vec<Frame<'static>>,
    new: usize,
}

impl Batch {
    fn new(plan: Plan) -> Self {
        Self {
            plan,
            follower: plan.dynamic.map(AnimalFollower::new),
            frames: stale_frames(plan),
            new: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.new == self.plan.frames_at_once
    }

    fn push(&mut self, frame: Frame<'static>) {
        let crop = self.plan.crop;
        let frame = if crop == Crop::full(frame.width(), frame.height()) {
            frame
        } else {
            frame.crop(crop)
        };
        if self.new < self.frames.len() {
            self.frames[self.new] = frame;
        } else {
            self.frames.push(frame);
        }
        self.new += 1;
    }

    fn flush(
        &mut self,
        estimator: &mut PoseEstimator,
        poses: &mut PoseTable,
    ) -> Result<(), RunError> {
        if self.new == 0 {
            return Ok(());
        }
        if self.plan.statistics == BatchStatistics::Frame {
            self.frames.truncate(self.new);
        }
        let estimated = match &mut self.follower {
            Some(follower) => follower
                .estimate(estimator, &self.frames[0])
                .map(|pose| vec![pose]),
            None => estimator.estimate_several(&self.frames, self.plan.num_outputs),
        };
        let estimated = estimated.map_err(RunError::Estimate)?;
        for (frame, pose) in self.frames[..self.new].iter().zip(&estimated) {
            if estimator.is_top_down() && pose.iter().all(|keypoint| keypoint.is_missing()) {
                poses.set(frame.index(), &vec![ABSENT; pose.len()]);
            } else {
                poses.set(frame.index(), pose);
            }
        }
        self.new = 0;
        Ok(())
    }
}

/// The frames that stand in for new ones in a batch that is not full.
///
/// DeepLabCut's TensorFlow engine always runs whole batches: the last one carries frames of the
/// one before, and they enter the statistics. In a video shorter than one batch it would be
/// memory that was never written; here it is black.
fn stale_frames(plan: Plan) -> Vec<Frame<'static>> {
    if plan.statistics == BatchStatistics::Frame {
        return Vec::new();
    }
    let (width, height) = (plan.crop.width(), plan.crop.height());
    let black = Frame::new(0, width, height, vec![0; 3 * width * height])
        .expect("a crop that fits a frame has an area");
    vec![black; plan.frames_at_once]
}
