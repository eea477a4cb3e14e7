use std::borrow::Cow;

use dlc_model::{Individuals, PoseTable};

pub(crate) use self::{
    columns::{Columns, INDIVIDUALS, distinct, tidy},
    frames::FrameName,
    of_data_frame::{level_texts, scorers, texts_of},
};
pub use self::{
    read_error::{ReadPosesError, ReadPosesErrorKind},
    write_error::WritePosesError,
};

mod columns;
mod frames;
mod of_data_frame;
mod read_error;
mod to_data_frame;
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

/// The content of a prediction file of several animals.
#[derive(Clone, Debug, PartialEq)]
pub struct IndividualPredictions {
    /// The name of the network, as it stands in the file.
    pub scorer: String,
    /// The keypoints of each animal, and of unique body parts; row `i` is frame `i`.
    pub individuals: Individuals,
    /// The width of the numbers in the file.
    pub precision: Precision,
}

/// The content of a prediction file of one animal in pictures.
///
/// The engines of DeepLabCut write them differently. [`Self::individual`] makes the difference:
///
/// | | `analyze_time_lapse_frames` | `analyze_images` |
/// |---|---|---|
/// | engine | TensorFlow | PyTorch |
/// | `individual` | `None` | mostly `individual_1` |
/// | levels of columns | scorer, bodyparts, coords | scorer, individuals, bodyparts, coords |
/// | rows | names of files | paths |
/// | `.h5` | a table, as for a video | pandas' fixed layout under `predictions` |
#[derive(Clone, Debug, PartialEq)]
pub struct ImagePredictions {
    /// The name of the network, as it stands in the file.
    pub scorer: String,
    /// The name of the animal, where the columns have one.
    pub individual: Option<String>,
    /// The pictures, as the file names them.
    pub images: Vec<String>,
    /// The keypoints; row `i` is picture `i`.
    pub poses: PoseTable,
    /// The width of the numbers in the file.
    pub precision: Precision,
}

impl ImagePredictions {
    /// Checks that there is a name for each row.
    pub(crate) fn check(&self) -> Result<(), WritePosesError> {
        match self.images.len() == self.poses.len() {
            true => Ok(()),
            false => Err(WritePosesError::Images {
                images: self.images.len(),
                rows: self.poses.len(),
            }),
        }
    }
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

/// Returns the name of a coordinate of a keypoint, the likeliest of its body part being 0: `x`, and
/// of the next ones `x2`, `x3`, ….
pub(crate) fn coord_name(output: usize, coord: &str) -> Cow<'_, str> {
    match output {
        0 => coord.into(),
        output => format!("{coord}{}", output + 1).into(),
    }
}

/// Returns what [`coord_name`] was given: the place of the keypoint and of the coordinate.
fn coord_place(name: &str) -> Option<(usize, usize)> {
    COORDS.iter().enumerate().find_map(|(place, coord)| {
        let output = match name.strip_prefix(coord)? {
            "" => 0,
            number => number.parse::<usize>().ok()?.checked_sub(1)?,
        };
        (coord_name(output, coord) == name).then_some((output, place))
    })
}

/// Returns the body parts and coordinates of the columns, in the order of a row.
pub(crate) fn column_names(poses: &PoseTable) -> impl Iterator<Item = (&str, Cow<'static, str>)> {
    poses.bodyparts().iter().flat_map(|bodypart| {
        let outputs = 0..poses.num_outputs();
        let coords = outputs.flat_map(|output| COORDS.map(|coord| coord_name(output, coord)));
        coords.map(|coord| (bodypart.as_str(), coord))
    })
}

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
