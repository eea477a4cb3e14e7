//! Runs what comes after an analysis as a user does, and reads what is printed.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use testing::Need;

use common::{analyzed, complaint, data, objects, run, said};

fn len(folder: &Path, path: &Value) -> u64 {
    folder
        .join(path.as_str().unwrap())
        .metadata()
        .unwrap()
        .len()
}

#[test]
fn poses_are_filtered_once() {
    let folder = tempfile::tempdir().unwrap();
    analyzed(folder.path());
    let filter = ["filter", "config.yaml", "videos/mouse.avi", "--json"];
    let report = &objects(&run(&filter, folder.path()))[0];
    assert_eq!(report["already_filtered"], false);
    let h5 = "videos/mouseDLC_mobnet_35_mouseNov22shuffle1_7200_filtered.h5";
    assert_eq!(report["h5"], h5);
    assert!(len(folder.path(), &report["h5"]) > 10_000);
    assert!(len(folder.path(), &report["csv"]) > 10_000);

    let again = objects(&run(&filter, folder.path()));
    assert_eq!(again[0]["already_filtered"], true);

    let other = [&filter[..], &["--windowlength", "7"]].concat();
    let output = run(&other, folder.path());
    assert_eq!(output.status.code(), Some(1));
    let error = complaint(&output);
    assert!(error.contains("windowlength was 5, now 7"), "{error}");
    assert!(error.contains("--overwrite"), "{error}");

    let even = [&filter[..], &["--overwrite", "--windowlength", "4"]].concat();
    let output = run(&even, folder.path());
    assert_eq!(output.status.code(), Some(2));
    let error = complaint(&output);
    assert!(error.contains("must be odd, found 4"), "{error}");
}

#[test]
fn a_video_without_results_is_named_with_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let config = data().join("config.yaml");
    let config = config.to_str().unwrap();
    for command in ["filter", "skeleton", "plot", "label", "report"] {
        let output = run(&[command, config, "nowhere/clip.mp4"], folder.path());
        assert_eq!(output.status.code(), Some(1), "{command}");
        let error = complaint(&output);
        let looked_for = "clipDLC_mobnet_35_mouseNov22shuffle1_7200.h5";
        assert!(error.contains(looked_for), "{command}: {error}");
        assert!(error.contains("analyse it first"), "{error}");
        let wrong_call = run(&[command, "config.yaml"], folder.path());
        assert_eq!(wrong_call.status.code(), Some(2));
    }
}

#[test]
fn bones_are_measured_once() {
    let folder = tempfile::tempdir().unwrap();
    let (config, _) = analyzed(folder.path());
    let with_bones = fs::read_to_string(&config).unwrap();
    let with_bones = with_bones.replace("skeleton: []", "skeleton: [[snout, tailbase]]");
    fs::write(&config, with_bones).unwrap();
    let skeleton = ["skeleton", "config.yaml", "videos/mouse.avi", "--json"];
    let report = &objects(&run(&skeleton, folder.path()))[0];
    assert_eq!(report["already_analyzed"], false);
    assert!(len(folder.path(), &report["csv"]) > 1000);
    let again = &objects(&run(&skeleton, folder.path()))[0];
    assert_eq!(again["already_analyzed"], true);
}

#[test]
fn trajectories_are_plotted_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    analyzed(folder.path());
    let plot = ["plot", "config.yaml", "videos/mouse.avi", "--json"];
    let plotted = objects(&run(&plot, folder.path()));
    let files = plotted[0]["files"].as_array().unwrap();
    let names: Vec<String> = files
        .iter()
        .map(|file| {
            assert!(len(folder.path(), file) > 1000);
            let path = PathBuf::from(file.as_str().unwrap());
            path.file_name().unwrap().to_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(
        names,
        [
            "trajectory.png",
            "plot.png",
            "plot-likelihood.png",
            "hist.png"
        ]
    );

    let report = [
        "report",
        "config.yaml",
        "videos/mouse.avi",
        "--to",
        "all.html",
    ];
    assert_eq!(said(&run(&report, folder.path())), "all.html\n");
    let report = folder.path().join("all.html");
    let html = fs::read_to_string(report).unwrap();
    assert_eq!(html.matches("<svg").count(), 4);
    assert_eq!(html.matches("data:image/png;base64,").count(), 4);
    assert!(html.contains("<td>tailbase</td>") && !html.contains("<script"));
}

#[test]
fn a_labelled_video_has_all_frames() {
    let folder = tempfile::tempdir().unwrap();
    analyzed(folder.path());
    let label = ["label", "config.yaml", "videos", "--json"];
    let label = [
        &label[..],
        &["--save-frames", "frames", "--trailpoints", "5"],
    ]
    .concat();
    let output = run(&label, folder.path());
    if String::from_utf8_lossy(&output.stderr).contains("install ffmpeg") {
        return testing::skip(Need::Ffmpeg, "no ffmpeg");
    }
    let report = &objects(&output)[0];
    assert_eq!(report["frame_count"], 100);
    let labeled = report["labeled"].as_str().unwrap();
    assert!(
        labeled.ends_with("shuffle1_7200_p60_labeled.mp4"),
        "{labeled}"
    );
    let info = dlc::io::video::open(folder.path().join(labeled))
        .unwrap()
        .info();
    assert_eq!((info.width, info.height, info.frame_count), (320, 240, 100));
    assert_eq!(info.fps, 30.0);
    assert_eq!(
        fs::read_dir(folder.path().join("frames")).unwrap().count(),
        100
    );
}

#[test]
fn a_network_is_evaluated_on_pictures_that_it_never_saw() {
    let folder = tempfile::tempdir().unwrap();
    said(&run(&["demo"], folder.path()));
    let evaluate = ["evaluate", "dlc-demo", "--json", "--device", "cpu"];
    let output = run(&evaluate, folder.path());
    let report = &objects(&output)[0];
    assert_eq!(
        [&report["train"]["images"], &report["test"]["images"]],
        [0, 20]
    );
    // dlc-cli/data/README.md: 1.444 px on all 100 frames.
    let error = report["test"]["rmse"].as_f64().unwrap();
    assert!((1.0..2.0).contains(&error), "{error}");
    let table = folder.path().join(report["results_csv"].as_str().unwrap());
    let table = fs::read_to_string(table).unwrap();
    assert!(
        table.lines().nth(1).unwrap().starts_with("0,7200,90,1,,1."),
        "{table}"
    );
    assert!(len(folder.path(), &report["h5"]) > 1000);

    let output = run(&evaluate, folder.path());
    let report = &objects(&output)[0];
    assert_eq!(report["already_evaluated"], true);
    assert!(report["made_before"].as_str().unwrap().ends_with("+00:00"));
    let text = said(&run(&evaluate[..2], folder.path()));
    assert!(text.contains("already evaluated at 20"), "{text}");

    let config = folder.path().join("dlc-demo/config.yaml");
    let changed = fs::read_to_string(&config).unwrap();
    let changed = changed.replace("pcutoff: 0.6", "pcutoff: 0.1");
    fs::write(&config, changed).unwrap();
    let output = run(&evaluate, folder.path());
    assert_eq!(output.status.code(), Some(1));
    let error = complaint(&output);
    assert!(error.contains("pcutoff was 0.6, now 0.1"), "{error}");
}
