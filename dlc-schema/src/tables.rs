//! The tables of the pipeline, as data: what [`Row::check`](crate::Row::check) and every store obey.

mod administrator;
mod apparatus;
mod file;
mod identity;
mod jobs;
mod method;
mod model;
mod prediction;
mod recording;
mod tracking;
mod tracking_raw;
mod video_start;

pub use self::{
    administrator::ADMINISTRATORS,
    apparatus::{APPARATUS, APPARATUS_GEOMETRY, RECORDING_APPARATUS},
    file::{DATASET, DATASET_TYPE, FILE_TYPE, PHYSICAL_FILE, REPOSITORY},
    identity::DLC_MODEL_IDENTITY,
    jobs::{DLC_JOBS, DLC_WORKER_MODELS, DLC_WORKERS, JOBS},
    method::{DLC_PROCESSING_METHOD, DLC_TRACKING_PROCESSING_METHOD, RECORDING_DLC},
    model::{DLC_MODEL, DLC_MODEL_PATH, DLC_TRACKING_TYPE, TRACKED_BODY_PART},
    prediction::DLC_PREDICTION,
    recording::{EXPERIMENT_TYPE, RECORDING, RECORDING_DATA, SESSION},
    tracking::{TRACKING, TRACKING_DLC_PART, TRACKING_OPEN_FIELD, TRACKING_PARAMS},
    tracking_raw::{TRACKING_RAW, TRACKING_RAW_DLC_PART, TRACKING_RAW_OPEN_FIELD},
    video_start::DLC_VIDEO_STARTS,
};
use crate::table::Table;

/// All tables, each after those that it refers to.
pub static TABLES: &[&Table] = &[
    &REPOSITORY,
    &FILE_TYPE,
    &DATASET_TYPE,
    &DATASET,
    &PHYSICAL_FILE,
    &EXPERIMENT_TYPE,
    &SESSION,
    &RECORDING,
    &RECORDING_DATA,
    &APPARATUS,
    &APPARATUS_GEOMETRY,
    &RECORDING_APPARATUS,
    &DLC_TRACKING_TYPE,
    &TRACKED_BODY_PART,
    &DLC_MODEL,
    &DLC_MODEL_PATH,
    &DLC_TRACKING_PROCESSING_METHOD,
    &DLC_PROCESSING_METHOD,
    &RECORDING_DLC,
    &DLC_PREDICTION,
    &TRACKING_RAW,
    &TRACKING_RAW_DLC_PART,
    &TRACKING_RAW_OPEN_FIELD,
    &TRACKING_PARAMS,
    &TRACKING,
    &TRACKING_OPEN_FIELD,
    &TRACKING_DLC_PART,
    &JOBS,
    &DLC_JOBS,
    &DLC_WORKERS,
    &DLC_WORKER_MODELS,
    &ADMINISTRATORS,
    &DLC_MODEL_IDENTITY,
    &DLC_VIDEO_STARTS,
];

/// Rows of the tables as values.
pub(crate) mod rows {
    pub use super::{
        administrator::Administrator,
        apparatus::{Apparatus, ApparatusGeometry, ArenaGeometry, RecordingApparatus},
        file::{Dataset, DatasetType, FileType, PhysicalFile, Repository, RepositoryType},
        identity::DlcModelIdentity,
        method::{DlcProcessingMethod, DlcTrackingProcessingMethod, RecordingDlc},
        model::{DlcModel, DlcModelPath, DlcTrackingType, TrackedBodyPart},
        prediction::DlcPrediction,
        recording::{ExperimentType, Recording, RecordingData, RecordingKey, Session},
        tracking::{
            TrackingDlcPart, TrackingKey, TrackingOpenField, TrackingParamsRow, TrackingRow,
        },
        tracking_raw::{TrackingRawDlcPart, TrackingRawOpenField, TrackingRawRow},
        video_start::VideoStart,
    };
}
