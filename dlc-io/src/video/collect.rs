use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use super::{OpenVideoErrorKind, images::is_picture};

/// How the names of videos end that are looked for in a folder: DeepLabCut's `SUPPORTED_VIDEOS`.
pub const VIDEO_TYPES: [&str; 10] = [
    "avi", "mp4", "mov", "mpeg", "mpg", "mpv", "mkv", "flv", "qt", "yuv",
];

/// What the names of videos have in them that DeepLabCut itself makes.
const MADE: [&str; 2] = ["_labeled.", "_full."];

/// The videos that were meant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct CollectedVideos {
    /// The videos, in the order in which they were named; those of a folder in that of their names.
    pub videos: Vec<PathBuf>,
    /// What lies beside them and is not analysed, though somebody may think so.
    pub left_out: Vec<LeftOut>,
}

/// What is left out of a list of videos.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LeftOut {
    /// A folder has videos, so that its pictures are none.
    Pictures {
        /// The folder.
        folder: PathBuf,
        /// How many pictures it has.
        count: usize,
    },
    /// A folder has videos that DeepLabCut made: `…_labeled.…` or `…_full.…`.
    Labeled {
        /// The folder.
        folder: PathBuf,
        /// How many.
        count: usize,
    },
    /// A file was named whose name ends otherwise than was asked for.
    Type(PathBuf),
    /// A video was named before, perhaps by another path.
    Again(PathBuf),
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pictures { folder, count } => write!(
                f,
                "{}: it has videos; pictures that are left out: {count}",
                folder.display()
            ),
            Self::Labeled { folder, count } => write!(
                f,
                "{}: labelled videos that are left out: {count}",
                folder.display()
            ),
            Self::Type(path) => {
                write!(f, "{}: left out, its name ends otherwise", path.display())
            }
            Self::Again(path) => write!(f, "{}: left out, it is named twice", path.display()),
        }
    }
}

/// Lists the videos that paths stand for, as DeepLabCut's `collect_video_paths`.
///
/// A file stands for itself. A folder stands for the files in it, not deeper, whose names end in one
/// of `videotype` (DeepLabCut's `videotype`, with or without a dot, in any case; none: one of
/// [`VIDEO_TYPES`]); those that DeepLabCut made (`*_labeled.*`, `*_full.*`) and hidden ones are left
/// out. A folder that has pictures and no videos is a video of pictures and stands for itself. Of
/// files that are named, those with another ending than one of `videotype` are left out.
///
/// One video is listed once, also where it is named by two paths, as long as its results would go by
/// one name.
///
/// DIFFERENCE: videos stay in the order in which they are named, and `x_labeled.mp4` is one when it is
/// named. DeepLabCut sorts all of them, and leaves it out without a word. A file that is not there is
/// listed, too: whoever opens it tells, and the others can be analysed.
///
/// # Errors
///
/// Returns an error when a folder cannot be read or has neither videos nor pictures, or when nothing
/// is left.
///
/// # Examples
///
/// ```
/// use dlc_io::video;
///
/// let folder = tempfile::tempdir()?;
/// for name in ["b.avi", "a.MP4", "a_labeled.mp4", "notes.txt", "frame.png"] {
///     std::fs::write(folder.path().join(name), "")?;
/// }
///
/// let found = video::collect([folder.path()], &[])?;
///
/// assert_eq!(found.videos, [folder.path().join("a.MP4"), folder.path().join("b.avi")]);
/// assert_eq!(found.left_out.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn collect<P: AsRef<Path>>(
    paths: impl IntoIterator<Item = P>,
    videotype: &[&str],
) -> Result<CollectedVideos, CollectVideosError> {
    let endings = Endings::new(videotype);
    let mut found = CollectedVideos::default();
    for path in paths {
        endings.collect(path.as_ref(), &mut found)?;
    }
    if found.videos.is_empty() {
        let endings = endings.names;
        return Err(CollectVideosError::NoVideos { endings });
    }
    found.list_once();
    Ok(found)
}

/// Returns an error if a folder that is opened as a video of pictures contains videos.
pub(super) fn check_no_videos(folder: &Path) -> Result<(), OpenVideoErrorKind> {
    let listed = Endings::new(&[]).list(folder);
    let listed = listed.map_err(OpenVideoErrorKind::Io)?;
    match listed.videos.first() {
        None => Ok(()),
        Some(first) => Err(OpenVideoErrorKind::FolderOfVideos {
            count: listed.videos.len(),
            name: name(first),
        }),
    }
}

