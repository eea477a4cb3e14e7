use super::{
    AddRecordingError, DatasetRegistration,
    dataset::{self, put_dataset},
    start::set_starts,
};
use crate::{
    Columns as _, Dataset, ExperimentType, Query, Recording, RecordingApparatus, RecordingData,
    RecordingKey, Row, Session, Store, StoreError, StoreExt, Transaction, TransactionExt,
    make::hashed_name,
    name::{ApparatusName, DatasetName, ExperimentTypeName, RecordingName, SessionName},
    tables::{APPARATUS, RECORDING, RECORDING_APPARATUS, RECORDING_DATA},
};

/// A recording as it is to be added: what an acquisition leaves behind.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingRegistration {
    /// The session, or `None` for one of its own, which has the recording's name.
    pub session: Option<SessionName>,
    /// The place in the session, from 0, or `None` for the next one.
    pub order: Option<i32>,
    /// The name, or `None` for one made of the files of its first dataset.
    pub name: Option<RecordingName>,
    /// The kind of equipment.
    pub experiment_type: ExperimentTypeName,
    /// The arena. Its size converts px to mm.
    pub arena: Option<ApparatusName>,
    /// Its files.
    pub datasets: Vec<DatasetRegistration>,
}

impl RecordingRegistration {
    /// Describes a recording that is the next of a session of its own, without an arena, named after its
    /// files.
    pub fn new(experiment_type: ExperimentTypeName, datasets: Vec<DatasetRegistration>) -> Self {
        Self {
            session: None,
            order: None,
            name: None,
            experiment_type,
            arena: None,
            datasets,
        }
    }
}

/// A recording that was added.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AddedRecording {
    /// What tells it apart.
    pub key: RecordingKey,
    /// Its datasets, in the order in which they were given.
    pub datasets: Vec<DatasetName>,
    /// Whether anything was added; `false` when all of it was there.
    pub is_new: bool,
}

/// Adds a recording with its session, its datasets and their files, or what is missing of them.
///
/// What is there stays as it is: the same recording can be added again.
///
/// # Errors
///
/// Returns an error when what is there says something else, when a repository or the arena is not
/// registered, or when a dataset has no files. Nothing has changed then.
pub fn add_recording(
    store: &dyn Store,
    registration: &RecordingRegistration,
) -> Result<AddedRecording, AddRecordingError> {
    store.write(|rows| add(rows, registration))
}

fn add(
    rows: &mut dyn Transaction,
    registration: &RecordingRegistration,
) -> Result<AddedRecording, AddRecordingError> {
    let mut names = Vec::new();
    for dataset in &registration.datasets {
        names.push(dataset::name(rows, dataset)?);
    }
    let key = key(rows, registration, &names)?;
    check_datasets(rows, &key, &names, registration)?;
    let mut is_new = put_recording(rows, registration, &key)?;
    if let Some(arena) = &registration.arena {
        is_new |= put_arena(rows, &key, arena)?;
    }
    for (name, dataset) in names.iter().zip(&registration.datasets) {
        is_new |= put_dataset(rows, name, dataset)?;
        is_new |= rows.put_missing(&RecordingData {
            recording: key.clone(),
            dataset: name.clone(),
        })?;
        if let Some(starts) = &dataset.starts {
            is_new |= set_starts(rows, &key, Some(name), starts, false)?.1;
        }
    }
    Ok(AddedRecording {
        key,
        datasets: names,
        is_new,
    })
}

/// Refuses a second dataset of a kind that a stored recording has: its predictions would be those of
/// other videos. Several of a kind are given in one call.
fn check_datasets(
    rows: &mut dyn Transaction,
    key: &RecordingKey,
    names: &[DatasetName],
    registration: &RecordingRegistration,
) -> Result<(), AddRecordingError> {
    let stored = Query::of(&RECORDING_DATA).with_all(key.columns());
    let stored: Vec<RecordingData> = rows.fetch(&stored)?;
    for (name, dataset) in names.iter().zip(&registration.datasets) {
        if stored.iter().any(|known| known.dataset == *name) {
            continue;
        }
        for known in stored
            .iter()
            .filter(|known| !names.contains(&known.dataset))
        {
            let of_kind = Row::new().with("dataset_name", known.dataset.as_str());
            let found: Option<Dataset> = rows.find(of_kind)?;
            if found.is_some_and(|found| found.dataset_type == dataset.dataset_type) {
                return Err(AddRecordingError::OtherDataset {
                    recording: key.recording.clone(),
                    dataset_type: dataset.dataset_type.clone(),
                    known: dataset::stored_paths(rows, &known.dataset)?,
                    given: dataset.files.iter().map(|file| file.path.clone()).collect(),
                });
            }
        }
    }
    Ok(())
}

