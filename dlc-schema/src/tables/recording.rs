//! Sessions, recordings and their datasets.

use super::DATASET;
use crate::table::{Attribute, AttributeType::*, Reference, Table, Tier};
use crate::{
    entity::columns,
    name::{DatasetName, ExperimentTypeName, RecordingName, SessionName},
};

/// `ExperimentType`: kinds of equipment.
pub static EXPERIMENT_TYPE: Table = Table {
    class: "ExperimentType",
    name: "#experiment_type",
    tier: Tier::Lookup,
    comment: "kinds of equipment",
    attributes: &[Attribute::new("experiment_type", Varchar(100))],
    key: &["experiment_type"],
    references: &[],
};

/// `Session`: sessions.
pub static SESSION: Table = Table {
    class: "Session",
    name: "session",
    tier: Tier::Manual,
    comment: "sessions",
    attributes: &[Attribute::new("session_name", Char(16))],
    key: &["session_name"],
    references: &[],
};

/// `Recording`: recordings of a session.
pub static RECORDING: Table = Table {
    class: "Recording",
    name: "recording",
    tier: Tier::Manual,
    comment: "recordings of a session",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("experiment_type", Varchar(100)),
    ],
    key: &["session_name", "recording_order", "recording_name"],
    references: &[Reference::to(&SESSION), Reference::to(&EXPERIMENT_TYPE)],
};

/// `Recording.Data`: the datasets of recordings.
pub static RECORDING_DATA: Table = Table {
    class: "Recording.Data",
    name: "recording__data",
    tier: Tier::Manual,
    comment: "the datasets of recordings",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
    ],
    references: &[Reference::to(&RECORDING), Reference::to(&DATASET)],
};

columns! {
    /// A session: a row of `Session`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Session in SESSION {
        /// Its name.
        name: SessionName = "session_name",
    }
}

columns! {
    /// What tells recordings apart.
    #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct RecordingKey {
        /// The session.
        session: SessionName = "session_name",
        /// The place in the session, from 0.
        recording_order: i32 = "recording_order",
        /// The name of the recording.
        recording: RecordingName = "recording_name",
    }
}

columns! {
    /// A recording: a row of `Recording`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct Recording in RECORDING {
        /// Its key.
        key: RecordingKey = (all),
        /// The kind of equipment.
        experiment_type: ExperimentTypeName = "experiment_type",
    }
}

columns! {
    /// A dataset of a recording: a row of `Recording.Data`, which is its own key.
    #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct RecordingData in RECORDING_DATA {
        /// The recording.
        recording: RecordingKey = (all),
        /// The dataset.
        dataset: DatasetName = "dataset_name",
    }
}

columns! {
    /// A kind of equipment: a row of `ExperimentType`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct ExperimentType in EXPERIMENT_TYPE {
        /// Its name.
        name: ExperimentTypeName = "experiment_type",
    }
}
