//! Batches that a device works on while the caller goes on.

use std::{
    fmt,
    num::NonZeroUsize,
    panic,
    thread::{self, JoinHandle},
};

use dlc_model::{Frame, Keypoint};

use crate::{EstimatePoseError, PoseEstimator, estimator::Poses, pending::Pending};

/// Poses of a batch that a device may still be working on.
///
/// Dropping it forgets the poses; the device finishes the batch nevertheless.
///
/// # Examples
///
/// While the device works on a batch, the next one is read, and waits behind it:
///
/// ```no_run
/// use dlc_infer::PoseEstimator;
/// # use dlc_infer::EstimatePoseError;
/// # use dlc_model::{Frame, Keypoint};
/// # fn store(_: Vec<Vec<Keypoint>>) {}
/// # fn example(
/// #     mut estimator: PoseEstimator,
/// #     batches: impl Iterator<Item = Vec<Frame<'static>>>,
/// # ) -> Result<(), EstimatePoseError> {
/// let mut earlier = None;
/// for frames in batches {
///     let submitted = estimator.submit(&frames)?;
///     if let Some(earlier) = earlier.replace(submitted) {
///         store(earlier.wait()?);
///     }
/// }
/// if let Some(last) = earlier {
///     store(last.wait()?);
/// }
/// # Ok(())
/// # }
/// ```
pub struct SubmittedPoses(State);

enum State {
    Ready(Vec<Vec<Keypoint>>),
    Reading(JoinHandle<Poses>),
}

impl SubmittedPoses {
    /// Has the poses read as soon as the device has them, and before it begins with anything new.
    ///
    /// `burn` asks a device for numbers when they are waited for, and answers come in the order of all
    /// that was asked: waited for later, the poses would come behind the next batch. So they are waited
    /// for at once, by a thread that ends with them.
    fn new(poses: Pending<Poses>) -> Result<Self, EstimatePoseError> {
        match poses {
            Pending::Ready(poses) => Ok(Self(State::Ready(poses?))),
            Pending::Later(wait) => {
                let thread = thread::Builder::new().name("dlc-infer poses".into());
                let reading = thread.spawn(wait);
                let reading = reading.map_err(|error| EstimatePoseError::Device(error.into()))?;
                Ok(Self(State::Reading(reading)))
            }
        }
    }

    /// Returns whether the poses are there, so that [`Self::wait`] does not wait.
    pub fn is_ready(&self) -> bool {
        match &self.0 {
            State::Ready(_) => true,
            State::Reading(reading) => reading.is_finished(),
        }
    }

    /// Returns the pose in each frame of the batch, as [`PoseEstimator::estimate`] does.
    ///
    /// # Errors
    ///
    /// Returns an error when the device failed.
    pub fn wait(self) -> Result<Vec<Vec<Keypoint>>, EstimatePoseError> {
        match self.0 {
            State::Ready(poses) => Ok(poses),
            State::Reading(reading) => match reading.join() {
                Ok(poses) => poses,
                Err(panicked) => panic::resume_unwind(panicked),
            },
        }
    }
}

/// Poses that are known.
impl From<Vec<Vec<Keypoint>>> for SubmittedPoses {
    fn from(poses: Vec<Vec<Keypoint>>) -> Self {
        Self(State::Ready(poses))
    }
}

impl fmt::Debug for SubmittedPoses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubmittedPoses")
            .field("is_ready", &self.is_ready())
            .finish_non_exhaustive()
    }
}

impl PoseEstimator {
    /// Hands a batch to the device and returns while it works, with what [`Self::estimate`] returns.
    ///
    /// The frames are not needed any more then. The CPU has nothing to hand on to: there, and where a
    /// box follows the animal from frame to frame, the poses are ready when this returns. Batches that
    /// are submitted one after the other are worked on in that order; each one keeps memory on the device
    /// for its frames, so that two at a time are enough.
    ///
    /// # Errors
    ///
    /// As [`Self::estimate`], but for a device that fails later: [`SubmittedPoses::wait`] tells.
    pub fn submit(&mut self, frames: &[Frame<'_>]) -> Result<SubmittedPoses, EstimatePoseError> {
        SubmittedPoses::new(self.begin(frames)?)
    }

    /// Does what [`Self::submit`] does, with several keypoints of each body part, as
    /// [`Self::estimate_several`].
    ///
    /// # Errors
    ///
    /// As [`Self::estimate_several`], some of them by [`SubmittedPoses::wait`].
    pub fn submit_several(
        &mut self,
        frames: &[Frame<'_>],
        num_outputs: NonZeroUsize,
    ) -> Result<SubmittedPoses, EstimatePoseError> {
        SubmittedPoses::new(self.begin_several(frames, num_outputs)?)
    }
}
