//! What comes after an analysis: filtered poses, bones, labelled videos, plots and reports.

mod analyze_skeleton;
mod filter_predictions;
mod labeled_video;
mod plot_trajectories;
mod session_report;

use std::{
    io,
    path::{Path, PathBuf},
};

use dlc_io::{
    ReadPosesError,
    atomic::OutputGuard,
    file_names::existing,
    h5,
    project::{ModelRequest, OpenProjectError, Project, ResolveModelError},
    provenance::{Difference, Input, Provenance},
};
use dlc_model::{ConfigFieldError, ScorerName};

use crate::analysis::{ResultDiffersError, SameResultsError, check_videos, outputs::appended};

pub use self::{
    analyze_skeleton::{AnalyzeSkeletonError, Bone, SkeletonError, SkeletonPaths, bones},
    filter_predictions::{Filter, FilterError, FilterPredictionsError, FilteredPaths, MedianEdges},
    labeled_video::{CreateLabeledVideoError, LabeledVideo, LabeledVideoOptions},
    plot_trajectories::{ImageType, PlotTrajectoriesError, PlotTrajectoriesOptions},
    session_report::{SessionReportError, SessionReportOptions},
};

/// The results of one model of a project, beside its videos or in a folder of their own.
///
/// What comes after `analyze_videos` is a method here, under DeepLabCut's name:
///
/// | method | writes |
/// |---|---|
/// | [`filter_predictions`](Self::filter_predictions) | filtered poses |
/// | [`analyze_skeleton`](Self::analyze_skeleton) | lengths and directions of bones |
/// | [`create_labeled_video`](Self::create_labeled_video) | the video with dots |
/// | [`plot_trajectories`](Self::plot_trajectories) | four plots |
/// | [`write_session_report`](Self::write_session_report) | one HTML file with all of it |
///
/// A result that is there stays when it was made of the same poses and with the same options. One that
/// was made otherwise is an error that says what differs, unless the results are told to
/// [overwrite](Self::with_overwrite). A record beside each result tells how it was made
/// ([`Provenance`]); of one without a record, such as DeepLabCut's, the numbers are compared. Plots and
/// reports take a moment and are always made again, as DeepLabCut does.
///
/// The model itself is not needed, only the name of its results. To compare a model with labels,
/// there is [`evaluate_network`](crate::evaluate_network).
///
/// # Examples
///
/// ```no_run
/// use dlc::{Results, io::project::ModelRequest, results::Filter};
///
/// let results = Results::open("openfield/config.yaml", &ModelRequest::shuffle(1))?;
/// let filtered = results.filter_predictions("videos/mouse.avi", &Filter::default())?;
///
/// println!("{}", filtered.h5.display());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Results {
    project: Project,
    scorer: ScorerName,
    destination: Option<PathBuf>,
    overwrite: bool,
    guard: OutputGuard,
}

/// A file with the poses in a video.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Analyzed {
    pub(crate) path: PathBuf,
    pub(crate) predictions: dlc_io::Predictions,
}

impl Results {
    /// Finds out how the results of a model are called.
    ///
    /// `config` is the project's `config.yaml` or its folder.
    ///
    /// # Errors
    ///
    /// Returns an error when the project cannot be read, or has no such model.
    pub fn open(config: impl AsRef<Path>, model: &ModelRequest) -> Result<Self, OpenResultsError> {
        let project = Project::open(config)?;
        let scorer = project.scorer_name(model)?;
        Ok(Self {
            project,
            scorer,
            destination: None,
            overwrite: false,
            guard: OutputGuard::new(),
        })
    }

    /// Sets the folder of the results, when it is not that of each video (`destfolder`).
    #[must_use]
    pub fn with_destination(mut self, folder: impl Into<PathBuf>) -> Self {
        self.destination = Some(folder.into());
        self
    }

    /// Sets whether what is there already is made again. DeepLabCut keeps it, and so does this unless
    /// told.
    #[must_use]
    pub fn with_overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Lets an output replace this file though it is an input or of another kind; never a video.
    #[must_use]
    pub fn with_replaceable(mut self, path: impl Into<PathBuf>) -> Self {
        self.guard = self.guard.with_replaceable(path);
        self
    }

    /// Returns the project.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Returns the name of the results.
    pub fn scorer(&self) -> &ScorerName {
        &self.scorer
    }

    /// Returns the `.h5` with the poses in a video, as DeepLabCut's `find_analyzed_data`.
    ///
    /// Files of DeepLabCut before 2.1 (`DeepCut_…`, `…filtered.h5`) are found too.
    ///
    /// # Errors
    ///
    /// Returns an error that names the files that were looked for.
    pub fn find(
        &self,
        video: impl AsRef<Path>,
        filtered: bool,
    ) -> Result<PathBuf, FindResultsError> {
        let endings: &[&str] = match filtered {
            true => &["_filtered.h5", "filtered.h5"],
            false => &[".h5"],
        };
        self.find_ending(video.as_ref(), endings)
    }

    pub(crate) fn find_ending(
        &self,
        video: &Path,
        endings: &[&str],
    ) -> Result<PathBuf, FindResultsError> {
        let stem = video.file_stem().unwrap_or_default();
        let folder = self.folder(video);
        let mut looked_for = Vec::new();
        for scorer in [self.scorer.to_string(), self.scorer.legacy()] {
            for ending in endings {
                looked_for.push(folder.join(appended(stem, &[&scorer, ending])));
            }
        }
        looked_for.dedup();
        match looked_for.iter().find_map(|path| existing(path)) {
            Some(path) => Ok(path),
            None => Err(FindResultsError {
                video: video.into(),
                looked_for,
            }),
        }
    }

