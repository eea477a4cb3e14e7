//! Runs the examples on the bundled project, as their readers do.

use std::{fs, path::Path, process::Output};

const RESULTS: &str = "mouseDLC_mobnet_35_mouseNov22shuffle1_7200.h5";

/// Runs an example in a folder with a copy of the bundled project.
fn run(name: &str, arguments: &[&str]) -> Option<(tempfile::TempDir, Output)> {
    let folder = tempfile::tempdir().expect("a folder");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    testing::copy(&data, folder.path());
    let results = data.join("expected/b1").join(RESULTS);
    let ears = r#"{"function_to_invoke": "two_point_left_right",
        "params": {"method": {"left": "leftear", "right": "rightear"}}}"#;
    fs::write(folder.path().join("ears.json"), ears).expect("a file");
    testing::copy(results, folder.path().join("videos").join(RESULTS));
    let mut program = testing::program(name)?;
    let output = program.args(arguments).current_dir(folder.path()).output();
    Some((folder, output.expect("the example runs")))
}

/// Returns what an example prints on the bundled project.
fn printed(name: &str, arguments: &[&str]) -> Option<String> {
    let (_folder, output) = run(name, arguments)?;
    assert!(output.status.success(), "{name}: {output:?}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn examples_do_as_they_say() {
    for (name, arguments, expected) in [
        (
            "read_h5",
            &["videos/mouseDLC_mobnet_35_mouseNov22shuffle1_7200.h5"][..],
            "of 100 frames",
        ),
        (
            "analyze_images",
            &["config.yaml", "out", "expected/raw"],
            "1 pictures: out/",
        ),
        ("camera", &["config.yaml"], "4: "),
        ("own_store", &[], "new: true, after "),
        (
            "pipeline_in_memory",
            &[".", "videos/mouse.avi", "ears.json"],
            "failed 0",
        ),
    ] {
        let Some(text) = printed(name, arguments) else {
            return;
        };
        assert!(text.contains(expected), "{name}: {text}");
    }
}

#[test]
fn a_video_is_analysed_beside_itself() {
    let Some((folder, output)) = run("analyze_video", &["config.yaml", "videos/mouse.avi"]) else {
        return;
    };
    // Results of DeepLabCut are there, of the same model: they stay.
    assert!(output.status.success(), "{output:?}");
    assert!(folder.path().join("videos").join(RESULTS).is_file());
}

#[test]
fn what_comes_after_needs_ffmpeg_alone() {
    let Some((_folder, output)) = run("after_analysis", &["config.yaml", "videos/mouse.avi"])
    else {
        return;
    };
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    if error.contains("install ffmpeg") {
        return testing::skip(testing::Need::Ffmpeg, "no ffmpeg");
    }
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    for file in ["_filtered.h5", "_labeled.mp4", "hist.png", "session.html"] {
        assert!(text.contains(file), "{text}");
    }
}
