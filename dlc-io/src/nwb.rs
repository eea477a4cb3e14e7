//! Poses in a file of Neurodata Without Borders (NWB), for pynwb and DANDI.
//!
//! Poses are a `PoseEstimation` of the extension [ndx-pose] in the processing module `behavior`, with a
//! `PoseEstimationSeries` for each body part and a `Skeleton` that names them all. The layout is that
//! of pynwb 4.2 with ndx-pose 0.4.
//!
//! DIFFERENCE: the file does not carry the schemas along (they are 100 kB and come with pynwb): readers
//! `import ndx_pose` before they open it. The `PoseEstimation` has no link to its `Skeleton`, since the
//! HDF5 crate cannot write soft links; it is found in `Skeletons` beside it.
//!
//! A body part whose name NWB does not take (`left/ear`) has another one there: [`name_of`] tells which.
//! Its own name stands in the description of its series.
//!
//! [ndx-pose]: https://github.com/rly/ndx-pose

mod object_id;
mod object_name;

use std::{error::Error, io::Write};

use dlc_model::{Bodypart, FrameTimes, OptionError, PoseTable, Timestamp};

use self::object_id::ObjectIds;
pub use self::object_name::{bodypart_of, name_of};
use crate::hdf5::{self, Attribute, Dataset, Group};

/// What an NWB file says of a session, beside the poses.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NwbSession {
    /// What makes the file known among all others: mostly a UUID.
    pub identifier: String,
    /// What was done.
    pub session_description: String,
    /// When the session began: ISO 8601 with a time zone, e.g., `2020-10-13T11:02:00+02:00`.
    pub session_start_time: String,
    /// When the file was made, as above.
    pub file_create_date: String,
    /// The animal, which archives ask for.
    pub subject: Option<NwbSubject>,
    /// Who did the experiment.
    pub experimenter: Vec<String>,
    /// The place.
    pub institution: Option<String>,
    /// The laboratory.
    pub lab: Option<String>,
    /// What the experiment is about.
    pub experiment_description: Option<String>,
    /// Words to find it by.
    pub keywords: Vec<String>,
}

/// The animal of a session.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NwbSubject {
    /// Its name or number.
    pub subject_id: String,
    /// Latin binomial: `Mus musculus`.
    pub species: String,
    /// `M`, `F`, `U` (unknown) or `O` (other).
    pub sex: String,
    /// ISO 8601 duration: `P90D`.
    pub age: Option<String>,
}

impl NwbSubject {
    /// Creates an animal.
    pub fn new(
        subject_id: impl Into<String>,
        species: impl Into<String>,
        sex: impl Into<String>,
    ) -> Self {
        Self {
            subject_id: subject_id.into(),
            species: species.into(),
            sex: sex.into(),
            age: None,
        }
    }

    /// Sets the age, as an ISO 8601 duration.
    #[must_use]
    pub fn with_age(mut self, age: impl Into<String>) -> Self {
        self.age = Some(age.into());
        self
    }
}

impl NwbSession {
    /// Creates a session; the file is said to be made when the session began.
    pub fn new(
        identifier: impl Into<String>,
        session_description: impl Into<String>,
        session_start_time: impl Into<String>,
    ) -> Self {
        let session_start_time = session_start_time.into();
        Self {
            identifier: identifier.into(),
            session_description: session_description.into(),
            file_create_date: session_start_time.clone(),
            session_start_time,
            subject: None,
            experimenter: Vec::new(),
            institution: None,
            lab: None,
            experiment_description: None,
            keywords: Vec::new(),
        }
    }
}

/// The poses of one animal in one video.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct NwbPoses<'a> {
    /// The keypoints; row `i` is frame `i`. Of several of a body part, the likeliest is written.
    pub poses: &'a PoseTable,
    /// The name of the network.
    pub scorer: &'a str,
    /// The video.
    pub video: &'a str,
    /// Width and height of its frames, in px.
    pub size: [u16; 2],
    /// When its frames were taken.
    pub times: NwbTimes<'a>,
    /// Pairs of body parts that belong together.
    pub skeleton: &'a [(Bodypart, Bodypart)],
}

