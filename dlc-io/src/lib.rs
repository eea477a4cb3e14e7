//! The files of DeepLabCut.

pub mod atomic;
pub mod csv;
pub mod h5;

mod predictions;

pub use self::predictions::{Precision, Predictions, WritePosesError};
