//! Blobs and hashes of keys beside those of DataJoint 0.14.4.

#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{env, fs};

use dlc_schema::{
    Blob,
    blob::{
        Array, BigInt, BlobLimits, Date, DecodeBlobErrorKind, Elements, MatCell, MatStruct,
        Records, Time, TimeUnit,
    },
    key_hash, python_float,
};
use serde_json::Value;

fn fixture() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/blobs/blobs.json"
    );
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn reference() -> Option<Value> {
    let path = testing::reference("tracking/datajoint_blob_hash.json")?;
    let bytes = fs::read(path).unwrap();
    Some(serde_json::from_slice(&bytes).unwrap())
}

fn bytes(hex: &Value) -> Vec<u8> {
    let hex = hex.as_str().unwrap();
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn decode(bytes: &[u8]) -> Blob {
    Blob::decode(bytes, BlobLimits::default()).unwrap()
}

fn cases(of: &Value) -> impl Iterator<Item = (&str, Vec<u8>)> {
    let cases = of["blobs"].as_object().unwrap().iter();
    cases.filter_map(|(name, case)| Some((name.as_str(), bytes(case.get("hex")?))))
}

#[test]
fn every_object_that_datajoint_packs_comes_back_byte_for_byte() {
    let mut count = 0;
    for (name, bytes) in cases(&fixture()) {
        let blob = decode(&bytes);
        assert_eq!(blob.pack(), bytes, "{name}: {blob:?}");
        assert_eq!(blob, blob.clone(), "{name}");
        count += 1;
    }
    assert_eq!(count, 108);
}

fn array(shape: &[usize], elements: Elements) -> Blob {
    Blob::Array(Array::new(shape.to_vec(), elements).unwrap())
}

fn expected() -> Vec<(&'static str, Blob)> {
    let date = Date::new(2022, 6, 7).unwrap();
    let time = |microsecond| Time::new(14, 53, 11, microsecond).unwrap();
    let moment = |seconds| Elements::DateTime64(TimeUnit::Second, vec![seconds]);
    let f64s = |of: &[f64]| Blob::from(of);
    let field = |name: &str, blob: Blob| (name.to_owned(), blob);
    vec![
        ("f64_vec", f64s(&[1.0, 2.5, f64::NAN, -3.0])),
        ("f32_vec", vec![1_f32, 2.0, 3.0].into()),
        (
            "i64_2x3",
            array(&[2, 3], Elements::I64(vec![0, 3, 1, 4, 2, 5])),
        ),
        (
            "i64_2x3_fortran",
            array(&[2, 3], Elements::I64(vec![0, 3, 1, 4, 2, 5])),
        ),
        ("bool_vec", vec![true, false].into()),
        ("empty_f64", Vec::<f64>::new().into()),
        ("empty_0x3", array(&[0, 3], Elements::F64(vec![]))),
        ("complex128_vec", vec![(1.0_f64, 2.0)].into()),
        (
            "complex64_2x1",
            array(&[2, 1], Elements::Complex64(vec![(1.0, 2.0), (3.0, -4.0)])),
        ),
        (
            "str_array",
            array(&[2], Elements::Objects(vec!["a".into(), "bc".into()])),
        ),
        (
            "object_array",
            array(
                &[4],
                Elements::Objects(vec![Blob::None, "a".into(), 2.5.into(), f64s(&[0.0, 1.0])]),
            ),
        ),
        ("char_vec", array(&[2], Elements::Char(vec![97, 98]))),
        ("scalar_np_f64", array(&[], Elements::F64(vec![1.5]))),
        ("scalar_np_f32", array(&[], Elements::F32(vec![1.5]))),
        ("scalar_np_i16", array(&[], Elements::I16(vec![-2]))),
        ("scalar_np_bool", array(&[], Elements::Bool(vec![true]))),
        (
            "scalar_np_complex",
            array(&[], Elements::Complex128(vec![(1.0, 2.0)])),
        ),
        ("scalar_np_datetime64", array(&[], moment(1_654_613_591))),
        ("none", Blob::None),
        ("true", true.into()),
        ("float", 1.5.into()),
        ("complex", Blob::Complex(1.0, -2.0)),
        ("str", "left_ear".into()),
        ("str_umlaut", "Mäuse 🐁".into()),
        ("bytes", Blob::Bytes(b"ab".to_vec())),
        ("list", Blob::List(vec![1.into(), "a".into(), 2.5.into()])),
        ("tuple", Blob::Tuple(vec![1.into(), 2.into()])),
        ("set", Blob::Set(vec![1.into()])),
        (
            "dict",
            Blob::Dict(vec![
                ("left".into(), "left_ear".into()),
                ("right".into(), "right_ear".into()),
                ("pcutoff".into(), 0.6.into()),
            ]),
        ),
        ("datetime", Blob::DateTime(date, time(5))),
        (
            "datetime_midnight",
            Blob::DateTime(date, Time::new(0, 0, 0, 0).unwrap()),
        ),
        ("date", Blob::Date(date)),
        ("time", Blob::Time(time(999_999))),
        (
            "uuid",
            Blob::Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]),
        ),
        ("decimal", Blob::Decimal("1.50".parse().unwrap())),
        ("int_-300", Blob::Int(-300)),
        ("int_9223372036854775807", Blob::Int(i64::MAX)),
        ("int_-9223372036854775808", Blob::Int(i64::MIN)),
        ("int_9223372036854775808", BigInt::from(1_i128 << 63).into()),
        ("extremes_u8", vec![u64::MIN, 0, 1, u64::MAX].into()),
        ("extremes_i2", vec![i16::MIN, 0, 1, i16::MAX].into()),
        (
            "records",
            Records::new(vec![
                field("a", vec![1_i32, 3].into()),
                field("b", vec![2.5_f64, 4.5].into()),
            ])
            .unwrap()
            .into(),
        ),
        (
            "cell",
            MatCell::new(vec![1, 2], vec![f64s(&[0.0, 1.0]), vec![true].into()])
                .unwrap()
                .into(),
        ),
        (
            "struct_native",
            MatStruct::new(vec![1], vec!["name".into()], vec!["m7".into()])
                .unwrap()
                .into(),
        ),
    ]
}

