//! A frame that cannot be decoded keeps its row, as NaN, and is counted.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

use std::{fs, path::Path};

use dlc::{AnalyzeOptions, analysis::VideoReport, analyze_videos, io::h5, model::PoseTable};

fn analyzed(video: &Path, batch_size: usize) -> (VideoReport, PoseTable) {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    let options = AnalyzeOptions::default()
        .with_batch_size(batch_size)
        .with_destination(video.parent().unwrap().join(format!("b{batch_size}")));
    let outcomes = analyze_videos(project.join("config.yaml"), [video], 1, 0, options).unwrap();
    let report = outcomes.into_iter().next().unwrap().result.unwrap();
    let poses = h5::read(&report.outputs.h5).unwrap().poses;
    (report, poses)
}

/// Where the data of each `00dc` chunk of an AVI begins, and how long it is.
fn chunks(avi: &[u8]) -> Vec<(usize, usize)> {
    let movi = avi.windows(4).position(|word| word == b"movi").unwrap();
    let mut at = movi + 4;
    let mut chunks = Vec::new();
    while &avi[at..at + 4] == b"00dc" {
        let len = u32::from_le_bytes(avi[at + 4..at + 8].try_into().unwrap()) as usize;
        chunks.push((at + 8, len));
        at += 8 + len + len % 2;
    }
    chunks
}

#[test]
fn rows_of_broken_frames_are_nan_and_the_others_do_not_move() {
    let folder = tempfile::tempdir().unwrap();
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    let bytes = fs::read(bundled.join("videos/mouse.avi")).unwrap();
    let whole = folder.path().join("whole.avi");
    fs::write(&whole, &bytes).unwrap();
    let broken = folder.path().join("broken.avi");
    let mut damaged = bytes.clone();
    let chunks = chunks(&bytes);
    assert_eq!(chunks.len(), 100);
    for frame in [0, 41, 42, 99] {
        let (start, len) = chunks[frame];
        damaged[start..start + len].fill(0);
    }
    fs::write(&broken, damaged).unwrap();

    let (_, expected) = analyzed(&whole, 1);
    for batch_size in [1, 8] {
        let (report, poses) = analyzed(&broken, batch_size);

        assert_eq!(report.frame_count, 100);
        assert_eq!(report.missing_frames, [0, 41, 42, 99]);
        assert_eq!(poses.len(), 100);
        for (frame, row) in poses.rows().enumerate() {
            if report.missing_frames.contains(&frame) {
                let nan = |k: &dlc::model::Keypoint| k.is_missing() && k.likelihood.is_nan();
                assert!(row.iter().all(nan), "frame {frame}");
            } else {
                assert_eq!(row, expected.row(frame), "frame {frame}");
            }
        }
    }
}
