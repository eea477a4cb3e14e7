use std::{fmt, num::ParseIntError, str::FromStr, sync::LazyLock};

use crate::{Engine, NetType, Snapshot};

/// The name that DeepLabCut gives to the results of a network, e.g.,
/// `DLC_resnet50_mouse_openfieldJun30shuffle1_1030000`.
///
/// A scorer name is a label and not a key: it has neither the iteration nor the training fraction
/// of its model, so that several models may share one.
///
/// # Forms
///
/// | versions | form |
/// |---|---|
/// | 1.0 to 2.0.9 | `DeepCut_resnet50_{task}{date}shuffle{n}_{iterations}` |
/// | 2.1 to 3, TensorFlow | `DLC_resnet50_…`, `DLC_mobnet_35_…`, `DLC_effnet_b0_…`, `DLC_dlcrnetms5_…` |
/// | 2.1.10 | `DLC_resnet_50_…` |
/// | 3, PyTorch | `DLC_Resnet50_{task}{date}shuffle{n}_snapshot_{epochs}`, `…_snapshot_best-{epochs}` |
/// | 3, PyTorch, top-down | `…_detector_{epochs}_snapshot_{epochs}` |
///
/// # How a name is taken apart
///
/// The last `shuffle` ends the task and the date, whatever the task contains. What ends like a
/// date, i.e., a month and a day, is the date: of `MayMay3` the task is `May`. The label of the
/// network ends at the first underscore, but for `resnet_50`, `mobnet_35` and `effnet_b0`.
/// Everything between is the task, which may be empty and may contain underscores, digits,
/// `shuffle` and `DLC`.
///
/// A name that parses prints as it was. A name made by [`ScorerName::new`] of a task or a date
/// that DeepLabCut would not make prints as DeepLabCut prints it, but may parse to other parts.
///
/// # Examples
///
/// ```
/// use dlc_model::{ScorerName, Snapshot};
///
/// let name = "DLC_Resnet50_DLC_HealthyAug15shuffle1_snapshot_best-10";
/// let scorer: ScorerName = name.parse()?;
///
/// assert_eq!(scorer.task(), "DLC_Healthy");
/// assert_eq!(scorer.date(), "Aug15");
/// assert_eq!(scorer.snapshot(), Snapshot::PyTorch { epochs: 10, best: true });
/// assert_eq!(scorer.to_string(), name);
/// # Ok::<(), dlc_model::ParseScorerNameError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ScorerName {
    prefix: ScorerPrefix,
    net: String,
    task: String,
    date: String,
    shuffle: u32,
    detector: Option<Snapshot>,
    snapshot: Snapshot,
}

/// How a scorer name begins.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ScorerPrefix {
    /// `DeepCut`, until 2.0.9.
    DeepCut,
    /// `DLC`, since 2.1.
    Dlc,
}

impl ScorerPrefix {
    /// Returns the prefix as it is written, without the underscore that follows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeepCut => "DeepCut",
            Self::Dlc => "DLC",
        }
    }
}

impl ScorerName {
    /// Creates the name that DeepLabCut 2.1 and later give, from the label of the network (see
    /// [`NetType::scorer_label`]), the task and the date of the project, the shuffle and the
    /// snapshot.
    pub fn new(
        net: impl Into<String>,
        task: impl Into<String>,
        date: impl Into<String>,
        shuffle: u32,
        snapshot: Snapshot,
    ) -> Self {
        Self {
            prefix: ScorerPrefix::Dlc,
            net: net.into(),
            task: task.into(),
            date: date.into(),
            shuffle,
            detector: None,
            snapshot,
        }
    }

    /// Returns the name with the snapshot of the detector of a top-down model, if there is one.
    pub fn with_detector(self, detector: Option<Snapshot>) -> Self {
        Self { detector, ..self }
    }

    /// Returns how the name begins.
    pub fn prefix(&self) -> ScorerPrefix {
        self.prefix
    }

    /// Returns the label of the network, e.g., `resnet50`, `resnet_50`, `mobnet_35`, `CspnextS`.
    pub fn net(&self) -> &str {
        &self.net
    }

