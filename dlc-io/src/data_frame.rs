use crate::Precision;

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
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RowNames {
    /// Whole numbers: frames of a video.
    Numbers(Vec<i64>),
    /// Texts: pictures.
    Texts(Vec<String>),
    /// Several texts for each row: `labeled-data`, a video, a picture.
    Paths(Vec<Vec<String>>),
}

impl RowNames {
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
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
            Self::Numbers(_) | Self::Texts(_) => 1,
            Self::Paths(paths) => paths.first().map_or(1, Vec::len),
        }
    }
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
    fn a_frame_without_columns_has_rows_without_numbers() {
        let rows = RowNames::Numbers(vec![0, 1]);
        let frame = DataFrame::new(vec![None], vec![], rows, Precision::F32, vec![]).unwrap();

        assert_eq!(frame.rows().map(<[f64]>::len).collect::<Vec<_>>(), [0, 0]);
    }
}
