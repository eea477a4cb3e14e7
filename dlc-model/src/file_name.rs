use std::{fmt, str::FromStr};

use crate::{ParseScorerNameError, ScorerName, scorer_name};

/// The name of a file with results: the stem of the video, the scorer, and a suffix.
///
/// # How a name is taken apart
///
/// The stem of a video, and a task too, may contain `DLC_`. The scorer is the last text that
/// reads as a scorer name with a network that DeepLabCut has; when no network is known, the first
/// text that reads as a scorer name. The suffix is what stands behind the last digit of the
/// scorer.
///
/// # Examples
///
/// ```
/// use dlc_model::{Artifact, FileName};
///
/// let name = "trackingDLC_resnet50_mouse_openfieldJun30shuffle1_1030000filtered.h5";
/// let file: FileName = name.parse()?;
///
/// assert_eq!(file.stem(), "tracking");
/// assert_eq!(file.scorer().task(), "mouse_openfield");
/// assert_eq!(file.artifact(), Some(Artifact::Poses));
/// assert!(file.is_filtered());
/// assert_eq!(file.to_string(), name);
/// # Ok::<(), dlc_model::ParseScorerNameError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileName {
    stem: String,
    scorer: ScorerName,
    suffix: String,
}

/// What a file with results holds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Artifact {
    /// Keypoints of every frame: `.h5`, `.csv`; of a tracker `_el.h5`.
    Poses,
    /// `_meta.pickle`; until 2.1.8 `includingmetadata.pickle`.
    Metadata,
    /// `_full.pickle`: all detections.
    Full,
    /// `_assemblies.pickle`: detections put together to animals.
    Assemblies,
    /// `_el.pickle`, …: pieces of tracks.
    Tracklets,
    /// `_skeleton.h5`, `_skeleton.csv`: lengths and orientations of bones.
    Skeleton,
    /// `_labeled.mp4`, `_p60_labeled.mp4`: the video with dots.
    LabeledVideo,
}

/// What puts the detections of several animals together.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Tracker {
    /// `_bx`.
    Box,
    /// `_sk`.
    Skeleton,
    /// `_el`.
    Ellipse,
    /// `_tr`.
    Transformer,
    /// `_ctd`.
    ConditionalTopDown,
}

impl Tracker {
    const ALL: [Self; 5] = [
        Self::Box,
        Self::Skeleton,
        Self::Ellipse,
        Self::Transformer,
        Self::ConditionalTopDown,
    ];

    /// Returns what stands for the tracker in names of files.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Box => "_bx",
            Self::Skeleton => "_sk",
            Self::Ellipse => "_el",
            Self::Transformer => "_tr",
            Self::ConditionalTopDown => "_ctd",
        }
    }
}

impl FileName {
    /// Creates the name of a file from the stem of a video and a suffix as DeepLabCut 3 writes
    /// it: `.h5`, `.csv`, `_meta.pickle`, `_filtered.h5`, …
    pub fn new(stem: impl Into<String>, scorer: ScorerName, suffix: impl Into<String>) -> Self {
        Self {
            stem: stem.into(),
            scorer,
            suffix: suffix.into(),
        }
    }

    /// Returns the stem of the video.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Returns the scorer.
    pub fn scorer(&self) -> &ScorerName {
        &self.scorer
    }

    /// Returns what stands behind the scorer, e.g., `_filtered.h5`.
    pub fn suffix(&self) -> &str {
        &self.suffix
    }

    /// Returns what follows the last dot.
    pub fn extension(&self) -> &str {
        self.suffix.rsplit_once('.').map_or("", |(_, end)| end)
    }

    /// Returns whether the keypoints were filtered: `_filtered`, until 2.1.8 `filtered`.
    pub fn is_filtered(&self) -> bool {
        self.words().any(|word| word == "filtered")
    }

    /// Returns the tracker of a file of several animals.
    pub fn tracker(&self) -> Option<Tracker> {
        self.words()
            .find_map(|word| Tracker::ALL.into_iter().find(|t| &t.suffix()[1..] == word))
    }

    /// Returns what the file holds, or `None` when the suffix is none of DeepLabCut's.
    pub fn artifact(&self) -> Option<Artifact> {
        let mut artifact = None;
        for word in self.words() {
            let tracker = Tracker::ALL.iter().any(|t| &t.suffix()[1..] == word);
            match word {
                "meta" | "includingmetadata" => artifact = Some(Artifact::Metadata),
                "full" => artifact = Some(Artifact::Full),
                "assemblies" => artifact = Some(Artifact::Assemblies),
                "skeleton" => artifact = Some(Artifact::Skeleton),
                "labeled" => artifact = Some(Artifact::LabeledVideo),
                "" | "filtered" | "id" | "bp" => {}
                _ if tracker || is_cutoff(word) => {}
                _ => return None,
            }
        }
        match (artifact, self.extension()) {
            (Some(Artifact::LabeledVideo), _) => artifact,
            (None | Some(Artifact::Skeleton), "h5" | "csv") => artifact.or(Some(Artifact::Poses)),
            (None, "pickle") => self.tracker().map(|_| Artifact::Tracklets),
            (Some(Artifact::Metadata | Artifact::Full | Artifact::Assemblies), "pickle") => {
                artifact
            }
            _ => None,
        }
    }

