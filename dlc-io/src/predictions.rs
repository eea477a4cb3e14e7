use dlc_model::PoseTable;

pub(crate) use self::columns::Columns;
pub use self::{
    read_error::{ReadPosesError, ReadPosesErrorKind},
    write_error::WritePosesError,
};

mod columns;
mod read_error;
mod write_error;

/// The content of a prediction file of one animal.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// The name of the network, e.g., `DLC_resnet50_…shuffle1_1030000`, as it stands in the file.
    pub scorer: String,
    /// The keypoints; row `i` is frame `i`.
    pub poses: PoseTable,
    /// The width of the numbers in the file.
    pub precision: Precision,
}

/// The width of the numbers in a file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Precision {
    /// 32 bits, as DeepLabCut's PyTorch engine writes.
    F32,
    /// 64 bits, as DeepLabCut's TensorFlow engine writes.
    F64,
}

/// The third level of the column names, in DeepLabCut's order.
pub(crate) const COORDS: [&str; 3] = ["x", "y", "likelihood"];

/// The names of the levels of columns.
pub(crate) const LEVELS: [&str; 3] = ["scorer", "bodyparts", "coords"];

/// Returns the nearest 32-bit number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the caller asked for 32 bits"
)]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}
