use std::io::Write;

use super::{fixed, reader::KEYS, sheet::Sheet, writer};
use crate::{ImagePredictions, WritePosesError};

/// Writes predictions in pictures as DeepLabCut's `.h5` files have them.
///
/// Without an individual this is the table of `analyze_time_lapse_frames`, with one the fixed
/// layout of `analyze_images`: see [`ImagePredictions`].
///
/// # Errors
///
/// Returns an error when `out` does, when there is not one picture for each row, or when the names
/// of the columns are longer than HDF5 can store.
///
/// # Examples
///
/// ```
/// use dlc_io::{ImagePredictions, Precision, h5};
/// use dlc_model::{Bodyparts, Keypoint, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout"])?);
/// poses.set(0, &[Keypoint::new(12.5, 30.0, 0.98)]);
/// let predictions = ImagePredictions {
///     scorer: "DLC_resnet50_openfieldOct30shuffle1_200".into(),
///     individual: None,
///     images: vec!["img0.png".into()],
///     poses,
///     precision: Precision::F64,
/// };
///
/// let mut file = Vec::new();
/// h5::write_images(&mut file, &predictions)?;
/// assert!(file.starts_with(b"\x89HDF\r\n\x1a\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_images(
    out: impl Write,
    predictions: &ImagePredictions,
) -> Result<(), WritePosesError> {
    predictions.check()?;
    let ImagePredictions {
        scorer,
        individual,
        images,
        poses,
        precision,
    } = predictions;
    match individual {
        None => {
            let sheet = Sheet::of_poses(poses, scorer, *precision);
            writer::table(out, &sheet.with_images(images))
        }
        Some(_) => fixed::write(out, &predictions.to_data_frame(), KEYS[1]),
    }
}
