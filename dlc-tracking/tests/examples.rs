//! Runs the example programs as a user does and reads what they print.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{fs, path::Path, process::Output};

/// Runs a program that `cargo test` built beside the tests, in the folder for scratch.
fn run(example: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = testing::program(example)?;
    command
        .args(arguments)
        .current_dir(env!("CARGO_TARGET_TMPDIR"));
    Some(command.output().unwrap())
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_program_adds_its_own_method() {
    let Some(output) = run("own_method", &[]) else {
        return;
    };
    let printed = printed(&output);

    assert!(printed.starts_with("param_hash 102b64d7-fbcd-ce5d-b250-3c78f1c51667\n"));
    let doubtful = "0.050 s: x 104.0 px, y 40.0 px, head 90.0°, 80.0 px/s\n";
    assert!(printed.contains(doubtful), "{printed}");
}

#[test]
fn the_bundled_mouse_is_drawn() {
    let Some(output) = run("track_state", &["--out", "mouse.svg", "--arena-mm", "800"]) else {
        return;
    };
    let printed = printed(&output);

    let told = "100 samples at 30.000 Hz, 100 with a position; mean speed ";
    assert!(printed.starts_with(told), "{printed}");
    let svg = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mouse.svg");
    let svg = fs::read_to_string(svg).unwrap();
    for panel in ["position", "occupancy", "head angle", "speed (mm/s)"] {
        assert!(svg.contains(panel), "{panel}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
}

#[test]
fn a_body_part_that_is_not_there_is_told_with_what_resembles_it() {
    let Some(output) = run("track_state", &["--left", "left_ear"]) else {
        return;
    };
    let told = String::from_utf8(output.stderr).unwrap();

    assert!(!output.status.success());
    assert!(told.contains("leftear"), "{told}");
}

#[test]
fn a_drawing_takes_no_place_of_what_it_is_drawn_from() {
    let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield/expected/b1");
    let made = made.join("mouseDLC_mobnet_35_mouseNov22shuffle1_7200.h5");
    let h5 = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kept.h5");
    fs::copy(made, &h5).unwrap();
    let before = fs::read(&h5).unwrap();
    let path = h5.to_str().unwrap();

    let Some(output) = run("track_state", &[path, "--out", path]) else {
        return;
    };

    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("--replace"), "{told}");
    assert!(fs::read(&h5).unwrap() == before);
}
