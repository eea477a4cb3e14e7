//! Processed tracking.

use super::{TRACKING_RAW, TRACKING_RAW_DLC_PART};
use crate::table::{Attribute, AttributeType::*, DefaultValue, Reference, Table, Tier};
use crate::{
    RecordingData,
    entity::columns,
    name::{BodyPartName, TrackingParamsId},
};

/// `TrackingParams`: how raw states are processed.
pub static TRACKING_PARAMS: Table = Table {
    class: "TrackingParams",
    name: "#tracking_params",
    tier: Tier::Lookup,
    comment: "how raw states are processed",
    attributes: &[
        Attribute::new("trackingparams_id", Char(1)),
        Attribute::new("sigma_tracking", Float),
        Attribute::new("sigma_speed", Float),
        Attribute::new("sigma_angle", Float),
        Attribute::new("rotate", SmallInt),
        Attribute::new("tracking_params_hash", Varchar(32)).with_default(DefaultValue::Text("")),
    ],
    key: &["trackingparams_id"],
    references: &[],
};

/// `Tracking`: processed tracking.
pub static TRACKING: Table = Table {
    class: "Tracking",
    name: "__tracking",
    tier: Tier::Computed,
    comment: "processed tracking",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("trackingparams_id", Char(1)),
        Attribute::new("sample_rate", Double),
        Attribute::new("entry_time_tracking", Timestamp).with_default(DefaultValue::Now),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
        "trackingparams_id",
    ],
    references: &[
        Reference::to(&TRACKING_RAW),
        Reference::to(&TRACKING_PARAMS),
    ],
};

/// `Tracking.OpenField`: processed states in an open field, in mm.
pub static TRACKING_OPEN_FIELD: Table = Table {
    class: "Tracking.OpenField",
    name: "__tracking__open_field",
    tier: Tier::Computed,
    comment: "processed states in an open field, in mm",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("trackingparams_id", Char(1)),
        Attribute::new("calibration", Double),
        Attribute::new("x_pos", LongBlob),
        Attribute::new("y_pos", LongBlob),
        Attribute::new("boundary_left", Double),
        Attribute::new("boundary_right", Double),
        Attribute::new("boundary_bottom", Double),
        Attribute::new("boundary_top", Double),
        Attribute::new("speed", LongBlob),
        Attribute::new("head_angle", LongBlob),
        Attribute::new("timestamps", LongBlob),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
        "trackingparams_id",
    ],
    references: &[Reference::to(&TRACKING)],
};

/// `Tracking.DLCPart`: processed body parts.
pub static TRACKING_DLC_PART: Table = Table {
    class: "Tracking.DLCPart",
    name: "__tracking__d_l_c_part",
    tier: Tier::Computed,
    comment: "processed body parts",
    attributes: &[
        Attribute::new("session_name", Char(16)),
        Attribute::new("recording_order", Int),
        Attribute::new("recording_name", Char(16)),
        Attribute::new("dataset_name", Char(16)),
        Attribute::new("trackingparams_id", Char(1)),
        Attribute::new("body_part", Varchar(32)),
        Attribute::new("bodypart_x_pos", LongBlob),
        Attribute::new("bodypart_y_pos", LongBlob),
        Attribute::new("bodypart_likelihood", LongBlob),
    ],
    key: &[
        "session_name",
        "recording_order",
        "recording_name",
        "dataset_name",
        "trackingparams_id",
        "body_part",
    ],
    references: &[
        Reference::to(&TRACKING),
        Reference::to(&TRACKING_RAW_DLC_PART),
    ],
};

columns! {
    /// How raw states are processed: a row of `TrackingParams`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingParamsRow in TRACKING_PARAMS {
        /// Its letter.
        id: TrackingParamsId = "trackingparams_id",
        /// The width of the Gaussian for positions, in samples.
        sigma_tracking: f32 = "sigma_tracking",
        /// The width of the Gaussian for speeds, in samples.
        sigma_speed: f32 = "sigma_speed",
        /// The width of the Gaussian for angles, in samples.
        sigma_angle: f32 = "sigma_angle",
        /// Whether positions are turned until the box is upright.
        rotate: bool = "rotate",
        /// The hash of the parameters.
        hash: String = "tracking_params_hash",
    }
}

columns! {
    /// What tells processed tracking apart.
    #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct TrackingKey {
        /// The dataset of predictions.
        data: RecordingData = (all),
        /// The parameters.
        params: TrackingParamsId = "trackingparams_id",
    }
}

columns! {
    /// Processed tracking: a row of `Tracking`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingRow in TRACKING {
        /// Its key.
        key: TrackingKey = (all),
        /// In Hz.
        sample_rate: f64 = "sample_rate",
    }
}

columns! {
    /// Processed states in an open field: a row of `Tracking.OpenField`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingOpenField in TRACKING_OPEN_FIELD {
        /// Its key.
        key: TrackingKey = (all),
        /// In mm/px; 1 when nothing was calibrated, and all that is in mm is in px then.
        calibration_mm_per_px: f64 = "calibration",
        /// In mm.
        x_mm: Vec<f64> = "x_pos",
        /// In mm.
        y_mm: Vec<f64> = "y_pos",
        /// The left end of the path, in mm.
        left_mm: f64 = "boundary_left",
        /// The right end of the path, in mm.
        right_mm: f64 = "boundary_right",
        /// The end of the path where `y` is smallest, in mm.
        bottom_mm: f64 = "boundary_bottom",
        /// The end of the path where `y` is greatest, in mm.
        top_mm: f64 = "boundary_top",
        /// In mm/s.
        speed_mm_per_s: Vec<f64> = "speed",
        /// In rad, from 0 to 2π.
        head_angle_rad: Vec<f64> = "head_angle",
        /// The time of each sample, in s.
        timestamps: Vec<f64> = "timestamps",
    }
}

columns! {
    /// A processed body part: a row of `Tracking.DLCPart`.
    #[derive(Clone, Debug, PartialEq)]
    pub struct TrackingDlcPart in TRACKING_DLC_PART {
        /// Its key.
        key: TrackingKey = (all),
        /// The body part.
        body_part: BodyPartName = "body_part",
        /// In mm.
        x_mm: Vec<f64> = "bodypart_x_pos",
        /// In mm.
        y_mm: Vec<f64> = "bodypart_y_pos",
        /// From 0 to 1.
        likelihood: Vec<f64> = "bodypart_likelihood",
    }
}
