//! Runs the programs of a pipeline as a user does: from an empty folder to tracking, and by hand.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::{fs, path::Path, process::Output};

use dlc::{
    io::metadata::Recording,
    schema::{
        Query, SqliteStore, StoreExt, TrackingOpenField, TrackingRawDlcPart, TrackingRawRow,
        tables::{TRACKING_OPEN_FIELD, TRACKING_RAW, TRACKING_RAW_DLC_PART},
    },
};
use tempfile::TempDir;

use common::{complaint, project, said};

/// Runs a command with arguments.
fn run(command: &str, arguments: &[&str], folder: &Path) -> Output {
    let words: Vec<&str> = command
        .split(' ')
        .chain(arguments.iter().copied())
        .collect();
    common::run(&words, folder)
}

#[test]
fn an_empty_folder_becomes_tracking() {
    let folder = tempfile::tempdir().unwrap();
    let output = run("demo --pipeline", &["--out", "p"], folder.path());
    let text = said(&output);
    assert!(text.contains("made Tracking"), "{text}");

    let root = folder.path().join("p");
    let store = SqliteStore::open(root.join("pipeline.sqlite")).unwrap();
    let parts: Vec<TrackingRawDlcPart> = store.fetch(&Query::of(&TRACKING_RAW_DLC_PART)).unwrap();
    assert_eq!(parts.len(), 4);
    assert!(
        parts
            .iter()
            .all(|part| part.x_px.len() == 100 && part.training_iteration == 7200)
    );
    let tracking: Vec<TrackingOpenField> = store.fetch(&Query::of(&TRACKING_OPEN_FIELD)).unwrap();
    let [tracking] = tracking.as_slice() else {
        panic!("{} rows of tracking", tracking.len())
    };
    assert_eq!(tracking.head_angle_rad.len(), 100);
    // The path fills the arena of 800 mm, by the sum of its two sides.
    let extents = tracking.right_mm - tracking.left_mm + tracking.top_mm - tracking.bottom_mm;
    assert!((extents - 1600.0).abs() < 1e-6, "{extents}");
    assert!(
        fs::read_to_string(root.join("tracking.svg"))
            .unwrap()
            .contains("<polyline")
    );

    let session = root.join("94557/dlc_94557");
    let recording = fs::read_dir(&session)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let recording = recording.filter(|path| path.to_string_lossy().ends_with("_recording.json"));
    let recording = Recording::read(recording.last().unwrap(), &dlc::io::Limits::default());
    let start = recording.unwrap().start_timestamp.to_string();
    assert_eq!(start, "2022-06-07T14:53:11.25+02:00"); // As the picture of the microscope tells.

    // Again: all is there, nothing is made anew, and nothing is different.
    let text = said(&run("demo --pipeline", &["--out", "p"], folder.path()));
    for there in [
        "model mouse is there already",
        "recording d25b179a25df97d0 is there already",
    ] {
        assert!(text.contains(there), "{text}");
    }
    assert!(!text.contains("made DLCPrediction"), "{text}");

    let status = run("status", &["--store", "p/pipeline.sqlite"], folder.path());
    let status = said(&status);
    for table in ["DLCPrediction", "TrackingRaw", "Tracking"] {
        let made = status
            .lines()
            .find(|line| line.starts_with(&format!("{table} ")));
        let words: Vec<&str> = made.unwrap().split_whitespace().collect();
        assert_eq!(words, [table, "1", "0"]);
    }
}

#[test]
fn what_a_lab_does_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str, arguments: &[&str]| run(name, arguments, folder.path());
    project(&folder.path().join("project"));
    let (config, video) = ("project/config.yaml", "project/videos/mouse.avi");
    let two_ears = r#"{"function_to_invoke": "two_point_left_right",
        "params": {"method": {"left": "leftear", "right": "rightear"}}}"#;
    fs::write(folder.path().join("ears.json"), two_ears).unwrap();

    let registered = at(
        "register",
        &[
            config,
            "mouse",
            "--repository",
            "here=.",
            "--method",
            "ears=ears.json",
        ],
    );
    let text = said(&registered);
    assert!(text.contains("new body part snout"), "{text}");
    assert!(text.contains("can be used with ears"), "{text}");
    let again = at("register", &[config, "again"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        complaint(&again).contains("model mouse has the same"),
        "{}",
        complaint(&again)
    );
    let stranger = at("register", &[config, "again", "--user", "eve"]);
    assert!(
        complaint(&stranger).contains("eve is no administrator"),
        "{}",
        complaint(&stranger)
    );

    let scorer = "DLC_mobnet_35_mouseNov22shuffle1_7200";
    let start = [
        "--basename",
        "94557",
        "--start",
        "2022-06-07T14:53:11+02:00",
    ];
    let predict = |model: &str, more: &[&str]| {
        let arguments = [&["--model", model], more, &[video]].concat();
        at("predict", &arguments)
    };
    let text = said(&predict(scorer, &start));
    assert!(text.contains("model mouse (found by its scorer)"), "{text}");
    assert!(
        text.contains("began at 2022-06-07T14:53:11+02:00 (as told)"),
        "{text}"
    );
    let results = format!("project/videos/dlc_94557/mouse{scorer}");
    for ending in [".h5", ".csv", "_meta.pickle", "_recording.json"] {
        assert!(
            folder.path().join(format!("{results}{ending}")).exists(),
            "{ending}"
        );
    }
    let again = said(&predict(scorer, &start));
    assert!(again.contains("100 frames, already analysed"), "{again}");
    let unknown = predict("nobody", &start);
    assert!(
        complaint(&unknown).contains("registered: mouse"),
        "{}",
        complaint(&unknown)
    );
    let untold = predict("mouse", &["--basename", "94557"]);
    assert!(
        complaint(&untold).contains("tell when it began"),
        "{}",
        complaint(&untold)
    );

    // The model is looked for before anything else.
    let unknown = predict("nobody", &[]);
    assert!(
        complaint(&unknown).contains("registered: mouse"),
        "{}",
        complaint(&unknown)
    );

    let worker = at("worker", &["--once"]);
    let text = said(&worker);
    assert!(text.contains("offers model mouse"), "{text}");
    assert!(text.contains("made 0, failed 0"), "{text}");
}

