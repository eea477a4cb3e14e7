//! Runs programs on a video whose name is not Unicode.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;

/// Runs a program, which `cargo test` builds beside the tests.
fn run(name: &str, arguments: &[&OsStr], folder: &Path) -> Option<Output> {
    let mut command = testing::program(name)?;
    Some(
        command
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap(),
    )
}

fn object(output: &Output) -> Value {
    assert!(output.status.success(), "{output:?}");
    let line = output.stdout.split(|byte| *byte == b'\n').next().unwrap();
    serde_json::from_slice(line).unwrap()
}

fn exact(object: &Value, name: &str) -> PathBuf {
    let bytes = object[format!("{name}_bytes")].as_array().unwrap().iter();
    let bytes = bytes.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap());
    OsString::from_vec(bytes.collect()).into()
}

#[test]
fn a_video_whose_name_is_no_text_is_analysed_and_told_exactly() {
    let folder = tempfile::tempdir().unwrap();
    let bundled = examples::unpack(folder.path()).unwrap();
    let name = OsStr::from_bytes(b"m\xffuse.avi");
    let video = folder.path().join(name);
    fs::copy(&bundled.video, &video).unwrap();
    let flags = ["--json", "--device", "cpu"].map(OsStr::new);
    let config = bundled.config.as_os_str();

    let analysis = [&[config, video.as_os_str()], &flags[..]].concat();
    let Some(output) = run("analyze_video", &analysis, folder.path()) else {
        return;
    };
    let report = object(&output);
    assert_eq!(exact(&report, "video"), video);
    let h5 = exact(&report, "h5");
    assert!(
        h5.is_file()
            && h5
                .as_os_str()
                .as_bytes()
                .windows(2)
                .any(|two| two == b"m\xff")
    );

    // What comes after it finds the results by their exact name.
    let after = [config, video.as_os_str(), OsStr::new("--json")];
    let filtered = object(&run("filter_predictions", &after, folder.path()).unwrap());
    assert!(exact(&filtered, "h5").is_file());
    let plotted = object(&run("plot_trajectories", &after, folder.path()).unwrap());
    assert_eq!(plotted["files"].as_array().unwrap().len(), 4);
    assert!(plotted["files_bytes"].is_array());

    // An NWB file holds the name of its video as text: refused before work, without a panic.
    let nwb = folder.path().join("a.nwb");
    let start = OsStr::new("2020-10-13T11:02:00+02:00");
    let arguments = [h5.as_os_str(), nwb.as_os_str(), video.as_os_str(), start];
    if let Some(output) = run("export_nwb", &arguments, folder.path()) {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("is not Unicode") && !nwb.exists(), "{error}");
    }
}
