//! Reads what TensorFlow saved; see `fixtures/checkpoint/make.py`.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits,
    tensorflow::{self, ReadCheckpointErrorKind as Kind},
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/checkpoint")
        .join(name)
}

fn fail(prefix: &Path) -> Kind {
    let error = tensorflow::read_checkpoint(prefix, &Limits::default());
    error.unwrap_err().into_kind()
}

#[test]
fn floats_of_two_files_are_read_and_other_types_passed_over() {
    let weights = tensorflow::read_checkpoint(fixture("two"), &Limits::default()).unwrap();

    let names: Vec<_> = weights.keys().map(String::as_str).collect();
    let floats = |len: u16| (0..len).map(|i| f32::from(i) - 1.5).collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            "net/Conv/BatchNorm/gamma",
            "net/Conv/biases",
            "net/Conv/weights",
            "net/empty",
            "net/scale",
            "net/special"
        ]
    );
    assert_eq!(weights["net/Conv/weights"].shape(), [3, 3, 3, 2]);
    assert_eq!(weights["net/Conv/weights"].values(), floats(54));
    assert_eq!(weights["net/Conv/biases"].values(), floats(2));
    assert_eq!(weights["net/empty"].shape(), [0, 4]);
    assert_eq!(
        (weights["net/scale"].shape(), weights["net/scale"].values()),
        (&[][..], &[0.1][..])
    );
    let special: Vec<_> = weights["net/special"]
        .values()
        .iter()
        .map(|v| v.to_bits())
        .collect();
    assert_eq!(
        special,
        [0x7fc0_0000, 0x7f80_0000, 0xff80_0000, 0x8000_0000, 1]
    );
}

const SHARDED: [&str; 4] = [
    "sharded.index",
    "sharded.data-00000-of-00003",
    "sharded.data-00001-of-00003",
    "sharded.data-00002-of-00003",
];

#[test]
fn three_files_of_a_sharded_saver_are_one_checkpoint() {
    let weights = tensorflow::read_checkpoint(fixture("sharded"), &Limits::default()).unwrap();

    let shapes: [&[usize]; 6] = [&[3, 3, 2], &[2], &[], &[2, 5], &[7], &[1, 1, 4]];
    for (index, shape) in (0_u16..).zip(shapes) {
        let tensor = &weights[&format!("layer_{index}/weights")];
        let len = u16::try_from(shape.iter().product::<usize>()).unwrap();
        let values: Vec<_> = (0..len).map(|i| f32::from(i + 100 * index)).collect();
        assert_eq!(tensor.shape(), shape);
        assert_eq!(tensor.values(), values);
    }
    assert_eq!(weights.len(), 6);
}

#[test]
fn every_byte_of_every_shard_is_under_a_checksum() {
    let folder = tempfile::tempdir().unwrap();
    for name in SHARDED {
        fs::copy(fixture(name), folder.path().join(name)).unwrap();
    }
    let mut count = 0;
    for name in &SHARDED[1..] {
        let path = folder.path().join(name);
        let good = fs::read(&path).unwrap();
        for place in 0..good.len() {
            let mut bytes = good.clone();
            bytes[place] ^= 0x10;
            fs::write(&path, bytes).unwrap();
            let error = fail(&folder.path().join("sharded"));
            assert!(
                matches!(error, Kind::WrongChecksum { .. }),
                "{name} {place}"
            );
            count += 1;
        }
        fs::write(&path, &good).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(matches!(fail(&folder.path().join("sharded")), Kind::Io(_)));
        fs::write(&path, good).unwrap();
    }
    assert_eq!(count, 168);
}

#[test]
fn slices_are_refused_by_name() {
    let kind = fail(&fixture("sliced"));

    let expected = "tensor \"net/Conv/weights\" is stored in slices, which are not supported";
    assert_eq!(kind.to_string(), expected);
}

#[test]
fn a_missing_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let prefix = folder.path().join("two");
    let error = tensorflow::read_checkpoint(&prefix, &Limits::default()).unwrap_err();
    assert_eq!(error.path(), folder.path().join("two.index"));

    fs::copy(fixture("two.index"), folder.path().join("two.index")).unwrap();
    let error = tensorflow::read_checkpoint(&prefix, &Limits::default()).unwrap_err();
    assert_eq!(error.path(), folder.path().join("two.data-00000-of-00002"));
    assert!(matches!(error.kind(), Kind::Io(_)));
}

#[test]
fn a_damaged_tensor_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "two.index",
        "two.data-00000-of-00002",
        "two.data-00001-of-00002",
    ] {
        fs::copy(fixture(name), folder.path().join(name)).unwrap();
    }
    let path = folder.path().join("two.data-00000-of-00002");
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, &bytes).unwrap();
    let kind = fail(&folder.path().join("two"));
    assert!(matches!(&kind, Kind::WrongChecksum { what, .. } if what.contains("net/Conv/weights")));

    bytes.pop();
    fs::write(&path, &bytes).unwrap();
    let kind = fail(&folder.path().join("two"));
    assert!(matches!(&kind, Kind::TensorBeyondEnd { name, .. } if name == "net/Conv/weights"));
}

#[test]
fn limits_are_obeyed() {
    let tensors = Limits::default().with_max_tensor_bytes(200);
    let error = tensorflow::read_checkpoint(fixture("two"), &tensors).unwrap_err();
    assert!(matches!(error.kind(), Kind::TooLarge { limit: 200, .. }));

    let file = Limits::default().with_max_file_bytes(100);
    let error = tensorflow::read_checkpoint(fixture("two"), &file).unwrap_err();
    assert!(matches!(error.kind(), Kind::TooLong { limit: 100 }));
}
