use std::{
    io,
    path::{Path, PathBuf},
};

use dlc_model::Timestamp;

use super::LeftOut;
use crate::{ReadPosesError, metadata::MetadataError};

/// An error returned when a session folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("session in {}", path.display())]
pub struct SessionError {
    path: PathBuf,
    #[source]
    kind: SessionErrorKind,
}

impl SessionError {
    pub(super) fn new(path: &Path, kind: SessionErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &SessionErrorKind {
        &self.kind
    }

    /// Returns the reason, without a copy.
    pub fn into_kind(self) -> SessionErrorKind {
        self.kind
    }
}

/// Why a session folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionErrorKind {
    /// The folder cannot be listed.
    #[error("the folder cannot be read")]
    Io(#[source] io::Error),
    /// The name of the folder is another.
    #[error("the folder is named {found:?}: expected `dlc_` and the base name of the recording")]
    FolderName {
        /// The name.
        found: String,
    },
    /// There is no `.h5` with predictions of the version asked for.
    #[error("no `.h5` with {version} predictions{}", and_left_out(left_out))]
    NoPredictions {
        /// `raw` or `filtered`.
        version: &'static str,
        /// The `.h5` that are there and are not read.
        left_out: Vec<LeftOut>,
    },
    /// A video has several files with predictions of the version asked for.
    #[error("several files with {version} predictions of {stem:?}: {}", files.join(", "))]
    SeveralFiles {
        /// The stem of the video.
        stem: String,
        /// `raw` or `filtered`.
        version: &'static str,
        /// The names of the files.
        files: Vec<String>,
    },
    /// There are predictions of several networks.
    #[error("several scorers: {}: choose one", scorers.join(", "))]
    Scorers {
        /// The scorer names, sorted.
        scorers: Vec<String>,
    },
    /// Some videos have only filtered predictions, others only raw ones.
    #[error("no {version} predictions of {}, though of other videos", stems.join(", "))]
    Mixed {
        /// `raw` or `filtered`.
        version: &'static str,
        /// The stems of the videos without.
        stems: Vec<String>,
    },
    /// A file has another scorer inside than in its name.
    #[error("{file} has predictions of {found}: expected {expected}")]
    Scorer {
        /// The name of the file.
        file: String,
        /// The scorer of the name.
        expected: String,
        /// The scorer inside.
        found: String,
    },
    /// A video has other body parts than the first one.
    #[error("{file} has the body parts {found:?}: expected {expected:?}, as the first file")]
    Bodyparts {
        /// The name of the file.
        file: String,
        /// The body parts of the first file.
        expected: Vec<String>,
        /// The body parts of this file.
        found: Vec<String>,
    },
    /// The metadata of a video tell of another number of frames.
    #[error(
        "{file} has {found} rows of poses and {metadata} tells of {expected} frames: expected one row \
         for each frame; `allow_unequal_counts` goes on"
    )]
    FrameCount {
        /// The name of the file with the predictions.
        file: String,
        /// The name of the file with the metadata.
        metadata: String,
        /// The number of frames in the metadata.
        expected: usize,
        /// The number of rows.
        found: usize,
    },
    /// Two files disagree on when a video began.
    #[error("{stem:?} began at {first}, or at {second}: its files disagree")]
    Starts {
        /// The stem of the video.
        stem: String,
        /// The moment in one file.
        first: Timestamp,
        /// The moment in the other.
        second: Timestamp,
    },
    /// A video began before the one that comes before it.
    #[error("{stem:?} began at {start}, before {previous}, where the video before it began")]
    Order {
        /// The stem of the video.
        stem: String,
        /// When it began.
        start: Timestamp,
        /// When the one before it began.
        previous: Timestamp,
    },
    /// Frames per second are not above zero.
    #[error("{stem:?} has {fps} frames per second: expected more than 0")]
    Fps {
        /// The stem of the video.
        stem: String,
        /// The number.
        fps: f64,
    },
    /// The time of a frame is not finite, or earlier than that of the frame before.
    #[error(
        "frame {frame} of {stem:?} was taken {found} s after the first: expected 0 for the first, and \
         no less than the frame before for the others"
    )]
    FrameTime {
        /// The stem of the video.
        stem: String,
        /// The index of the frame.
        frame: usize,
        /// Its time, in s.
        found: f64,
    },
    /// A file with predictions cannot be read.
    #[error("a video cannot be read")]
    Poses(#[source] ReadPosesError),
    /// A file with metadata cannot be read.
    #[error("what is known of a video cannot be read")]
    Metadata(#[source] MetadataError),
}

/// Prints the first files that are left out.
fn and_left_out(left_out: &[LeftOut]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> = left_out.iter().take(MOST).map(LeftOut::to_string).collect();
    match left_out.len() {
        0 => String::new(),
        count if count > MOST => {
            format!("; left out: {} and {} more", shown.join(", "), count - MOST)
        }
        _ => format!("; left out: {}", shown.join(", ")),
    }
}
