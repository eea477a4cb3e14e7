use std::path::{Path, PathBuf};

use super::{
    container::{Container, Group},
    fixed,
    records::{Records, unexpected},
};
use crate::{
    CollectedData, DataFrame, ImagePredictions, IndividualPredictions, Limits, Predictions,
    ReadPosesError, ReadPosesErrorKind as Kind,
    predictions::{COORDS, Columns, LEVELS, level_texts, scorers, texts_of},
};

/// The keys under which DeepLabCut stores data: predictions and labels, and predictions in pictures.
pub(super) const KEYS: [&str; 2] = ["df_with_missing", "predictions"];

/// Reads what pandas stored in an `.h5` file.
///
/// The file stays on the disk; of its numbers one megabyte is held beside what is returned.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::{Limits, h5};
///
/// let file = h5::Reader::new("videoDLC_dekr_w32_miceOct30shuffle1_snapshot_90_el.h5")
///     .with_limits(Limits::default().with_max_tensor_bytes(1 << 30));
/// let predictions = file.individuals()?;
///
/// for animal in predictions.individuals.animals() {
///     println!("{}: {} frames", animal.name, animal.poses.len());
/// }
/// # Ok::<(), dlc_io::ReadPosesError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    path: PathBuf,
    key: Option<String>,
    scorer: Option<String>,
    limits: Limits,
}

impl Reader {
    /// Creates a reader of a file, which is opened by each of its methods.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            key: None,
            scorer: None,
            limits: Limits::default(),
        }
    }

    /// Reads what is stored under a key.
    ///
    /// Without one, what is stored under `df_with_missing` or `predictions` is read, or the only
    /// thing that is stored.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Takes the columns of this scorer where a file has those of several, such as labels of two
    /// people. DeepLabCut takes the project's.
    #[must_use]
    pub fn with_scorer(mut self, scorer: impl Into<String>) -> Self {
        self.scorer = Some(scorer.into());
        self
    }

    /// Sets how much of the file to believe: [`Limits::max_tensor_bytes`] bounds its numbers,
    /// [`Limits::max_frames`] the frames that no row names.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the keys under which pandas stored something, sorted: `df_with_missing`, `a/b`.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not HDF5, or damaged.
    pub fn keys(&self) -> Result<Vec<String>, ReadPosesError> {
        self.read(keys)
    }

    /// Returns the scorer that the names of the columns tell; of a table the numbers are not read.
    ///
    /// # Errors
    ///
    /// Returns an error when the file holds no poses in a video, or is damaged.
    pub fn scorer(&self) -> Result<String, ReadPosesError> {
        self.read(|file| {
            let (key, group, layout) = self.find(file)?;
            if layout != Layout::Table {
                return Ok(self.predictions_of(file)?.scorer);
            }
            let records = Records::open(file, &group, &key)?;
            if !records.has_frames() {
                return Err(unexpected(&group, "info", "rows that are frames"));
            }
            let is_scorer = |level: &Option<String>| level.as_deref() == Some(LEVELS[0]);
            let place = records.levels.iter().position(is_scorer);
            let scorer = place.and_then(|place| Some(records.columns.first()?[place].clone()));
            scorer
                .filter(|scorer| !scorer.is_empty())
                .ok_or_else(|| unexpected(&group, "info", "columns with a `scorer`"))
        })
    }

    /// Reads data of any layout: tables and pandas' fixed one, with any levels of columns, and
    /// series, as a frame with one column.
    ///
    /// Columns come in the order of the frame, whatever that of their types in the file is. Whole
    /// numbers, bools and texts that are numbers become numbers of 64 bits.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is of neither layout, or damaged, or exceeds the limits, or
    /// when a column does not hold numbers.
    pub fn data_frame(&self) -> Result<DataFrame, ReadPosesError> {
        self.read(|file| {
            let (key, group, layout) = self.find(file)?;
            read_data_frame(file, &group, &key, layout)
        })
    }

    /// Reads the predictions of one animal in a video.
    ///
    /// Columns are found by their names, and rows by the frames that they name: a frame that no row
    /// names is missing.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or damaged, or exceeds the limits.
    /// Predictions of several animals and of pictures are refused by name.
    pub fn predictions(&self) -> Result<Predictions, ReadPosesError> {
        self.read(|file| self.predictions_of(file))
    }

    fn predictions_of(&self, file: &Container) -> Result<Predictions, Kind> {
        let (key, group, layout) = self.find(file)?;
        let one_by_one = |frame: DataFrame| {
            let frame = frame.chosen(self.scorer.as_deref())?;
            frame.predictions_within(&self.limits)
        };
        if layout != Layout::Table {
            return one_by_one(read_data_frame(file, &group, &key, layout)?);
        }
        let records = Records::open(file, &group, &key)?;
        if !records.has_frames() || scorers(&records.levels, &records.columns).len() > 1 {
            return one_by_one(records.data_frame()?);
        }
        let levels = level_texts(&records.levels);
        let columns = Columns::find(&levels, &texts_of(&records.columns), &COORDS)?;
        let mut filler = columns.filler(records.len, &self.limits);
        records.read_frames(|row, frame, numbers| filler.set(row, frame, numbers))?;
        Ok(filler.finish(records.precision))
    }

    /// Reads the predictions of several animals, and of unique body parts, in a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns name no individuals, when the rows are not frames, or when
    /// the file is damaged or exceeds the limits.
    pub fn individuals(&self) -> Result<IndividualPredictions, ReadPosesError> {
        self.converted(|frame| frame.individuals_within(&self.limits))
    }

    /// Reads the predictions of one animal in pictures, also those of an evaluation.
    ///
    /// The names of rows with several levels are joined by `/`.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is damaged or exceeds the limits. Predictions in videos
    /// and of several animals are refused by name.
    pub fn images(&self) -> Result<ImagePredictions, ReadPosesError> {
        self.converted(DataFrame::image_predictions)
    }

    /// Reads the labels that people gave: `CollectedData_….h5`.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is of another kind, or damaged, or exceeds the limits.
    pub fn collected_data(&self) -> Result<CollectedData, ReadPosesError> {
        self.converted(DataFrame::collected_data)
    }

    fn converted<T>(
        &self,
        convert: impl FnOnce(&DataFrame) -> Result<T, Kind>,
    ) -> Result<T, ReadPosesError> {
        let chosen = self.data_frame()?.chosen(self.scorer.as_deref());
        let converted = chosen.and_then(|frame| convert(&frame));
        converted.map_err(|kind| ReadPosesError::new(&self.path, kind))
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Container) -> Result<T, Kind>,
    ) -> Result<T, ReadPosesError> {
        Container::open(&self.path, &self.limits)
            .and_then(|file| read(&file))
            .map_err(|kind| ReadPosesError::new(&self.path, kind))
    }

    /// Returns the group to read: pandas takes any, when there is only one.
    fn find<'f>(&self, file: &'f Container) -> Result<(String, Group<'f>, Layout), Kind> {
        let keys = keys(file)?;
        let wanted: Vec<&str> = match &self.key {
            Some(key) => vec![key.trim_start_matches('/')],
            None => KEYS.into(),
        };
        let found = wanted
            .iter()
            .find(|key| keys.iter().any(|known| known == *key));
        let key = match (&keys[..], found) {
            (_, Some(key)) => String::from(*key),
            ([only], None) if self.key.is_none() => only.clone(),
            (keys, None) => {
                return Err(Kind::Unexpected {
                    object: "/".into(),
                    expected: "the key asked for, `df_with_missing` or `predictions`, or only one",
                    found: format!("{:.200}", format!("{keys:?}")),
                });
            }
        };
        let group = file.group(&key)?;
        let layout = layout(&group)?;
        Ok((key, group, layout))
    }
}

