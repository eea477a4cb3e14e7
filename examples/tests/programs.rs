//! Runs the smaller example programs as a user does and reads what they print.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use serde_json::Value;

/// Runs a program to its end.
fn run(name: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    let mut command = testing::program(name)?;
    let command = command.args(arguments).current_dir(folder);
    Some(command.output().unwrap())
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/openfield")
}

fn object(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn pictures_become_files() {
    let folder = tempfile::tempdir().unwrap();
    let (config, frame) = (
        data().join("config.yaml"),
        data().join("expected/raw/frame000.png"),
    );
    let paths = [config.to_str().unwrap(), frame.to_str().unwrap()];
    let arguments = [
        paths[0], paths[1], "--out", ".", "--device", "cpu", "--json",
    ];
    let Some(output) = run("analyze_images", &arguments, folder.path()) else {
        return;
    };

    let report = object(&output);
    assert_eq!(report["scorer"], "DLC_mobnet_35_mouseNov22shuffle1_7200");
    assert_eq!(report["image_count"], 1);
    assert!(report["mean_likelihood"].as_f64().unwrap() > 0.9);
    for file in ["h5", "csv", "meta"] {
        let path = folder.path().join(report[file].as_str().unwrap());
        assert!(path.metadata().unwrap().len() > 300, "{}", path.display());
    }
}

#[test]
fn a_live_estimation_tells_its_latency() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--device", "cpu", "--fast", "--ahead", "5", "--json"];
    let Some(output) = run("live_pose", &arguments, folder.path()) else {
        return;
    };

    let report = object(&output);
    assert_eq!(
        [&report["frames"], &report["poses"], &report["dropped"]],
        [100, 100, 0]
    );
    let at = |percentile: &str| report["latency_ms"][percentile].as_f64().unwrap();
    assert!(0.0 < at("p50") && at("p50") <= at("p90"));
    assert!(at("p90") <= at("p99") && at("p99") <= at("max"));
}

#[test]
fn what_nobody_reads_stops_no_program() {
    let folder = tempfile::tempdir().unwrap();
    let (config, frame) = (
        data().join("config.yaml"),
        data().join("expected/raw/frame000.png"),
    );
    let absent = folder.path().join("absent.png");
    let Some(mut command) = testing::program("analyze_images") else {
        return;
    };
    let command = command
        .args([&config, &frame, &absent])
        .args(["--out", ".", "--device", "cpu"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());

    let mut child = command.spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));

    // One picture is not there: the program says so, to nobody, and ends as it ends then.
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let files = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(
        files.count(),
        4,
        "the .h5, the .csv, the _meta.pickle and the record"
    );
}
