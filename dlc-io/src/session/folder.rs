use std::{
    cmp::Ordering,
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use dlc_model::{Artifact, FileName};

use super::{SessionError, SessionErrorKind as Kind};
use crate::metadata::Recording;

/// Whether keypoints are as the network gave them.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Version {
    /// As the network gave them.
    #[default]
    Raw,
    /// Filtered afterwards: `…filtered.h5`.
    Filtered,
}

impl Version {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Filtered => "filtered",
        }
    }
}

/// What a session folder holds.
///
/// # Examples
///
/// ```no_run
/// use dlc_io::session::{SessionFolder, Version};
///
/// let folder = SessionFolder::open("dlc_94557-imaging")?;
/// let session = folder.with_version(Version::Raw).read()?;
///
/// for video in session.videos() {
///     println!("{}: rows {:?} from {:?} on", video.stem, video.rows, video.start);
/// }
/// # Ok::<(), dlc_io::session::SessionError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SessionFolder {
    pub(super) path: PathBuf,
    basename: String,
    config: Option<PathBuf>,
    files: Vec<(FileName, PathBuf)>,
    scorer: Option<String>,
    pub(super) version: Version,
}

/// The files of a video in a session folder.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionVideo {
    /// The stem of the video; empty when the only one's files have no name but the scorer.
    pub stem: String,
    /// The scorer that the names of its files tell.
    pub scorer: String,
    /// The predictions.
    pub h5: PathBuf,
    /// `_meta.pickle`, `includingmetadata.pickle`, or both.
    pub metadata: Vec<PathBuf>,
    /// The facts of the recording, where there are.
    pub recording: Option<PathBuf>,
}

/// The names that a configuration has in a session folder, the first of which counts.
const CONFIGS: [&str; 3] = ["dlc_config_file.yml", "dlc_config_file.yaml", "config.yaml"];

impl SessionFolder {
    /// Lists a folder.
    ///
    /// # Errors
    ///
    /// Returns an error when the folder cannot be listed, or when its name does not begin with
    /// `dlc_`.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SessionError> {
        let path = path.as_ref();
        let found = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(basename) = found.strip_prefix("dlc_").or(found.strip_prefix("dlc")) else {
            let found = found.into_owned();
            return Err(SessionError::new(path, Kind::FolderName { found }));
        };
        let names = names(path).map_err(|error| SessionError::new(path, Kind::Io(error)))?;
        let config = CONFIGS.iter().find(|name| names.iter().any(|n| n == *name));
        let files = names.iter().filter_map(|name| {
            let file: FileName = name.parse().ok()?;
            Some((file, path.join(name)))
        });
        Ok(Self {
            basename: basename.into(),
            config: config.map(|name| path.join(name)),
            files: files.collect(),
            scorer: None,
            version: Version::Raw,
            path: path.into(),
        })
    }

    /// Chooses among several networks.
    #[must_use]
    pub fn with_scorer(mut self, scorer: impl Into<String>) -> Self {
        self.scorer = Some(scorer.into());
        self
    }

    /// Chooses raw keypoints, as [`Self::open`] does, or filtered ones.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    /// Returns the base name of the recording: what follows `dlc_`.
    pub fn basename(&self) -> &str {
        &self.basename
    }

    /// Returns the configuration of the project, where there is one.
    pub fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Returns the videos in the order of their names, where numbers count as such: `_2` comes
    /// before `_10`.
    ///
    /// # Errors
    ///
    /// Returns an error when there are predictions of several networks and none is chosen, or when
    /// some videos have predictions of the version asked for and others have none.
    pub fn videos(&self) -> Result<Vec<SessionVideo>, SessionError> {
        self.find()
            .map_err(|kind| SessionError::new(&self.path, kind))
    }

    fn find(&self) -> Result<Vec<SessionVideo>, Kind> {
        let scorer = self.scorer()?;
        let version = self.version.name();
        let filtered = self.version == Version::Filtered;
        let mut videos: BTreeMap<&str, Option<PathBuf>> = BTreeMap::new();
        for (name, path) in self.poses().filter(|(name, _)| is_by(name, &scorer)) {
            let video = videos.entry(name.stem()).or_default();
            if name.is_filtered() == filtered {
                *video = Some(path.clone());
            }
        }
        let without = videos.iter().filter(|video| video.1.is_none());
        let stems: Vec<String> = without.map(|video| String::from(*video.0)).collect();
        if stems.len() == videos.len() {
            return Err(Kind::NoPredictions { version });
        }
        if !stems.is_empty() {
            return Err(Kind::Mixed { version, stems });
        }
        let videos = videos.into_iter();
        let mut videos: Vec<SessionVideo> = videos
            .filter_map(|(stem, h5)| Some(self.video(stem, &scorer, h5?)))
            .collect();
        videos.sort_by(|a, b| by_number(&a.stem, &b.stem));
        Ok(videos)
    }

    /// Returns the scorer that is asked for, or the only one.
    fn scorer(&self) -> Result<String, Kind> {
        if let Some(scorer) = &self.scorer {
            return Ok(scorer.clone());
        }
        let mut scorers: Vec<String> = self
            .poses()
            .map(|(name, _)| name.scorer().to_string())
            .collect();
        scorers.sort();
        scorers.dedup();
        match scorers.len() {
            0 => Err(Kind::NoPredictions {
                version: self.version.name(),
            }),
            1 => Ok(scorers.remove(0)),
            _ => Err(Kind::Scorers { scorers }),
        }
    }

    fn poses(&self) -> impl Iterator<Item = &(FileName, PathBuf)> {
        let files = self.files.iter();
        files.filter(|(name, _)| {
            name.artifact() == Some(Artifact::Poses) && name.extension() == "h5"
        })
    }

    fn video(&self, stem: &str, scorer: &str, h5: PathBuf) -> SessionVideo {
        let of_video = |name: &FileName| name.stem() == stem && is_by(name, scorer);
        let files = self.files.iter().filter(|(name, _)| of_video(name));
        let metadata = files.filter(|(name, _)| name.artifact() == Some(Artifact::Metadata));
        let raw = self.path.join(format!("{stem}{scorer}.h5"));
        let recording = Recording::path_beside(raw);
        SessionVideo {
            stem: stem.into(),
            scorer: scorer.into(),
            h5,
            metadata: metadata.map(|(_, path)| path.clone()).collect(),
            recording: recording.exists().then_some(recording),
        }
    }
}

fn is_by(name: &FileName, scorer: &str) -> bool {
    name.scorer().to_string() == scorer
}

/// Returns the names of the files of a folder, sorted.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

/// Compares names, with digits that stand side by side as numbers.
fn by_number(a: &str, b: &str) -> Ordering {
    pieces(a).cmp(pieces(b)).then_with(|| a.cmp(b))
}

/// Returns what stands before each number, and its length and digits without leading zeros.
fn pieces(name: &str) -> impl Iterator<Item = (&str, usize, &str)> {
    let mut rest = name;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let digits = rest.find(|c: char| c.is_ascii_digit());
        let (text, behind) = rest.split_at(digits.unwrap_or(rest.len()));
        let end = behind.find(|c: char| !c.is_ascii_digit());
        let (number, behind) = behind.split_at(end.unwrap_or(behind.len()));
        rest = behind;
        let number = number.trim_start_matches('0');
        Some((text, number.len(), number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["v_10", "v_9b", "v_9", "v_009", "w", "v_2", "v", ""];
        names.sort_by(|a, b| by_number(a, b));
        assert_eq!(names, ["", "v", "v_2", "v_009", "v_9", "v_9b", "v_10", "w"]);
    }
}
