//! Reads what DeepLabCut, TensorFlow and PyTorch wrote, where the reference folder exists.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits,
    pickle::{self, Value},
    project, tensorflow, torch,
};

/// Returns the reference folder, or says that the test is skipped.
fn reference() -> Option<PathBuf> {
    testing::reference("")
}

#[test]
fn all_variables_of_a_tensorflow_snapshot_are_read() {
    let Some(reference) = reference() else { return };
    let train = "openfield/dlc-models/iteration-0/openfieldOct30-trainset84shuffle1/train";
    let prefix = reference.join(train).join("snapshot-3252");

    let weights = tensorflow::read_checkpoint(prefix, &Limits::default()).unwrap();

    let list = reference.join("deeplabcut/tf_vars_mobilenet_v2_0.35.txt");
    let list = fs::read_to_string(list).unwrap();
    let mut count = 0;
    for line in list.lines() {
        let (name, rest) = line.split_once('\t').unwrap();
        let (shape, dtype) = rest.split_once('\t').unwrap();
        assert_eq!(dtype, "float32", "{name}");
        assert_eq!(format!("{:?}", weights[name].shape()), shape, "{name}");
        assert!(
            weights[name].values().iter().all(|v| v.is_finite()),
            "{name}"
        );
        count += 1;
    }
    assert_eq!((count, weights.len()), (264, 264));
}

#[test]
fn a_frozen_graph_has_the_weights_of_its_snapshot() {
    let Some(reference) = reference() else { return };
    let folder = "openfield/exported-models/DLC_openfield_mobilenet_v2_0.35_iteration-0_shuffle-1";
    let train = "openfield/dlc-models/iteration-0/openfieldOct30-trainset84shuffle1/train";
    let prefix = reference.join(train).join("snapshot-3252");

    let (model, weights) =
        project::ExportedModel::load(reference.join(folder), &Limits::default()).unwrap();

    let checkpoint = tensorflow::read_checkpoint(prefix, &Limits::default()).unwrap();
    let mut count = 0;
    for (name, tensor) in &checkpoint {
        let bits = |tensor: &dlc_model::Tensor| -> Vec<u32> {
            tensor
                .values()
                .iter()
                .map(|value| value.to_bits())
                .collect()
        };
        assert_eq!(weights.pose[name].shape(), tensor.shape(), "{name}");
        assert_eq!(bits(&weights.pose[name]), bits(tensor), "{name}");
        count += 1;
    }
    println!("{count} tensors are equal to the bit");
    assert_eq!((count, weights.pose.len()), (264, 264));
    let graph = weights.graph.unwrap();
    assert_eq!(
        graph.output,
        tensorflow::GraphOutput::Heatmap { has_locref: true }
    );
    let norms = (graph.batch_norms.of_batch, graph.batch_norms.stored);
    assert_eq!(norms, (52, 0));
    assert_eq!(model.name.unwrap().task, "openfield");
    assert_eq!(model.network.bodyparts.len(), 4);
}

#[test]
fn all_floats_of_a_pytorch_snapshot_are_read() {
    let Some(reference) = reference() else { return };
    let train = "openfield_torch/dlc-models-pytorch/iteration-0/\
        openfieldOct30-trainset95shuffle14/train";
    let path = reference.join(train).join("snapshot-best-001.pt");

    let snapshot = torch::read_snapshot(path, &Limits::default()).unwrap();

    let list = reference.join("deeplabcut/pt_cspnext_s_snapshot.txt");
    let list = fs::read_to_string(list).unwrap();
    let (mut floats, mut integers) = (0, 0);
    for line in list
        .lines()
        .skip_while(|line| !line.starts_with("model:"))
        .skip(1)
    {
        let Some((name, rest)) = line.trim().split_once(": (") else {
            break;
        };
        let (shape, dtype) = rest.split_once(") ").unwrap();
        if dtype.starts_with("torch.int64") {
            assert!(!snapshot.weights.contains_key(name), "{name}");
            integers += 1;
            continue;
        }
        let expected: Vec<usize> = shape
            .split(',')
            .filter(|axis| !axis.trim().is_empty())
            .map(|axis| axis.trim().parse().unwrap())
            .collect();
        assert_eq!(snapshot.weights[name].shape(), expected, "{name}");
        floats += 1;
    }
    assert_eq!(floats + integers, 246);
    assert_eq!(snapshot.weights.len(), floats);
    let rmse = snapshot
        .metadata
        .get("metrics")
        .and_then(|m| m.get("metrics/test.rmse"));
    assert_eq!(rmse.and_then(Value::as_f64), Some(237.728_771_209_716_8));
    assert_eq!(snapshot.metadata.get("epoch"), Some(&Value::Int(1)));
}

fn pickles(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pickles(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "pickle")
        {
            found.push(path);
        }
    }
}

