//! When frames are shown, compared with what OpenCV says (`fixtures/frame_times/make.py`), and what is
//! written of it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use dlc_io::{
    Precision, ReadVideoPosesError, VideoPoses, h5,
    nwb::{self, NwbPoses, NwbSession},
    video,
};
use dlc_model::{Bodyparts, FrameTimes, Keypoint, PoseTable};
use serde_json::Value as Json;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/frame_times")
        .join(name)
}

fn has_ffmpeg() -> bool {
    let runs = |variable, name: &str| {
        let program = env::var_os(variable).unwrap_or_else(|| name.into());
        Command::new(program).arg("-version").output().is_ok()
    };
    let is_there = runs("DLC_FFMPEG", "ffmpeg") && runs("DLC_FFPROBE", "ffprobe");
    if !is_there {
        testing::skip(testing::Need::Ffmpeg, "ffmpeg is not installed");
    }
    is_there
}

/// Writes the predictions of so many frames.
fn predictions(folder: &Path, frames: usize) -> PathBuf {
    let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
    for frame in 0..frames {
        poses.push([Keypoint::new(frame as f64, 0.0, 1.0)]);
    }
    let path = folder.join("vDLC_resnet50_mouseJan1shuffle1_1000.h5");
    let file = fs::File::create(&path).unwrap();
    h5::write(file, &poses, "DLC_x", Precision::F64).unwrap();
    path
}

#[test]
fn frames_are_shown_when_opencv_shows_them() {
    if !has_ffmpeg() {
        return;
    }
    let expected = fs::read(fixture("opencv.json")).unwrap();
    let expected: Json = serde_json::from_slice(&expected).unwrap();
    let mut largest = 0.0_f64;
    for (name, expected) in expected.as_object().unwrap() {
        let probe = video::probe(fixture(name)).unwrap();
        let times_ms: Vec<f64> = expected["times_ms"]
            .as_array()
            .unwrap()
            .iter()
            .map(|time| time.as_f64().unwrap())
            .collect();
        assert_eq!(probe.info.frame_count, times_ms.len(), "{name}");
        assert_eq!(Some(probe.info.fps), expected["fps"].as_f64(), "{name}");

        let times = probe.frame_times().unwrap();
        assert_eq!(times.is_even(), name.starts_with("even"), "{name}");
        assert_eq!(probe.is_variable_rate(), !times.is_even());
        // A container may round to its ticks, as `FrameTimes` says.
        let most = if times.is_even() { 2.0 } else { 1e-3 };
        for (ours_s, theirs_ms) in times.times_s(times_ms.len()).zip(&times_ms) {
            let difference = (1000.0 * ours_s - theirs_ms).abs();
            assert!(difference < most, "{name}: {ours_s} s, {theirs_ms} ms");
            largest = largest.max(difference);
        }
    }
    assert_eq!(expected.as_object().unwrap().len(), 11);
    println!("11 videos, largest difference {largest:.3} ms");
}

#[test]
fn a_rate_that_the_header_has_wrong_is_not_written() {
    if !has_ffmpeg() {
        return;
    }
    // Its last frame is shown for a second, and counts in the header's rate: 13.3 frames/s.
    let probe = video::probe(fixture("even_long_last.mp4")).unwrap();

    let times = probe.frame_times().unwrap();
    assert!(probe.info.fps < 14.0);
    assert!((times.mean_fps() - 30.0).abs() < 1e-9, "{times:?}");
    let even = video::probe(fixture("even.mp4")).unwrap();
    assert_eq!(even.frame_times(), Some(FrameTimes::Even { fps: 30.0 }));
}

#[test]
fn nwb_has_the_times_of_uneven_frames() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let h5 = predictions(folder.path(), 24);
    let written = |name: &str| {
        let read = VideoPoses::read(&h5, fixture(name), false).unwrap();
        let times = read.frame_times().unwrap();
        let info = read.video.info;
        let poses = &read.predictions.poses;
        let nwb = NwbPoses::new(poses, "DLC_x", name, [32, 32], info.fps).with_times(&times);
        let session = NwbSession::new("id", "test", "2020-10-13T11:02:00+02:00");
        let mut bytes = Vec::new();
        nwb::write(&mut bytes, &session, &nwb).unwrap();
        let file = hdf5_pure::File::from_bytes(bytes).unwrap();
        ["timestamps", "starting_time"].map(|name| {
            let path = format!("processing/behavior/PoseEstimation/snout/{name}");
            file.dataset(&path).is_ok()
        })
    };

    for name in ["uneven_pause.mp4", "uneven_pause.mkv", "uneven_pause.webm"] {
        assert_eq!(written(name), [true, false], "{name}");
    }
    for name in ["even.mp4", "even_ntsc.mkv", "even_offset.mkv"] {
        assert_eq!(written(name), [false, true], "{name}");
    }
}

#[test]
fn unequal_counts_name_both_files_and_both_numbers() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let h5 = predictions(folder.path(), 30);
    let video = fixture("uneven_pause.mp4");

    let error = VideoPoses::read(&h5, &video, false).unwrap_err();
    assert!(matches!(error, ReadVideoPosesError::Counts(_)));
    let text = error.to_string();
    for part in [
        "DLC_resnet50",
        "30 rows",
        "uneven_pause.mp4",
        "24 frames",
        "allow_unequal_counts",
    ] {
        assert!(text.contains(part), "{text}");
    }

    let read = VideoPoses::read(&h5, &video, true).unwrap();
    let times = read.frame_times().unwrap();
    assert_eq!(times.uneven_s().unwrap().len(), 30);
}

#[test]
fn dropped_frames_of_an_avi_count_as_in_an_analysis() {
    if !has_ffmpeg() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/video");
    let temporary = tempfile::tempdir().unwrap();
    // OpenCV reads 7 of its 10 frames.
    let h5 = predictions(temporary.path(), 10);

    let read = VideoPoses::read(h5, folder.join("mjpeg_dropped.avi"), false).unwrap();

    assert!(read.frame_times().unwrap().is_even());
}

#[test]
fn a_folder_of_pictures_has_no_times() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    fs::create_dir(&pictures).unwrap();
    image::RgbImage::new(4, 3)
        .save(pictures.join("0.png"))
        .unwrap();
    let h5 = predictions(folder.path(), 1);

    let read = VideoPoses::read(h5, &pictures, false).unwrap();

    let error = read.frame_times().unwrap_err().to_string();
    assert!(
        error.contains("pictures") && error.contains("a rate"),
        "{error}"
    );
}