    /// Returns the folder of a video's results.
    pub(crate) fn folder<'a>(&'a self, video: &'a Path) -> &'a Path {
        let beside = || video.parent().unwrap_or(Path::new(""));
        self.destination.as_deref().unwrap_or_else(beside)
    }

    /// Checks that fields of `config.yaml` are what they must be, and `pcutoff` unless it is given.
    pub(crate) fn check(
        &self,
        pcutoff: Option<f64>,
        fields: &[&str],
    ) -> Result<(), ConfigFieldError> {
        let config = self.project.config();
        if pcutoff.is_none() {
            config.check(&["pcutoff"])?;
        }
        config.check(fields)
    }

    pub(crate) fn overwrites(&self) -> bool {
        self.overwrite
    }

    /// Returns a guard that knows no inputs.
    pub(crate) fn replaceable(&self) -> OutputGuard {
        self.guard.clone()
    }

    /// Returns what outputs that are made of the poses in a video may not replace.
    pub(crate) fn guard(&self, video: &Path, h5: &Path) -> OutputGuard {
        let guard = self.guard.clone().with_video(video).with_input(h5);
        guard.with_input(self.project.config_path())
    }

    /// Makes sure that each video has results of its own: [`check_videos`] for the
    /// folder of these results.
    ///
    /// # Errors
    ///
    /// Returns an error that names two videos.
    pub fn check_videos<V: AsRef<Path>>(&self, videos: &[V]) -> Result<(), SameResultsError> {
        check_videos(videos, self.destination.as_deref())
    }

    /// Compares a result that may be there with the one that is asked for.
    pub(crate) fn state(
        &self,
        result: &Path,
        wanted: &Provenance,
    ) -> Result<State, ResultDiffersError> {
        if self.overwrite || !result.exists() {
            return Ok(State::Missing);
        }
        match wanted.differences_of(result) {
            None => Ok(State::Unrecorded),
            Some(differences) => {
                ResultDiffersError::check(result, differences)?;
                Ok(State::Same)
            }
        }
    }

    /// Finds and reads the poses in a video.
    pub(crate) fn analyzed(
        &self,
        video: &Path,
        filtered: bool,
    ) -> Result<Analyzed, ReadResultsError> {
        let path = self.find(video, filtered)?;
        let predictions = h5::read(&path)?;
        Ok(Analyzed { path, predictions })
    }
}

/// Whether a result is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum State {
    /// It is to be made.
    Missing,
    /// It is there, as it is asked for.
    Same,
    /// It is there, and no record tells how it was made: by DeepLabCut, or before there were records.
    Unrecorded,
}

/// Returns the difference of a result that is there without a record.
pub(crate) fn unrecorded(result: &Path, here: &str) -> ResultDiffersError {
    let differences = vec![Difference::new("how it was made", "not recorded", here)];
    ResultDiffersError::new(result, differences)
}

/// Takes the fingerprint of the poses that a result is made of.
pub(crate) fn poses_input(h5: &Path) -> Result<Input, ReadResultsError> {
    Input::of_file(h5).map_err(|source| ReadResultsError::Fingerprint {
        path: h5.into(),
        source,
    })
}

/// Returns whether poses have a record that tells of another file than this video. It may show the same,
/// e.g., in another format.
pub(crate) fn is_of_another_file(h5: &Path, video: &Input) -> bool {
    let record = Provenance::read(Provenance::path_beside(h5)).ok();
    let analyzed = record
        .as_ref()
        .and_then(|record| record.inputs.get("video"));
    analyzed.is_some_and(|analyzed| analyzed.fingerprint != video.fingerprint)
}

/// How far numbers of a file may be from those that are computed now, in their own unit: files of 32
/// bits are rounded.
const SAME: f64 = 1e-2;

/// Returns whether all numbers are the same but for rounding; missing ones are the same.
pub(crate) fn same_numbers<'a>(
    there: impl IntoIterator<Item = &'a f64>,
    here: impl IntoIterator<Item = &'a f64>,
) -> bool {
    let (mut there, mut here) = (there.into_iter(), here.into_iter());
    loop {
        match (there.next(), here.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if (a - b).abs() <= SAME || a.is_nan() && b.is_nan() => {}
            _ => return false,
        }
    }
}

/// Returns the path with another ending in place of `.h5`.
pub(crate) fn beside(h5: &Path, ending: &str) -> PathBuf {
    let stem = h5.file_stem().unwrap_or_default();
    h5.with_file_name(appended(stem, &[ending]))
}

/// An error returned when the name of a model's results cannot be found out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenResultsError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] OpenProjectError),
    /// The project has no such model.
    #[error(transparent)]
    Model(#[from] ResolveModelError),
}

/// An error returned when a video has no such results.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no results for {}: expected {}; analyse it first", video.display(), one_of(looked_for))]
pub struct FindResultsError {
    video: PathBuf,
    looked_for: Vec<PathBuf>,
}

impl FindResultsError {
    /// Returns the files that were looked for, any of which would do.
    pub fn looked_for(&self) -> &[PathBuf] {
        &self.looked_for
    }
}

fn one_of(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    names.join(" or ")
}

/// An error returned when the poses in a video cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadResultsError {
    /// The video was not analysed, or not filtered.
    #[error(transparent)]
    Find(#[from] FindResultsError),
    /// The file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadPosesError),
    /// The bytes of the file, or of the video, cannot be read.
    #[error("could not read {}", path.display())]
    Fingerprint {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}
