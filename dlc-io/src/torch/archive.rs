use std::{fs::File, io::Read, path::Path};

use zip::{
    CompressionMethod, ZipArchive,
    read::{ArchiveOffset, Config},
    result::ZipError,
};

use super::ReadSnapshotErrorKind as Kind;
use crate::{
    WeightsFormat, foreign_error::io_in_one_line, regular_file, weights_format::describe_file,
};

/// A zip file of `torch.save`.
pub(super) struct Archive {
    zip: ZipArchive<File>,
    /// The folder that holds everything, with a `/` at its end.
    root: String,
    /// No file of the archive can be longer than the whole.
    len: u64,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Result<Self, Kind> {
        let file = regular_file::open(path).map_err(Kind::Io)?;
        let len = file.metadata().map_err(Kind::Io)?.len();
        check_format(path)?;
        // Known: where the name of the first file has 30 bytes, as `snapshot-detector-001/data.pkl`,
        // the search for a beginning takes the second file for the first.
        let config = Config {
            archive_offset: ArchiveOffset::Known(0),
        };
        let zip = ZipArchive::with_config(config, file);
        let zip = zip.map_err(|error| Kind::DamagedZip(io_in_one_line(error.into())))?;
        let root = zip.file_names().find_map(|name| {
            let name = name.ok()?;
            let root = name.strip_suffix("data.pkl")?;
            (root.find('/') == root.len().checked_sub(1)).then(|| root.to_owned())
        });
        let root = root.ok_or_else(|| Kind::MissingEntry {
            name: "data.pkl".into(),
        })?;
        Ok(Self { zip, root, len })
    }

    /// Returns the length of the archive in bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Reads a file of the archive, whose checksum is verified; `None` if there is none.
    pub(super) fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Kind> {
        let name = format!("{}{name}", self.root);
        let mut entry = match self.zip.by_name(&name) {
            Ok(entry) => entry,
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => {
                let source = io_in_one_line(error.into());
                return Err(Kind::ReadEntry { name, source });
            }
        };
        if entry.compression() != CompressionMethod::Stored {
            return Err(Kind::CompressedEntry { name });
        }
        let (limit, found) = (limit.min(self.len), entry.size());
        let capacity = usize::try_from(found).ok().filter(|_| found <= limit);
        let Some(capacity) = capacity else {
            return Err(Kind::EntryTooLong { name, limit, found });
        };
        let mut bytes = Vec::with_capacity(capacity);
        match entry.read_to_end(&mut bytes) {
            Ok(_) => Ok(Some(bytes)),
            Err(source) => Err(Kind::ReadEntry { name, source }),
        }
    }

    /// Reads a file that must be there.
    pub(super) fn require(&mut self, name: &str, limit: u64) -> Result<Vec<u8>, Kind> {
        self.read(name, limit)?.ok_or_else(|| Kind::MissingEntry {
            name: format!("{}{name}", self.root),
        })
    }
}

fn check_format(path: &Path) -> Result<(), Kind> {
    match WeightsFormat::of_file(path).map_err(Kind::Io)? {
        Some(WeightsFormat::TorchArchive) => Ok(()),
        Some(WeightsFormat::LegacyTorch) => Err(Kind::LegacyFormat),
        _ => Err(Kind::NotAZip {
            found: describe_file(path).map_err(Kind::Io)?,
        }),
    }
}
