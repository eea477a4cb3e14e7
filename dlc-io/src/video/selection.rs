use dlc_model::{Crop, CropError, Frame, FrameSource, ReadFrameError, VideoInfo};

use super::source::Source;

/// Which frames of a video are wanted, and which part of them.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::video::{self, FrameSelection};
///
/// // Every tenth frame from the thousandth on, which is not decoded up to.
/// let selection = FrameSelection::default().with_start(1000).with_stride(10);
/// let mut frames = video::open_selection("mouse.mp4", selection)?;
///
/// assert_eq!(frames.next_frame()?.map(|frame| frame.index()), Some(1000));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct FrameSelection {
    /// The first frame.
    pub start: usize,
    /// The frame after the last, or `None` for all up to the end.
    pub stop: Option<usize>,
    /// Of how many frames the first is wanted, at least 1.
    pub stride: usize,
    /// The part of the frames, or `None` for all of it.
    pub crop: Option<Crop>,
}

impl Default for FrameSelection {
    /// All of every frame.
    fn default() -> Self {
        Self {
            start: 0,
            stop: None,
            stride: 1,
            crop: None,
        }
    }
}

impl FrameSelection {
    /// Sets the first frame.
    #[must_use]
    pub const fn with_start(mut self, frame: usize) -> Self {
        self.start = frame;
        self
    }

    /// Sets the frame after the last.
    #[must_use]
    pub const fn with_stop(mut self, frame: usize) -> Self {
        self.stop = Some(frame);
        self
    }

    /// Sets of how many frames the first is wanted; 0 counts as 1.
    #[must_use]
    pub const fn with_stride(mut self, frames: usize) -> Self {
        self.stride = frames;
        self
    }

    /// Sets the part of the frames.
    #[must_use]
    pub const fn with_crop(mut self, crop: Crop) -> Self {
        self.crop = Some(crop);
        self
    }

    fn has(&self, index: usize) -> bool {
        let place = index.checked_sub(self.start);
        place.is_some_and(|place| place.is_multiple_of(self.stride.max(1)))
    }
}

/// The selected frames of a video.
pub(super) struct Selected {
    source: Box<dyn Source>,
    selection: FrameSelection,
    info: VideoInfo,
}

impl Selected {
    pub(super) fn new(
        mut source: Box<dyn Source>,
        selection: FrameSelection,
    ) -> Result<Self, CropError> {
        let mut info = source.info();
        if let Some(crop) = selection.crop {
            crop.fit(info.width, info.height)?;
            (info.width, info.height) = (crop.width(), crop.height());
        }
        if selection.start > 0 {
            source.start_at(selection.start);
        }
        Ok(Self {
            source,
            selection,
            info,
        })
    }
}

impl FrameSource for Selected {
    fn info(&self) -> VideoInfo {
        self.info
    }

    fn next_frame(&mut self) -> Result<Option<Frame<'static>>, ReadFrameError> {
        while let Some(frame) = self.source.next_frame()? {
            if self
                .selection
                .stop
                .is_some_and(|stop| frame.index() >= stop)
            {
                return Ok(None);
            }
            if self.selection.has(frame.index()) {
                let crop = self.selection.crop;
                return Ok(Some(
                    crop.map_or_else(|| frame.clone(), |crop| frame.crop(crop)),
                ));
            }
        }
        Ok(None)
    }
}
