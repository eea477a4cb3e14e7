//! Our poses beside DeepLabCut's own, on every device.
//!
//! The bundled project proves the main road anywhere; the reference folder (`DLC_REFERENCE`, by
//! default `../shared/reference` beside the workspace) adds larger cases and the PyTorch engine.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

use std::path::{Path, PathBuf};

use dlc::{
    AnalyzeOptions, Analyzer,
    analysis::OpenAnalyzerError,
    analyze_videos,
    infer::{
        BatchStatistics, DeviceChoice, EstimatorOptions, LoadNetworkErrorKind, Precision, adapters,
    },
    io::csv,
    model::{Crop, Keypoint, PoseTable},
};
use testing::Need;

/// An analysis that DeepLabCut has done too.
struct Case {
    name: &'static str,
    config: PathBuf,
    video: PathBuf,
    shuffle: u32,
    batch_size: usize,
    statistics: BatchStatistics,
    precision: Precision,
    crop: Option<Crop>,
    /// The folder with DeepLabCut's results.
    expected: PathBuf,
    /// Keypoints for which two cells are equal but for the last digits.
    ties: usize,
}

impl Case {
    fn new(name: &'static str, project: &Path, video: &Path, shuffle: u32) -> Self {
        Self {
            name,
            config: project.join("config.yaml"),
            video: video.to_owned(),
            shuffle,
            batch_size: 1,
            statistics: BatchStatistics::Frame,
            precision: Precision::Full,
            crop: None,
            expected: PathBuf::new(),
            ties: 0,
        }
    }

    fn expecting(self, expected: PathBuf) -> Self {
        Self { expected, ..self }
    }

    fn in_batches_of(self, batch_size: usize) -> Self {
        Self {
            batch_size,
            statistics: BatchStatistics::Batch,
            ..self
        }
    }

    fn cropped(self, [x_min, x_max, y_min, y_max]: [usize; 4]) -> Self {
        let crop = Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        };
        Self {
            crop: Some(crop),
            ..self
        }
    }
}

/// The goals: DeepLabCut moves by as much itself when its arithmetic library changes.
const MAX_PX: f64 = 0.02;
const MAX_LIKELIHOOD: f64 = 0.001;

fn bundled() -> Vec<Case> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    let video = project.join("videos/mouse.avi");
    let expected = |folder: &str| project.join("expected").join(folder);
    vec![
        Case::new("bundled", &project, &video, 1).expecting(expected("b1")),
        Case::new("bundled, batches of 7", &project, &video, 1)
            .in_batches_of(7)
            .expecting(expected("b7")),
    ]
}

fn reference() -> Option<Vec<Case>> {
    let root = testing::reference("")?;
    let clip = root.join("openfield/videos/clip120.mp4");
    let demo = |name, folder: &str| {
        let expected = root.join("deeplabcut/demo_clip").join(folder);
        Case::new(name, &root.join("openfield"), &clip, 1).expecting(expected)
    };
    let torch = |name, folder: &str| {
        let expected = root.join("deeplabcut").join(folder);
        Case::new(name, &root.join("openfield_torch"), &clip, 14).expecting(expected)
    };
    Some(vec![
        demo("openfield", "b1"),
        Case {
            // The right ear in frame 85.
            ties: 1,
            ..demo("openfield, batches of 7", "b7").in_batches_of(7)
        },
        demo("openfield, batches of 8", "b8").in_batches_of(8),
        demo("openfield, cropped", "b1_cropped").cropped([0, 400, 20, 300]),
        torch("cspnext_s", "cspnext_s_b1"),
        torch("cspnext_s, cropped", "cspnext_s_b1_cropped").cropped([100, 500, 60, 380]),
    ])
}

fn analyzed(case: &Case, device: &DeviceChoice) -> PoseTable {
    let out = tempfile::tempdir().unwrap();
    let estimator = EstimatorOptions::default()
        .with_statistics(case.statistics)
        .with_precision(case.precision)
        .with_device(device.clone());
    let mut options = AnalyzeOptions::default()
        .with_batch_size(case.batch_size)
        .with_estimator(estimator)
        .with_destination(out.path());
    options.crop = case.crop;
    let outcomes = analyze_videos(&case.config, [&case.video], case.shuffle, 0, options).unwrap();
    let report = outcomes.into_iter().next().unwrap().result.unwrap();
    csv::read(&report.outputs.csv).unwrap().poses
}

fn expected(case: &Case) -> PoseTable {
    let files = std::fs::read_dir(&case.expected).unwrap();
    let mut csvs = files.map(|file| file.unwrap().path());
    let csv = csvs.find(|path| path.extension().is_some_and(|extension| extension == "csv"));
    csv::read(csv.expect("a result of DeepLabCut"))
        .unwrap()
        .poses
}

/// How far a keypoint of ours is from DeepLabCut's.
#[derive(Clone, Copy)]
struct Apart {
    px: f64,
    likelihood: f64,
}

impl Apart {
    fn new(ours: Keypoint, theirs: Keypoint) -> Self {
        Self {
            px: (ours.x - theirs.x).abs().max((ours.y - theirs.y).abs()),
            likelihood: (ours.likelihood - theirs.likelihood).abs(),
        }
    }

    /// Whether two neighbouring cells are so nearly equal that the last digits decide which one is
    /// the peak: the likelihood is the same, the place is the neighbour's.
    fn is_tie(self) -> bool {
        self.px > MAX_PX && self.px < 8.0 && self.likelihood < 1e-4
    }
}