/// Returns what tells the recording apart: as given, as it is there, or the next place of its session.
fn key(
    rows: &mut dyn Transaction,
    registration: &RecordingRegistration,
    datasets: &[DatasetName],
) -> Result<RecordingKey, AddRecordingError> {
    let recording = match (&registration.name, datasets.first()) {
        (Some(name), _) => name.clone(),
        (None, Some(first)) => {
            let of_first = hashed_name(["recording/", first.as_str()]);
            RecordingName::new(of_first)?
        }
        (None, None) => return Err(AddRecordingError::NoDataset),
    };
    let session = match &registration.session {
        Some(session) => session.clone(),
        None => SessionName::new(recording.as_str())?,
    };
    let there = Query::of(&RECORDING).with("session_name", session.as_str());
    let there: Vec<Recording> = rows.fetch(&there)?;
    let there: Vec<RecordingKey> = there.into_iter().map(|there| there.key).collect();
    let known = there.iter().find(|known| known.recording == recording);
    let order = match (known, registration.order) {
        (Some(known), Some(order)) if known.recording_order != order => {
            return Err(AddRecordingError::OtherOrder {
                recording,
                known: known.recording_order,
                given: order,
            });
        }
        (Some(known), _) => return Ok(known.clone()),
        (None, Some(order)) => order,
        (None, None) => {
            let last = there.iter().map(|known| known.recording_order).max();
            last.map_or(0, |last| last.saturating_add(1))
        }
    };
    if let Some(known) = there.iter().find(|known| known.recording_order == order) {
        return Err(AddRecordingError::PlaceTaken {
            session,
            order,
            by: known.recording.clone(),
        });
    }
    Ok(RecordingKey {
        session,
        recording_order: order,
        recording,
    })
}

fn put_recording(
    rows: &mut dyn Transaction,
    registration: &RecordingRegistration,
    key: &RecordingKey,
) -> Result<bool, StoreError> {
    rows.put_missing(&Session {
        name: key.session.clone(),
    })?;
    rows.put_missing(&ExperimentType {
        name: registration.experiment_type.clone(),
    })?;
    rows.put_same(&Recording {
        key: key.clone(),
        experiment_type: registration.experiment_type.clone(),
    })
}

/// Says in which arena a recording was made. Two could not be told apart by their sizes.
fn put_arena(
    rows: &mut dyn Transaction,
    key: &RecordingKey,
    arena: &ApparatusName,
) -> Result<bool, AddRecordingError> {
    if !rows.exists(&APPARATUS, Row::new().with("apparatus", arena.as_str()))? {
        let known = rows.select(&Query::of(&APPARATUS).keys())?;
        return Err(AddRecordingError::NoArena {
            arena: arena.clone(),
            known: known
                .iter()
                .filter_map(|row| Some(row.cell("apparatus")?.to_string()))
                .collect(),
        });
    }
    let there = Query::of(&RECORDING_APPARATUS).with_all(key.columns());
    let there: Vec<RecordingApparatus> = rows.fetch(&there)?;
    match there.into_iter().find(|there| there.apparatus != *arena) {
        Some(other) => Err(AddRecordingError::OtherArena {
            recording: key.columns(),
            known: other.apparatus,
            given: arena.clone(),
        }),
        None => Ok(rows.put_missing(&RecordingApparatus {
            recording: key.clone(),
            apparatus: arena.clone(),
        })?),
    }
}

/// Returns the datasets of a recording that are of some kinds.
pub(super) fn datasets_of(
    rows: &mut dyn Transaction,
    recording: &RecordingKey,
    kinds: &[&str],
) -> Result<Vec<DatasetName>, StoreError> {
    let mut datasets = Vec::new();
    for kind in kinds {
        let of_kind = Query::of(&RECORDING_DATA)
            .with_all(recording.columns())
            .present_in(Query::of(&crate::tables::DATASET).with("datasettype", *kind));
        let found: Vec<RecordingData> = rows.fetch(&of_kind)?;
        datasets.extend(found.into_iter().map(|data| data.dataset));
    }
    Ok(datasets)
}
