use std::path::PathBuf;

use dlc_io::session::SessionError;
use dlc_schema::{AllowMethodError, MakeError, Row, StoreError, name::NameError};
use dlc_tracking::{BindPipelineError, time::TimelineError};

/// An error returned when a session folder could not be taken into a store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestSessionError {
    /// The recording has no model and no method.
    #[error("the recording ({0}) is not mapped to a model and a method")]
    NotMapped(Row),
    /// The folder cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Others would not find a file.
    #[error("{} is in no repository", .0.display())]
    NoRepository(PathBuf),
    /// A kind of files is too long for its table.
    #[error(transparent)]
    Name(#[from] NameError),
    /// Tracking cannot be made of it.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when the predictions of a session do not become tracking.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The dataset has no predictions.
    #[error("the dataset has no .h5 file")]
    NoPredictions,
    /// The folder cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The folder holds other predictions of the model than those that are registered.
    #[error(
        "{} has the predictions {found}; registered are {registered}",
        folder.display()
    )]
    Files {
        /// The folder.
        folder: PathBuf,
        /// The names of the files that are registered.
        registered: String,
        /// The names of the files that are there.
        found: String,
    },
    /// It is not known when a video began, or its frame rate.
    #[error("the {what} of video {video} is not known")]
    NoTime {
        /// The stem of the video.
        video: String,
        /// What is missing.
        what: &'static str,
    },
    /// Times of the videos contradict each other.
    #[error(transparent)]
    Timeline(#[from] TimelineError),
    /// Neither the registration nor the scorer tells how long the snapshot was trained.
    #[error(
        "scorer {0:?} does not end in how long its snapshot was trained, and that is not registered"
    )]
    Scorer(String),
    /// A body part is too long for its table.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The parameters of the method cannot be read.
    #[error(transparent)]
    Method(#[from] Box<AllowMethodError>),
    /// The method does not fit the body parts.
    #[error(transparent)]
    Bind(#[from] BindPipelineError),
}
