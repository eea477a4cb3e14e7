use std::{
    error::Error,
    path::{Path, PathBuf},
};

use dlc_io::provenance::Difference;

/// An error returned when a result is there and was made otherwise than is asked for: of another file,
/// or with other options.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{} is there and was made otherwise: {}; to replace it, overwrite (`--overwrite`)",
    path.display(),
    listed(differences)
)]
pub struct ResultDiffersError {
    path: PathBuf,
    differences: Vec<Difference>,
}

impl ResultDiffersError {
    pub(crate) fn new(path: &Path, differences: Vec<Difference>) -> Self {
        Self {
            path: path.into(),
            differences,
        }
    }

    /// Says that a part of the result cannot be read.
    pub(crate) fn unreadable(path: &Path, field: &str, error: &dyn Error) -> Self {
        Self::new(path, vec![Difference::unreadable(field, error)])
    }

    /// Makes sure that there is no difference.
    pub(crate) fn check(path: &Path, differences: Vec<Difference>) -> Result<(), Self> {
        match differences.is_empty() {
            true => Ok(()),
            false => Err(Self::new(path, differences)),
        }
    }

    /// Returns the result that is there.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns in what it differs from the one that is asked for.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

fn listed(differences: &[Difference]) -> String {
    let texts: Vec<String> = differences.iter().map(ToString::to_string).collect();
    texts.join("; ")
}
