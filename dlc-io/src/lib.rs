//! The files of DeepLabCut.

pub mod atomic;
pub mod csv;
pub mod h5;
pub mod images;
pub mod metadata;
pub mod pickle;
pub mod picture;
pub mod project;
pub mod safetensors;
pub mod tensorflow;
pub mod torch;
pub mod video;
pub mod yaml;

mod limits;
mod predictions;
mod weights_format;

pub use self::limits::Limits;
pub use self::predictions::{
    ImagePredictions, Precision, Predictions, ReadPosesError, ReadPosesErrorKind, WritePosesError,
};
pub use self::weights_format::WeightsFormat;
