use crate::{Precision, csv};

/// Numbers with names above the columns and before the rows: what pandas calls a data frame.
///
/// All that DeepLabCut keeps in `.h5` and `.csv` is one: predictions of any number of animals,
/// labels, evaluations, lengths of bones. A column is known by its names, one for each level, never
/// by its place. Missing numbers are NaN. (A frame of a video is a [`Frame`](dlc_model::Frame).)
///
/// # Examples
///
/// ```
/// use dlc_io::{DataFrame, Precision, RowNames};
///
/// let levels = vec![Some("bodyparts".into()), Some("coords".into())];
/// let columns = ["x", "y"].map(|coord| vec!["snout".into(), coord.into()]);
/// let rows = RowNames::Numbers(vec![0, 1]);
/// let values = vec![1.0, 2.0, 3.0, f64::NAN];
/// let frame = DataFrame::new(levels, columns.into(), rows, Precision::F64, values)?;
///
/// assert_eq!(frame.column(&["snout", "x"]), Some(0));
/// assert_eq!(frame.row(1)[0], 3.0);
/// # Ok::<(), dlc_io::DataFrameError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DataFrame {
    levels: Vec<Option<String>>,
    columns: Vec<Vec<String>>,
    row_names: RowNames,
    precision: Precision,
    values: Vec<f64>,
}

/// The names of rows.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RowNames {
    /// Whole numbers: frames of a video.
    Numbers(Vec<i64>),
    /// Numbers that need not be whole: frames too, as spreadsheets and pandas leave them.
    Reals(Vec<f64>),
    /// Moments, in nanoseconds since 1970 in UTC; the least number stands for none.
    Times(Vec<i64>),
    /// Texts: pictures.
    Texts(Vec<String>),
    /// Several texts for each row: `labeled-data`, a video, a picture.
    Paths(Vec<Vec<String>>),
}

impl RowNames {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) | Self::Times(numbers) => numbers.len(),
            Self::Reals(reals) => reals.len(),
            Self::Texts(texts) => texts.len(),
            Self::Paths(paths) => paths.len(),
        }
    }

    /// Returns whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many names each row has.
    pub fn depth(&self) -> usize {
        match self {
            Self::Numbers(_) | Self::Reals(_) | Self::Times(_) | Self::Texts(_) => 1,
            Self::Paths(paths) => paths.first().map_or(1, Vec::len),
        }
    }

    /// Returns the name of a row as pandas prints it; several names are joined by `/`.
    ///
    /// # Panics
    ///
    /// Panics if there is no such row.
    pub fn text(&self, row: usize) -> String {
        match self {
            Self::Numbers(numbers) => numbers[row].to_string(),
            Self::Reals(reals) => csv::number_text(reals[row]),
            Self::Times(times) => time_text(times[row]),
            Self::Texts(texts) => texts[row].clone(),
            Self::Paths(paths) => paths[row].join("/"),
        }
    }
}

/// Returns a moment in UTC: `2020-10-13 11:02:00`, with a fraction of a second where there is one.
fn time_text(nanoseconds: i64) -> String {
    if nanoseconds == i64::MIN {
        return String::new();
    }
    let (seconds, fraction) = (
        nanoseconds.div_euclid(1_000_000_000),
        nanoseconds.rem_euclid(1_000_000_000),
    );
    let [year, month, day] = date(seconds.div_euclid(86_400));
    let second = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let time = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
    match fraction {
        0 => time,
        whole if whole % 1000 == 0 => format!("{time}.{:06}", whole / 1000),
        fraction => format!("{time}.{fraction:09}"),
    }
}

/// Returns year, month and day of a day since 1970.
///
/// Source: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn date(day: i64) -> [i64; 3] {
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [year + era * 400 + i64::from(month <= 2), month, day]
}

impl DataFrame {
    /// Creates a data frame; `values` has one row after the other.
    ///
    /// # Errors
    ///
    /// Returns an error when a column does not have one name for each level, when rows do not have
    /// equally many names, or when there is not a value for each row and column.
    pub fn new(
        levels: Vec<Option<String>>,
        columns: Vec<Vec<String>>,
        row_names: RowNames,
        precision: Precision,
        values: Vec<f64>,
    ) -> Result<Self, DataFrameError> {
        if let Some(column) = columns.iter().find(|column| column.len() != levels.len()) {
            return Err(DataFrameError::Column {
                column: format!("{column:?}"),
                expected: levels.len(),
            });
        }
        if let RowNames::Paths(paths) = &row_names {
            let expected = row_names.depth();
            let odd = |path: &Vec<String>| path.len() != expected || path.is_empty();
            if let Some(row) = paths.iter().position(odd) {
                return Err(DataFrameError::Row { row, expected });
            }
        }
        let expected = row_names.len().checked_mul(columns.len());
        if expected != Some(values.len()) {
            return Err(DataFrameError::Values {
                rows: row_names.len(),
                columns: columns.len(),
                found: values.len(),
            });
        }
        Ok(Self {
            levels,
            columns,
            row_names,
            precision,
            values,
        })
    }

