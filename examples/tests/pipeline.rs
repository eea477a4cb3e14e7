//! Runs the programs of a pipeline as a user does: from an empty folder to tracking, and by hand.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{fs, path::Path, process::Output};

use dlc::{
    io::metadata::Recording,
    schema::{
        Query, SqliteStore, StoreExt, TrackingOpenField, TrackingRawDlcPart,
        tables::{TRACKING_OPEN_FIELD, TRACKING_RAW_DLC_PART},
    },
};

/// Runs a program, which is built beside the tests.
fn run(name: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    let mut command = testing::program(name)?;
    command
        .args(arguments)
        .env("USER", "ada")
        .current_dir(folder);
    Some(command.output().unwrap())
}

fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", complaint(output));
    text
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_empty_folder_becomes_tracking() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run("pipeline", &["--out", "p"], folder.path()) else {
        return;
    };
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

    let status = run(
        "pipeline_status",
        &["--store", "p/pipeline.sqlite"],
        folder.path(),
    );
    let status = said(&status.unwrap());
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
    examples::unpack(&folder.path().join("project")).unwrap();
    let (config, video) = ("project/config.yaml", "project/videos/mouse.avi");
    let two_ears = r#"{"function_to_invoke": "two_point_left_right",
        "params": {"method": {"left": "leftear", "right": "rightear"}}}"#;
    fs::write(folder.path().join("ears.json"), two_ears).unwrap();

    let Some(registered) = at(
        "register_model",
        &[
            config,
            "mouse",
            "--repository",
            "here=.",
            "--method",
            "ears=ears.json",
        ],
    ) else {
        return;
    };
    let text = said(&registered);
    assert!(text.contains("new body part snout"), "{text}");
    assert!(text.contains("can be used with ears"), "{text}");
    let again = at("register_model", &[config, "again"]).unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(
        complaint(&again).contains("model mouse has the same"),
        "{}",
        complaint(&again)
    );
    let stranger = at("register_model", &[config, "again", "--user", "eve"]).unwrap();
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
        at("predict_session", &arguments).unwrap()
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

    let worker = at("worker", &["--once"]);
    let text = said(&worker.unwrap());
    assert!(text.contains("offers model mouse"), "{text}");
    assert!(text.contains("made 0, failed 0"), "{text}");
}
