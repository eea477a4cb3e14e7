//! Session folders of our own making, and the moments noted in them.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits, Precision, h5,
    metadata::{self, MetadataErrorKind, MetadataFile, Recording},
    pickle::{self, Value},
    session::{ReadSession, SessionErrorKind as Kind, SessionFolder, Version},
};
use dlc_model::{Bodyparts, Keypoint, PoseTable, Timestamp, UtcOffset};

const SCORER: &str = "DLC_resnet50_mouseJan1shuffle1_1000";

/// A session folder that is removed at the end.
struct Folder {
    _root: tempfile::TempDir,
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("dlc_session");
        fs::create_dir(&path).unwrap();
        Self { _root: root, path }
    }

    /// Adds predictions in which `x` is the number of the frame.
    fn h5(&self, name: &str, bodypart: &str, frames: usize) -> &Self {
        let mut poses = PoseTable::new(Bodyparts::new([bodypart]).unwrap());
        for frame in 0..frames {
            poses.push([Keypoint::new(frame as f64, 0.0, 1.0)]);
        }
        let file = fs::File::create(self.path.join(name)).unwrap();
        h5::write(file, &poses, SCORER, Precision::F64).unwrap();
        self
    }

    fn meta(&self, name: &str, frames: i64, start: Option<&str>) -> &Self {
        let mut entries = vec![
            ("Scorer", Value::from(SCORER)),
            ("fps", Value::from(40.0)),
            ("nframes", Value::from(frames)),
        ];
        entries.extend(start.map(|start| ("Start Timestamp", start.into())));
        let value = Value::dict([("data", Value::dict(entries))]);
        fs::write(self.path.join(name), pickle::write(&value).unwrap()).unwrap();
        self
    }

    fn open(&self) -> SessionFolder {
        SessionFolder::open(&self.path).unwrap()
    }

    fn error(&self) -> Kind {
        let error = self.open().read().unwrap_err();
        assert_eq!(error.path(), self.path);
        assert!(!chain(&error).is_empty());
        error.into_kind()
    }
}

fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

#[test]
fn videos_are_joined_in_the_order_of_their_numbers() {
    let folder = Folder::new();
    for (place, frames) in [(10, 1), (2, 3), (1, 2)] {
        folder.h5(&format!("v_{place}{SCORER}.h5"), "snout", frames);
        let start = format!("2020-10-13T11:{place:02}:00+02:00");
        let frames = i64::try_from(frames).unwrap();
        folder.meta(
            &format!("v_{place}{SCORER}_meta.pickle"),
            frames,
            Some(&start),
        );
    }

    let session = folder.open().read().unwrap();

    let stems: Vec<_> = session.videos().iter().map(|v| v.stem.as_str()).collect();
    assert_eq!(stems, ["v_1", "v_2", "v_10"]);
    let frames: Vec<f64> = session.poses().rows().map(|row| row[0].x).collect();
    assert_eq!(frames, [0.0, 1.0, 0.0, 1.0, 2.0, 0.0]);
    assert_eq!(session.frame_of(4), Some((1, 2)));
    let times = session.times_s().unwrap();
    assert_eq!(times, [0.0, 0.025, 60.0, 60.025, 60.05, 540.0]);
}

#[test]
fn one_video_needs_no_name_and_no_metadata() {
    let folder = Folder::new();
    folder.h5(&format!("{SCORER}.h5"), "snout", 2);
    fs::write(folder.path.join("dlc_config_file.yml"), "Task: mouse").unwrap();

    let session = folder.open().read().unwrap();

    assert!(
        folder
            .open()
            .config()
            .unwrap()
            .ends_with("dlc_config_file.yml")
    );
    assert_eq!(folder.open().basename(), "session");
    assert_eq!(
        (session.videos()[0].stem.as_str(), session.videos()[0].start),
        ("", None)
    );
    assert_eq!((session.times_s(), session.times_unix_s()), (None, None));
}