    /// Returns the parts of the suffix between underscores, without the extension.
    fn words(&self) -> impl Iterator<Item = &str> {
        let suffix = self.suffix.as_str();
        suffix
            .rsplit_once('.')
            .map_or(suffix, |(words, _)| words)
            .split('_')
    }
}

/// `p60`: the likelihood from which dots are drawn, in percent.
fn is_cutoff(word: &str) -> bool {
    let digits = word.strip_prefix('p').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.stem, self.scorer, self.suffix)
    }
}

impl FromStr for FileName {
    type Err = ParseScorerNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let (stem, scorer, suffix) = scorer_name::find(name)?;
        Ok(Self {
            stem: stem.into(),
            scorer,
            suffix: suffix.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORER: &str = "DLC_mobnet_35_TaskMay3shuffle2_50000";

    fn file(name: &str) -> FileName {
        let file: FileName = name.parse().unwrap();
        assert_eq!(file.to_string(), name);
        file
    }

    #[test]
    fn suffixes_of_every_version_say_what_the_file_holds() {
        let cases = [
            (".h5", Some(Artifact::Poses), false),
            (".csv", Some(Artifact::Poses), false),
            ("filtered.h5", Some(Artifact::Poses), true),
            ("_filtered.csv", Some(Artifact::Poses), true),
            ("_el_filtered.h5", Some(Artifact::Poses), true),
            ("includingmetadata.pickle", Some(Artifact::Metadata), false),
            ("_meta.pickle", Some(Artifact::Metadata), false),
            ("_full.pickle", Some(Artifact::Full), false),
            ("_assemblies.pickle", Some(Artifact::Assemblies), false),
            ("_bx.pickle", Some(Artifact::Tracklets), false),
            ("_skeleton.h5", Some(Artifact::Skeleton), false),
            ("_labeled.mp4", Some(Artifact::LabeledVideo), false),
            (
                "_filtered_p60_labeled.mp4",
                Some(Artifact::LabeledVideo),
                true,
            ),
            (
                "_el_id_p60_labeled.mp4",
                Some(Artifact::LabeledVideo),
                false,
            ),
            (".pickle", None, false),
            ("-results.csv", None, false),
            ("", None, false),
        ];
        for (suffix, artifact, filtered) in cases {
            let file = file(&format!("v{SCORER}{suffix}"));
            assert_eq!((file.stem(), file.suffix()), ("v", suffix));
            assert_eq!(
                (file.artifact(), file.is_filtered()),
                (artifact, filtered),
                "{suffix}"
            );
        }
    }

    #[test]
    fn trackers_have_two_letters_or_three() {
        for tracker in Tracker::ALL {
            let file = file(&format!("v{SCORER}{}.h5", tracker.suffix()));
            assert_eq!(file.tracker(), Some(tracker));
        }
        assert_eq!(file(&format!("v{SCORER}.h5")).tracker(), None);
    }

    #[test]
    fn stems_and_tasks_may_contain_dlc() {
        let file = file("DLC_videoDLC_Resnet50_DLC_NewAug15shuffle1_snapshot_best-10.h5");

        assert_eq!(file.stem(), "DLC_video");
        assert_eq!(file.scorer().task(), "DLC_New");
    }

    #[test]
    fn the_last_scorer_counts_when_a_labelled_video_was_analysed_again() {
        let stem = format!("v{SCORER}_labeled");
        let file = file(&format!("{stem}{SCORER}.h5"));

        assert_eq!(file.stem(), stem);
    }

    #[test]
    fn a_network_of_the_future_is_accepted_where_it_is_the_only_one() {
        let file = file("vDLC_FutureNet9_DLC_NewAug15shuffle1_snapshot_best-10_meta.pickle");

        assert_eq!(file.scorer().net(), "FutureNet9");
    }

    #[test]
    fn errors_name_the_part_that_is_wrong() {
        let error = "vDLC_resnet50_Taskshuffle1_100.h5"
            .parse::<FileName>()
            .unwrap_err();

        assert_eq!(error.kind(), &crate::ParseScorerNameErrorKind::MissingDate);
    }
}
