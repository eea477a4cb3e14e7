//! Runs a trained model on videos and pictures, and writes DeepLabCut's files.
//!
//! | | |
//! |---|---|
//! | [`analyze_videos`], [`analyze_images`] | one call from a project to its results |
//! | [`Analyzer`] | a model that is loaded once, for many videos and pictures |
//! | [`AnalyzeOptions`] | model, device, crop, batches, names and places of results |
//! | [`VideoReport`], [`ImageReport`] | the files that were written, and how it went |
//! | [`OutputPaths`], [`check_videos`] | the names of results, before a model is loaded |

mod analyze;
mod analyzed_model;
pub(crate) mod analyzer;
mod batch_size;
mod batches;
mod options;
pub(crate) mod outputs;
mod report;
mod result_differs;

pub use self::{
    analyze::{AnalyzeVideosError, ImagesError, VideoOutcome, analyze_images, analyze_videos},
    analyzed_model::AnalyzedModel,
    analyzer::{
        AnalyzeImagesError, AnalyzeVideoError, AnalyzeVideoErrorKind, Analyzer, ImageReport,
        OpenAnalyzerError,
    },
    batch_size::BatchSizeError,
    batches::PoseMemoryError,
    options::{AnalyzeOptions, OnProgress, Progress},
    outputs::{OutputPaths, SameResultsError, SameResultsKind, check_videos},
    report::{PoseWarning, VideoReport},
    result_differs::ResultDiffersError,
};
