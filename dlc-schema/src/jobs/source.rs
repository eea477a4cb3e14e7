use crate::{
    Columns as _, Query, RecordingDlc, Row, StoreError, Transaction, TransactionExt as _,
    name::DlcModelName,
    table::Table,
    tables::{
        DATASET, DLC_PREDICTION, RECORDING_DATA, RECORDING_DLC, TRACKING, TRACKING_PARAMS,
        TRACKING_RAW, TRACKING_RAW_OPEN_FIELD,
    },
    video_dataset::{DLC_DATASET_TYPE, VIDEO_DATASET_TYPES},
};

/// A row that could be made and is not there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Pending {
    /// Its key.
    pub key: Row,
    /// The model that a worker must have.
    pub model: Option<DlcModelName>,
}

/// Where the jobs of a table come from: DataJoint's key source without what is there.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The table.
    pub table: &'static Table,
    /// Returns what is pending, whichever worker could make it.
    pub pending: fn(&mut dyn Transaction) -> Result<Vec<Pending>, StoreError>,
}

impl Source {
    /// The predictions of all videos of recordings that are mapped to a model.
    pub const DLC_PREDICTION: Self = Self {
        table: &DLC_PREDICTION,
        pending: predictions,
    };
    /// The raw tracking of all predictions.
    pub const TRACKING_RAW: Self = Self {
        table: &TRACKING_RAW,
        pending: tracking_raw,
    };
    /// The tracking of all raw tracking in an open field, with each row of parameters.
    pub const TRACKING: Self = Self {
        table: &TRACKING,
        pending: tracking,
    };
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DLC_PREDICTION, Self::TRACKING_RAW, Self::TRACKING];

    /// Returns the keys of what is pending: [`Make::pending`](crate::Make::pending) of a table that
    /// every worker can make.
    ///
    /// # Errors
    ///
    /// Returns an error when the store cannot be asked.
    pub fn keys(&self, rows: &mut dyn Transaction) -> Result<Vec<Row>, StoreError> {
        let pending = (self.pending)(rows)?;
        Ok(pending.into_iter().map(|pending| pending.key).collect())
    }
}

fn without_model(keys: Vec<Row>) -> impl Iterator<Item = Pending> {
    keys.into_iter().map(|key| Pending { key, model: None })
}

/// Wants the videos of recordings that no model has predicted.
pub(crate) fn videos(dataset_type: &str, recordings: Query) -> Query {
    Query::of(&RECORDING_DATA)
        .present_in(Query::of(&DATASET).with("datasettype", dataset_type))
        .present_in(recordings)
        .absent_from(Query::of(&DLC_PREDICTION))
        .keys()
}

fn predictions(rows: &mut dyn Transaction) -> Result<Vec<Pending>, StoreError> {
    let mut pending = Vec::new();
    for kind in VIDEO_DATASET_TYPES {
        let videos = videos(kind, Query::of(&RECORDING_DLC));
        let keys = rows.select(&videos)?;
        let mapped: Vec<RecordingDlc> =
            rows.fetch(&Query::of(&RECORDING_DLC).present_in(videos))?;
        let models = mapped
            .into_iter()
            .map(|mapped| (mapped.recording.columns(), mapped.model));
        let models: std::collections::HashMap<Row, DlcModelName> = models.collect();
        pending.extend(keys.into_iter().map(|key| {
            let recording = key.only(RECORDING_DLC.key);
            let model = models.get(&recording).cloned();
            Pending { key, model }
        }));
    }
    Ok(pending)
}

fn tracking_raw(rows: &mut dyn Transaction) -> Result<Vec<Pending>, StoreError> {
    let data = Query::of(&RECORDING_DATA)
        .present_in(Query::of(&DATASET).with("datasettype", DLC_DATASET_TYPE))
        .present_in(Query::of(&RECORDING_DLC))
        .absent_from(Query::of(&TRACKING_RAW));
    Ok(without_model(rows.select(&data.keys())?).collect())
}

fn tracking(rows: &mut dyn Transaction) -> Result<Vec<Pending>, StoreError> {
    let mut pending = Vec::new();
    for params in rows.select(&Query::of(&TRACKING_PARAMS).keys())? {
        let there = Query::of(&TRACKING).with_all(params.clone());
        // Only states in an open field are processed further.
        let raw = Query::of(&TRACKING_RAW)
            .present_in(Query::of(&TRACKING_RAW_OPEN_FIELD))
            .absent_from(there)
            .keys();
        let keys = rows.select(&raw)?.into_iter();
        pending.extend(without_model(
            keys.map(|key| key.and(params.clone())).collect(),
        ));
    }
    Ok(pending)
}