    /// Returns the task of the project.
    pub fn task(&self) -> &str {
        &self.task
    }

    /// Returns the date of the project, e.g., `Jun30`.
    pub fn date(&self) -> &str {
        &self.date
    }

    /// Returns the shuffle.
    pub fn shuffle(&self) -> u32 {
        self.shuffle
    }

    /// Returns the snapshot of the detector of a top-down model.
    pub fn detector(&self) -> Option<Snapshot> {
        self.detector
    }

    /// Returns the snapshot of the model.
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot
    }

    /// Returns the framework of the model.
    pub fn engine(&self) -> Engine {
        self.snapshot.engine()
    }

    /// Returns the name under which DeepLabCut looks for results of its versions 1 and 2.0: see
    /// [`legacy_scorer`].
    pub fn legacy(&self) -> String {
        legacy_scorer(&self.to_string())
    }

    /// Parses the name of a model whose project is known.
    ///
    /// The task and the date are compared and not parsed, so that any will do: DeepLabCut takes the
    /// month from the language of the computer (`Mai3`, `févr2`), and people write others.
    ///
    /// # Errors
    ///
    /// Returns an error when the name is not of that project, or a part of it is wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_model::ScorerName;
    ///
    /// let name = "DLC_resnet50_mouseMai3shuffle1_1000";
    /// assert!(name.parse::<ScorerName>().is_err()); // where do task and date meet?
    ///
    /// let scorer = ScorerName::of_project(name, "mouse", "Mai3")?;
    /// assert_eq!(scorer.date(), "Mai3");
    /// # Ok::<(), dlc_model::ParseScorerNameError>(())
    /// ```
    pub fn of_project(name: &str, task: &str, date: &str) -> Result<Self, ParseScorerNameError> {
        parse_with(name, |found| {
            let of_task = found.strip_prefix(task).filter(|rest| *rest == date);
            of_task.map(|date| (task, date)).ok_or(Kind::OtherProject)
        })
        .map_err(|kind| ParseScorerNameError {
            name: name.into(),
            kind,
        })
    }
}

/// Returns the name under which DeepLabCut looks for results of its versions 1 and 2.0.
///
/// That is the name with *every* `DLC` replaced by `DeepCut`, also those in the task. A name of the
/// PyTorch engine stays as it is. The name need not parse.
pub fn legacy_scorer(scorer: &str) -> String {
    let of_pytorch = |(_, end): (&str, &str)| {
        let end = skip_digits(end).strip_prefix('_').unwrap_or_default();
        end.starts_with("snapshot_") || end.starts_with("detector_")
    };
    match scorer.rsplit_once(SHUFFLE).is_some_and(of_pytorch) {
        true => scorer.into(),
        false => scorer.replace("DLC", "DeepCut"),
    }
}

/// Returns the snapshot that a scorer name ends in, whatever its task and its date are.
///
/// # Examples
///
/// ```
/// use dlc_model::{Snapshot, scorer_snapshot};
///
/// let snapshot = scorer_snapshot("DLC_resnet50_mouse2022-11-22shuffle1_1000");
///
/// assert_eq!(snapshot, Some(Snapshot::TensorFlow { training_iterations: 1000 }));
/// assert_eq!(scorer_snapshot("superanimal_quadruped_hrnet_w32"), None);
/// ```
pub fn scorer_snapshot(scorer: &str) -> Option<Snapshot> {
    let (_, rest) = scorer.rsplit_once(SHUFFLE)?;
    let (shuffle, snapshots) = rest.split_once('_')?;
    number::<u32>(shuffle).ok()?;
    Some(parse_snapshots(snapshots).ok()?.1)
}

impl fmt::Display for ScorerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = self.prefix.as_str();
        let Self {
            net,
            task,
            date,
            shuffle,
            ..
        } = self;
        write!(f, "{prefix}_{net}_{task}{date}shuffle{shuffle}_")?;
        if let Some(detector) = self.detector {
            write!(f, "detector_{detector}_")?;
        }
        match self.snapshot {
            Snapshot::TensorFlow { .. } => write!(f, "{}", self.snapshot),
            Snapshot::PyTorch { .. } => write!(f, "snapshot_{}", self.snapshot),
        }
    }
}

