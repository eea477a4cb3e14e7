use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use dlc_schema::{Repository, name::RepositoryName};

/// Where repositories are on this machine, when that is not what their rows say.
///
/// # Examples
///
/// ```
/// use dlc::Repositories;
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

fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}
