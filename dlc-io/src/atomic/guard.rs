use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

use super::{AtomicFile, Batch, FileKind, WriteFileError};

/// Which files an output may replace.
///
/// Without any guard an output takes the place of a file of its own kind alone: predictions replace
/// predictions, never an NWB file, a picture or a video. A guard also knows the inputs of the output,
/// which it keeps whatever their kind. Two paths are one file also where one is a link to the other,
/// or where they are spelled differently.
///
/// | at the path of the output | |
/// |---|---|
/// | nothing, or an empty file | the output is written |
/// | a file of the output's kind | replaced |
/// | a file of another kind | refused, unless it is [replaceable](Self::with_replaceable) |
/// | an input | refused, unless it is replaceable |
/// | a video that is an input, or where no video is written | refused always |
/// | a folder, a device, a pipe | refused always |
///
/// A symbolic link is looked through. Where its file may be replaced, the output takes the place
/// of the link, and the file that it led to stays.
///
/// # Examples
///
/// ```
/// use std::io::Write;
///
/// use dlc_io::atomic::OutputGuard;
///
/// # let folder = tempfile::tempdir()?;
/// # let video = folder.path().join("mouse.avi");
/// # std::fs::write(&video, "RIFF")?;
/// let guard = OutputGuard::new().with_video(&video);
///
/// let error = guard.write(&video, |file| writeln!(file, "<html>")).unwrap_err();
/// assert!(error.refusal().is_some());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OutputGuard {
    inputs: Vec<PathBuf>,
    videos: Vec<PathBuf>,
    replaceable: Vec<PathBuf>,
}

impl OutputGuard {
    /// Creates a guard that knows no inputs.
    pub const fn new() -> Self {
        Self {
            inputs: Vec::new(),
            videos: Vec::new(),
            replaceable: Vec::new(),
        }
    }

    /// Keeps a file that is read.
    #[must_use]
    pub fn with_input(mut self, path: impl Into<PathBuf>) -> Self {
        self.inputs.push(path.into());
        self
    }

    /// Keeps a video that is read, or the pictures of a folder that stands for one.
    #[must_use]
    pub fn with_video(mut self, path: impl Into<PathBuf>) -> Self {
        self.videos.push(path.into());
        self
    }

    /// Lets an output replace this file though it is an input or of another kind. No video.
    #[must_use]
    pub fn with_replaceable(mut self, path: impl Into<PathBuf>) -> Self {
        self.replaceable.push(path.into());
        self
    }

    /// Checks that a file of this kind may be written at a path: before work begins.
    ///
    /// # Errors
    ///
    /// Returns an error that tells what is there.
    pub fn check(&self, path: impl AsRef<Path>, kind: FileKind) -> Result<(), WriteFileError> {
        let path = path.as_ref();
        self.check_place(path)?;
        self.check_kind(path, || Ok(Some(kind)))
    }

    /// Writes a file as [`write`](super::write) does.
    ///
    /// # Errors
    ///
    /// As there, and when the output may not replace what is at the path.
    pub fn write<E>(
        &self,
        path: impl AsRef<Path>,
        content: impl FnOnce(&mut AtomicFile) -> Result<(), E>,
    ) -> Result<(), WriteFileError>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut batch = self.batch();
        batch.stage(path, content)?;
        batch.commit()
    }

    /// Creates a batch of files, each of which is checked.
    pub fn batch(&self) -> Batch {
        Batch::guarded(self.clone())
    }

    /// Checks all but the kind.
    pub(super) fn check_place(&self, path: &Path) -> Result<(), WriteFileError> {
        let refused = |reason| Err(WriteFileError::new(path.into(), reason));
        let found = match fs::metadata(path) {
            Ok(found) => found,
            // What cannot be seen is told when the file is created.
            Err(_) => return Ok(()),
        };
        if found.is_dir() {
            return refused(ReplaceFileError::Folder);
        }
        if !found.is_file() {
            return refused(ReplaceFileError::NoFile);
        }
        if self.videos.iter().any(|video| is_of_video(path, video)) {
            return refused(ReplaceFileError::Video);
        }
        let is_input = self.inputs.iter().any(|input| is_same(path, input));
        if is_input && !self.may_be_replaced(path) {
            return refused(ReplaceFileError::Input);
        }
        Ok(())
    }

    /// Checks that the file there is of the same kind.
    pub(super) fn check_kind(
        &self,
        path: &Path,
        kind: impl FnOnce() -> io::Result<Option<FileKind>>,
    ) -> Result<(), WriteFileError> {
        if !path.is_file() {
            return Ok(());
        }
        let fail = |error| WriteFileError::new(path.into(), error);
        let unseen = |source| fail(ReplaceFileError::Unseen(source));
        let Some(found) = FileKind::of(path).map_err(unseen)? else {
            return Ok(());
        };
        let new = kind().map_err(unseen)?;
        match new {
            Some(new) if new == found => Ok(()),
            _ if found == FileKind::Video => Err(fail(ReplaceFileError::Video)),
            _ if self.may_be_replaced(path) => Ok(()),
            _ => Err(fail(ReplaceFileError::Kind { found, new })),
        }
    }

    fn may_be_replaced(&self, path: &Path) -> bool {
        self.replaceable.iter().any(|other| is_same(path, other))
    }
}

