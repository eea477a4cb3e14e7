//! Processing methods, and which belong to a model or a recording.

use dlc_model::Value;

use super::{DLC_MODEL, DLC_TRACKING_TYPE, RECORDING};
use crate::table::{Attribute, AttributeType::*, DefaultValue, Reference, Table, Tier};
use crate::{
    RecordingKey,
    entity::columns,
    name::{DlcModelName, MethodName, TrackingTypeName},
};

/// `DLCTrackingProcessingMethod`: methods from body parts to a state.
pub static DLC_TRACKING_PROCESSING_METHOD: Table = Table {
    class: "DLCTrackingProcessingMethod",
    name: "#d_l_c_tracking_processing_method",
    tier: Tier::Lookup,
    comment: "methods from body parts to a state",
    attributes: &[
        Attribute::new("dlc_tracking_processing_method", Varchar(16)),
        Attribute::new("method_description", Varchar(1000)).with_default(DefaultValue::Text("")),
        Attribute::new("dlc_tracking_processing_params", LongBlob),
        Attribute::new("applicable_tracking_type", Varchar(32)),
        Attribute::new("function_to_invoke", Varchar(32)),
        Attribute::new("param_hash", Uuid),
    ],
    key: &["dlc_tracking_processing_method"],
    references: &[Reference {
        table: &DLC_TRACKING_TYPE,
        attributes: &["applicable_tracking_type"],
    }],
};

/// `DLCProcessingMethod`: which methods fit a model.
pub static DLC_PROCESSING_METHOD: Table = Table {
    class: "DLCProcessingMethod",
    name: "d_l_c_processing_method",
    tier: Tier::Manual,
    comment: "which methods fit a model",
    attributes: &[
        Attribute::new("dlc_model", Varchar(32)),
        Attribute::new("dlc_tracking_processing_method", Varchar(16)),
        Attribute::new("method_desc", Varchar(1000)).with_default(DefaultValue::Text("")),
    ],
    key: &["dlc_model", "dlc_tracking_processing_method"],
    references: &[
        Reference::to(&DLC_MODEL),
        Reference::to(&DLC_TRACKING_PROCESSING_METHOD),
    ],
};

/// `RecordingDLC`: model and method of a recording.
pub static RECORDING_DLC: Table = Table {
    class: "RecordingDLC",
    name: "recording_d_l_c",
    tier: Tier::Manual,
    comment: "model and method of a recording",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dlc_model", Varchar(32)),
        Attribute::new("dlc_tracking_processing_method", Varchar(16)),
    ],
    key: &["session_name", "recording_order", "recording_name"],
    references: &[
        Reference::to(&RECORDING),
        Reference::to(&DLC_PROCESSING_METHOD),
    ],
};

columns! {
    /// A method from body parts to a state, with its parameters: a row of
    /// `DLCTrackingProcessingMethod`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct DlcTrackingProcessingMethod in DLC_TRACKING_PROCESSING_METHOD {
        /// Its name.
        name: MethodName = "dlc_tracking_processing_method",
        /// What a person should know.
        description: String = "method_description",
        /// Its parameters.
        params: Value = "dlc_tracking_processing_params",
        /// The kind of tracking that it is for.
        tracking_type: TrackingTypeName = "applicable_tracking_type",
        /// The name of the function in a registry.
        function_to_invoke: String = "function_to_invoke",
        /// The hash of the parameters with all defaults.
        param_hash: [u8; 16] = "param_hash",
    }
}

columns! {
    /// A method that fits a model: a row of `DLCProcessingMethod`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct DlcProcessingMethod in DLC_PROCESSING_METHOD {
        /// The model.
        model: DlcModelName = "dlc_model",
        /// The method.
        method: MethodName = "dlc_tracking_processing_method",
        /// What a person should know.
        description: String = "method_desc",
    }
}

columns! {
    /// The model and the method of a recording: a row of `RecordingDLC`.
    #[derive(Clone, Debug, Eq, PartialEq)]
    pub struct RecordingDlc in RECORDING_DLC {
        /// The recording.
        recording: RecordingKey = (all),
        /// The model.
        model: DlcModelName = "dlc_model",
        /// The method.
        method: MethodName = "dlc_tracking_processing_method",
    }
}
