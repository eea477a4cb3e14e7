//! The smaller commands: live estimation, export, information, completions, help.

mod common;

use std::fs;

use common::{RESULTS, analyzed, complaint, objects, project, run, said};

#[test]
fn a_live_estimation_tells_its_latency() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path());
    let live = [
        "live",
        "config.yaml",
        "videos/mouse.avi",
        "--fast",
        "--json",
    ];
    let live = [&live[..], &["--device", "cpu", "--ahead", "5"]].concat();
    let report = &objects(&run(&live, folder.path()))[0];
    assert_eq!(
        [&report["frames"], &report["poses"], &report["dropped"]],
        [100, 100, 0]
    );
    let at = |percentile: &str| report["latency_ms"][percentile].as_f64().unwrap();
    assert!(0.0 < at("p50") && at("p50") <= at("p90"));
    assert!(at("p90") <= at("p99") && at("p99") <= at("max"));
}

#[test]
fn files_are_named_for_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    analyzed(folder.path());
    let table = format!("videos/{RESULTS}.h5");
    let text = format!("videos/{RESULTS}.csv");
    let meta = format!("videos/{RESULTS}_meta.pickle");
    let info = ["info", "--json", ".", "videos", "videos/mouse.avi"];
    let info = [&info[..], &[&table, &text, &meta]].concat();
    let found = objects(&run(&info, folder.path()));
    let kinds: Vec<&str> = found
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    let expected = [
        "a project of DeepLabCut",
        "a folder of 1 videos",
        "a video",
        "poses of one animal",
        "poses of one animal",
        "metadata of an analysis",
    ];
    assert_eq!(kinds, expected);
    let model = &found[0]["models"][0];
    assert_eq!(model["scorer"], "DLC_mobnet_35_mouseNov22shuffle1_7200");
    assert_eq!(found[2]["frames"], 100);
    assert_eq!(found[3]["body_parts"][3], "tailbase");

    let absent = run(
        &["info", "--json", "absent.avi", "videos/mouse.avi"],
        folder.path(),
    );
    assert_eq!(absent.status.code(), Some(1));
    let lines = String::from_utf8(absent.stdout).unwrap();
    assert_eq!(lines.lines().count(), 2, "{lines}");
    assert!(lines.contains("\"error\""), "{lines}");
}

#[test]
fn a_table_becomes_the_text_that_deeplabcut_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (_, video) = analyzed(folder.path());
    let csv = video.with_file_name(format!("{RESULTS}.csv"));
    let of_deeplabcut = fs::read(&csv).unwrap();
    let table = format!("videos/{RESULTS}.h5");

    let refused = run(&["export", "csv", &table], folder.path());
    assert_eq!(refused.status.code(), Some(1));
    assert!(complaint(&refused).contains("--overwrite"), "{refused:?}");
    said(&run(
        &["export", "csv", &table, "--out", "texts"],
        folder.path(),
    ));
    let ours = fs::read(folder.path().join(format!("texts/{RESULTS}.csv"))).unwrap();

    assert!(ours == of_deeplabcut);
}

#[test]
fn poses_become_files_of_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    analyzed(folder.path());
    let table = format!("videos/{RESULTS}.h5");
    let start = ["--start", "2020-10-13T11:02:00+02:00"];
    for (format, to, more) in [
        ("nwb", "a.nwb", &start[..]),
        ("sleap", "a.analysis.h5", &[]),
    ] {
        let export = [
            "export",
            format,
            &table,
            "videos/mouse.avi",
            "--to",
            to,
            "--json",
        ];
        let report = &objects(&run(&[&export[..], more].concat(), folder.path()))[0];
        assert_eq!(report["frame_count"], 100, "{format}");
        assert!(folder.path().join(to).is_file());
    }
}

#[test]
fn an_error_before_the_first_video_is_an_object_too() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["analyze", "no.yaml", "no.avi", "--json"], folder.path());
    assert_eq!(output.status.code(), Some(1));
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(object["error"].as_str().unwrap().contains("no.yaml"));
    assert!(
        complaint(&output).contains("CONFIG is the config.yaml"),
        "{output:?}"
    );
}

#[test]
fn a_quiet_program_says_nothing_of_what_went_well() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["demo", "--quiet"], folder.path());
    assert!(
        said(&output).is_empty() && complaint(&output).is_empty(),
        "{output:?}"
    );
}

#[test]
fn each_command_shows_an_example_and_can_be_completed() {
    let folder = tempfile::tempdir().unwrap();
    let help = said(&run(&["--help"], folder.path()));
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands = commands.map_while(|line| line.split_whitespace().next());
    let commands: Vec<&str> = commands.filter(|name| *name != "help").collect();
    assert!(commands.len() > 12, "{commands:?}");
    for command in &commands {
        let help = said(&run(&[command, "--help"], folder.path()));
        let shows = help.contains("Example") || ["devices", "export"].contains(command);
        assert!(shows, "{command}: {help}");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = said(&run(&["completions", shell], folder.path()));
        assert!(commands.iter().all(|name| script.contains(name)), "{shell}");
    }
}

#[test]
fn a_command_of_another_build_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["wrong"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    if cfg!(feature = "serve") {
        return;
    }
    let output = run(&["serve"], folder.path());
    assert_eq!(output.status.code(), Some(2));
    assert!(
        complaint(&output).contains("--features serve"),
        "{output:?}"
    );
}
