use std::time::Duration;

use crate::OutputPaths;

/// What the analysis of a video did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoReport {
    /// The scorer name that the files carry.
    pub scorer: String,
    /// The files.
    pub outputs: OutputPaths,
    /// Whether the files were there already and nothing was done.
    pub already_analyzed: bool,
    /// Frames in the video: the rows of the files.
    pub frame_count: usize,
    /// Indices of the frames that could not be decoded: their rows are NaN.
    pub missing_frames: Vec<usize>,
    /// The mean likelihood over all body parts and frames that were decoded.
    pub mean_likelihood: f64,
    /// The device that the network ran on.
    pub device: String,
    /// How long decoding, predicting and writing took.
    pub duration: Duration,
}