/// Reads the predictions of one animal in a video: see [`Reader::predictions`].
///
/// # Errors
///
/// Returns an error when the file is not of this layout, or damaged. Predictions of several animals
/// and of pictures ([`read_images`] takes those), labels and evaluations are refused by name.
pub fn read(path: impl AsRef<Path>) -> Result<Predictions, ReadPosesError> {
    Reader::new(path.as_ref()).predictions()
}

/// Reads the predictions of one animal in pictures: see [`Reader::images`].
///
/// # Errors
///
/// Returns an error when the file is not of one of both layouts, or damaged. Predictions in videos
/// ([`read`] takes those) and of several animals are refused by name.
pub fn read_images(path: impl AsRef<Path>) -> Result<ImagePredictions, ReadPosesError> {
    Reader::new(path.as_ref()).images()
}

/// Returns the keys of what is stored, without the categories of tables.
fn keys(file: &Container) -> Result<Vec<String>, Kind> {
    let mut keys = file.keys()?;
    let all = keys.clone();
    keys.retain(|key| match key.split_once("/meta/") {
        Some((above, _)) => !all.iter().any(|other| other == above),
        None => true,
    });
    Ok(keys)
}

fn read_data_frame(
    file: &Container,
    group: &Group<'_>,
    key: &str,
    layout: Layout,
) -> Result<DataFrame, Kind> {
    match layout {
        Layout::Table => Records::open(file, group, key)?.data_frame(),
        Layout::Fixed => fixed::read(file, group, key),
        Layout::FixedSeries => fixed::read_series(file, group, key),
    }
}

/// How pandas laid out a frame of data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Layout {
    Table,
    Fixed,
    FixedSeries,
}

fn layout(group: &Group<'_>) -> Result<Layout, Kind> {
    const TABLES: [&str; 4] = [
        "appendable_frame",
        "appendable_multiframe",
        "appendable_series",
        "appendable_multiseries",
    ];
    match (group.text("pandas_type"), group.text("table_type")) {
        (Some("frame_table" | "series_table"), Some(table)) if TABLES.contains(&table) => {
            Ok(Layout::Table)
        }
        (Some("frame_table" | "series_table"), _) => {
            Err(unexpected(group, "table_type", "`appendable_frame`"))
        }
        (Some("frame"), _) => Ok(Layout::Fixed),
        (Some("series"), _) => Ok(Layout::FixedSeries),
        _ => Err(unexpected(group, "pandas_type", "`frame_table`")),
    }
}
