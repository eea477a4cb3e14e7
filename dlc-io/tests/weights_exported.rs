//! Opens models as `export_model` leaves them on disk.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    Limits,
    project::{
        ExportedModel, ReadExportedModelError, ReadExportedModelErrorKind as Kind, WeightsSource,
    },
};
use dlc_model::{Engine, NetType, Snapshot, Value};

const POSE_CFG: &str = "net_type: resnet_50\nnum_joints: 2\nall_joints_names: [snout, tailbase]\n\
    location_refinement: true\nlocref_stdev: 7.2801\nbatch_size:\nnum_outputs: 1\n";
const PYTORCH_CONFIG: &str = "net_type: cspnext_s\nmethod: bu\ndata:\n  inference: {}\n\
    metadata:\n  bodyparts: [snout]\nmodel:\n  heads:\n    bodypart:\n      type: HeatmapHead\n      \
    predictor: {type: HeatmapPredictor}\n";
const NAME: &str = "DLC_my_task_resnet_50_iteration-2_shuffle-3";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
}

/// A folder of exported models.
struct Tree(tempfile::TempDir);

impl Tree {
    /// Makes a folder with copies of fixtures under other names, and with texts.
    fn new(name: &str, fixtures: &[(&str, &str)], texts: &[(&str, &str)]) -> (Self, PathBuf) {
        let tree = Self(tempfile::tempdir().unwrap());
        let folder = tree.0.path().join(name);
        fs::create_dir(&folder).unwrap();
        for (from, to) in fixtures {
            fs::copy(fixture(from), folder.join(to)).unwrap();
        }
        for (name, text) in texts {
            fs::write(folder.join(name), text).unwrap();
        }
        (tree, folder)
    }
}

fn open(path: &Path) -> Result<ExportedModel, ReadExportedModelError> {
    ExportedModel::open(path, &Limits::default())
}

