use std::{
    collections::BTreeSet,
    ffi::OsString,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use dlc_model::{Artifact, FileName, ParseScorerNameError, legacy_scorer};

use crate::{
    Limits, ReadPosesError,
    file_names::joined,
    h5,
    metadata::{MetadataFile, Recording},
};

/// A `.h5` of a session folder that is not read, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct LeftOut {
    /// The name of the file.
    pub file: String,
    /// Why it is not read.
    pub reason: LeftOutReason,
}

/// Why a `.h5` of a session folder is not read.
#[derive(Debug)]
#[non_exhaustive]
pub enum LeftOutReason {
    /// Its name is not UTF-8.
    NotUtf8,
    /// It has poses of another scorer than is asked for.
    OtherScorer {
        /// The scorer in the names of its columns.
        found: String,
    },
    /// Its name lacks the scorer in the names of its columns, and does not parse.
    NotInName {
        /// The scorer in the names of its columns.
        found: String,
    },
    /// It is no table of poses, and its name does not parse.
    Unreadable {
        /// Why it cannot be read.
        read: ReadPosesError,
        /// Why its name does not parse.
        name: ParseScorerNameError,
    },
    /// It has no poses, but something that was computed from them.
    NoPoses,
    /// It has poses of the other version.
    OtherVersion {
        /// `raw` or `filtered`.
        found: &'static str,
    },
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.file, self.reason)
    }
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("its name is not UTF-8"),
            Self::OtherScorer { found } => write!(f, "of the scorer {found}"),
            Self::NotInName { found } => write!(f, "its name lacks its scorer {found}"),
            Self::Unreadable { read, name } => {
                write!(f, "{}, and its name: {}", read.kind(), name.kind())
            }
            Self::NoPoses => f.write_str("it has no poses"),
            Self::OtherVersion { found } => f.write_str(found),
        }
    }
}

/// Returns the names of the files of a folder, sorted.
pub(super) fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name()));
    let mut names = entries.collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// The files with poses of a folder, and those that have others.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) poses: Vec<(FileName, PathBuf)>,
    pub(super) left_out: Vec<LeftOut>,
}

/// What a folder is searched for.
pub(super) struct Search<'a> {
    pub(super) folder: &'a Path,
    pub(super) names: &'a [OsString],
    /// The scorer that is asked for.
    pub(super) scorer: Option<&'a str>,
    pub(super) limits: &'a Limits,
}

impl Search<'_> {
    pub(super) fn run(&self) -> Listing {
        let mut listing = Listing::default();
        let is_h5 = |name: &&OsString| Path::new(name).extension().is_some_and(|end| end == "h5");
        for name in self.names.iter().filter(is_h5) {
            match self.file(name) {
                Ok(file) => listing.poses.push((file, self.folder.join(name))),
                Err(reason) => listing.left_out.push(LeftOut {
                    file: name.to_string_lossy().into_owned(),
                    reason,
                }),
            }
        }
        listing
    }

    fn file(&self, name: &OsString) -> Result<FileName, LeftOutReason> {
        let text = name.to_str().ok_or(LeftOutReason::NotUtf8)?;
        let text = &*joined(text);
        let inside = h5::Reader::new(self.folder.join(name))
            .with_limits(*self.limits)
            .scorer();
        let file = match self.scorer {
            Some(wanted) => of_wanted(text, wanted, inside)?,
            None => self.of_any(text, inside)?,
        };
        match file.artifact() {
            Some(Artifact::Poses) => Ok(file),
            _ => Err(LeftOutReason::NoPoses),
        }
    }

    /// Takes a name apart by the scorers that are known of the file, or parses it.
    fn of_any(
        &self,
        name: &str,
        inside: Result<String, ReadPosesError>,
    ) -> Result<FileName, LeftOutReason> {
        let known = inside.iter().cloned().find_map(|scorer| by(name, &scorer));
        let known = known.or_else(|| {
            self.scorers_beside(name)
                .find_map(|scorer| by(name, &scorer))
        });
        if let Some(file) = known {
            return Ok(file);
        }
        let parsed: Result<FileName, _> = name.parse();
        parsed.map_err(|error| match inside {
            Ok(found) => LeftOutReason::NotInName { found },
            Err(read) => LeftOutReason::Unreadable { read, name: error },
        })
    }

    /// Returns the scorers that the files beside a `.h5` tell, which begin as it does.
    fn scorers_beside(&self, h5: &str) -> impl Iterator<Item = String> {
        let base = h5.strip_suffix(".h5").unwrap_or(h5);
        let base = ["_filtered", "filtered"]
            .iter()
            .find_map(|end| base.strip_suffix(end))
            .unwrap_or(base)
            .to_owned();
        let endings = [
            "_meta.pickle",
            "includingmetadata.pickle",
            "_recording.json",
        ];
        endings.into_iter().filter_map(move |ending| {
            let name = format!("{base}{ending}");
            let is_it =
                |found: &&OsString| found.to_str().is_some_and(|found| joined(found) == name);
            let path = self.folder.join(self.names.iter().find(is_it)?);
            match ending.ends_with(".json") {
                true => Some(Recording::read(path, self.limits).ok()?.scorer),
                false => MetadataFile::read(path, self.limits)
                    .ok()?
                    .scorer()
                    .map(Into::into),
            }
        })
    }
}

/// Takes a name apart by a scorer, whose letters may be joined or apart.
pub(super) fn by(name: &str, scorer: &str) -> Option<FileName> {
    FileName::of_scorer(name, &joined(scorer))
}

/// Takes a name apart by the scorer that is asked for, or by the name that DeepLabCut gave it once.
///
/// A file whose own scorer stands in its name too is of that one: `vyDLC_x.h5` is of `DLC_x` and the
/// video `vy`, or of `yDLC_x` and the video `v`.
fn of_wanted(
    name: &str,
    wanted: &str,
    inside: Result<String, ReadPosesError>,
) -> Result<FileName, LeftOutReason> {
    let legacy = legacy_scorer(wanted);
    let wanted = BTreeSet::from([joined(wanted), joined(&legacy)]);
    let own = inside
        .iter()
        .find(|found| !wanted.contains(&joined(found)))
        .and_then(|found| by(name, found));
    let file = wanted.iter().find_map(|scorer| by(name, scorer));
    match (file, own, inside) {
        (Some(file), None, _) => Ok(file),
        (_, Some(own), _) => Err(LeftOutReason::OtherScorer {
            found: own.scorer().into(),
        }),
        (None, None, Ok(found)) => Err(LeftOutReason::NotInName { found }),
        (None, None, Err(read)) => match name.parse::<FileName>() {
            Ok(file) => Err(LeftOutReason::OtherScorer {
                found: file.scorer().into(),
            }),
            Err(name) => Err(LeftOutReason::Unreadable { read, name }),
        },
    }
}
