use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use crate::regular_file;

/// How many bytes at the start and at the end of a file tell its format.
const SEEN: u64 = 16;

/// The format of a file with weights, as its content tells it. Names and extensions do not count.
///
/// A format that is here need not be one that is read: what DeepLabCut's users have beside their
/// weights is told apart, so that an error can name it.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::WeightsFormat;
///
/// let format = WeightsFormat::of_file("snapshot-200.pt")?;
/// assert_eq!(format, Some(WeightsFormat::TorchArchive));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WeightsFormat {
    /// A `GraphDef` of TensorFlow, `.pb`; see [`crate::tensorflow::read_frozen_graph`].
    FrozenGraph,
    /// A `GraphDef` as text, `.pbtxt`: it has no weights.
    TextGraph,
    /// A `SavedModel` of TensorFlow 2.
    SavedModel,
    /// The `.index` of a checkpoint; see [`crate::tensorflow::read_checkpoint`].
    CheckpointIndex,
    /// A zip archive, such as `torch.save` writes; see [`crate::torch::read_snapshot`].
    TorchArchive,
    /// A pickle as PyTorch before 1.6 wrote it.
    LegacyTorch,
    /// A safetensors file; see [`crate::safetensors::read_safetensors`].
    Safetensors,
    /// An ONNX model.
    Onnx,
    /// An HDF5 file, such as Keras writes.
    Hdf5,
    /// A file compressed by gzip, such as the `.tar.gz` of `export_model`.
    Gzip,
}

impl WeightsFormat {
    /// Returns the format of a file, or `None` if it is none of these.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be read.
    pub fn of_file(path: impl AsRef<Path>) -> io::Result<Option<Self>> {
        let mut file = regular_file::open(path)?;
        let len = file.metadata()?.len();
        let (mut start, mut end) = (Vec::new(), Vec::new());
        (&mut file).take(SEEN).read_to_end(&mut start)?;
        file.seek(SeekFrom::Start(len.saturating_sub(SEEN)))?;
        file.take(SEEN).read_to_end(&mut end)?;
        Ok(Self::of_ends(&start, &end, len))
    }

    /// Returns the format of a file from its bytes.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Option<Self> {
        Self::of_ends(bytes, bytes, bytes.len() as u64)
    }

    fn of_ends(start: &[u8], end: &[u8], len: u64) -> Option<Self> {
        Some(match start {
            [b'P', b'K', 3, 4, ..] => Self::TorchArchive,
            [0x80, 2, 0x8a, 0x0a, ..] => Self::LegacyTorch,
            [0x89, b'H', b'D', b'F', ..] => Self::Hdf5,
            [0x1f, 0x8b, ..] => Self::Gzip,
            _ if end.ends_with(&0xdb47_7524_8b80_fb57_u64.to_le_bytes()) => Self::CheckpointIndex,
            _ if is_safetensors(start, len) => Self::Safetensors,
            _ if start.starts_with(b"node {") => Self::TextGraph,
            // Field 1 is the version of the schema, and 2 the graphs; of ONNX the version of the
            // format and the program that wrote it.
            [8, 1, 0x12, ..] => Self::SavedModel,
            [8, 2..=0x7f, 0x12, ..] => Self::Onnx,
            [0x0a, rest @ ..] if is_node(rest) => Self::FrozenGraph,
            _ => return None,
        })
    }
}

/// A length that fits into the file, and then an object of JSON.
fn is_safetensors(start: &[u8], len: u64) -> bool {
    let Some((header_len, [b'{', ..])) = start.split_first_chunk::<8>() else {
        return false;
    };
    u64::from_le_bytes(*header_len) <= len
}

/// A length of up to five bytes, and then a name.
fn is_node(rest: &[u8]) -> bool {
    let len = rest.iter().take(5).position(|byte| byte & 0x80 == 0);
    len.is_some_and(|last| rest.get(last + 1) == Some(&0x0a))
}

impl fmt::Display for WeightsFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FrozenGraph => "a frozen graph of TensorFlow",
            Self::TextGraph => "a graph of TensorFlow as text, without weights",
            Self::SavedModel => "a SavedModel of TensorFlow 2",
            Self::CheckpointIndex => "the index of a TensorFlow checkpoint",
            Self::TorchArchive => "a zip archive, as PyTorch writes",
            Self::LegacyTorch => "a file of PyTorch before 1.6",
            Self::Safetensors => "a safetensors file",
            Self::Onnx => "an ONNX model",
            Self::Hdf5 => "an HDF5 file",
            Self::Gzip => "a file compressed by gzip",
        })
    }
}

/// Says what a file is, for an error.
pub(crate) fn describe_file(path: &Path) -> io::Result<String> {
    let mut start = Vec::new();
    regular_file::open(path)?
        .take(SEEN)
        .read_to_end(&mut start)?;
    Ok(describe(&start, WeightsFormat::of_file(path)?))
}

/// Says what a file is; an unknown one by its first bytes.
pub(crate) fn describe(start: &[u8], format: Option<WeightsFormat>) -> String {
    match (format, start) {
        (Some(format), _) => format.to_string(),
        (None, []) => "an empty file".into(),
        (None, start) => {
            let digits = start.iter().take(8).map(|byte| format!("{byte:02x}"));
            format!("a file that begins with {}", digits.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_apart_by_their_content() {
        use WeightsFormat as F;
        let safetensors = [&2_u64.to_le_bytes()[..], b"{}"].concat();
        let too_long = [&3000_u64.to_le_bytes()[..], b"{}"].concat();
        let index = [&[0; 40][..], &0xdb47_7524_8b80_fb57_u64.to_le_bytes()].concat();
        let cases: [(&[u8], Option<F>); 14] = [
            (b"PK\x03\x04", Some(F::TorchArchive)),
            (b"\x80\x02\x8a\x0al", Some(F::LegacyTorch)),
            (b"\x89HDF\r\n", Some(F::Hdf5)),
            (b"\x1f\x8b\x08", Some(F::Gzip)),
            (&index, Some(F::CheckpointIndex)),
            (&safetensors, Some(F::Safetensors)),
            (&too_long, None),
            (b"node {\n", Some(F::TextGraph)),
            (b"\x08\x01\x12\x05", Some(F::SavedModel)),
            (b"\x08\x08\x12\x07pytorch", Some(F::Onnx)),
            (b"\x0a\x20\x0a\x01x", Some(F::FrozenGraph)),
            (b"\x0a\x80\x80\x01\x0a\x01x", Some(F::FrozenGraph)),
            (b"\x0a\xff\xff\xff\xff\xff\x0a", None),
            (b"", None),
        ];
        for (bytes, expected) in cases {
            assert_eq!(F::of_bytes(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_unknown_is_described_by_its_first_bytes() {
        assert_eq!(describe(b"", None), "an empty file");
        assert_eq!(describe(b"\x01\xff", None), "a file that begins with 01ff");
        assert_eq!(
            describe(b"PK", Some(WeightsFormat::TorchArchive)),
            "a zip archive, as PyTorch writes"
        );
    }
}
