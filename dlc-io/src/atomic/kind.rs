use std::{
    fmt,
    io::{self, Read},
    path::Path,
};

use crate::regular_file;

/// What a file holds, found by its content and not by its name.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::atomic::FileKind;
///
/// let found = FileKind::of("clipDLC_x.h5")?;
/// assert_eq!(found, Some(FileKind::PandasTable));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum FileKind {
    /// HDF5 in which pandas stored a table: predictions, labels, bones.
    PandasTable,
    /// HDF5 of Neurodata Without Borders.
    Nwb,
    /// HDF5 of a SLEAP analysis.
    SleapAnalysis,
    /// HDF5 of another program, or damaged.
    OtherHdf5,
    /// A video of any container.
    Video,
    /// A PNG.
    Png,
    /// A picture of another format.
    OtherPicture,
    /// An SVG.
    Svg,
    /// A page of HTML.
    Html,
    /// A pickle of Python.
    Pickle,
    /// JSON.
    Json,
    /// A table as text.
    Csv,
    /// YAML.
    Yaml,
    /// Other text.
    Text,
    /// Anything else.
    Other,
}

impl FileKind {
    /// Looks into a file; `None` is an empty one.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be read.
    pub fn of(path: impl AsRef<Path>) -> io::Result<Option<Self>> {
        let path = path.as_ref();
        let mut head = Vec::new();
        let file = regular_file::open(path)?;
        file.take(HEAD_LEN).read_to_end(&mut head)?;
        Ok(match &head[..] {
            [] => None,
            [0x89, b'H', b'D', b'F', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::of_hdf5(path)),
            head => Some(Self::of_head(head)),
        })
    }

    fn of_hdf5(path: &Path) -> Self {
        let file = hdf5_pure::File::open_streaming(path);
        file.and_then(|file| {
            let root = file.root();
            if root.attrs()?.contains_key("nwb_version") {
                return Ok(Self::Nwb);
            }
            let datasets = root.datasets()?;
            let has = |name| datasets.iter().any(|dataset| dataset == name);
            if has("tracks") && has("node_names") {
                return Ok(Self::SleapAnalysis);
            }
            for group in root.groups()? {
                if root.group(&group)?.attrs()?.contains_key("pandas_type") {
                    return Ok(Self::PandasTable);
                }
            }
            Ok(Self::OtherHdf5)
        })
        .unwrap_or(Self::OtherHdf5)
    }

    fn of_head(head: &[u8]) -> Self {
        match head {
            _ if is_video(head) => Self::Video,
            [0x89, b'P', b'N', b'G', ..] => Self::Png,
            [0xff, 0xd8, 0xff, ..]
            | [b'G', b'I', b'F', b'8', ..]
            | [b'I', b'I', 42 | 43, 0, ..]
            | [b'M', b'M', 0, 42 | 43, ..]
            | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Self::OtherPicture,
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Self::OtherPicture,
            [0x80, 2..=5, ..]
            | [
                b'(' | b'}' | b']' | b')',
                b'd' | b'l' | b'q' | b't' | b'.',
                ..,
            ] => Self::Pickle,
            _ => Self::of_text(head),
        }
    }

    fn of_text(head: &[u8]) -> Self {
        if head.iter().any(|byte| !is_of_text(*byte)) {
            return Self::Other;
        }
        let text = String::from_utf8_lossy(head).to_lowercase();
        let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
        match text {
            _ if text.starts_with("<svg") || text.starts_with("<?xml") && text.contains("<svg") => {
                Self::Svg
            }
            _ if text.starts_with("<!doctype html") || text.starts_with("<html") => Self::Html,
            _ if text.starts_with(['{', '[']) => Self::Json,
            _ => Self::of_first_line(text),
        }
    }

