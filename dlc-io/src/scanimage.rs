//! When a recording began, as the pictures of a microscope tell: TIFF files of `ScanImage`.
//!
//! `ScanImage` describes each picture of a file in words. Of the first one's we take
//!
//! ```text
//! frameTimestamps_sec = 0.000000000           time since the acquisition began
//! epoch = [2022 6 7 14 53 11.123]             when that was, on the clock of the microscope
//! ```
//!
//! so that also the second file of an acquisition has its own time. Pictures are not decoded.

use std::{
    error::Error,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

use dlc_model::{ParseTimestampError, Timestamp, UtcOffset};
use tiff::{decoder::Decoder, tags::Tag};

use crate::{foreign_error::in_one_line, regular_file};

/// Returns the moment of the first picture of a TIFF file that `ScanImage` wrote.
///
/// `offset` is how far the clock of the microscope was from UTC, which the file does not tell.
///
/// # Errors
///
/// Returns an error when the file cannot be read, is no TIFF, or does not tell the moment.
pub fn first_picture(
    path: impl AsRef<Path>,
    offset: UtcOffset,
) -> Result<Timestamp, ReadScanImageError> {
    let path = path.as_ref();
    read(path, offset).map_err(|kind| ReadScanImageError {
        path: path.to_owned(),
        kind,
    })
}

fn read(path: &Path, offset: UtcOffset) -> Result<Timestamp, ReadScanImageErrorKind> {
    let file = regular_file::open(path).map_err(ReadScanImageErrorKind::Io)?;
    let mut tiff = Decoder::new(BufReader::new(file))
        .map_err(|error| ReadScanImageErrorKind::Tiff(in_one_line(error)))?;
    let description = tiff
        .get_tag_ascii_string(Tag::ImageDescription)
        .map_err(|_| ReadScanImageErrorKind::NoDescription)?;
    moment(&description, offset)
}

fn moment(description: &str, offset: UtcOffset) -> Result<Timestamp, ReadScanImageErrorKind> {
    let value = |name: &'static str| {
        let mut lines = description.lines().filter_map(|line| line.split_once('='));
        let found = lines.find_map(|(key, value)| (key.trim() == name).then_some(value.trim()));
        found.ok_or(ReadScanImageErrorKind::Missing { name })
    };
    let epoch = value("epoch")?;
    let wrong = |name, found: &str| ReadScanImageErrorKind::Value {
        name,
        found: found.chars().take(80).collect(),
    };
    let text = calendar(epoch).ok_or_else(|| wrong("epoch", epoch))?;
    let start = Timestamp::parse(&text, Some(offset)).map_err(ReadScanImageErrorKind::Epoch)?;
    let since = value("frameTimestamps_sec")?;
    let nanoseconds = since
        .parse::<f64>()
        .ok()
        .map(|seconds| (seconds * 1e9).round())
        .filter(|nanoseconds| nanoseconds.abs() < 1e18)
        .ok_or_else(|| wrong("frameTimestamps_sec", since))?;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be in range")]
    let moment = start.unix_ns().saturating_add(nanoseconds as i64);
    Ok(Timestamp::from_unix_ns(moment, offset))
}

/// Rewrites `[2022 6 7 14 53 11.123]` as `2022-06-07 14:53:11.123000000`.
fn calendar(epoch: &str) -> Option<String> {
    let fields = epoch.strip_prefix('[')?.strip_suffix(']')?;
    let fields: Vec<&str> = fields
        .split([' ', ',', ';'])
        .filter(|field| !field.is_empty())
        .collect();
    let [year, month, day, hour, minute, second] = fields.try_into().ok()?;
    let number = |field: &str| field.parse::<u16>().ok();
    let second = second.parse::<f64>().ok()?;
    (0.0..60.0).contains(&second).then_some(())?;
    Some(format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{second:012.9}",
        number(year)?,
        number(month)?,
        number(day)?,
        number(hour)?,
        number(minute)?,
    ))
}

/// An error returned when a TIFF file does not tell when it was recorded.
#[derive(Debug, thiserror::Error)]
#[error("the moment of the first picture of {} is not known", path.display())]
pub struct ReadScanImageError {
    path: PathBuf,
    #[source]
    kind: ReadScanImageErrorKind,
}

impl ReadScanImageError {
    /// Returns the reason.
    pub const fn kind(&self) -> &ReadScanImageErrorKind {
        &self.kind
    }
}

/// Why a TIFF file does not tell when it was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadScanImageErrorKind {
    /// The file cannot be read.
    #[error("could not read the file")]
    Io(#[source] io::Error),
    /// The file is no TIFF.
    #[error("the file is no TIFF")]
    Tiff(#[source] Box<dyn Error + Send + Sync>),
    /// The first picture is not described.
    #[error("the first picture has no ImageDescription")]
    NoDescription,
    /// The description lacks a value.
    #[error("the ImageDescription has no line `{name} = …`, which ScanImage writes")]
    Missing {
        /// The name of the value.
        name: &'static str,
    },
    /// A value cannot be read.
    #[error("the ImageDescription says {name} = {found:?}")]
    Value {
        /// The name of the value.
        name: &'static str,
        /// What stands there.
        found: String,
    },
    /// The epoch is no day of the calendar.
    #[error("the epoch is no date and time")]
    Epoch(#[source] ParseTimestampError),
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Cursor};

    use tiff::encoder::{TiffEncoder, colortype::Gray8};

    use super::*;

    const DESCRIPTION: &str = "frameNumbers = 1\nframeTimestamps_sec = 60.250000000\n\
                               epoch = [2022  6  7 14 53 11.5]\nauxTrigger0 = []\n";

    fn oslo() -> UtcOffset {
        "+02:00".parse().unwrap()
    }

    fn tiff(description: &str) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
        let mut image = encoder.new_image::<Gray8>(2, 2).unwrap();
        let tag = Tag::ImageDescription;
        image.encoder().write_tag(tag, description).unwrap();
        image.write_data(&[0, 1, 2, 3]).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn the_first_picture_counts_from_the_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a_00002.tif");
        fs::write(&path, tiff(DESCRIPTION)).unwrap();

        let moment = first_picture(&path, oslo()).unwrap();

        assert_eq!(moment.to_string(), "2022-06-07T14:54:11.75+02:00");
    }

    #[test]
    fn files_that_are_cut_or_of_others_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tif");
        let whole = tiff(DESCRIPTION);
        let mut refused = 0;
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            // The picture itself may be gone.
            refused += usize::from(first_picture(&path, oslo()).is_err());
        }
        assert!(refused > 100, "{refused}");
        fs::write(&path, tiff("ImageJ=1.52")).unwrap();
        let error = first_picture(&path, oslo()).unwrap_err();
        assert!(matches!(
            error.kind(),
            ReadScanImageErrorKind::Missing { name: "epoch" }
        ));
    }

    #[test]
    fn what_is_no_date_is_told() {
        for epoch in [
            "",
            "[2022 6 7]",
            "[2022 13 7 14 53 11]",
            "[1 2 3 4 5 x]",
            "[1 2 3 4 5 1e99]",
        ] {
            let text = format!("epoch = {epoch}\nframeTimestamps_sec = 0");
            assert!(moment(&text, oslo()).is_err(), "{epoch}");
        }
        assert!(
            moment(
                "epoch = [2022 6 7 1 2 3]\nframeTimestamps_sec = inf",
                oslo()
            )
            .is_err()
        );
    }
}
