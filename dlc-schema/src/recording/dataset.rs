use dlc_model::Timestamp;

use super::AddRecordingError;
use crate::{
    Dataset, DatasetType, FileType, PhysicalFile, Query, Repository, Row, StoreError, Transaction,
    TransactionExt,
    make::hashed_name,
    name::{DatasetName, DatasetTypeName, FileTypeName, RepositoryName},
    tables::{PHYSICAL_FILE, REPOSITORY},
};

/// A dataset as it is to be added: files that belong together, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetRegistration {
    /// The name, or `None` for one made of the names of the files.
    pub name: Option<DatasetName>,
    /// The kind of the dataset: `Video` for what a model looks at, `TIFRaw` for the microscope's pictures.
    pub dataset_type: DatasetTypeName,
    /// The kind of its files.
    pub file_type: FileTypeName,
    /// The files, in their order.
    pub files: Vec<StoredFile>,
    /// When each file began, if it is of videos that do not tell.
    pub starts: Option<Vec<Timestamp>>,
}

impl DatasetRegistration {
    /// Describes the videos of a recording, named after their files; they tell when they began.
    #[expect(clippy::missing_panics_doc, reason = "the names are short enough")]
    pub fn videos(files: Vec<StoredFile>) -> Self {
        Self {
            name: None,
            dataset_type: DatasetTypeName::new("Video").expect("a short name"),
            file_type: FileTypeName::new("Video").expect("a short name"),
            files,
            starts: None,
        }
    }
}

/// A file of a repository.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredFile {
    /// The repository.
    pub repository: RepositoryName,
    /// Where it is, from the path of the repository, with slashes.
    pub path: String,
}

/// Returns the name of a dataset: the given one, or a hash of its files with their folders.
pub(super) fn name(
    rows: &mut dyn Transaction,
    dataset: &DatasetRegistration,
) -> Result<DatasetName, AddRecordingError> {
    if dataset.files.is_empty() {
        return Err(AddRecordingError::NoFile(dataset.dataset_type.clone()));
    }
    let mut names = Vec::new();
    for file in &dataset.files {
        let repository = repository(rows, &file.repository)?;
        names.push(format!("{}/{}", repository.path, file.path));
    }
    match &dataset.name {
        Some(name) => Ok(name.clone()),
        None => Ok(DatasetName::new(hashed_name(names))?),
    }
}

fn repository(
    rows: &mut dyn Transaction,
    name: &RepositoryName,
) -> Result<Repository, AddRecordingError> {
    let found = rows.find(Row::new().with("repository_name", name.as_str()))?;
    if let Some(found) = found {
        return Ok(found);
    }
    let known: Vec<Repository> = rows.fetch(&Query::of(&REPOSITORY))?;
    Err(AddRecordingError::NoRepository {
        repository: name.clone(),
        known: known.into_iter().map(|known| known.name).collect(),
    })
}

/// Returns where the files of a stored dataset are.
pub(super) fn stored_paths(
    rows: &mut dyn Transaction,
    dataset: &DatasetName,
) -> Result<Vec<String>, StoreError> {
    let files = Query::of(&PHYSICAL_FILE).with("dataset_name", dataset.as_str());
    let files: Vec<PhysicalFile> = rows.fetch(&files)?;
    Ok(paths(&files))
}

/// Adds a dataset with its files, unless it is there with the same ones; returns whether it is new.
pub(super) fn put_dataset(
    rows: &mut dyn Transaction,
    name: &DatasetName,
    dataset: &DatasetRegistration,
) -> Result<bool, AddRecordingError> {
    rows.put_missing(&DatasetType {
        name: dataset.dataset_type.clone(),
        description: String::new(),
    })?;
    rows.put_missing(&FileType {
        name: dataset.file_type.clone(),
        description: String::new(),
    })?;
    let files = files(name, dataset)?;
    let is_new = rows.put_same(&Dataset {
        name: name.clone(),
        dataset_type: dataset.dataset_type.clone(),
    })?;
    if is_new {
        put_all(rows, &files)?;
        return Ok(true);
    }
    let known = Query::of(&PHYSICAL_FILE).with("dataset_name", name.as_str());
    let known: Vec<PhysicalFile> = rows.fetch(&known)?;
    match known == files {
        true => Ok(false),
        false => Err(AddRecordingError::OtherFiles {
            dataset: name.clone(),
            known: paths(&known),
            given: paths(&files),
        }),
    }
}

fn put_all(rows: &mut dyn Transaction, files: &[PhysicalFile]) -> Result<(), StoreError> {
    files.iter().try_for_each(|file| rows.put(file))
}

fn files(
    name: &DatasetName,
    dataset: &DatasetRegistration,
) -> Result<Vec<PhysicalFile>, AddRecordingError> {
    let file = |(place, file): (usize, &StoredFile)| {
        let file_order = i32::try_from(place).map_err(|_| AddRecordingError::TooManyFiles)?;
        Ok(PhysicalFile {
            dataset: name.clone(),
            file_type: dataset.file_type.clone(),
            file_order,
            repository: file.repository.clone(),
            file_path: file.path.clone(),
        })
    };
    dataset.files.iter().enumerate().map(file).collect()
}

fn paths(files: &[PhysicalFile]) -> Vec<String> {
    files.iter().map(|file| file.file_path.clone()).collect()
}
