use std::{
    ffi::OsString,
    io::{self, Read},
    path::{Path, PathBuf},
};

use dlc_model::{FrameTimes, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::{MetadataError, MetadataErrorKind};
use crate::{Limits, atomic, regular_file};

/// What is known of a recording, as a `.json` beside its predictions.
///
/// ```json
/// {
///   "start_timestamp": "2020-10-13T11:02:00+02:00",
///   "fps": 40.0,
///   "frame_count": 72000,
///   "scorer": "DLC_resnet50_OPENMINI2P_topcameraOct13shuffle1_1030000",
///   "video": "94557-imaging_00001_trackingVideo.mp4",
///   "video_sha256": null
/// }
/// ```
///
/// It says the same as `Start Timestamp` in the `_meta.pickle`, and needs no Python to read. The
/// offset from UTC is part of the moment. A video with uneven frames has their times, too:
/// `"frame_times_s": [0.0,0.04,0.58]`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Recording {
    /// The moment of the first frame.
    pub start_timestamp: Timestamp,
    /// Frames per second; of uneven frames, what the header says. NaN (`null`) where there is no
    /// rate, as of a folder of pictures.
    #[serde(deserialize_with = "number_or_null")]
    pub fps: f64,
    /// The number of frames.
    pub frame_count: usize,
    /// When each frame was taken, in s from the first, where frames are [uneven](FrameTimes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame_times_s: Option<Vec<f64>>,
    /// The scorer name.
    pub scorer: String,
    /// The name of the video file, without its folder.
    #[serde(default)]
    pub video: Option<String>,
    /// The SHA-256 of the video file, in hexadecimal digits.
    #[serde(default)]
    pub video_sha256: Option<String>,
}

/// JSON has no NaN: `serde_json` writes `null` for it.
fn number_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or(f64::NAN))
}

impl Recording {
    /// Returns where the facts lie of the recording whose predictions lie in `h5`.
    pub fn path_beside(h5: impl AsRef<Path>) -> PathBuf {
        let h5 = h5.as_ref();
        // Not `with_extension`: the names of networks may have dots in them.
        let mut name = OsString::from(h5.file_stem().unwrap_or_default());
        name.push("_recording.json");
        h5.with_file_name(name)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be read, is too long or something else.
    pub fn read(path: impl AsRef<Path>, limits: &Limits) -> Result<Self, MetadataError> {
        let path = path.as_ref();
        let fail = |kind| MetadataError::new(path, kind);
        let mut bytes = Vec::new();
        let limit = limits.max_file_bytes;
        regular_file::open(path)
            .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| fail(MetadataErrorKind::Io(error)))?;
        if bytes.len() as u64 > limit {
            return Err(fail(MetadataErrorKind::TooLong { limit }));
        }
        serde_json::from_slice(&bytes).map_err(|error| fail(MetadataErrorKind::Json(error)))
    }

    /// Sets when the frames were taken.
    pub fn set_frame_times(&mut self, times: FrameTimes) {
        match times {
            FrameTimes::Even { fps } => (self.fps, self.frame_times_s) = (fps, None),
            FrameTimes::Uneven { times_s } => self.frame_times_s = Some(times_s),
        }
    }

    /// Returns when the frames were taken.
    pub fn frame_times(&self) -> FrameTimes {
        match &self.frame_times_s {
            None => FrameTimes::Even { fps: self.fps },
            Some(times_s) => FrameTimes::Uneven {
                times_s: times_s.clone(),
            },
        }
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), MetadataError> {
        let path = path.as_ref();
        let written = atomic::write(path, |file| {
            let mut json = Serializer::with_formatter(&mut *file, ListsInLines::default());
            self.serialize(&mut json).map_err(io::Error::from)?;
            io::Write::write_all(file, b"\n")
        });
        written.map_err(|error| MetadataError::new(path, MetadataErrorKind::Write(error)))
    }
}

/// Writes an entry a line, and a list in one: it may have a number for each frame.
#[derive(Default)]
struct ListsInLines(PrettyFormatter<'static>);

impl Formatter for ListsInLines {
    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = Recording::path_beside(folder.path().join("vDLC_x_0.5.h5"));
        assert!(path.ends_with("vDLC_x_0.5_recording.json"));
        let recording = Recording {
            start_timestamp: "2020-10-13T11:02:00.25+02:00".parse().unwrap(),
            fps: 39.95,
            frame_count: 12,
            frame_times_s: None,
            scorer: "DLC_x".into(),
            video: None,
            video_sha256: None,
        };

        recording.write(&path).unwrap();

        let text = std::fs::read_to_string(&path).unwrap();
        let pretty = serde_json::to_string_pretty(&recording).unwrap();
        assert_eq!(text, pretty + "\n", "a constant rate is written as ever");
        let limits = Limits::default();
        assert_eq!(Recording::read(&path, &limits).unwrap(), recording);
        let error = Recording::read(&path, &limits.with_max_file_bytes(10)).unwrap_err();
        assert!(matches!(error.kind(), MetadataErrorKind::TooLong { .. }));
        std::fs::write(&path, "{\"start_timestamp\": \"2020-10-13T11:02:00\"}").unwrap();
        let error = Recording::read(&path, &limits).unwrap_err();
        assert!(matches!(error.kind(), MetadataErrorKind::Json(_)));
    }

    #[test]
    fn pictures_without_a_rate_are_written_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a_recording.json");
        let recording = Recording {
            start_timestamp: "2020-10-13T11:02:00Z".parse().unwrap(),
            fps: f64::NAN,
            frame_count: 3,
            frame_times_s: None,
            scorer: "DLC_x".into(),
            video: None,
            video_sha256: None,
        };

        recording.write(&path).unwrap();

        let read = Recording::read(&path, &Limits::default()).unwrap();
        assert!(read.fps.is_nan() && read.frame_count == 3);
    }

    #[test]
    fn uneven_frames_have_their_times_in_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a_recording.json");
        let mut recording = Recording {
            start_timestamp: "2020-10-13T11:02:00Z".parse().unwrap(),
            fps: 25.0,
            frame_count: 3,
            frame_times_s: None,
            scorer: "DLC_x".into(),
            video: None,
            video_sha256: None,
        };
        let times = FrameTimes::Uneven {
            times_s: vec![0.0, 0.04, 1.0 / 3.0],
        };

        recording.set_frame_times(times.clone());
        recording.write(&path).unwrap();

        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\n  \"frame_times_s\": [0.0,0.04,0.3333333333333333],\n"));
        let read = Recording::read(&path, &Limits::default()).unwrap();
        assert_eq!(read.frame_times(), times);
    }
}