#[test]
fn raw_and_filtered_keypoints_are_never_mixed() {
    let folder = Folder::new();
    folder.h5(&format!("a{SCORER}.h5"), "snout", 1);
    folder.h5(&format!("a{SCORER}filtered.h5"), "snout", 2);
    folder.h5(&format!("b{SCORER}.h5"), "snout", 1);

    assert_eq!(folder.open().read().unwrap().poses().len(), 2);
    let filtered = folder.open().with_version(Version::Filtered);
    let error = chain(&filtered.read().unwrap_err());
    assert!(
        error.ends_with("no filtered predictions of b, though of other videos"),
        "{error}"
    );

    folder.h5(&format!("b{SCORER}_filtered.h5"), "snout", 2);
    let filtered = folder
        .open()
        .with_version(Version::Filtered)
        .read()
        .unwrap();
    assert_eq!(
        (filtered.poses().len(), filtered.version()),
        (4, Version::Filtered)
    );
}

#[test]
fn mixed_scorers_and_body_parts_are_refused() {
    let folder = Folder::new();
    assert!(matches!(
        folder.error(),
        Kind::NoPredictions { version: "raw", .. }
    ));
    folder.h5(&format!("a{SCORER}.h5"), "snout", 1);
    folder.h5(&format!("b{SCORER}.h5"), "nose", 1);
    let Kind::Bodyparts {
        found, expected, ..
    } = folder.error()
    else {
        panic!("other body parts");
    };
    assert_eq!((&*found[0], &*expected[0]), ("nose", "snout"));

    let folder = Folder::new();
    let other = "DLC_resnet50_mouseJan1shuffle2_1000";
    folder.h5(&format!("a{SCORER}.h5"), "snout", 1);
    folder.h5(&format!("b{other}.h5"), "snout", 1);
    assert!(matches!(folder.error(), Kind::Scorers { scorers } if scorers.len() == 2));
    assert_eq!(
        folder
            .open()
            .with_scorer(SCORER)
            .read()
            .unwrap()
            .poses()
            .len(),
        1
    );
    let error = folder.open().with_scorer(other).read().unwrap_err();
    assert!(matches!(error.kind(), Kind::Scorer { .. }));
}

#[test]
fn metadata_that_disagree_are_refused() {
    let (name, stamp) = (format!("a{SCORER}"), "2020-10-13T11:02:00+02:00");
    let folder = Folder::new();
    folder.h5(&format!("{name}.h5"), "snout", 3);
    folder.meta(&format!("{name}_meta.pickle"), 4, Some(stamp));
    assert!(matches!(
        folder.error(),
        Kind::FrameCount {
            expected: 4,
            found: 3,
            ..
        }
    ));
    let error = chain(&folder.open().read().unwrap_err());
    for part in [&*name, "_meta.pickle", "4", "3", "allow_unequal_counts"] {
        assert!(error.contains(part), "{error}");
    }
    let options = ReadSession::default().with_allow_unequal_counts(true);
    let session = folder.open().read_with(&options).unwrap();
    assert_eq!(session.times_s(), Some(vec![0.0, 0.025, 0.05]));

    folder.meta(&format!("{name}_meta.pickle"), 3, Some(stamp));
    folder.meta(
        &format!("{name}includingmetadata.pickle"),
        3,
        Some("2020-10-13T11:02:01+02:00"),
    );
    assert!(matches!(folder.error(), Kind::Starts { .. }));

    // The same moment on another clock.
    folder.meta(
        &format!("{name}includingmetadata.pickle"),
        3,
        Some("2020-10-13T09:02:00Z"),
    );
    assert!(folder.open().read().is_ok());

    folder.h5(&format!("b{SCORER}.h5"), "snout", 1);
    folder.meta(
        &format!("b{SCORER}_meta.pickle"),
        1,
        Some("2020-10-13T11:01:00+02:00"),
    );
    assert!(matches!(folder.error(), Kind::Order { .. }));
}

#[test]
fn a_zone_is_stated_or_asked_for() {
    let folder = Folder::new();
    folder.h5(&format!("a{SCORER}.h5"), "snout", 1);
    folder.meta(
        &format!("a{SCORER}_meta.pickle"),
        1,
        Some("2020-04-07_17:56:00.4742"),
    );

    let error = chain(&folder.open().read().unwrap_err());
    assert!(error.contains("no offset from UTC"), "{error}");
    let summer: UtcOffset = "+02:00".parse().unwrap();
    let options = ReadSession::default().with_assumed_offset(summer);
    let session = folder.open().read_with(&options).unwrap();
    let start = session.videos()[0].start.unwrap();
    assert_eq!(start.to_string(), "2020-04-07T17:56:00.4742+02:00");
}

