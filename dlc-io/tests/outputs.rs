//! An output replaces a file of its own kind alone, whatever writes it.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::{fs, path::Path};

use dlc_io::{
    Precision,
    atomic::{self, AtomicFile, FileKind, ReplaceFileError, WriteFileError},
    csv, h5,
    nwb::{self, NwbPoses, NwbSession},
    pickle::{self, Value},
    sleap::{self, SleapPoses},
    video::{VideoCodec, VideoWriter},
};
use dlc_model::{Bodyparts, Keypoint, PoseTable};

fn poses() -> PoseTable {
    let mut poses = PoseTable::new(Bodyparts::new(["snout"]).unwrap());
    poses.set(0, &[Keypoint::new(1.0, 2.0, 0.5)]);
    poses
}

type Writer = fn(&Path) -> Result<(), WriteFileError>;

/// Writers of the library, and what they write.
const WRITERS: [(FileKind, Writer); 6] = [
    (FileKind::PandasTable, |path| {
        atomic::write(path, |file: &mut AtomicFile| {
            h5::write(file, &poses(), "DLC", Precision::F64)
        })
    }),
    (FileKind::Csv, |path| {
        atomic::write(path, |file: &mut AtomicFile| {
            csv::write(file, &poses(), "DLC", Precision::F64)
        })
    }),
    (FileKind::Nwb, |path| {
        let session = NwbSession::new("id", "test", "2020-10-13T11:02:00+02:00");
        atomic::write(path, |file| {
            nwb::write(
                file,
                &session,
                &NwbPoses::new(&poses(), "DLC", "v.avi", [320, 240], 30.0),
            )
        })
    }),
    (FileKind::SleapAnalysis, |path| {
        atomic::write(path, |file| {
            sleap::write(file, &SleapPoses::new(&poses(), "v.avi"))
        })
    }),
    (FileKind::Pickle, |path| {
        let bytes = pickle::write(&Value::dict([("data", Value::None)])).unwrap();
        atomic::write(path, |file| std::io::Write::write_all(file, &bytes))
    }),
    (FileKind::Yaml, |path| {
        dlc_io::yaml::write(path, &dlc_model::Value::dict([("Task", "x".into())]))
    }),
];

#[test]
fn each_writer_replaces_its_own_kind_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("output");
    for (kind, write) in WRITERS {
        write(&path).unwrap();
        assert_eq!(FileKind::of(&path).unwrap(), Some(kind));
        write(&path).unwrap();
        let before = fs::read(&path).unwrap();
        for (other, write) in WRITERS.iter().filter(|(other, _)| *other != kind) {
            let error = write(&path).unwrap_err();
            assert!(
                matches!(error.refusal(), Some(ReplaceFileError::Kind { found, new }) if *found == kind && *new == Some(*other)),
                "{error:?}"
            );
        }
        assert_eq!(fs::read(&path).unwrap(), before);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_video_is_replaced_by_nothing_else_and_replaces_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let video = folder.path().join("v.avi");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/video/mjpeg.avi");
    fs::copy(&fixture, &video).unwrap();
    for (_, write) in WRITERS {
        let error = write(&video).unwrap_err();
        assert!(
            matches!(error.refusal(), Some(ReplaceFileError::Video)),
            "{error:?}"
        );
    }
    assert_eq!(fs::read(&video).unwrap(), fs::read(&fixture).unwrap());

    let table = folder.path().join("a.csv");
    WRITERS[1].1(&table).unwrap();
    assert!(VideoWriter::create(&table, 30.0, VideoCodec::Mp4v).is_err());
}
