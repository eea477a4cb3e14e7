use std::{
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    cell::Decimal,
    fields::{Row, Rows},
    header::Header,
    short,
};
use crate::{
    CollectedData, DataFrame, ImagePredictions, IndividualPredictions, Limits, Precision,
    Predictions, ReadPosesError, ReadPosesErrorKind as Kind, RowNames,
    predictions::{COORDS, Columns, FrameName},
    regular_file,
};

/// Reads what pandas printed to a `.csv` file.
///
/// Columns are found by their names, rows by the frames that they name. An empty field is NaN, and so
/// are pandas' words for it (`NA`, `nan`, `#N/A`, …). The text does not say how wide its numbers are:
/// they are read as 64-bit ones, as pandas does, and the precision is [`Precision::F64`]. The whole
/// text is held in memory.
///
/// What spreadsheets and R leave is read, too: lines and last columns without anything, frames
/// written `0.0`, quotes, blanks around numbers, ends of lines of any machine, a byte order mark,
/// and `;`, tabs or `|` between fields, then also with decimal commas.
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
    scorer: Option<String>,
    limits: Limits,
}

impl Reader {
    /// Creates a reader of a file, which is opened by each of its methods.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            scorer: None,
            limits: Limits::default(),
        }
    }

    /// Takes the columns of this scorer where a file has those of several, such as labels of two
    /// people. DeepLabCut takes the project's.
    #[must_use]
    pub fn with_scorer(mut self, scorer: impl Into<String>) -> Self {
        self.scorer = Some(scorer.into());
        self
    }

    /// Sets how much of the file to believe: [`Limits::max_file_bytes`] bounds its length,
    /// [`Limits::max_frames`] the frames that no row names.
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
        self.read(|bytes| parse_data_frame(bytes, &self.limits))
    }

    /// Reads the predictions of one animal in a video.
    ///
    /// # Errors
    ///
    /// Returns an error with line and column when the file is not of this layout, or too long.
    /// Predictions of several animals are refused by name.
    pub fn predictions(&self) -> Result<Predictions, ReadPosesError> {
        self.read(|bytes| parse(bytes, self.scorer.as_deref(), &self.limits))
    }

    /// Reads the predictions of several animals, and of unique body parts, in a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or too long.
    pub fn individuals(&self) -> Result<IndividualPredictions, ReadPosesError> {
        self.read(|bytes| self.chosen(bytes)?.individuals_within(&self.limits))
    }

    /// Reads the predictions of one animal in pictures.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or too long. Predictions of several
    /// animals are refused by name.
    pub fn images(&self) -> Result<ImagePredictions, ReadPosesError> {
        self.read(|bytes| self.chosen(bytes)?.image_predictions())
    }

    /// Reads the labels that people gave: `CollectedData_….csv`.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or too long.
    pub fn collected_data(&self) -> Result<CollectedData, ReadPosesError> {
        self.read(|bytes| self.chosen(bytes)?.collected_data())
    }

    fn chosen(&self, bytes: &[u8]) -> Result<DataFrame, Kind> {
        parse_data_frame(bytes, &self.limits)?.chosen(self.scorer.as_deref())
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

fn parse(bytes: &[u8], scorer: Option<&str>, limits: &Limits) -> Result<Predictions, Kind> {
    let mut rows = Rows::new(bytes)?;
    let header = Header::read(&mut rows)?;
    if header.scorers().len() > 1 {
        let frame = parse_data_frame(bytes, limits)?.chosen(scorer)?;
        return frame.predictions_within(limits);
    }
    let columns = Columns::find(&header.tidy_levels(), &header.columns(), &COORDS)?;
    if header.row_names > 1 {
        let layout = "pictures (the rows have several names)";
        let expected = "the frames of a video";
        return Err(Kind::Layout { layout, expected });
    }
    let mut filler = columns.filler(bytes.len() / 20 / header.fields, limits);
    let mut body = Body::new(rows, &header, most_bytes(bytes, limits));
    while let Some(row) = body.next_row()? {
        let frame = frame_name(row.field(0), row.place)?.frame(row.place)?;
        filler.set(row.place, frame, &body.numbers)?;
    }
    Ok(filler.finish(Precision::F64))
}

fn parse_data_frame(bytes: &[u8], limits: &Limits) -> Result<DataFrame, Kind> {
    let mut rows = Rows::new(bytes)?;
    let header = Header::read(&mut rows)?;
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut values = Vec::new();
    let mut body = Body::new(rows, &header, most_bytes(bytes, limits));
    while let Some(row) = body.next_row()? {
        let of_row = (0..header.row_names).map(|place| row.field(place).into());
        names.push(of_row.collect());
        values.extend_from_slice(&body.numbers);
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

/// Numbers that take fewer bytes are read whatever the length of the text.
const FEW_BYTES: u64 = 1 << 20;

/// How many bytes of numbers a byte of text may stand for: a field is at least a comma, and rows may lack
/// their last ones.
const MOST_BYTES_OF_BYTE: u64 = 64;

/// Returns how many bytes the numbers of a text may take.
fn most_bytes(text: &[u8], limits: &Limits) -> u64 {
    let of_text = (text.len() as u64).saturating_mul(MOST_BYTES_OF_BYTE);
    limits.max_tensor_bytes.min(of_text.max(FEW_BYTES))
}

/// The lines below the header.
struct Body<'a, 'h> {
    rows: Rows<'a>,
    header: &'h Header<'a>,
    decimal: Decimal,
    /// The numbers of the row that was read last.
    numbers: Vec<f64>,
    place: usize,
    /// The bytes that the numbers of all rows may take.
    most_bytes: u64,
}

/// A line below the header.
struct BodyRow<'a> {
    row: Row<'a>,
    /// Its place among the rows, from 0.
    place: usize,
}

impl BodyRow<'_> {
    fn field(&self, place: usize) -> &str {
        self.row.field(place)
    }
}

impl<'a, 'h> Body<'a, 'h> {
    fn new(rows: Rows<'a>, header: &'h Header<'a>, most_bytes: u64) -> Self {
        Self {
            most_bytes,
            decimal: Decimal::new(rows.separator()),
            rows: below_index_name(rows, header),
            numbers: vec![f64::NAN; header.fields - header.row_names],
            header,
            place: 0,
        }
    }

    /// Reads the numbers of the next row that is not blank. Fields that it lacks are missing.
    fn next_row(&mut self) -> Result<Option<BodyRow<'a>>, Kind> {
        let row = loop {
            match self.rows.next().transpose()? {
                Some(row) if row.is_blank() => {}
                Some(row) => break row,
                None => return Ok(None),
            }
        };
        self.check(&row)?;
        for (place, number) in self.numbers.iter_mut().enumerate() {
            let column = self.header.row_names + place;
            let text = row.field(column);
            *number = self.decimal.number(text).ok_or_else(|| Kind::Field {
                line: row.line,
                column: column + 1,
                expected: "a number or nothing",
                found: short(text),
            })?;
        }
        let place = self.place;
        self.place += 1;
        self.check_size()?;
        Ok(Some(BodyRow { row, place }))
    }

    /// Checks that the numbers of the rows so far are not too many: a row may lack fields, so that few
    /// bytes can stand for many numbers.
    fn check_size(&self) -> Result<(), Kind> {
        let bytes = (self.place as u64).saturating_mul(8 * self.numbers.len() as u64);
        match bytes > self.most_bytes {
            true => Err(Kind::TooLarge {
                what: "the numbers of the rows".into(),
                bytes,
                limit: self.most_bytes,
            }),
            false => Ok(()),
        }
    }

    /// Checks that a row has names, and not more fields than the header.
    fn check(&self, row: &Row<'_>) -> Result<(), Kind> {
        if row.len() > self.header.fields {
            return Err(Kind::Fields {
                line: row.line,
                expected: self.header.fields,
                found: row.len(),
            });
        }
        let unnamed = (0..self.header.row_names).find(|&place| row.field(place).trim().is_empty());
        match unnamed {
            Some(place) => Err(Kind::Field {
                line: row.line,
                column: place + 1,
                expected: "the name of the row",
                found: String::new(),
            }),
            None => Ok(()),
        }
    }
}

