use std::{borrow::Cow, io::Write};

use dlc_model::{Keypoint, PoseTable};

use super::number::{push_f32, push_f64};
use crate::{
    DataFrame, ImagePredictions, Precision, RowNames, WritePosesError,
    predictions::{LEVELS, column_names, narrow},
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
    let columns: Vec<_> = column_names(poses).collect();
    let names = columns.iter();
    let names = names.map(|(bodypart, coord)| [scorer, bodypart, coord]);
    let mut block = header(&LEVELS.map(Some), 1, names).into_bytes();
    for (frame, row) in poses.rows().enumerate() {
        write!(block, "{frame}")?;
        push_row(&mut block, row.iter().flat_map(numbers), precision);
        flush_full(&mut block, &mut out)?;
    }
    out.write_all(&block)?;
    out.flush()?;
    Ok(())
}

/// Writes any data frame as pandas prints it.
///
/// # Errors
///
/// Returns an error when `out` does.
pub fn write_data_frame(mut out: impl Write, frame: &DataFrame) -> Result<(), WritePosesError> {
    let levels: Vec<Option<&str>> = frame.levels().iter().map(Option::as_deref).collect();
    let columns = frame.columns().iter();
    let columns = columns.map(|names| names.iter().map(String::as_str));
    let mut block = header(&levels, frame.row_names().depth(), columns).into_bytes();
    for (place, row) in frame.rows().enumerate() {
        match frame.row_names() {
            RowNames::Numbers(numbers) => write!(block, "{}", numbers[place])?,
            RowNames::Texts(texts) => block.extend_from_slice(quoted(&texts[place]).as_bytes()),
            names @ (RowNames::Reals(_) | RowNames::Times(_)) => {
                block.extend_from_slice(names.text(place).as_bytes());
            }
            RowNames::Paths(paths) => {
                let names: Vec<_> = paths[place].iter().map(|name| quoted(name)).collect();
                block.extend_from_slice(names.join(",").as_bytes());
            }
        }
        push_row(&mut block, row.iter().copied(), frame.precision());
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
    out: impl Write,
    predictions: &ImagePredictions,
) -> Result<(), WritePosesError> {
    predictions.check()?;
    write_data_frame(out, &predictions.to_data_frame())
}

fn numbers(keypoint: &Keypoint) -> [f64; 3] {
    [keypoint.x, keypoint.y, keypoint.likelihood]
}

/// Appends the numbers of a row and the end of the line.
fn push_row(block: &mut Vec<u8>, row: impl Iterator<Item = f64>, precision: Precision) {
    for number in row {
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

/// Returns the lines with the names of the columns, behind room for so many names of rows.
fn header<'a, I>(
    levels: &[Option<&str>],
    row_names: usize,
    columns: impl Iterator<Item = I>,
) -> String
where
    I: IntoIterator<Item = &'a str>,
{
    let room = ",".repeat(row_names - 1);
    let level = |level: &Option<&str>| quoted(level.unwrap_or("")).into_owned() + &room;
    let mut lines: Vec<String> = levels.iter().map(level).collect();
    for names in columns {
        for (line, name) in lines.iter_mut().zip(names) {
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
