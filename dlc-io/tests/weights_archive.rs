//! Reads what PyTorch saved; see `fixtures/archive/make.py`.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};

use dlc_io::{
    Limits,
    pickle::Value,
    torch::{self, ReadSnapshotErrorKind as Kind, Snapshot},
};
use dlc_model::Weights;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/archive")
        .join(name)
}

fn read(name: &str) -> Snapshot {
    torch::read_snapshot(fixture(name), &Limits::default()).unwrap()
}

fn fail(name: &str, limits: &Limits) -> Kind {
    let error = torch::read_snapshot(fixture(name), limits).unwrap_err();
    assert!(error.to_string().ends_with(name), "{error}");
    error.into_kind()
}

/// What is in the network of `make.py`: shape and values.
fn expected() -> Vec<(&'static str, Vec<usize>, Vec<f32>)> {
    let floats = |len: u16| (0..len).map(|i| f32::from(i) - 1.5).collect::<Vec<_>>();
    let pick = |places: &[u16]| {
        places
            .iter()
            .map(|&i| f32::from(i) - 1.5)
            .collect::<Vec<_>>()
    };
    let transposed: Vec<_> = (0..24).map(|i| i % 4 * 6 + i / 4).collect();
    vec![
        ("plain", vec![2, 3], floats(6)),
        ("scalar", vec![], vec![0.1]),
        ("empty", vec![0, 4], vec![]),
        ("double", vec![3], vec![-0.5, -1.0 / 6.0, 1.0 / 6.0]),
        ("half", vec![3], floats(3)),
        ("bfloat16", vec![3], floats(3)),
        ("shared", vec![4, 6], floats(24)),
        ("row", vec![6], pick(&[12, 13, 14, 15, 16, 17])),
        ("column", vec![4], pick(&[1, 7, 13, 19])),
        ("block", vec![2, 3], pick(&[8, 9, 10, 14, 15, 16])),
        ("transposed", vec![6, 4], pick(&transposed)),
        ("every_second", vec![2, 2], pick(&[0, 3, 12, 15])),
        ("expanded", vec![2, 3], pick(&[0, 1, 2, 0, 1, 2])),
        ("channels_last", vec![2, 3, 2, 2], floats(24)),
        ("parameter", vec![2], floats(2)),
        ("frozen", vec![2], floats(2)),
    ]
}

fn check(weights: &Weights) {
    for (name, shape, values) in expected() {
        assert_eq!(weights[name].shape(), shape, "{name}");
        assert_eq!(weights[name].values(), values, "{name}");
    }
    assert_eq!(weights.len(), expected().len());
}

#[test]
fn tensors_of_all_kinds_are_read() {
    check(&read("snapshot.pt").weights);
}

#[test]
fn big_endian_archives_are_read() {
    check(&read("big.pt").weights);
}

#[test]
fn what_pytorch_would_run_is_kept_as_data() {
    let metadata = read("snapshot.pt").metadata;

    assert_eq!(metadata.get("epoch"), Some(&Value::Int(5)));
    assert_eq!(metadata.get("best"), Some(&Value::Float(0.25)));
    let touch = metadata.get("touch").and_then(Value::as_object).unwrap();
    assert_eq!(touch.global().unwrap().name, "mkdir");
    assert_eq!(touch.args, [Value::from("a-pickle-was-run")]);
    assert!(!Path::new("a-pickle-was-run").exists());
}

#[test]
fn exported_models_are_read() {
    let model = read("exported.pt");

    assert_eq!(model.weights["w"].values(), [-1.5, -0.5]);
    let net_type = model.metadata.get("net_type");
    assert_eq!(net_type.and_then(Value::as_str), Some("resnet_50"));
}

#[test]
fn the_configuration_is_read_without_the_tensors() {
    let limits = Limits::default().with_max_tensor_bytes(0);
    let config = torch::read_metadata(fixture("top_down.pt"), &limits).unwrap();

    assert_eq!(config.get("method").and_then(Value::as_str), Some("td"));
    let error = torch::read_snapshot(fixture("top_down.pt"), &limits).unwrap_err();
    assert!(matches!(error.kind(), Kind::TooLarge { limit: 0, .. }));
}

#[test]
fn a_detector_is_kept_apart() {
    let model = read("top_down.pt");

    assert_eq!(model.weights.len(), 4);
    assert_eq!(model.detector.unwrap()["bias"].values(), [2.0]);
    assert_eq!(read("exported.pt").detector, None);
}

/// `snapshot-detector-001/data.pkl` has as many bytes as to confuse a search for the directory.
#[test]
fn a_snapshot_of_a_detector_is_read_under_its_own_name() {
    let detector = read("snapshot-detector-001.pt");

    assert_eq!(detector.weights["weight"].values(), [0.25, -0.5]);
    assert_eq!(detector.metadata.get("epoch"), Some(&Value::Int(1)));
}

#[test]
fn the_prefix_of_data_parallel_is_left_out() {
    let parallel = read("parallel.pt");

    let names: Vec<_> = parallel.weights.keys().collect();
    assert_eq!(names, ["bias", "running_mean", "running_var", "weight"]);
    assert!(parallel.is_data_parallel);
    assert!(!read("exported.pt").is_data_parallel);
}

#[test]
fn a_tensor_of_a_foreign_function_is_refused_by_name() {
    let kind = fail("foreign.pt", &Limits::default());

    let expected = "tensor \"bad\" would be made by posix.mkdir, which is not supported";
    assert_eq!(kind.to_string(), expected);
}

#[test]
fn other_formats_are_refused_by_name() {
    let limits = Limits::default();
    assert!(matches!(fail("legacy.pt", &limits), Kind::LegacyFormat));
    assert!(matches!(
        fail("deflated.pt", &limits),
        Kind::CompressedEntry { .. }
    ));
    assert!(matches!(fail("make.py", &limits), Kind::NotAZip { .. }));
    assert!(matches!(fail("missing.pt", &limits), Kind::Io(_)));
}

#[test]
fn limits_are_obeyed() {
    let tensors = Limits::default().with_max_tensor_bytes(200);
    assert!(matches!(
        fail("snapshot.pt", &tensors),
        Kind::TooLarge { .. }
    ));
    let file = Limits::default().with_max_file_bytes(100);
    assert!(matches!(
        fail("snapshot.pt", &file),
        Kind::EntryTooLong { limit: 100, .. }
    ));
    let nodes = Limits::default().with_max_nodes(50);
    assert!(matches!(fail("snapshot.pt", &nodes), Kind::Pickle { .. }));
}
