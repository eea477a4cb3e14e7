//! Files that appear under their final name whole, or not at all.
//!
//! A file is written under a temporary name in the folder of the final one, forced to the disk,
//! and renamed. Whoever opens the final name sees the old file or the new one, never a part. What
//! is dropped before its commit is removed, also when the program panics; a program that is
//! killed leaves the temporary file, never a damaged result.
//!
//! Outputs that belong together are first [staged](Batch::stage), all of them, and then renamed
//! one after the other, so that a full disk or a value that cannot be written spoils none of them.
//!
//! An output replaces a file of its own kind alone, and no input: [`OutputGuard`] tells the rules.

mod guard;
mod kind;

use std::{
    error::Error,
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

pub use self::{
    guard::{OutputGuard, ReplaceFileError},
    kind::FileKind,
};
use crate::provenance::Fingerprint;

/// Writes a file and gives it its name when `content` succeeds.
///
/// # Errors
///
/// Returns an error when `content` does, when the file cannot be written, or when a file of another
/// kind has the name ([`OutputGuard`]); what lay under the name before is then untouched.
///
/// # Examples
///
/// ```no_run
/// use std::io::Write;
///
/// dlc_io::atomic::write("poses.txt", |file| writeln!(file, "snout"))?;
/// # Ok::<(), dlc_io::atomic::WriteFileError>(())
/// ```
pub fn write<E>(
    path: impl AsRef<Path>,
    content: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
) -> Result<(), WriteFileError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    OutputGuard::new().write(path, content)
}

/// A file that does not have its final name yet; writes to it are buffered.
#[derive(Debug)]
pub struct AtomicFile {
    writer: BufWriter<NamedTempFile>,
    path: PathBuf,
    guard: OutputGuard,
}

impl AtomicFile {
    /// Creates an empty file in the folder of `path`, under another name.
    ///
    /// # Errors
    ///
    /// Returns an error when the folder does not exist or cannot be written to, or when there is
    /// something at `path` that is no file.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, WriteFileError> {
        Self::create_guarded(path, OutputGuard::new())
    }

    /// Creates an empty file that will not take the place of what `guard` keeps.
    ///
    /// # Errors
    ///
    /// As [`Self::create`], and when the guard keeps what is there.
    pub fn create_guarded(
        path: impl AsRef<Path>,
        guard: OutputGuard,
    ) -> Result<Self, WriteFileError> {
        let path = path.as_ref().to_path_buf();
        guard.check_place(&path)?;
        match temporary_file(folder(&path)) {
            Ok(file) => Ok(Self {
                writer: BufWriter::new(file),
                path,
                guard,
            }),
            Err(source) => Err(WriteFileError::new(path, source)),
        }
    }

    /// Returns where the file lies until then, for a program that writes into it.
    pub(crate) fn temporary_path(&self) -> &Path {
        self.writer.get_ref().path()
    }

    /// Gives the file its final name, in place of any file that has it.
    ///
    /// # Errors
    ///
    /// Returns an error when the file cannot be written to the end or renamed, or when a file of
    /// another kind has the name.
    pub fn commit(self) -> Result<(), WriteFileError> {
        let path = self.stage()?.rename()?;
        sync_folder_of(path)
    }

    fn stage(self) -> Result<Staged, WriteFileError> {
        let Self {
            writer,
            path,
            guard,
        } = self;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error);
        let synced = file.and_then(|file| file.as_file().sync_all().map(|()| file));
        match synced {
            Ok(file) => {
                guard.check_kind(&path, || FileKind::of(file.path()))?;
                Ok(Staged { file, path })
            }
            Err(source) => Err(WriteFileError::new(path, source)),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Files that are complete on the disk and wait for their names.
#[derive(Debug, Default)]
pub struct Batch {
    staged: Vec<Staged>,
    guard: OutputGuard,
}

impl Batch {
    /// Creates a batch without files, whose inputs are not known.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a batch of files that do not take the place of what `guard` keeps.
    pub fn guarded(guard: OutputGuard) -> Self {
        Self {
            staged: Vec::new(),
            guard,
        }
    }

    /// Writes a file, without giving it its name.
    ///
    /// # Errors
    ///
    /// Returns an error when `content` does, when the file cannot be written, or when it may not
    /// replace what is there. The files staged before stay staged.
    pub fn stage<E>(
        &mut self,
        path: impl AsRef<Path>,
        content: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
    ) -> Result<(), WriteFileError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let file = self.written(path, content)?;
        self.add(file)
    }

    /// Writes a file that gets its name before those that are staged already.
    ///
    /// # Errors
    ///
    /// As [`Self::stage`].
    pub fn stage_first<E>(
        &mut self,
        path: impl AsRef<Path>,
        content: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
    ) -> Result<(), WriteFileError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let file = self.written(path, content)?;
        self.staged.insert(0, file.stage()?);
        Ok(())
    }

    fn written<E>(
        &self,
        path: impl AsRef<Path>,
        content: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
    ) -> Result<AtomicFile, WriteFileError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut file = AtomicFile::create_guarded(path, self.guard.clone())?;
        match content(&mut file) {
            Ok(()) => Ok(file),
            Err(source) => Err(WriteFileError::new(file.path.clone(), source)),
        }
    }

    /// Adds a file that is written.
    pub(crate) fn add(&mut self, file: AtomicFile) -> Result<(), WriteFileError> {
        self.staged.push(file.stage()?);
        Ok(())
    }

    /// Returns the fingerprint of a staged file, or `None` when there is none of this name.
    pub(crate) fn fingerprint(&self, path: &Path) -> Result<Option<Fingerprint>, WriteFileError> {
        let staged = self.staged.iter().find(|staged| staged.path == path);
        let found = staged.map(|staged| Fingerprint::of_file(staged.file.path()));
        found
            .transpose()
            .map_err(|source| WriteFileError::new(path.into(), source))
    }

    /// Gives the files their names, in the order in which they were staged.
    ///
    /// Only renaming is left to do. Stage the file that others look for last: where it is, the
    /// others are.
    ///
    /// # Errors
    ///
    /// Returns an error when a file cannot be renamed. The files before it have their names, it
    /// and the files after it are removed.
    pub fn commit(self) -> Result<(), WriteFileError> {
        let mut paths = Vec::with_capacity(self.staged.len());
        for staged in self.staged {
            paths.push(staged.rename()?);
        }
        paths.dedup_by(|path, other| folder(path) == folder(other));
        paths.into_iter().try_for_each(sync_folder_of)
    }
}

