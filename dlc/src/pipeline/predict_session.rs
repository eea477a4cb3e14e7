mod error;
mod options;
mod plan;

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits,
    atomic::OutputGuard,
    metadata::{self, MetadataError, Recording},
    project::Project,
    video,
};
use dlc_model::{Timestamp, UtcOffset};
use dlc_schema::{FoundBy, Store, StoreExt, find_model, name::DlcModelName};

pub use self::{
    error::{PlanSessionError, PredictSessionError},
    options::PredictSessionOptions,
    plan::{SessionPlan, StartSource},
};
use crate::{
    Analyzer,
    analysis::{AnalyzeVideoErrorKind, OutputPaths, Progress, VideoReport},
    pipeline::RegisteredProject,
};

/// What [`predict_session`] did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PredictedSession {
    /// The model that was taken.
    pub model: DlcModelName,
    /// What the text that stood for the model was.
    pub found_by: FoundBy,
    /// The folder `dlc_{basename}`.
    pub folder: PathBuf,
    /// What was done with each video.
    pub videos: Vec<PredictedVideo>,
}

/// What was done with a video of a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PredictedVideo {
    /// The video.
    pub video: PathBuf,
    /// The moment of its first frame.
    pub start: Timestamp,
    /// Where that is known from.
    pub start_source: StartSource,
    /// The analysis.
    pub report: VideoReport,
}

