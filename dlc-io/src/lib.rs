//! The files of DeepLabCut.

pub mod atomic;
pub mod color;
pub mod csv;
pub mod file_names;
pub mod h5;
pub mod images;
pub mod labeled_video;
pub mod metadata;
pub mod nwb;
pub mod pickle;
pub mod picture;
pub mod plots;
pub mod project;
pub mod provenance;
pub mod regular_file;
pub mod safetensors;
pub mod scanimage;
pub mod session;
pub mod session_report;
pub mod sleap;
pub mod tensorflow;
pub mod torch;
pub mod video;
pub mod yaml;

mod collected_data;
mod data_frame;
mod foreign_error;
mod hdf5;
mod limits;
mod predictions;
mod video_poses;
mod weights_format;

pub use self::collected_data::{CollectedData, Labels};
pub use self::data_frame::{DataFrame, DataFrameError, RowNames};
pub use self::limits::Limits;
pub use self::predictions::{
    ImagePredictions, IndividualPredictions, Precision, Predictions, ReadPosesError,
    ReadPosesErrorKind, WritePosesError,
};
pub use self::video_poses::{
    NoFrameTimesError, ReadVideoPosesError, UnequalCountsError, VideoPoses, check_counts,
};
pub use self::weights_format::WeightsFormat;

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
