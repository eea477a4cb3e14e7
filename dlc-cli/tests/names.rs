//! Runs programs on a video whose name is not Unicode.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

mod common;

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::PathBuf,
    process::Output,
};

use serde_json::Value;

use common::{project, run};

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
    let (config, clip) = project(folder.path());
    let name = OsStr::from_bytes(b"m\xffuse.avi");
    let video = folder.path().join(name);
    fs::copy(&clip, &video).unwrap();
    let flags = ["--json", "--device", "cpu"].map(OsStr::new);
    let config = config.as_os_str();

    let word = OsStr::new;
    let analysis = [&[word("analyze"), config, video.as_os_str()], &flags[..]].concat();
    let report = object(&run(&analysis, folder.path()));
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
    let after = |command| [word(command), config, video.as_os_str(), word("--json")];
    let filtered = object(&run(&after("filter"), folder.path()));
    assert!(exact(&filtered, "h5").is_file());
    let plotted = object(&run(&after("plot"), folder.path()));
    assert_eq!(plotted["files"].as_array().unwrap().len(), 4);
    assert!(plotted["files_bytes"].is_array());

    // An NWB file holds the name of its video as text: refused before work, without a panic.
    let nwb = folder.path().join("a.nwb");
    let start = OsStr::new("2020-10-13T11:02:00+02:00");
    let export = [
        word("export"),
        word("nwb"),
        h5.as_os_str(),
        video.as_os_str(),
    ];
    let to = [word("--to"), nwb.as_os_str(), word("--start"), start];
    let output = run(&[export, to].concat(), folder.path());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("is not Unicode") && !nwb.exists(), "{error}");
}
