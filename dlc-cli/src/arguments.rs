//! What several commands take, with one name and one meaning everywhere.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, ValueEnum};
use dlc::{
    AnalyzeOptions, Analyzer, Results,
    infer::{BatchStatistics, DeviceChoice, DynamicCropping, EstimatorOptions, Precision},
    io::{project::ModelRequest, video},
    model::{Crop, SnapshotIndex},
};

use crate::voice::Voice;

/// Which model of a project.
#[derive(Args, Clone, Debug)]
pub(crate) struct Model {
    /// Which shuffle of the training set.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) shuffle: u32,
    /// Which of the project's `TrainingFraction`, from 0.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) trainingset_index: u32,
    /// Which snapshot: a number (-1 is the last or best one) or `best`; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) snapshot_index: Option<SnapshotIndex>,
    /// Which snapshot of a top-down model's detector; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub(crate) detector_snapshot_index: Option<SnapshotIndex>,
    /// The folder between the project and `dlc-models`.
    #[arg(
        long,
        default_value = "",
        value_name = "DIR",
        hide_default_value = true
    )]
    pub(crate) modelprefix: String,
}

impl Model {
    pub(crate) fn request(&self) -> ModelRequest {
        ModelRequest {
            trainingset_index: self.trainingset_index,
            snapshot_index: self.snapshot_index,
            detector_snapshot_index: self.detector_snapshot_index,
            modelprefix: self.modelprefix.clone(),
            ..ModelRequest::shuffle(self.shuffle)
        }
    }

    /// Opens the model of a project, named by its `config.yaml` or its folder, or an exported model.
    pub(crate) fn open<'a>(
        &self,
        model: &Path,
        options: AnalyzeOptions<'a>,
    ) -> Result<Analyzer<'a>> {
        let options = options.with_model(self.request());
        options.check()?;
        let is_yaml = model
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        if is_yaml || model.join("config.yaml").exists() || !model.exists() {
            let (shuffle, trainingset_index) = (self.shuffle, self.trainingset_index);
            Ok(Analyzer::open(model, shuffle, trainingset_index, options)?)
        } else {
            Ok(Analyzer::open_exported(model, options)?)
        }
    }
}

/// Where a network runs, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct Network {
    /// `auto`, `cpu`, or the name or number of an adapter (`dlc-rs devices` lists them).
    #[arg(long, default_value = "auto", value_name = "NAME")]
    pub(crate) device: DeviceChoice,
    /// `full` as DeepLabCut; `high` and `half` are less exact, and faster on devices that have them.
    #[arg(long, default_value = "full", value_name = "PRECISION")]
    pub(crate) precision: Precision,
    /// Frames MobileNetV2's normalisation averages over: each frame alone, or as DeepLabCut all
    /// frames of a batch.
    #[arg(long, value_enum, default_value_t = Statistics::Frame, value_name = "OF")]
    pub(crate) statistics: Statistics,
}

impl Network {
    pub(crate) fn options<'a>(&self) -> AnalyzeOptions<'a> {
        let estimator = EstimatorOptions::default()
            .with_device(self.device.clone())
            .with_precision(self.precision)
            .with_statistics(self.statistics.into());
        AnalyzeOptions::default().with_estimator(estimator)
    }
}

/// Which frames a normalisation averages over.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Statistics {
    /// Each frame alone.
    Frame,
    /// All frames of a batch, as DeepLabCut.
    Batch,
}

impl From<Statistics> for BatchStatistics {
    fn from(statistics: Statistics) -> Self {
        match statistics {
            Statistics::Frame => Self::Frame,
            Statistics::Batch => Self::Batch,
        }
    }
}

/// Videos, or what stands for them.
#[derive(Args, Clone, Debug)]
pub(crate) struct Videos {
    /// Videos, folders of videos, folders with the pictures of one video, or patterns such as `videos/*.mp4`.
    #[arg(value_name = "VIDEO", required = true)]
    pub(crate) videos: Vec<PathBuf>,
    /// How the names of videos in a folder end, e.g., `mp4`; those that DeepLabCut looks for by default.
    #[arg(long, value_name = "ENDING", value_delimiter = ',')]
    pub(crate) videotype: Vec<String>,
}

impl Videos {
    /// Lists the videos, and says where somebody may think of more.
    pub(crate) fn collect(&self, voice: Voice) -> Result<Vec<PathBuf>> {
        let videotype: Vec<&str> = self.videotype.iter().map(String::as_str).collect();
        let found = video::collect(expand(&self.videos)?, &videotype)?;
        for left_out in &found.left_out {
            voice.note(left_out);
        }
        Ok(found.videos)
    }
}

/// Expands patterns, where no shell has done it.
pub(crate) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut expanded = Vec::new();
    for path in paths {
        let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']));
        let pattern = pattern.filter(|_| !path.exists());
        let found = match pattern.and_then(|pattern| glob::glob(pattern).ok()) {
            Some(found) => found.collect::<Result<Vec<PathBuf>, _>>()?,
            None => Vec::new(),
        };
        // What is no pattern, or one without files, is named as it stands where it is opened.
        match found.is_empty() {
            true => expanded.push(path.clone()),
            false => expanded.extend(found),
        }
    }
    Ok(expanded)
}

/// Whether results are made again.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Again {
    /// Makes results again that are there already.
    #[arg(long)]
    pub(crate) overwrite: bool,
}

/// The results of a model, and the videos that they are of.
#[derive(Args, Clone, Debug)]
pub(crate) struct ResultsOf {
    /// The project's config.yaml.
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) videos: Videos,
    #[command(flatten)]
    pub(crate) model: Model,
    /// Folder of the results; beside each video by default.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

impl ResultsOf {
    /// Returns the results, and the videos; each has results of its own.
    pub(crate) fn open(&self, voice: Voice) -> Result<(Results, Vec<PathBuf>)> {
        let mut results = Results::open(&self.config, &self.model.request())?;
        if let Some(folder) = &self.out {
            results = results.with_destination(folder);
        }
        let videos = self.videos.collect(voice)?;
        results.check_videos(&videos)?;
        Ok((results, videos))
    }
}

/// Parses `x1,x2,y1,y2`.
pub(crate) fn parse_crop(text: &str) -> Result<Crop, String> {
    let numbers: Result<Vec<usize>, _> = text.split(',').map(|n| n.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x_min, x_max, y_min, y_max]) => Ok(Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        }),
        _ => Err("expected four numbers: x1,x2,y1,y2".into()),
    }
}

/// Parses a likelihood and a margin in px: `0.5,10`.
pub(crate) fn parse_dynamic(text: &str) -> Result<DynamicCropping, String> {
    let numbers = text.split_once(',');
    let numbers = numbers.and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    let (threshold, margin) = numbers.ok_or("expected a likelihood and a margin: 0.5,10")?;
    Ok(DynamicCropping { threshold, margin })
}
