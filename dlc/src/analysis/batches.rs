//! The way of a frame: a thread decodes, the caller's thread predicts, a bounded queue between.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use dlc_infer::{
    AnimalFollower, BatchStatistics, DynamicCropping, EstimatePoseError, PoseEstimator,
    SubmittedPoses,
};
use dlc_model::{Crop, Frame, FrameSource, Keypoint, PoseTable, ReadFrameError};

use crate::analysis::BatchSizeError;

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
    /// A batch would take too much memory.
    Batch(BatchSizeError),
    /// The poses would.
    Memory(PoseMemoryError),
    /// Whoever was told how far it has come wanted no more.
    Stopped,
}

/// An error returned when the poses in a video would take more memory than there is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{keypoints} keypoints in each of {frames} frames take more memory than there is")]
pub struct PoseMemoryError {
    keypoints: usize,
    frames: usize,
}

/// Estimates the pose in all frames of a source; tells `done` how many are behind it, which may stop
/// it.
///
/// At most two batches wait in the queue, whatever the length of the video. Memory for batches is
/// [bounded](Plan::bounded), and that for poses is asked for before the first frame. A frame that was not
/// decoded keeps its row, as missing.
pub(crate) fn run(
    mut source: Box<dyn FrameSource>,
    estimator: &mut PoseEstimator,
    plan: Plan,
    mut done: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<PoseTable, RunError> {
    let plan = plan.bounded().map_err(RunError::Batch)?;
    let poses = table(estimator, plan)?;
    let (sender, receiver) = sync_channel(plan.queued());
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
        predict(receiver, estimator, plan, poses, &mut done)
    })
}

/// Creates the table of the poses, with room for all of them.
fn table(estimator: &PoseEstimator, plan: Plan) -> Result<PoseTable, RunError> {
    let (bodyparts, num_outputs) = (estimator.bodyparts().clone(), plan.num_outputs.get());
    let too_many = RunError::Memory(PoseMemoryError {
        keypoints: bodyparts.len().saturating_mul(num_outputs),
        frames: plan.frame_count,
    });
    if bodyparts.len().checked_mul(num_outputs).is_none() {
        return Err(too_many);
    }
    let mut poses = PoseTable::with_outputs(bodyparts, num_outputs);
    match poses.try_reserve(plan.frame_count) {
        Ok(()) => Ok(poses),
        Err(_) => Err(too_many),
    }
}

fn predict(
    frames: Receiver<Result<Frame<'static>, ReadFrameError>>,
    estimator: &mut PoseEstimator,
    plan: Plan,
    poses: PoseTable,
    done: &mut impl FnMut(usize) -> ControlFlow<()>,
) -> Result<PoseTable, RunError> {
    let mut batch = Batch::new(plan);
    let mut flights = Flights {
        poses,
        in_flight: None,
        done,
    };
    for frame in frames {
        match frame {
            Ok(frame) => batch.push(frame),
            Err(error) => {
                flights.land()?;
                return Err(RunError::Read(error));
            }
        }
        if batch.is_full() {
            flights.follow(batch.submit(estimator))?;
        }
    }
    if !batch.is_empty() {
        flights.follow(batch.submit(estimator))?;
    }
    flights.land()?;
    flights.poses.extend_to(plan.frame_count);
    flights.tell()?;
    Ok(flights.poses)
}

/// The batches, at most one of which is with the device while the next one is put together.
struct Flights<'a, F> {
    poses: PoseTable,
    in_flight: Option<InFlight>,
    done: &'a mut F,
}