/// When frames were taken, in s from the start of the session.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum NwbTimes<'a> {
    /// Evenly.
    Rate {
        /// Frames per second.
        hz: f64,
        /// The time of the first.
        start_s: f64,
    },
    /// As listed, one for each frame.
    Timestamps(&'a [f64]),
}

impl<'a> From<&'a FrameTimes> for NwbTimes<'a> {
    /// Counts from the first frame: the session starts with it.
    fn from(times: &'a FrameTimes) -> Self {
        match times {
            FrameTimes::Even { fps } => Self::Rate {
                hz: *fps,
                start_s: 0.0,
            },
            FrameTimes::Uneven { times_s } => Self::Timestamps(times_s),
        }
    }
}

impl<'a> NwbPoses<'a> {
    /// Creates poses at an even rate without a skeleton.
    pub const fn new(
        poses: &'a PoseTable,
        scorer: &'a str,
        video: &'a str,
        size: [u16; 2],
        fps: f64,
    ) -> Self {
        Self {
            poses,
            scorer,
            video,
            size,
            times: NwbTimes::Rate {
                hz: fps,
                start_s: 0.0,
            },
            skeleton: &[],
        }
    }

    /// Sets when the frames were taken.
    #[must_use]
    pub fn with_times(mut self, times: impl Into<NwbTimes<'a>>) -> Self {
        self.times = times.into();
        self
    }
}

const CONFIDENCE: &str = "Likelihood in [0, 1], as DeepLabCut gives it.";
const FRAME: &str = "(0, 0) is the upper left corner of the video; x is to the right, y down.";

/// Writes an NWB file.
///
/// Equal input gives equal bytes: the ids of objects follow from [`NwbSession::identifier`].
///
/// # Errors
///
/// Returns an error when `out` does, when the session does not say what it must
/// ([`NwbSession::check`]), when there is not one time for each frame, or when times or rate are none.
///
/// # Examples
///
/// ```
/// use dlc_io::nwb::{self, NwbPoses, NwbSession};
/// use dlc_model::{Bodyparts, Keypoint, PoseTable};
///
/// let mut poses = PoseTable::new(Bodyparts::new(["snout"])?);
/// poses.set(0, &[Keypoint::new(12.5, 30.0, 0.98)]);
/// let session = NwbSession::new("mouse-7-day-1", "open field", "2020-10-13T11:02:00+02:00");
///
/// let mut file = Vec::new();
/// nwb::write(&mut file, &session, &NwbPoses::new(&poses, "DLC", "mouse.avi", [320, 240], 30.0))?;
/// assert!(file.starts_with(b"\x89HDF\r\n\x1a\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write(
    out: impl Write,
    session: &NwbSession,
    poses: &NwbPoses<'_>,
) -> Result<(), WriteNwbError> {
    session.check()?;
    check(poses)?;
    let mut ids = ObjectIds::new(&session.identifier);
    let root = root(session, poses, &mut ids);
    hdf5::write(out, root).map_err(WriteNwbError::File)
}

fn check(poses: &NwbPoses<'_>) -> Result<(), WriteNwbError> {
    check_times(poses.times, poses.poses.len())
}

impl NwbSession {
    /// Checks that the session says what NWB asks for.
    ///
    /// # Errors
    ///
    /// Returns an error when the identifier is empty, when a moment is not ISO 8601 with a time zone,
    /// or when the animal has no name or a sex or an age of its own making.
    pub fn check(&self) -> Result<(), OptionError> {
        said("identifier", &self.identifier)?;
        moment("session_start_time", &self.session_start_time)?;
        moment("file_create_date", &self.file_create_date)?;
        self.subject.as_ref().map_or(Ok(()), NwbSubject::check)
    }
}

impl NwbSubject {
    fn check(&self) -> Result<(), OptionError> {
        said("subject_id", &self.subject_id)?;
        said("species", &self.species)?;
        if !["M", "F", "U", "O"].contains(&self.sex.as_str()) {
            return Err(OptionError::new("sex", "M, F, U or O", self.sex.as_str()));
        }
        match &self.age {
            Some(age) if !is_age(age) => {
                let expected = "an ISO 8601 duration such as P90D, or two with `/`";
                Err(OptionError::new("age", expected, age.as_str()))
            }
            _ => Ok(()),
        }
    }
}