#[test]
fn a_start_is_noted_beside_the_predictions_too() {
    let folder = Folder::new();
    folder.h5(&format!("a{SCORER}.h5"), "snout", 2);
    let recording = Recording {
        start_timestamp: "2020-10-13T11:02:00+02:00".parse().unwrap(),
        fps: 4.0,
        frame_count: 2,
        frame_times_s: None,
        scorer: SCORER.into(),
        video: Some("a.mp4".into()),
        video_sha256: None,
    };
    let path = Recording::path_beside(folder.path.join(format!("a{SCORER}.h5")));
    recording.write(path).unwrap();

    let session = folder.open().read().unwrap();

    assert_eq!(session.times_s(), Some(vec![0.0, 0.25]));
}

#[test]
fn uneven_frames_have_their_own_times() {
    let folder = Folder::new();
    folder.h5(&format!("a{SCORER}.h5"), "snout", 3);
    // DeepLabCut knows a rate alone: 40 frames per second.
    let start = "2020-10-13T11:02:00+02:00";
    folder.meta(&format!("a{SCORER}_meta.pickle"), 3, Some(start));
    let write = |frame_times_s: &[f64]| {
        let recording = Recording {
            start_timestamp: start.parse().unwrap(),
            fps: 40.0,
            frame_count: 3,
            frame_times_s: Some(frame_times_s.to_vec()),
            scorer: SCORER.into(),
            video: None,
            video_sha256: None,
        };
        let path = Recording::path_beside(folder.path.join(format!("a{SCORER}.h5")));
        recording.write(path).unwrap();
    };

    write(&[0.0, 0.025, 1.0 / 3.0]);

    let session = folder.open().read().unwrap();
    assert_eq!(session.times_s(), Some(vec![0.0, 0.025, 1.0 / 3.0]));
    let unix = session.times_unix_s().unwrap();
    assert!((unix[2] - unix[0] - 1.0 / 3.0).abs() < 1e-6);

    for wrong in [[0.0, 0.5, 0.4], [0.1, 0.2, 0.3], [0.0, -1.0, 0.5]] {
        write(&wrong);
        assert!(matches!(folder.error(), Kind::FrameTime { .. }));
    }
    write(&[0.0, 0.5]);
    assert!(matches!(
        folder.error(),
        Kind::FrameCount {
            expected: 2,
            found: 3,
            ..
        }
    ));
}

#[test]
fn a_start_is_set_without_losing_anything_else() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pickle");
    let start: Timestamp = "2020-10-13T11:02:10.5+02:00".parse().unwrap();
    let limits = Limits::default();
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for protocol in 0..6 {
        // Arrays, paths, dates, enums and classes, which are not written by this crate.
        let bytes = fs::read(fixtures.join(format!("objects.p{protocol}"))).unwrap();
        let objects = pickle::read(&bytes[..], &limits).unwrap();
        let error = pickle::set_text(&bytes, &["data"], "Start Timestamp", "now", &limits);
        assert!(error.is_err(), "{protocol}: there is no dict `data`");
        let edited = pickle::set_text(&bytes, &[], "Start Timestamp", "now", &limits).unwrap();
        let read = pickle::read(&edited[..], &limits).unwrap();
        let start = read.get("Start Timestamp").and_then(Value::as_str);
        assert_eq!(start, Some("now"));
        let (old, new) = (objects.items().unwrap(), read.items().unwrap());
        assert_eq!(format!("{old:?}"), format!("{:?}", &new[..old.len()]));
        count += 1;
    }
    assert_eq!(count, 6);

    let path = folder.path().join("v_meta.pickle");
    let data = Value::dict([("nframes", Value::from(3))]);
    fs::write(
        &path,
        pickle::write(&Value::dict([("data", data)])).unwrap(),
    )
    .unwrap();
    metadata::set_start_timestamp(&path, start, &limits).unwrap();
    let once = fs::read(&path).unwrap();
    metadata::set_start_timestamp(&path, start, &limits).unwrap();
    assert_eq!(fs::read(&path).unwrap(), once);
    let meta = MetadataFile::read(&path, &limits).unwrap();
    assert_eq!(meta.start_timestamp(None).unwrap(), Some(start));
    assert_eq!(meta.frame_count(), Some(3));

    fs::write(&path, b"\x80\x04N.").unwrap();
    let error = metadata::set_start_timestamp(&path, start, &limits).unwrap_err();
    assert!(matches!(error.kind(), MetadataErrorKind::Edit(_)));
}
