//! The files of DeepLabCut.

pub mod atomic;
pub mod color;
pub mod csv;
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
mod hdf5;
mod limits;
mod predictions;
mod weights_format;

pub use self::collected_data::{CollectedData, Labels};
pub use self::data_frame::{DataFrame, DataFrameError, RowNames};
pub use self::limits::Limits;
pub use self::predictions::{
    ImagePredictions, IndividualPredictions, Precision, Predictions, ReadPosesError,
    ReadPosesErrorKind, WritePosesError,
};
pub use self::weights_format::WeightsFormat;
