use std::path::{Path, PathBuf};

use sha2::{Digest, Sha512};

use super::{Make, MakeError, Running, dataset_files, needed};
use crate::{
    Columns as _, Dataset, DatasetType, DlcModel, DlcModelIdentity, DlcModelPath, DlcPrediction,
    Entity, FileType, PhysicalFile, Query, RecordingData, RecordingDlc, RecordingKey, Repository,
    Row, StoreError, Transaction, TransactionExt as _, VideoStart,
    jobs::videos,
    name::{DatasetName, DatasetTypeName, DlcModelName, FileTypeName, RepositoryName},
    recording::video_starts,
    table::Table,
    tables::{DATASET, DLC_PREDICTION, RECORDING_DATA, RECORDING_DLC},
    video_dataset::{DLC_DATASET_TYPE, IMAGING_DATASET_TYPE, VIDEO_DATASET_TYPES},
};

/// What runs models on videos.
pub trait Predictor {
    /// Returns the models that it has.
    fn models(&self) -> &[DlcModelName];

    /// Predicts all videos of a dataset, and writes files. It asks [`Running::is_cancelled`] now and
    /// then. Files of an earlier try may be there.
    ///
    /// # Errors
    ///
    /// Returns an error that says whether another try may help.
    fn predict(&self, job: &PredictionJob, running: &Running) -> Result<Predicted, MakeError>;
}

/// What is to be predicted, with which model.
#[derive(Clone, Debug)]
pub struct PredictionJob {
    /// The dataset of videos, and its recording.
    pub data: RecordingData,
    /// The model.
    pub model: DlcModel,
    /// Where its project is, from the path of `project_repository`.
    pub project: DlcModelPath,
    /// The repository of the project.
    pub project_repository: Repository,
    /// What the key of the model leaves open, when we registered it.
    pub identity: Option<DlcModelIdentity>,
    /// The files of the dataset in their order, videos and others, and the repository of each.
    pub files: Vec<(PhysicalFile, Repository)>,
    /// The files of the recording's microscope in their order: of its dataset of the kind
    /// [`IMAGING_DATASET_TYPE`]. They name the session and tell when it began.
    pub imaging: Vec<(PhysicalFile, Repository)>,
    /// When the videos began, in their order, as far as a person has given it
    /// ([`set_video_starts`](crate::set_video_starts)).
    pub starts: Vec<VideoStart>,
}

impl PredictionJob {
    /// Returns the folder of the project.
    pub fn project_folder(&self) -> PathBuf {
        Path::new(&self.project_repository.path).join(&self.project.project_path)
    }

    /// Returns where the files of a kind are, in their order.
    pub fn paths<'a>(&'a self, file_type: &'a FileTypeName) -> impl Iterator<Item = PathBuf> + 'a {
        let files = self.files.iter();
        let files = files.filter(move |(file, _)| file.file_type == *file_type);
        files.map(|(file, repository)| Path::new(&repository.path).join(&file.file_path))
    }
}

/// Two jobs are the same if their rows are.
impl PartialEq for PredictionJob {
    fn eq(&self, other: &Self) -> bool {
        // The row of a model compares numbers by their bits: a NaN in its configuration is the same.
        self.model.row() == other.model.row()
            && self.data == other.data
            && self.project == other.project
            && self.project_repository == other.project_repository
            && self.identity.as_ref().map(Entity::row) == other.identity.as_ref().map(Entity::row)
            && self.files == other.files
            && self.imaging == other.imaging
            && self.starts == other.starts
    }
}

/// The files that a prediction has written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Predicted {
    /// The files in their order: those of one kind belong to the videos in their order.
    pub files: Vec<PredictedFile>,
}

/// A file that a prediction has written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PredictedFile {
    /// Its kind.
    pub file_type: FileTypeName,
    /// The repository that it is in.
    pub repository: RepositoryName,
    /// Where it is, from the path of the repository, with slashes.
    pub path: String,
}

/// Makes the rows of `DLCPrediction`: for each dataset of videos of a recording that is mapped to a
/// model of the predictor.
///
/// The files become a dataset of the recording, `DLC_tracking`, whose name is the hash of their names.
#[derive(Clone, Copy, Debug)]
pub struct PredictionMake<P>(pub P);

impl<P: Predictor> Make for PredictionMake<P> {
    type Input = PredictionJob;
    type Output = Predicted;