impl FromStr for ScorerName {
    type Err = ParseScorerNameError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        parse(name).map_err(|kind| ParseScorerNameError {
            name: name.into(),
            kind,
        })
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for ScorerName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for ScorerName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <String as serde::Deserialize>::deserialize(deserializer)?;
        name.parse().map_err(|error: ParseScorerNameError| {
            serde::de::Error::custom(format_args!("{error}: {}", error.kind))
        })
    }
}

type Kind = ParseScorerNameErrorKind;

fn parse(name: &str) -> Result<ScorerName, Kind> {
    parse_with(name, |task_and_date| {
        split_date(task_and_date).ok_or(Kind::MissingDate)
    })
}

/// Parses a name whose task and date `split` takes apart.
fn parse_with<'a>(
    name: &'a str,
    split: impl FnOnce(&'a str) -> Result<(&'a str, &'a str), Kind>,
) -> Result<ScorerName, Kind> {
    let (prefix, rest) = take_prefix(name).ok_or(Kind::MissingPrefix)?;
    let (net, rest) = take_net(rest).ok_or(Kind::MissingNet)?;
    let (task_and_date, rest) = rest.rsplit_once(SHUFFLE).ok_or(Kind::MissingShuffle)?;
    let (task, date) = split(task_and_date)?;
    let (shuffle, rest) = rest.split_once('_').ok_or(Kind::MissingSnapshot)?;
    let shuffle = number(shuffle).map_err(Kind::InvalidShuffle)?;
    let (detector, snapshot) = parse_snapshots(rest)?;
    Ok(ScorerName {
        prefix,
        net: net.into(),
        task: task.into(),
        date: date.into(),
        shuffle,
        detector,
        snapshot,
    })
}

const SHUFFLE: &str = "shuffle";

fn take_prefix(name: &str) -> Option<(ScorerPrefix, &str)> {
    let prefixes = [ScorerPrefix::Dlc, ScorerPrefix::DeepCut];
    prefixes.into_iter().find_map(|prefix| {
        let rest = name.strip_prefix(prefix.as_str())?.strip_prefix('_')?;
        Some((prefix, rest))
    })
}

/// Splits off the label of the network and the underscore behind it.
fn take_net(rest: &str) -> Option<(&str, &str)> {
    let first = rest.find('_')?;
    let has_second_word = match &rest[..first] {
        "resnet" | "mobnet" => is_number,
        "effnet" => is_effnet,
        _ => return (first > 0).then(|| (&rest[..first], &rest[first + 1..])),
    };
    let second = first + 1 + rest[first + 1..].find('_')?;
    has_second_word(&rest[first + 1..second]).then(|| (&rest[..second], &rest[second + 1..]))
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_effnet(word: &str) -> bool {
    word.strip_prefix('b').is_some_and(is_number)
}

/// Returns whether a label is one that DeepLabCut gives to a network.
fn is_known_net(net: &str) -> bool {
    let tensorflow = net == "dlcrnetms5"
        || net.strip_prefix("effnet_").is_some_and(is_effnet)
        || ["resnet", "resnet_", "mobnet_"]
            .iter()
            .any(|family| net.strip_prefix(family).is_some_and(is_number));
    tensorflow || PYTORCH_LABELS.iter().any(|label| label == net)
}

static PYTORCH_LABELS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let label = |net: &NetType| net.scorer_label(Engine::PyTorch, false).ok();
    NetType::known().filter_map(label).collect()
});

/// Splits a date off the end: a month and a day.
fn split_date(text: &str) -> Option<(&str, &str)> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let before_day = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let day: u32 = number(&text[before_day.len()..]).ok()?;
    let month = MONTHS.iter().find(|month| before_day.ends_with(*month))?;
    (1..=31)
        .contains(&day)
        .then(|| text.split_at(before_day.len() - month.len()))
}

