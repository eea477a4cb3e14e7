mod boxes;
mod existing;
mod images;
pub(crate) mod provenance;

use std::{
    io,
    num::NonZeroUsize,
    ops::ControlFlow,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use dlc_infer::{
    BatchStatistics, Boxes, DynamicBoxes, LoadNetworkError, PoseEstimator, SetBoxesError,
};
use dlc_io::{
    Limits, Precision,
    atomic::{self, AtomicFile, WriteFileError},
    csv, h5,
    metadata::Metadata,
    pickle,
    project::{
        ExportedModel, ExportedWeights, ModelRequest, OpenProjectError, Project,
        ReadExportedModelError, ResolveModelError, ResolvedModel,
    },
    provenance::{Input, Provenance},
    tensorflow::{self, ReadCheckpointError},
    torch::{self, ReadSnapshotError},
    video::{self, OpenVideoError},
};
use dlc_model::{
    ConfigFieldError, Crop, CropError, Engine, NetworkConfigError, OptionError, PoseTable,
    ReadFrameError, VideoInfo, Weights,
};

use self::existing::Existing;
pub use self::images::{AnalyzeImagesError, ImageReport};
use crate::{
    AnalyzeOptions,
    analysis::{
        AnalyzedModel, BatchSizeError, OutputPaths, PoseMemoryError, Progress, ResultDiffersError,
        VideoReport, analyzed_model,
        batches::{self, Plan, RunError, is_absent},
    },
};

/// A trained model that is loaded and ready for videos.
///
/// [`analyze_videos`](crate::analyze_videos) is this in one call.
#[derive(Debug)]
pub struct Analyzer<'a> {
    crop: Option<Crop>,
    batch_size: usize,
    /// Keypoints of each body part in a video.
    num_outputs: NonZeroUsize,
    /// The same in pictures, where DeepLabCut asks the project's configuration alone.
    image_num_outputs: NonZeroUsize,
    model: AnalyzedModel,
    /// The files of its weights.
    model_inputs: Vec<(&'static str, Input)>,
    estimator: PoseEstimator,
    options: AnalyzeOptions<'a>,
}

impl<'a> Analyzer<'a> {
    /// Finds a model in the project of `config` (its `config.yaml`) and loads it.
    ///
    /// # Errors
    ///
    /// Returns an error when the project or the model cannot be found or read, when its network
    /// is not supported, or when there is no such device.
    pub fn open(
        config: impl AsRef<Path>,
        shuffle: u32,
        trainingset_index: u32,
        options: AnalyzeOptions<'a>,
    ) -> Result<Self, OpenAnalyzerError> {
        Self::of_project(&Project::open(config)?, shuffle, trainingset_index, options)
    }

    /// Finds a model in a project and loads it.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn of_project(
        project: &Project,
        shuffle: u32,
        trainingset_index: u32,
        options: AnalyzeOptions<'a>,
    ) -> Result<Self, OpenAnalyzerError> {
        options.check()?;
        let model = project.resolve(&ModelRequest {
            shuffle,
            trainingset_index,
            without_detector: options.top_down_dynamic.is_some(),
            ..options.model.clone()
        })?;
        let weights = read_weights(&model)?;
        let config = project.config();
        if options.batch_size.is_none() {
            config.check(&["batch_size"])?;
        }
        let of_project = OfProject {
            crop: match options.crop {
                Some(crop) => Some(crop),
                None => config.crop()?,
            },
            batch_size: usize::try_from(config.batch_size).unwrap_or(usize::MAX),
            num_outputs: analyzed_model::num_outputs(config.other("num_outputs")),
        };
        let model = AnalyzedModel::OfProject(Box::new(model));
        Self::load(model, weights, of_project, options)
    }

    /// Loads a model that is used without its project: a folder or a file as `export_model` makes
    /// it, or weights beside their configuration ([`ExportedModel`] tells which).
    ///
    /// The results are those of the model that was exported; [`AnalyzedModel::scorer`] tells what they
    /// are called. What a project would say comes from the options alone: no crop, one frame a batch.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no model, when it cannot be read, when its network is not
    /// supported, or when there is no such device.
    pub fn open_exported(
        path: impl AsRef<Path>,
        options: AnalyzeOptions<'a>,
    ) -> Result<Self, OpenAnalyzerError> {
        options.check()?;
        let (model, weights) = ExportedModel::load(path, &Limits::default())?;
        let of_project = OfProject {
            crop: options.crop,
            batch_size: 1,
            num_outputs: None,
        };
        let model = AnalyzedModel::Exported(Box::new(model));
        Self::load(model, weights, of_project, options)
    }

    fn load(
        model: AnalyzedModel,
        weights: ExportedWeights,
        of_project: OfProject,
        options: AnalyzeOptions<'a>,
    ) -> Result<Self, OpenAnalyzerError> {
        let mut estimator = PoseEstimator::load(model.network(), weights.pose, &options.estimator)
            .map_err(|source| OpenAnalyzerError::Network {
                snapshot: model.snapshot_path().to_owned(),
                source,
            })?;
        boxes::set(&mut estimator, &model, weights.detector, &options)?;
        // Following an animal takes one frame and one keypoint at a time, as in DeepLabCut.
        let follows = options.dynamic.is_some() || options.top_down_dynamic.is_some();
        let asked = |configured: Option<usize>| {
            let asked = match model.engine() {
                Engine::TensorFlow => options.num_outputs.or(configured),
                Engine::PyTorch => options.num_outputs,
            };
            asked
                .and_then(NonZeroUsize::new)
                .unwrap_or(NonZeroUsize::MIN)
        };
        let of_model = of_project.num_outputs.or(model.num_outputs());
        let model_inputs = provenance::model_inputs(&model)?;
        Ok(Self {
            crop: of_project.crop,
            batch_size: match follows {
                true => 1,
                false => options.batch_size.unwrap_or(of_project.batch_size).max(1),
            },
            num_outputs: match follows {
                true => NonZeroUsize::MIN,
                false => asked(of_model),
            },
            image_num_outputs: asked(of_project.num_outputs),
            model,
            model_inputs,
            estimator,
            options,
        })
    }

    pub(crate) fn options(&self) -> &AnalyzeOptions<'a> {
        &self.options
    }

    /// Returns where the model is from.
    pub fn model(&self) -> &AnalyzedModel {
        &self.model
    }

    /// Returns the loaded network.
    pub fn estimator(&mut self) -> &mut PoseEstimator {
        &mut self.estimator
    }

    /// Returns the loaded network alone, e.g., for live use.
    pub fn into_estimator(self) -> PoseEstimator {
        self.estimator
    }

    /// Estimates the poses in a video, or in a folder of images, and writes the results.
    ///
    /// What is analysed already ([`Self::is_analyzed`]) is read and not analysed again. Of several
    /// videos, make sure first that each has results of its own ([`check_videos`](crate::analysis::check_videos)).
    ///
    /// # Errors
    ///
    /// Returns an error when there are results that were made otherwise, when the video cannot be read
    /// to its end, when the network fails, or when a result cannot be written. Then none of the results
    /// is there, or those that were.
    pub fn analyze(&mut self, video: impl AsRef<Path>) -> Result<VideoReport, AnalyzeVideoError> {
        let mut on_progress = self.options.on_progress.take();
        let result = self.analyze_while(video, |progress| {
            if let Some(on_progress) = &mut on_progress {
                on_progress(progress);
            }
            ControlFlow::Continue(())
        });
        self.options.on_progress = on_progress;
        result
    }

    /// Does what [`Self::analyze`] does as long as `on_progress`, which is called after each batch,
    /// says so. The function of the options is not called.
    ///
    /// # Errors
    ///
    /// As [`Self::analyze`], and [`AnalyzeVideoErrorKind::Stopped`].
    pub fn analyze_while(
        &mut self,
        video: impl AsRef<Path>,
        mut on_progress: impl FnMut(Progress<'_>) -> ControlFlow<()>,
    ) -> Result<VideoReport, AnalyzeVideoError> {
        let video = video.as_ref();
        self.try_analyze(video, &mut on_progress)
            .map_err(|kind| AnalyzeVideoError {
                video: video.to_owned(),
                kind,
            })
    }

    /// Sets the folder of the next results, or that of each video.
    pub fn set_destination(&mut self, folder: Option<PathBuf>) {
        self.options.destination = folder;
    }

    /// Returns how many frames go to the network together. Poses depend on it only where they are
    /// asked to be those of DeepLabCut's batches.
    fn frames_at_once(&self) -> usize {
        let follows = self.options.dynamic.is_some() || self.options.top_down_dynamic.is_some();
        match self.options.estimator.statistics {
            BatchStatistics::Frame if !follows => {
                self.batch_size.max(self.estimator.frames_at_once())
            }
            _ => self.batch_size,
        }
    }

    fn try_analyze(
        &mut self,
        video: &Path,
        on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
    ) -> Result<VideoReport, AnalyzeVideoErrorKind> {
        let scorer = self.model.scorer();
        let destination = self.options.destination.as_deref();
        let outputs = OutputPaths::new(video, &scorer, destination);
        if let Some(existing) = self.existing(video)? {
            return Ok(self.report_of(existing));
        }
        let (start, clock) = (seconds_since_1970(), Instant::now());
        let source = video::open(video)?;
        let info = source.info();
        let record = self.provenance_of_video(existing::video_input(video)?.with_info(info));
        outputs.check_folder()?;
        let crop = self.crop.map(|crop| crop.fit(info.width, info.height));
        let crop = crop.transpose()?;
        let plan = Plan {
            frames_at_once: self.frames_at_once(),
            num_outputs: self.num_outputs,
            statistics: self.options.estimator.statistics,
            crop: self.analyzed(crop, info),
            dynamic: self.options.dynamic,
            frame_count: info.frame_count,
        };
        if let Some(dynamic) = self.options.top_down_dynamic {
            // Another video: the animal may be anywhere.
            self.estimator
                .set_boxes(Boxes::Dynamic(DynamicBoxes::new(dynamic)))
                .map_err(AnalyzeVideoErrorKind::Boxes)?;
        }
        let poses = batches::run(source, &mut self.estimator, plan, |frames_done| {
            on_progress(Progress {
                video,
                frames_done,
                frame_count: info.frame_count,
                elapsed: clock.elapsed(),
            })
        })?;
        let config = self
            .model
            .stored_config(self.batch_size, self.num_outputs.get())?;
        let metadata = Metadata {
            engine: self.model.engine(),
            start_secs: start,
            stop_secs: start + clock.elapsed().as_secs_f64(),
            scorer: &scorer,
            config: &config,
            fps: info.fps,
            batch_size: self.batch_size,
            width: info.width,
            height: info.height,
            frame_count: poses.len(),
            iteration: self.model.iteration(),
            training_fraction: self.model.training_fraction(),
            crop,
            analyzed: plan.crop,
            bodyparts: poses.bodyparts(),
        };
        write(&outputs, &poses, &metadata, record)?;
        Ok(VideoReport {
            crop: crop.map(|_| plan.crop),
            duration: clock.elapsed(),
            ..self.report(outputs, &poses)
        })
    }

    /// Returns the part of the frames that is analysed when `crop` is asked for.
    fn analyzed(&self, crop: Option<Crop>, info: VideoInfo) -> Crop {
        match (crop, self.model.engine()) {
            (None, _) => Crop::full(info.width, info.height),
            (Some(crop), Engine::TensorFlow) => crop,
            (Some(crop), Engine::PyTorch) => as_pytorch_crops(crop, info),
        }
    }

    /// Reports an analysis, as done now and in no time.
    fn report(&self, outputs: OutputPaths, poses: &PoseTable) -> VideoReport {
        let rows = || poses.rows().enumerate();
        let missing = rows().filter(|(_, row)| row.iter().all(|k| k.is_missing()));
        let absent = rows().filter(|(_, row)| is_absent(row));
        VideoReport {
            scorer: self.model.scorer(),
            outputs,
            already_analyzed: false,
            without_record: false,
            crop: None,
            frame_count: poses.len(),
            missing_frames: missing.map(|(index, _)| index).collect(),
            frames_without_animal: absent.map(|(index, _)| index).collect(),
            mean_likelihood: mean_likelihood(poses),
            device: self.estimator.device().to_owned(),
            duration: Duration::ZERO,
        }
    }

    fn report_of(&self, existing: Existing) -> VideoReport {
        VideoReport {
            already_analyzed: true,
            without_record: existing.without_record,
            crop: existing.crop,
            ..self.report(existing.outputs, &existing.poses)
        }
    }
}

