use std::{
    cell::RefCell,
    fmt,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use dlc_io::project::Project;
use dlc_model::UtcOffset;
use dlc_schema::{
    DlcModel, PhysicalFile, Query, Repository, Store, StoreError, StoreExt,
    make::{MakeError, Predicted, PredictedFile, PredictionJob, Predictor, Running},
    name::{DlcModelName, FileTypeName, NameError},
    tables::DLC_MODEL,
};

use crate::{
    AnalyzeOptions, Analyzer,
    pipeline::{
        OpenRegisteredModelError, PredictSessionError, PredictSessionOptions, PredictedVideo,
        RegisteredProject, Repositories, SessionPlan, predict_session,
    },
};

/// Runs registered models on the videos of a pipeline, for a worker.
///
/// The model of the job before stays loaded.
pub struct VideoPredictor {
    models: Vec<DlcModelName>,
    repositories: Repositories,
    utc_offset: Option<UtcOffset>,
    options: Box<dyn Fn() -> AnalyzeOptions<'static> + Send>,
    loaded: RefCell<Option<Loaded>>,
}

struct Loaded {
    project: RegisteredProject,
    opened: Project,
    analyzer: Analyzer<'static>,
}

impl fmt::Debug for VideoPredictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VideoPredictor")
            .field("models", &self.models)
            .field("repositories", &self.repositories)
            .finish_non_exhaustive()
    }
}

/// A registered model that this machine cannot offer.
#[derive(Debug)]
#[non_exhaustive]
pub struct RefusedModel {
    /// The model.
    pub model: DlcModelName,
    /// Why not.
    pub reason: OpenRegisteredModelError,
}

impl VideoPredictor {
    /// Offers all registered models whose projects are on this machine and are what was registered;
    /// the others come back with the reason.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be read.
    pub fn with_models_here(
        store: &dyn Store,
        repositories: Repositories,
    ) -> Result<(Self, Vec<RefusedModel>), StoreError> {
        let registered: Vec<DlcModel> = store.fetch(&Query::of(&DLC_MODEL))?;
        let (mut models, mut refused) = (Vec::new(), Vec::new());
        for model in registered {
            let name = model.name.clone();
            let project = store.read(|rows| RegisteredProject::find(rows, model));
            match project.and_then(|project| project.open(&repositories)) {
                Ok(_) => models.push(name),
                Err(OpenRegisteredModelError::Store(error)) => return Err(error),
                Err(reason) => refused.push(RefusedModel {
                    model: name,
                    reason,
                }),
            }
        }
        let predictor = Self {
            models,
            repositories,
            utc_offset: None,
            options: Box::new(AnalyzeOptions::default),
            loaded: RefCell::new(None),
        };
        Ok((predictor, refused))
    }

    /// Tells how far the clock of the microscope was from UTC.
    #[must_use]
    pub fn with_utc_offset(mut self, offset: UtcOffset) -> Self {
        self.utc_offset = Some(offset);
        self
    }

    /// Sets how videos are analysed. The snapshot and the destination are not taken from here.
    #[must_use]
    pub fn with_options(
        mut self,
        options: impl Fn() -> AnalyzeOptions<'static> + Send + 'static,
    ) -> Self {
        self.options = Box::new(options);
        self
    }

    fn paths(&self, files: &[(PhysicalFile, Repository)]) -> Vec<PathBuf> {
        let path = |(file, repository): &(PhysicalFile, Repository)| {
            self.repositories.path(repository, &file.file_path)
        };
        files.iter().map(path).collect()
    }

    fn plan(&self, job: &PredictionJob) -> Result<SessionPlan, PredictSessionError> {
        let mut options = PredictSessionOptions {
            utc_offset: self.utc_offset,
            // What a person has stored counts more than what an earlier try wrote.
            replace_starts: !job.starts.is_empty(),
            ..PredictSessionOptions::default()
        };
        if !job.starts.is_empty() {
            options = options.with_starts(job.starts.iter().map(|start| start.start));
        }
        if job.imaging.is_empty() {
            options = options.with_basename(job.data.recording.recording.as_str());
        }
        let (videos, tifs) = (self.paths(&job.files), self.paths(&job.imaging));
        Ok(SessionPlan::new(&videos, &tifs, &options)?)
    }

