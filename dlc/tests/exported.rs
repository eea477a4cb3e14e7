//! Exported models give the results of the snapshot that was exported, bit for bit.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{fs, path::Path};

use dlc::{AnalyzeOptions, Analyzer, analysis::VideoReport, io::h5};

fn options(out: &Path) -> AnalyzeOptions<'static> {
    AnalyzeOptions::default()
        .with_batch_size(1)
        .with_destination(out)
}

fn assert_same(ours: &VideoReport, of_project: &VideoReport) {
    let read = |report: &VideoReport| h5::read(&report.outputs.h5).unwrap();
    let (ours, of_project) = (read(ours), read(of_project));

    assert!(ours.poses.len() >= 100, "{}", ours.poses.len());
    assert_eq!(ours.poses, of_project.poses);
    assert_eq!(ours.precision, of_project.precision);
    assert_ne!(ours.scorer, of_project.scorer);
}

#[test]
fn a_checkpoint_beside_its_configuration_is_a_model() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    let model = "dlc-models/iteration-0/mouseNov22-trainset90shuffle1";
    let root = tempfile::tempdir().unwrap();
    let name = "DLC_mouse_mobilenet_v2_0.35_iteration-0_shuffle-1";
    let folder = root.path().join(name);
    fs::create_dir(&folder).unwrap();
    for file in [
        "test/pose_cfg.yaml",
        "train/snapshot-7200.index",
        "train/snapshot-7200.data-00000-of-00001",
    ] {
        let from = project.join(model).join(file);
        fs::copy(&from, folder.join(from.file_name().unwrap())).unwrap();
    }
    let video = project.join("videos/mouse.avi");

    let mut exported = Analyzer::open_exported(&folder, options(root.path())).unwrap();
    let mut of_project = Analyzer::open(&project, 1, 0, options(root.path())).unwrap();
    let ours = exported.analyze(&video).unwrap();

    assert_eq!(ours.scorer, format!("{name}_snapshot-7200"));
    assert_same(&ours, &of_project.analyze(&video).unwrap());
}

#[test]
fn a_frozen_graph_is_a_model() {
    let Some(project) = testing::reference("openfield") else {
        return;
    };
    let folder = fs::read_dir(project.join("exported-models"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let folder = folder.into_iter().find(|path| path.is_dir()).unwrap();
    let out = tempfile::tempdir().unwrap();
    let video = project.join("videos/clip120.mp4");

    let mut exported = Analyzer::open_exported(&folder, options(out.path())).unwrap();
    let mut of_project = Analyzer::open(project, 1, 0, options(out.path())).unwrap();
    let ours = exported.analyze(&video).unwrap();

    let name = folder.file_name().unwrap().to_str().unwrap();
    assert_eq!(ours.scorer, format!("{name}_snapshot-3252"));
    assert_same(&ours, &of_project.analyze(&video).unwrap());
}

#[test]
fn a_folder_without_a_model_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = Analyzer::open_exported(folder.path(), options(folder.path())).unwrap_err();

    let folder = folder.path().to_str().unwrap();
    assert!(error.to_string().contains(folder), "{error}");
}