#[derive(Debug)]
struct Staged {
    file: NamedTempFile,
    path: PathBuf,
}

impl Staged {
    fn rename(self) -> Result<PathBuf, WriteFileError> {
        let Self { file, path } = self;
        match file.persist(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(WriteFileError::new(path, error.error)),
        }
    }
}

/// An error returned when a file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write {}", path.display())]
pub struct WriteFileError {
    path: PathBuf,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

impl WriteFileError {
    fn new(path: PathBuf, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            path,
            source: source.into(),
        }
    }

    /// Returns the final name of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns why the file may not replace what is there, when that is the reason.
    pub fn refusal(&self) -> Option<&ReplaceFileError> {
        self.source.downcast_ref()
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn temporary_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dlc-").suffix(".tmp");
    // Results are for the group to read, as the umask says: a temporary file is private.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Forces the renaming of a file to the disk, where folders can be opened.
fn sync_folder_of(path: PathBuf) -> Result<(), WriteFileError> {
    let synced = if cfg!(unix) {
        fs::File::open(folder(&path)).and_then(|folder| folder.sync_all())
    } else {
        Ok(())
    };
    synced.map_err(|source| WriteFileError::new(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_has_its_name_after_the_commit_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();

        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        file.flush().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");

        file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").unwrap();

        let error = write(&path, |file| {
            file.write_all(b"half")?;
            Err(io::Error::other("the device is lost"))
        })
        .unwrap_err();

        assert_eq!(error.path(), path);
        assert_eq!(error.source().unwrap().to_string(), "the device is lost");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn no_file_of_a_batch_appears_when_one_cannot_be_staged() {
        let folder = tempfile::tempdir().unwrap();
        let mut batch = Batch::new();
        batch
            .stage(folder.path().join("a.h5"), |file| file.write_all(b"a"))
            .unwrap();
        let missing = folder.path().join("missing/b.csv");
        assert!(batch.stage(&missing, |_| Ok::<_, io::Error>(())).is_err());
        drop(batch);

        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_batch_is_committed_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut batch = Batch::new();
        for name in ["a.h5", "b.csv"] {
            let path = folder.path().join(name);
            batch
                .stage(path, |file| file.write_all(name.as_bytes()))
                .unwrap();
        }
        // A folder cannot be replaced by a file.
        batch
            .stage(folder.path().join("c"), |_| Ok::<_, io::Error>(()))
            .unwrap();
        fs::create_dir(folder.path().join("c")).unwrap();

        assert!(batch.commit().is_err());
        assert_eq!(names(folder.path()), ["a.h5", "b.csv", "c"]);
        assert_eq!(fs::read(folder.path().join("b.csv")).unwrap(), b"b.csv");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_the_umask_lets_them() {
        use std::os::unix::fs::MetadataExt;

        let folder = tempfile::tempdir().unwrap();
        let (ours, plain) = (folder.path().join("ours"), folder.path().join("plain"));
        write(&ours, |file| file.write_all(b"x")).unwrap();
        fs::write(&plain, "x").unwrap();

        let mode = |path| fs::metadata(path).unwrap().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }

    #[test]
    fn a_path_without_folder_is_in_the_current_one() {
        assert_eq!(folder(Path::new("a.csv")), Path::new("."));
        assert_eq!(folder(Path::new("out/a.csv")), Path::new("out"));
    }
}
