//! Videos with uneven frames (`dlc-io/tests/fixtures/frame_times`): what follows an analysis has their
//! times, and compares their number with that of the poses.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use dlc::{
    Results,
    io::{
        Limits, Precision, h5, metadata::Recording, project::ModelRequest, session::SessionFolder,
        video,
    },
    model::{Bodyparts, Keypoint, PoseTable},
    pipeline::{PredictSessionOptions, RegisterModelOptions, predict_session, register_model},
    results::{
        CreateLabeledVideoError, LabeledVideoOptions, SessionReportError, SessionReportOptions,
    },
    schema::{Memory, Registrar, Repository, RepositoryType},
};

const SCORER: &str = "DLC_mobnet_35_mouseNov22shuffle1_7200";

fn bundled() -> PathBuf {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    fs::canonicalize(project).unwrap()
}

/// Copies a video into a folder, unless ffmpeg is missing.
fn video(name: &str, folder: &Path) -> Option<PathBuf> {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        testing::skip(testing::Need::Ffmpeg, "ffmpeg is not installed");
        return None;
    }
    let fixtures =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-io/tests/fixtures/frame_times");
    let path = folder.join(name);
    fs::copy(fixtures.join(name), &path).unwrap();
    Some(path)
}

#[test]
fn a_session_keeps_the_times_of_uneven_frames() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["even.mp4", "uneven_pause.mkv"];
    let videos: Option<Vec<PathBuf>> = names
        .iter()
        .map(|name| video(name, folder.path()))
        .collect();
    let Some(videos) = videos else { return };
    let store = Memory::new();
    let registrar = Registrar::found(&store, "ada".parse().unwrap()).unwrap();
    let repository = Repository {
        name: "here".parse().unwrap(),
        repository_type: RepositoryType::Local,
        path: bundled().to_str().unwrap().into(),
    };
    registrar.add(&repository).unwrap();
    let (request, options) = (ModelRequest::shuffle(1), RegisterModelOptions::default());
    register_model(
        &registrar,
        bundled(),
        &request,
        "mouse".parse().unwrap(),
        &options,
    )
    .unwrap();

    let starts = ["2022-06-07T14:53:11Z", "2022-06-07T14:54:11Z"];
    let options = PredictSessionOptions::default()
        .with_basename("94557")
        .with_folder(folder.path())
        .with_starts(starts.map(|start| start.parse().unwrap()));
    let none: [&Path; 0] = [];
    let predicted = predict_session(&store, &videos, "mouse", none, options).unwrap();

    let session = SessionFolder::open(&predicted.folder)
        .unwrap()
        .read()
        .unwrap();
    let even = (0..24).map(|frame| f64::from(frame) / 30.0);
    let uneven = video::probe(&videos[1]).unwrap().frame_times_s.unwrap();
    assert!((uneven[12] - uneven[11] - 0.533).abs() < 0.002);
    let expected: Vec<f64> = even
        .chain(uneven.iter().map(|time_s| 60.0 + time_s))
        .collect();
    assert_eq!(session.times_s(), Some(expected));

    let recordings = predicted.videos.iter().map(|video| {
        let path = Recording::path_beside(&video.report.outputs.h5);
        Recording::read(path, &Limits::default()).unwrap()
    });
    let recordings: Vec<Recording> = recordings.collect();
    assert_eq!(
        (recordings[0].fps, &recordings[0].frame_times_s),
        (30.0, &None)
    );
    assert_eq!(recordings[1].frame_times_s, Some(uneven));
}

/// Writes poses beside a video, under the name of the bundled model.
fn poses(video: &Path, frames: usize) {
    let bodyparts = Bodyparts::new(["snout", "leftear", "rightear", "tailbase"]).unwrap();
    let mut poses = PoseTable::new(bodyparts);
    for frame in 0..frames {
        poses.push([Keypoint::new(frame as f64, 16.0, 0.9); 4]);
    }
    let stem = video.file_stem().unwrap().to_str().unwrap();
    let file = fs::File::create(video.with_file_name(format!("{stem}{SCORER}.h5"))).unwrap();
    h5::write(file, &poses, SCORER, Precision::F64).unwrap();
}

#[test]
fn a_report_tells_that_frames_are_uneven() {
    let folder = tempfile::tempdir().unwrap();
    let report = |name: &str| {
        let video = video(name, folder.path())?;
        poses(&video, 24);
        let results = Results::open(bundled(), &ModelRequest::shuffle(1)).unwrap();
        let path = folder.path().join("report.html");
        let options = SessionReportOptions::default();
        results
            .write_session_report(&path, [&video], &options)
            .unwrap();
        Some(fs::read_to_string(path).unwrap())
    };
    let (Some(uneven), Some(even)) = (report("uneven_pause.mp4"), report("even.mp4")) else {
        return;
    };

    for part in [
        "the frames are uneven, 33.3 to 533.3 ms apart",
        "Time in s",
        "1.300 s",
    ] {
        assert!(uneven.contains(part), "{part}");
    }
    for part in ["30.000", "Frame Index", "0.800 s"] {
        assert!(even.contains(part), "{part}");
    }
    assert!(!even.contains("uneven") && !even.contains("Time in s"));
}

#[test]
fn poses_of_another_video_are_refused_unless_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let Some(video) = video("even.mp4", folder.path()) else {
        return;
    };
    poses(&video, 2330);
    let results = Results::open(bundled(), &ModelRequest::shuffle(1)).unwrap();
    let report = folder.path().join("report.html");
    let mut labeled = LabeledVideoOptions::default();

    let error = results.create_labeled_video(&video, &labeled).unwrap_err();
    assert!(matches!(error, CreateLabeledVideoError::Counts(_)));
    let text = error.to_string();
    for part in [
        SCORER,
        "2330 rows",
        "even.mp4",
        "24 frames",
        "allow_unequal_counts",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let options = SessionReportOptions::default();
    let error = results
        .write_session_report(&report, [&video], &options)
        .unwrap_err();
    let counts = matches!(
        &error,
        SessionReportError::Frames(CreateLabeledVideoError::Counts(_))
    );
    assert!(counts && !report.exists(), "{error}");

    labeled.allow_unequal_counts = true;
    let made = results.create_labeled_video(&video, &labeled).unwrap();
    assert_eq!(made.frame_count, 24);
    let options = SessionReportOptions {
        labeled,
        ..SessionReportOptions::default()
    };
    results
        .write_session_report(&report, [&video], &options)
        .unwrap();
    assert!(report.exists());
}
