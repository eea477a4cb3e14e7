//! Videos that are entered in the middle, and what is told of them before they are decoded.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::path::{Path, PathBuf};

use dlc_io::video::{
    self, FrameSelection, OpenVideoErrorKind, VideoCodec, VideoProbe, VideoWriter,
};
use dlc_model::{Crop, Frame, FrameSource};
use testing::Need;

fn fixture(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/video");
    folder.join(name)
}

/// All videos that can be opened here, or none where there is no `ffmpeg`.
const NAMES: [&str; 10] = [
    "h264.avi",
    "h264_444.mp4",
    "h264_b.mp4",
    "h264_b_destroyed.mp4",
    "h264_rotated.mp4",
    "h264_vfr.mkv",
    "mjpeg.avi",
    "mjpeg_444.avi",
    "mjpeg_dropped.avi",
    "raw.avi",
];

fn has_ffmpeg() -> bool {
    match video::open(fixture("h264_b.mp4")) {
        Ok(_) => true,
        Err(error) => {
            testing::skip(Need::Ffmpeg, error);
            false
        }
    }
}

fn frames(source: &mut dyn FrameSource) -> Vec<Frame<'static>> {
    std::iter::from_fn(|| source.next_frame().unwrap()).collect()
}

#[test]
fn frames_are_the_same_wherever_one_begins() {
    if !has_ffmpeg() {
        return;
    }
    let mut ran = 0;
    for name in NAMES {
        let path = fixture(name);
        let all = frames(&mut *video::open(&path).unwrap());
        let count = video::open(&path).unwrap().info().frame_count;
        for start in (0..count)
            .step_by(7)
            .chain([1, count - 1, count, count + 9])
        {
            let selection = FrameSelection::default().with_start(start);
            let found = frames(&mut *video::open_selection(&path, selection).unwrap());
            let expected: Vec<&Frame<'_>> = all.iter().filter(|f| f.index() >= start).collect();
            // A destroyed picture spoils others until the next key frame, and less when it is skipped.
            let indices = |frames: &[&Frame<'_>]| -> Vec<usize> {
                frames.iter().map(|frame| frame.index()).collect()
            };
            let found: Vec<&Frame<'_>> = found.iter().collect();
            assert_eq!(indices(&found), indices(&expected), "{name} from {start}");
            if !name.contains("destroyed") {
                assert!(found == expected, "{name} from {start}");
            }
            ran += 1;
        }
    }
    println!("{ran} beginnings");
    assert!(ran > 60, "{ran}");
}

#[test]
fn every_third_frame_of_a_part_of_the_picture() {
    let crop = Crop {
        x_min: 3,
        x_max: 11,
        y_min: 2,
        y_max: 7,
    };
    let path = fixture("raw.avi");
    let all = frames(&mut *video::open(&path).unwrap());
    let selection = FrameSelection::default()
        .with_start(1)
        .with_stop(all.len() - 1)
        .with_stride(3)
        .with_crop(crop);

    let mut source = video::open_selection(&path, selection).unwrap();

    assert_eq!((source.info().width, source.info().height), (8, 5));
    let found = frames(&mut *source);
    let expected = all.iter().filter(|frame| frame.index() % 3 == 1);
    let expected: Vec<Frame<'_>> = expected
        .filter(|frame| frame.index() + 1 < all.len())
        .map(|frame| frame.crop(crop))
        .collect();
    assert!(!found.is_empty() && found == expected);

    let outside = FrameSelection::default().with_crop(Crop {
        x_max: 9999,
        ..crop
    });
    let error = video::open_selection(&path, outside).err().unwrap();
    assert!(matches!(error.kind(), OpenVideoErrorKind::Crop(_)));
}

fn probe(name: &str) -> VideoProbe {
    video::probe(fixture(name)).unwrap()
}

