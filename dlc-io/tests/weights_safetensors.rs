//! Reads what the `safetensors` package wrote; see `fixtures/safetensors/make.py`.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits,
    safetensors::{ReadSafetensorsErrorKind as Kind, SafetensorsFile, read_safetensors},
    torch,
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn read(name: &str) -> SafetensorsFile {
    read_safetensors(fixture(name), &Limits::default()).unwrap()
}

fn fail(path: &Path) -> Kind {
    read_safetensors(path, &Limits::default())
        .unwrap_err()
        .into_kind()
}

/// Reads a file of a header and of so many zeros.
fn read_header(json: &str, len: usize) -> Result<SafetensorsFile, Kind> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.safetensors");
    let header_len = (json.len() as u64).to_le_bytes();
    fs::write(
        &path,
        [&header_len, json.as_bytes(), &vec![0; len]].concat(),
    )
    .unwrap();
    read_safetensors(&path, &Limits::default()).map_err(|error| error.into_kind())
}

#[test]
fn floats_of_all_widths_are_read_and_integers_passed_over() {
    let file = read("safetensors/snapshot.safetensors");

    let expected: [(&str, &[usize], &[f32]); 6] = [
        ("plain", &[2, 3], &[-1.5, -0.5, 0.5, 1.5, 2.5, 3.5]),
        ("scalar", &[], &[-1.5]),
        ("empty", &[0, 4], &[]),
        ("double", &[3], &[-0.5, -1.0 / 6.0, 1.0 / 6.0]),
        ("half", &[3], &[-1.5, -0.5, 0.5]),
        ("bfloat16", &[3], &[-1.5, -0.5, 0.5]),
    ];
    for (name, shape, values) in expected {
        assert_eq!(file.weights[name].shape(), shape, "{name}");
        assert_eq!(file.weights[name].values(), values, "{name}");
    }
    assert_eq!(file.weights.len(), expected.len());
    assert!(!file.is_data_parallel);
}

#[test]
fn metadata_is_kept() {
    let metadata = read("safetensors/snapshot.safetensors").metadata;

    assert_eq!(metadata["net_type"], "resnet_50");
    assert_eq!(metadata.len(), 2);
}

#[test]
fn names_are_those_of_a_snapshot() {
    let file = read("safetensors/parallel.safetensors");
    let snapshot = torch::read_snapshot(fixture("archive/parallel.pt"), &Limits::default());
    let snapshot = snapshot.unwrap();

    assert!(file.is_data_parallel && snapshot.is_data_parallel);
    assert_eq!(file.weights, snapshot.weights);
    let names: Vec<_> = file.weights.keys().collect();
    assert_eq!(names, ["bias", "running_mean", "running_var", "weight"]);
}

#[test]
fn what_is_not_read_is_named() {
    let kind = fail(&fixture("safetensors/float8.safetensors"));
    assert_eq!(
        kind.to_string(),
        "tensor \"a\" has the unknown type \"F8_E4M3\""
    );

    let kind = fail(&fixture("archive/snapshot.pt"));
    let expected = "expected a safetensors file, found a zip archive, as PyTorch writes";
    assert_eq!(kind.to_string(), expected);
    assert!(matches!(fail(&fixture("missing")), Kind::Io(_)));
}

#[test]
fn tensors_must_be_all_bytes_behind_the_header() {
    let entry = |name: &str, dtype: &str, shape: &str, places: &str| {
        format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":{places}}}"#)
    };
    let one = |dtype: &str, shape: &str, places: &str, len| {
        read_header(&format!("{{{}}}", entry("a", dtype, shape, places)), len)
    };
    assert!(one("F32", "[2]", "[0,8]", 8).is_ok());
    assert!(matches!(
        one("F32", "[2]", "[0,8]", 9),
        Err(Kind::WrongLength { .. })
    ));
    assert!(matches!(
        one("F32", "[2]", "[0,8]", 7),
        Err(Kind::WrongLength { .. })
    ));
    assert!(matches!(
        one("F32", "[2]", "[1,9]", 9),
        Err(Kind::Gap { .. })
    ));
    assert!(matches!(
        one("F32", "[2]", "[8,0]", 8),
        Err(Kind::Gap { .. })
    ));
    assert!(matches!(
        one("F32", "[3]", "[0,8]", 8),
        Err(Kind::WrongSize { .. })
    ));
    assert!(matches!(
        one("F16", "[2]", "[0,8]", 8),
        Err(Kind::WrongSize { .. })
    ));
    let most = u64::MAX.to_string();
    for (shape, places) in [
        (format!("[{most}]"), "[0,8]".to_owned()),
        (format!("[{most},{most}]"), "[0,8]".to_owned()),
        (format!("[{most},0]"), "[0,0]".to_owned()),
        ("[2]".to_owned(), format!("[0,{most}]")),
        ("[2]".to_owned(), format!("[{most},8]")),
    ] {
        let result = one("F32", &shape, &places, 8);
        assert!(
            matches!(
                result,
                Err(Kind::WrongSize { .. } | Kind::Gap { .. } | Kind::WrongLength { .. })
            ),
            "{shape} {places}: {result:?}"
        );
    }
    let twice = format!(
        "{{{},{}}}",
        entry("a", "F32", "[1]", "[0,4]"),
        entry("a", "F32", "[1]", "[4,8]")
    );
    assert!(matches!(
        read_header(&twice, 8),
        Err(Kind::RepeatedTensor { .. })
    ));
    let shared = format!(
        "{{{},{}}}",
        entry("a", "F32", "[1]", "[0,4]"),
        entry("b", "F32", "[1]", "[0,4]")
    );
    assert!(matches!(read_header(&shared, 4), Err(Kind::Gap { .. })));
}

#[test]
fn limits_are_obeyed() {
    let path = fixture("safetensors/snapshot.safetensors");
    let read = |limits| read_safetensors(&path, &limits).unwrap_err().into_kind();

    let header = read(Limits::default().with_max_file_bytes(100));
    assert!(matches!(header, Kind::HeaderTooLong { limit: 100, .. }));
    let tensors = read(Limits::default().with_max_tensor_bytes(40));
    assert!(matches!(tensors, Kind::TooLarge { limit: 40, .. }));
}