fn said(option: &'static str, text: &str) -> Result<(), OptionError> {
    match text.trim().is_empty() {
        true => Err(OptionError::new(option, "a text", "nothing")),
        false => Ok(()),
    }
}

fn moment(option: &'static str, text: &str) -> Result<(), OptionError> {
    let expected = "ISO 8601 with a time zone, e.g., 2020-10-13T11:02:00+02:00";
    match text.parse::<Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => Err(OptionError::new(option, expected, text)),
    }
}

/// Returns a moment with `T` between day and time, as NWB has it.
fn with_t(moment: &str) -> String {
    let parsed = moment.parse::<Timestamp>();
    parsed.map_or_else(|_| moment.into(), |moment| moment.to_string())
}

/// Returns whether a text is a duration, or a range of them, of which the end may be open: `P7W/`.
fn is_age(text: &str) -> bool {
    match text.split_once('/') {
        Some((from, "")) => is_duration(from),
        Some((from, to)) => is_duration(from) && is_duration(to),
        None => is_duration(text),
    }
}

/// Returns whether a text is `P`, numbers with their units in order, and behind `T` those of a day.
fn is_duration(text: &str) -> bool {
    let Some(text) = text.strip_prefix('P') else {
        return false;
    };
    let (days, hours) = match text.split_once('T') {
        Some((days, hours)) => (days, Some(hours)),
        None => (text, None),
    };
    let has_hours = hours.is_none_or(|hours| !hours.is_empty() && has_units(hours, "HMS"));
    text != "T" && !text.is_empty() && has_units(days, "YMWD") && has_hours
}

fn has_units(text: &str, units: &str) -> bool {
    let mut left = units;
    let mut number = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() || letter == '.' {
            number.push(letter);
            continue;
        }
        let (true, Some(place)) = (number.parse::<f64>().is_ok(), left.find(letter)) else {
            return false;
        };
        (left, number) = (&left[place + 1..], String::new());
    }
    number.is_empty()
}

fn check_times(times: NwbTimes<'_>, frames: usize) -> Result<(), WriteNwbError> {
    let times = match times {
        NwbTimes::Rate { hz, start_s } => {
            let is_rate = hz.is_finite() && hz > 0.0 && start_s.is_finite();
            return is_rate.then_some(()).ok_or(WriteNwbError::Rate { hz });
        }
        NwbTimes::Timestamps(times) => times,
    };
    if times.len() != frames {
        let times = times.len();
        return Err(WriteNwbError::Times { times, frames });
    }
    let mut before = f64::NEG_INFINITY;
    for (frame, &found) in times.iter().enumerate() {
        if !found.is_finite() || found < before {
            return Err(WriteNwbError::Time { frame, found });
        }
        before = found;
    }
    Ok(())
}

fn root(session: &NwbSession, poses: &NwbPoses<'_>, ids: &mut ObjectIds) -> Group {
    let (start, created) = (
        with_t(&session.session_start_time),
        with_t(&session.file_create_date),
    );
    let mut root = ids.typed("/", "core", "NWBFile");
    root.attributes
        .push(("nwb_version", Attribute::text("2.7.0")));
    root.datasets = vec![
        ("file_create_date", Dataset::texts([created.as_str()])),
        ("identifier", Dataset::text(&session.identifier)),
        (
            "session_description",
            Dataset::text(&session.session_description),
        ),
        ("session_start_time", Dataset::text(&start)),
        ("timestamps_reference_time", Dataset::text(&start)),
    ]
    .into_iter()
    .map(|(name, dataset)| (name.into(), dataset))
    .collect();
    let mut stimulus = Group::default();
    stimulus.add("presentation", Group::default());
    stimulus.add("templates", Group::default());
    let mut processing = Group::default();
    processing.add("behavior", behavior(poses, ids));
    for (name, group) in [
        ("acquisition", Group::default()),
        ("analysis", Group::default()),
        ("general", general(session, ids)),
        ("processing", processing),
        ("stimulus", stimulus),
    ] {
        root.add(name, group);
    }
    root
}

