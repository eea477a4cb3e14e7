use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

use dlc_model::{Artifact, FileName};

use super::{
    LeftOut, LeftOutReason, SessionError, SessionErrorKind as Kind,
    listing::{Listing, Search, by, names},
};
use crate::{
    Limits,
    file_names::{joined, same},
    metadata::Recording,
};

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
/// A file belongs to a scorer whose name stands in its own: the one that is asked for, else the one in
/// the names of its columns, else the one in the metadata beside it. Any scorer will do. Only the name
/// of a file of which nothing is known is parsed, as [`FileName`] does.
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
    names: Vec<OsString>,
    scorer: Option<String>,
    pub(super) version: Version,
}

/// The files of a video in a session folder.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionVideo {
    /// The stem of the video; empty when the only one's files have no name but the scorer.
    pub stem: String,
    /// The scorer in the names of its files.
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
        Ok(Self {
            basename: basename.into(),
            config: config.map(|name| path.join(name)),
            names,
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
    /// Returns an error when there are no predictions (it names the files that are left out), when
    /// there are predictions of several networks and none is chosen, when a video has several files of
    /// the version asked for, or when some videos have one and others have none.
    pub fn videos(&self) -> Result<Vec<SessionVideo>, SessionError> {
        self.videos_within(&Limits::default())
    }

    pub(super) fn videos_within(&self, limits: &Limits) -> Result<Vec<SessionVideo>, SessionError> {
        self.find(limits)
            .map_err(|kind| SessionError::new(&self.path, kind))
    }

    /// Returns the `.h5` that are not read, each with its reason, in the order of their names.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let listing = self.listing(&Limits::default());
        self.with_other_version(listing)
    }

    /// Returns the files that are left out, those of the other version among them.
    fn with_other_version(&self, listing: Listing) -> Vec<LeftOut> {
        let Listing {
            poses,
            mut left_out,
        } = listing;
        let other = match self.version {
            Version::Raw => Version::Filtered,
            Version::Filtered => Version::Raw,
        };
        let is_other = |name: &FileName| name.is_filtered() == (other == Version::Filtered);
        let others = poses.iter().filter(|(name, _)| is_other(name));
        left_out.extend(others.map(|(_, path)| LeftOut {
            file: file_name(path),
            reason: LeftOutReason::OtherVersion {
                found: other.name(),
            },
        }));
        left_out.sort_by(|a, b| a.file.cmp(&b.file));
        left_out
    }

    fn listing(&self, limits: &Limits) -> Listing {
        let search = Search {
            folder: &self.path,
            names: &self.names,
            scorer: self.scorer.as_deref(),
            limits,
        };
        search.run()
    }

    fn find(&self, limits: &Limits) -> Result<Vec<SessionVideo>, Kind> {
        let listing = self.listing(limits);
        let poses = &listing.poses;
        self.check_scorers(poses)?;
        let stems: BTreeSet<&str> = poses.iter().map(|(name, _)| name.stem()).collect();
        let mut found = BTreeMap::new();
        for stem in &stems {
            if let Some((name, path)) = self.choose(stem, poses)? {
                found.insert(String::from(*stem), self.video(name, path));
            }
        }
        let without = stems.iter().filter(|stem| !found.contains_key(**stem));
        let stems: Vec<String> = without.map(|stem| String::from(*stem)).collect();
        let version = self.version.name();
        if found.is_empty() {
            let left_out = self.with_other_version(listing);
            return Err(Kind::NoPredictions { version, left_out });
        }
        if !stems.is_empty() {
            return Err(Kind::Mixed { version, stems });
        }
        let mut videos: Vec<SessionVideo> = found.into_values().collect();
        videos.sort_by(|a, b| by_number(&a.stem, &b.stem));
        Ok(videos)
    }

    /// Checks that the scorer is asked for, or that there is only one.
    fn check_scorers(&self, poses: &[(FileName, PathBuf)]) -> Result<(), Kind> {
        let scorers: BTreeSet<&str> = poses.iter().map(|(name, _)| name.scorer()).collect();
        match self.scorer.is_none() && scorers.len() > 1 {
            true => Err(Kind::Scorers {
                scorers: scorers.into_iter().map(String::from).collect(),
            }),
            false => Ok(()),
        }
    }

    /// Returns the file of a video in the version asked for.
    ///
    /// The scorer that is asked for comes before DeepLabCut's old name for it, and poses of one animal
    /// before those of a tracker.
    fn choose<'a>(
        &self,
        stem: &str,
        poses: &'a [(FileName, PathBuf)],
    ) -> Result<Option<&'a (FileName, PathBuf)>, Kind> {
        let filtered = self.version == Version::Filtered;
        let of_video = |(name, _): &&(FileName, PathBuf)| {
            name.stem() == stem && name.is_filtered() == filtered
        };
        let rank = |name: &FileName| {
            let asked = self.scorer.as_deref();
            let legacy = asked.is_some_and(|asked| !same(asked, name.scorer()));
            (legacy, name.tracker().is_some())
        };
        let mut files: Vec<_> = poses.iter().filter(of_video).collect();
        let best = files.iter().map(|(name, _)| rank(name)).min();
        files.retain(|(name, _)| Some(rank(name)) == best);
        match files[..] {
            [] => Ok(None),
            [file] => Ok(Some(file)),
            _ => Err(Kind::SeveralFiles {
                stem: stem.into(),
                version: self.version.name(),
                files: files.iter().map(|(_, path)| file_name(path)).collect(),
            }),
        }
    }

    fn video(&self, name: &FileName, h5: &Path) -> SessionVideo {
        let is_metadata = |other: &str| {
            by(&joined(other), name.scorer()).is_some_and(|other| {
                other.stem() == name.stem() && other.artifact() == Some(Artifact::Metadata)
            })
        };
        let names = || self.names.iter().filter_map(|name| name.to_str());
        let recording = Recording::path_beside(self.path.join(name.base() + ".h5"));
        let recording = file_name(&recording);
        SessionVideo {
            stem: name.stem().into(),
            scorer: name.scorer().into(),
            h5: h5.into(),
            metadata: names()
                .filter(|name| is_metadata(name))
                .map(|name| self.path.join(name))
                .collect(),
            recording: names()
                .find(|name| same(name, &recording))
                .map(|name| self.path.join(name)),
        }
    }
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
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
