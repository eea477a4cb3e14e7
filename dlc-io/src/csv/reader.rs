use std::{borrow::Cow, fs, path::Path};

use super::fields::{Row, Rows};
use crate::{
    ImagePredictions, Precision, Predictions, ReadPosesError, ReadPosesErrorKind as Kind,
    predictions::{Columns, INDIVIDUALS, LEVELS},
};

/// Reads the predictions of one animal from a `.csv` file of DeepLabCut.
///
/// Columns are found by their names. An empty field is NaN, also those that spreadsheets leave of
/// it. The text does not say how wide its numbers are: they are read as 64-bit ones, as pandas
/// does, and [`Predictions::precision`] is [`Precision::F64`].
///
/// # Errors
///
/// Returns an error with line and column when the file is not of this layout. Predictions of
/// several animals are refused by name.
pub fn read(path: impl AsRef<Path>) -> Result<Predictions, ReadPosesError> {
    let path = path.as_ref();
    fs::read(path)
        .map_err(Kind::Io)
        .and_then(|bytes| parse(&bytes))
        .map_err(|kind| ReadPosesError::new(path, kind))
}

/// Reads the predictions of one animal in pictures from a `.csv` file of DeepLabCut.
///
/// As [`read`]; rows have names.
///
/// # Errors
///
/// Returns an error with line and column when the file is not of this layout. Predictions of
/// several animals are refused by name.
pub fn read_images(path: impl AsRef<Path>) -> Result<ImagePredictions, ReadPosesError> {
    let path = path.as_ref();
    fs::read(path)
        .map_err(Kind::Io)
        .and_then(|bytes| parse_images(&bytes))
        .map_err(|kind| ReadPosesError::new(path, kind))
}

fn parse(bytes: &[u8]) -> Result<Predictions, Kind> {
    let mut rows = Rows::new(bytes)?;
    let columns = header(&mut rows, Columns::find)?;
    let mut frames = 0;
    numbers(columns, rows, |index| {
        frames += 1;
        check_index(index, frames - 1)
    })
}

fn parse_images(bytes: &[u8]) -> Result<ImagePredictions, Kind> {
    let mut rows = Rows::new(bytes)?;
    let (columns, individual) = header(&mut rows, Columns::find_of_individual)?;
    let mut images = Vec::new();
    let predictions = numbers(columns, rows, |index| {
        images.push(index.to_owned());
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

/// Reads the rows with numbers; `on_index` is told what each begins with.
fn numbers(
    columns: Columns,
    rows: Rows<'_>,
    mut on_index: impl FnMut(&str) -> Result<(), Kind>,
) -> Result<Predictions, Kind> {
    let len = columns.len() + 1;
    columns.predictions(
        Precision::F64,
        rows.map(|row| {
            let row = row?;
            let line = row.line;
            if row.fields.len() != len {
                return Err(Kind::Fields {
                    line,
                    expected: len,
                    found: row.fields.len(),
                });
            }
            let mut fields = row.fields.into_iter().enumerate();
            if let Some((_, index)) = fields.next() {
                on_index(&index)?;
            }
            Ok(fields.map(move |(place, text)| number(&text, line, place + 1)))
        }),
    )
}

/// Reads the lines with the names of the columns, each of which begins with the name of the level.
fn header<T>(
    rows: &mut Rows<'_>,
    find: impl FnOnce(&[&str], &[Vec<&str>]) -> Result<T, Kind>,
) -> Result<T, Kind> {
    let mut lines: Vec<Row<'_>> = Vec::new();
    let last = |line: &Row<'_>| line.fields[0] == LEVELS[2];
    while lines.last().is_none_or(|line| !last(line)) {
        let line = rows.next().transpose()?;
        let place = lines.len() + 1;
        let known = |line: &Row<'_>| {
            let name = &line.fields[0];
            LEVELS.contains(&&**name) || name == INDIVIDUALS
        };
        match line {
            Some(line) if known(&line) && place <= LEVELS.len() + 1 => lines.push(line),
            line => {
                let found = line.map_or(Cow::default(), |line| line.fields[0].clone());
                return Err(Kind::Field {
                    line: place,
                    column: 1,
                    expected: "`scorer`, then `bodyparts`, then `coords`",
                    found: short(&found),
                });
            }
        }
    }
    let expected = lines[0].fields.len();
    if let Some(other) = lines.iter().find(|line| line.fields.len() != expected) {
        return Err(Kind::Fields {
            line: other.line,
            expected,
            found: other.fields.len(),
        });
    }
    let levels: Vec<&str> = lines.iter().map(|line| &*line.fields[0]).collect();
    let name = |i: usize| lines.iter().map(|line| &*line.fields[i]).collect();
    let names: Vec<Vec<&str>> = (1..expected).map(name).collect();
    find(&levels, &names)
}

fn check_index(index: &str, row: usize) -> Result<(), Kind> {
    if index.parse() == Ok(row) {
        return Ok(());
    }
    let found = format!("{:?}", short(index));
    Err(Kind::Index { row, found })
}

fn number(text: &str, line: usize, column: usize) -> Result<f64, Kind> {
    if text.is_empty() {
        return Ok(f64::NAN);
    }
    text.parse().map_err(|_| Kind::Field {
        line,
        column,
        expected: "a number or nothing",
        found: short(text),
    })
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text.as_bytes()).unwrap_err().to_string()
    }

    const HEADER: &str = "scorer,S,S,S\nbodyparts,a,a,a\ncoords,x,y,likelihood\n";

    #[test]
    fn rows_are_frames_and_nothing_is_nan() {
        let read = parse(format!("{HEADER}0,1.5,-2e-05,1.0\n1,,,\r\n").as_bytes()).unwrap();

        assert_eq!(read.scorer, "S");
        assert_eq!(read.poses.row(0)[0].y, -2e-5);
        assert!(read.poses.row(1)[0].likelihood.is_nan());
        assert_eq!(read.poses.len(), 2);
    }

    #[test]
    fn errors_say_line_and_column() {
        assert_eq!(
            error(&format!("{HEADER}0,1.5,x,1.0\n")),
            "line 4, column 3: expected a number or nothing, found \"x\""
        );
        assert_eq!(
            error(&format!("{HEADER}0,1.5,1\n")),
            "line 4: expected 4 fields, found 3"
        );
        assert_eq!(
            error(&format!("{HEADER}1,1,1,1\n")),
            "row 0 (from 0) belongs to frame \"1\": expected frame 0"
        );
        assert!(error("").starts_with("line 1, column 1: expected `scorer`"));
        assert!(error("frame,x\n0,1\n").ends_with("found \"frame\""));
        assert!(error("scorer,S\nbodyparts,a,b\ncoords,x\n").starts_with("line 2: expected 2"));
    }

    #[test]
    fn several_animals_are_refused_by_name() {
        let text = "scorer,S\nindividuals,m\nbodyparts,a\ncoords,x\n0,1\n";
        assert!(error(text).contains("multi-animal"));
    }
}
