use std::{borrow::Cow, io::Write};

use dlc_model::{Keypoint, PoseTable};

use super::number::{push_f32, push_f64};
use crate::{
    ImagePredictions, Precision, WritePosesError,
    predictions::{INDIVIDUALS, LEVELS, column_names, narrow},
};

/// How much is gathered before it is written, in bytes.
const BLOCK_SIZE: usize = 64 * 1024;

/// Writes predictions as DeepLabCut's `.csv` files have them.
///
/// With [`Precision::F32`] every number is rounded to the nearest before it is printed. Names with
/// a comma, a quote or an end of line are quoted.
///
/// # Errors
///
/// Returns an error when `out` does.
///
/// # Examples
///
/// ```
/// use dlc_io::{Precision, csv};
/// use dlc_model::{Bodyparts, Keypoint, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout"])?);
/// poses.set(1, &[Keypoint::new(12.5, 30.0, 0.98)]);
///
/// let mut text = Vec::new();
/// csv::write(&mut text, &poses, "DLC", Precision::F64)?;
/// assert_eq!(
///     String::from_utf8(text)?,
///     "scorer,DLC,DLC,DLC\nbodyparts,snout,snout,snout\ncoords,x,y,likelihood\n\
///      0,,,\n1,12.5,30.0,0.98\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(
    mut out: impl Write,
    poses: &PoseTable,
    scorer: &str,
    precision: Precision,
) -> Result<(), WritePosesError> {
    let above = Above {
        scorer,
        individual: None,
    };
    let mut block = header(poses, above).into_bytes();
    for (frame, row) in poses.rows().enumerate() {
        write!(block, "{frame}")?;
        push_row(&mut block, row, precision);
        flush_full(&mut block, &mut out)?;
    }
    out.write_all(&block)?;
    out.flush()?;
    Ok(())
}

/// Writes predictions in pictures as DeepLabCut's `.csv` files have them.
///
/// # Errors
///
/// Returns an error when `out` does, or when there is not one picture for each row.
pub fn write_images(
    mut out: impl Write,
    predictions: &ImagePredictions,
) -> Result<(), WritePosesError> {
    predictions.check()?;
    let poses = &predictions.poses;
    let above = Above {
        scorer: &predictions.scorer,
        individual: predictions.individual.as_deref(),
    };
    let mut block = header(poses, above).into_bytes();
    for (image, row) in predictions.images.iter().zip(poses.rows()) {
        block.extend_from_slice(quoted(image).as_bytes());
        push_row(&mut block, row, predictions.precision);
        flush_full(&mut block, &mut out)?;
    }
    out.write_all(&block)?;
    out.flush()?;
    Ok(())
}

/// Appends the numbers of a row and the end of the line.
fn push_row(block: &mut Vec<u8>, row: &[Keypoint], precision: Precision) {
    for number in row.iter().flat_map(|k| [k.x, k.y, k.likelihood]) {
        block.push(b',');
        match precision {
            Precision::F32 => push_f32(block, narrow(number)),
            Precision::F64 => push_f64(block, number),
        }
    }
    block.push(b'\n');
}

/// Writes what is gathered when it is enough.
fn flush_full(block: &mut Vec<u8>, out: &mut impl Write) -> Result<(), WritePosesError> {
    if block.len() >= BLOCK_SIZE {
        out.write_all(block)?;
        block.clear();
    }
    Ok(())
}

/// What stands above the names of body parts.
struct Above<'a> {
    scorer: &'a str,
    individual: Option<&'a str>,
}

/// Returns the lines with the names of the columns.
fn header(poses: &PoseTable, above: Above<'_>) -> String {
    let mut lines = vec![String::from(LEVELS[0])];
    lines.extend(above.individual.map(|_| String::from(INDIVIDUALS)));
    lines.extend([LEVELS[1].into(), LEVELS[2].into()]);
    for (bodypart, coord) in column_names(poses) {
        let above = [Some(above.scorer), above.individual].into_iter().flatten();
        for (line, name) in lines.iter_mut().zip(above.chain([bodypart, &coord])) {
            line.push(',');
            line.push_str(&quoted(name));
        }
    }
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// Returns a name as Python's `csv` writes it: between quotes only where needed.
fn quoted(name: &str) -> Cow<'_, str> {
    if name.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", name.replace('"', "\"\"")).into()
    } else {
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    #[test]
    fn names_are_quoted_where_a_reader_would_misread_them() {
        let bodyparts = Bodyparts::new(["left, \"ear\"", "a b"]).unwrap();
        let mut text = Vec::new();
        write(&mut text, &PoseTable::new(bodyparts), "DLC", Precision::F32).unwrap();

        let text = String::from_utf8(text).unwrap();
        let line = text.lines().nth(1).unwrap();
        let left = "\"left, \"\"ear\"\"\"";
        assert_eq!(line, format!("bodyparts,{left},{left},{left},a b,a b,a b"));
    }
}