#[test]
fn all_pickles_of_deeplabcut_are_read() {
    let Some(reference) = reference() else { return };
    let mut paths = Vec::new();
    pickles(&reference, &mut paths);
    // What pickles of several animals hold is not looked at here; `files_reference` reads them.
    paths.retain(|path| !path.starts_with(reference.join("multi")));
    let [mut metas, mut fulls, mut documentations] = [0; 3];
    for path in paths {
        let value = pickle::read(fs::File::open(&path).unwrap(), &Limits::default())
            .unwrap_or_else(|error| panic!("{}: {error:?}", path.display()));
        let name = path.file_name().unwrap().to_str().unwrap();
        if name.ends_with("_meta.pickle") || name.ends_with("includingmetadata.pickle") {
            check_meta(&value);
            metas += 1;
        } else if name.ends_with("_full.pickle") {
            check_full(&value);
            fulls += 1;
        } else {
            check_documentation(&value);
            documentations += 1;
        }
    }
    println!("read {metas} _meta, {fulls} _full and {documentations} Documentation_data pickles");
    assert!(metas >= 18 && fulls >= 4 && documentations >= 2);
}

fn check_meta(value: &Value) {
    let data = value.get("data").unwrap();
    for key in ["start", "stop", "run_duration"] {
        assert!(
            matches!(data.get(key), Some(Value::Float(_))),
            "{key}: {data:?}"
        );
    }
    assert!(
        data.get("Scorer")
            .and_then(Value::as_str)
            .unwrap()
            .starts_with("D")
    );
    assert!(data.get("nframes").and_then(Value::as_i64).unwrap() > 0);
    let dimensions = data.get("frame_dimensions").and_then(Value::as_slice);
    assert_eq!(dimensions.unwrap().len(), 2);
    if let Some(config) = data.get("pytorch-config") {
        let net_type = config.get("net_type").unwrap();
        let is_named = |object: &pickle::Object| {
            object
                .global()
                .is_some_and(|global| global.name == "NetType")
        };
        assert!(net_type.as_str().is_some() || net_type.as_object().is_some_and(is_named));
    }
}

fn check_full(value: &Value) {
    let metadata = value.get("metadata").unwrap();
    let frames = value.items().unwrap().len() - 1;
    assert_eq!(metadata.get("nframes"), Some(&Value::Int(frames as i64)));
    for (key, frame) in &value.items().unwrap()[1..] {
        assert!(key.as_str().unwrap().starts_with("frame"));
        let confidences = frame.get("confidence").and_then(Value::as_slice).unwrap();
        assert!(!confidences.is_empty());
        for confidence in confidences {
            let array = confidence.as_array().unwrap();
            assert_eq!(array.shape(), [1, 1]);
            assert!((-1.0..=2.0).contains(&array.to_f64().unwrap()[0]));
        }
    }
}

fn check_documentation(value: &Value) {
    let [data, train, test, fraction] = value.as_slice().unwrap() else {
        panic!("a list of four: {value:?}");
    };
    let train = train.as_array().unwrap().to_f64().unwrap().len();
    let test = test.as_array().unwrap().to_f64().unwrap().len();
    assert_eq!(train + test, 116);
    assert_eq!(data.as_slice().unwrap().len(), train);
    assert!((0.0..1.0).contains(&fraction.as_f64().unwrap()));
    let first = &data.as_slice().unwrap()[0];
    assert!(first.get("joints").is_some(), "{first:?}");
}

/// Undoes Python's `repr` of bytes, without its quotes.
fn unescaped(repr: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = repr.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match (byte == b'\\').then(|| rest.next().unwrap()) {
            None => byte,
            Some(b'n') => b'\n',
            Some(b'x') => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            Some(other) => other,
        });
    }
    bytes
}

#[test]
fn attributes_of_pytables_are_written_as_they_were() {
    let Some(reference) = reference() else { return };
    let mut count = 0;
    // The other dumps are of Python 2, which has two kinds of integers.
    for name in ["tf_single", "pt_single", "multi"] {
        let dump = reference.join(format!("deeplabcut/h5dump_{name}.txt"));
        for line in fs::read_to_string(dump).unwrap().lines() {
            let Some((before, _)) = line.split_once("' UNPICKLED=") else {
                continue;
            };
            let bytes = unescaped(before.split_once("= b'").unwrap().1);
            let value = pickle::read(&bytes[..], &Limits::default()).unwrap();
            let written = pickle::write_protocol_0(&value).unwrap();
            assert_eq!(
                written.escape_ascii().to_string(),
                bytes.escape_ascii().to_string()
            );
            count += 1;
        }
    }
    println!("{count} attributes");
    assert_eq!(count, 21);
}

#[test]
fn plain_metadata_is_written_as_it_was() {
    let Some(reference) = reference() else { return };
    let mut paths = Vec::new();
    pickles(&reference, &mut paths);
    let (mut same, mut equal, mut not_plain) = (0, 0, 0);
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let value = pickle::read(&bytes[..], &Limits::default()).unwrap();
        let Ok(written) = pickle::write(&value) else {
            not_plain += 1;
            continue;
        };
        assert_eq!(
            pickle::read(&written[..], &Limits::default()).unwrap(),
            value
        );
        equal += 1;
        same += usize::from(written == bytes);
    }
    println!("{equal} written, {same} of them to the byte; {not_plain} are not plain");
    assert!(equal >= 17 && same >= 13);
}
