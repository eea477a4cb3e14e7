//! Videos of several kinds, compared with what OpenCV read from them (`fixtures/video/make.py`).
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "helpers of tests fail loudly and say what they skip"
)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use dlc_io::video::{self, DecodeVideoError, OpenVideoErrorKind};
use dlc_model::{Frame, FrameSource};

/// Means over blocks may differ by this many levels, where a processor rounds otherwise.
const TOLERANCE: f64 = 1.5;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/video")
        .join(name)
}

/// Says whether ffmpeg is there; says aloud that a test is skipped if not.
fn has_ffmpeg(test: &str) -> bool {
    let runs = |variable, name: &str| {
        let program = env::var_os(variable).unwrap_or_else(|| name.into());
        Command::new(program).arg("-version").output().is_ok()
    };
    let is_there = runs("DLC_FFMPEG", "ffmpeg") && runs("DLC_FFPROBE", "ffprobe");
    if !is_there {
        println!("SKIPPED, since ffmpeg is not installed: {test}");
    }
    is_there
}

/// Reads all frames and checks each against OpenCV's. Returns their indices.
fn check(video: &mut dyn FrameSource, means: &str, same: impl Fn(usize) -> bool) -> Vec<usize> {
    let means = image::open(fixture(means)).unwrap().into_rgb8();
    let mut indices = Vec::new();
    while let Some(frame) = video.next_frame().unwrap() {
        let index = frame.index();
        indices.push(index);
        if same(index) {
            let difference = largest_difference(&frame, &means);
            assert!(difference <= TOLERANCE, "frame {index}: {difference}");
        }
    }
    indices
}

fn largest_difference(frame: &Frame<'_>, means: &image::RgbImage) -> f64 {
    let top = u32::try_from(6 * frame.index()).unwrap();
    let mut largest = 0.0_f64;
    for (block_y, y) in (0..6).zip(top..) {
        for (block_x, x) in (0..8).zip(0..) {
            for channel in 0..3 {
                let expected = f64::from(means.get_pixel(x, y)[channel]);
                let found = block_mean(frame, block_x, block_y, channel);
                largest = largest.max((expected - found).abs());
            }
        }
    }
    largest
}

fn block_mean(frame: &Frame<'_>, block_x: usize, block_y: usize, channel: usize) -> f64 {
    let range = |block, count, len| block * len / count..(block + 1) * len / count;
    let (mut sum, mut count) = (0.0, 0.0);
    for y in range(block_y, 6, frame.height()) {
        for x in range(block_x, 8, frame.width()) {
            sum += f64::from(frame.pixels()[3 * (y * frame.width() + x) + channel]);
            count += 1.0;
        }
    }
    sum / count
}

#[test]
fn frames_are_those_of_opencv() {
    if !has_ffmpeg("frames_are_those_of_opencv") {
        return;
    }
    // Width, height, frames per second and number of frames.
    let cases = [
        ("h264_b.mp4", 64, 48, 5.0, 24),
        ("h264_444.mp4", 64, 48, 5.0, 24),
        ("h264_rotated.mp4", 48, 64, 5.0, 24),
        ("h264_vfr.mkv", 64, 48, 5.0, 12),
        ("h264.avi", 64, 48, 5.0, 24),
        ("mjpeg.avi", 64, 48, 5.0, 10),
        ("mjpeg_444.avi", 64, 48, 5.0, 10),
        ("raw.avi", 15, 11, 5.0, 5),
    ];
    for (name, width, height, fps, frame_count) in cases {
        let mut video = video::open(fixture(name)).unwrap();

        let info = video.info();
        assert_eq!((info.width, info.height), (width, height), "{name}");
        assert_eq!((info.fps, info.frame_count), (fps, frame_count), "{name}");
        let indices = check(&mut *video, &format!("{name}.png"), |_| true);
        assert!(indices.into_iter().eq(0..frame_count), "{name}");
    }
    println!("{} videos compared", cases.len());
}

#[test]
fn uncompressed_avi_needs_no_ffmpeg() {
    let mut video = video::open(fixture("raw.avi")).unwrap();

    assert_eq!(check(&mut *video, "raw.avi.png", |_| true), [0, 1, 2, 3, 4]);
}

