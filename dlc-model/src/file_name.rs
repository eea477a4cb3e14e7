use std::{fmt, str::FromStr};

use crate::{ParseScorerNameError, scorer_name};

/// The name of a file with results: the stem of the video, the scorer, and a suffix.
///
/// # How a name is taken apart
///
/// Where the scorer is known, [`FileName::of_scorer`] compares it: any scorer will do. It is known
/// from the project, and from the files themselves (the columns of the `.h5`, the `_meta.pickle`).
///
/// Where nothing is known, the name is parsed. The stem of a video, and a task too, may contain
/// `DLC_`. The scorer is the last text that
/// reads as a [`ScorerName`](crate::ScorerName) with a network that DeepLabCut has; when no network
/// is known, the first text that reads as a scorer name. The suffix is what stands behind the last
/// digit of the scorer.
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
/// assert_eq!(file.scorer(), "DLC_resnet50_mouse_openfieldJun30shuffle1_1030000");
/// assert_eq!(file.artifact(), Some(Artifact::Poses));
/// assert!(file.is_filtered());
/// assert_eq!(file.to_string(), name);
/// # Ok::<(), dlc_model::ParseScorerNameError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileName {
    stem: String,
    /// What stands between the stem and the scorer: an underscore before `superanimal_…`.
    joint: &'static str,
    scorer: String,
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
    pub fn new(
        stem: impl Into<String>,
        scorer: impl fmt::Display,
        suffix: impl Into<String>,
    ) -> Self {
        let scorer = scorer.to_string();
        Self {
            stem: stem.into(),
            joint: joint(&scorer),
            scorer,
            suffix: suffix.into(),
        }
    }

    /// Takes a name apart whose scorer is known, or returns `None` when the file is not one of
    /// DeepLabCut's with results of that scorer.
    ///
    /// The scorer may be any text. Where the name has it more than once, the last place counts
    /// behind which one of DeepLabCut's suffixes stands.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_model::FileName;
    ///
    /// let name = "mouseDLC_resnet50_openfieldMai3shuffle1_1000_filtered.h5";
    /// let file = FileName::of_scorer(name, "DLC_resnet50_openfieldMai3shuffle1_1000");
    ///
    /// assert_eq!(file.expect("it is of this scorer").stem(), "mouse");
    /// assert!(name.parse::<FileName>().is_err()); // a date as of a German computer
    /// ```
    pub fn of_scorer(name: &str, scorer: &str) -> Option<Self> {
        if scorer.is_empty() {
            return None;
        }
        let joint = joint(scorer);
        name.rmatch_indices(scorer).find_map(|(start, _)| {
            let stem = name[..start].strip_suffix(joint)?;
            let file = Self::new(stem, scorer, &name[start + scorer.len()..]);
            file.artifact().is_some().then_some(file)
        })
    }

    /// Returns the stem of the video.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Returns the scorer.
    pub fn scorer(&self) -> &str {
        &self.scorer
    }

    /// Returns what stands before the suffix: the stem and the scorer.
    pub fn base(&self) -> String {
        format!("{}{}{}", self.stem, self.joint, self.scorer)
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
                "" | "filtered" | "id" | "bp" | "before" | "after" | "adapt" => {}
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

/// Returns what DeepLabCut puts between the stem of a video and a scorer.
fn joint(scorer: &str) -> &'static str {
    match scorer.starts_with("superanimal_") {
        true => "_",
        false => "",
    }
}

/// `p60`: the likelihood from which dots are drawn, in percent.
fn is_cutoff(word: &str) -> bool {
    let digits = word.strip_prefix('p').unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base(), self.suffix)
    }
}

impl FromStr for FileName {
    type Err = ParseScorerNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let (stem, scorer, suffix) = scorer_name::find(name)?;
        Ok(Self::new(stem, scorer, suffix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScorerName;

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
        let scorer: ScorerName = file.scorer().parse().unwrap();
        assert_eq!(scorer.task(), "DLC_New");
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

        let scorer: ScorerName = file.scorer().parse().unwrap();
        assert_eq!(scorer.net(), "FutureNet9");
    }

    #[test]
    fn errors_name_the_part_that_is_wrong() {
        let error = "vDLC_resnet50_Taskshuffle1_100.h5"
            .parse::<FileName>()
            .unwrap_err();

        assert_eq!(error.kind(), &crate::ParseScorerNameErrorKind::MissingDate);
    }
    fn split<'a>(name: &'a str, scorer: &str) -> Option<(&'a str, &'a str)> {
        let file = FileName::of_scorer(name, scorer)?;
        assert_eq!(file.to_string(), name);
        let (stem, suffix) = (file.stem().len(), file.suffix().len());
        Some((&name[..stem], &name[name.len() - suffix..]))
    }

    #[test]
    fn a_known_scorer_is_compared_and_may_be_anything() {
        for scorer in [
            "DLC_resnet50_mouseMai3shuffle1_1000",
            "DLC_resnet50_mouseजून14shuffle1_snapshot_best-5",
            "DLC_resnet50_mouseshuffle1_1000",
            "DLC_snapshot-1000",
            "DeepCut_resnet50_my mouse.v2[*]2022-11-22shuffle1_1000",
            "mine",
            "5",
        ] {
            for stem in [
                "v",
                "",
                "a.b c",
                "vDLC_x",
                "v_labeled",
                "2022",
                "v_el",
                "5_5",
            ] {
                for suffix in [
                    ".h5",
                    "_filtered.h5",
                    "filtered.h5",
                    "_meta.pickle",
                    "_el.h5",
                ] {
                    let name = format!("{stem}{scorer}{suffix}");
                    assert_eq!(split(&name, scorer), Some((stem, suffix)), "{name}");
                }
            }
            assert_eq!(split(&format!("v{scorer}-results.csv"), scorer), None);
        }
        assert_eq!(split("vDLC_x.h5", ""), None);
        assert_eq!(split("vDLC_x_50.h5", "DLC_x_5"), None);
        assert_eq!(split("vDLC_xDLC_x.h5", "DLC_x"), Some(("vDLC_x", ".h5")));
    }

    #[test]
    fn an_underscore_stands_before_the_scorers_of_superanimal() {
        let scorer = "superanimal_quadruped_hrnet_w32_fasterrcnn_mobilenet_v3_large_fpn";
        for suffix in [".h5", "_labeled_before_adapt.mp4"] {
            let name = format!("v_1_{scorer}{suffix}");
            assert_eq!(split(&name, scorer), Some(("v_1", suffix)));
            assert_eq!(FileName::new("v_1", scorer, suffix).to_string(), name);
        }
        assert_eq!(split(&format!("v{scorer}.h5"), scorer), None);
    }
}
