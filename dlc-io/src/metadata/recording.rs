use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use dlc_model::Timestamp;
use serde::{Deserialize, Serialize};

use super::{MetadataError, MetadataErrorKind};
use crate::{Limits, atomic};

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
/// offset from UTC is part of the moment.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Recording {
    /// The moment of the first frame.
    pub start_timestamp: Timestamp,
    /// Frames per second.
    pub fps: f64,
    /// The number of frames.
    pub frame_count: usize,
    /// The scorer name.
    pub scorer: String,
    /// The name of the video file, without its folder.
    #[serde(default)]
    pub video: Option<String>,
    /// The SHA-256 of the video file, in hexadecimal digits.
    #[serde(default)]
    pub video_sha256: Option<String>,
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
        File::open(path)
            .and_then(|file| file.take(limit.saturating_add(1)).read_to_end(&mut bytes))
            .map_err(|error| fail(MetadataErrorKind::Io(error)))?;
        if bytes.len() as u64 > limit {
            return Err(fail(MetadataErrorKind::TooLong { limit }));
        }
        serde_json::from_slice(&bytes).map_err(|error| fail(MetadataErrorKind::Json(error)))
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), MetadataError> {
        let path = path.as_ref();
        let written = atomic::write(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self).map_err(io::Error::from)?;
            io::Write::write_all(file, b"\n")
        });
        written.map_err(|error| MetadataError::new(path, MetadataErrorKind::Write(error)))
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
            scorer: "DLC_x".into(),
            video: None,
            video_sha256: None,
        };

        recording.write(&path).unwrap();

        let limits = Limits::default();
        assert_eq!(Recording::read(&path, &limits).unwrap(), recording);
        let error = Recording::read(&path, &limits.with_max_file_bytes(10)).unwrap_err();
        assert!(matches!(error.kind(), MetadataErrorKind::TooLong { .. }));
        std::fs::write(&path, "{\"start_timestamp\": \"2020-10-13T11:02:00\"}").unwrap();
        let error = Recording::read(&path, &limits).unwrap_err();
        assert!(matches!(error.kind(), MetadataErrorKind::Json(_)));
    }
}