#[test]
fn a_probe_tells_what_the_file_is() {
    if !has_ffmpeg() {
        return;
    }
    let turned = probe("h264_rotated.mp4");
    assert_eq!(turned.codec, "h264");
    assert!(turned.container.contains("mp4"), "{}", turned.container);
    assert!(
        [90, 180, 270].contains(&turned.rotation),
        "{}",
        turned.rotation
    );
    assert_eq!(turned.pixel_format.as_deref(), Some("yuv420p"));
    assert_eq!(turned.reported_frame_count, Some(turned.info.frame_count));
    assert!(!turned.is_variable_rate());

    let uneven = probe("h264_vfr.mkv");
    assert!(uneven.is_variable_rate());
    assert_eq!(uneven.rotation, 0);
    let times = uneven.frame_times_s.unwrap();
    assert_eq!(times.len(), uneven.info.frame_count);
    assert!(times[0] == 0.0 && times.windows(2).all(|pair| pair[0] < pair[1]));

    let raw = probe("raw.avi");
    assert_eq!(
        (raw.container.as_str(), raw.codec.as_str()),
        ("avi", "rawvideo")
    );
    // H.264 in AVI has no times of presentation.
    assert_eq!(probe("h264.avi").frame_times_s, None);
}

#[test]
fn what_cannot_be_decoded_is_told_by_its_indices() {
    if !has_ffmpeg() {
        return;
    }
    let decoded =
        |name: &str| video::decode_all(&mut *video::open(fixture(name)).unwrap()).unwrap();

    let whole = decoded("h264_b.mp4");
    assert_eq!(whole.count, probe("h264_b.mp4").info.frame_count);
    assert!(whole.corrupt.is_empty());

    let dropped = decoded("mjpeg_dropped.avi");
    let missing: usize = dropped.corrupt.iter().map(ExactSizeIterator::len).sum();
    assert!(missing > 0);
    assert_eq!(
        dropped.count + missing,
        probe("mjpeg_dropped.avi").info.frame_count
    );
}

/// Checks that frames behind some places are those that come when all are decoded. Returns how many.
fn check_starts(path: &Path, starts: [usize; 4]) -> usize {
    let mut wanted = Vec::new();
    let mut all = video::open(path).unwrap();
    while let Some(frame) = all.next_frame().unwrap() {
        if starts
            .iter()
            .any(|start| (*start..start + 5).contains(&frame.index()))
        {
            wanted.push(frame);
        }
    }
    let found = starts.map(|start| {
        let selection = FrameSelection::default()
            .with_start(start)
            .with_stop(start + 5);
        frames(&mut *video::open_selection(path, selection).unwrap())
    });
    let found = found.concat();
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(&wanted) {
        assert_eq!(found.index(), wanted.index());
        assert!(
            found == wanted,
            "{} frame {}",
            path.display(),
            found.index()
        );
    }
    wanted.len()
}

#[test]
fn a_long_video_is_entered_in_the_middle() {
    if !has_ffmpeg() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for codec in [VideoCodec::Mp4v, VideoCodec::H264] {
        let path = folder.path().join(format!("{codec:?}.mp4"));
        let mut writer = VideoWriter::create(&path, 25.0, codec).unwrap();
        let written = (0..400_usize).try_for_each(|index| {
            let pixel = |at: usize| u8::try_from((at * 7 + index * 3) % 251).unwrap();
            let pixels: Vec<u8> = (0..64 * 48 * 3).map(pixel).collect();
            writer.write(&Frame::new(index, 64, 48, pixels).unwrap())
        });
        match written.and_then(|()| writer.finish()) {
            Ok(()) => assert_eq!(check_starts(&path, [26, 100, 277, 390]), 20),
            // Not every ffmpeg has libx264.
            Err(error) => testing::skip(Need::Ffmpeg, error),
        }
    }
}

#[test]
fn a_video_that_depends_on_its_first_packet_is_decoded_from_there() {
    let Some(path) = testing::reference("openfield/videos/m3v1mp4.mp4") else {
        return;
    };
    if !has_ffmpeg() {
        return;
    }
    assert_eq!(check_starts(&path, [31, 500, 1777, 2300]), 20);
}
