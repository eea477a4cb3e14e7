use std::time::Duration;

use dlc_model::Crop;

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
    /// The part of the frames that was analysed, or `None` for all of it. Coordinates in the
    /// files are relative to it.
    pub crop: Option<Crop>,
    /// Frames in the video: the rows of the files.
    pub frame_count: usize,
    /// Indices of the frames that could not be decoded: their rows are NaN.
    pub missing_frames: Vec<usize>,
    /// Indices of the frames in which a detector found no animal: their rows are -1, as those of
    /// DeepLabCut.
    pub frames_without_animal: Vec<usize>,
    /// The mean likelihood over all body parts and the other frames.
    pub mean_likelihood: f64,
    /// The device that the network ran on.
    pub device: String,
    /// How long decoding, predicting and writing took.
    pub duration: Duration,
}
