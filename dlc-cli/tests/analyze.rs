//! Analyses videos and pictures as a user does, and reads what is printed.

mod common;

use std::process::Stdio;

use common::{complaint, data, objects, program, project, run, said};

#[test]
fn the_demonstration_analyses_the_bundled_mouse() {
    let folder = tempfile::tempdir().unwrap();
    let report = &objects(&run(&["demo", "--json"], folder.path()))[0];
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
    said(&run(&["demo"], folder.path()));
    let again = [
        "analyze",
        "dlc-demo/config.yaml",
        "dlc-demo/videos/mouse.avi",
    ];
    let output = run(&again, folder.path());

    assert!(said(&output).contains("already analysed"));

    let json = [&again[..], &["--json"]].concat();
    let report = &objects(&run(&json, folder.path()))[0];
    assert_eq!(report["already_analyzed"], true);
    assert_eq!(report["frame_count"], 100);
    assert!(report["mean_likelihood"].as_f64().unwrap() > 0.9);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 0);

    let cropped = [&again[..], &["--crop", "0,160,0,120"]].concat();
    let output = run(&cropped, folder.path());
    assert_eq!(output.status.code(), Some(1));
    let error = complaint(&output);
    assert!(error.contains("crop was none, now 0,160,0,120"), "{error}");
    assert!(error.contains("--overwrite"), "{error}");
}

#[test]
fn videos_of_one_name_are_refused_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let project = data();
    for name in ["a/mouse.avi", "b/mouse.avi"] {
        let copy = folder.path().join(name);
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(project.join("videos/mouse.avi"), copy).unwrap();
    }
    let arguments = [
        "analyze",
        project.to_str().unwrap(),
        "a/mouse.avi",
        "b",
        "--out",
        "out",
        "--overwrite",
    ];
    let output = run(&arguments, folder.path());

    assert_eq!(output.status.code(), Some(1));
    let error = complaint(&output);
    assert!(error.contains("a/mouse.avi and b/mouse.avi"), "{error}");
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_folder_stands_for_its_videos() {
    let folder = tempfile::tempdir().unwrap();
    let project = data();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("session")).unwrap();
    let clip = project.join("videos/mouse.avi");
    for name in ["session/mouse.avi", "session/mouse_labeled.avi"] {
        std::fs::copy(&clip, at(name)).unwrap();
    }
    let frame = project.join("expected/raw/frame000.png");
    std::fs::copy(frame, at("session/mouse.png")).unwrap();
    let arguments = ["analyze", project.to_str().unwrap(), "session", "--json"];
    let arguments = [&arguments[..], &["--device", "cpu"]].concat();
    let output = run(&arguments, folder.path());

    let report = &objects(&output)[0];
    assert_eq!(report["video"], "session/mouse.avi");
    assert_eq!(report["frame_count"], 100);
    let notes = complaint(&output);
    assert!(notes.contains("pictures that are left out: 1"), "{notes}");
    assert!(
        notes.contains("labelled videos that are left out: 1"),
        "{notes}"
    );

    std::fs::create_dir(at("empty")).unwrap();
    let output = run(&["analyze", arguments[1], "empty"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let error = complaint(&output);
    assert!(error.contains("end in avi, mp4, mov"), "{error}");
}

#[test]
fn exit_codes_tell_a_wrong_call_from_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let wrong_call = run(&["analyze", "config.yaml"], folder.path());
    let config = data().join("config.yaml");
    let no_area = [
        "analyze",
        config.to_str().unwrap(),
        "no.avi",
        "--crop",
        "5,5,5,5",
    ];
    assert_eq!(run(&no_area, folder.path()).status.code(), Some(2));
    let no_config = run(&["analyze", "nowhere.yaml", "video.mp4"], folder.path());

    assert_eq!(wrong_call.status.code(), Some(2));
    assert_eq!(no_config.status.code(), Some(1));
    let error = complaint(&no_config);
    assert!(error.starts_with("error: "), "{error}");
    assert!(error.contains("nowhere.yaml"), "{error}");
}

#[test]
fn a_device_that_is_not_there_is_an_error_and_not_the_cpu() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let analyze = [
        "analyze",
        "config.yaml",
        "videos",
        "--device",
        "no such card",
    ];
    let output = run(&analyze, folder.path());

    assert_eq!(output.status.code(), Some(1));
    let error = complaint(&output);
    assert!(error.contains("no adapter \"no such card\""), "{error}");
    assert!(error.contains("`dlc-rs devices`"), "{error}");
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
        "analyze", paths[0], paths[1], "--out", ".", "--device", "cpu", "--json",
    ];
    let report = &objects(&run(&arguments, folder.path()))[0];
    assert_eq!(report["scorer"], "DLC_mobnet_35_mouseNov22shuffle1_7200");
    assert_eq!(report["image_count"], 1);
    assert!(report["mean_likelihood"].as_f64().unwrap() > 0.9);
    for file in ["h5", "csv", "meta"] {
        let path = folder.path().join(report[file].as_str().unwrap());
        assert!(path.metadata().unwrap().len() > 300, "{}", path.display());
    }
}

#[test]
fn what_nobody_reads_stops_no_program() {
    let folder = tempfile::tempdir().unwrap();
    let (config, frame) = (
        data().join("config.yaml"),
        data().join("expected/raw/frame000.png"),
    );
    let absent = folder.path().join("absent.png");
    let mut command = program();
    let command = command
        .arg("analyze")
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
