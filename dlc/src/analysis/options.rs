use std::{fmt, path::PathBuf, time::Duration};

use dlc_infer::{DeviceChoice, DynamicBoxesOptions, DynamicCropping, EstimatorOptions};
use dlc_io::project::ModelRequest;
use dlc_model::{Crop, OptionError};

/// What an analysis does differently from what the project's `config.yaml` says.
#[derive(Default)]
#[non_exhaustive]
pub struct AnalyzeOptions<'a> {
    /// Which model of the project. Where `shuffle` and `trainingset_index` are arguments of their own, as in
    /// [`analyze_videos`](crate::analyze_videos), those count.
    pub model: ModelRequest,
    /// Where the network runs, and how exactly.
    pub estimator: EstimatorOptions,
    /// Frames a batch, or `None` for the `batch_size` of the project. Where poses do not depend on it
    /// ([`statistics`](EstimatorOptions::statistics)), batches are at least so large that no core is idle.
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

    /// Sets which model of the project is used.
    #[must_use]
    pub fn with_model(mut self, model: ModelRequest) -> Self {
        self.model = model;
        self
    }

    /// Sets where the network runs, and how exactly.
    #[must_use]
    pub fn with_estimator(mut self, estimator: EstimatorOptions) -> Self {
        self.estimator = estimator;
        self
    }

    /// Sets where the network runs.
    #[must_use]
    pub fn with_device(mut self, device: DeviceChoice) -> Self {
        self.estimator.device = device;
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
            .field("model", &self.model)
            .field("estimator", &self.estimator)
            .field("batch_size", &self.batch_size)
            .field("num_outputs", &self.num_outputs)
            .field("videotype", &self.videotype)
            .field("image_type", &self.image_type)
            .field("crop", &self.crop)
            .field("dynamic", &self.dynamic)
            .field("top_down_dynamic", &self.top_down_dynamic)
            .field("destination", &self.destination)
            .field("overwrite", &self.overwrite)
            .finish_non_exhaustive()
    }
}
