use dlc_model::{Bodyparts, ProjectConfig};

use crate::{
    AllowMethodError, Columns as _, DlcModel, DlcProcessingMethod, DlcTrackingProcessingMethod,
    Entity as _, MaybeTransient, Query, RecordingDlc, RecordingKey, Row, Store, StoreError,
    StoreExt, Transaction, TransactionExt,
    name::{DlcModelName, MethodName, TrackingTypeName},
    tables::{
        DATASET, DLC_MODEL, DLC_PREDICTION, DLC_PROCESSING_METHOD, RECORDING, RECORDING_DATA,
        RECORDING_DLC, TRACKING_RAW,
    },
    video_dataset::VIDEO_DATASET_TYPES,
};

/// An error returned when a recording cannot be mapped to a model and a method.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MapRecordingError {
    /// There is no such recording.
    #[error("there is no recording with {0}")]
    NoRecording(Row),
    /// There is no such model.
    #[error("no model has the name {0}")]
    NoModel(DlcModelName),
    /// The method was not allowed for the model.
    #[error(
        "method {method} is not among those of model {model}: {}",
        list(allowed)
    )]
    NotAllowed {
        /// The method.
        method: MethodName,
        /// The model.
        model: DlcModelName,
        /// The methods that are.
        allowed: Vec<MethodName>,
    },
    /// The recording has nothing that a model could look at.
    #[error("the recording ({0}) has no dataset of videos")]
    NoVideos(Row),
    /// Results of the model or the method are there already.
    #[error(
        "the recording ({key}) has rows in {table}, made with model {model} and method {method}"
    )]
    Done {
        /// The recording.
        key: Row,
        /// Where results are.
        table: &'static str,
        /// The model that they are of.
        model: DlcModelName,
        /// The method that they are of.
        method: MethodName,
    },
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MaybeTransient for MapRecordingError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

fn list(methods: &[MethodName]) -> String {
    match methods {
        [] => "it has none".into(),
        methods => {
            let methods: Vec<&str> = methods.iter().map(MethodName::as_str).collect();
            methods.join(", ")
        }
    }
}

/// How far a recording is processed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Mapped {
    /// To `Tracking`, once for each row of `TrackingParams`.
    ToTracking,
    /// To `TrackingRaw` with its body parts: nothing is known of states of this kind of tracking.
    ToTrackingRaw(TrackingTypeName),
}

/// The kind of tracking whose states are processed.
pub const OPEN_FIELD: &str = "openfield";

/// Returns all combinations of a model and a method that a recording can be mapped to.
///
/// # Errors
///
/// Returns an error when the store cannot be read.
pub fn choices(store: &dyn Store) -> Result<Vec<DlcProcessingMethod>, StoreError> {
    store.fetch(&Query::of(&DLC_PROCESSING_METHOD))
}

/// Says which model and which method a recording is for, and returns how far it is processed then. What
/// was said before is replaced, as long as there are no results of it.
///
/// # Errors
///
/// Returns an error when it could not work: no such recording, no videos in it, a method that the
/// model was not allowed; or when there are results of another choice.
pub fn map_recording(
    store: &dyn Store,
    choice: &RecordingDlc,
) -> Result<Mapped, MapRecordingError> {
    store.write(|rows| {
        check(rows, choice)?;
        let key = choice.recording.columns();
        let before: Option<RecordingDlc> = rows.find(key.clone())?;
        match before {
            Some(before) if before == *choice => {}
            Some(before) => {
                check_not_done(rows, &key, &before)?;
                rows.update(&RECORDING_DLC, &key, &changes(choice))?;
            }
            None => rows.put(choice)?,
        }
        Ok(processed(rows, choice)?)
    })
}

fn processed(rows: &mut dyn Transaction, choice: &RecordingDlc) -> Result<Mapped, StoreError> {
    let method = choice.row().only(&["dlc_tracking_processing_method"]);
    let method: Option<DlcTrackingProcessingMethod> = rows.find(method)?;
    let other = method.filter(|method| method.tracking_type.as_str() != OPEN_FIELD);
    Ok(other.map_or(Mapped::ToTracking, |method| {
        Mapped::ToTrackingRaw(method.tracking_type)
    }))
}

fn changes(choice: &RecordingDlc) -> Row {
    choice
        .row()
        .only(&["dlc_model", "dlc_tracking_processing_method"])
}

fn check(rows: &mut dyn Transaction, choice: &RecordingDlc) -> Result<(), MapRecordingError> {
    let key = choice.recording.columns();
    if !rows.exists(&RECORDING, key.clone())? {
        return Err(MapRecordingError::NoRecording(key));
    }
    let model = Row::new().with("dlc_model", choice.model.as_str());
    if !rows.exists(&DLC_MODEL, model.clone())? {
        return Err(MapRecordingError::NoModel(choice.model.clone()));
    }
    let allowed = Query::of(&DLC_PROCESSING_METHOD).with_all(model);
    let allowed: Vec<DlcProcessingMethod> = rows.fetch(&allowed)?;
    if !allowed
        .iter()
        .any(|allowed| allowed.method == choice.method)
    {
        return Err(MapRecordingError::NotAllowed {
            method: choice.method.clone(),
            model: choice.model.clone(),
            allowed: allowed.into_iter().map(|allowed| allowed.method).collect(),
        });
    }
    match has_videos(rows, &choice.recording)? {
        true => Ok(()),
        false => Err(MapRecordingError::NoVideos(key)),
    }
}

/// Returns whether a recording has a dataset of videos.
fn has_videos(rows: &mut dyn Transaction, recording: &RecordingKey) -> Result<bool, StoreError> {
    for kind in VIDEO_DATASET_TYPES {
        let videos = Query::of(&RECORDING_DATA)
            .with_all(recording.columns())
            .present_in(Query::of(&DATASET).with("datasettype", kind));
        if !rows.select(&videos.keys().limit(1))?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn check_not_done(
    rows: &mut dyn Transaction,
    key: &Row,
    before: &RecordingDlc,
) -> Result<(), MapRecordingError> {
    for table in [&DLC_PREDICTION, &TRACKING_RAW] {
        if rows.exists(table, key.clone())? {
            return Err(MapRecordingError::Done {
                key: key.clone(),
                table: table.class,
                model: before.model.clone(),
                method: before.method.clone(),
            });
        }
    }
    Ok(())
}

/// Returns the body parts that a model tracks, as the configuration stored with it says.
///
/// # Errors
///
/// Returns an error when that is no configuration, or has no body parts.
pub fn bodyparts_of(model: &DlcModel) -> Result<Bodyparts, AllowMethodError> {
    let config = ProjectConfig::try_from(&model.config_template);
    let config = config.map_err(|source| AllowMethodError::Template {
        model: model.name.clone(),
        source,
    })?;
    config
        .tracked_bodyparts()
        .map_err(|source| AllowMethodError::Bodyparts {
            model: model.name.clone(),
            source,
        })
}