    /// Returns the names of the levels of columns, where they have one.
    pub fn levels(&self) -> &[Option<String>] {
        &self.levels
    }

    /// Returns the names of each column, one for each level.
    pub fn columns(&self) -> &[Vec<String>] {
        &self.columns
    }

    /// Returns the place of the column with these names.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        self.columns.iter().position(|column| column == names)
    }

    /// Returns the names of the rows.
    pub fn row_names(&self) -> &RowNames {
        &self.row_names
    }

    /// Returns the width of the numbers in a file.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.row_names.len()
    }

    /// Returns whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the numbers of a row, in the order of the columns.
    ///
    /// # Panics
    ///
    /// Panics if there is no such row.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns.len()..][..self.columns.len()]
    }

    /// Returns some of the columns.
    pub(crate) fn columns_at(&self, places: &[usize]) -> Self {
        let names = places.iter().map(|&place| self.columns[place].clone());
        let numbers = |row| places.iter().map(move |&place| self.row(row)[place]);
        Self {
            levels: self.levels.clone(),
            columns: names.collect(),
            row_names: self.row_names.clone(),
            precision: self.precision,
            values: (0..self.len()).flat_map(numbers).collect(),
        }
    }

    /// Returns the rows, in the order of the file.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        (0..self.len()).map(|row| self.row(row))
    }
}

/// An error returned when names and numbers do not make a data frame.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DataFrameError {
    /// A column does not have one name for each level.
    #[error("column {column}: expected {expected} names")]
    Column {
        /// The names of the column.
        column: String,
        /// The number of levels.
        expected: usize,
    },
    /// A row does not have as many names as the first one.
    #[error("row {row} (from 0): expected {expected} names")]
    Row {
        /// The place of the row.
        row: usize,
        /// The number of names of the first row.
        expected: usize,
    },
    /// There is not one value for each row and column.
    #[error("{found} values for {rows} rows and {columns} columns")]
    Values {
        /// The number of rows.
        rows: usize,
        /// The number of columns.
        columns: usize,
        /// The number of values.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().copied().map(String::from).collect()
    }

    #[test]
    fn uneven_names_and_values_are_refused() {
        let levels = || vec![Some("bodyparts".into()), None];
        let make = |columns, rows, values| {
            DataFrame::new(levels(), columns, rows, Precision::F64, values).unwrap_err()
        };
        let (short, column) = (names(&["a"]), names(&["a", "x"]));
        let numbers = || RowNames::Numbers(vec![0, 1]);

        let error = make(vec![short], numbers(), vec![0.0; 2]).to_string();
        assert_eq!(error, r#"column ["a"]: expected 2 names"#);
        let paths = RowNames::Paths(vec![names(&["v", "a.png"]), names(&["b.png"])]);
        let error = make(vec![column.clone()], paths, vec![0.0; 2]).to_string();
        assert_eq!(error, "row 1 (from 0): expected 2 names");
        let error = make(vec![column], numbers(), vec![0.0; 3]).to_string();
        assert_eq!(error, "3 values for 2 rows and 1 columns");
    }

    #[test]
    fn times_look_as_in_pandas() {
        // Source: str() of pandas 2.3's Timestamp
        for (nanoseconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (1_582_979_696_789_000_000, "2020-02-29 12:34:56.789000"),
            (-1, "1969-12-31 23:59:59.999999999"),
            (i64::MAX, "2262-04-11 23:47:16.854775807"),
            (i64::MIN, ""),
        ] {
            assert_eq!(RowNames::Times(vec![nanoseconds]).text(0), text);
        }
    }

    #[test]
    fn a_frame_without_columns_has_rows_without_numbers() {
        let rows = RowNames::Numbers(vec![0, 1]);
        let frame = DataFrame::new(vec![None], vec![], rows, Precision::F32, vec![]).unwrap();

        assert_eq!(frame.rows().map(<[f64]>::len).collect::<Vec<_>>(), [0, 0]);
    }
}