/// How the names of videos may end, in lower case and without a dot.
struct Endings {
    names: Vec<String>,
    are_asked_for: bool,
}

/// What a folder holds.
#[derive(Default)]
struct Listed {
    videos: Vec<PathBuf>,
    labeled: usize,
    pictures: usize,
}

impl Endings {
    fn new(videotype: &[&str]) -> Self {
        let names = |names: &[&str]| {
            let names = names.iter().map(|name| name.trim_start_matches('.'));
            let names = names.filter(|name| !name.is_empty());
            names.map(str::to_lowercase).collect()
        };
        let asked: Vec<String> = names(videotype);
        match asked.is_empty() {
            true => Self {
                names: names(&VIDEO_TYPES),
                are_asked_for: false,
            },
            false => Self {
                names: asked,
                are_asked_for: true,
            },
        }
    }

    fn has(&self, path: &Path) -> bool {
        let ending = path.extension().unwrap_or_default().to_string_lossy();
        self.names.contains(&ending.to_lowercase())
    }

    fn collect(&self, path: &Path, found: &mut CollectedVideos) -> Result<(), CollectVideosError> {
        if path.is_dir() {
            let listed = self.list(path).map_err(|source| CollectVideosError::Io {
                folder: path.into(),
                source,
            })?;
            return self.collect_folder(path, listed, found);
        }
        match self.are_asked_for && !self.has(path) {
            true => found.left_out.push(LeftOut::Type(path.into())),
            false => found.videos.push(path.into()),
        }
        Ok(())
    }

    fn collect_folder(
        &self,
        folder: &Path,
        listed: Listed,
        found: &mut CollectedVideos,
    ) -> Result<(), CollectVideosError> {
        let Listed {
            videos,
            labeled,
            pictures,
        } = listed;
        if videos.is_empty() && (pictures == 0 || self.are_asked_for) {
            return Err(CollectVideosError::EmptyFolder {
                folder: folder.into(),
                endings: self.names.clone(),
                labeled,
            });
        }
        if videos.is_empty() {
            found.videos.push(folder.into());
            return Ok(());
        }
        found.videos.extend(videos);
        let folder = || folder.to_owned();
        if labeled > 0 {
            let (folder, count) = (folder(), labeled);
            found.left_out.push(LeftOut::Labeled { folder, count });
        }
        if pictures > 0 {
            let (folder, count) = (folder(), pictures);
            found.left_out.push(LeftOut::Pictures { folder, count });
        }
        Ok(())
    }

    fn list(&self, folder: &Path) -> io::Result<Listed> {
        let mut listed = Listed::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if !self.has(&path) {
                listed.pictures += usize::from(is_picture(Path::new(&name(&path))));
            } else if is_made(&path) {
                listed.labeled += 1;
            } else if !name(&path).starts_with('.') && path.is_file() {
                listed.videos.push(path);
            }
        }
        listed.videos.sort();
        Ok(listed)
    }
}

/// Returns whether the name is one that DeepLabCut gives to a video that it makes.
fn is_made(path: &Path) -> bool {
    let name = name(path);
    MADE.iter().any(|part| name.contains(part))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

impl CollectedVideos {
    /// Leaves out a video that was named before: the same file, whose results go by the same name.
    fn list_once(&mut self) {
        let mut seen = BTreeSet::new();
        for path in std::mem::take(&mut self.videos) {
            let file = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            let folder = match path.parent() {
                Some(folder) if !folder.as_os_str().is_empty() => folder,
                _ => Path::new("."),
            };
            let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.into());
            let stem = path.file_stem().unwrap_or_default().to_owned();
            match seen.insert((file, folder, stem)) {
                true => self.videos.push(path),
                false => self.left_out.push(LeftOut::Again(path)),
            }
        }
    }
}

/// An error returned when there are no such videos.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectVideosError {
    /// A folder cannot be read.
    #[error("could not list the videos in {}", folder.display())]
    Io {
        /// The folder.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A folder has neither videos nor pictures.
    #[error(
        "no videos in {}: expected names that end in {}{}",
        folder.display(), endings.join(", "), Labeled(*.labeled)
    )]
    EmptyFolder {
        /// The folder.
        folder: PathBuf,
        /// How their names would end.
        endings: Vec<String>,
        /// How many labelled videos it has, which do not count.
        labeled: usize,
    },
    /// Nothing is named, or no name ends so.
    #[error("no videos: expected names that end in {}", endings.join(", "))]
    NoVideos {
        /// How their names would end.
        endings: Vec<String>,
    },
}