/// Returns whether a file is a video, or one of the pictures in the folder that stands for one.
fn is_of_video(path: &Path, video: &Path) -> bool {
    let is_picture = || {
        matches!(
            FileKind::of(path),
            Ok(Some(FileKind::Png | FileKind::OtherPicture))
        )
    };
    let in_folder = || video.is_dir() && is_same(super::folder(path), video);
    is_same(path, video) || in_folder() && is_picture()
}

/// Returns whether two paths lead to one file.
#[cfg(unix)]
fn is_same(path: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |path| {
        fs::metadata(path)
            .ok()
            .map(|found| (found.dev(), found.ino()))
    };
    identity(path).is_some() && identity(path) == identity(other)
}

/// Returns whether two paths lead to one file. Hard links are not seen.
#[cfg(not(unix))]
fn is_same(path: &Path, other: &Path) -> bool {
    let whole = |path| fs::canonicalize(path).ok();
    whole(path).is_some() && whole(path) == whole(other)
}

/// Why an output may not replace what is at its path.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplaceFileError {
    /// The output is made of the file.
    #[error(
        "it is an input; choose another name (a program with `--replace` takes it as replaceable)"
    )]
    Input,
    /// A video is there.
    #[error("a video is there, which is never replaced; choose another name")]
    Video,
    /// A file of another kind is there.
    #[error(
        "{found} is there, expected {} or no file; choose another name or remove it (a program with \
         `--replace` takes it as replaceable)",
        OfKind(*new)
    )]
    Kind {
        /// The kind of the file.
        found: FileKind,
        /// The kind of the output.
        new: Option<FileKind>,
    },
    /// A folder is there.
    #[error("a folder is there, expected a file or nothing")]
    Folder,
    /// A device, a pipe or a socket is there.
    #[error("a device or a pipe is there, expected a file or nothing")]
    NoFile,
    /// What is there cannot be read.
    #[error("the file that is there cannot be read")]
    Unseen(#[source] io::Error),
}

struct OfKind(Option<FileKind>);

impl std::fmt::Display for OfKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(kind) => kind.fmt(f),
            None => f.write_str("an empty file"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn file(&self, name: &str, content: &[u8]) -> PathBuf {
            let path = self.0.path().join(name);
            fs::write(&path, content).unwrap();
            path
        }
    }

    const AVI: &[u8] = b"RIFF\x04\0\0\0AVI LIST";
    const CSV: &[u8] = b"scorer,DLC\n";

    fn write(guard: &OutputGuard, path: &Path, content: &[u8]) -> Result<(), String> {
        let written = guard.write(path, |file| file.write_all(content));
        written.map_err(|error| format!("{:?}", error.refusal().expect("a refusal")))
    }

    #[test]
    fn a_file_of_another_kind_is_kept_unless_it_is_named() {
        let folder = Folder::new();
        let path = folder.file("a.csv", CSV);
        let guard = OutputGuard::new();

        let error = write(&guard, &path, b"<html>").unwrap_err();
        assert!(error.contains("found: Csv, new: Some(Html)"), "{error}");
        assert_eq!(fs::read(&path).unwrap(), CSV);
        write(&guard, &path, b"scorer,other\n").unwrap();
        write(&guard.with_replaceable(&path), &path, b"<html>").unwrap();
        write(&OutputGuard::new(), &folder.file("empty", b""), b"<html>").unwrap();
    }

    #[test]
    fn a_video_is_kept_always() {
        let folder = Folder::new();
        let path = folder.file("a.avi", AVI);

        let named = OutputGuard::new().with_replaceable(&path);
        assert_eq!(write(&named, &path, CSV), Err("Video".into()));
        // A labelled video may be made again, an input may not.
        let guard = OutputGuard::new().with_video(&path);
        assert_eq!(write(&guard, &path, AVI), Err("Video".into()));
        assert_eq!(
            write(&guard.with_replaceable(&path), &path, AVI),
            Err("Video".into())
        );
        write(&OutputGuard::new(), &path, AVI).unwrap();
    }

    #[test]
    fn the_pictures_of_a_folder_that_is_the_video_are_kept() {
        let folder = Folder::new();
        let png = b"\x89PNG\r\n\x1a\n";
        let picture = folder.file("file0.png", png);
        let table = folder.file("a.csv", CSV);
        let guard = OutputGuard::new().with_video(folder.0.path());

        assert_eq!(write(&guard, &picture, png), Err("Video".into()));
        write(&guard, &table, CSV).unwrap();
        write(&guard, &folder.0.path().join("file1.png"), png).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn an_input_is_known_under_all_its_names() {
        use std::os::unix::fs::symlink;

        let folder = Folder::new();
        let path = folder.file("a.csv", CSV);
        let inner = folder.0.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let (soft, hard) = (folder.0.path().join("soft"), folder.0.path().join("hard"));
        symlink(&path, &soft).unwrap();
        fs::hard_link(&path, &hard).unwrap();
        let guard = OutputGuard::new().with_input(&soft);

        for name in [&path, &soft, &hard, &inner.join("../a.csv")] {
            assert_eq!(write(&guard, name, CSV), Err("Input".into()));
        }
        write(&guard.with_replaceable(&path), &hard, CSV).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_devices_are_no_outputs() {
        let folder = Folder::new();

        let error = write(&OutputGuard::new(), folder.0.path(), CSV);
        assert_eq!(error, Err("Folder".into()));
        let error = write(&OutputGuard::new(), Path::new("/dev/null"), CSV);
        assert_eq!(error, Err("NoFile".into()));
    }
}