/// Runs a model on the videos of a session and lays the results out for the pipeline: the seed's
/// `do_DLC_prediction(video_filepaths, model_name, tif_filepaths)`.
///
/// `model` is the name under which a model is registered, or a scorer name as long as one model alone
/// has it. The results are named after the pictures of the microscope (`tifs`) and lie beside them:
///
/// ```text
/// dlc_{basename}/
///     dlc_config_file.yaml             config.yaml of the project
///     {video}{scorer}.h5, .csv
///     {video}{scorer}_meta.pickle      with `Start Timestamp`
///     {video}{scorer}_recording.json   the same, as a record of its own
/// ```
///
/// Videos whose results are there already, made by the same model with the same options, are not analysed
/// again. Where one's results were made otherwise, nothing is done.
///
/// When a video began is told by the options, by the picture file with the same place in its list, or
/// by the video file itself: the first that is known.
///
/// # Errors
///
/// Returns an error when no model or several are meant, when the name of the session or the beginning
/// of a video is not known, when the model is not on this machine or another than was registered, or
/// when results of a video say that it began at another moment
/// ([`replace_starts`](PredictSessionOptions::replace_starts)): all of this before the first frame is
/// decoded. Further, when a video cannot be analysed, or when a file cannot be written. Videos that were
/// done before it keep their results.
pub fn predict_session<V: AsRef<Path>, T: AsRef<Path>>(
    store: &dyn Store,
    videos: impl IntoIterator<Item = V>,
    model: &str,
    tifs: impl IntoIterator<Item = T>,
    mut options: PredictSessionOptions<'_>,
) -> Result<PredictedSession, PredictSessionError> {
    let videos = videos.into_iter().map(|video| video.as_ref().to_owned());
    let tifs = tifs.into_iter().map(|tif| tif.as_ref().to_owned());
    let (videos, tifs): (Vec<PathBuf>, Vec<PathBuf>) = (videos.collect(), tifs.collect());
    let found = store.read(|rows| find_model(rows, model))?;
    let (name, found_by) = (found.model.name.clone(), found.by);
    let project = store.read(|rows| RegisteredProject::find(rows, found.model))?;
    let plan = SessionPlan::new(&videos, &tifs, &options)?;
    let mut on_progress = options.analyze.on_progress.take();
    let (project, mut analyzer) = project.load(&options.repositories, options.analyze)?;
    let videos = run(&project, &mut analyzer, &plan, &mut |progress| {
        if let Some(on_progress) = &mut on_progress {
            on_progress(progress);
        }
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(PredictedSession {
        model: name,
        found_by,
        folder: plan.folder,
        videos,
    })
}

/// Analyses the videos of a session and completes its folder.
pub(crate) fn run(
    project: &Project,
    analyzer: &mut Analyzer<'_>,
    plan: &SessionPlan,
    on_progress: &mut dyn FnMut(Progress<'_>) -> std::ops::ControlFlow<()>,
) -> Result<Vec<PredictedVideo>, PredictSessionError> {
    let write = |path: &Path| {
        let path = path.to_owned();
        move |source| PredictSessionError::Write { path, source }
    };
    analyzer.set_destination(Some(plan.folder.clone()));
    // Before anything is written: videos can be opened, and results that were made otherwise stay together.
    for path in &plan.videos {
        if !analyzer.is_analyzed(path)? {
            video::probe(path).map_err(PlanSessionError::from)?;
        }
    }
    if !plan.replace_starts {
        check_recorded(analyzer, plan)?;
    }
    fs::create_dir_all(&plan.folder).map_err(write(&plan.folder))?;
    let config = plan.folder.join("dlc_config_file.yaml");
    let content = fs::read(project.config_path()).map_err(write(project.config_path()))?;
    OutputGuard::new()
        .with_input(project.config_path())
        .write(&config, |file| file.write_all(&content))?;
    let mut done = Vec::new();
    for (video, start) in plan.videos.iter().zip(&plan.starts) {
        let report = analyzer.analyze_while(video, &mut *on_progress)?;
        note_start(video, &report, start.0)?;
        done.push(PredictedVideo {
            video: video.clone(),
            start: start.0,
            start_source: start.1,
            report,
        });
    }
    Ok(done)
}

/// Refuses moments other than those that results of the videos have already.
fn check_recorded(analyzer: &Analyzer<'_>, plan: &SessionPlan) -> Result<(), PredictSessionError> {
    for (video, (start, _)) in plan.videos.iter().zip(&plan.starts) {
        let Some(outputs) = analyzer.outputs_there(video) else {
            continue;
        };
        let recorded = recorded_start(&outputs, start.offset())?;
        if let Some(recorded) = recorded.filter(|known| known.unix_ns() != start.unix_ns()) {
            return Err(PredictSessionError::OtherStart {
                video: video.clone(),
                recorded,
                given: *start,
            });
        }
    }
    Ok(())
}

/// Returns when results say that their video began. A text without an offset from UTC is read with the
/// assumed one.
fn recorded_start(
    outputs: &OutputPaths,
    assumed: UtcOffset,
) -> Result<Option<Timestamp>, MetadataError> {
    let limits = Limits::default();
    let beside = Recording::path_beside(&outputs.h5);
    if beside.exists() {
        return Ok(Some(Recording::read(beside, &limits)?.start_timestamp));
    }
    match outputs.meta.exists() {
        true => {
            metadata::MetadataFile::read(&outputs.meta, &limits)?.start_timestamp(Some(assumed))
        }
        false => Ok(None),
    }
}

/// Writes when a video began into its metadata and beside it.
fn note_start(
    video: &Path,
    report: &VideoReport,
    start: Timestamp,
) -> Result<(), PredictSessionError> {
    let limits = Limits::default();
    let meta = &report.outputs.meta;
    metadata::set_start_timestamp(meta, start, &limits)?;
    let facts = metadata::MetadataFile::read(meta, &limits)?;
    let name = video
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let mut recording = Recording {
        start_timestamp: start,
        fps: facts.fps().unwrap_or(f64::NAN),
        frame_count: facts.frame_count().unwrap_or(0),
        frame_times_s: None,
        scorer: report.scorer.clone(),
        video: name,
        video_sha256: None,
    };
    if let Some(times) = video::probe(video)?.frame_times() {
        recording.set_frame_times(times);
    }
    Ok(recording.write(Recording::path_beside(&report.outputs.h5))?)
}

impl PredictSessionError {
    /// Returns whether whoever was told of the progress wanted no more.
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Analyze(error) if matches!(error.kind(), AnalyzeVideoErrorKind::Stopped))
    }
}
