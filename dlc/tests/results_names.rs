//! Whatever a project can be named, `Results` finds what was made of its videos, as DeepLabCut's
//! `find_analyzed_data`: `conformance/cases_names.py` compares the names.
//!
//! Tasks have characters that Windows does not allow in paths.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{fs, path::Path};

use dlc::{Results, io::project::ModelRequest};

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Makes a project with a trained model that has nothing but names.
fn project(root: &Path, task: &str, date: &str) -> Results {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let (task_yaml, date_yaml) = (quoted(task), quoted(date));
    write(
        &root.join("config.yaml"),
        &format!("Task: {task_yaml}\ndate: {date_yaml}\niteration: 0\nbodyparts: [snout]\n"),
    );
    let name = format!("{task}{date}-trainset95shuffle1");
    let train = root.join("dlc-models/iteration-0").join(name).join("train");
    write(&train.join("pose_cfg.yaml"), "net_type: resnet_50\n");
    write(&train.join("snapshot-1000.index"), "");
    Results::open(root, &ModelRequest::shuffle(1)).unwrap()
}

#[test]
fn results_of_any_task_and_date_are_found() {
    let dates = [
        "Mai3",
        "Okt30",
        "févr2",
        "fe\u{301}vr2",
        "जून14",
        "2022-11-22",
        "Sept3",
        "Jan01",
        "Nov",
        "22",
        "",
        "окт7",
        "10月3",
        "Şub1",
        "يناير9",
    ];
    let tasks = [
        "mouse",
        "my mouse.v2",
        "DLC_",
        "shuffle1_5",
        "[x]*?",
        "鼠",
        "é",
        "e\u{301}",
        "it's",
        "7",
        "",
    ];
    for (task, date) in tasks.iter().flat_map(|task| dates.map(|date| (task, date))) {
        let root = tempfile::tempdir().unwrap();
        let results = project(root.path(), task, date);
        let scorer = format!("DLC_resnet50_{task}{date}shuffle1_1000");
        assert_eq!(results.scorer().to_string(), scorer);
        let video = root.path().join("videos/a.b.mp4");
        assert!(results.find(&video, false).is_err());

        for (base, filtered) in [
            (format!("a.b{scorer}"), "_filtered"),
            (
                format!("a.b{}", scorer.replace("DLC", "DeepCut")),
                "filtered",
            ),
        ] {
            let raw = video.with_file_name(format!("{base}.h5"));
            let after = video.with_file_name(format!("{base}{filtered}.h5"));
            write(&raw, "");
            write(&after, "");
            assert_eq!(results.find(&video, false).unwrap(), raw);
            assert_eq!(results.find(&video, true).unwrap(), after);
            fs::remove_file(raw).unwrap();
            fs::remove_file(after).unwrap();
        }
    }
}
