use std::{
    io,
    time::{Duration, Instant},
};

use dlc_model::Keypoint;

/// When a frame was seen and when its pose was known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FrameTime {
    /// When the camera captured the frame, as the caller says.
    pub captured: Instant,
    /// When the pose had been estimated.
    pub estimated: Instant,
}

impl FrameTime {
    /// Returns the time between capture and pose; zero if the clock of the caller is ahead.
    pub fn latency(self) -> Duration {
        self.estimated.saturating_duration_since(self.captured)
    }
}

/// What is done with each pose of a live estimation: DeepLabCut-live's `Processor`.
///
/// It may keep what it has seen, answer with another pose, or set off a device.
///
/// # Examples
///
/// A processor that opens a valve while the snout is in the left half:
///
/// ```
/// use dlc_infer::live::{FrameTime, Processor};
/// use dlc_model::Keypoint;
///
/// #[derive(Debug, Default)]
/// struct Valve {
///     is_open: bool,
/// }
///
/// impl Processor for Valve {
///     fn process(&mut self, pose: Vec<Keypoint>, _time: FrameTime) -> Vec<Keypoint> {
///         let snout = pose[0];
///         self.is_open = snout.likelihood > 0.6 && snout.x < 320.0;
///         pose
///     }
/// }
/// ```
pub trait Processor: Send {
    /// Returns the pose that is answered instead of `pose`, in px of the whole frame.
    ///
    /// Called once for each frame, in their order, on the thread that estimates: the time it takes
    /// adds to the latency.
    fn process(&mut self, pose: Vec<Keypoint>, time: FrameTime) -> Vec<Keypoint>;

    /// Writes what was gathered, e.g., the times at which a device was set off; nothing unless a
    /// processor says otherwise.
    ///
    /// # Errors
    ///
    /// Returns an error when `out` does.
    fn save(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        let _ = out;
        Ok(())
    }
}
