//! Runs the example program as a user does and reads what it prints.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{path::Path, process::Output};

use serde_json::Value;

fn run(arguments: &[&str], folder: &Path) -> Option<Output> {
    let mut command = testing::program("analyze_video")?;
    Some(
        command
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap(),
    )
}

#[test]
fn without_arguments_it_analyses_the_bundled_mouse() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run(&["--json", "--device", "cpu"], folder.path()) else {
        return;
    };

    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["scorer"], "DLC_mobnet_35_mouseNov22shuffle1_7200");
    assert_eq!(report["frame_count"], 100);
    assert_eq!(report["missing_frames"].as_array().unwrap().len(), 0);
    assert!(report["mean_likelihood"].as_f64().unwrap() > 0.9);
    for file in ["h5", "csv", "meta", "png"] {
        let path = folder.path().join(report[file].as_str().unwrap());
        assert!(path.metadata().unwrap().len() > 1000, "{}", path.display());
    }
}

#[test]
fn results_that_are_there_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_) = run(&["--json", "--device", "cpu"], folder.path()) else {
        return;
    };
    let again = [
        "dlc-demo/project/config.yaml",
        "dlc-demo/project/videos/mouse.avi",
        "--out",
        "dlc-demo",
    ];
    let output = run(&again, folder.path()).unwrap();

    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("already analysed"));
}

#[test]
fn exit_codes_tell_a_wrong_call_from_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let Some(wrong_call) = run(&["config.yaml"], folder.path()) else {
        return;
    };
    let no_config = run(&["nowhere.yaml", "video.mp4"], folder.path()).unwrap();

    assert_eq!(wrong_call.status.code(), Some(2));
    assert_eq!(no_config.status.code(), Some(1));
    let error = String::from_utf8_lossy(&no_config.stderr).into_owned();
    assert!(error.starts_with("error: "), "{error}");
    assert!(error.contains("nowhere.yaml"), "{error}");
}

#[test]
fn a_device_that_is_not_there_is_an_error_and_not_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    let Some(output) = run(&["--device", "no such card"], folder.path()) else {
        return;
    };

    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("no adapter \"no such card\""), "{error}");
}
