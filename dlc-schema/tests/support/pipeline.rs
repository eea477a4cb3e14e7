//! Recordings that are mapped to a model, which wait for it.

use std::{fmt::Debug, str::FromStr};

use dlc_model::Value;
use dlc_schema::{
    Dataset, DatasetType, DlcModel, DlcModelPath, DlcProcessingMethod, DlcTrackingProcessingMethod,
    DlcTrackingType, Entity as _, ExperimentType, FileType, PhysicalFile, Recording, RecordingData,
    RecordingDlc, RecordingKey, Repository, RepositoryType, Session, Store, StoreError,
    StoreExt as _, Transaction, TransactionExt as _,
    jobs::Job,
    name::{DatasetName, DatasetTypeName, DlcModelName, RepositoryName},
    tables::DLC_PREDICTION,
};

pub(crate) fn name<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("a name in a fixture fits its column")
}

pub(crate) fn model_name(text: &str) -> DlcModelName {
    name(text)
}

fn video() -> DatasetTypeName {
    name("Video")
}

pub(crate) fn repository() -> RepositoryName {
    name("local")
}

/// Stores all that recordings need.
pub(crate) fn put_ground(store: &dyn Store) -> Result<(), StoreError> {
    store.write(|rows| {
        rows.put_missing(&Repository {
            name: repository(),
            repository_type: RepositoryType::Local,
            path: "/data".into(),
        })?;
        rows.put_missing(&FileType {
            name: name("video"),
            description: String::new(),
        })?;
        rows.put_missing(&DatasetType {
            name: video(),
            description: String::new(),
        })?;
        rows.put_missing(&ExperimentType {
            name: name("camera"),
        })?;
        rows.put_missing(&Session {
            name: name("session"),
        })?;
        rows.put_missing(&DlcTrackingType {
            name: name("openfield"),
        })?;
        rows.put_missing(&DlcTrackingProcessingMethod {
            name: name("ears"),
            description: String::new(),
            params: Value::None,
            tracking_type: name("openfield"),
            function_to_invoke: "two_points".into(),
            param_hash: [0; 16],
        })?;
        Ok(())
    })
}

/// Stores a model.
pub(crate) fn put_model(rows: &mut dyn Transaction, model: &str) -> Result<(), StoreError> {
    rows.put_missing(&DlcModel {
        name: model_name(model),
        task: "task".into(),
        date: "Jun30".into(),
        iteration: 0,
        snapshot_index: -1,
        shuffle: 1,
        trainingset_index: 0,
        scorer: "scorer".into(),
        config_template: Value::None,
        description: String::new(),
    })?;
    rows.put_missing(&DlcModelPath {
        model: model_name(model),
        project_path: "project".into(),
        repository: repository(),
    })?;
    rows.put_missing(&DlcProcessingMethod {
        model: model_name(model),
        method: name("ears"),
        description: String::new(),
    })?;
    Ok(())
}

/// Stores recordings with a video each, which wait for a model, and returns their jobs.
pub(crate) fn put_recordings(
    store: &dyn Store,
    orders: std::ops::Range<i32>,
    model: &str,
) -> Result<Vec<Job>, StoreError> {
    put_ground(store)?;
    store.write(|rows| {
        put_model(rows, model)?;
        orders
            .clone()
            .map(|order| put_recording(rows, order, model))
            .collect()
    })
}

fn put_recording(rows: &mut dyn Transaction, order: i32, model: &str) -> Result<Job, StoreError> {
    let text = format!("{order:016x}");
    let key = RecordingKey {
        session: name("session"),
        recording_order: order,
        recording: name(&text),
    };
    rows.put(&Recording {
        key: key.clone(),
        experiment_type: name("camera"),
    })?;
    let dataset: DatasetName = name(&text);
    rows.put(&Dataset {
        name: dataset.clone(),
        dataset_type: video(),
    })?;
    rows.put(&PhysicalFile {
        dataset: dataset.clone(),
        file_type: name("video"),
        file_order: 0,
        repository: repository(),
        file_path: format!("{order}.avi"),
    })?;
    rows.put(&RecordingDlc {
        recording: key.clone(),
        model: model_name(model),
        method: name("ears"),
    })?;
    let data = RecordingData {
        recording: key,
        dataset,
    };
    rows.put(&data)?;
    Ok(Job::new(&DLC_PREDICTION, &data.row()))
}
