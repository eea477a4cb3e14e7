//! Runs the programs that write where they are told, on paths that must be kept.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

/// Runs a program, which `cargo test` builds beside the tests.
fn run<S: AsRef<OsStr>>(name: &str, arguments: &[S], folder: &Path) -> Option<Output> {
    let mut command = testing::program(name)?;
    Some(
        command
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap(),
    )
}

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
        let bundled = examples::unpack(folder.path()).unwrap();
        let name = "mouseDLC_mobnet_35_mouseNov22shuffle1_7200";
        let made = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/openfield/expected/b1");
        for ending in [".h5", "_meta.pickle"] {
            let name = format!("{name}{ending}");
            fs::copy(made.join(&name), bundled.video.with_file_name(&name)).unwrap();
        }
        Self {
            h5: bundled.video.with_file_name(format!("{name}.h5")),
            config: bundled.config,
            video: bundled.video,
            folder,
        }
    }

    fn refuses(&self, name: &str, arguments: &[&Path], expected: &str) {
        let before = [&self.config, &self.video, &self.h5].map(|path| fs::read(path).unwrap());
        let Some(output) = run(name, arguments, self.folder.path()) else {
            return;
        };
        assert!(!output.status.success(), "{name} {arguments:?}");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(expected), "{name}: {error}");
        let after = [&self.config, &self.video, &self.h5].map(|path| fs::read(path).unwrap());
        assert!(before == after, "{name} {arguments:?}");
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
    let replace = flag("--replace");

    for out in [h5, video, config] {
        let expected = match out == video {
            true => "never replaced",
            false => "--replace",
        };
        made.refuses("export_sleap", &[h5, out, video], expected);
        made.refuses("export_nwb", &[h5, out, video, start], expected);
        made.refuses("track_state", &[h5, flag("--out"), out], expected);
        made.refuses(
            "plot_trajectories",
            &[config, video, flag("--report"), out],
            expected,
        );
    }
    made.refuses(
        "export_sleap",
        &[h5, video, video, replace, video],
        "never replaced",
    );
    made.refuses(
        "create_labeled_video",
        &[config, flag("nowhere.avi"), flag("--out"), video],
        "nowhereDLC",
    );
}

#[test]
fn a_flag_that_names_a_file_lets_it_be_replaced() {
    let made = Analyzed::new();
    let Analyzed { video, h5, .. } = &made;
    let replace = Path::new("--replace");

    let arguments = [h5, h5, video, replace, h5];
    let Some(output) = run("export_sleap", &arguments, made.folder.path()) else {
        return;
    };
    assert!(output.status.success(), "{output:?}");
    let kind = dlc::io::atomic::FileKind::of(h5).unwrap();
    assert_eq!(kind, Some(dlc::io::atomic::FileKind::SleapAnalysis));
}

#[test]
fn the_demonstration_takes_no_folder_that_holds_another_project() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.yaml");
    fs::write(&config, "Task: mine\n").unwrap();

    let error = examples::unpack(folder.path()).unwrap_err().to_string();

    assert!(
        error.contains("config.yaml is not the bundled project's"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&config).unwrap(), "Task: mine\n");
}