/// Parses a number as DeepLabCut prints it: without a sign and without leading zeros.
fn number<T: FromStr<Err = ParseIntError>>(digits: &str) -> Result<T, ParseIntError> {
    let plain = is_number(digits) && (digits == "0" || !digits.starts_with('0'));
    if plain { digits.parse() } else { "x".parse() }
}

fn parse_snapshots(text: &str) -> Result<(Option<Snapshot>, Snapshot), Kind> {
    if let Some(snapshot) = text.strip_prefix("snapshot_") {
        return Ok((None, parse_epochs(snapshot).map_err(Kind::InvalidSnapshot)?));
    }
    if let Some(rest) = text.strip_prefix("detector_") {
        let (detector, snapshot) = rest.split_once("_snapshot_").ok_or(Kind::MissingSnapshot)?;
        let detector = parse_epochs(detector).map_err(Kind::InvalidDetector)?;
        let snapshot = parse_epochs(snapshot).map_err(Kind::InvalidSnapshot)?;
        return Ok((Some(detector), snapshot));
    }
    let training_iterations = number(text).map_err(Kind::InvalidSnapshot)?;
    Ok((
        None,
        Snapshot::TensorFlow {
            training_iterations,
        },
    ))
}

fn parse_epochs(text: &str) -> Result<Snapshot, ParseIntError> {
    let (best, epochs) = match text.strip_prefix("best-") {
        Some(epochs) => (true, epochs),
        None => (false, text),
    };
    Ok(Snapshot::PyTorch {
        epochs: number(epochs)?,
        best,
    })
}

/// Splits a text that contains a scorer name into what stands before it, the name, and what
/// stands behind it.
///
/// Of several places where a name may begin, the last one with a network that DeepLabCut has
/// counts; the first one, when no network is known.
pub(crate) fn find(text: &str) -> Result<(&str, ScorerName, &str), ParseScorerNameError> {
    if text.len() > MAX_FILE_NAME {
        return Err(ParseScorerNameError {
            name: text.chars().take(MAX_FILE_NAME / 16).collect(),
            kind: Kind::TooLong,
        });
    }
    let mut unknown = None;
    for (start, name) in starts(text).rev() {
        let known = take_prefix(name)
            .and_then(|(_, rest)| take_net(rest))
            .is_some_and(|(net, _)| is_known_net(net));
        let Some(length) = length(name) else { continue };
        let Ok(scorer) = name[..length].parse() else {
            continue;
        };
        let found = (&text[..start], scorer, &name[length..]);
        if known {
            return Ok(found);
        }
        unknown = Some(found);
    }
    unknown.ok_or_else(|| failure(text))
}

/// More bytes than a file system allows in the name of a file; the search is quadratic.
const MAX_FILE_NAME: usize = 4096;

/// Returns the places where a scorer name may begin, with what follows.
fn starts(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> {
    let tails = text.char_indices().map(|(at, _)| (at, &text[at..]));
    tails.filter(|(_, tail)| tail.starts_with("DLC_") || tail.starts_with("DeepCut_"))
}

/// Returns how many bytes of a text, which begins with a scorer name, belong to the name.
fn length(text: &str) -> Option<usize> {
    let shuffle = text.rfind(SHUFFLE)? + SHUFFLE.len();
    let mut rest = skip_digits(&text[shuffle..]).strip_prefix('_')?;
    if let Some(detector) = rest.strip_prefix("detector_") {
        let detector = detector.strip_prefix("best-").unwrap_or(detector);
        rest = skip_digits(detector).strip_prefix('_')?;
    }
    if let Some(snapshot) = rest.strip_prefix("snapshot_") {
        rest = snapshot.strip_prefix("best-").unwrap_or(snapshot);
    }
    Some(text.len() - skip_digits(rest).len())
}

fn skip_digits(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_digit())
}

