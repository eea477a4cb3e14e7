use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

use dlc_io::{
    atomic::{FileKind, OutputGuard, WriteFileError},
    file_names::existing,
};

use crate::{analysis::AnalyzeVideoErrorKind, results::beside};

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

    /// Returns the files as they are named on the disk, if the `.h5` is there: its letters and accents
    /// may be apart, and the metadata may have the name that DeepLabCut gave them until 2.1.8.
    pub(crate) fn there(self) -> Option<Self> {
        let h5 = existing(&self.h5)?;
        let meta = beside(&h5, "_meta.pickle");
        let old = beside(&h5, "includingmetadata.pickle");
        Some(Self {
            csv: beside(&h5, ".csv"),
            meta: if !meta.exists() && old.exists() {
                old
            } else {
                meta
            },
            h5,
        })
    }
}

/// Makes sure that each video has results of its own: in one folder, two videos of one name would
/// share them, and the later one's would take the place of the first one's.
///
/// `destination` is the folder of the results, or `None` for that of each video. Nothing is opened,
/// so that this can come before a model is loaded. Names that differ in upper and lower case alone
/// count as one, because they are one file on Windows and macOS.
///
/// # Errors
///
/// Returns an error that names two videos.
///
/// # Examples
///
/// ```
/// use std::path::Path;
///
/// let error = dlc::analysis::check_videos(&["a/mouse.avi", "b/mouse.mp4"], Some(Path::new("out"))).unwrap_err();
///
/// assert!(error.to_string().starts_with("the results of a/mouse.avi and b/mouse.mp4"));
/// ```
pub fn check_videos<V: AsRef<Path>>(
    videos: &[V],
    destination: Option<&Path>,
) -> Result<(), SameResultsError> {
    let mut seen: BTreeMap<(PathBuf, OsString), &Path> = BTreeMap::new();
    for video in videos.iter().map(AsRef::as_ref) {
        let folder = absolute(destination.unwrap_or(parent(video)));
        let stem = video.file_stem().unwrap_or_default();
        let lower = stem.to_str().map(|stem| stem.to_lowercase().into());
        let stem = lower.unwrap_or_else(|| stem.to_owned());
        if let Some(first) = seen.insert((folder.clone(), stem), video) {
            return Err(SameResultsError {
                kind: SameResultsKind::of(first, video),
                videos: [first.to_owned(), video.to_owned()],
                folder,
            });
        }
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Returns one path for a folder, whatever it is called by, also for one that is not there yet.
fn absolute(folder: &Path) -> PathBuf {
    let there = fs::canonicalize(folder);
    let there = there.or_else(|_| std::path::absolute(folder));
    there.unwrap_or_else(|_| folder.to_owned())
}

/// An error returned when two videos would have the same results.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the results of {} and {} would have the same names in {}: {kind}",
    videos[0].display(), videos[1].display(), folder.display())]
pub struct SameResultsError {
    videos: [PathBuf; 2],
    folder: PathBuf,
    kind: SameResultsKind,
}

impl SameResultsError {
    /// Returns the two videos.
    pub fn videos(&self) -> &[PathBuf; 2] {
        &self.videos
    }

    /// Returns the folder of the results.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the reason.
    pub fn kind(&self) -> SameResultsKind {
        self.kind
    }
}

/// Why two videos would have the same results.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SameResultsKind {
    /// They are one video.
    #[error("they are one video, name it once")]
    SameVideo,
    /// Their names are equal up to the ending.
    #[error("rename one, or give each a folder of its own")]
    SameName,
    /// Their names differ in upper and lower case alone.
    #[error(
        "their names differ in upper and lower case alone, which not all disks tell apart; rename one"
    )]
    SameButForCase,
}

impl SameResultsKind {
    fn of(first: &Path, second: &Path) -> Self {
        let file = |path: &Path| fs::canonicalize(path).ok();
        let is_same_file = file(first).is_some_and(|there| file(second) == Some(there));
        match first.file_stem() == second.file_stem() {
            _ if first == second || is_same_file => Self::SameVideo,
            true => Self::SameName,
            false => Self::SameButForCase,
        }
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

    fn kind(videos: &[&str], destination: Option<&str>) -> Option<SameResultsKind> {
        let checked = check_videos(videos, destination.map(Path::new));
        checked.err().map(|error| error.kind())
    }

    #[test]
    fn two_videos_have_two_results() {
        use SameResultsKind::{SameButForCase, SameName, SameVideo};

        let out = Some("nowhere/out");
        assert_eq!(kind(&["a/v.mp4", "b/v.mp4"], out), Some(SameName));
        assert_eq!(kind(&["a/v.mp4", "b/v.mp4"], None), None);
        assert_eq!(kind(&["a/v.mp4", "w.avi", "a/v.avi"], None), Some(SameName));
        assert_eq!(kind(&["a/v.mp4", "a/V.mp4"], None), Some(SameButForCase));
        assert_eq!(kind(&["a/v.mp4", "a/v.mp4"], None), Some(SameVideo));
        assert_eq!(kind(&["a/v.mp4", "a/w.mp4"], out), None);
        assert_eq!(kind(&["./v.mp4", "v.avi"], None), Some(SameName));
    }

    #[cfg(unix)]
    #[test]
    fn folders_and_videos_by_other_paths_are_the_same() {
        use std::os::unix::fs::symlink;

        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir(at("a")).unwrap();
        for name in ["a/v.mp4", "a/v.avi"] {
            fs::write(at(name), name).unwrap();
        }
        symlink(at("a"), at("b")).unwrap();
        symlink(at("a/v.mp4"), at("v.mp4")).unwrap();

        let kind = |videos: [PathBuf; 2], out: Option<PathBuf>| {
            let checked = check_videos(&videos, out.as_deref());
            checked.err().map(|error| error.kind())
        };
        let [video, avi] = [at("a/v.mp4"), at("b/v.avi")];
        assert_eq!(
            kind([video.clone(), avi], None),
            Some(SameResultsKind::SameName)
        );
        let again = [video, at("v.mp4")];
        assert_eq!(kind(again.clone(), None), None);
        assert_eq!(kind(again, Some(at("a"))), Some(SameResultsKind::SameVideo));
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_text_differ() {
        use std::os::unix::ffi::OsStrExt;

        let names = [&b"a/v\xff.mp4"[..], b"a/v\xfe.mp4"];
        let videos = names.map(|name| PathBuf::from(std::ffi::OsStr::from_bytes(name)));

        assert!(check_videos(&videos, None).is_ok());
    }
}
