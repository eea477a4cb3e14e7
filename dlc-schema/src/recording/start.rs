use dlc_model::Timestamp;

use super::{SetVideoStartsError, add::datasets_of};
use crate::{
    Columns as _, Entity as _, PhysicalFile, Query, RecordingData, RecordingKey, Store, StoreError,
    StoreExt, Transaction, TransactionExt, VideoStart,
    name::DatasetName,
    tables::{DLC_PREDICTION, DLC_VIDEO_STARTS, PHYSICAL_FILE, RECORDING},
    video_dataset::VIDEO_DATASET_TYPES,
};

/// Returns when the videos of a dataset began, as far as a person has given it, in their order.
///
/// # Errors
///
/// Returns an error when the store cannot be read.
pub fn video_starts(
    rows: &mut dyn Transaction,
    dataset: &DatasetName,
) -> Result<Vec<VideoStart>, StoreError> {
    let query = Query::of(&DLC_VIDEO_STARTS).with("dataset_name", dataset.as_str());
    let mut starts: Vec<VideoStart> = rows.fetch(&query)?;
    starts.sort_by(|a, b| (a.file_order, &a.file_type).cmp(&(b.file_order, &b.file_type)));
    Ok(starts)
}

/// Stores when the videos of a recording began, in their order. A worker takes these moments, whatever
/// the files of the microscope and the videos themselves say.
///
/// `dataset` is needed where a recording has several datasets of videos. The same moments can be given
/// again; others replace those that are stored only if `replace` says so.
///
/// # Errors
///
/// Returns an error when there is no such recording or dataset, when there is not one moment for each
/// video, when a video begins before the one ahead of it, when other moments are stored, or when there
/// are results, which say already when they began. Nothing has changed then.
pub fn set_video_starts(
    store: &dyn Store,
    recording: &RecordingKey,
    dataset: Option<&DatasetName>,
    starts: &[Timestamp],
    replace: bool,
) -> Result<Vec<VideoStart>, SetVideoStartsError> {
    store.write(|rows| Ok(set_starts(rows, recording, dataset, starts, replace)?.0))
}

/// Stores when videos began; returns the rows, and whether one of them is new.
pub(super) fn set_starts(
    rows: &mut dyn Transaction,
    recording: &RecordingKey,
    dataset: Option<&DatasetName>,
    starts: &[Timestamp],
    replace: bool,
) -> Result<(Vec<VideoStart>, bool), SetVideoStartsError> {
    let dataset = video_dataset(rows, recording, dataset)?;
    let query = Query::of(&PHYSICAL_FILE).with("dataset_name", dataset.as_str());
    let mut files: Vec<PhysicalFile> = rows.fetch(&query)?;
    files.sort_by(|a, b| (a.file_order, &a.file_type).cmp(&(b.file_order, &b.file_type)));
    check_starts(&files, starts)?;
    let mut is_new = false;
    let mut stored = Vec::new();
    for (file, start) in files.iter().zip(starts) {
        let start = VideoStart {
            dataset: file.dataset.clone(),
            file_type: file.file_type.clone(),
            file_order: file.file_order,
            start: *start,
        };
        is_new |= set_start(rows, file, &start, replace)?;
        stored.push(start);
    }
    let data = RecordingData {
        recording: recording.clone(),
        dataset: dataset.clone(),
    };
    match is_new && rows.exists(&DLC_PREDICTION, data.columns())? {
        true => Err(SetVideoStartsError::Predicted(dataset)),
        false => Ok((stored, is_new)),
    }
}

fn set_start(
    rows: &mut dyn Transaction,
    file: &PhysicalFile,
    start: &VideoStart,
    replace: bool,
) -> Result<bool, SetVideoStartsError> {
    let key = start.row().key(&DLC_VIDEO_STARTS);
    let known: Option<VideoStart> = rows.find(key.clone())?;
    match known {
        // The same moment may be given in another zone: the first one stays.
        Some(known) if known.start.unix_ns() == start.start.unix_ns() => Ok(false),
        Some(known) if !replace => Err(SetVideoStartsError::Other {
            file: file.file_path.clone(),
            known: known.start,
            given: start.start,
        }),
        Some(_) => {
            let changes = start.row().only(&["start_timestamp"]);
            rows.update(&DLC_VIDEO_STARTS, &key, &changes)?;
            Ok(true)
        }
        None => {
            rows.put(start)?;
            Ok(true)
        }
    }
}

/// Returns the dataset that is meant.
fn video_dataset(
    rows: &mut dyn Transaction,
    recording: &RecordingKey,
    dataset: Option<&DatasetName>,
) -> Result<DatasetName, SetVideoStartsError> {
    let key = recording.columns();
    if !rows.exists(&RECORDING, key.clone())? {
        return Err(SetVideoStartsError::NoRecording(key));
    }
    let mut datasets = datasets_of(rows, recording, &VIDEO_DATASET_TYPES)?;
    match dataset {
        Some(dataset) if datasets.contains(dataset) => Ok(dataset.clone()),
        Some(dataset) => Err(SetVideoStartsError::NoDataset {
            dataset: dataset.clone(),
            known: datasets,
        }),
        None if datasets.len() > 1 => Err(SetVideoStartsError::SeveralDatasets(datasets)),
        None => datasets.pop().ok_or(SetVideoStartsError::NoVideos(key)),
    }
}

fn check_starts(files: &[PhysicalFile], starts: &[Timestamp]) -> Result<(), SetVideoStartsError> {
    if files.len() != starts.len() {
        return Err(SetVideoStartsError::Count {
            videos: files.len(),
            starts: starts.len(),
        });
    }
    for (pair, files) in starts.windows(2).zip(files.windows(2)) {
        if pair[1].unix_ns() <= pair[0].unix_ns() {
            return Err(SetVideoStartsError::Order {
                files: [files[0].file_path.clone(), files[1].file_path.clone()],
                starts: [pair[0], pair[1]],
            });
        }
    }
    Ok(())
}