    fn table(&self) -> &'static Table {
        &DLC_PREDICTION
    }

    fn pending(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError> {
        let mut pending = Vec::new();
        for model in self.0.models() {
            for kind in VIDEO_DATASET_TYPES {
                let mapped = Query::of(&RECORDING_DLC).with("dlc_model", model.as_str());
                pending.append(&mut rows.select(&videos(kind, mapped))?);
            }
        }
        pending.sort();
        Ok(pending)
    }

    fn fetch(&self, rows: &mut dyn Transaction, key: &Row) -> Result<PredictionJob, MakeError> {
        let unreadable = |error| StoreError::select(&DLC_PREDICTION, error);
        let data = RecordingData::from_row(key).map_err(unreadable)?;
        let mapped: RecordingDlc = needed(rows, data.recording.columns())?;
        let model = Row::new().with("dlc_model", mapped.model.as_str());
        let project: DlcModelPath = needed(rows, model.clone())?;
        let project_repository = repository(rows, &project.repository)?;
        let files = dataset_files(rows, &data.dataset)?;
        if files.is_empty() {
            let error = FetchPredictionError::NoFiles(data.dataset.clone());
            return Err(MakeError::permanent(error));
        }
        Ok(PredictionJob {
            imaging: imaging(rows, &data.recording)?,
            starts: video_starts(rows, &data.dataset)?,
            identity: rows.find(model.clone())?,
            model: needed(rows, model)?,
            project,
            project_repository,
            files,
            data,
        })
    }

    fn make(
        &self,
        _key: &Row,
        job: &PredictionJob,
        running: &Running,
    ) -> Result<Predicted, MakeError> {
        self.0.predict(job, running)
    }

    fn store(
        &self,
        rows: &mut dyn Transaction,
        _key: &Row,
        job: &PredictionJob,
        predicted: &Predicted,
    ) -> Result<(), MakeError> {
        add_predictions(rows, &job.data.recording, predicted)?;
        rows.put(&DlcPrediction {
            data: job.data.clone(),
            model: job.model.name.clone(),
        })?;
        Ok(())
    }
}

/// An error returned when a prediction has not all that it needs.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchPredictionError {
    /// The dataset has no files.
    #[error("dataset {0} has no files")]
    NoFiles(DatasetName),
    /// The predictor wrote nothing.
    #[error("the predictor names no files")]
    NothingPredicted,
}

fn repository(rows: &mut dyn Transaction, name: &RepositoryName) -> Result<Repository, MakeError> {
    let key = Row::new().with("repository_name", name.as_str());
    needed(rows, key)
}

/// Returns the files of a recording's microscope.
fn imaging(
    rows: &mut dyn Transaction,
    recording: &RecordingKey,
) -> Result<Vec<(PhysicalFile, Repository)>, MakeError> {
    let datasets = Query::of(&RECORDING_DATA)
        .with_all(recording.columns())
        .present_in(Query::of(&DATASET).with("datasettype", IMAGING_DATASET_TYPE));
    let datasets: Vec<RecordingData> = rows.fetch(&datasets)?;
    let mut imaging = Vec::new();
    for data in datasets {
        imaging.append(&mut dataset_files(rows, &data.dataset)?);
    }
    Ok(imaging)
}

/// Stores files with predictions as a dataset of a recording, as [`PredictionMake`] does with those of
/// its predictor.
///
/// # Errors
///
/// Returns an error when there is no file, when a repository is not there, or when the store refuses.
pub fn add_predictions(
    rows: &mut dyn Transaction,
    recording: &RecordingKey,
    predicted: &Predicted,
) -> Result<RecordingData, MakeError> {
    let data = RecordingData {
        recording: recording.clone(),
        dataset: put_dataset(rows, predicted)?,
    };
    rows.put_missing(&data)?;
    Ok(data)
}

/// Stores what was predicted as a dataset, unless it is there from a prediction that was taken away.
fn put_dataset(
    rows: &mut dyn Transaction,
    predicted: &Predicted,
) -> Result<DatasetName, MakeError> {
    let name = dataset_name(rows, predicted)?;
    let kind = DatasetTypeName::new(DLC_DATASET_TYPE).map_err(MakeError::permanent)?;
    rows.put_missing(&DatasetType {
        name: kind.clone(),
        description: "predictions of DeepLabCut".into(),
    })?;
    let there = !rows.put_missing(&Dataset {
        name: name.clone(),
        dataset_type: kind,
    })?;
    if there {
        return Ok(name);
    }
    for (index, file) in predicted.files.iter().enumerate() {
        let before = predicted.files[..index].iter();
        let place = before.filter(|other| other.file_type == file.file_type);
        rows.put_missing(&FileType {
            name: file.file_type.clone(),
            description: String::new(),
        })?;
        rows.put(&PhysicalFile {
            dataset: name.clone(),
            file_type: file.file_type.clone(),
            file_order: i32::try_from(place.count()).unwrap_or(i32::MAX),
            repository: file.repository.clone(),
            file_path: file.path.clone(),
        })?;
    }
    Ok(name)
}

/// Returns a name made of the names of all files with their folders.
fn dataset_name(
    rows: &mut dyn Transaction,
    predicted: &Predicted,
) -> Result<DatasetName, MakeError> {
    if predicted.files.is_empty() {
        return Err(MakeError::permanent(FetchPredictionError::NothingPredicted));
    }
    let mut names = Vec::new();
    for file in &predicted.files {
        let repository = repository(rows, &file.repository)?;
        names.push(format!("{}/{}", repository.path, file.path));
    }
    DatasetName::new(hashed_name(names)).map_err(MakeError::permanent)
}

/// Returns the first 16 hexadecimal digits of SHA-512 over some names.
pub(crate) fn hashed_name(names: impl IntoIterator<Item = impl AsRef<[u8]>>) -> String {
    let mut hash = Sha512::new();
    for name in names {
        hash.update(name);
    }
    let digits = hash.finalize();
    digits[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