/// Returns how far each keypoint is from DeepLabCut's, and how many frames there are.
fn differences(case: &Case, device: &DeviceChoice) -> (Vec<Apart>, usize) {
    let (ours, theirs) = (analyzed(case, device), expected(case));
    assert_eq!(ours.bodyparts(), theirs.bodyparts(), "{}", case.name);
    assert_eq!(ours.len(), theirs.len(), "{}", case.name);
    let pairs = ours.rows().flatten().zip(theirs.rows().flatten());
    (pairs.map(|(a, b)| Apart::new(*a, *b)).collect(), ours.len())
}

/// Compares and returns how many frames it compared.
fn compare(case: &Case, device: &DeviceChoice) -> usize {
    let (all, frames) = differences(case, device);
    let ties = all.iter().filter(|apart| apart.is_tie()).count();
    let clear = || all.iter().filter(|apart| !apart.is_tie());
    let px = clear().map(|apart| apart.px).fold(0.0, f64::max);
    let likelihood = clear().map(|apart| apart.likelihood).fold(0.0, f64::max);
    println!(
        "{} on {device:?}: {frames} frames, at most {px:.6} px and {likelihood:.6} apart, {ties} ties",
        case.name,
    );
    assert!(px <= MAX_PX, "{}: {px} px", case.name);
    assert!(likelihood <= MAX_LIKELIHOOD, "{}: {likelihood}", case.name);
    assert!(ties <= case.ties, "{}: {ties} ties", case.name);
    frames
}

#[test]
fn the_bundled_project_gives_deeplabcuts_poses() {
    if !has_ffmpeg() {
        testing::skip(
            Need::Ffmpeg,
            "pixels would not be DeepLabCut's to the last bit",
        );
        return;
    }
    let frames: usize = bundled()
        .iter()
        .map(|case| compare(case, &DeviceChoice::Cpu))
        .sum();

    assert_eq!(frames, 200);
}

#[test]
fn reference_projects_give_deeplabcuts_poses() {
    let Some(cases) = reference() else {
        return;
    };
    if !has_ffmpeg() {
        testing::skip(Need::Ffmpeg, format_args!("{} cases", cases.len()));
        return;
    }
    let frames: usize = cases
        .iter()
        .map(|case| compare(case, &DeviceChoice::Cpu))
        .sum();

    assert_eq!(frames, 6 * 120);
}

#[test]
fn an_adapter_gives_deeplabcuts_poses() {
    let Some(device) = adapter() else { return };
    assert_eq!(compare(&bundled()[0], &device), 100);
}

#[test]
fn less_precision_on_any_device_is_near_deeplabcuts_poses() {
    let devices = adapter().into_iter().chain([DeviceChoice::Cpu]);
    for device in devices {
        for precision in [Precision::High, Precision::Half] {
            let case = Case {
                precision,
                batch_size: 4,
                ..bundled().swap_remove(0)
            };
            match has_precision(&case, &device) {
                true => compare_less(&case, &device),
                false => {
                    let reason = format_args!("{device:?} has no {precision} precision");
                    testing::skip(Need::Hardware, reason);
                }
            }
        }
    }
}

fn compare_less(case: &Case, device: &DeviceChoice) {
    let (all, frames) = differences(case, device);

    assert_eq!((frames, all.len()), (100, 400));
    let mut px: Vec<f64> = all.iter().map(|apart| apart.px).collect();
    px.sort_by(f64::total_cmp);
    let [median, of_99, largest] = [200, 396, 399].map(|place| px[place]);
    let likelihood = all.iter().map(|apart| apart.likelihood);
    let likelihood = likelihood.fold(0.0, f64::max);
    println!(
        "{} precision on {device:?}: median {median:.6} px, 99 of 100 within {of_99:.6} px, at most \
         {largest:.6} px and {likelihood:.6} apart",
        case.precision
    );
    if case.precision == Precision::High {
        assert!(largest <= MAX_PX && likelihood <= MAX_LIKELIHOOD);
        return;
    }
    assert!(median > MAX_PX / 100.0, "that is full precision");
    // A keypoint whose two highest cells are nearly equal jumps by less than a cell.
    assert!(of_99 <= 0.1 && largest <= 8.0 && likelihood <= 0.005);
}

fn has_precision(case: &Case, device: &DeviceChoice) -> bool {
    let estimator = EstimatorOptions::default()
        .with_device(device.clone())
        .with_precision(case.precision);
    let options = AnalyzeOptions::default().with_estimator(estimator);
    match Analyzer::open(&case.config, 1, 0, options) {
        Ok(_) => true,
        Err(OpenAnalyzerError::Network { source, .. }) => {
            let is_precision = matches!(source.kind(), LoadNetworkErrorKind::Precision { .. });
            assert!(is_precision, "{source}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

/// The adapter that `DLC_TEST_ADAPTER` names or the first, where there is all to compare with.
fn adapter() -> Option<DeviceChoice> {
    let wanted = std::env::var("DLC_TEST_ADAPTER").ok();
    let first = adapters().first().map(|adapter| adapter.name.clone());
    let Some(name) = wanted.or(first) else {
        testing::skip(Need::Adapter, "none on this machine, or no feature `wgpu`");
        return None;
    };
    if !has_ffmpeg() {
        testing::skip(
            Need::Ffmpeg,
            "pixels would not be DeepLabCut's to the last bit",
        );
        return None;
    }
    Some(DeviceChoice::Adapter(name))
}

/// Whether the video crate will find `ffmpeg`.
fn has_ffmpeg() -> bool {
    let program = std::env::var_os("DLC_FFMPEG").unwrap_or("ffmpeg".into());
    std::process::Command::new(program)
        .arg("-version")
        .output()
        .is_ok()
}