/// Returns the rows without a first one that names the index: a text and no numbers, above rows that
/// numbers name.
fn below_index_name<'a>(rows: Rows<'a>, header: &Header<'_>) -> Rows<'a> {
    let mut below = rows.clone();
    let is_number = |row: &Row<'_>| real(row.field(0)).is_some();
    let mut next = || {
        let mut rows = below.by_ref().map_while(Result::ok);
        rows.find(|row| !row.is_blank())
    };
    let is_name = |row: &Row<'_>| {
        let is_empty = |place| row.field(place).trim().is_empty();
        header.row_names == 1 && !is_number(row) && (1..header.fields).all(is_empty)
    };
    let Some(first) = next().filter(is_name) else {
        return rows;
    };
    match next().is_some_and(|second| is_number(&second)) {
        true => {
            let mut below = rows.clone();
            // Up to the line of the name.
            while below
                .next()
                .is_some_and(|row| row.is_ok_and(|row| row.line < first.line))
            {}
            below
        }
        false => rows,
    }
}

/// Returns names of rows as numbers, when all are.
fn row_names(names: Vec<Vec<String>>, depth: usize) -> RowNames {
    if depth > 1 {
        return RowNames::Paths(names);
    }
    let integers: Option<Vec<i64>> = names.iter().map(|name| integer(&name[0])).collect();
    let reals = || names.iter().map(|name| real(&name[0])).collect();
    match integers {
        Some(integers) => RowNames::Numbers(integers),
        None => match reals() {
            Some(reals) => RowNames::Reals(reals),
            None => RowNames::Texts(names.into_iter().flatten().collect()),
        },
    }
}

fn integer(name: &str) -> Option<i64> {
    name.trim_ascii().parse().ok()
}