/// Says why no scorer name was found: what is wrong with the last text that begins like one.
fn failure(text: &str) -> ParseScorerNameError {
    let begins = starts(text).next_back().map_or(text, |(_, name)| name);
    let name = &begins[..length(begins).unwrap_or(begins.len())];
    let kind = match ScorerName::from_str(name) {
        Err(error) => error.kind,
        Ok(_) => Kind::MissingPrefix,
    };
    ParseScorerNameError {
        name: text.into(),
        kind,
    }
}

/// An error returned when a scorer name fails to parse.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid scorer name {name:?}")]
pub struct ParseScorerNameError {
    name: String,
    #[source]
    kind: ParseScorerNameErrorKind,
}

impl ParseScorerNameError {
    /// Returns what is wrong with the name.
    pub fn kind(&self) -> &ParseScorerNameErrorKind {
        &self.kind
    }
}

/// What is wrong with a scorer name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseScorerNameErrorKind {
    /// The text is longer than the name of a file can be.
    #[error("the text is longer than the name of a file can be")]
    TooLong,
    /// The name does not begin as scorer names do.
    #[error("missing prefix: expected `DLC_` or `DeepCut_`")]
    MissingPrefix,
    /// No network stands behind the prefix.
    #[error("missing network, e.g., `resnet50_` or `mobnet_35_`")]
    MissingNet,
    /// There is no shuffle.
    #[error("missing shuffle: expected `shuffle` and a number")]
    MissingShuffle,
    /// The shuffle is not a number.
    #[error("invalid shuffle")]
    InvalidShuffle(#[source] ParseIntError),
    /// What stands before the shuffle does not end in a month and a day.
    #[error("missing date: expected a month and a day before `shuffle`, e.g., `Jun30`")]
    MissingDate,
    /// The task and the date are not those of the project.
    #[error("another project: expected its task and its date before `shuffle`")]
    OtherProject,
    /// No snapshot stands behind the shuffle.
    #[error("missing snapshot: expected iterations, `snapshot_200` or `snapshot_best-190`")]
    MissingSnapshot,
    /// The iterations or epochs of the snapshot are not a number.
    #[error("invalid snapshot")]
    InvalidSnapshot(#[source] ParseIntError),
    /// The epochs of the detector are not a number.
    #[error("invalid detector")]
    InvalidDetector(#[source] ParseIntError),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> ScorerName {
        let scorer: ScorerName = name.parse().unwrap();
        assert_eq!(scorer.to_string(), name);
        scorer
    }

    #[test]
    fn every_historical_form_parses_and_prints_as_it_was() {
        let names = [
            ("DeepCut_resnet50_TaskMay3shuffle1_100", "resnet50"),
            ("DLC_resnet50_TaskMay3shuffle1_100", "resnet50"),
            ("DLC_resnet_50_TaskMay3shuffle1_100", "resnet_50"),
            ("DLC_mobnet_35_TaskMay3shuffle1_100", "mobnet_35"),
            ("DLC_effnet_b0_TaskMay3shuffle1_100", "effnet_b0"),
            ("DLC_dlcrnetms5_TaskMay3shuffle1_100", "dlcrnetms5"),
            ("DLC_Resnet50_TaskMay3shuffle1_snapshot_100", "Resnet50"),
            ("DLC_HrnetW32_TaskMay3shuffle1_snapshot_best-90", "HrnetW32"),
            (
                "DLC_RtmposeS_TaskMay3shuffle1_detector_best-50_snapshot_200",
                "RtmposeS",
            ),
        ];
        for (name, net) in names {
            let scorer = parsed(name);
            let parts = (scorer.net(), scorer.task(), scorer.date(), scorer.shuffle());
            assert_eq!(parts, (net, "Task", "May3", 1));
        }
    }

    #[test]
    fn tasks_may_contain_anything() {
        let tasks = [
            "mouse_openfield",
            "94557",
            "shuffle",
            "shuffle2_50000",
            "DLC",
            "DLC_resnet50_MayMay3shuffle1",
            "Größe_мышь_鼠",
            "50_b0",
            "May3",
            "",
        ];
        for task in tasks {
            for net in [
                "resnet50",
                "resnet_50",
                "mobnet_100",
                "effnet_b6",
                "CspnextS",
            ] {
                let scorer = parsed(&format!("DLC_{net}_{task}Jun30shuffle12_1030000"));
                assert_eq!((scorer.net(), scorer.task()), (net, task));
            }
        }
    }

    #[test]
    fn what_ends_like_a_date_is_the_date() {
        let scorer = parsed("DLC_resnet50_trackMay3Jun30shuffle1_5");

        assert_eq!((scorer.task(), scorer.date()), ("trackMay3", "Jun30"));
    }

    #[test]
    fn errors_say_which_part_is_wrong() {
        let cases = [
            ("resnet50_TaskMay3shuffle1_100", Kind::MissingPrefix),
            ("DLC_", Kind::MissingNet),
            ("DLC_mobnet_TaskMay3shuffle1_100", Kind::MissingNet),
            ("DLC_resnet50_TaskMay3_100", Kind::MissingShuffle),
            ("DLC_resnet50_Taskshuffle1_100", Kind::MissingDate),
            ("DLC_resnet50_TaskMay32shuffle1_100", Kind::MissingDate),
            ("DLC_resnet50_TaskMay03shuffle1_100", Kind::MissingDate),
            ("DLC_resnet50_TaskMay3shuffle1", Kind::MissingSnapshot),
            (
                "DLC_RtmposeS_TaskMay3shuffle1_detector_5",
                Kind::MissingSnapshot,
            ),
        ];
        for (name, kind) in cases {
            assert_eq!(
                name.parse::<ScorerName>().unwrap_err().kind(),
                &kind,
                "{name}"
            );
        }
    }

    #[test]
    fn numbers_that_would_not_print_as_they_were_are_refused() {
        for name in [
            "DLC_resnet50_TaskMay3shuffle01_100",
            "DLC_resnet50_TaskMay3shuffle1_0100",
            "DLC_resnet50_TaskMay3shuffle+1_100",
            "DLC_resnet50_TaskMay3shuffle1_99999999999999999999",
            "DLC_Resnet50_TaskMay3shuffle1_snapshot_best-090",
        ] {
            assert!(name.parse::<ScorerName>().is_err(), "{name}");
        }
    }

    #[test]
    fn the_legacy_name_replaces_dlc_also_in_the_task() {
        let scorer = parsed("DLC_resnet50_DLC_xMay3shuffle1_100");

        assert_eq!(
            scorer.legacy(),
            "DeepCut_resnet50_DeepCut_xMay3shuffle1_100"
        );
        let unparsed = "DLC_resnet50_xMai3shuffle1_100";
        assert_eq!(
            legacy_scorer(unparsed),
            "DeepCut_resnet50_xMai3shuffle1_100"
        );
        for pytorch in [
            "DLC_Resnet50_xMai3shuffle1_snapshot_best-5",
            "DLC_RtmposeS_xMai3shuffle12_detector_5_snapshot_5",
        ] {
            assert_eq!(legacy_scorer(pytorch), pytorch);
        }
    }

    #[test]
    fn any_date_is_found_where_the_project_is_known() {
        for date in [
            "Mai3",
            "Okt30",
            "févr2",
            "जून14",
            "2022-11-22",
            "Sept3",
            "Jan01",
            "Nov",
            "22",
            "",
        ] {
            for (task, shuffle) in [("x", 1), ("shuffle7_5", 12), ("DLC_", 0), ("", 3)] {
                let name = format!("DLC_mobnet_35_{task}{date}shuffle{shuffle}_100");
                let scorer = ScorerName::of_project(&name, task, date).unwrap();

                assert_eq!((scorer.task(), scorer.date()), (task, date));
                assert_eq!((scorer.net(), scorer.shuffle()), ("mobnet_35", shuffle));
                assert_eq!(scorer.to_string(), name);
                assert_eq!(scorer_snapshot(&name), Some(scorer.snapshot()));
            }
        }
        let error = ScorerName::of_project("DLC_resnet50_xMai3shuffle1_100", "x", "Mai4");
        assert_eq!(error.unwrap_err().kind(), &Kind::OtherProject);
    }
}
