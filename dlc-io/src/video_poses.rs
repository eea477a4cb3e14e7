use std::path::{Path, PathBuf};

use dlc_model::FrameTimes;

use crate::{
    Predictions, ReadPosesError, h5,
    video::{self, OpenVideoError, VideoProbe},
};

/// Poses, and the video that they were estimated in.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::VideoPoses;
///
/// let read = VideoPoses::read("mouseDLC_….h5", "mouse.mp4", false)?;
///
/// let times = read.frame_times()?;
/// for (frame, row) in read.predictions.poses.rows().enumerate() {
///     println!("{:.3} s: {:?}", times.time_s(frame), row[0]);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoPoses {
    /// The poses.
    pub predictions: Predictions,
    /// The video.
    pub video: VideoProbe,
    path: PathBuf,
}

impl VideoPoses {
    /// Reads the poses of one animal, and finds out what the video is.
    ///
    /// # Errors
    ///
    /// Returns an error when a file cannot be read, or when the video has more or fewer frames than
    /// there are rows of poses, unless `allow_unequal_counts`.
    pub fn read(
        h5: impl AsRef<Path>,
        video: impl AsRef<Path>,
        allow_unequal_counts: bool,
    ) -> Result<Self, ReadVideoPosesError> {
        let (h5, path) = (h5.as_ref(), video.as_ref());
        let predictions = h5::read(h5)?;
        let video = video::probe(path)?;
        if !allow_unequal_counts {
            check_counts(h5, predictions.poses.len(), path, video.info.frame_count)?;
        }
        Ok(Self {
            predictions,
            video,
            path: path.into(),
        })
    }

    /// Returns when the frame of each row is shown. Rows without a frame go on at the usual
    /// distance.
    ///
    /// # Errors
    ///
    /// Returns an error for a folder of pictures, which have no times.
    pub fn frame_times(&self) -> Result<FrameTimes, NoFrameTimesError> {
        let times = self.video.frame_times().ok_or_else(|| NoFrameTimesError {
            path: self.path.clone(),
        })?;
        Ok(times.with_frames(self.predictions.poses.len()))
    }
}

/// Compares the number of rows of poses with that of the frames of their video.
///
/// An analysis writes a row for each frame of the file, whether it can be decoded or not, and never the
/// number that the file's header gives.
///
/// # Errors
///
/// Returns an error that names both when they differ.
pub fn check_counts(
    poses: &Path,
    rows: usize,
    video: &Path,
    frames: usize,
) -> Result<(), UnequalCountsError> {
    match rows == frames {
        true => Ok(()),
        false => Err(UnequalCountsError {
            poses: poses.into(),
            rows,
            video: video.into(),
            frames,
        }),
    }
}

/// An error returned when poses have more or fewer rows than their video has frames.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{} has {rows} rows of poses and {} has {frames} frames: expected one row for each frame; \
     `allow_unequal_counts` goes on",
    poses.display(), video.display()
)]
pub struct UnequalCountsError {
    poses: PathBuf,
    rows: usize,
    video: PathBuf,
    frames: usize,
}

impl UnequalCountsError {
    /// Returns the number of rows of poses.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of frames in the video.
    pub const fn frames(&self) -> usize {
        self.frames
    }
}

/// An error returned when a video has no times: it is a folder of pictures.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{} holds no times of its frames: give their times or a rate", path.display())]
pub struct NoFrameTimesError {
    path: PathBuf,
}

/// An error returned when poses and their video cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadVideoPosesError {
    /// The poses cannot be read.
    #[error(transparent)]
    Poses(#[from] ReadPosesError),
    /// The video cannot be opened.
    #[error(transparent)]
    Video(#[from] OpenVideoError),
    /// There is not one row for each frame.
    #[error(transparent)]
    Counts(#[from] UnequalCountsError),
}
