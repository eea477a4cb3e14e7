//! Wrong input: each kind has its own words, and leaves nothing behind.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc::{
    AnalyzeOptions,
    analysis::{AnalyzeVideosError, OpenAnalyzerError},
    analyze_videos,
    infer::{DeviceChoice, EstimatorOptions, PoseEstimator},
    io::{
        Limits,
        project::{ModelRequest, Project},
        tensorflow,
    },
};

const MODEL: &str = "dlc-models/iteration-0/mouseNov22-trainset90shuffle1";
const SNAPSHOT: &str = "train/snapshot-7200";

/// A copy of the bundled project that a test may damage.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
        for name in ["config.yaml", "videos/mouse.avi"] {
            copy(&bundled, folder.path(), name);
        }
        for name in ["test/pose_cfg.yaml", "train/pose_cfg.yaml"] {
            copy(&bundled, folder.path(), &format!("{MODEL}/{name}"));
        }
        for extension in ["index", "data-00000-of-00001"] {
            copy(
                &bundled,
                folder.path(),
                &format!("{MODEL}/{SNAPSHOT}.{extension}"),
            );
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn model(&self, name: &str) -> PathBuf {
        self.path(MODEL).join(name)
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has {from:?}");
        fs::write(&path, text.replace(from, to)).unwrap();
    }

    /// Why the model cannot be loaded.
    fn open_error(&self) -> String {
        let videos = [self.path("videos/mouse.avi")];
        let config = self.path("config.yaml");
        chain(&analyze_videos(config, videos, 1, 0, AnalyzeOptions::default()).unwrap_err())
    }

    /// Why the video cannot be analysed; nothing may be left of it.
    fn video_error(&self, video: &Path, options: AnalyzeOptions<'_>) -> String {
        let config = self.path("config.yaml");
        let outcomes = analyze_videos(config, [video], 1, 0, options).unwrap();
        let error = outcomes.into_iter().next().unwrap().result.unwrap_err();
        let left = fs::read_dir(video.parent().unwrap()).unwrap();
        let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
        let result = |name: &std::ffi::OsString| name.to_string_lossy().contains("DLC_");
        assert!(!left.iter().any(result), "{left:?}");
        chain(&error)
    }
}

fn copy(from: &Path, to: &Path, name: &str) {
    let target = to.join(name);
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::copy(from.join(name), target).unwrap();
}

/// The error and what is behind it, as a program prints it.
fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |&error| error.source());
    let texts = sources.map(|source| format!(": {source}"));
    format!("{error}{}", texts.collect::<String>())
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

#[test]
fn no_such_config() {
    let options = AnalyzeOptions::default();
    let error = analyze_videos("nowhere/config.yaml", ["x.avi"], 1, 0, options).unwrap_err();

    assert!(matches!(
        error,
        AnalyzeVideosError::Open(OpenAnalyzerError::Project(_))
    ));
    assert_says(&chain(&error), &["nowhere/config.yaml", "No such file"]);
}

#[test]
fn no_such_shuffle() {
    let copy = Copy::new();
    let config = copy.path("config.yaml");
    let options = AnalyzeOptions::default();
    let error = analyze_videos(config, [copy.path("x.avi")], 3, 0, options).unwrap_err();

    assert_says(&chain(&error), &["shuffle 3"]);
}

#[test]
fn a_tensor_that_is_missing_is_named_and_taken_as_zeros_on_demand() {
    const NAME: &str = "pose/locref_pred/block4/biases";
    let copy = Copy::new();
    let project = Project::open(copy.path("config.yaml")).unwrap();
    let network = project.resolve(&ModelRequest::shuffle(1)).unwrap().network;
    let snapshot = copy.model(SNAPSHOT);
    let mut weights = tensorflow::read_checkpoint(&snapshot, &Limits::default()).unwrap();
    weights.remove(NAME).unwrap();
    let options = EstimatorOptions::default().with_device(DeviceChoice::Cpu);

    let error = PoseEstimator::load(&network, weights.clone(), &options).unwrap_err();
    let options = options.with_missing_allowed(true);
    let estimator = PoseEstimator::load(&network, weights, &options).unwrap();

    assert_says(&chain(&error), &[NAME, "is missing"]);
    assert_eq!(estimator.report().missing, [NAME]);
}