impl<F: FnMut(usize) -> ControlFlow<()>> Flights<'_, F> {
    /// Lands the batch before, now that the device has the next one.
    fn follow(&mut self, next: Result<InFlight, RunError>) -> Result<(), RunError> {
        // What is wrong with the batch before comes before what is wrong with the next one.
        self.land()?;
        let next = next?;
        let is_ready = next.poses.is_ready();
        self.in_flight = Some(next);
        if is_ready { self.land() } else { Ok(()) }
    }

    /// Waits for the batch that is with the device, if there is one.
    fn land(&mut self) -> Result<(), RunError> {
        let Some(in_flight) = self.in_flight.take() else {
            return Ok(());
        };
        in_flight.land(&mut self.poses)?;
        self.tell()
    }

    fn tell(&mut self) -> Result<(), RunError> {
        match (self.done)(self.poses.len()) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(RunError::Stopped),
        }
    }
}

/// A batch that is with the device.
struct InFlight {
    /// The index of each frame.
    frames: Vec<usize>,
    poses: SubmittedPoses,
    is_top_down: bool,
}

impl InFlight {
    /// Waits for the poses and gives each frame its own.
    fn land(self, poses: &mut PoseTable) -> Result<(), RunError> {
        let estimated = self.poses.wait().map_err(RunError::Estimate)?;
        for (frame, pose) in self.frames.into_iter().zip(&estimated) {
            if self.is_top_down && pose.iter().all(|keypoint| keypoint.is_missing()) {
                poses.set(frame, &vec![ABSENT; pose.len()]);
            } else {
                poses.set(frame, pose);
            }
        }
        Ok(())
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

    fn is_empty(&self) -> bool {
        self.new == 0
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

    /// Gives the new frames to the network.
    fn submit(&mut self, estimator: &mut PoseEstimator) -> Result<InFlight, RunError> {
        if self.plan.statistics == BatchStatistics::Frame {
            self.frames.truncate(self.new);
        }
        let submitted = match &mut self.follower {
            Some(follower) => follower
                .estimate(estimator, &self.frames[0])
                .map(|pose| vec![pose].into()),
            None => estimator.submit_several(&self.frames, self.plan.num_outputs),
        };
        let new = &self.frames[..self.new];
        let in_flight = InFlight {
            frames: new.iter().map(Frame::index).collect(),
            poses: submitted.map_err(RunError::Estimate)?,
            is_top_down: estimator.is_top_down(),
        };
        self.new = 0;
        Ok(in_flight)
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

#[cfg(test)]
mod tests {
    use std::{path::Path, slice};

    use dlc_infer::DeviceChoice;
    use dlc_io::video;
    use dlc_model::VideoInfo;

    use super::*;
    use crate::{AnalyzeOptions, Analyzer};

    /// Frames that were decoded before, or not.
    struct Clip {
        info: VideoInfo,
        frames: Vec<Result<Frame<'static>, ReadFrameError>>,
    }

    impl FrameSource for Clip {
        fn info(&self) -> VideoInfo {
            self.info
        }

        fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError> {
            match self.frames.is_empty() {
                true => Ok(None),
                false => self.frames.remove(0).map(Some),
            }
        }
    }

    fn estimators() -> Vec<PoseEstimator> {
        estimators_with(BatchStatistics::Frame)
    }

    /// The bundled model on the CPU, and on the adapter that `DLC_TEST_ADAPTER` names or the first.
    fn estimators_with(statistics: BatchStatistics) -> Vec<PoseEstimator> {
        let wanted = std::env::var("DLC_TEST_ADAPTER").ok();
        let first = || Some(dlc_infer::adapters().first()?.name.clone());
        let adapter = wanted.or_else(first).map(DeviceChoice::Adapter);
        if adapter.is_none() {
            testing::skip(testing::Need::Adapter, "tested on the CPU only");
        }
        let open = |device| {
            let mut options = AnalyzeOptions::default().with_device(device);
            options.estimator.statistics = statistics;
            let analyzer = Analyzer::open(bundled("config.yaml"), 1, 0, options).unwrap();
            analyzer.into_estimator()
        };
        let devices = [Some(DeviceChoice::Cpu), adapter].into_iter().flatten();
        devices.map(open).collect()
    }

    fn bundled(path: &str) -> std::path::PathBuf {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
        data.join(path)
    }

    /// Small parts of the first frames of the bundled clip.
    fn frames(count: usize) -> (VideoInfo, Vec<Frame<'static>>) {
        let mut source = video::open(bundled("videos/mouse.avi")).unwrap();
        let crop = Crop {
            x_min: 0,
            x_max: 96,
            y_min: 0,
            y_max: 64,
        };
        let info = VideoInfo {
            width: crop.width(),
            height: crop.height(),
            frame_count: count,
            ..source.info()
        };
        let next = |_| source.next_frame().unwrap().unwrap().crop(crop);
        (info, (0..count).map(next).collect())
    }

    fn plan(info: VideoInfo, frames_at_once: usize) -> Plan {
        Plan {
            frames_at_once,
            num_outputs: NonZeroUsize::MIN,
            statistics: BatchStatistics::Frame,
            crop: Crop::full(info.width, info.height),
            dynamic: None,
            frame_count: info.frame_count,
        }
    }

    /// Runs a clip in batches of three until `stop_at` frames are done; returns how many were done each
    /// time, too.
    fn run_until(
        stop_at: usize,
        estimator: &mut PoseEstimator,
        info: VideoInfo,
        frames: Vec<Result<Frame<'static>, ReadFrameError>>,
    ) -> (Result<PoseTable, RunError>, Vec<usize>) {
        let mut told = Vec::new();
        let clip = Box::new(Clip { info, frames });
        let poses = run(clip, estimator, plan(info, 3), |done| {
            told.push(done);
            match done < stop_at {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        (poses, told)
    }

    /// Runs a whole clip.
    fn run_all(
        estimator: &mut PoseEstimator,
        plan: Plan,
        info: VideoInfo,
        frames: &[Frame<'static>],
    ) -> PoseTable {
        let frames = frames.iter().cloned().map(Ok).collect();
        let clip = Box::new(Clip { info, frames });
        run(clip, estimator, plan, |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn batches_in_flight_on_any_device_are_those_that_were_waited_for() {
        let (info, frames) = frames(8);
        for mut estimator in estimators() {
            let on = estimator.device().to_owned();
            let clip = frames.iter().cloned().map(Ok).collect();
            let (poses, told) = run_until(usize::MAX, &mut estimator, info, clip);

            let poses = poses.unwrap();
            assert_eq!(told, [3, 6, 8, 8], "{on}");
            assert_eq!(poses.len(), 8);
            for batch in frames.chunks(3) {
                let waited = estimator.estimate(batch).unwrap();
                for (frame, pose) in batch.iter().zip(&waited) {
                    assert_eq!(poses.row(frame.index()), pose, "{on}");
                }
            }
            assert_ne!(poses.row(0), poses.row(7), "the mouse moves");
        }
    }

    #[test]
    fn batches_in_flight_on_any_device_share_statistics_with_frames_left_from_the_one_before() {
        let (info, frames) = frames(5);
        for mut estimator in estimators_with(BatchStatistics::Batch) {
            let run_plan = Plan {
                statistics: BatchStatistics::Batch,
                ..plan(info, 3)
            };
            let poses = run_all(&mut estimator, run_plan, info, &frames);
            let last = [3, 4, 2].map(|index| frames[index].clone());
            let waited = estimator.estimate(&last).unwrap();
            let alone = estimator.estimate(&last[..2]).unwrap();
            for (place, pose) in waited[..2].iter().enumerate() {
                assert_eq!(poses.row(3 + place), pose, "{}", estimator.device());
                assert_ne!(alone[place], *pose, "a third frame changes the statistics");
            }
        }
    }

    #[test]
    fn several_keypoints_of_batches_in_flight_on_any_device_are_those_that_were_waited_for() {
        let (info, frames) = frames(4);
        let two = NonZeroUsize::new(2).unwrap();
        for mut estimator in estimators() {
            let run_plan = Plan {
                num_outputs: two,
                ..plan(info, 2)
            };
            let poses = run_all(&mut estimator, run_plan, info, &frames);
            let waited = estimator.estimate_several(&frames[2..], two).unwrap();
            assert_eq!([poses.row(2), poses.row(3)], [&waited[0][..], &waited[1]]);
        }
    }

    #[test]
    fn a_frame_that_is_not_read_on_any_device_fails_after_the_batches_before_it() {
        let (info, frames) = frames(9);
        for mut estimator in estimators() {
            let mut clip: Vec<_> = frames.iter().cloned().map(Ok).collect();
            clip[4] = Err(ReadFrameError {
                index: 4,
                source: "a broken disk".into(),
            });
            let (failed, told) = run_until(usize::MAX, &mut estimator, info, clip);

            let Err(RunError::Read(error)) = failed else {
                panic!("a frame is not read");
            };
            assert_eq!((error.index, told), (4, vec![3]), "{}", estimator.device());
        }
    }

    #[test]
    fn a_batch_that_fails_on_any_device_fails_after_the_one_before_it() {
        let (info, frames) = frames(6);
        for mut estimator in estimators() {
            let waited = estimator.estimate(&frames[..3]).unwrap();
            let mut told = Vec::new();
            let mut done = |frames| {
                told.push(frames);
                ControlFlow::Continue(())
            };
            let mut flights = Flights {
                poses: PoseTable::new(estimator.bodyparts().clone()),
                in_flight: None,
                done: &mut done,
            };
            let mut batch = Batch::new(plan(info, 3));
            frames[..3]
                .iter()
                .for_each(|frame| batch.push(frame.clone()));
            flights.follow(batch.submit(&mut estimator)).unwrap();
            // A batch of two sizes: the crop of a run does not let them come so far.
            batch.frames = frames[3..].to_vec();
            batch.frames[1] = Frame::new(4, 32, 32, vec![0; 3 * 32 * 32]).unwrap();
            batch.new = 3;
            let failed = flights.follow(batch.submit(&mut estimator));

            let Err(RunError::Estimate(EstimatePoseError::Sizes { frame, .. })) = failed else {
                panic!("a frame has another size");
            };
            assert_eq!(frame, 4, "{}", estimator.device());
            let landed: Vec<_> = flights.poses.rows().map(<[_]>::to_vec).collect();
            assert_eq!(landed, waited, "{}", estimator.device());
            assert_eq!(told, [3]);
        }
    }

    #[test]
    fn whoever_stops_on_any_device_leaves_a_batch_in_flight_behind() {
        let (info, frames) = frames(9);
        for mut estimator in estimators() {
            let on = estimator.device().to_owned();
            let clip = frames.iter().cloned().map(Ok).collect();
            let (stopped, told) = run_until(3, &mut estimator, info, clip);

            assert!(matches!(stopped, Err(RunError::Stopped)), "{on}");
            assert_eq!(told, [3], "{on}");
            let clip = frames.iter().cloned().map(Ok).collect();
            let (again, _) = run_until(usize::MAX, &mut estimator, info, clip);
            let waited = estimator.estimate(&frames[..3]).unwrap();
            assert_eq!(again.unwrap().row(2), waited[2], "{on}");
        }
    }

    #[test]
    fn several_batches_in_flight_on_any_device_keep_their_order() {
        let (_, frames) = frames(4);
        for mut estimator in estimators() {
            let waited = estimator.estimate(&frames).unwrap();
            let alone = |frame| estimator.submit(slice::from_ref(frame)).unwrap();
            let submitted: Vec<_> = frames.iter().map(alone).collect();
            for (poses, waited) in submitted.into_iter().zip(&waited) {
                let poses = poses.wait().unwrap();
                for (a, b) in poses[0].iter().zip(waited) {
                    let near = |a: f64, b: f64| (a - b).abs() < 1e-2;
                    assert!(near(a.x, b.x) && near(a.y, b.y), "{a:?} and {b:?}");
                }
            }
        }
    }
}
