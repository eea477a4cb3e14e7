use std::{fs, io::Write, path::Path};

use super::{
    container::{Container, FieldType, text},
    fixed,
    reader::{Layout, Records, key, layout, unexpected},
    writer::{self, Index},
};
use crate::{ImagePredictions, ReadPosesError, ReadPosesErrorKind as Kind, WritePosesError};

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
        None => writer::table(out, poses, scorer, *precision, Index::Images(images)),
        Some(individual) => fixed::write(out, predictions, individual),
    }
}

/// Reads the predictions of one animal in pictures from an `.h5` file of DeepLabCut.
///
/// Columns are found by their names. The whole file is held in memory while it is read.
///
/// # Errors
///
/// Returns an error when the file is not of one of both layouts, or damaged. Predictions in videos
/// ([`read`](super::read) takes those) and of several animals are refused by name.
pub fn read_images(path: impl AsRef<Path>) -> Result<ImagePredictions, ReadPosesError> {
    let path = path.as_ref();
    fs::read(path)
        .map_err(Kind::Io)
        .and_then(parse)
        .map_err(|kind| ReadPosesError::new(path, kind))
}

fn parse(bytes: Vec<u8>) -> Result<ImagePredictions, Kind> {
    let file = Container::parse(bytes)?;
    let key = key(&file, fixed::KEY)?;
    let group = file.group(&key)?;
    let expected = "pictures";
    if layout(&group, expected)? == Layout::Fixed {
        return fixed::parse(&file, &group, &key);
    }
    let table = file.table(&key)?;
    let records = Records::open(&group, &table)?;
    match records.index.field_type {
        FieldType::Text => {}
        FieldType::Integer => {
            let layout = "a table of frames (the rows have numbers)";
            return Err(Kind::Layout { layout, expected });
        }
        _ => return Err(unexpected(&table.attributes, "index_kind", "texts")),
    }
    let mut images = Vec::new();
    let (predictions, individual) = records.read(&table, |row, index| {
        images.push(text(index).ok_or_else(|| Kind::Index {
            row,
            found: "bytes that are not UTF-8".into(),
        })?);
        Ok(())
    })?;
    Ok(ImagePredictions {
        scorer: predictions.scorer,
        individual,
        images,
        poses: predictions.poses,
        precision: predictions.precision,
    })
}
