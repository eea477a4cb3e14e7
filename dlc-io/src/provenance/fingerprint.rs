use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::regular_file;

/// How much is read of the beginning, of the middle and of the end of a file.
const WINDOW: u64 = 1 << 20;

/// Of how many files of a list the content is read: the first, the last, and some between them.
const SAMPLED_FILES: usize = 16;

/// What tells files apart in a moment, however long they are.
///
/// # Examples
///
/// ```
/// use dlc_io::provenance::Fingerprint;
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("mouse.avi");
/// std::fs::write(&path, "frames")?;
/// let before = Fingerprint::of_file(&path)?;
///
/// std::fs::write(&path, "Frames")?;
/// assert_ne!(Fingerprint::of_file(&path)?, before);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
pub struct Fingerprint {
    /// The length in bytes; of several files, their sum.
    pub bytes: u64,
    /// The SHA-256 of the length and of the first, middle and last MiB, in hexadecimal digits. Of
    /// several files also of their names.
    pub sample_sha256: String,
}

impl Fingerprint {
    /// Reads a sample of a file.
    ///
    /// # Errors
    ///
    /// Returns an error when it is no file, or cannot be read.
    pub fn of_file(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut hash = Sha256::new();
        let bytes = sample(path.as_ref(), &mut hash)?;
        Ok(Self::new(bytes, hash))
    }

    /// Reads a sample of some files; the order, the names without folders, and the lengths of all of
    /// them count.
    ///
    /// # Errors
    ///
    /// Returns an error when one is no file, or cannot be read.
    pub fn of_files(paths: &[PathBuf]) -> io::Result<Self> {
        let (mut hash, mut bytes) = (Sha256::new(), 0_u64);
        for path in paths {
            let len = file_len(path)?;
            bytes = bytes.saturating_add(len);
            hash.update(path.file_name().unwrap_or_default().as_encoded_bytes());
            hash.update(b"\0");
            hash.update(len.to_le_bytes());
        }
        for place in spread(paths.len()) {
            sample(&paths[place], &mut hash)?;
        }
        Ok(Self::new(bytes, hash))
    }

    fn new(bytes: u64, hash: Sha256) -> Self {
        let digits = hash
            .finalize()
            .into_iter()
            .map(|byte| format!("{byte:02x}"));
        Self {
            bytes,
            sample_sha256: digits.collect(),
        }
    }
}

/// Returns the places of at most [`SAMPLED_FILES`] of so many files.
fn spread(files: usize) -> Vec<usize> {
    if files <= SAMPLED_FILES {
        return (0..files).collect();
    }
    let last = SAMPLED_FILES - 1;
    (0..SAMPLED_FILES)
        .map(|place| place * (files - 1) / last)
        .collect()
}

fn file_len(path: &Path) -> io::Result<u64> {
    regular_file::check(path)?;
    Ok(fs::metadata(path)?.len())
}

fn sample(path: &Path, hash: &mut Sha256) -> io::Result<u64> {
    let mut file = regular_file::open(path)?;
    let bytes = file.metadata()?.len();
    hash.update(bytes.to_le_bytes());
    if bytes <= 3 * WINDOW {
        read(&mut file, 3 * WINDOW, hash)?;
        return Ok(bytes);
    }
    for start in [0, (bytes - WINDOW) / 2, bytes - WINDOW] {
        file.seek(SeekFrom::Start(start))?;
        read(&mut file, WINDOW, hash)?;
    }
    Ok(bytes)
}

fn read(file: &mut File, most: u64, hash: &mut Sha256) -> io::Result<()> {
    let (mut file, mut buffer) = (file.take(most), [0; 1 << 14]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => hash.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_counts_whole_and_a_long_one_at_three_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.mp4");
        let of = |content: &[u8]| {
            fs::write(&path, content).unwrap();
            Fingerprint::of_file(&path).unwrap()
        };
        // Source: (printf '\x01\0\0\0\0\0\0\0x') | sha256sum
        let x = of(b"x");
        assert_eq!(x.bytes, 1);
        assert_eq!(
            x.sample_sha256,
            "f91b14e7bbea4c5bfa0e1a704017716659f4910e557b869f226a69652d2a6f12"
        );
        assert_ne!(of(b"y"), x);

        let long = vec![7; 9 << 20];
        let before = of(&long);
        for place in [0, 9 << 19, (9 << 20) - 1] {
            let mut changed = long.clone();
            changed[place] = 8;
            assert_ne!(of(&changed), before, "{place}");
        }
        assert_eq!(of(&long), before);
    }

    #[test]
    fn names_and_order_of_files_count() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a.png", "b.png"].map(|name| folder.path().join(name));
        for path in &paths {
            fs::write(path, "same").unwrap();
        }
        let both = Fingerprint::of_files(&paths).unwrap();
        let [a, b] = paths;

        assert_eq!(both.bytes, 8);
        assert_ne!(Fingerprint::of_files(&[b, a.clone()]).unwrap(), both);
        assert_ne!(Fingerprint::of_files(&[a]).unwrap(), both);
        assert!(Fingerprint::of_files(&[folder.path().into()]).is_err());
    }

    #[test]
    fn some_of_many_files_are_read() {
        assert_eq!(spread(3), [0, 1, 2]);
        let places = spread(1000);
        assert_eq!((places.len(), places[0], places[15]), (16, 0, 999));
        assert!(spread(0).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe.mp4");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if made.is_ok_and(|status| status.success()) {
            assert!(Fingerprint::of_file(&pipe).is_err());
        }
    }
}
