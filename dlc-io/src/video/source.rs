use dlc_model::FrameSource;

use super::VideoProbe;

/// A video that can be entered in the middle and tells what it is.
pub(super) trait Source: FrameSource {
    /// Makes a frame, or one before it, the next one that is decoded. Called before the first one is.
    fn start_at(&mut self, index: usize);

    /// Returns what is known of the video before its frames are decoded.
    fn probe(&self) -> VideoProbe;
}
