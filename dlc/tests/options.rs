//! Options that cannot mean anything are refused before any work, and nothing is written.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc::{
    AnalyzeOptions, Analyzer, Results,
    infer::{BatchStatistics, DeviceChoice, DynamicBoxesOptions, DynamicCropping},
    io::project::ModelRequest,
    model::Crop,
    results::{
        Filter, LabeledVideoOptions, MedianEdges, PlotTrajectoriesOptions, SessionReportOptions,
    },
};

fn bundled(path: &str) -> PathBuf {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    data.join(path)
}

/// A folder with the bundled clip and its poses.
struct Analyzed {
    folder: tempfile::TempDir,
    video: PathBuf,
    results: Results,
}

impl Analyzed {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let video = folder.path().join("mouse.avi");
        fs::copy(bundled("videos/mouse.avi"), &video).unwrap();
        let h5 = "mouseDLC_mobnet_35_mouseNov22shuffle1_7200.h5";
        let made = bundled("expected/b1").join(h5);
        fs::copy(made, folder.path().join(h5)).unwrap();
        let model = ModelRequest::shuffle(1);
        Self {
            results: Results::open(bundled("config.yaml"), &model).unwrap(),
            folder,
            video,
        }
    }

    fn is_untouched(&self) -> bool {
        fs::read_dir(self.folder.path()).unwrap().count() == 2
    }
}

/// Returns what an error and its reasons say.
fn said(error: &dyn Error) -> String {
    let source = error.source().map(said);
    let source = source.map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}

#[test]
fn a_labelled_video_without_sense_is_not_begun() {
    let analyzed = Analyzed::new();
    let default = LabeledVideoOptions::default;
    let parts = |names: &[&str]| Some(names.iter().map(|name| (*name).into()).collect());
    let cases = [
        (
            LabeledVideoOptions {
                displayedbodyparts: parts(&["nose", "leftear", "Tail"]),
                ..default()
            },
            "found nose, Tail",
        ),
        (
            LabeledVideoOptions {
                displayedbodyparts: parts(&[]),
                ..default()
            },
            "found none",
        ),
        (
            LabeledVideoOptions {
                pcutoff: Some(7.0),
                ..default()
            },
            "invalid `pcutoff`: expected a number from 0 to 1, found 7",
        ),
        (
            LabeledVideoOptions {
                pcutoff: Some(f64::NAN),
                ..default()
            },
            "found NaN",
        ),
        (
            LabeledVideoOptions {
                outputframerate: Some(0.0),
                ..default()
            },
            "`outputframerate`",
        ),
        (
            LabeledVideoOptions {
                outputframerate: Some(f64::INFINITY),
                ..default()
            },
            "`outputframerate`",
        ),
    ];
    for (options, expected) in cases {
        let made = analyzed
            .results
            .create_labeled_video(&analyzed.video, &options);
        let error = said(&made.unwrap_err());
        assert!(error.contains(expected), "{error}");
        let report = SessionReportOptions {
            labeled: options,
            ..SessionReportOptions::default()
        };
        let path = analyzed.folder.path().join("report.html");
        let written = analyzed
            .results
            .write_session_report(path, [&analyzed.video], &report);
        assert!(said(&written.unwrap_err()).contains(expected));
        assert!(analyzed.is_untouched());
    }
}

