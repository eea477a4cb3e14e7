use std::{
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    fields::{Row, Rows},
    header::Header,
    short,
};
use crate::{
    CollectedData, DataFrame, ImagePredictions, IndividualPredictions, Limits, Precision,
    Predictions, ReadPosesError, ReadPosesErrorKind as Kind, RowNames,
    predictions::{COORDS, Columns},
    regular_file,
};

/// Reads what pandas printed to a `.csv` file.
///
/// Columns are found by their names. An empty field is NaN, also those that spreadsheets leave of
/// it. The text does not say how wide its numbers are: they are read as 64-bit ones, as pandas
/// does, and the precision is [`Precision::F64`]. The whole text is held in memory.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::csv;
///
/// let labels = csv::Reader::new("labeled-data/m4s1/CollectedData_Pranav.csv").collected_data()?;
///
/// println!("{} labelled {} pictures", labels.scorer, labels.images.len());
/// # Ok::<(), dlc_io::ReadPosesError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    path: PathBuf,
    limits: Limits,
}

impl Reader {
    /// Creates a reader of a file, which is opened by each of its methods.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            limits: Limits::default(),
        }
    }

    /// Sets how much of the file to believe: [`Limits::max_file_bytes`] bounds its length.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads data with any levels of columns and any names of rows.
    ///
    /// # Errors
    ///
    /// Returns an error with line and column when the file is none of pandas', or too long.
    pub fn data_frame(&self) -> Result<DataFrame, ReadPosesError> {
        self.read(parse_data_frame)
    }

    /// Reads the predictions of one animal in a video.
    ///
    /// # Errors
    ///
    /// Returns an error with line and column when the file is not of this layout, or too long.
    /// Predictions of several animals are refused by name.
    pub fn predictions(&self) -> Result<Predictions, ReadPosesError> {
        self.read(parse)
    }

    /// Reads the predictions of several animals, and of unique body parts, in a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or too long.
    pub fn individuals(&self) -> Result<IndividualPredictions, ReadPosesError> {
        self.read(|bytes| parse_data_frame(bytes)?.individuals())
    }

    /// Reads the predictions of one animal in pictures.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or too long. Predictions of several
    /// animals are refused by name.
    pub fn images(&self) -> Result<ImagePredictions, ReadPosesError> {
        self.read(|bytes| parse_data_frame(bytes)?.image_predictions())
    }

    /// Reads the labels that people gave: `CollectedData_….csv`.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or too long.
    pub fn collected_data(&self) -> Result<CollectedData, ReadPosesError> {
        self.read(|bytes| parse_data_frame(bytes)?.collected_data())
    }

    fn read<T>(&self, parse: impl FnOnce(&[u8]) -> Result<T, Kind>) -> Result<T, ReadPosesError> {
        let parsed = self.bytes().and_then(|bytes| parse(&bytes));
        parsed.map_err(|kind| ReadPosesError::new(&self.path, kind))
    }

    fn bytes(&self) -> Result<Vec<u8>, Kind> {
        let file = regular_file::open(&self.path).map_err(Kind::Io)?;
        let limit = self.limits.max_file_bytes;
        let len = file.metadata().map_err(Kind::Io)?.len();
        let mut bytes = Vec::with_capacity(usize::try_from(len.min(limit)).unwrap_or(0));
        let mut file = file.take(limit.saturating_add(1));
        file.read_to_end(&mut bytes).map_err(Kind::Io)?;
        match bytes.len() as u64 > limit {
            true => Err(Kind::TooLarge {
                what: "the file".into(),
                bytes: len.max(bytes.len() as u64),
                limit,
            }),
            false => Ok(bytes),
        }
    }
}

/// Reads the predictions of one animal in a video: see [`Reader::predictions`].
///
/// # Errors
///
/// Returns an error with line and column when the file is not of this layout. Predictions of
/// several animals are refused by name.
pub fn read(path: impl AsRef<Path>) -> Result<Predictions, ReadPosesError> {
    Reader::new(path.as_ref()).predictions()
}

/// Reads the predictions of one animal in pictures: see [`Reader::images`].
///
/// # Errors
///
/// Returns an error with line and column when the file is not of this layout. Predictions of
/// several animals are refused by name.
pub fn read_images(path: impl AsRef<Path>) -> Result<ImagePredictions, ReadPosesError> {
    Reader::new(path.as_ref()).images()
}