fn general(session: &NwbSession, ids: &mut ObjectIds) -> Group {
    let mut general = Group::default();
    let texts = [
        ("experiment_description", &session.experiment_description),
        ("institution", &session.institution),
        ("lab", &session.lab),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            general.set(name, Dataset::text(text));
        }
    }
    let lists = [
        ("experimenter", &session.experimenter),
        ("keywords", &session.keywords),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            general.set(name, Dataset::texts(list.iter().map(String::as_str)));
        }
    }
    if let Some(subject) = &session.subject {
        let mut group = ids.typed("/general/subject", "core", "Subject");
        group.set("subject_id", Dataset::text(&subject.subject_id));
        group.set("species", Dataset::text(&subject.species));
        group.set("sex", Dataset::text(&subject.sex));
        if let Some(age) = &subject.age {
            let reference = ("reference", Attribute::text("birth"));
            group.set("age", Dataset::text(age).with(reference));
        }
        general.add("subject", group);
    }
    general
}

fn behavior(poses: &NwbPoses<'_>, ids: &mut ObjectIds) -> Group {
    let path = "/processing/behavior";
    let mut module = ids.typed(path, "core", "ProcessingModule");
    module
        .attributes
        .push(("description", Attribute::text("processed behavioral data")));
    let mut skeletons = ids.typed(&format!("{path}/Skeletons"), "ndx-pose", "Skeletons");
    skeletons.add("skeleton", skeleton(poses, ids));
    module.add("PoseEstimation", pose_estimation(poses, ids));
    module.add("Skeletons", skeletons);
    module
}

fn skeleton(poses: &NwbPoses<'_>, ids: &mut ObjectIds) -> Group {
    let mut group = ids.typed(
        "/processing/behavior/Skeletons/skeleton",
        "ndx-pose",
        "Skeleton",
    );
    let bodyparts = poses.poses.bodyparts();
    let names: Vec<_> = bodyparts.iter().map(name_of).collect();
    group.set("nodes", Dataset::texts(names.iter().map(|name| &**name)));
    let position = |part: &Bodypart| u8::try_from(bodyparts.position(part.as_str())?).ok();
    let edges = poses.skeleton.iter();
    let edges: Vec<[u8; 2]> = edges
        .filter_map(|(from, to)| Some([position(from)?, position(to)?]))
        .collect();
    if !edges.is_empty() {
        group.set("edges", Dataset::pairs_u8(&edges));
    }
    group
}

fn pose_estimation(poses: &NwbPoses<'_>, ids: &mut ObjectIds) -> Group {
    let path = "/processing/behavior/PoseEstimation";
    let mut group = ids.typed(path, "ndx-pose", "PoseEstimation");
    let version = ("version", Attribute::text(env!("CARGO_PKG_VERSION")));
    group.set(
        "description",
        Dataset::text("2D keypoint coordinates estimated with a DeepLabCut model."),
    );
    group.set("dimensions", Dataset::pairs_u16(&[poses.size]));
    group.set("original_videos", Dataset::texts([poses.video]));
    group.set("scorer", Dataset::text(poses.scorer));
    group.set("source_software", Dataset::text("dlc").with(version));
    let outputs = poses.poses.num_outputs();
    for (part, bodypart) in poses.poses.bodyparts().iter().enumerate() {
        let name = name_of(bodypart);
        let points = || poses.poses.rows().map(|row| row[part * outputs]);
        let mut series = ids.typed(
            &format!("{path}/{name}"),
            "ndx-pose",
            "PoseEstimationSeries",
        );
        series.attributes.extend([
            ("comments", Attribute::text("no comments")),
            (
                "description",
                Attribute::text(&format!("Estimated position of {bodypart}.")),
            ),
        ]);
        let positions: Vec<[f64; 2]> = points().map(|point| [point.x, point.y]).collect();
        let likelihoods: Vec<f64> = points().map(|point| point.likelihood).collect();
        let data = Dataset::pairs_f64(&positions)
            .with(("conversion", Attribute::F64(1.0)))
            .with(("offset", Attribute::F64(0.0)))
            .with(("resolution", Attribute::F64(-1.0)))
            .with(("unit", Attribute::text("pixels")));
        series.set("data", data);
        let definition = ("definition", Attribute::text(CONFIDENCE));
        series.set("confidence", Dataset::f64s(&likelihoods).with(definition));
        series.set("reference_frame", Dataset::text(FRAME));
        let unit = ("unit", Attribute::text("seconds"));
        match poses.times {
            NwbTimes::Rate { hz, start_s } => {
                let rate = ("rate", Attribute::F64(hz));
                series.set("starting_time", Dataset::f64(start_s).with(rate).with(unit));
            }
            NwbTimes::Timestamps(times) => {
                let interval = ("interval", Attribute::I32(1));
                series.set("timestamps", Dataset::f64s(times).with(interval).with(unit));
            }
        }
        group.add(&name, series);
    }
    group
}

