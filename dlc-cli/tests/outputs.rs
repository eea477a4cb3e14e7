//! Runs what writes where it is told, on paths that must be kept.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
};

use common::{RESULTS, analyzed, complaint, run};

/// A project whose clip is analysed.
struct Analyzed {
    folder: tempfile::TempDir,
    config: PathBuf,
    video: PathBuf,
    h5: PathBuf,
}

impl Analyzed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (config, video) = analyzed(folder.path());
        Self {
            h5: video.with_file_name(format!("{RESULTS}.h5")),
            config,
            video,
            folder,
        }
    }

    fn refuses(&self, command: &str, arguments: &[&Path], expected: &str) {
        let before = [&self.config, &self.video, &self.h5].map(|path| fs::read(path).unwrap());
        let words = command.split(' ').map(Path::new);
        let words: Vec<&Path> = words.chain(arguments.iter().copied()).collect();
        let output = run(&words, self.folder.path());
        assert!(!output.status.success(), "{words:?}");
        let error = complaint(&output);
        assert!(error.contains(expected), "{words:?}: {error}");
        let after = [&self.config, &self.video, &self.h5].map(|path| fs::read(path).unwrap());
        assert!(before == after, "{words:?}");
    }
}

#[test]
fn no_program_writes_over_what_it_reads() {
    let made = Analyzed::new();
    let Analyzed {
        config, video, h5, ..
    } = &made;
    let start = Path::new("2020-10-13T11:02:00+02:00");
    let flag = Path::new;
    let (to, replace) = (flag("--to"), flag("--replace"));

    for out in [h5, video, config] {
        let expected = match out == video {
            true => "never replaced",
            false => "--replace",
        };
        made.refuses("export sleap", &[h5, video, to, out], expected);
        made.refuses(
            "export nwb",
            &[h5, video, to, out, flag("--start"), start],
            expected,
        );
        made.refuses("report", &[config, video, to, out], expected);
    }
    made.refuses(
        "export sleap",
        &[h5, video, to, video, replace, video],
        "never replaced",
    );
    made.refuses(
        "label",
        &[config, flag("nowhere.avi"), flag("--out"), video],
        "nowhereDLC",
    );
}

#[test]
fn a_flag_that_names_a_file_lets_it_be_replaced() {
    let made = Analyzed::new();
    let Analyzed { video, h5, .. } = &made;
    let replace = Path::new("--replace");

    let [export, sleap, to] = ["export", "sleap", "--to"].map(Path::new);
    let arguments = [export, sleap, h5, video, to, h5, replace, h5];
    let output = run(&arguments, made.folder.path());
    assert!(output.status.success(), "{output:?}");
    let kind = dlc::io::atomic::FileKind::of(h5).unwrap();
    assert_eq!(kind, Some(dlc::io::atomic::FileKind::SleapAnalysis));
}

#[test]
fn the_demonstration_takes_no_folder_that_holds_another_project() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    fs::write(&config, "Task: mine\n").unwrap();

    let output = run(&["demo", "--out", "."], folder.path());
    let error = complaint(&output);

    assert!(
        error.contains("config.yaml is not the bundled project's"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), "Task: mine\n");
}
