//! Joins analyses with the tables of a tracking pipeline ([`schema`](dlc_schema)): feature `pipeline`.
//!
//! | | |
//! |---|---|
//! | [`register_model`] | takes a project's model into the registry |
//! | [`predict_session`] | runs a registered model on a session's videos, without jobs |
//! | [`VideoPredictor`], [`TrackingRawMake`] | do a worker's jobs |
//! | [`ingest_session`] | takes a session folder `dlc_{basename}` into the tables |
//! | [`Repositories`], [`local_repository`], [`stored_videos`], [`stored_files`] | where files of the tables are on this machine |

mod ingest;
mod predict_session;
mod predictor;
mod register_model;
mod registered_model;
mod repositories;

pub use self::{
    ingest::{
        IngestError, IngestSessionError, IngestedSession, TrackingRawInput, TrackingRawMake,
        TrackingRawOutput, ingest_session,
    },
    predict_session::{
        PlanSessionError, PredictSessionError, PredictSessionOptions, PredictedSession,
        PredictedVideo, SessionPlan, StartSource, predict_session,
    },
    predictor::{PredictJobError, RefusedModel, VideoPredictor},
    register_model::{RegisterModelOptions, RegisterProjectError, register_model},
    registered_model::{OpenRegisteredModelError, RegisteredProject},
    repositories::{Repositories, StoredFilesError, local_repository, stored_files, stored_videos},
};