#[test]
fn plots_and_filters_without_sense_are_not_made() {
    let analyzed = Analyzed::new();
    let default = PlotTrajectoriesOptions::default;
    for options in [
        PlotTrajectoriesOptions {
            pcutoff: Some(-1.0),
            ..default()
        },
        PlotTrajectoriesOptions {
            resolution: f32::NAN,
            ..default()
        },
        PlotTrajectoriesOptions {
            linewidth: -1.0,
            ..default()
        },
        PlotTrajectoriesOptions {
            displayedbodyparts: Some(vec!["nose".into()]),
            ..default()
        },
    ] {
        let made = analyzed
            .results
            .plot_trajectories(&analyzed.video, &options);
        assert!(said(&made.unwrap_err()).starts_with("invalid `"));
    }
    let Filter::Kalman { smoother, .. } = Filter::kalman() else {
        unreachable!("a Kalman filter")
    };
    let kalman = |p_bound| Filter::Kalman { p_bound, smoother };
    let median = |window| Filter::Median {
        window,
        edges: MedianEdges::Reflect,
    };
    for filter in [median(0), median(4), kalman(f64::NAN), kalman(2.0)] {
        let made = analyzed
            .results
            .filter_predictions(&analyzed.video, &filter);
        assert!(made.is_err(), "{filter:?}");
    }
    assert!(analyzed.is_untouched());
}

#[test]
fn an_analysis_without_sense_is_not_begun() {
    let default = AnalyzeOptions::default;
    let crop = |x_min, x_max| Crop {
        x_min,
        x_max,
        y_min: 0,
        y_max: 10,
    };
    let dynamic = |threshold| DynamicCropping {
        threshold,
        margin: 10,
    };
    let boxes = DynamicBoxesOptions::default();
    for (options, expected) in [
        (default().with_batch_size(0), "batch_size"),
        (default().with_num_outputs(0), "num_outputs"),
        (default().with_num_outputs(usize::MAX), "num_outputs"),
        (default().with_image_type(""), "image_type"),
        (default().with_crop(crop(5, 5)), "crop"),
        (default().with_crop(crop(9, 5)), "crop"),
        (default().with_dynamic(dynamic(1.5)), "dynamic.threshold"),
        (
            default().with_dynamic(dynamic(f64::NAN)),
            "dynamic.threshold",
        ),
        (
            default().with_top_down_dynamic(DynamicBoxesOptions {
                patch_counts: [usize::MAX, 1],
                ..boxes
            }),
            "top_down_dynamic.patch_counts",
        ),
        (
            default().with_top_down_dynamic(DynamicBoxesOptions {
                min_hq_keypoints: 0,
                ..boxes
            }),
            "top_down_dynamic.min_hq_keypoints",
        ),
    ] {
        let opened = Analyzer::open(bundled("config.yaml"), 1, 0, options);
        let error = said(&opened.unwrap_err());
        assert!(
            error.starts_with(&format!("invalid `{expected}`")),
            "{error}"
        );
    }
}

/// Copies the bundled project, with another line in its configuration.
fn project_with(from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&bundled("dlc-models"), &folder.path().join("dlc-models"));
    let training = "training-datasets";
    copy(&bundled(training), &folder.path().join(training));
    let config = fs::read_to_string(bundled("config.yaml")).unwrap();
    assert!(config.contains(from), "{config}");
    let config = config.replace(from, to);
    fs::write(folder.path().join("config.yaml"), config).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false => drop(fs::copy(&path, to.join(name)).unwrap()),
        }
    }
}

#[test]
fn a_batch_of_a_thousand_million_frames_is_as_large_as_the_video() {
    let project = project_with("\nbatch_size: 1\n", "\nbatch_size: 1000000000\n");
    let out = tempfile::tempdir().unwrap();
    let options = || {
        AnalyzeOptions::default()
            .with_device(DeviceChoice::Cpu)
            .with_destination(out.path())
    };
    let config = project.path().join("config.yaml");
    let mut analyzer = Analyzer::open(&config, 1, 0, options()).unwrap();
    let report = analyzer.analyze(bundled("videos/mouse.avi")).unwrap();
    assert_eq!(report.frame_count, 100);

    let statistics = BatchStatistics::Batch;
    let mut options = options().with_overwrite(true);
    options.estimator.statistics = statistics;
    let mut analyzer = Analyzer::open(&config, 1, 0, options).unwrap();
    let error = said(&analyzer.analyze(bundled("videos/mouse.avi")).unwrap_err());
    assert!(error.contains("a `batch_size` of at most 4660"), "{error}");
}
