//! Videos that a model has predicted.

use super::{DLC_MODEL, RECORDING_DATA};
use crate::table::{Attribute, AttributeType::*, Reference, Table, Tier};
use crate::{RecordingData, entity::columns, name::DlcModelName};

/// `DLCPrediction`: videos that a model has predicted.
pub static DLC_PREDICTION: Table = Table {
    class: "DLCPrediction",
    name: "__d_l_c_prediction",
    tier: Tier::Computed,
    comment: "videos that a model has predicted",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("dlc_model", Varchar(32)),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
    ],
    references: &[Reference::to(&RECORDING_DATA), Reference::to(&DLC_MODEL)],
};

columns! {
    /// A video dataset that a model has predicted: a row of `DLCPrediction`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct DlcPrediction in DLC_PREDICTION {
        /// The videos.
        data: RecordingData = (all),
        /// The model.
        model: DlcModelName = "dlc_model",
    }
}