/// Returns the crop that DeepLabCut's PyTorch engine makes of the one it is given.
///
/// It stores each edge as a fraction of the frame and comes back to pixels by truncation, which
/// moves some edges by one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "an edge is a pixel of a frame"
)]
fn as_pytorch_crops(crop: Crop, info: VideoInfo) -> Crop {
    let edge = |edge: usize, len: usize| (len as f64 * (edge as f64 / len as f64)) as usize;
    Crop {
        x_min: edge(crop.x_min, info.width),
        x_max: edge(crop.x_max, info.width),
        y_min: edge(crop.y_min, info.height),
        y_max: edge(crop.y_max, info.height),
    }
}

fn read_weights(model: &ResolvedModel) -> Result<ExportedWeights, OpenAnalyzerError> {
    let limits = Limits::default();
    let read = |path: &Path| -> Result<Weights, OpenAnalyzerError> {
        Ok(match model.engine {
            Engine::TensorFlow => tensorflow::read_checkpoint(path, &limits)?,
            Engine::PyTorch => torch::read_snapshot(path, &limits)?.weights,
        })
    };
    let detector = model.detector.as_ref();
    Ok(ExportedWeights {
        pose: read(&model.snapshot_path)?,
        detector: detector.map(|detector| read(&detector.path)).transpose()?,
        graph: None,
    })
}

