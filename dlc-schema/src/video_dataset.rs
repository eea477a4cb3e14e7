//! Which datasets hold what.

/// The kinds of datasets whose files are videos that a model can look at.
pub const VIDEO_DATASET_TYPES: [&str; 2] = ["Video", "TrackingVideo"];

/// The kind of the datasets whose files are pictures of a microscope.
pub const IMAGING_DATASET_TYPE: &str = "TIFRaw";

/// The kind of the datasets that hold predictions.
pub const DLC_DATASET_TYPE: &str = "DLC_tracking";
