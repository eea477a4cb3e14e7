use std::fmt;

use dlc_model::Timestamp;

use crate::{
    MaybeTransient, Row, StoreError,
    name::{
        ApparatusName, DatasetName, DatasetTypeName, NameError, RecordingName, RepositoryName,
        SessionName,
    },
};

/// An error returned when a recording cannot be added.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddRecordingError {
    /// The recording has neither a name nor files that would make one.
    #[error("the recording has neither a name nor a dataset")]
    NoDataset,
    /// A dataset is empty.
    #[error("the dataset of the kind {0} has no files")]
    NoFile(DatasetTypeName),
    /// A dataset has more files than its table can number.
    #[error("a dataset has too many files")]
    TooManyFiles,
    /// A file is in a repository that nobody has registered.
    #[error("no repository has the name {repository}; registered: {}", list(known))]
    NoRepository {
        /// The repository.
        repository: RepositoryName,
        /// Those that are registered.
        known: Vec<RepositoryName>,
    },
    /// Nobody has registered the arena.
    #[error("no arena has the name {arena}; registered: {}", list(known))]
    NoArena {
        /// The arena.
        arena: ApparatusName,
        /// Those that are registered.
        known: Vec<String>,
    },
    /// The recording was made in another arena.
    #[error("the recording ({recording}) was made in {known}: expected {given}")]
    OtherArena {
        /// The recording.
        recording: Row,
        /// The arena that is stored.
        known: ApparatusName,
        /// The arena that was given.
        given: ApparatusName,
    },
    /// A dataset of that name has other files.
    #[error(
        "dataset {dataset} has the files {}: expected {}",
        list(known),
        list(given)
    )]
    OtherFiles {
        /// The dataset.
        dataset: DatasetName,
        /// The files that are stored.
        known: Vec<String>,
        /// The files that were given.
        given: Vec<String>,
    },
    /// The recording has another dataset of that kind.
    #[error(
        "recording {recording} has a dataset of the kind {dataset_type} with the files {}: expected {}; add \
         another recording for other files",
        list(known),
        list(given)
    )]
    OtherDataset {
        /// The recording.
        recording: RecordingName,
        /// The kind of the dataset.
        dataset_type: DatasetTypeName,
        /// The files that are stored.
        known: Vec<String>,
        /// The files that were given.
        given: Vec<String>,
    },
    /// The recording is at another place of its session.
    #[error("recording {recording} has place {known} in its session: expected {given}")]
    OtherOrder {
        /// The recording.
        recording: RecordingName,
        /// The place that is stored.
        known: i32,
        /// The place that was given.
        given: i32,
    },
    /// Another recording is at that place of the session.
    #[error("place {order} in session {session} is that of recording {by}")]
    PlaceTaken {
        /// The session.
        session: SessionName,
        /// The place.
        order: i32,
        /// The other recording.
        by: RecordingName,
    },
    /// It cannot be stored when its videos began.
    #[error(transparent)]
    Starts(#[from] SetVideoStartsError),
    /// A name is too long for its table.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The store cannot be used, or has something else under a name.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when a name does not stand for one recording.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindRecordingError {
    /// There is none.
    #[error("no recording has the name {0}")]
    NoRecording(RecordingName),
    /// There are several.
    #[error(
        "several recordings have the name {name}; name the session: {}",
        list(sessions)
    )]
    Several {
        /// The name.
        name: RecordingName,
        /// Their sessions.
        sessions: Vec<SessionName>,
    },
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An error returned when it cannot be stored when videos began.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetVideoStartsError {
    /// There is no such recording.
    #[error("there is no recording with {0}")]
    NoRecording(Row),
    /// The recording has nothing that could begin.
    #[error("the recording ({0}) has no dataset of videos")]
    NoVideos(Row),
    /// The recording has no such dataset of videos.
    #[error(
        "the recording has no dataset {dataset} of videos; it has: {}",
        list(known)
    )]
    NoDataset {
        /// The dataset.
        dataset: DatasetName,
        /// Its datasets of videos.
        known: Vec<DatasetName>,
    },
    /// The recording has several datasets of videos.
    #[error("the recording has several datasets of videos; name one of them: {}", list(.0))]
    SeveralDatasets(Vec<DatasetName>),
    /// Not one moment for each video.
    #[error("{videos} videos and {starts} moments of their first frames")]
    Count {
        /// The number of videos.
        videos: usize,
        /// The number of moments.
        starts: usize,
    },
    /// A video begins before the one ahead of it, or with it.
    #[error("{} begins at {}, not after {} ({})", files[1], starts[1], files[0], starts[0])]
    Order {
        /// The videos.
        files: [String; 2],
        /// When they begin.
        starts: [Timestamp; 2],
    },
    /// Another moment is stored.
    #[error(
        "{file} began at {known}, as is stored: expected {given}; `replace` stores the new one"
    )]
    Other {
        /// The video.
        file: String,
        /// The moment that is stored.
        known: Timestamp,
        /// The moment that was given.
        given: Timestamp,
    },
    /// There are results, which say when the videos began.
    #[error(
        "dataset {0} is predicted already, and its results say when it began: remove them first"
    )]
    Predicted(DatasetName),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn list(names: &[impl fmt::Display]) -> String {
    match names {
        [] => "none".into(),
        names => {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            names.join(", ")
        }
    }
}

impl MaybeTransient for AddRecordingError {
    fn is_conflict(&self) -> bool {
        match self {
            Self::Store(error) => error.is_conflict(),
            Self::Starts(error) => error.is_conflict(),
            _ => false,
        }
    }
}

impl MaybeTransient for SetVideoStartsError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}