    fn run(&self, job: &PredictionJob, running: &Running) -> Result<Predicted, PredictJobError> {
        let plan = self.plan(job)?;
        let project = RegisteredProject {
            model: job.model.clone(),
            identity: job.identity.clone(),
            path: job.project.clone(),
            repository: job.project_repository.clone(),
        };
        let mut loaded = self.loaded.borrow_mut();
        if loaded
            .as_ref()
            .is_none_or(|loaded| loaded.project != project)
        {
            *loaded = None;
            let (opened, analyzer) = project
                .load(&self.repositories, (self.options)())
                .map_err(PredictSessionError::from)?;
            *loaded = Some(Loaded {
                project,
                opened,
                analyzer,
            });
        }
        let Some(loaded) = loaded.as_mut() else {
            unreachable!("it was loaded just now")
        };
        let videos = predict_session::run(
            &loaded.opened,
            &mut loaded.analyzer,
            &plan,
            &mut |_| match running.is_cancelled() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            },
        )?;
        let repositories = job.files.iter().chain(&job.imaging);
        let repositories: Vec<Repository> = repositories.map(|(_, place)| place.clone()).collect();
        predicted(&self.repositories, &repositories, &plan.folder, &videos)
    }
}

impl Predictor for VideoPredictor {
    fn models(&self) -> &[DlcModelName] {
        &self.models
    }

    fn predict(&self, job: &PredictionJob, running: &Running) -> Result<Predicted, MakeError> {
        self.run(job, running)
            .map_err(|error| match error.is_transient() {
                true => MakeError::transient(error),
                false => MakeError::permanent(error),
            })
    }
}

/// The kinds of the files that a prediction writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FileKind {
    H5,
    Csv,
    Pickle,
    Recording,
    Config,
}

impl FileKind {
    /// Returns the name in `FileType`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::H5 => "DLC_h5",
            Self::Csv => "DLC_csv",
            Self::Pickle => "DLC_pickle",
            Self::Recording => "DLC_recording",
            Self::Config => "DLC_config",
        }
    }
}

/// Names the files of a session as rows do.
fn predicted(
    here: &Repositories,
    repositories: &[Repository],
    folder: &Path,
    videos: &[PredictedVideo],
) -> Result<Predicted, PredictJobError> {
    let mut files = Vec::new();
    let mut add = |kind: FileKind, path: &Path| {
        let place = here.relative(repositories, path);
        let (repository, path) =
            place.ok_or_else(|| PredictJobError::NoRepository(path.to_owned()))?;
        files.push(PredictedFile {
            file_type: FileTypeName::new(kind.name())?,
            repository,
            path,
        });
        Ok::<_, PredictJobError>(())
    };
    for video in videos {
        let outputs = &video.report.outputs;
        add(FileKind::H5, &outputs.h5)?;
        add(FileKind::Csv, &outputs.csv)?;
        add(FileKind::Pickle, &outputs.meta)?;
        add(
            FileKind::Recording,
            &dlc_io::metadata::Recording::path_beside(&outputs.h5),
        )?;
    }
    add(FileKind::Config, &folder.join("dlc_config_file.yaml"))?;
    Ok(Predicted { files })
}

/// An error returned when the videos of a pipeline cannot be predicted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictJobError {
    /// The session cannot be predicted.
    #[error(transparent)]
    Session(#[from] PredictSessionError),
    /// Others would not find a file.
    #[error("{} is in no repository of the recording's files", .0.display())]
    NoRepository(PathBuf),
    /// A kind of files is too long for its table.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl PredictJobError {
    /// Returns whether another try may help: it was stopped, or a disk was full or not there.
    fn is_transient(&self) -> bool {
        matches!(self, Self::Session(error) if error.is_stopped())
            || crate::error::has_io_cause(self)
    }
}
