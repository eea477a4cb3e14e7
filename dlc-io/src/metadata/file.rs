use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use dlc_model::{Crop, Engine, ParseTimestampError, Timestamp, UtcOffset};

use crate::{
    Limits,
    atomic::{self, WriteFileError},
    pickle::{self, ReadPickleError, SetTextError, Value},
    regular_file,
};

/// The key of the moment of the first frame, which the pipeline adds to DeepLabCut's.
const START: &str = "Start Timestamp";

/// A `_meta.pickle`, or `includingmetadata.pickle`, of any version of DeepLabCut.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::{Limits, metadata::MetadataFile};
///
/// let meta = MetadataFile::read("vDLC_resnet50_mouseJan1shuffle1_1000_meta.pickle", &Limits::default())?;
///
/// println!("{:?} frames, from {:?} on", meta.frame_count(), meta.start_timestamp(None)?);
/// # Ok::<(), dlc_io::metadata::MetadataError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataFile {
    path: PathBuf,
    value: Value,
}

impl MetadataFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be read, is no pickle, or has no dict `data`.
    pub fn read(path: impl AsRef<Path>, limits: &Limits) -> Result<Self, MetadataError> {
        let path = path.as_ref();
        let fail = |kind| MetadataError::new(path, kind);
        let file = regular_file::open(path).map_err(|error| fail(MetadataErrorKind::Io(error)))?;
        let value = pickle::read(file, limits);
        let value = value.map_err(|error| fail(MetadataErrorKind::Pickle(error)))?;
        match value.get("data") {
            Some(data) if data.items().is_some() => Ok(Self {
                path: path.into(),
                value,
            }),
            _ => Err(fail(MetadataErrorKind::NoData)),
        }
    }

    /// Returns an entry by DeepLabCut's name for it, e.g., `run_duration`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.value.get("data")?.get(key)
    }

    /// Returns the scorer name.
    pub fn scorer(&self) -> Option<&str> {
        self.get("Scorer")?.as_str()
    }

    /// Returns the engine, as the name of the entry with the configuration tells it.
    pub fn engine(&self) -> Option<Engine> {
        let tensorflow = ["DLC-model-config file", "config file"];
        if self.get("pytorch-config").is_some() {
            return Some(Engine::PyTorch);
        }
        let known = tensorflow.iter().any(|key| self.get(key).is_some());
        known.then_some(Engine::TensorFlow)
    }

    /// Returns the frames per second of the video.
    pub fn fps(&self) -> Option<f64> {
        self.get("fps")?.as_f64()
    }

    /// Returns the number of frames.
    pub fn frame_count(&self) -> Option<usize> {
        usize::try_from(self.get("nframes")?.as_i64()?).ok()
    }

    /// Returns the part of the frames that was analysed, when that was not all: coordinates in the
    /// results are relative to it.
    pub fn crop(&self) -> Option<Crop> {
        self.get("cropping")?.as_bool().filter(|&cropped| cropped)?;
        let numbers = self.get("cropping_parameters")?.as_slice()?;
        let mut numbers = numbers
            .iter()
            .map(|number| usize::try_from(number.as_i64()?).ok());
        let mut next = || numbers.next().flatten();
        let (x_min, x_max, y_min, y_max) = (next()?, next()?, next()?, next()?);
        let crop = Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        };
        crop.fit(x_max, y_max).ok()
    }

    /// Returns the moment of the first frame, or `None` when it was not noted.
    ///
    /// `assumed` is the offset from UTC of the clock, for a text that names none.
    ///
    /// # Errors
    ///
    /// Returns an error when it is not ISO 8601 or a `datetime`, or when it names no offset and
    /// none is assumed.
    pub fn start_timestamp(
        &self,
        assumed: Option<UtcOffset>,
    ) -> Result<Option<Timestamp>, MetadataError> {
        let Some(start) = self.get(START) else {
            return Ok(None);
        };
        let fail = |kind| MetadataError::new(&self.path, kind);
        let text = match start {
            Value::String(text) => text.as_ref().into(),
            other => other
                .as_iso_datetime()
                .ok_or_else(|| fail(MetadataErrorKind::Start(other.kind())))?,
        };
        let start = Timestamp::parse(&text, assumed);
        start
            .map(Some)
            .map_err(|error| fail(MetadataErrorKind::Timestamp(error)))
    }
}

/// Notes the moment of the first frame in a `_meta.pickle`, as `Start Timestamp` in ISO 8601 with
/// its offset from UTC; one that stands there is replaced.
///
/// All else in the file stays as it is, also what this crate could not write. Whoever reads the file
/// finds it as it was or changed, never in between.
///
/// # Errors
///
/// Returns an error when the file cannot be read or written, or is no pickle with a dict `data`.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::{Limits, metadata};
/// use dlc_model::Timestamp;
///
/// let oslo = "+02:00".parse()?;
/// let start = Timestamp::parse("2020-10-13 11:02:00", Some(oslo))?;
/// metadata::set_start_timestamp("v_meta.pickle", start, &Limits::default())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn set_start_timestamp(
    path: impl AsRef<Path>,
    start: Timestamp,
    limits: &Limits,
) -> Result<(), MetadataError> {
    let path = path.as_ref();
    let fail = |kind| MetadataError::new(path, kind);
    let mut bytes = Vec::new();
    let read = regular_file::open(path).and_then(|file| {
        let most = limits.max_file_bytes.saturating_add(1);
        file.take(most).read_to_end(&mut bytes)
    });
    read.map_err(|error| fail(MetadataErrorKind::Io(error)))?;
    if bytes.len() as u64 > limits.max_file_bytes {
        let limit = limits.max_file_bytes;
        return Err(fail(MetadataErrorKind::TooLong { limit }));
    }
    let edited = pickle::set_text(&bytes, &["data"], START, &start.to_string(), limits)
        .map_err(|error| fail(MetadataErrorKind::Edit(error)))?;
    atomic::write(path, |file| file.write_all(&edited))
        .map_err(|error| fail(MetadataErrorKind::Write(error)))
}

/// An error returned when a `_meta.pickle` cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[error("metadata in {}", path.display())]
pub struct MetadataError {
    path: PathBuf,
    #[source]
    kind: MetadataErrorKind,
}

impl MetadataError {
    pub(super) fn new(path: &Path, kind: MetadataErrorKind) -> Self {
        Self {
            path: path.into(),
            kind,
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the reason.
    pub fn kind(&self) -> &MetadataErrorKind {
        &self.kind
    }
}

/// Why a `_meta.pickle`, or the facts beside it, cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetadataErrorKind {
    /// The file cannot be opened or read.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// The file is longer than the limit.
    #[error("the file is longer than the limit of {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is no pickle.
    #[error("not readable as a pickle")]
    Pickle(#[source] ReadPickleError),
    /// The pickle holds something else.
    #[error("no dict `data`: expected what DeepLabCut notes of an analysis")]
    NoData,
    /// The moment of the first frame is neither a text nor a `datetime`.
    #[error("`Start Timestamp`: expected ISO 8601 or a datetime, found {0}")]
    Start(&'static str),
    /// The moment of the first frame does not parse.
    #[error("`Start Timestamp` cannot be understood")]
    Timestamp(#[source] ParseTimestampError),
    /// The entry cannot be set.
    #[error("`Start Timestamp` cannot be set")]
    Edit(#[source] SetTextError),
    /// The file cannot be written.
    #[error("the file cannot be written")]
    Write(#[source] WriteFileError),
    /// The file with the facts of a recording is none.
    #[error("not readable as the facts of a recording")]
    Json(#[source] serde_json::Error),
}
