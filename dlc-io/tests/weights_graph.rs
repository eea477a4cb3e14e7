//! Reads what TensorFlow froze; see `fixtures/graph/make.py`.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};

use dlc_io::{
    Limits,
    tensorflow::{self, BatchNorms, FrozenGraph, GraphOutput, ReadGraphErrorKind as Kind},
};
use dlc_model::{Tensor, Weights};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

fn read(name: &str) -> FrozenGraph {
    let path = fixture("graph").join(format!("{name}.pb"));
    tensorflow::read_frozen_graph(path, &Limits::default()).unwrap()
}

fn fail(name: &str) -> Kind {
    let error = tensorflow::read_frozen_graph(fixture(name), &Limits::default()).unwrap_err();
    assert_eq!(error.path(), fixture(name));
    error.into_kind()
}

fn checkpoint() -> Weights {
    tensorflow::read_checkpoint(fixture("graph/net"), &Limits::default()).unwrap()
}

fn bits(tensor: &Tensor) -> (Vec<usize>, Vec<u32>) {
    let bits = tensor.values().iter().map(|value| value.to_bits());
    (tensor.shape().to_vec(), bits.collect())
}

/// Compares tensors bit by bit and returns how many there were.
fn compare(graph: &Weights, checkpoint: &Weights) -> usize {
    for (name, tensor) in graph {
        assert_eq!(bits(tensor), bits(&checkpoint[name]), "{name}");
    }
    graph.len()
}

#[test]
fn both_flavours_have_the_weights_of_the_checkpoint() {
    let checkpoint = checkpoint();
    assert_eq!(checkpoint.len(), 9);

    for name in ["pose", "heatmap", "tf1"] {
        assert_eq!(compare(&read(name).weights, &checkpoint), 9, "{name}");
    }
    assert_eq!(compare(&read("no_locref").weights, &checkpoint), 7);
}

#[test]
fn a_graph_says_what_it_gives() {
    assert_eq!(
        read("pose").output,
        GraphOutput::Pose {
            stride: Some(8.0),
            locref_std: Some(7.2801)
        }
    );
    assert_eq!(
        read("heatmap").output,
        GraphOutput::Heatmap { has_locref: true }
    );
    assert_eq!(
        read("no_locref").output,
        GraphOutput::Heatmap { has_locref: false }
    );
}

#[test]
fn a_graph_says_what_it_does() {
    let graph = read("heatmap");

    let expected = BatchNorms {
        of_batch: 0,
        stored: 1,
    };
    assert_eq!(graph.batch_norms, expected);
    assert_eq!(graph.mean_pixel, Some([123.68, 116.779, 103.939]));
    assert_eq!(graph.std_pixel, None);
    assert_eq!(graph.operations["Conv2DBackpropInput"], 2);
    assert_eq!(graph.operations["Placeholder"], 1);
}

#[test]
fn lists_of_floats_that_are_cut_off_are_filled_up() {
    let graph = read("lists");
    let checkpoint = checkpoint();

    let (mut filled, mut equal) = (0, 0);
    for (name, tensor) in &graph.weights {
        let expected = match name.rsplit('/').next().unwrap() {
            "biases" => vec![0.5; tensor.values().len()],
            "beta" => vec![0.0; tensor.values().len()],
            _ => {
                equal += 1;
                checkpoint[name].values().to_vec()
            }
        };
        filled += usize::from(expected != checkpoint[name].values());
        assert_eq!(tensor.values(), expected, "{name}");
        assert_eq!(tensor.shape(), checkpoint[name].shape(), "{name}");
    }
    assert_eq!((filled, equal), (3, 6));
}

#[test]
fn other_graphs_are_refused_by_name() {
    assert_eq!(
        fail("graph/half.pb").to_string(),
        "weight \"net/Conv/weights\" is of 16-bit floats: expected 32-bit floats"
    );
    assert!(matches!(
        fail("graph/not_frozen.pb"),
        Kind::NotFrozen { .. }
    ));
    let Kind::UnknownOutputs { found } = fail("graph/other.pb") else {
        panic!("its outputs are unknown");
    };
    assert_eq!(found, ["something_else"]);
}

#[test]
fn files_of_other_formats_are_named() {
    for (name, expected) in [
        ("archive/snapshot.pt", "a zip archive, as PyTorch writes"),
        ("archive/legacy.pt", "a file of PyTorch before 1.6"),
        (
            "checkpoint/two.index",
            "the index of a TensorFlow checkpoint",
        ),
        ("safetensors/snapshot.safetensors", "a safetensors file"),
        ("graph/make.py", "a file that begins with 2222224d616b6573"),
    ] {
        let Kind::NotAGraph { found } = fail(name) else {
            panic!("{name} is no graph");
        };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn limits_are_obeyed() {
    let path = fixture("graph/heatmap.pb");
    let read = |limits| tensorflow::read_frozen_graph(&path, &limits).unwrap_err();

    let file = read(Limits::default().with_max_file_bytes(100));
    assert!(matches!(file.kind(), Kind::TooLong { limit: 100 }));
    let tensors = read(Limits::default().with_max_tensor_bytes(200));
    assert!(matches!(tensors.kind(), Kind::TooLarge { limit: 200, .. }));
}
