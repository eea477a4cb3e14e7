//! Reads and writes what Python pickled; see `fixtures/pickle/make.py`.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{fs, path::Path};

use dlc_io::{
    Limits,
    pickle::{self, ArrayValues, DtypeKind, Value},
};

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pickle");
    fs::read(folder.join(name)).unwrap()
}

fn read(name: &str) -> Value {
    pickle::read(&fixture(name)[..], &Limits::default())
        .unwrap_or_else(|error| panic!("{name}: {error:?}"))
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn ints(values: &[i64]) -> Vec<Value> {
    values.iter().copied().map(Value::Int).collect()
}

fn big(bytes: &[u8]) -> Value {
    Value::BigInt(bytes.into())
}

/// What `plain` returns in `make.py`.
fn plain() -> Value {
    let zeros_128 = [0, 0, 0, 0, 0, 0, 0, 128, 0];
    let ones_127 = [255, 255, 255, 255, 255, 255, 255, 127, 255];
    let googol_ish = [
        0, 0, 0, 0, 128, 86, 101, 95, 196, 172, 67, 137, 147, 254, 80, 240, 2,
    ];
    let minus_that = [
        0, 0, 0, 0, 128, 169, 154, 160, 59, 83, 188, 118, 108, 1, 175, 15, 253,
    ];
    let floats = [
        0.1,
        -0.0,
        1e300,
        5e-324,
        f64::INFINITY,
        1e16,
        1e-5,
        123_456_789.0,
    ];
    let texts = ["", "é", "☃", "😀", "a\\u0041\n\r\0\x1ab", &"x".repeat(300)];
    let tuples = (0..5).map(|len| Value::Tuple(ints(&[1, 2, 3, 4][..len])));
    let most = i64::from(i32::MIN);
    let many = [
        0,
        -1,
        255,
        256,
        65535,
        65536,
        most,
        -most,
        i64::MIN,
        i64::MAX,
    ];
    Value::dict([
        ("none", Value::None),
        ("bools", vec![true.into(), false.into()].into()),
        ("ints", ints(&many).into()),
        (
            "large",
            Value::Tuple(vec![
                big(&zeros_128),
                big(&ones_127),
                big(&googol_ish),
                big(&minus_that),
            ]),
        ),
        ("floats", floats.map(Value::Float).to_vec().into()),
        ("texts", texts.map(Value::from).to_vec().into()),
        ("bytes", Value::Bytes([0, 255][..].into())),
        ("bytearray", Value::ByteArray(b"abc"[..].into())),
        ("tuples", Value::Tuple(tuples.collect())),
        ("set", Value::Set(ints(&[1]))),
        ("frozenset", Value::FrozenSet(ints(&[1]))),
        ("dict", Value::Dict(vec![])),
        ("one", Value::dict([("a", ints(&[1]).into())])),
        (
            "shared",
            vec![text("shared text"), text("shared text")].into(),
        ),
    ])
}

#[test]
fn plain_values_are_the_same_in_all_protocols() {
    for protocol in 0..6 {
        let name = format!("plain.p{protocol}");
        let (found, expected) = (read(&name), plain());
        for (key, value) in expected.items().unwrap() {
            let key = key.as_str().unwrap();
            assert_eq!(found.get(key), Some(value), "{key} of {name}");
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn plain_values_are_written_as_python_writes_them() {
    assert!(pickle::write(&plain()).unwrap() == fixture("plain.p5"));
}

#[test]
fn frames_and_batches_are_laid_out_as_in_python() {
    let mut names: Vec<_> = (0..300).map(|i| format!("text {i}")).collect();
    names.extend(["text 3".into(), "text 299".into()]);
    let many = (0..2000_i32).map(|i| (Value::Int(i.into()), Value::Float(i.into())));
    let value = Value::dict([
        ("long", text(&"ab".repeat(40_000))),
        (
            "numbers",
            (0..2_500).map(Value::Int).collect::<Vec<_>>().into(),
        ),
        ("many", Value::Dict(many.collect())),
        (
            "texts",
            names
                .into_iter()
                .map(Value::from)
                .collect::<Vec<_>>()
                .into(),
        ),
        ("bytes", Value::Bytes(vec![0; 70_000].into())),
        (
            "exact",
            (0..1_000).map(Value::Int).collect::<Vec<_>>().into(),
        ),
        ("set", Value::Set(ints(&[8, 7]))),
    ]);

    let bytes = pickle::write(&value).unwrap();

    let fnv = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let found = format!("{} {fnv:#x}\n", bytes.len());
    assert_eq!(found.as_bytes(), fixture("frames.txt"));
    assert_eq!(pickle::read(&bytes[..], &Limits::default()).unwrap(), value);
}

#[test]
fn protocol_0_is_written_as_python_writes_it() {
    let bytes = fixture("texts.p0");
    let value = pickle::read(&bytes[..], &Limits::default()).unwrap();

    let written = pickle::write_protocol_0(&value).unwrap();

    assert_eq!(
        written.escape_ascii().to_string(),
        bytes.escape_ascii().to_string()
    );
}

#[test]
fn arrays_are_the_same_in_all_protocols() {
    let mut count = 0;
    for protocol in 0..6 {
        let objects = read(&format!("objects.p{protocol}"));
        for (code, array) in objects.get("arrays").and_then(Value::items).unwrap() {
            let array = array
                .as_array()
                .unwrap_or_else(|| panic!("{code:?}: {array:?}"));
            let is_bool = array.dtype().kind == DtypeKind::Bool;
            let expected = (0..6).map(|i| f64::from(if is_bool { i.min(1) } else { i }));
            assert_eq!(array.shape(), [2, 3], "{code:?}");
            assert_eq!(
                array.to_f64().unwrap(),
                expected.collect::<Vec<_>>(),
                "{code:?}"
            );
            count += 1;
        }
        let array = |name: &str| objects.get(name).and_then(Value::as_array).unwrap();
        assert_eq!(
            array("fortran").to_f64().unwrap(),
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
        );
        assert_eq!(array("empty").shape(), [0, 2]);
        assert!(array("scalar_array").shape().is_empty());
        assert_eq!(array("scalar_array").to_f64().unwrap(), [0.5]);
        assert_eq!(
            *array("bytes").values(),
            ArrayValues::Bytes(b"abc\0"[..].into())
        );
        assert_eq!(
            (array("texts").dtype().kind, array("texts").dtype().size),
            (DtypeKind::Text, 8)
        );
        let elements = vec![Value::None, text("a"), Value::Float(1.5)];
        assert_eq!(*array("objects").values(), ArrayValues::Objects(elements));
    }
    assert_eq!(count, 6 * 12);
}

#[test]
fn scalars_and_dicts_are_plain_and_the_rest_is_kept_as_data() {
    for protocol in 0..6 {
        let objects = read(&format!("objects.p{protocol}"));
        let scalars = vec![
            0.5.into(),
            0.25.into(),
            (-3).into(),
            200.into(),
            true.into(),
        ];
        assert_eq!(objects.get("scalars"), Some(&Value::List(scalars)));
        let ordered = Value::dict([("a", 1.into()), ("b", 2.into())]);
        assert_eq!(objects.get("ordered"), Some(&ordered));
        assert_eq!(
            objects.get("default"),
            Some(&Value::dict([("a", ints(&[1]).into())]))
        );

        let object = |name: &str| objects.get(name).and_then(Value::as_object).unwrap();
        let path = object("path");
        assert!(path.global().unwrap().is("pathlib", "PurePosixPath"));
        assert_eq!(path.args, ["/", "data", "video.mp4"].map(Value::from));
        assert!(object("date").global().unwrap().is("datetime", "datetime"));
        assert_eq!(object("date").args[0].as_bytes().map(<[u8]>::len), Some(10));
        assert_eq!(object("enum").args, [text("a")]);
        assert!(object("dtype").global().unwrap().is("numpy", "dtype"));
        assert_eq!(
            object("records")
                .global()
                .unwrap()
                .name
                .trim_start_matches('_'),
            {
                if protocol < 5 {
                    "reconstruct"
                } else {
                    "frombuffer"
                }
            }
        );
        let content = object("box")
            .state
            .as_ref()
            .and_then(|state| state.get("content"));
        assert_eq!(content, Some(&Value::List(ints(&[1]))));
        if protocol > 1 {
            assert_eq!(object("words").elements, [text("a"), text("b")]);
        }
        assert!(matches!(objects.get("class"), Some(Value::Global(class)) if class.name == "Box"));
    }
}

#[test]
fn arguments_by_name_are_kept() {
    let objects = read("objects.p4");

    let pair = objects.get("pair").and_then(Value::as_object).unwrap();

    assert_eq!(pair.args, ints(&[1]));
    assert_eq!(pair.kwargs, Some(Value::dict([("b", 2.into())])));
}

#[test]
fn pickles_of_python_2_are_read() {
    for protocol in 0..3 {
        let value = read(&format!("python2.p{protocol}"));
        let get = |key: &str| value.get(key).unwrap();
        assert_eq!(get("int"), &Value::Int(3));
        assert_eq!(get("long"), &Value::Int(3));
        assert_eq!(get("large"), &big(&[0, 0, 0, 0, 0, 0, 0, 0, 1]));
        assert_eq!(get("str"), &text("a'\"\n\u{e9}"));
        assert_eq!(get("unicode"), &text("é☃"));
        assert_eq!(get("float"), &Value::Float(0.1));
        assert_eq!(get("set"), &Value::Set(ints(&[1])));
        assert_eq!(
            get("ordered"),
            &Value::dict([("a", 1.into()), ("b", 2.into())])
        );
        assert_eq!(get("array").as_array().unwrap().shape(), [2, 2]);
        let array = get("array").as_array().and_then(pickle::Array::to_f64);
        assert_eq!(array.unwrap(), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(get("scalar"), &Value::Float(0.5));
        let old = get("old").as_object().unwrap();
        assert_eq!(old.global().unwrap().name, "Old");
        assert_eq!(old.state, Some(Value::dict([("a", 1.into())])));
    }
}
