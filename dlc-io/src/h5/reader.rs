use std::path::{Path, PathBuf};

use super::{
    container::{Container, FieldType, Group},
    fixed,
    records::{Records, integer, unexpected},
};
use crate::{
    CollectedData, DataFrame, ImagePredictions, IndividualPredictions, Limits, Predictions,
    ReadPosesError, ReadPosesErrorKind as Kind,
    predictions::{Columns, LEVELS, level_texts, multi_animal, texts_of},
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
    limits: Limits,
}

impl Reader {
    /// Creates a reader of a file, which is opened by each of its methods.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            key: None,
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

    /// Sets how much of the file to believe: [`Limits::max_tensor_bytes`] bounds its numbers.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Returns the keys under which something is stored, sorted.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not HDF5, or damaged.
    pub fn keys(&self) -> Result<Vec<String>, ReadPosesError> {
        self.read(|file| file.groups())
    }

    /// Returns the scorer that the names of the columns tell, without reading the numbers.
    ///
    /// # Errors
    ///
    /// Returns an error when the file holds no table of poses, or is damaged.
    pub fn scorer(&self) -> Result<String, ReadPosesError> {
        self.read(|file| {
            let (key, group, layout) = self.find(file)?;
            if layout == Layout::Fixed {
                let layout = "the fixed layout of pandas";
                let expected = "the poses in a video";
                return Err(Kind::Layout { layout, expected });
            }
            let records = Records::open(file, &group, &key)?;
            let is_scorer = |level: &Option<String>| level.as_deref() == Some(LEVELS[0]);
            let place = records.levels.iter().position(is_scorer);
            let scorer = place.and_then(|place| Some(records.columns.first()?[place].clone()));
            scorer
                .filter(|scorer| !scorer.is_empty())
                .ok_or_else(|| unexpected(&group, "info", "columns with a `scorer`"))
        })
    }

    /// Reads data of any layout: tables and pandas' fixed one, with any levels of columns.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is of neither layout, or damaged, or exceeds the limits.
    pub fn data_frame(&self) -> Result<DataFrame, ReadPosesError> {
        self.read(|file| {
            let (key, group, layout) = self.find(file)?;
            match layout {
                Layout::Table => Records::open(file, &group, &key)?.data_frame(),
                Layout::Fixed => fixed::read(file, &group, &key),
            }
        })
    }

    /// Reads the predictions of one animal in a video.
    ///
    /// Columns are found by their names.
    ///
    /// # Errors
    ///
    /// Returns an error when the file is not of this layout, or damaged, or exceeds the limits.
    /// Predictions of several animals and of pictures, and data in pandas' fixed layout (labels,
    /// evaluations), are refused by name.
    pub fn predictions(&self) -> Result<Predictions, ReadPosesError> {
        self.read(|file| self.predictions_of(file))
    }

    fn predictions_of(&self, file: &Container) -> Result<Predictions, Kind> {
        let (key, group, layout) = self.find(file)?;
        let expected = "one animal in the frames of a video";
        if layout == Layout::Fixed {
            let layout = "the fixed layout of pandas";
            return Err(Kind::Layout { layout, expected });
        }
        let records = Records::open(file, &group, &key)?;
        let levels = level_texts(&records.levels);
        let (columns, individual) =
            Columns::find_of_individual(&levels, &texts_of(&records.columns))?;
        if individual.is_some() {
            return Err(multi_animal());
        }
        match records.index.field_type {
            FieldType::Integer => {}
            FieldType::Text => {
                let layout = "a table of pictures (the rows have names)";
                return Err(Kind::Layout { layout, expected });
            }
            _ => return Err(records.unexpected_index("integers")),
        }
        let mut filler = columns.filler(records.len);
        records.read(|row, index, numbers| {
            let found = integer(index);
            if usize::try_from(found) != Ok(row) {
                let found = found.to_string();
                return Err(Kind::Index { row, found });
            }
            filler.push(numbers);
            Ok(())
        })?;
        Ok(filler.finish(records.precision))
    }

    /// Reads the predictions of several animals, and of unique body parts, in a video.
    ///
    /// # Errors
    ///
    /// Returns an error when the columns name no individuals, when the rows are not frames, or when
    /// the file is damaged or exceeds the limits.
    pub fn individuals(&self) -> Result<IndividualPredictions, ReadPosesError> {
        self.converted(DataFrame::individuals)
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
        convert(&self.data_frame()?).map_err(|kind| ReadPosesError::new(&self.path, kind))
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
        let groups = file.groups()?;
        let wanted: Vec<&str> = match &self.key {
            Some(key) => vec![key.trim_start_matches('/')],
            None => KEYS.into(),
        };
        let found = wanted.iter().find(|key| groups.iter().any(|g| g == *key));
        let key = match (&groups[..], found) {
            (_, Some(key)) => String::from(*key),
            ([only], None) if self.key.is_none() => only.clone(),
            (groups, None) => {
                return Err(Kind::Unexpected {
                    object: "/".into(),
                    expected: "the key asked for, `df_with_missing` or `predictions`, or only one",
                    found: format!("{:.200}", format!("{groups:?}")),
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
/// Returns an error when the file is not of this layout, or damaged. Predictions of several
/// animals, of pictures ([`read_images`] takes those), and data in pandas' fixed layout (labels,
/// evaluations) are refused by name.
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

/// How pandas laid out a frame of data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Layout {
    Table,
    Fixed,
}

fn layout(group: &Group<'_>) -> Result<Layout, Kind> {
    match (group.text("pandas_type"), group.text("table_type")) {
        (Some("frame_table"), Some("appendable_frame")) => Ok(Layout::Table),
        (Some("frame_table"), Some("appendable_multiframe")) => Err(Kind::Layout {
            layout: "a table with several levels of rows",
            expected: "one level, or the fixed layout of pandas",
        }),
        (Some("frame_table"), _) => Err(unexpected(group, "table_type", "`appendable_frame`")),
        (Some("frame"), _) => Ok(Layout::Fixed),
        _ => Err(unexpected(group, "pandas_type", "`frame_table`")),
    }
}
