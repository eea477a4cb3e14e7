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

    let json = [&again[..], &["--json"]].concat();
    let output = run(&json, folder.path()).unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["already_analyzed"], true);
    assert_eq!(report["frame_count"], 100);
    assert!(report["mean_likelihood"].as_f64().unwrap() > 0.9);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 0);

    let cropped = [&again[..], &["--crop", "0,160,0,120"]].concat();
    let output = run(&cropped, folder.path()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("crop was none, now 0,160,0,120"), "{error}");
    assert!(error.contains("--overwrite"), "{error}");
}

#[test]
fn videos_of_one_name_are_refused_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/openfield");
    for name in ["a/mouse.avi", "b/mouse.avi"] {
        let copy = folder.path().join(name);
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(project.join("videos/mouse.avi"), copy).unwrap();
    }
    let arguments = [
        project.to_str().unwrap(),
        "a/mouse.avi",
        "b",
        "--out",
        "out",
        "--overwrite",
    ];
    let Some(output) = run(&arguments, folder.path()) else {
        return;
    };

    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("a/mouse.avi and b/mouse.avi"), "{error}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_folder_stands_for_its_videos() {
    let folder = tempfile::tempdir().unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/openfield");
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("session")).unwrap();
    let clip = project.join("videos/mouse.avi");
    for name in ["session/mouse.avi", "session/mouse_labeled.avi"] {
        std::fs::copy(&clip, at(name)).unwrap();
    }
    let frame = project.join("expected/raw/frame000.png");
    std::fs::copy(frame, at("session/mouse.png")).unwrap();
    let arguments = [project.to_str().unwrap(), "session", "--json"];
    let arguments = [&arguments[..], &["--device", "cpu"]].concat();
    let Some(output) = run(&arguments, folder.path()) else {
        return;
    };

    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["video"], "session/mouse.avi");
    assert_eq!(report["frame_count"], 100);
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(notes.contains("pictures that are left out: 1"), "{notes}");
    assert!(
        notes.contains("labelled videos that are left out: 1"),
        "{notes}"
    );

    std::fs::create_dir(at("empty")).unwrap();
    let output = run(&[arguments[0], "empty"], folder.path()).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("end in avi, mp4, mov"), "{error}");
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