#[test]
fn objects_are_what_datajoint_took_them_for() {
    let fixture = fixture();
    for (name, blob) in expected() {
        let bytes = bytes(&fixture["blobs"][name]["hex"]);
        assert_eq!(decode(&bytes), blob, "{name}");
        assert_eq!(blob.pack(), bytes, "{name}");
    }
}

#[test]
fn compressed_objects_come_back_and_are_compressed_when_datajoint_does() {
    let fixture = fixture();
    let (mut count, mut same) = (0, 0);
    for (name, case) in fixture["compressed"].as_object().unwrap() {
        let (packed, theirs) = (bytes(&case["packed"]), bytes(&case["hex"]));
        let blob = decode(&theirs);
        assert_eq!(blob.pack(), packed, "{name}");
        let ours = blob.encode();
        assert_eq!(decode(&ours), blob, "{name}");
        let is_compressed = |bytes: &[u8]| bytes.starts_with(b"ZL123\0");
        assert_eq!(is_compressed(&ours), is_compressed(&theirs), "{name}");
        eprintln!("{name}: {} bytes, datajoint {}", ours.len(), theirs.len());
        assert!(
            ours.len() as f64 <= theirs.len() as f64 * 1.1 + 16.0,
            "{name}"
        );
        count += 1;
        same += usize::from(ours == theirs);
    }
    eprintln!("{same} of {count} byte for byte those of zlib");
    assert_eq!(count, 6);
}

#[test]
fn keys_have_datajoints_hash() {
    let fixture = fixture();
    let keys = fixture["keys"].as_array().unwrap();
    for case in keys {
        let key = case["key"].as_object().unwrap();
        let key = key.iter().map(|(name, value)| (name.as_str(), text(value)));
        assert_eq!(key_hash(key), case["hash"].as_str().unwrap(), "{case}");
    }
    assert_eq!(keys.len(), 8);
}

fn text(value: &Value) -> String {
    if let Some(number) = value["int"].as_i64() {
        return number.to_string();
    }
    if let Some(number) = value["float"].as_f64() {
        return python_float(number);
    }
    let texts = ["text", "datetime", "uuid"];
    let text = texts.iter().find_map(|kind| value[kind].as_str());
    text.unwrap_or("None").to_owned()
}

