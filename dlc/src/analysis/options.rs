use std::{fmt, path::PathBuf, time::Duration};

use dlc_infer::{BatchStatistics, DeviceChoice, DynamicBoxesOptions, DynamicCropping, Precision};
use dlc_model::{Crop, OptionError, SnapshotIndex};

/// What an analysis does differently from what the project's `config.yaml` says.
#[derive(Default)]
#[non_exhaustive]
pub struct AnalyzeOptions<'a> {
    /// Which snapshot, or `None` for the `snapshotindex` of the project.
    pub snapshot_index: Option<SnapshotIndex>,
    /// Which snapshot of a top-down model's detector, or `None` for the `detector_snapshotindex` of
    /// the project.
    pub detector_snapshot_index: Option<SnapshotIndex>,
    /// Frames a batch, or `None` for the `batch_size` of the project. Where poses do not depend on it
    /// ([`statistics`](Self::statistics)), batches are at least so large that no core is idle.
    pub batch_size: Option<usize>,
    /// Keypoints of each body part, or `None` for `num_outputs` of `config.yaml` or of the model, which
    /// is mostly 1. The files then have `x2`, `y2`, `likelihood2`, … beside the likeliest keypoint.
    /// One where an animal is followed ([`dynamic`](Self::dynamic)).
    pub num_outputs: Option<usize>,
    /// How the names of videos in a folder end, e.g., `mp4` (`videotype`), or nothing for those that
    /// DeepLabCut looks for ([`VIDEO_TYPES`](crate::io::video::VIDEO_TYPES)).
    pub videotype: Vec<String>,
    /// How the names of pictures in a folder end, e.g., `.jpg` (`frametype`), or `None` for
    /// DeepLabCut's: `.png`; with a PyTorch model also `.jpg` and `.jpeg`.
    pub image_type: Option<String>,
    /// Whose statistics MobileNetV2 normalises with.
    pub statistics: BatchStatistics,
    /// How exact the numbers are that the network computes with.
    pub precision: Precision,
    /// Whether tensors that a snapshot lacks are taken as zeros; otherwise they are an error.
    /// [`PoseEstimator::report`](crate::infer::PoseEstimator::report) names them.
    pub allow_missing_weights: bool,
    /// Where the network runs.
    pub device: DeviceChoice,
    /// The part of the frames that is analysed, or `None` for what `cropping` of the project says.
    pub crop: Option<Crop>,
    /// Whether the network looks only where the animal was in the frame before. Frames then go
    /// one by one, whatever the batch size.
    pub dynamic: Option<DynamicCropping>,
    /// Whether a box follows the animal of a top-down model, and no detector looks for it. Frames
    /// then go one by one, whatever the batch size.
    pub top_down_dynamic: Option<DynamicBoxesOptions>,
    /// The folder of the results, or `None` for that of each video. It is made when missing.
    pub destination: Option<PathBuf>,
    /// Whether a video whose results are there already is analysed again.
    pub overwrite: bool,
    /// The folder between the project and `dlc-models`; mostly empty.
    pub modelprefix: String,
    /// Called after each batch.
    pub on_progress: Option<OnProgress<'a>>,
}

/// A function that is told how far an analysis has come.
pub type OnProgress<'a> = Box<dyn FnMut(Progress<'_>) + 'a>;

/// How far the analysis of a video has come.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The video.
    pub video: &'a std::path::Path,
    /// Frames that are done.
    pub frames_done: usize,
    /// Frames in the video.
    pub frame_count: usize,
    /// Time since the video was opened.
    pub elapsed: Duration,
}

/// The most keypoints of a body part: the cells of a heatmap of a large video.
const MOST_OUTPUTS: usize = 1 << 16;

impl AnalyzeOptions<'_> {
    /// Checks what can be known to mean nothing without a model or a video.
    ///
    /// # Errors
    ///
    /// Returns an error when a batch is empty, when a count or a likelihood is out of its range, when
    /// the crop has no area, or when the names of pictures end in nothing.
    pub fn check(&self) -> Result<(), OptionError> {
        if let Some(batch_size) = self.batch_size {
            OptionError::count("batch_size", batch_size, 1..=usize::MAX)?;
        }
        if let Some(num_outputs) = self.num_outputs {
            OptionError::count("num_outputs", num_outputs, 1..=MOST_OUTPUTS)?;
        }
        if self.image_type.as_deref().is_some_and(str::is_empty) {
            return Err(OptionError::new(
                "image_type",
                "an ending such as .png",
                "nothing",
            ));
        }
        self.crop
            .map_or(Ok(()), |crop| OptionError::crop("crop", crop))?;
        self.dynamic.map_or(Ok(()), |dynamic| dynamic.check())?;
        self.top_down_dynamic
            .map_or(Ok(()), |dynamic| dynamic.check())
    }
}

