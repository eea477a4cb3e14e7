//! Tracking as the network gave it.

use super::{DLC_MODEL, RECORDING_DATA, TRACKED_BODY_PART};
use crate::table::{Attribute, AttributeType::*, DefaultValue, Reference, Table, Tier};
use crate::{
    DateTime, RecordingData,
    entity::columns,
    name::{BodyPartName, DlcModelName},
};

/// `TrackingRaw`: tracking as it was recorded.
pub static TRACKING_RAW: Table = Table {
    class: "TrackingRaw",
    name: "_tracking_raw",
    tier: Tier::Imported,
    comment: "tracking as it was recorded",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("start_time", DateTime),
        Attribute::new("stop_time", DateTime),
        Attribute::new("timestamps", LongBlob).with_default(DefaultValue::Null),
        Attribute::new("timestamps_sys", LongBlob).with_default(DefaultValue::Null),
        Attribute::new("sample_rate", Double),
        Attribute::new("sync", SmallInt),
        Attribute::new("is_calibrated", TinyInt).with_default(DefaultValue::Int(0)),
        Attribute::new("entry_time_tracking_raw", Timestamp).with_default(DefaultValue::Now),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
    ],
    references: &[Reference::to(&RECORDING_DATA)],
};

/// `TrackingRaw.DLCPart`: body parts as the network gave them, in px.
pub static TRACKING_RAW_DLC_PART: Table = Table {
    class: "TrackingRaw.DLCPart",
    name: "_tracking_raw__d_l_c_part",
    tier: Tier::Imported,
    comment: "body parts as the network gave them, in px",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("body_part", Varchar(32)),
        Attribute::new("dlc_model", Varchar(32)),
        Attribute::new("dlc_training_iteration", Int),
        Attribute::new("bodypart_x_pos", LongBlob),
        Attribute::new("bodypart_y_pos", LongBlob),
        Attribute::new("bodypart_likelihood", LongBlob),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
        "body_part",
    ],
    references: &[
        Reference::to(&TRACKING_RAW),
        Reference::to(&TRACKED_BODY_PART),
        Reference::to(&DLC_MODEL),
    ],
};

/// `TrackingRaw.OpenField`: raw states in an open field, in px.
pub static TRACKING_RAW_OPEN_FIELD: Table = Table {
    class: "TrackingRaw.OpenField",
    name: "_tracking_raw__open_field",
    tier: Tier::Imported,
    comment: "raw states in an open field, in px",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("x_pos", LongBlob),
        Attribute::new("y_pos", LongBlob),
        Attribute::new("boundary_left", Double),
        Attribute::new("boundary_right", Double),
        Attribute::new("boundary_bottom", Double),
        Attribute::new("boundary_top", Double),
        Attribute::new("speed", LongBlob),
        Attribute::new("head_angle", LongBlob),
        Attribute::new("x_offset", Double),
        Attribute::new("y_offset", Double),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
    ],
    references: &[Reference::to(&TRACKING_RAW)],
};

columns! {
    /// Tracking as it was recorded: a row of `TrackingRaw`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingRawRow in TRACKING_RAW {
        /// The dataset of predictions.
        data: RecordingData = (all),
        /// The local time of the first sample.
        start_time: DateTime = "start_time",
        /// The local time of the last sample.
        stop_time: DateTime = "stop_time",
        /// The synchronised time of each sample, in s.
        timestamps: Option<Vec<f64>> = "timestamps",
        /// The time of each sample by the system's clock, in s.
        timestamps_sys: Option<Vec<f64>> = "timestamps_sys",
        /// In Hz.
        sample_rate: f64 = "sample_rate",
        /// Whether the times are synchronised.
        sync: bool = "sync",
        /// Whether positions are in mm already.
        is_calibrated: bool = "is_calibrated",
    }
}

columns! {
    /// A body part as the network gave it: a row of `TrackingRaw.DLCPart`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingRawDlcPart in TRACKING_RAW_DLC_PART {
        /// The dataset of predictions.
        data: RecordingData = (all),
        /// The body part.
        body_part: BodyPartName = "body_part",
        /// The model.
        model: DlcModelName = "dlc_model",
        /// How long the snapshot was trained: the number at the end of the scorer.
        training_iteration: i32 = "dlc_training_iteration",
        /// In px of the frame, NaN where there is none.
        x_px: Vec<f64> = "bodypart_x_pos",
        /// In px of the frame, NaN where there is none.
        y_px: Vec<f64> = "bodypart_y_pos",
        /// From 0 to 1.
        likelihood: Vec<f64> = "bodypart_likelihood",
    }
}

columns! {
    /// The raw states in an open field: a row of `TrackingRaw.OpenField`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingRawOpenField in TRACKING_RAW_OPEN_FIELD {
        /// The dataset of predictions.
        data: RecordingData = (all),
        /// In px.
        x_px: Vec<f64> = "x_pos",
        /// In px.
        y_px: Vec<f64> = "y_pos",
        /// The left end of the path, in px.
        left_px: f64 = "boundary_left",
        /// The right end of the path, in px.
        right_px: f64 = "boundary_right",
        /// The end of the path where `y` is smallest, in px.
        bottom_px: f64 = "boundary_bottom",
        /// The end of the path where `y` is greatest, in px.
        top_px: f64 = "boundary_top",
        /// In px/s.
        speed_px_per_s: Vec<f64> = "speed",
        /// In rad, from 0 to 2π.
        head_angle_rad: Vec<f64> = "head_angle",
        /// What was taken away from `x`, in px.
        x_offset_px: f64 = "x_offset",
        /// What was taken away from `y`, in px.
        y_offset_px: f64 = "y_offset",
    }
}
