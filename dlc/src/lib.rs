//! DeepLabCut (DLC) without Python: runs a trained model on videos and writes DLC's own files.
//!
//! This crate joins the others: `dlc-io` reads a project, its weights and a video, `dlc-infer` runs
//! the network, `dlc-io` writes the result. Each is re-exported here under its short name.
//!
//! # Examples
//!
//! ```no_run
//! use dlc::AnalyzeOptions;
//!
//! let outcomes = dlc::analyze_videos(
//!     "openfield/config.yaml",
//!     ["videos/mouse.avi"],
//!     1, // shuffle
//!     0, // index into TrainingFraction
//!     AnalyzeOptions::default(),
//! )?;
//! for outcome in outcomes {
//!     println!("{}", outcome.result?.outputs.h5.display());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `mysql` | pipelines in MySQL and MariaDB, which DataJoint shares |
//! | `sqlite` | pipelines in one file |
//! | `wgpu` | GPUs through Vulkan, Metal and DX12 |
#![forbid(unsafe_code)]

mod analyze;
mod analyze_skeleton;
mod analyzed_model;
mod analyzer;
mod batch_size;
mod batches;
mod evaluation;
mod filter_predictions;
mod ingest;
mod labeled_video;
mod options;
mod outputs;
mod plot_trajectories;
mod predict_session;
mod predictor;
mod register_model;
mod registered_model;
mod report;
mod repositories;
mod result_differs;
mod results;
mod session_report;

pub use dlc_infer as infer;
pub use dlc_io as io;
pub use dlc_model as model;
pub use dlc_schema as schema;
pub use dlc_tracking as tracking;

pub use self::{
    analyze::{AnalyzeVideosError, ImagesError, VideoOutcome, analyze_images, analyze_videos},
    analyze_skeleton::{AnalyzeSkeletonError, Bone, SkeletonError, SkeletonPaths, bones},
    analyzed_model::AnalyzedModel,
    analyzer::{
        AnalyzeImagesError, AnalyzeVideoError, AnalyzeVideoErrorKind, Analyzer,
        EvaluateNetworkError, EvaluationReport, ImageReport, OpenAnalyzerError, evaluate_network,
    },
    batch_size::BatchSizeError,
    batches::PoseMemoryError,
    evaluation::EvaluationErrors,
    filter_predictions::{Filter, FilterError, FilterPredictionsError, FilteredPaths, MedianEdges},
    ingest::{
        IngestError, IngestSessionError, IngestedSession, TrackingRawInput, TrackingRawMake,
        TrackingRawOutput, ingest_session,
    },
    labeled_video::{CreateLabeledVideoError, LabeledVideo, LabeledVideoOptions},
    options::{AnalyzeOptions, OnProgress, Progress},
    outputs::{OutputPaths, SameResultsError, SameResultsKind, check_videos},
    plot_trajectories::{ImageType, PlotTrajectoriesError, PlotTrajectoriesOptions},
    predict_session::{
        PlanSessionError, PredictSessionError, PredictSessionOptions, PredictedSession,
        PredictedVideo, SessionPlan, StartSource, predict_session,
    },
    predictor::{PredictJobError, RefusedModel, VideoPredictor},
    register_model::{RegisterModelOptions, RegisterProjectError, register_model},
    registered_model::{OpenRegisteredModelError, RegisteredProject},
    report::{PoseWarning, VideoReport},
    repositories::{Repositories, StoredFilesError, stored_files, stored_videos},
    result_differs::ResultDiffersError,
    results::{FindResultsError, OpenResultsError, ReadResultsError, Results},
    session_report::{SessionReportError, SessionReportOptions},
};

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