/// An error returned when an NWB file cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteNwbError {
    /// There is not one time for each frame.
    #[error("{times} times for {frames} frames")]
    Times {
        /// The number of times.
        times: usize,
        /// The number of frames.
        frames: usize,
    },
    /// A time is not finite, or earlier than the one before.
    #[error("the time of frame {frame} is {found} s: expected as much as the one before, or more")]
    Time {
        /// The index of the frame.
        frame: usize,
        /// Its time, in s.
        found: f64,
    },
    /// The rate is not above zero, as that of a folder of pictures.
    #[error("{hz} frames per second: expected more than 0, or the times of the frames")]
    Rate {
        /// Frames per second.
        hz: f64,
    },
    /// The session does not say what NWB asks for.
    #[error(transparent)]
    Session(#[from] OptionError),
    /// The output does not take the file, or HDF5 cannot hold it.
    #[error("the NWB file cannot be written")]
    File(#[source] Box<dyn Error + Send + Sync>),
}

#[cfg(test)]
mod tests {
    use dlc_model::{Bodyparts, Keypoint};

    use super::*;

    fn poses(names: &[&str]) -> PoseTable {
        let mut poses = PoseTable::new(Bodyparts::new(names.iter().copied()).unwrap());
        poses.set(1, &vec![Keypoint::new(1.5, 2.5, 0.5); names.len()]);
        poses
    }

    fn written(poses: &NwbPoses<'_>) -> Result<Vec<u8>, WriteNwbError> {
        let mut session = NwbSession::new("id", "test", "2020-10-13T11:02:00+02:00");
        session.subject = Some(NwbSubject::new("m7", "Mus musculus", "U").with_age("P90D"));
        session.keywords = vec!["mouse".into()];
        let mut bytes = Vec::new();
        write(&mut bytes, &session, poses).map(|()| bytes)
    }

    #[test]
    fn the_numbers_are_where_ndx_pose_has_them() {
        let names: Vec<String> = (0..20).map(|i| format!("part {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let poses = poses(&names);
        let bytes = written(&NwbPoses::new(&poses, "DLC", "v.avi", [320, 240], 30.0)).unwrap();

        let file = hdf5_pure::File::from_bytes(bytes).unwrap();
        let data = file
            .dataset("processing/behavior/PoseEstimation/part 7/data")
            .unwrap();
        let numbers = data.read_f64().unwrap();
        assert_eq!(data.shape().unwrap(), [2, 2]);
        assert!(numbers[0].is_nan() && numbers[2..] == [1.5, 2.5]);
    }

    #[test]
    fn equal_input_gives_equal_bytes_and_ids_differ() {
        let poses = poses(&["a", "b"]);
        let nwb = NwbPoses::new(&poses, "DLC", "v.avi", [320, 240], 30.0);

        assert_eq!(written(&nwb).unwrap(), written(&nwb).unwrap());
        let mut ids = ObjectIds::new("x");
        assert_ne!(ids.id("/a"), ids.id("/b"));
        assert_eq!(ids.id("/a"), ObjectIds::new("x").id("/a"));
        assert_ne!(ids.id("/a"), ObjectIds::new("y").id("/a"));
    }

    #[test]
    fn what_nwb_cannot_hold_is_refused() {
        let poses = poses(&["a"]);
        let mut nwb = NwbPoses::new(&poses, "DLC", "v", [1, 1], 30.0);
        nwb.times = NwbTimes::Timestamps(&[0.0]);
        assert_eq!(
            written(&nwb).unwrap_err().to_string(),
            "1 times for 2 frames"
        );
        nwb.times = NwbTimes::Timestamps(&[0.0, 0.5]);
        assert!(written(&nwb).is_ok());
        nwb.times = NwbTimes::Timestamps(&[0.5, 0.0]);
        let error = written(&nwb).unwrap_err();
        assert!(matches!(error, WriteNwbError::Time { frame: 1, .. }));
        nwb.times = NwbTimes::Timestamps(&[0.0, f64::NAN]);
        let error = written(&nwb).unwrap_err();
        assert!(matches!(error, WriteNwbError::Time { frame: 1, .. }));
        for hz in [f64::NAN, 0.0, f64::INFINITY] {
            nwb.times = NwbTimes::Rate { hz, start_s: 0.0 };
            let error = written(&nwb).unwrap_err();
            assert!(matches!(error, WriteNwbError::Rate { .. }), "{error}");
        }
    }

    #[test]
    fn uneven_frames_have_timestamps_and_even_ones_a_rate() {
        let poses = poses(&["nose"]);
        let series = |times: &FrameTimes| {
            let nwb = NwbPoses::new(&poses, "DLC", "v", [1, 1], 30.0).with_times(times);
            hdf5_pure::File::from_bytes(written(&nwb).unwrap()).unwrap()
        };
        let path = |name| format!("processing/behavior/PoseEstimation/nose/{name}");

        let uneven = series(&FrameTimes::Uneven {
            times_s: vec![0.0, 0.54],
        });
        let times = uneven.dataset(&path("timestamps")).unwrap();
        assert_eq!(times.read_f64().unwrap(), [0.0, 0.54]);
        assert!(uneven.dataset(&path("starting_time")).is_err());
        let even = series(&FrameTimes::Even { fps: 25.0 });
        assert!(even.dataset(&path("starting_time")).is_ok());
        assert!(even.dataset(&path("timestamps")).is_err());
    }

    #[test]
    fn names_that_nwb_does_not_take_are_written_in_another_way() {
        let poses = poses(&["left/ear", "left%2Fear", ".", "a:b"]);
        let bytes = written(&NwbPoses::new(&poses, "DLC", "v.avi", [320, 240], 30.0)).unwrap();

        let file = hdf5_pure::File::from_bytes(bytes).unwrap();
        let group = file.group("processing/behavior/PoseEstimation").unwrap();
        let mut names = group.groups().unwrap();
        names.sort();
        assert_eq!(names, ["%2E", "a%3Ab", "left%252Fear", "left%2Fear"]);
        let series = group.group("left%2Fear").unwrap().attrs().unwrap();
        let description = series["description"].as_str();
        assert_eq!(description, Some("Estimated position of left/ear."));
    }

    #[test]
    fn a_session_says_what_nwb_asks_for() {
        let session = || NwbSession::new("id", "test", "2020-10-13T11:02:00+02:00");
        assert!(session().check().is_ok());
        let with_blank = "2020-10-13 11:02:00+02:00";
        assert_eq!(with_t(with_blank), session().session_start_time);
        for start in [
            "notatime",
            "",
            "2020-10-13T11:02:00",
            "2020-13-13T11:02:00Z",
        ] {
            let session = NwbSession::new("id", "test", start);
            assert_eq!(session.check().unwrap_err().option(), "session_start_time");
        }
        let subject = |sex: &str, age: &str| {
            let mut session = session();
            session.subject = Some(NwbSubject::new("m7", "Mus musculus", sex).with_age(age));
            session.check().map_err(|error| error.option().to_owned())
        };
        for age in ["P90D", "P1Y2M10DT2H30M", "P7W/P9W", "P1D/", "P0.5Y", "PT5H"] {
            assert_eq!(subject("F", age), Ok(()), "{age}");
        }
        for age in ["90", "P", "PT", "90 days", "P9", "PD", "P1D2Y", "P1DT"] {
            assert_eq!(subject("F", age), Err("age".into()), "{age}");
        }
        assert_eq!(subject("female", "P90D"), Err("sex".into()));
    }
}
