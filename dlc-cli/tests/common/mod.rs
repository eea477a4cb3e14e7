//! The program, and the bundled project to run it on.
#![allow(dead_code, reason = "not every test uses all of it")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

/// The program, with arguments to come.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_dlc-rs"))
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[S], folder: &Path) -> Output {
    let mut program = program();
    program.args(arguments).current_dir(folder);
    program.env("USER", "ada").output().unwrap()
}

/// Returns the objects that it printed, after it went well.
pub(crate) fn objects(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let objects = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    objects.collect()
}

/// Returns what it printed, after it went well.
pub(crate) fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", complaint(output));
    text
}

/// Returns what it complained of.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Where the bundled project is in the sources, with DeepLabCut's own results in `expected`.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/openfield")
}

/// Copies the bundled project into a folder, and returns its configuration and its video.
pub(crate) fn project(folder: &Path) -> (PathBuf, PathBuf) {
    for part in ["config.yaml", "dlc-models", "training-datasets", "videos"] {
        testing::copy(data().join(part), folder.join(part));
    }
    (folder.join("config.yaml"), folder.join("videos/mouse.avi"))
}

/// The name of the bundled model's results, without an ending.
pub(crate) const RESULTS: &str = "mouseDLC_mobnet_35_mouseNov22shuffle1_7200";

/// Copies the bundled project with DeepLabCut's results beside its video.
pub(crate) fn analyzed(folder: &Path) -> (PathBuf, PathBuf) {
    let (config, video) = project(folder);
    for ending in [".h5", ".csv", "_meta.pickle"] {
        let name = format!("{RESULTS}{ending}");
        testing::copy(
            data().join("expected/b1").join(&name),
            video.with_file_name(&name),
        );
    }
    (config, video)
}