    fn of_first_line(text: &str) -> Self {
        let is_content = |line: &&str| !line.is_empty() && !line.starts_with('#') && *line != "---";
        let line = text.lines().map(str::trim_end).find(is_content);
        let line = line.unwrap_or_default();
        let separator = line.find([',', ';', '\t']);
        let key = line
            .find(": ")
            .or_else(|| line.strip_suffix(':').map(str::len));
        match (separator, key) {
            (separator, Some(key)) if separator.is_none_or(|place| key < place) => Self::Yaml,
            (Some(_), _) => Self::Csv,
            _ if line.starts_with("- ") => Self::Yaml,
            _ => Self::Text,
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PandasTable => "a table of pandas in HDF5",
            Self::Nwb => "an NWB file",
            Self::SleapAnalysis => "an analysis file of SLEAP",
            Self::OtherHdf5 => "an HDF5 file of another kind",
            Self::Video => "a video",
            Self::Png => "a PNG",
            Self::OtherPicture => "a picture",
            Self::Svg => "an SVG",
            Self::Html => "an HTML page",
            Self::Pickle => "a pickle",
            Self::Json => "a JSON file",
            Self::Csv => "a CSV table",
            Self::Yaml => "a YAML file",
            Self::Text => "a text",
            Self::Other => "a file of an unknown kind",
        })
    }
}

/// What is read of a file to know its kind.
const HEAD_LEN: u64 = 4096;

fn is_of_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c)
}

fn is_video(head: &[u8]) -> bool {
    let at = |place: usize, magic: &[u8]| head.get(place..).is_some_and(|h| h.starts_with(magic));
    let any = |place: usize, magics: &[&[u8]]| magics.iter().any(|magic| at(place, magic));
    // ISO media and QuickTime; RIFF; the others.
    any(
        4,
        &[
            b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot",
        ],
    ) || at(0, b"RIFF") && any(8, &[b"AVI ", b"AVIX"])
        || any(
            0,
            &[
                b"\x1a\x45\xdf\xa3",
                b"\x30\x26\xb2\x75",
                b"FLV\x01",
                b"OggS",
            ],
        )
        || any(
            0,
            &[
                b"\x00\x00\x01\xba",
                b"\x00\x00\x01\xb3",
                b"\x00\x00\x01\x00",
            ],
        )
        || any(
            0,
            &[
                b"\x00\x00\x00\x01",
                b"\x00\x00\x01\x09",
                b"\x00\x00\x01\x67",
            ],
        )
        || any(
            0,
            &[
                b"YUV4MPEG2",
                b"DKIF",
                b"\x06\x0e\x2b\x34",
                b"SEQ\0",
                b"\xed\xfe",
            ],
        )
        || at(0, b"\x47") && (at(188, b"\x47") || at(192, b"\x47"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(content: &[u8]) -> Option<FileKind> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, content).unwrap();
        FileKind::of(&path).unwrap()
    }

    #[test]
    fn kinds_are_told_by_their_content() {
        for (content, expected) in [
            (&b"\0\0\0\x1cftypisom"[..], FileKind::Video),
            (b"RIFF\x04\0\0\0AVI LIST", FileKind::Video),
            (b"\x1a\x45\xdf\xa3\x01", FileKind::Video),
            (b"\x89PNG\r\n\x1a\n", FileKind::Png),
            (b"\xff\xd8\xff\xe0", FileKind::OtherPicture),
            (b"\x80\x04\x95", FileKind::Pickle),
            (b"}q\0", FileKind::Pickle),
            (b"{\"fps\": 30}", FileKind::Json),
            (b"<svg xmlns=", FileKind::Svg),
            (b"<?xml version=\"1.0\"?>\n<svg>", FileKind::Svg),
            (b"<!DOCTYPE html>\n<html>", FileKind::Html),
            (b"scorer,DLC_a: b,x\n", FileKind::Csv),
            (b"a;b\n1;2\n", FileKind::Csv),
            (b"# Project\n\nTask: mouse, brown\n", FileKind::Yaml),
            (b"bodyparts:\n- a\n", FileKind::Yaml),
            (b"- a\n- b\n", FileKind::Yaml),
            (b"snout\n", FileKind::Text),
            (b"SQLite format 3\0", FileKind::Other),
            (b"\x89HDF\r\n\x1a\ncut", FileKind::OtherHdf5),
        ] {
            let text = String::from_utf8_lossy(content);
            assert_eq!(kind(content), Some(expected), "{text}");
        }
        assert_eq!(kind(b""), None);
    }
}
