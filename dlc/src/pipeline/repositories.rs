use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use dlc_schema::{
    Query, Repository, RepositoryType, Store, StoreError, StoreExt, StoredFile,
    name::RepositoryName, tables::REPOSITORY,
};

use crate::analysis::{SameResultsError, check_videos};

/// Where repositories are on this machine, when that is not what their rows say.
///
/// # Examples
///
/// ```
/// use dlc::pipeline::Repositories;
///
/// let repositories = Repositories::default().with("extopo".parse()?, "/mnt/extopo");
/// # Ok::<(), dlc::schema::name::NameError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Repositories(BTreeMap<RepositoryName, PathBuf>);

impl Repositories {
    /// Says where a repository is here.
    #[must_use]
    pub fn with(mut self, name: RepositoryName, path: impl Into<PathBuf>) -> Self {
        self.0.insert(name, path.into());
        self
    }

    /// Returns where a repository is here.
    pub fn root<'a>(&'a self, repository: &'a Repository) -> &'a Path {
        let here = self.0.get(&repository.name).map(PathBuf::as_path);
        here.unwrap_or(Path::new(&repository.path))
    }

    /// Returns where a file of a repository is here.
    pub fn path(&self, repository: &Repository, relative: &str) -> PathBuf {
        self.root(repository).join(relative)
    }

    /// Returns the name of a file as a row has it: from the path of the first repository that it is
    /// in, with slashes; or `None` when it is in none.
    pub fn relative(
        &self,
        repositories: &[Repository],
        path: &Path,
    ) -> Option<(RepositoryName, String)> {
        let absolute = canonical(path)?;
        repositories.iter().find_map(|repository| {
            let root = canonical(self.root(repository))?;
            let relative = absolute.strip_prefix(root).ok()?;
            let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
            Some((repository.name.clone(), parts?.join("/")))
        })
    }
}

/// Names files as the rows of a dataset do: from the paths of the store's repositories.
///
/// # Errors
///
/// Returns an error when a file is not there or in no repository.
pub fn stored_files(
    store: &dyn Store,
    here: &Repositories,
    paths: &[PathBuf],
) -> Result<Vec<StoredFile>, StoredFilesError> {
    let repositories: Vec<Repository> = store.fetch(&Query::of(&REPOSITORY))?;
    let stored = |path: &PathBuf| {
        // A folder of pictures is a video, too.
        path.metadata()
            .map_err(|source| StoredFilesError::Missing {
                path: path.clone(),
                source,
            })?;
        let place = here.relative(&repositories, path);
        let (repository, path) = place.ok_or_else(|| StoredFilesError::NoRepository {
            path: path.clone(),
            roots: repositories
                .iter()
                .map(|repository| here.root(repository).into())
                .collect(),
        })?;
        Ok(StoredFile { repository, path })
    };
    paths.iter().map(stored).collect()
}

/// Names videos as [`stored_files`] does, and makes sure that they can be predicted together.
///
/// # Errors
///
/// As [`stored_files`], and when two videos would have the same results.
pub fn stored_videos(
    store: &dyn Store,
    here: &Repositories,
    paths: &[PathBuf],
) -> Result<Vec<StoredFile>, StoredFilesError> {
    check_videos(paths, Some(Path::new("")))?;
    stored_files(store, here, paths)
}

/// An error returned when files cannot be named as rows do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoredFilesError {
    /// A file is not there.
    #[error("{}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// Workers could not find a file.
    #[error("{} is in no repository; these are registered: {}", path.display(), list(roots))]
    NoRepository {
        /// The file.
        path: PathBuf,
        /// Where repositories are.
        roots: Vec<PathBuf>,
    },
    /// Videos cannot be predicted together.
    #[error(transparent)]
    Videos(#[from] SameResultsError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Lists where repositories are.
pub(crate) fn list(roots: &[PathBuf]) -> String {
    match roots {
        [] => "none".into(),
        roots => {
            let roots: Vec<_> = roots
                .iter()
                .map(|root| root.display().to_string())
                .collect();
            roots.join(", ")
        }
    }
}

fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// Describes a folder of this machine as a repository of a store.
///
/// # Errors
///
/// Returns an error when there is no such folder, or when its path is not Unicode.
pub fn local_repository(name: RepositoryName, folder: impl AsRef<Path>) -> io::Result<Repository> {
    let whole = fs::canonicalize(folder)?.into_os_string().into_string();
    let not_unicode = |path: OsString| {
        let reason = format!("the path {} is not Unicode", path.display());
        io::Error::new(io::ErrorKind::InvalidInput, reason)
    };
    Ok(Repository {
        name,
        repository_type: RepositoryType::Local,
        path: whole.map_err(not_unicode)?,
    })
}