/// Makes a folder with the bundled project, a method and, if asked for, a store with the model.
fn lab(registered: bool) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    project(&folder.path().join("project"));
    let two_ears = r#"{"function_to_invoke": "two_point_left_right",
        "params": {"method": {"left": "leftear", "right": "rightear"}}}"#;
    fs::write(folder.path().join("ears.json"), two_ears).unwrap();
    if registered {
        let arguments = ["project/config.yaml", "mouse", "--repository", "here=."];
        said(&run("register", &arguments, folder.path()));
    }
    folder
}

const VIDEO: &str = "project/videos/mouse.avi";

#[test]
fn when_a_video_began_is_told_with_one_offset_for_all_and_not_changed_unasked() {
    let folder = lab(true);
    let predict = |more: &[&str]| {
        let arguments = [&["--model", "mouse", "--basename", "b"], more, &[VIDEO]].concat();
        run("predict", &arguments, folder.path())
    };
    let local = ["--start", "2024-01-02 03:04:05"];
    let cet = ["--utc-offset", "+01:00"];

    let wrong = predict(&local);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        complaint(&wrong).contains("--utc-offset"),
        "{}",
        complaint(&wrong)
    );
    let wrong = predict(&["--start", "notatime", "--utc-offset", "+01:00"]);
    assert_eq!(wrong.status.code(), Some(2));

    let began = "began at 2024-01-02T03:04:05+01:00 (as told)";
    let text = said(&predict(&[local, cet].concat()));
    assert!(text.contains(began), "{text}");
    let recorded = || {
        let side_car =
            "project/videos/dlc_b/mouseDLC_mobnet_35_mouseNov22shuffle1_7200_recording.json";
        let recording = Recording::read(folder.path().join(side_car), &dlc::io::Limits::default());
        recording.unwrap().start_timestamp.to_string()
    };
    assert_eq!(recorded(), "2024-01-02T03:04:05+01:00");

    // The same moment is fine, on any clock; another one is refused until it is asked for.
    said(&predict(&["--start", "2024-01-02T02:04:05Z"]));
    let summer = [&local[..], &["--utc-offset", "+02:00"]].concat();
    let before = recorded();
    let refused = predict(&summer);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        complaint(&refused).contains("began at 2024-01-02T02:04:05"),
        "{}",
        complaint(&refused)
    );
    assert_eq!(recorded(), before);
    said(&predict(&[&summer[..], &["--replace-start"]].concat()));
    assert_eq!(recorded(), "2024-01-02T03:04:05+02:00");
}