impl<'a> AnalyzeOptions<'a> {
    /// Sets which snapshot is used.
    #[must_use]
    pub fn with_snapshot_index(mut self, index: SnapshotIndex) -> Self {
        self.snapshot_index = Some(index);
        self
    }

    /// Sets which snapshot of a top-down model's detector is used.
    #[must_use]
    pub fn with_detector_snapshot_index(mut self, index: SnapshotIndex) -> Self {
        self.detector_snapshot_index = Some(index);
        self
    }

    /// Sets how many frames make a batch.
    #[must_use]
    pub fn with_batch_size(mut self, frames: usize) -> Self {
        self.batch_size = Some(frames);
        self
    }

    /// Sets how many keypoints of each body part are looked for.
    #[must_use]
    pub fn with_num_outputs(mut self, keypoints: usize) -> Self {
        self.num_outputs = Some(keypoints);
        self
    }

    /// Sets how the names of videos in a folder end.
    #[must_use]
    pub fn with_videotype(mut self, endings: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.videotype = endings.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how the names of pictures in a folder end.
    #[must_use]
    pub fn with_image_type(mut self, ending: impl Into<String>) -> Self {
        self.image_type = Some(ending.into());
        self
    }

    /// Sets whose statistics MobileNetV2 normalises with.
    #[must_use]
    pub fn with_statistics(mut self, statistics: BatchStatistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// Sets how exact the numbers are that the network computes with.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Sets whether tensors that a snapshot lacks are taken as zeros.
    #[must_use]
    pub fn with_missing_weights_allowed(mut self, allowed: bool) -> Self {
        self.allow_missing_weights = allowed;
        self
    }

    /// Sets where the network runs.
    #[must_use]
    pub fn with_device(mut self, device: DeviceChoice) -> Self {
        self.device = device;
        self
    }

    /// Sets the part of the frames that is analysed.
    #[must_use]
    pub fn with_crop(mut self, crop: Crop) -> Self {
        self.crop = Some(crop);
        self
    }

    /// Sets that the network looks only where the animal was in the frame before.
    #[must_use]
    pub fn with_dynamic(mut self, dynamic: DynamicCropping) -> Self {
        self.dynamic = Some(dynamic);
        self
    }

    /// Sets that a box follows the animal of a top-down model.
    #[must_use]
    pub fn with_top_down_dynamic(mut self, options: DynamicBoxesOptions) -> Self {
        self.top_down_dynamic = Some(options);
        self
    }

    /// Sets the folder of the results.
    #[must_use]
    pub fn with_destination(mut self, folder: impl Into<PathBuf>) -> Self {
        self.destination = Some(folder.into());
        self
    }

    /// Sets whether a video whose results are there already is analysed again.
    #[must_use]
    pub fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Sets the folder between the project and `dlc-models`.
    #[must_use]
    pub fn with_modelprefix(mut self, prefix: impl Into<String>) -> Self {
        self.modelprefix = prefix.into();
        self
    }

    /// Sets the function that is called after each batch.
    #[must_use]
    pub fn with_progress(mut self, on_progress: impl FnMut(Progress<'_>) + 'a) -> Self {
        self.on_progress = Some(Box::new(on_progress));
        self
    }
}

impl fmt::Debug for AnalyzeOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnalyzeOptions")
            .field("snapshot_index", &self.snapshot_index)
            .field("detector_snapshot_index", &self.detector_snapshot_index)
            .field("batch_size", &self.batch_size)
            .field("num_outputs", &self.num_outputs)
            .field("videotype", &self.videotype)
            .field("image_type", &self.image_type)
            .field("statistics", &self.statistics)
            .field("precision", &self.precision)
            .field("allow_missing_weights", &self.allow_missing_weights)
            .field("device", &self.device)
            .field("crop", &self.crop)
            .field("dynamic", &self.dynamic)
            .field("top_down_dynamic", &self.top_down_dynamic)
            .field("destination", &self.destination)
            .field("overwrite", &self.overwrite)
            .field("modelprefix", &self.modelprefix)
            .finish_non_exhaustive()
    }
}
