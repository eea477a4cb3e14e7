use std::path::{Path, PathBuf};

use crate::{AnalyzeOptions, AnalyzeVideoError, Analyzer, OpenAnalyzerError, VideoReport};

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
/// For each video, `{video}{scorer}.h5`, `.csv` and `_meta.pickle` appear beside it or in the
/// destination of `options`, all of them or none. A video that fails does not keep the others
/// from being analysed.
///
/// DIFFERENCE: a frame that cannot be decoded is a row of NaN, not of zeros.
///
/// # Errors
///
/// Returns an error when the model cannot be found or loaded. What is wrong with a video is in
/// its [`VideoOutcome`].
pub fn analyze_videos<V: AsRef<Path>>(
    config: impl AsRef<Path>,
    videos: impl IntoIterator<Item = V>,
    shuffle: u32,
    trainingset_index: u32,
    options: AnalyzeOptions<'_>,
) -> Result<Vec<VideoOutcome>, OpenAnalyzerError> {
    let mut analyzer = Analyzer::open(config, shuffle, trainingset_index, options)?;
    let outcome = |video: V| VideoOutcome {
        video: video.as_ref().to_owned(),
        result: analyzer.analyze(video.as_ref()),
    };
    Ok(videos.into_iter().map(outcome).collect())
}
