//! YAML files: `config.yaml`, `pose_cfg.yaml`, `pytorch_config.yaml`, `metadata.yaml`.
//!
//! Files become a [`Value`], in their order. Plain words mean what they mean to `ruamel.yaml`
//! (YAML 1.2), with which DeepLabCut reads all of these files but the TensorFlow engine's
//! `test/pose_cfg.yaml`:
//!
//! | in the file | here and ruamel | `PyYAML` |
//! |---|---|---|
//! | `1e-4` | 0.0001 | the text `1e-4` |
//! | `010` | 10 | 8 |
//! | `yes`, `on` | the text | true |
//! | `12:30:45` | the text | 45045 |
//! | `2020-01-01` | the text; ruamel: a date | a date |
//!
//! The last of several equal keys counts, as with `PyYAML`; ruamel refuses the file. Aliases are
//! followed and `<<` is merged. Tags of YAML itself are obeyed; any other, above all
//! `!!python/object`, is an error, and nothing is ever run.
//!
//! A file is believed up to [`MAX_BYTES`], [`MAX_NODES`] with aliases followed, and
//! [`MAX_DEPTH`].

mod builder;
mod scalar;
mod writer;

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
};

use dlc_model::Value;

use crate::regular_file;

pub use self::writer::{to_string, write};

/// The most bytes of a file, and of its texts together when aliases are followed.
pub const MAX_BYTES: usize = 16 << 20;

/// The most values in a file when aliases are followed.
pub const MAX_NODES: usize = 1 << 20;

/// The most lists and dictionaries inside each other.
pub const MAX_DEPTH: usize = 100;

/// Reads a file.
///
/// An empty file is [`Value::None`].
///
/// # Errors
///
/// Returns an error when the file cannot be read, is not YAML in UTF-8, has several documents, or
/// is larger than the limits of this module.
///
/// # Examples
///
/// ```no_run
/// use dlc_model::ProjectConfig;
///
/// let config = ProjectConfig::try_from(&dlc_io::yaml::read("openfield/config.yaml")?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(path: impl AsRef<Path>) -> Result<Value, ReadYamlError> {
    let path = path.as_ref();
    read_text(path)
        .and_then(|text| from_str(&text))
        .map_err(|kind| ReadYamlError {
            path: path.into(),
            kind,
        })
}

/// Reads a text.
///
/// # Errors
///
/// As [`read`].
///
/// # Examples
///
/// ```
/// let value = dlc_io::yaml::from_str("date: Oct30\nbodyparts: [snout, leftear]")?;
///
/// assert_eq!(value.get("bodyparts").and_then(|parts| parts.as_list()).map(<[_]>::len), Some(2));
/// # Ok::<(), dlc_io::yaml::ReadYamlErrorKind>(())
/// ```
pub fn from_str(text: &str) -> Result<Value, ReadYamlErrorKind> {
    if text.len() > MAX_BYTES {
        return Err(ReadYamlErrorKind::TooLarge);
    }
    builder::build(text)
}

fn read_text(path: &Path) -> Result<String, ReadYamlErrorKind> {
    let mut bytes = Vec::new();
    let file = regular_file::open(path).map_err(ReadYamlErrorKind::Io)?;
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(ReadYamlErrorKind::Io)?;
    if bytes.len() > MAX_BYTES {
        return Err(ReadYamlErrorKind::TooLarge);
    }
    String::from_utf8(bytes).map_err(|error| ReadYamlErrorKind::NotUtf8 {
        offset: error.utf8_error().valid_up_to(),
    })
}

/// An error returned when a YAML file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct ReadYamlError {
    path: PathBuf,
    #[source]
    kind: ReadYamlErrorKind,
}

impl ReadYamlError {
    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what is wrong.
    pub fn kind(&self) -> &ReadYamlErrorKind {
        &self.kind
    }
}

/// What is wrong with a YAML file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadYamlErrorKind {
    /// The file cannot be opened or read.
    #[error("the file cannot be read")]
    Io(#[source] io::Error),
    /// The file or its texts are too large.
    #[error("too large: expected at most {MAX_BYTES} bytes")]
    TooLarge,
    /// The file is in another encoding.
    #[error("byte {offset} is not UTF-8")]
    NotUtf8 {
        /// The place of the byte.
        offset: usize,
    },
    /// The file is not YAML.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What the parser says.
        message: String,
    },
    /// The file has too many values.
    #[error("line {line}: more than {MAX_NODES} values")]
    TooManyNodes {
        /// The line, from 1.
        line: usize,
    },
    /// Too many lists and dictionaries lie inside each other.
    #[error("line {line}: more than {MAX_DEPTH} lists and dictionaries inside each other")]
    TooDeep {
        /// The line, from 1.
        line: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_or_flipped_config_gives_an_error_or_a_value_but_no_panic() {
        let text = "# a\nTask: x\nvideo_sets:\n  ? /a b/c.mp4\n  : crop: 0, 1\nb: [1, {c: 'd'}]\ne: |\n  f\n";
        let mut tried = 0;
        for cut in 0..text.len() {
            let _ = from_str(&text[..cut]);
            for bit in 0..7 {
                let mut bytes = text.as_bytes().to_vec();
                bytes[cut] ^= 1 << bit;
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    let _ = from_str(text);
                    tried += 1;
                }
            }
        }
        assert!(tried > 500, "{tried}");
    }

    #[test]
    fn errors_say_the_file_the_line_and_the_column() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, "Task: x\nbodyparts: [a, b\ndate: y\n").unwrap();

        let error = read(&path).unwrap_err();

        assert!(error.to_string().ends_with("config.yaml"), "{error}");
        assert!(
            matches!(error.kind(), ReadYamlErrorKind::Syntax { line: 2..=4, .. }),
            "{:?}",
            error.kind()
        );
    }

    #[test]
    fn other_encodings_are_named_with_the_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, b"Task: m\xe4use\n").unwrap();

        let error = read(&path).unwrap_err();

        assert_eq!(error.kind().to_string(), "byte 7 is not UTF-8");
    }
}