struct Labeled(usize);

impl fmt::Display for Labeled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            count => write!(f, " (labelled videos do not count, found {count})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(folder.path().join(name), "").unwrap();
        }
        folder
    }

    fn names(found: &CollectedVideos) -> Vec<String> {
        found.videos.iter().map(|path| name(path)).collect()
    }

    #[test]
    fn a_folder_has_the_videos_that_deeplabcut_finds() {
        // Source: DeepLabCut 3.0.1, tests/utils/test_collect_video_paths.py
        let made = [
            "video.mp4",
            "B.AVI",
            "c.Mkv",
            "video_labeled.mp4",
            "video_full.mp4",
            "notes.txt",
            "results.h5",
            "abcd1234",
            "._video.mp4",
        ];
        let folder = folder(&made);
        fs::create_dir(folder.path().join("folder.mp4")).unwrap();

        let found = collect([folder.path()], &[]).unwrap();

        assert_eq!(names(&found), ["B.AVI", "c.Mkv", "video.mp4"]);
        let left = LeftOut::Labeled {
            folder: folder.path().into(),
            count: 2,
        };
        assert_eq!(found.left_out, [left]);
        for asked in ["mp4", ".MP4"] {
            let found = collect([folder.path()], &[asked]).unwrap();
            assert_eq!(names(&found), ["video.mp4"]);
        }
        let found = collect([folder.path()], &["mkv", "avi"]).unwrap();
        assert_eq!(names(&found), ["B.AVI", "c.Mkv"]);
    }

    #[test]
    fn named_files_are_videos_whatever_their_names() {
        let folder = folder(&["b", "a.mp4", "a_labeled.mp4"]);
        let paths = ["b", "a_labeled.mp4", "a.mp4"].map(|name| folder.path().join(name));

        assert_eq!(
            names(&collect(&paths, &[]).unwrap()),
            ["b", "a_labeled.mp4", "a.mp4"]
        );
        let found = collect(&paths, &["mp4"]).unwrap();
        assert_eq!(names(&found), ["a_labeled.mp4", "a.mp4"]);
        assert_eq!(found.left_out, [LeftOut::Type(paths[0].clone())]);
        let error = collect(&paths, &["mov"]).unwrap_err().to_string();
        assert_eq!(error, "no videos: expected names that end in mov");
        let missing = [folder.path().join("x.mp4")];
        assert_eq!(collect(&missing, &[]).unwrap().videos, missing);
    }

    #[test]
    fn videos_win_over_pictures_and_the_folder_says_so() {
        let pictures = folder(&["a.png", "b.JPG"]);
        let found = collect([pictures.path()], &[]).unwrap();
        assert_eq!(found.videos, [pictures.path()]);
        assert!(check_no_videos(pictures.path()).is_ok());

        let mixed = folder(&["a.png", "b.JPG", "v.mp4", "w.avi"]);
        let found = collect([mixed.path()], &[]).unwrap();
        assert_eq!(names(&found), ["v.mp4", "w.avi"]);
        let text = found.left_out[0].to_string();
        assert!(text.ends_with("pictures that are left out: 2"), "{text}");
        let error = check_no_videos(mixed.path()).unwrap_err().to_string();
        assert!(error.contains("2 videos, such as \"v.mp4\""), "{error}");
    }

    #[test]
    fn an_empty_folder_names_what_was_looked_for() {
        let folder = folder(&["notes.txt", "a_labeled.mp4"]);
        let error = collect([folder.path()], &[]).unwrap_err().to_string();
        assert!(
            error.ends_with(
                "expected names that end in avi, mp4, mov, mpeg, mpg, mpv, mkv, flv, qt, \
                 yuv (labelled videos do not count, found 1)"
            ),
            "{error}"
        );
        assert!(collect(Vec::<PathBuf>::new(), &[]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn one_video_is_listed_once() {
        use std::os::unix::fs::symlink;

        let folder = folder(&["a.mp4"]);
        let at = |name: &str| folder.path().join(name);
        symlink(at("a.mp4"), at("b.mp4")).unwrap();
        symlink(at("a.mp4"), at("a.avi")).unwrap();
        let paths = [at("a.mp4"), at("./a.mp4"), at("b.mp4"), at("a.avi")];

        let found = collect(&paths, &[]).unwrap();

        // `b` is the same video, and has results of its own.
        assert_eq!(names(&found), ["a.mp4", "b.mp4"]);
        assert_eq!(found.left_out.len(), 2);
    }
}
