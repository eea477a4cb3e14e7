use std::{borrow::Cow, io::Write};

use dlc_model::PoseTable;

use super::number::{push_f32, push_f64};
use crate::{
    Precision, WritePosesError,
    predictions::{COORDS, LEVELS, narrow},
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
    let mut block = header(poses, scorer).into_bytes();
    for (frame, row) in poses.rows().enumerate() {
        write!(block, "{frame}")?;
        for number in row.iter().flat_map(|k| [k.x, k.y, k.likelihood]) {
            block.push(b',');
            match precision {
                Precision::F32 => push_f32(&mut block, narrow(number)),
                Precision::F64 => push_f64(&mut block, number),
            }
        }
        block.push(b'\n');
        if block.len() >= BLOCK_SIZE {
            out.write_all(&block)?;
            block.clear();
        }
    }
    out.write_all(&block)?;
    out.flush()?;
    Ok(())
}

/// Returns the lines with the names of the columns.
fn header(poses: &PoseTable, scorer: &str) -> String {
    let mut lines = LEVELS.map(String::from);
    for bodypart in poses.bodyparts().iter() {
        for coord in COORDS {
            for (line, name) in lines.iter_mut().zip([scorer, bodypart.as_str(), coord]) {
                line.push(',');
                line.push_str(&quoted(name));
            }
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
