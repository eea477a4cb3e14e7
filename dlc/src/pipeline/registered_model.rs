use std::path::PathBuf;

use dlc_io::project::{ModelRequest, OpenProjectError, Project, ResolveModelError};
use dlc_model::SnapshotIndex;
use dlc_schema::{
    DlcModel, DlcModelIdentity, DlcModelPath, Repository, Row, StoreError, Transaction,
    TransactionExt, name::DlcModelName,
};

use crate::{AnalyzeOptions, Analyzer, analysis::OpenAnalyzerError, pipeline::Repositories};

/// A registered model with all that is needed to run it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisteredProject {
    /// The model.
    pub model: DlcModel,
    /// What its key leaves open, when we registered it.
    pub identity: Option<DlcModelIdentity>,
    /// Where its project is.
    pub path: DlcModelPath,
    /// The repository that the project is in.
    pub repository: Repository,
}

impl RegisteredProject {
    /// Looks up where a model is.
    ///
    /// # Errors
    ///
    /// Returns an error when nothing tells where it is.
    pub fn find(
        rows: &mut dyn Transaction,
        model: DlcModel,
    ) -> Result<Self, OpenRegisteredModelError> {
        let key = || Row::new().with("dlc_model", model.name.as_str());
        let path: Option<DlcModelPath> = rows.find(key())?;
        let path = path.ok_or_else(|| OpenRegisteredModelError::NoPath(model.name.clone()))?;
        let repository = Row::new().with("repository_name", path.repository.as_str());
        let repository: Option<Repository> = rows.find(repository)?;
        Ok(Self {
            identity: rows.find(key())?,
            repository: repository
                .ok_or_else(|| OpenRegisteredModelError::NoPath(model.name.clone()))?,
            path,
            model,
        })
    }

    /// Returns where the project is on this machine.
    pub fn folder(&self, repositories: &Repositories) -> PathBuf {
        repositories.path(&self.repository, &self.path.project_path)
    }

    /// Opens the project, in the round of active learning that was registered, and makes sure that
    /// its model is still the one that was registered.
    ///
    /// # Errors
    ///
    /// Returns an error when the project cannot be read, is another one, or when the snapshot is
    /// another one: an index of −1 moves when training goes on.
    pub fn open(&self, repositories: &Repositories) -> Result<Project, OpenRegisteredModelError> {
        let folder = self.folder(repositories);
        let iteration = u32::try_from(self.model.iteration).unwrap_or(u32::MAX);
        let project = Project::open(&folder)?.with_iteration(iteration);
        let resolved = project.resolve(&self.request())?;
        let other = |field, registered: &str, found: String| {
            Err(OpenRegisteredModelError::Other {
                model: self.model.name.clone(),
                folder: folder.clone(),
                field,
                registered: registered.into(),
                found,
            })
        };
        if resolved.key.task != self.model.task {
            return other("Task", &self.model.task, resolved.key.task);
        }
        if resolved.key.date != self.model.date {
            return other("date", &self.model.date, resolved.key.date);
        }
        let snapshot = resolved.snapshot.to_string();
        match &self.identity {
            Some(identity) if identity.snapshot != snapshot => {
                other("snapshot", &identity.snapshot, snapshot)
            }
            _ if resolved.scorer.to_string() != self.model.scorer => {
                other("scorer", &self.model.scorer, resolved.scorer.to_string())
            }
            _ => Ok(project),
        }
    }

    fn request(&self) -> ModelRequest {
        let number = |number: i32| u32::try_from(number).unwrap_or(u32::MAX);
        ModelRequest {
            shuffle: number(self.model.shuffle),
            trainingset_index: number(self.model.trainingset_index),
            snapshot_index: Some(SnapshotIndex::Index(self.model.snapshot_index.into())),
            ..ModelRequest::default()
        }
    }

    /// Loads the model.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], and when the model cannot be loaded.
    pub fn load<'a>(
        &self,
        repositories: &Repositories,
        mut options: AnalyzeOptions<'a>,
    ) -> Result<(Project, Analyzer<'a>), OpenRegisteredModelError> {
        let project = self.open(repositories)?;
        let request = self.request();
        options.model.snapshot_index = request.snapshot_index;
        let (shuffle, index) = (request.shuffle, request.trainingset_index);
        let analyzer = Analyzer::of_project(&project, shuffle, index, options)?;
        Ok((project, analyzer))
    }
}

/// An error returned when a registered model cannot be used on this machine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenRegisteredModelError {
    /// Nothing tells where the project is.
    #[error("model {0} has no row in DLCModel.ModelPath that tells where its project is")]
    NoPath(DlcModelName),
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] OpenProjectError),
    /// The project has no such model any more.
    #[error(transparent)]
    Resolve(#[from] ResolveModelError),
    /// The project has another model now.
    #[error(
        "model {model} was registered with {field} {registered}, and {} has {found}",
        folder.display()
    )]
    Other {
        /// The model.
        model: DlcModelName,
        /// The project's folder.
        folder: PathBuf,
        /// What differs.
        field: &'static str,
        /// What was registered.
        registered: String,
        /// What was found.
        found: String,
    },
    /// The model cannot be loaded.
    #[error(transparent)]
    Load(#[from] OpenAnalyzerError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
