use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use zip::{CompressionMethod, ZipArchive, result::ZipError};

use super::ReadSnapshotErrorKind as Kind;

/// What the old format begins with: a pickled magic number.
const LEGACY_START: [u8; 4] = [0x80, 0x02, 0x8a, 0x0a];

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
        let mut file = File::open(path).map_err(Kind::Io)?;
        let len = file.metadata().map_err(Kind::Io)?.len();
        if is_legacy(&mut file).map_err(Kind::Io)? {
            return Err(Kind::LegacyFormat);
        }
        let zip = ZipArchive::new(file).map_err(|error| Kind::NotAZip(error.into()))?;
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
                let source = error.into();
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

fn is_legacy(file: &mut File) -> std::io::Result<bool> {
    let mut start = Vec::new();
    file.take(LEGACY_START.len() as u64)
        .read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(start == LEGACY_START)
}