/// Writes all files and then gives them their names, the `.h5` last: where it is, all are.
fn write(
    outputs: &OutputPaths,
    poses: &PoseTable,
    metadata: &Metadata<'_>,
    record: Provenance,
) -> Result<(), WriteFileError> {
    let precision = precision(metadata.engine, poses);
    let mut files = atomic::Batch::new();
    files.stage(&outputs.meta, |file| {
        let bytes = pickle::write(&metadata.to_pickle()).map_err(io::Error::other)?;
        io::Write::write_all(file, &bytes)
    })?;
    files.stage(&outputs.csv, |file: &mut AtomicFile| {
        csv::write(file, poses, metadata.scorer, precision)
    })?;
    files.stage(&outputs.h5, |file: &mut AtomicFile| {
        h5::write(file, poses, metadata.scorer, precision)
    })?;
    record.stage(&mut files, &outputs.h5)?;
    files.commit()
}

/// Returns how wide the numbers are that an engine of DeepLabCut writes.
///
/// Rows of -1 make the PyTorch engine's arrays those of 64 bits, all of them.
fn precision(engine: Engine, poses: &PoseTable) -> Precision {
    match engine {
        Engine::PyTorch if !poses.rows().any(is_absent) => Precision::F32,
        Engine::PyTorch | Engine::TensorFlow => Precision::F64,
    }
}

