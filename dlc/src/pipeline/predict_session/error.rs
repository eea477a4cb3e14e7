use std::{io, path::PathBuf};

use dlc_io::{
    atomic::WriteFileError, metadata::MetadataError, scanimage::ReadScanImageError,
    video::OpenVideoError,
};
use dlc_model::Timestamp;
use dlc_schema::{FindModelError, StoreError};

use crate::{
    analysis::{AnalyzeVideoError, SameResultsError},
    pipeline::OpenRegisteredModelError,
};

/// An error returned when a session could not be predicted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictSessionError {
    /// The text does not stand for one model.
    #[error(transparent)]
    Find(#[from] FindModelError),
    /// The model cannot be used here.
    #[error(transparent)]
    Model(#[from] OpenRegisteredModelError),
    /// It is not known where results go, or when videos began.
    #[error(transparent)]
    Plan(#[from] PlanSessionError),
    /// Results of a video say that it began at another moment.
    #[error(
        "{} began at {recorded}, as its results say: expected {given}; `replace_starts` takes the new one",
        video.display()
    )]
    OtherStart {
        /// The video.
        video: PathBuf,
        /// The moment in its results.
        recorded: Timestamp,
        /// The moment that was given.
        given: Timestamp,
    },
    /// A video cannot be analysed.
    #[error(transparent)]
    Analyze(#[from] AnalyzeVideoError),
    /// When frames were taken cannot be read from a video.
    #[error(transparent)]
    Video(#[from] OpenVideoError),
    /// `Start Timestamp` cannot be written.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A file cannot be written.
    #[error(transparent)]
    Atomic(#[from] WriteFileError),
    /// A folder cannot be made, or the project's configuration cannot be read.
    #[error("{}", path.display())]
    Write {
        /// The file or the folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when it is not known where the results of a session go, or when its videos
/// began.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanSessionError {
    /// There is no video.
    #[error("there is no video")]
    NoVideo,
    /// Two videos would have the same results.
    #[error(transparent)]
    SameResults(#[from] SameResultsError),
    /// Neither picture files nor the caller name the session.
    #[error("the session has no name: there are no picture files, and no basename is given")]
    NoBasename,
    /// The name of a file, which the session's files hold as text, is not Unicode.
    #[error("the names of a session's files must be Unicode, found {0:?}")]
    NotUnicode(PathBuf),
    /// The name is none.
    #[error("{0:?} is no name of a folder")]
    Basename(String),
    /// Picture files are of different sessions.
    #[error("{} and {} are of different sessions", tifs[0].display(), tifs[1].display())]
    Basenames {
        /// Two of them.
        tifs: [PathBuf; 2],
    },
    /// Not one moment for each video.
    #[error("{videos} videos and {starts} moments of their first frames")]
    Starts {
        /// The number of videos.
        videos: usize,
        /// The number of moments.
        starts: usize,
    },
    /// It cannot be told which picture file belongs to which video.
    #[error("{videos} videos and {tifs} picture files: tell when the videos began")]
    Tifs {
        /// The number of videos.
        videos: usize,
        /// The number of picture files.
        tifs: usize,
    },
    /// Picture files tell the time of a clock, not how far it is from UTC.
    #[error("how far the clock of the microscope was from UTC is not given")]
    NoUtcOffset,
    /// A picture file is not there.
    #[error("{}", path.display())]
    NoTif {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A picture file does not tell when it was recorded.
    #[error(transparent)]
    Tif(#[from] ReadScanImageError),
    /// A video cannot be opened.
    #[error(transparent)]
    Video(#[from] OpenVideoError),
    /// A video does not tell when it was made.
    #[error("{} does not tell when it was made: tell when it began", .0.display())]
    NoStart(PathBuf),
    /// A video begins before the one ahead of it, or with it.
    #[error(
        "{} begins at {}, not after {} ({})",
        videos[1].display(), starts[1], videos[0].display(), starts[0]
    )]
    Order {
        /// The videos.
        videos: [PathBuf; 2],
        /// When they begin.
        starts: [Timestamp; 2],
    },
}