#[test]
fn the_reference_cases_come_back_byte_for_byte() {
    let Some(reference) = reference() else { return };
    let mut count = 0;
    for (name, bytes) in cases(&reference) {
        assert_eq!(decode(&bytes).pack(), bytes, "{name}");
        count += 1;
    }
    assert_eq!(count, 24);

    let arange: Vec<f64> = (0..400).map(f64::from).collect();
    let blob = Blob::from(arange);
    let case = &reference["blobs"]["f64_400_compressed_prefix"];
    assert_eq!(
        blob.pack().len() as u64,
        case["uncompressed_len"].as_u64().unwrap()
    );
    assert_eq!(
        blob.encode()[..14],
        bytes(&case["first_32_bytes_hex"])[..14]
    );

    // The values of a key in the order of their names are given joined already.
    let keys = reference["key_hash"].as_array().unwrap();
    for case in keys {
        let joined = case["md5_of_concat"].as_str().unwrap().to_owned();
        assert_eq!(
            key_hash([("key", joined)]),
            case["key_hash"].as_str().unwrap()
        );
    }
    assert_eq!(keys.len(), 5);
}

#[test]
fn a_blob_that_is_cut_is_an_error_at_every_length() {
    let fixture = fixture();
    let compressed = fixture["compressed"].as_object().unwrap().values();
    let compressed = compressed.map(|case| bytes(&case["hex"]));
    let all = cases(&fixture).map(|(_, bytes)| bytes).chain(compressed);
    let mut count = 0;
    for bytes in all {
        for length in 0..bytes.len() {
            let cut = Blob::decode(&bytes[..length], BlobLimits::default());
            assert!(cut.is_err(), "{cut:?} of {length} bytes of {bytes:x?}");
            count += 1;
        }
    }
    assert!(count > 10_000, "{count} cuts");
}

#[test]
fn flipped_bytes_never_panic_and_what_decodes_packs_again() {
    let limits = BlobLimits::default().with_max_bytes(1 << 20);
    let mut decoded = 0;
    for (_, bytes) in cases(&fixture()) {
        for at in 0..bytes.len() {
            for flip in [1, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                let Ok(blob) = Blob::decode(&bytes, limits) else {
                    continue;
                };
                assert_eq!(Blob::decode(&blob.pack(), limits), Ok(blob));
                decoded += 1;
            }
        }
    }
    assert!(decoded > 1000, "{decoded} decoded");
}

#[test]
fn lists_in_lists_end_somewhere() {
    let mut blob = Blob::None;
    for _ in 0..100 {
        blob = Blob::List(vec![blob]);
    }
    let bytes = blob.pack();

    let error = Blob::decode(&bytes, BlobLimits::default()).unwrap_err();
    assert_eq!(error.kind, DecodeBlobErrorKind::TooDeep(64));
    let deep = BlobLimits::default().with_max_depth(101);
    assert_eq!(Blob::decode(&bytes, deep), Ok(blob));
}

#[test]
fn counts_that_the_bytes_cannot_hold_are_refused_before_memory_is_taken() {
    let many = u64::MAX.to_le_bytes();
    for start in [
        b"dj0\0\x02".as_slice(),
        b"dj0\0\x04",
        b"dj0\0\x05",
        b"mYm\0A\x01\0\0\0\0\0\0\0",
        b"mYm\0C\x01\0\0\0\0\0\0\0",
        b"mYm\0A",
        b"mYm\0F",
    ] {
        let bytes = [start, &many, &[6, 0, 0, 0, 0, 0, 0, 0]].concat();
        assert!(
            Blob::decode(&bytes, BlobLimits::default()).is_err(),
            "{start:?}"
        );
    }
}

#[test]
fn errors_say_where_and_what() {
    let error = |bytes: &[u8]| {
        let error = Blob::decode(bytes, BlobLimits::default()).unwrap_err();
        format!("{error}: {}", error.kind)
    };
    assert_eq!(
        error(b"PK\x03\x04"),
        "invalid blob at byte 0: expected `mYm`, `dj0` or `ZL123`, found \"PK\\\\x03\\\\x04\""
    );
    assert_eq!(
        error(b"mYm\0P"),
        "invalid blob at byte 4: a sparse array of MATLAB's: not supported"
    );
    assert_eq!(
        error(b"dj0\0\x0b\x01\x07"),
        "invalid blob at byte 6: expected 6 bytes by the length before them, found 7"
    );
}