#[test]
fn destroyed_packets_are_gaps_in_their_places() {
    if !has_ffmpeg("destroyed_packets_are_gaps_in_their_places") {
        return;
    }
    let mut video = video::open(fixture("h264_b_destroyed.mp4")).unwrap();
    // Frames 0 to 3 come before the destroyed ones, and 12 begins a new group of pictures; what
    // lies between refers to a destroyed one and is concealed.
    let is_intact = |index| !(4..12).contains(&index);
    let found = check(&mut *video, "h264_b.mp4.png", is_intact);
    let expected: Vec<usize> = (0..24).filter(|i| ![4, 8].contains(i)).collect();
    assert_eq!(found, expected);

    for name in ["mjpeg_destroyed.avi", "mjpeg_dropped.avi"] {
        let mut video = video::open(fixture(name)).unwrap();

        assert_eq!(video.info().frame_count, 10, "{name}");
        let indices = check(&mut *video, "mjpeg.avi.png", |_| true);
        assert_eq!(indices, [0, 1, 2, 5, 6, 8, 9], "{name}");
    }
}

#[test]
fn without_times_a_gap_is_an_error_at_the_end() {
    if !has_ffmpeg("without_times_a_gap_is_an_error_at_the_end") {
        return;
    }
    let mut video = video::open(fixture("h264_destroyed.avi")).unwrap();

    let error = loop {
        match video.next_frame() {
            Ok(frame) => assert!(frame.is_some(), "the video ended without an error"),
            Err(error) => break error,
        }
    };

    assert!(matches!(
        error.source.downcast_ref(),
        Some(DecodeVideoError::UncertainGap { expected: 24, .. })
    ));
}

#[test]
fn a_video_that_stops_half_way_is_refused_with_both_counts() {
    if !has_ffmpeg("a_video_that_stops_half_way_is_refused_with_both_counts") {
        return;
    }
    for name in ["h264_b_truncated.mp4", "h264_vfr_truncated.mkv"] {
        let error = video::open(fixture(name)).err().unwrap();

        let OpenVideoErrorKind::Truncated {
            expected,
            found,
            missing_bytes,
        } = error.kind()
        else {
            panic!("{name}: {error:?}");
        };
        assert!(*found < expected.unwrap(), "{name}");
        assert!(*missing_bytes > 0, "{name}");
        assert!(error.kind().to_string().contains("-c copy"));
    }
}

#[test]
fn names_mean_nothing_to_ffmpeg() {
    if !has_ffmpeg("names_mean_nothing_to_ffmpeg") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "-i",
        "a b'c\"d.mp4",
        "concat:x|y",
        "%03d.mp4",
        "ä&$(x);.txt",
    ];
    let mut ran = 0;
    for name in names {
        let path = folder.path().join(name);
        // Windows forbids some of these.
        if fs::copy(fixture("h264_b.mp4"), &path).is_ok() {
            let mut video = video::open(&path).unwrap();
            assert!(video.next_frame().unwrap().is_some(), "{name}");
            ran += 1;
        }
    }
    assert!(ran >= 2, "{ran}");
}

#[test]
fn what_is_no_video_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.mp4");

    let error = video::open(&path).err().unwrap();
    assert!(matches!(error.kind(), OpenVideoErrorKind::NotFound));

    if !has_ffmpeg("what_is_no_video_is_told_apart") {
        return;
    }
    for content in ["", "Shopping list:\n- cheese\n- a mouse\n"] {
        fs::write(&path, content).unwrap();
        let error = video::open(&path).err().unwrap();
        assert!(
            matches!(error.kind(), OpenVideoErrorKind::NotVideo { message } if !message.is_empty()),
            "{error:?}"
        );
    }
}

#[test]
fn a_playlist_opens_no_other_file() {
    if !has_ffmpeg("a_playlist_opens_no_other_file") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.mp4");
    let url = "http://127.0.0.1:9/a.ts";
    let content = format!("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n");
    fs::write(&path, content).unwrap();

    assert!(video::open(&path).is_err());
}

#[test]
fn a_cut_video_never_hangs_or_panics() {
    if !has_ffmpeg("a_cut_video_never_hangs_or_panics") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for name in ["h264_b.mp4", "h264_vfr.mkv", "mjpeg.avi"] {
        let bytes = fs::read(fixture(name)).unwrap();
        for part in 0..4 {
            let path = folder.path().join(name);
            fs::write(&path, &bytes[..bytes.len() * part / 4]).unwrap();
            assert!(video::open(&path).is_err(), "{name}, {part} quarters");
            ran += 1;
        }
    }
    assert_eq!(ran, 12);
}
