//! Runs the programs for what comes after an analysis as a user does, and reads what they print.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;
use testing::Need;

/// Runs a program, which `cargo test` builds beside the tests.
fn run(name: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    let mut command = testing::program(name)?;
    command.args(arguments).current_dir(folder);
    Some(command.output().unwrap())
}

fn objects(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let objects = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    objects.collect()
}

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
    let Some(output) = run("filter_predictions", &["--json"], folder.path()) else {
        return;
    };
    let report = &objects(&output)[0];
    assert_eq!(report["already_filtered"], false);
    let h5 = "dlc-demo/project/videos/mouseDLC_mobnet_35_mouseNov22shuffle1_7200_filtered.h5";
    assert_eq!(report["h5"], h5);
    assert!(len(folder.path(), &report["h5"]) > 10_000);
    assert!(len(folder.path(), &report["csv"]) > 10_000);

    let again = [
        "dlc-demo/project",
        "dlc-demo/project/videos/mouse.avi",
        "--json",
    ];
    let output = run("filter_predictions", &again, folder.path()).unwrap();
    assert_eq!(objects(&output)[0]["already_filtered"], true);

    let other = [&again[..], &["--windowlength", "7"]].concat();
    let output = run("filter_predictions", &other, folder.path()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("windowlength was 5, now 7"), "{error}");

    let even = [&again[..], &["--overwrite", "--windowlength", "4"]].concat();
    let output = run("filter_predictions", &even, folder.path()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("must be odd, found 4"), "{error}");
}

#[test]
fn a_video_without_results_is_named_with_what_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/openfield/config.yaml");
    let arguments = [project.to_str().unwrap(), "nowhere/clip.mp4"];
    for program in [
        "filter_predictions",
        "plot_trajectories",
        "create_labeled_video",
    ] {
        let Some(output) = run(program, &arguments, folder.path()) else {
            return;
        };
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            error.contains("clipDLC_mobnet_35_mouseNov22shuffle1_7200.h5"),
            "{error}"
        );
        let wrong_call = run(program, &["config.yaml"], folder.path()).unwrap();
        assert_eq!(wrong_call.status.code(), Some(2));
    }
}

#[test]
fn trajectories_are_plotted_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run("plot_trajectories", &["--json"], folder.path()) else {
        return;
    };
    let objects = objects(&output);
    let files = objects[0]["files"].as_array().unwrap();
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

    let report = folder.path().join(objects[1]["report"].as_str().unwrap());
    let html = fs::read_to_string(report).unwrap();
    assert_eq!(html.matches("<svg").count(), 4);
    assert_eq!(html.matches("data:image/png;base64,").count(), 4);
    assert!(html.contains("<td>tailbase</td>") && !html.contains("<script"));
}

#[test]
fn a_labelled_video_has_all_frames() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--json", "--save-frames", "frames", "--trailpoints", "5"];
    let Some(output) = run("create_labeled_video", &arguments, folder.path()) else {
        return;
    };
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
    let Some(output) = run(
        "evaluate_network",
        &["--json", "--device", "cpu"],
        folder.path(),
    ) else {
        return;
    };
    let report = &objects(&output)[0];
    assert_eq!(
        [&report["train"]["images"], &report["test"]["images"]],
        [0, 20]
    );
    // examples/data/README.md: 1.444 px on all 100 frames.
    let error = report["test"]["rmse"].as_f64().unwrap();
    assert!((1.0..2.0).contains(&error), "{error}");
    let table = folder.path().join(report["results_csv"].as_str().unwrap());
    let table = fs::read_to_string(table).unwrap();
    assert!(
        table.lines().nth(1).unwrap().starts_with("0,7200,90,1,,1."),
        "{table}"
    );
    assert!(len(folder.path(), &report["h5"]) > 1000);

    let again = ["dlc-demo/project", "--json", "--device", "cpu"];
    let output = run("evaluate_network", &again, folder.path()).unwrap();
    let report = &objects(&output)[0];
    assert_eq!(report["already_evaluated"], true);
    assert!(report["made_before"].as_str().unwrap().ends_with("+00:00"));
    let text = run("evaluate_network", &again[..1], folder.path()).unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("already evaluated at 20"), "{text}");

    let config = folder.path().join("dlc-demo/project/config.yaml");
    let changed = fs::read_to_string(&config).unwrap();
    let changed = changed.replace("pcutoff: 0.6", "pcutoff: 0.1");
    fs::write(&config, changed).unwrap();
    let output = run("evaluate_network", &again, folder.path()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("pcutoff was 0.6, now 0.1"), "{error}");
}
