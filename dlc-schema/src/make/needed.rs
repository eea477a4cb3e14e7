use super::MakeError;
use crate::{
    Entity, PhysicalFile, Query, Repository, Row, Transaction, TransactionExt as _,
    name::DatasetName, tables::PHYSICAL_FILE,
};

/// An error returned when a row that others need is not there.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{table} has no row with {key}")]
pub struct MissingRowError {
    table: &'static str,
    key: Row,
}

/// Returns the row with a key, without which nothing can be made.
///
/// # Errors
///
/// Returns a permanent error, [`MissingRowError`], when there is none.
pub fn needed<T: Entity>(rows: &mut dyn Transaction, key: Row) -> Result<T, MakeError> {
    let found = rows.find(key.clone())?;
    let table = T::table().class;
    found.ok_or_else(|| MakeError::permanent(MissingRowError { table, key }))
}

/// Returns the files of a dataset in their order, and the repository of each.
///
/// # Errors
///
/// Returns an error when a repository is missing.
pub fn dataset_files(
    rows: &mut dyn Transaction,
    dataset: &DatasetName,
) -> Result<Vec<(PhysicalFile, Repository)>, MakeError> {
    let query = Query::of(&PHYSICAL_FILE).with("dataset_name", dataset.as_str());
    let mut files: Vec<PhysicalFile> = rows.fetch(&query)?;
    files.sort_by(|a, b| (a.file_order, &a.file_type).cmp(&(b.file_order, &b.file_type)));
    let with_repository = |file: PhysicalFile| {
        let key = Row::new().with("repository_name", file.repository.as_str());
        let repository = needed(rows, key)?;
        Ok((file, repository))
    };
    files.into_iter().map(with_repository).collect()
}