/// What an analysis does unless it is told otherwise.
struct OfProject {
    crop: Option<Crop>,
    batch_size: usize,
    num_outputs: Option<usize>,
}

/// Returns the mean over all keypoints, without the frames that show no animal.
#[expect(
    clippy::cast_precision_loss,
    reason = "a video has far fewer than 2^52 keypoints"
)]
fn mean_likelihood(poses: &PoseTable) -> f64 {
    let keypoints = poses.rows().filter(|row| !is_absent(row)).flatten();
    let likelihoods = keypoints.map(|keypoint| keypoint.likelihood);
    let likelihoods = likelihoods.filter(|likelihood| !likelihood.is_nan());
    let (sum, count) = likelihoods.fold((0.0, 0_usize), |(sum, n), value| (sum + value, n + 1));
    sum / count as f64
}

fn seconds_since_1970() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |duration| duration.as_secs_f64())
}

/// An error returned when a model cannot be made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenAnalyzerError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] OpenProjectError),
    /// The project has no such model.
    #[error(transparent)]
    Model(#[from] ResolveModelError),
    /// The exported model cannot be read.
    #[error(transparent)]
    Exported(#[from] ReadExportedModelError),
    /// The checkpoint of a TensorFlow model cannot be read.
    #[error(transparent)]
    Checkpoint(#[from] ReadCheckpointError),
    /// The snapshot of a PyTorch model cannot be read.
    #[error(transparent)]
    Snapshot(#[from] ReadSnapshotError),
    /// The network cannot be loaded.
    #[error("could not use {}", snapshot.display())]
    Network {
        /// The snapshot.
        snapshot: PathBuf,
        /// The reason.
        source: LoadNetworkError,
    },
    /// The files with the weights cannot be read once more.
    #[error("could not read {}", snapshot.display())]
    Fingerprint {
        /// The snapshot.
        snapshot: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A top-down model has no detector.
    #[error("the top-down model in {} has no snapshot of its detector (snapshot-detector-….pt), and no box follows the animal instead", folder.display())]
    NoDetector {
        /// The folder of the snapshots.
        folder: PathBuf,
    },
    /// The configuration asks for a detector that does not run here.
    #[error("could not use the detector of {}", snapshot.display())]
    Detector {
        /// The snapshot of the model.
        snapshot: PathBuf,
        /// The reason.
        source: NetworkConfigError,
    },
    /// A box is to follow the animal, and the model sees whole frames.
    #[error(transparent)]
    Boxes(#[from] SetBoxesError),
    /// A field of `config.yaml` is wrong.
    #[error(transparent)]
    Config(#[from] ConfigFieldError),
    /// An option cannot mean anything.
    #[error(transparent)]
    Option(#[from] OptionError),
}

/// An error returned when a video could not be analysed.
#[derive(Debug, thiserror::Error)]
#[error("could not analyse {}", video.display())]
pub struct AnalyzeVideoError {
    video: PathBuf,
    #[source]
    kind: AnalyzeVideoErrorKind,
}

impl AnalyzeVideoError {
    /// Returns the reason.
    pub fn kind(&self) -> &AnalyzeVideoErrorKind {
        &self.kind
    }
}

/// Why a video could not be analysed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnalyzeVideoErrorKind {
    /// The video cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenVideoError),
    /// The video cannot be compared with that of the results.
    #[error("could not read")]
    Fingerprint(#[source] io::Error),
    /// There are results that were made otherwise.
    #[error(transparent)]
    Differs(#[from] ResultDiffersError),
    /// The video cannot be read to its end.
    #[error(transparent)]
    Read(ReadFrameError),
    /// The crop lies outside of the frames.
    #[error(transparent)]
    Crop(#[from] CropError),
    /// The network failed.
    #[error(transparent)]
    Estimate(dlc_infer::EstimatePoseError),
    /// A box is to follow the animal, and the model sees whole frames.
    #[error(transparent)]
    Boxes(SetBoxesError),
    /// The folder of the results cannot be written to.
    #[error("could not write into {}", folder.display())]
    Destination {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A batch would take too much memory, and poses depend on its size.
    #[error(transparent)]
    Batch(BatchSizeError),
    /// The poses would take more memory than there is.
    #[error(transparent)]
    Memory(PoseMemoryError),
    /// Whoever was told how far it has come wanted no more.
    #[error("stopped")]
    Stopped,
    /// A result cannot be written.
    #[error(transparent)]
    Write(#[from] WriteFileError),
    /// The configuration of the model cannot be stored.
    #[error(transparent)]
    Config(#[from] ConfigFieldError),
}

impl From<RunError> for AnalyzeVideoErrorKind {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Read(error) => Self::Read(error),
            RunError::Estimate(error) => Self::Estimate(error),
            RunError::Batch(error) => Self::Batch(error),
            RunError::Memory(error) => Self::Memory(error),
            RunError::Stopped => Self::Stopped,
        }
    }
}