fn messages(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

#[test]
fn a_folder_of_the_tensorflow_engine_is_one_call_from_its_weights() {
    let (_tree, folder) = Tree::new(
        NAME,
        &[
            ("graph/pose.pb", "snapshot-10.pb"),
            ("graph/net.index", "snapshot-10.index"),
            (
                "graph/net.data-00000-of-00001",
                "snapshot-10.data-00000-of-00001",
            ),
        ],
        &[
            ("pose_cfg.yaml", POSE_CFG),
            ("snapshot-10.pbtxt", "node {\n}\n"),
        ],
    );

    let (model, weights) = ExportedModel::load(&folder, &Limits::default()).unwrap();

    assert_eq!(model.engine, Engine::TensorFlow);
    assert_eq!(model.network.net_type, NetType::from("resnet_50"));
    assert_eq!(model.network.bodyparts.len(), 2);
    assert_eq!(model.network.locref_std, Some(7.2801));
    let name = model.name.unwrap();
    assert_eq!(
        (name.task.as_str(), name.iteration, name.shuffle),
        ("my_task", 2, 3)
    );
    assert_eq!(
        model.snapshot,
        Some(Snapshot::TensorFlow {
            training_iterations: 10
        })
    );
    assert_eq!(
        model.weights,
        WeightsSource::FrozenGraph(folder.join("snapshot-10.pb"))
    );
    assert_eq!(model.config_path, folder.join("pose_cfg.yaml"));
    assert_eq!(weights.pose.len(), 9);
    assert!(weights.graph.is_some() && weights.detector.is_none());

    // The same from the checkpoint beside it, by its prefix and by its index.
    for name in ["snapshot-10", "snapshot-10.index"] {
        let (model, same) = ExportedModel::load(folder.join(name), &Limits::default()).unwrap();
        assert_eq!(
            model.weights,
            WeightsSource::Checkpoint(folder.join("snapshot-10"))
        );
        assert_eq!(same.pose, weights.pose, "{name}");
    }
}

#[test]
fn a_file_of_deeplabcut_3_0_1_has_its_classes_and_paths_as_texts() {
    let name = "DLC_x_NetType.CSPNEXT_S_iteration-0_shuffle-14";
    let file = format!("{name}_snapshot-best-7.pt");
    let (_tree, folder) = Tree::new(name, &[("archive/enums.pt", &file)], &[]);

    let (model, weights) = ExportedModel::load(&folder, &Limits::default()).unwrap();

    assert_eq!(model.engine, Engine::PyTorch);
    assert_eq!(model.network.net_type, NetType::from("cspnext_s"));
    assert_eq!(model.name.unwrap().task, "x");
    assert_eq!(
        model.snapshot,
        Some(Snapshot::PyTorch {
            epochs: 7,
            best: true
        })
    );
    let path = model.config_value.at(&["metadata", "project_path"]);
    assert_eq!(path, Some(&Value::from("/data/my project")));
    assert_eq!(model.config_path, folder.join(&file));
    assert_eq!(weights.pose.len(), 4);
}

#[test]
fn a_detector_comes_with_its_pose_network() {
    let path = fixture("archive/top_down.pt");

    let weights = WeightsSource::Torch(path).read(&Limits::default()).unwrap();

    assert_eq!(weights.pose.len(), 4);
    let detector = weights.detector.unwrap();
    assert_eq!(detector["weight"].values(), [0.25, -0.5]);
    assert_eq!(detector["bias"].values(), [2.0]);
}

#[test]
fn weights_without_an_export_need_their_configuration_beside_them() {
    for (from, to) in [
        ("archive/parallel.pt", "snapshot-003.pt"),
        ("safetensors/parallel.safetensors", "model.safetensors"),
    ] {
        let (_tree, folder) = Tree::new("train", &[(from, to)], &[]);
        let error = open(&folder).unwrap_err();
        let Kind::NoConfig { path } = error.kind() else {
            panic!("{to} has no configuration");
        };
        assert_eq!(*path, folder.join("pytorch_config.yaml"));

        fs::write(folder.join("pytorch_config.yaml"), PYTORCH_CONFIG).unwrap();
        let (model, weights) = ExportedModel::load(&folder, &Limits::default()).unwrap();
        assert_eq!((model.name, weights.pose.len()), (None, 4), "{to}");
    }
}

#[test]
fn a_file_is_what_its_content_is() {
    // An archive of PyTorch with the name of a graph.
    let (_tree, folder) = Tree::new(
        NAME,
        &[("archive/enums.pt", "snapshot-10.pb")],
        &[("pose_cfg.yaml", POSE_CFG)],
    );
    let model = open(&folder).unwrap();
    assert_eq!(model.engine, Engine::PyTorch);

    let read = dlc_io::tensorflow::read_frozen_graph(model.weights.path(), &Limits::default());
    assert_eq!(
        read.unwrap_err().kind().to_string(),
        "expected a frozen graph of TensorFlow, found a zip archive, as PyTorch writes"
    );
    let path = fixture("graph/pose.pb");
    let read = dlc_io::torch::read_snapshot(&path, &Limits::default());
    assert_eq!(
        read.unwrap_err().kind().to_string(),
        "expected a zip archive, as PyTorch writes, found a frozen graph of TensorFlow"
    );
    let read = dlc_io::tensorflow::read_checkpoint(&path, &Limits::default());
    assert_eq!(
        read.unwrap_err().kind().to_string(),
        "expected the path that the files of a checkpoint begin with, found a frozen graph of \
         TensorFlow"
    );
}

#[test]
fn no_model_several_and_other_files_are_told_apart() {
    let (_tree, folder) = Tree::new(NAME, &[], &[("pose_cfg.yaml", POSE_CFG)]);
    let error = open(&folder).unwrap_err();
    assert!(
        matches!(error.kind(), Kind::NoWeights { found } if found == &["pose_cfg.yaml"]),
        "{error:?}"
    );

    let pb = "graph/pose.pb";
    let (_tree, folder) = Tree::new(NAME, &[(pb, "a.pb"), (pb, "b.pb")], &[]);
    let error = open(&folder).unwrap_err();
    assert!(
        matches!(error.kind(), Kind::SeveralWeights { found } if found == &["a.pb", "b.pb"]),
        "{error:?}"
    );

    let text = "node {\n}\n";
    let (_tree, folder) = Tree::new(NAME, &[], &[("a.pb", text), ("b.pb", "\x1f\u{8b}")]);
    let error = open(&folder.join("a.pb")).unwrap_err();
    assert!(
        messages(&error).ends_with("found a graph of TensorFlow as text, without weights"),
        "{}",
        messages(&error)
    );
    assert!(matches!(
        open(&folder.join("missing")).unwrap_err().kind(),
        Kind::Io(_)
    ));
}

#[test]
fn a_graph_that_contradicts_its_configuration_is_refused() {
    let cases = [
        (
            "locref_stdev: 7.2801",
            "locref_stdev: 5.0",
            "expected [5.0], found [7.2801]",
        ),
        (
            "location_refinement: true",
            "location_refinement: false",
            "expected none, found one",
        ),
        (
            "num_outputs: 1",
            "mean_pixel: [1.0, 2.0, 3.0]",
            "expected [1.0, 2.0, 3.0], found [123.68, 116.779, 103.939]",
        ),
        (
            "resnet_50",
            "mobilenet_v2_1.0",
            "expected those of the batch, found 1 that take others",
        ),
    ];
    for (from, to, expected) in cases {
        let config = POSE_CFG.replace(from, to);
        let (_tree, folder) = Tree::new(
            NAME,
            &[("graph/pose.pb", "snapshot-10.pb")],
            &[("pose_cfg.yaml", &config)],
        );
        let model = open(&folder).unwrap();
        let error = model.read(&Limits::default()).unwrap_err();
        assert!(
            matches!(error.kind(), Kind::Contradiction { .. }),
            "{error:?}"
        );
        assert!(messages(&error).ends_with(expected), "{}", messages(&error));
    }
}

#[test]
fn a_configuration_that_cannot_be_used_is_named_with_its_field() {
    let config = POSE_CFG.replace("num_joints: 2", "num_joints: two");
    let (_tree, folder) = Tree::new(
        NAME,
        &[("graph/pose.pb", "snapshot-10.pb")],
        &[("pose_cfg.yaml", &config)],
    );
    let error = open(&folder).unwrap_err();
    assert!(matches!(error.kind(), Kind::Config { .. }), "{error:?}");
    assert!(
        messages(&error).contains("num_joints"),
        "{}",
        messages(&error)
    );
}
