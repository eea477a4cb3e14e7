use std::{error::Error as StdError, io};

#[cfg(feature = "pipeline")]
use crate::pipeline::{
    IngestSessionError, OpenRegisteredModelError, PlanSessionError, PredictJobError,
    PredictSessionError, RegisterProjectError, StoredFilesError,
};
use crate::{
    analysis::{
        AnalyzeImagesError, AnalyzeVideoError, AnalyzeVideoErrorKind, AnalyzeVideosError,
        ImagesError, OpenAnalyzerError, SameResultsError,
    },
    evaluation::EvaluateNetworkError,
    results::{
        AnalyzeSkeletonError, CreateLabeledVideoError, FilterPredictionsError, OpenResultsError,
        PlotTrajectoriesError, ReadResultsError, SessionReportError,
    },
};

/// Any error of this crate, for a program that handles them all in one place.
///
/// The functions return errors of their own, which name what can go wrong there; `?` turns each of them
/// into this one.
///
/// # Examples
///
/// ```
/// use dlc::{AnalyzeOptions, Error, Results, io::project::ModelRequest, results::Filter};
///
/// fn filtered(config: &str, video: &str) -> Result<(), Error> {
///     let (shuffle, trainingset_index) = (1, 0);
///     let options = AnalyzeOptions::default();
///     for outcome in dlc::analyze_videos(config, [video], shuffle, trainingset_index, options)? {
///         outcome.result?;
///     }
///     let results = Results::open(config, &ModelRequest::shuffle(shuffle))?;
///     results.filter_predictions(video, &Filter::default())?;
///     Ok(())
/// }
///
/// let error = filtered("no/config.yaml", "mouse.avi").unwrap_err();
/// assert!(!error.is_stopped());
/// ```
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
#[non_exhaustive]
pub enum Error {
    /// The analysis of videos cannot begin.
    AnalyzeVideos(#[from] AnalyzeVideosError),
    /// A video cannot be analysed.
    AnalyzeVideo(#[from] AnalyzeVideoError),
    /// Pictures or their model cannot be read.
    Images(#[from] ImagesError),
    /// Pictures cannot be analysed.
    AnalyzeImages(#[from] AnalyzeImagesError),
    /// A model cannot be found or loaded.
    OpenAnalyzer(#[from] OpenAnalyzerError),
    /// Two videos would have the same results.
    SameResults(#[from] SameResultsError),
    /// A model cannot be evaluated.
    Evaluate(#[from] EvaluateNetworkError),
    /// The results of a model cannot be named.
    OpenResults(#[from] OpenResultsError),
    /// Poses cannot be read.
    ReadResults(#[from] ReadResultsError),
    /// Poses cannot be filtered.
    Filter(#[from] FilterPredictionsError),
    /// Bones cannot be measured.
    Skeleton(#[from] AnalyzeSkeletonError),
    /// A video cannot be labelled.
    LabeledVideo(#[from] CreateLabeledVideoError),
    /// Poses cannot be plotted.
    Plot(#[from] PlotTrajectoriesError),
    /// A report cannot be written.
    SessionReport(#[from] SessionReportError),
    /// A model cannot be registered.
    #[cfg(feature = "pipeline")]
    Register(#[from] RegisterProjectError),
    /// A registered model cannot be used on this machine.
    #[cfg(feature = "pipeline")]
    OpenRegistered(#[from] OpenRegisteredModelError),
    /// A session cannot be planned.
    #[cfg(feature = "pipeline")]
    PlanSession(#[from] PlanSessionError),
    /// A session cannot be predicted.
    #[cfg(feature = "pipeline")]
    PredictSession(#[from] PredictSessionError),
    /// A job cannot be done.
    #[cfg(feature = "pipeline")]
    PredictJob(#[from] PredictJobError),
    /// A session cannot be taken into the tables.
    #[cfg(feature = "pipeline")]
    IngestSession(#[from] IngestSessionError),
    /// Files are in no repository.
    #[cfg(feature = "pipeline")]
    StoredFiles(#[from] StoredFilesError),
}

impl Error {
    /// Returns whether the caller ended the work: the progress callback returned
    /// [`Break`](std::ops::ControlFlow::Break).
    pub fn is_stopped(&self) -> bool {
        causes(self)
            .any(|cause| matches!(cause.downcast_ref(), Some(AnalyzeVideoErrorKind::Stopped)))
    }

    /// Returns whether the same call may succeed later: the disk, the network or another program was the
    /// reason, not what was asked for.
    pub fn is_transient(&self) -> bool {
        has_io_cause(self)
    }
}

/// Returns an error and its causes, the outermost first.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

/// Returns whether an error comes from the disk or the network.
pub(crate) fn has_io_cause(error: &(dyn StdError + 'static)) -> bool {
    causes(error).any(|cause| cause.is::<io::Error>())
}
