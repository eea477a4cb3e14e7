use std::path::{Path, PathBuf};

use dlc_io::project::{ModelRequest, OpenProjectError, Project, ResolveModelError};
use dlc_schema::{
    ModelRegistration, Query, RegisterModelError, RegisteredModel, Registrar, Repository,
    StoreError, StoreExt, name::DlcModelName, tables::REPOSITORY,
};

use crate::pipeline::{Repositories, repositories::list};

/// How a model is registered.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RegisterModelOptions {
    /// What a person should know of the model.
    pub description: String,
    /// Whether body parts that are spelled nearly as known ones are added.
    pub forced: bool,
    /// Where repositories are on this machine.
    pub repositories: Repositories,
}

impl RegisterModelOptions {
    /// Says what a person should know of the model.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets whether body parts that are spelled nearly as known ones are added.
    #[must_use]
    pub fn with_forced(mut self, forced: bool) -> Self {
        self.forced = forced;
        self
    }

    /// Says where repositories are on this machine.
    #[must_use]
    pub fn with_repositories(mut self, repositories: Repositories) -> Self {
        self.repositories = repositories;
        self
    }
}

/// Registers a model of the project of `config` under a name: reads the configuration and the
/// snapshots, and stores what the model is, where it is and how its project is configured.
///
/// The project must be in a repository that is registered.
///
/// # Errors
///
/// Returns an error when the project or the model cannot be found or run here, when the project is in
/// no repository, and as [`Registrar::register_model`] does. Nothing has changed then.
pub fn register_model(
    registrar: &Registrar<'_>,
    config: impl AsRef<Path>,
    model: &ModelRequest,
    name: DlcModelName,
    options: &RegisterModelOptions,
) -> Result<RegisteredModel, RegisterProjectError> {
    let project = Project::open(config)?;
    let resolved = project.resolve(model)?;
    let repositories: Vec<Repository> = registrar.store().fetch(&Query::of(&REPOSITORY))?;
    let place = options.repositories.relative(&repositories, project.root());
    let (repository, project_path) = place.ok_or_else(|| RegisterProjectError::NoRepository {
        folder: project.root().into(),
        roots: repositories
            .iter()
            .map(|repository| options.repositories.root(repository).into())
            .collect(),
    })?;
    Ok(registrar.register_model(&ModelRegistration {
        name,
        identity: resolved.identity(),
        bodyparts: resolved.network.bodyparts.clone(),
        config_template: project.config_value().clone(),
        repository,
        project_path,
        description: options.description.clone(),
        forced: options.forced,
    })?)
}

/// An error returned when a model of a project cannot be registered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterProjectError {
    /// The project cannot be read.
    #[error(transparent)]
    Project(#[from] OpenProjectError),
    /// The project has no such model, or it cannot be run here.
    #[error(transparent)]
    Model(#[from] ResolveModelError),
    /// Workers could not find the project.
    #[error(
        "{} is in no repository; these are registered: {}",
        folder.display(),
        list(roots)
    )]
    NoRepository {
        /// The folder of the project.
        folder: PathBuf,
        /// Where repositories are.
        roots: Vec<PathBuf>,
    },
    /// The store refuses the model.
    #[error(transparent)]
    Register(#[from] RegisterModelError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