fn parse(bytes: &[u8]) -> Result<Predictions, Kind> {
    let mut rows = Rows::new(bytes)?;
    let header = Header::read(&mut rows)?;
    let columns = Columns::find(&header.levels(), &header.columns(), &COORDS)?;
    if header.row_names > 1 {
        let layout = "rows with several names";
        let expected = "the frames of a video";
        return Err(Kind::Layout { layout, expected });
    }
    let mut filler = columns.filler(bytes.len() / 20 / header.fields());
    let mut numbers = vec![f64::NAN; header.fields() - 1];
    for (frame, row) in rows.enumerate() {
        let row = checked(row?, &header)?;
        check_index(&row.fields[0], frame)?;
        read_numbers(&row, 1, &mut numbers)?;
        filler.push(&numbers);
    }
    Ok(filler.finish(Precision::F64))
}

fn parse_data_frame(bytes: &[u8]) -> Result<DataFrame, Kind> {
    let mut rows = Rows::new(bytes)?;
    let header = Header::read(&mut rows)?;
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut numbers = vec![f64::NAN; header.fields() - header.row_names];
    let mut values = Vec::new();
    for row in rows {
        let row = checked(row?, &header)?;
        let of_row = row.fields[..header.row_names].iter();
        names.push(of_row.map(|name| name.clone().into_owned()).collect());
        read_numbers(&row, header.row_names, &mut numbers)?;
        values.extend_from_slice(&numbers);
    }
    let level = |name: &&str| (!name.is_empty()).then(|| String::from(*name));
    let levels = header.levels().iter().map(level).collect();
    let columns = header.columns();
    let columns = columns
        .iter()
        .map(|names| names.iter().copied().map(String::from).collect());
    let row_names = row_names(names, header.row_names);
    DataFrame::new(levels, columns.collect(), row_names, Precision::F64, values)
        .map_err(Kind::DataFrame)
}

/// Returns names of rows as numbers, when all are.
fn row_names(names: Vec<Vec<String>>, depth: usize) -> RowNames {
    if depth > 1 {
        return RowNames::Paths(names);
    }
    let numbers: Option<Vec<i64>> = names.iter().map(|name| name[0].parse().ok()).collect();
    match numbers {
        Some(numbers) => RowNames::Numbers(numbers),
        None => RowNames::Texts(names.into_iter().flatten().collect()),
    }
}

/// Checks that a row has as many fields as the header.
fn checked<'a>(row: Row<'a>, header: &Header<'_>) -> Result<Row<'a>, Kind> {
    match row.fields.len() == header.fields() {
        true => Ok(row),
        false => Err(Kind::Fields {
            line: row.line,
            expected: header.fields(),
            found: row.fields.len(),
        }),
    }
}

/// Reads the numbers behind the names of a row.
fn read_numbers(row: &Row<'_>, names: usize, numbers: &mut [f64]) -> Result<(), Kind> {
    let fields = row.fields[names..].iter().enumerate();
    for ((place, text), number) in fields.zip(numbers) {
        *number = parse_number(text, row.line, names + place + 1)?;
    }
    Ok(())
}

fn check_index(index: &str, row: usize) -> Result<(), Kind> {
    if index.parse() == Ok(row) {
        return Ok(());
    }
    let found = format!("{:?}", short(index));
    Err(Kind::Index { row, found })
}

fn parse_number(text: &str, line: usize, column: usize) -> Result<f64, Kind> {
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

    #[test]
    fn levels_without_names_and_rows_with_several_are_read() {
        let bones = ",a_b,a_b\n,length,likelihood\n0,1.5,\n";
        let frame = parse_data_frame(bones.as_bytes()).unwrap();
        assert_eq!(frame.levels(), [None, None]);
        assert_eq!(frame.columns()[1], ["a_b", "likelihood"]);
        assert_eq!(frame.row_names(), &RowNames::Numbers(vec![0]));

        let labels = "scorer,,,P,P\nbodyparts,,,a,a\ncoords,,,x,y\nlabeled-data,v,i.png,1,\n";
        let labels = parse_data_frame(labels.as_bytes()).unwrap();
        let labels = labels.collected_data().unwrap();
        assert_eq!(labels.images, ["labeled-data/v/i.png"]);
    }
}
