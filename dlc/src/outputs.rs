use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use dlc_io::atomic::{FileKind, OutputGuard, WriteFileError};

use crate::AnalyzeVideoErrorKind;

/// The files that hold the result of one video.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OutputPaths {
    /// `{video}{scorer}.h5`: the poses, as pandas reads them.
    pub h5: PathBuf,
    /// `{video}{scorer}.csv`: the same as text.
    pub csv: PathBuf,
    /// `{video}{scorer}_meta.pickle`: how they were made.
    pub meta: PathBuf,
}

impl OutputPaths {
    /// Returns the paths for a video, beside it or in `destination`.
    pub(crate) fn new(video: &Path, scorer: &str, destination: Option<&Path>) -> Self {
        let folder = destination
            .or_else(|| video.parent())
            .unwrap_or(Path::new(""));
        let stem = video.file_stem().unwrap_or_default();
        let path = |suffix: &str| folder.join(appended(stem, &[scorer, suffix]));
        Self {
            h5: path(".h5"),
            csv: path(".csv"),
            meta: path("_meta.pickle"),
        }
    }

    /// Makes the folder when it is missing, and makes sure that files can be created in it.
    ///
    /// Before an hour of work, not after it.
    pub(crate) fn check_folder(&self) -> Result<(), AnalyzeVideoErrorKind> {
        check_kinds(&self.h5, &self.csv, Some(&self.meta))?;
        check_folder_of(&self.h5).map_err(|source| AnalyzeVideoErrorKind::Destination {
            folder: self.h5.parent().unwrap_or(Path::new("")).to_owned(),
            source,
        })
    }

    /// Returns whether all of them are there.
    pub(crate) fn exist(&self) -> bool {
        [&self.h5, &self.csv, &self.meta]
            .iter()
            .all(|path| path.exists())
    }
}

/// Makes sure that results replace results alone, before they are computed.
pub(crate) fn check_kinds(
    h5: &Path,
    csv: &Path,
    meta: Option<&PathBuf>,
) -> Result<(), WriteFileError> {
    let guard = OutputGuard::new();
    guard.check(h5, FileKind::PandasTable)?;
    guard.check(csv, FileKind::Csv)?;
    meta.map_or(Ok(()), |meta| guard.check(meta, FileKind::Pickle))
}

/// Returns a name with texts behind it, exact whatever the name holds.
pub(crate) fn appended(name: &OsStr, texts: &[&str]) -> OsString {
    let mut appended = name.to_owned();
    texts.iter().for_each(|text| appended.push(text));
    appended
}

/// Makes the folder of a file when it is missing, and makes sure that files can be created in it.
pub(crate) fn check_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder)?;
    }
    dlc_io::atomic::AtomicFile::create(path)
        .map(drop)
        .map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_after_video_and_scorer() {
        let paths = OutputPaths::new(Path::new("a.b/clip.v2.mp4"), "DLC_x", None);

        assert_eq!(paths.h5, Path::new("a.b/clip.v2DLC_x.h5"));
        assert_eq!(paths.meta, Path::new("a.b/clip.v2DLC_x_meta.pickle"));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_stay_what_they_are() {
        use std::os::unix::ffi::OsStrExt;

        let of = |name| OutputPaths::new(Path::new(OsStr::from_bytes(name)), "DLC_x", None).h5;

        assert_eq!(of(b"a\xff.mp4").as_os_str().as_bytes(), b"a\xffDLC_x.h5");
        assert_ne!(of(b"a\xff.mp4"), of(b"a\xfe.mp4"));
    }
}
