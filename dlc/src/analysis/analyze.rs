use std::path::{Path, PathBuf};

use dlc_io::video::{self, CollectVideosError};

use crate::{
    AnalyzeOptions, Analyzer,
    analysis::{
        AnalyzeImagesError, AnalyzeVideoError, ImageReport, OpenAnalyzerError, SameResultsError,
        VideoReport, check_videos,
    },
};

/// What became of one video.
#[derive(Debug)]
#[non_exhaustive]
pub struct VideoOutcome {
    /// The video, as it was named.
    pub video: PathBuf,
    /// The report, or why there is no result.
    pub result: Result<VideoReport, AnalyzeVideoError>,
}

/// Runs a trained model on videos and writes DeepLabCut's files, as `deeplabcut.analyze_videos`.
///
/// `config` is the project's `config.yaml`; `shuffle` and `trainingset_index` choose the model.
/// A folder stands for the videos in it ([`video::collect`]). For each video, `{video}{scorer}.h5`,
/// `.csv`, `_meta.pickle` and the record of how they were made ([`Provenance`](dlc_io::provenance))
/// appear beside it or in the destination of `options`, all of them or none. A video that fails does
/// not keep the others from being analysed.
///
/// A video is not analysed again when its results are there already: of the same video, of the same
/// snapshot, with the same options. Results that were made otherwise are kept, and the error says what
/// differs, unless `options` say to overwrite them.
///
/// DIFFERENCE: a frame that cannot be decoded is a row of NaN, not of zeros.
///
/// # Errors
///
/// Returns an error when there are no videos, when two of them would have the same results
/// ([`check_videos`]), and when the model cannot be found or loaded. What is wrong with a video is in
/// its [`VideoOutcome`].
pub fn analyze_videos<V: AsRef<Path>>(
    config: impl AsRef<Path>,
    videos: impl IntoIterator<Item = V>,
    shuffle: u32,
    trainingset_index: u32,
    options: AnalyzeOptions<'_>,
) -> Result<Vec<VideoOutcome>, AnalyzeVideosError> {
    let videotype: Vec<&str> = options.videotype.iter().map(String::as_str).collect();
    let videos = video::collect(videos, &videotype)?.videos;
    check_videos(&videos, options.destination.as_deref())?;
    let mut analyzer = Analyzer::open(config, shuffle, trainingset_index, options)?;
    let outcome = |video: PathBuf| VideoOutcome {
        result: analyzer.analyze(&video),
        video,
    };
    Ok(videos.into_iter().map(outcome).collect())
}

/// Runs a trained model on pictures and writes DeepLabCut's files, as `deeplabcut.analyze_images`
/// and, with a model of the TensorFlow engine, `deeplabcut.analyze_time_lapse_frames`.
///
/// `images` are files and folders. [`Analyzer::analyze_images`] tells which files appear and how
/// the engines differ.
///
/// # Errors
///
/// Returns an error when the model cannot be found or loaded, or when the pictures cannot be
/// analysed.
pub fn analyze_images<P: AsRef<Path>>(
    config: impl AsRef<Path>,
    images: impl IntoIterator<Item = P>,
    shuffle: u32,
    trainingset_index: u32,
    options: AnalyzeOptions<'_>,
) -> Result<ImageReport, ImagesError> {
    let mut analyzer = Analyzer::open(config, shuffle, trainingset_index, options)?;
    Ok(analyzer.analyze_images(images)?)
}

/// An error returned when [`analyze_videos`] cannot begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeVideosError {
    /// There are no videos.
    #[error(transparent)]
    Collect(#[from] CollectVideosError),
    /// Two videos would have the same results.
    #[error(transparent)]
    SameResults(#[from] SameResultsError),
    /// The model cannot be made ready.
    #[error(transparent)]
    Open(#[from] OpenAnalyzerError),
}

/// An error returned when [`analyze_images`] fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImagesError {
    /// The model cannot be made ready.
    #[error(transparent)]
    Open(#[from] OpenAnalyzerError),
    /// The pictures cannot be analysed.
    #[error(transparent)]
    Analyze(#[from] AnalyzeImagesError),
}
