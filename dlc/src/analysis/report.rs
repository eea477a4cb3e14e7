use std::{fmt, time::Duration};

use dlc_model::Crop;

use crate::analysis::OutputPaths;

/// The mean likelihood below which a report warns: the network is unsure of nearly everything.
const UNSURE: f64 = 0.3;

/// What the analysis of a video did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct VideoReport {
    /// The scorer name that the files carry.
    pub scorer: String,
    /// The files.
    pub outputs: OutputPaths,
    /// Whether the files were there already, made of the same video and with the same options, and
    /// nothing was done. The numbers below are then those of the files.
    pub already_analyzed: bool,
    /// Whether the files that were there have no record of how they were made: they are DeepLabCut's
    /// own, or of a version of this crate without records. Then what `_meta.pickle` and the poses tell
    /// was compared.
    pub without_record: bool,
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
    /// The device that the network runs on.
    pub device: String,
    /// How long decoding, predicting and writing took.
    pub duration: Duration,
}

impl VideoReport {
    /// Returns what somebody should look at before the poses are used.
    pub fn warnings(&self) -> Vec<PoseWarning> {
        PoseWarning::of(self.mean_likelihood)
    }
}

/// What is odd about the poses in a video, or in pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum PoseWarning {
    /// No frame has a pose.
    NoPoses,
    /// The network is unsure of nearly all poses.
    Unlikely {
        /// The mean likelihood.
        mean: f64,
    },
}

impl PoseWarning {
    pub(crate) fn of(mean: f64) -> Vec<Self> {
        match mean >= UNSURE {
            true => Vec::new(),
            false if mean.is_nan() => vec![Self::NoPoses],
            false => vec![Self::Unlikely { mean }],
        }
    }
}

impl fmt::Display for PoseWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPoses => f.write_str("no frame has a pose: ")?,
            Self::Unlikely { mean } => write!(
                f,
                "the mean likelihood is {mean:.3}, the network is unsure of nearly all poses: "
            )?,
        }
        f.write_str(
            "check that the model is meant for such a video, that the crop shows the animal, and \
             that it is the right video",
        )
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn report(mean_likelihood: f64) -> VideoReport {
        VideoReport {
            scorer: "DLC_x".into(),
            outputs: OutputPaths::new(Path::new("v.mp4"), "DLC_x", None),
            already_analyzed: false,
            without_record: false,
            crop: None,
            frame_count: 1,
            missing_frames: Vec::new(),
            frames_without_animal: Vec::new(),
            mean_likelihood,
            device: "cpu".into(),
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn unlikely_poses_draw_a_warning_that_says_what_to_check() {
        assert!(report(0.9).warnings().is_empty());
        assert_eq!(report(f64::NAN).warnings(), [PoseWarning::NoPoses]);
        let text = report(0.02).warnings()[0].to_string();
        for word in ["0.020", "model", "crop", "video"] {
            assert!(text.contains(word), "{text}");
        }
    }
}