#[test]
fn a_snapshot_is_missing() {
    let copy = Copy::new();
    fs::remove_file(copy.model(&format!("{SNAPSHOT}.index"))).unwrap();

    assert_says(&copy.open_error(), &["snapshot", "train"]);
}

#[test]
fn a_checkpoint_is_truncated() {
    let copy = Copy::new();
    let data = copy.model(&format!("{SNAPSHOT}.data-00000-of-00001"));
    let bytes = fs::read(&data).unwrap();
    fs::write(&data, &bytes[..bytes.len() / 2]).unwrap();

    assert_says(&copy.open_error(), &["snapshot-7200.data-00000-of-00001"]);
}

#[test]
fn a_checkpoint_has_a_flipped_bit() {
    let copy = Copy::new();
    let data = copy.model(&format!("{SNAPSHOT}.data-00000-of-00001"));
    let mut bytes = fs::read(&data).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&data, bytes).unwrap();

    assert_says(&copy.open_error(), &["snapshot-7200"]);
}

#[test]
fn body_parts_of_config_and_checkpoint_disagree() {
    let copy = Copy::new();
    let config = format!("{MODEL}/test/pose_cfg.yaml");
    copy.edit(&config, "- tailbase", "- tailbase\n- tailtip");
    copy.edit(&config, "num_joints: 4", "num_joints: 5");

    assert_says(
        &copy.open_error(),
        &["snapshot-7200", "5 body parts", "tailtip", "4 heatmaps"],
    );
}

#[test]
fn a_network_that_is_not_supported_is_named() {
    let copy = Copy::new();
    let config = format!("{MODEL}/train/pose_cfg.yaml");
    copy.edit(&config, "mobilenet_v2_0.35", "efficientnet-b7");
    let config = format!("{MODEL}/test/pose_cfg.yaml");
    copy.edit(&config, "mobilenet_v2_0.35", "efficientnet-b7");

    assert_says(
        &copy.open_error(),
        &["efficientnet-b7", "not supported: supported are"],
    );
}

#[test]
fn no_such_video() {
    let copy = Copy::new();
    let video = copy.path("videos/elsewhere.mp4");

    let error = copy.video_error(&video, AnalyzeOptions::default());
    assert_says(&error, &["elsewhere.mp4"]);
}

#[test]
fn a_video_that_is_not_a_video() {
    let copy = Copy::new();
    let video = copy.path("videos/notes.mp4");
    fs::write(&video, "not a video, whatever its name says").unwrap();

    let error = copy.video_error(&video, AnalyzeOptions::default());
    assert_says(&error, &["notes.mp4"]);
}

#[test]
fn a_video_that_stops_half_way() {
    let copy = Copy::new();
    let video = copy.path("videos/cut.avi");
    let bytes = fs::read(copy.path("videos/mouse.avi")).unwrap();
    fs::write(&video, &bytes[..bytes.len() / 2]).unwrap();

    let error = copy.video_error(&video, AnalyzeOptions::default());
    assert_says(&error, &["cut.avi", "100"]);
}

#[test]
fn the_output_folder_cannot_be_written_to() {
    let copy = Copy::new();
    let file = copy.path("a file");
    fs::write(&file, "").unwrap();
    let options = AnalyzeOptions::default().with_destination(file.join("results"));

    let error = copy.video_error(&copy.path("videos/mouse.avi"), options);
    assert_says(&error, &["could not write into", "a file"]);
}

#[test]
fn a_crop_outside_of_the_frames() {
    let copy = Copy::new();
    copy.edit("config.yaml", "cropping: false", "cropping: true");
    copy.edit("config.yaml", "x2: 320", "x2: 5000");

    let video = copy.path("videos/mouse.avi");
    let error = copy.video_error(&video, AnalyzeOptions::default());
    assert_says(&error, &["5000", "320 x 240"]);
}