#[test]
fn the_pipeline_by_hand_is_done_by_hand() {
    let folder = lab(true);
    let at = |name: &str, arguments: &[&str]| run(name, arguments, folder.path());
    let edit = |arguments: &[&str]| match ["map", "start", "retry"].contains(&arguments[0]) {
        true => at(arguments[0], &arguments[1..]),
        false => at("add", arguments),
    };
    fs::copy(folder.path().join(VIDEO), folder.path().join("second.avi")).unwrap();

    // Each can be said twice, and nothing else under the same name.
    for _ in 0..2 {
        said(&edit(&["method", "mouse", "ears=ears.json"]));
        said(&edit(&["arena", "Square80", "--square", "800"]));
        said(&edit(&["tracking-params", "A"]));
        said(&edit(&["repository", "here=."]));
        said(&edit(&[
            "recording",
            VIDEO,
            "--name",
            "first",
            "--arena",
            "Square80",
        ]));
        let start = ["--start", "2024-01-02 03:04:05", "--utc-offset", "+01:00"];
        let second = ["recording", "second.avi", "--name", "second"];
        said(&edit(&[&second[..], &start].concat()));
        for recording in ["first", "second"] {
            said(&edit(&["map", recording, "mouse", "ears"]));
        }
    }
    for (wrong, why) in [
        (
            &["arena", "Square80", "--square", "900"][..],
            "already, and it has",
        ),
        (
            &["tracking-params", "A", "--sigma-speed", "3"],
            "already, and it has",
        ),
        (&["repository", "here=project"], "already, and it has"),
        (
            &["recording", VIDEO, "--name", "first", "--arena", "Round"],
            "no arena has the name Round",
        ),
        (
            &["recording", "/dev/null", "--name", "x"],
            "is in no repository",
        ),
        (&["recording", "absent.avi"], "absent.avi"),
        (
            &["method", "mouse", "none"],
            "no processing method has the name none",
        ),
        (
            &["map", "third", "mouse", "ears"],
            "no recording has the name third",
        ),
        (
            &["start", "second", "2024-01-02T03:04:05Z"],
            "began at 2024-01-02T03:04:05+01:00",
        ),
        (
            &["arena", "Other", "--square", "800", "--user", "eve"],
            "eve is no administrator",
        ),
    ] {
        let refused = edit(wrong);
        assert_eq!(refused.status.code(), Some(1), "{wrong:?}");
        assert!(complaint(&refused).contains(why), "{}", complaint(&refused));
    }

    // The first video does not tell when it began, and nobody has said it.
    let worker = at("worker", &["--once"]);
    assert_eq!(worker.status.code(), Some(1));
    assert!(
        complaint(&worker).contains("1 jobs failed"),
        "{}",
        complaint(&worker)
    );
    let status = said(&at("status", &[]));
    assert!(status.contains("tell when it began"), "{status}");
    assert_eq!(rows(&status, "Tracking"), ["Tracking", "1", "0"]);
    // It still waits, whoever asks.
    assert_eq!(at("worker", &["--once"]).status.code(), Some(1));

    said(&edit(&["start", "first", "2024-01-03T03:04:05+01:00"]));
    let freed = said(&edit(&["retry"]));
    assert!(freed.contains("DLCPrediction"), "{freed}");
    let text = said(&at("worker", &["--once"]));
    assert!(text.contains("made 3, failed 0"), "{text}");
    let status = said(&at("status", &[]));
    assert_eq!(rows(&status, "Tracking"), ["Tracking", "2", "0"]);
    assert!(status.contains("nothing is pending"), "{status}");

    let store = SqliteStore::open_read_only(folder.path().join("pipeline.sqlite")).unwrap();
    let raw: Vec<TrackingRawRow> = store.fetch(&Query::of(&TRACKING_RAW)).unwrap();
    let mut starts: Vec<String> = raw.iter().map(|raw| raw.start_time.to_string()).collect();
    starts.sort();
    assert_eq!(starts, ["2024-01-02 03:04:05", "2024-01-03 03:04:05"]);
    // What is predicted says when it began.
    let late = edit(&["start", "first", "2024-01-04T03:04:05Z", "--replace"]);
    assert!(
        complaint(&late).contains("predicted already"),
        "{}",
        complaint(&late)
    );
}

/// Returns the line of a table in a status.
fn rows<'s>(status: &'s str, table: &str) -> Vec<&'s str> {
    let lines = status
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut found = lines.filter(|words| words.first() == Some(&table));
    found.next().unwrap_or_default()
}

#[test]
fn whoever_reads_makes_no_store_and_changes_no_file() {
    let folder = lab(false);
    let at = |name: &str, arguments: &[&str]| run(name, arguments, folder.path());
    let listed = || {
        let names = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    fs::write(folder.path().join("empty.txt"), "").unwrap();
    fs::write(folder.path().join("notes.txt"), "notes").unwrap();
    let before = listed();
    let predict = ["--model", "mouse", "--basename", "b", VIDEO];
    let register = ["project/config.yaml", "mouse", "--repository", "here=."];
    for (name, arguments, makes) in [
        ("status", &[][..], false),
        ("retry", &[], false),
        ("predict", &predict, false),
        ("worker", &["--once"], false),
        ("serve", &["--listen", "127.0.0.1:0"], false),
        ("register", &register, true),
    ] {
        for (store, why) in [
            ("absent.sqlite", "there is no such file"),
            ("empty.txt", "it is an empty file"),
            ("notes.txt", "it is no SQLite database"),
        ] {
            if makes && store == "absent.sqlite" {
                continue;
            }
            let output = at(name, &[arguments, &["--store", store]].concat());
            let complaint = complaint(&output);
            assert_eq!(output.status.code(), Some(1), "{name}: {complaint}");
            assert!(
                complaint.contains(store) && complaint.contains(why),
                "{name}: {complaint}"
            );
        }
    }
    // Nor does a model that is not there make one.
    let absent = ["absent.yaml", "mouse", "--store", "absent.sqlite"];
    let absent = at("register", &absent);
    assert!(
        complaint(&absent).contains("absent.yaml"),
        "{}",
        complaint(&absent)
    );
    assert_eq!(listed(), before);
    assert_eq!(fs::read(folder.path().join("empty.txt")).unwrap(), b"");
    assert_eq!(fs::read(folder.path().join("notes.txt")).unwrap(), b"notes");
}