/// Returns a name that is a number, whatever its decimal sign is.
fn real(name: &str) -> Option<f64> {
    let number = |text: &str| text.trim_ascii().parse().ok();
    number(name).or_else(|| number(&name.replacen(',', ".", 1)))
}

fn frame_name(name: &str, row: usize) -> Result<FrameName, Kind> {
    let real = || real(name).map(FrameName::Real);
    let read = integer(name).map(FrameName::Integer).or_else(real);
    read.ok_or_else(|| match row {
        0 => Kind::Layout {
            layout: "pictures (the rows have names)",
            expected: "the frames of a video",
        },
        _ => Kind::Index {
            row,
            found: format!("{:?}", short(name)),
            problem: "expected a whole number",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_all(text: &str) -> Result<Predictions, Kind> {
        parse(text.as_bytes(), None, &Limits::default())
    }

    fn error(text: &str) -> String {
        parse_all(text).unwrap_err().to_string()
    }

    const HEADER: &str = "scorer,S,S,S\nbodyparts,a,a,a\ncoords,x,y,likelihood\n";

    #[test]
    fn rows_are_frames_and_nothing_is_nan() {
        let read = parse_all(&format!("{HEADER}0,1.5,-2e-05,1.0\n1,,,\r\n")).unwrap();

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
            error(&format!("{HEADER}0,1.5,1,1,7\n")),
            "line 4: expected 4 fields, found 5"
        );
        assert_eq!(
            error(&format!("{HEADER},1,1,1\n")),
            "line 4, column 1: expected the name of the row, found \"\""
        );
        assert_eq!(
            error(&format!("{HEADER}0,\"1,234.5\",1,1\n")),
            "line 4, column 2: expected a number or nothing, found \"1,234.5\""
        );
        assert_eq!(
            error(&format!("{HEADER}0,1,1,1\nimg0.png,1,1,1\n")),
            "row 1 (from 0) belongs to frame \"img0.png\": expected a whole number"
        );
        assert_eq!(
            error(&format!("{HEADER}img0.png,1,1,1\n")),
            "found pictures (the rows have names): expected the frames of a video"
        );
        assert!(error("").starts_with("line 1, column 1: expected `scorer`"));
        assert!(error("frame,x\n0,1\n").ends_with("found \"frame\""));
        let uneven = error("scorer,S\nbodyparts,a,b\ncoords,x\n");
        assert!(uneven.contains("expected `x`, `y` or `likelihood`") || uneven.contains("scorers"));
    }

    #[test]
    fn several_animals_are_refused_by_name() {
        let text = "scorer,S\nindividuals,m\nbodyparts,a\ncoords,x\n0,1\n";
        assert!(error(text).contains("multi-animal"));
    }

    #[test]
    fn levels_without_names_and_rows_with_several_are_read() {
        let bones = ",a_b,a_b\n,length,likelihood\n0,1.5,\n";
        let frame = parse_data_frame(bones.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(frame.levels(), [None, None]);
        assert_eq!(frame.columns()[1], ["a_b", "likelihood"]);
        assert_eq!(frame.row_names(), &RowNames::Numbers(vec![0]));

        let labels = "scorer,,,P,P\nbodyparts,,,a,a\ncoords,,,x,y\nlabeled-data,v,i.png,1,\n";
        let labels = parse_data_frame(labels.as_bytes(), &Limits::default()).unwrap();
        let labels = labels.collected_data().unwrap();
        assert_eq!(labels.images, ["labeled-data/v/i.png"]);
    }

    #[test]
    fn short_rows_below_a_wide_header_take_no_memory() {
        let parts = 2000;
        let line =
            |first: &str, text: &str| format!("{first}{}\n", format!(",{text}").repeat(3 * parts));
        let names: String = (0..parts)
            .map(|part| format!(",p{part}").repeat(3))
            .collect();
        let coords = ",x,y,likelihood".repeat(parts);
        let mut text = line("scorer", "DLC") + &format!("bodyparts{names}\ncoords{coords}\n");
        for frame in 0..20_000 {
            text += &format!("{frame}\n");
        }
        let errors = [
            parse(text.as_bytes(), None, &Limits::default()).map(drop),
            parse_data_frame(text.as_bytes(), &Limits::default()).map(drop),
        ];
        for error in errors {
            let error = error.unwrap_err();
            assert!(matches!(error, Kind::TooLarge { .. }), "{error:?}");
        }
    }

    #[test]
    fn the_name_of_an_index_is_no_row() {
        let text = "scorer,D,D,D\nbodyparts,a,a,a\ncoords,x,y,likelihood\nframe,,,\n0,1,2,0.5\n1,3,4,0.5\n";
        let read = parse(text.as_bytes(), None, &Limits::default()).unwrap();
        assert_eq!(read.poses.len(), 2);
        // The first picture may have no labels.
        let labels = text
            .replace("frame", "img0.png")
            .replace("\n0,", "\nimg1.png,");
        let labels = labels.replace("\n1,", "\nimg2.png,");
        let read = parse_data_frame(labels.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(read.row_names().len(), 3);
    }
}
