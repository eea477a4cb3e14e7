//! Projects as DeepLabCut leaves them on disk.
#![expect(clippy::unwrap_used, reason = "a test fails by a panic")]

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use dlc_io::{
    project::{ModelRequest, Project, ResolveModelErrorKind},
    yaml,
};
use dlc_model::{Engine, FileName, PytorchConfig, ScorerName, Snapshot, SnapshotIndex, Value};

/// Returns DeepLabCut's own files, where they are.
fn reference() -> Option<PathBuf> {
    testing::reference("")
}

/// A project of our own making, in a temporary folder.
struct Tree(tempfile::TempDir);

impl Tree {
    fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.file(
            "config.yaml",
            "Task: maus_größe\nscorer: Ann\ndate: Oct30\nproject_path: /moved/away\n\
             bodyparts: [snout, tailbase]\nTrainingFraction: [0.57, 0.95]\niteration: 2\n\
             snapshotindex: -1\n",
        );
        tree
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn tensorflow(&self, shuffle: u32, iterations: &[u64]) {
        let folder = format!("dlc-models/iteration-2/maus_größeOct30-trainset56shuffle{shuffle}");
        let pose_cfg = "net_type: mobilenet_v2_0.35\nnum_joints: 2\n\
             all_joints_names: [snout, tailbase]\nlocation_refinement: true\n";
        self.file(&format!("{folder}/test/pose_cfg.yaml"), pose_cfg);
        self.file(&format!("{folder}/train/pose_cfg.yaml"), pose_cfg);
        for iterations in iterations {
            self.file(&format!("{folder}/train/snapshot-{iterations}.index"), "");
        }
    }

    fn pytorch(&self, shuffle: u32, snapshots: &[&str], method: &str) {
        let folder =
            format!("dlc-models-pytorch/iteration-2/maus_größeOct30-trainset56shuffle{shuffle}");
        let config = format!(
            "net_type: cspnext_s\nmethod: {method}\nmetadata: {{bodyparts: [snout, tailbase]}}\n\
             model: {{heads: {{bodypart: {{type: HeatmapHead, predictor: {{type: \
             HeatmapPredictor, apply_sigmoid: false}}}}}}}}\ndetector: {{model: {{type: SSDLite}}}}\n"
        );
        self.file(&format!("{folder}/train/pytorch_config.yaml"), &config);
        for name in snapshots {
            self.file(&format!("{folder}/train/{name}"), "");
        }
    }

    fn metadata(&self, shuffles: &str) {
        let folder = "training-datasets/iteration-2/UnaugmentedDataSet_maus_größeOct30";
        self.file(&format!("{folder}/metadata.yaml"), shuffles);
    }

    fn open(&self) -> Project {
        Project::open(self.0.path()).unwrap()
    }
}

fn messages(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let message = error.to_string();
        assert!(!text.ends_with(&message), "said twice: {message}");
        text = format!("{text}: {message}");
        source = error.source();
    }
    text
}

#[test]
fn a_moved_project_is_found_where_its_config_lies() {
    let tree = Tree::new();
    tree.tensorflow(1, &[1000, 200]);

    let model = tree.open().resolve(&ModelRequest::shuffle(1)).unwrap();

    assert!(model.model_folder.starts_with(tree.0.path()));
    assert!(model.snapshot_path.ends_with("train/snapshot-1000"));
    assert_eq!(
        model.scorer.to_string(),
        "DLC_mobnet_35_maus_größeOct30shuffle1_1000"
    );
    assert_eq!(model.network.locref_std, Some(7.2801));
    assert_eq!((model.key.iteration, model.key.snapshot_index), (2, -1));
}

#[test]
fn the_snapshot_index_counts_from_either_end() {
    let tree = Tree::new();
    tree.tensorflow(1, &[1000, 200, 30]);
    let project = tree.open();
    let snapshot = |index| {
        let request = ModelRequest {
            snapshot_index: Some(index),
            ..ModelRequest::shuffle(1)
        };
        project
            .resolve(&request)
            .map(|model| model.snapshot.training_steps())
    };

    assert_eq!(snapshot(SnapshotIndex::Index(0)).unwrap(), 30);
    assert_eq!(snapshot(SnapshotIndex::Index(-2)).unwrap(), 200);
    assert_eq!(snapshot(SnapshotIndex::All).unwrap(), 1000);
    for missing in [
        SnapshotIndex::Index(3),
        SnapshotIndex::Index(-4),
        SnapshotIndex::Best,
    ] {
        let error = snapshot(missing).unwrap_err();
        assert!(
            messages(&error).ends_with("; there is snapshot-30, snapshot-200, snapshot-1000"),
            "{}",
            messages(&error)
        );
    }
}

#[test]
fn the_best_epoch_is_the_last_snapshot_of_pytorch() {
    let tree = Tree::new();
    tree.pytorch(
        3,
        &["snapshot-200.pt", "snapshot-best-090.pt", "snapshot-100.pt"],
        "bu",
    );
    tree.metadata("shuffles:\n  x:\n    train_fraction: 0.57\n    index: 3\n    engine: torch\n");
    let project = tree.open();

    let last = project.resolve(&ModelRequest::shuffle(3)).unwrap();
    let best = project
        .resolve(&ModelRequest {
            snapshot_index: Some(SnapshotIndex::Best),
            ..ModelRequest::shuffle(3)
        })
        .unwrap();

    let expected = Snapshot::PyTorch {
        epochs: 90,
        best: true,
    };
    assert_eq!((last.snapshot, best.snapshot), (expected, expected));
    assert_eq!((last.key.snapshot_index, best.key.snapshot_index), (-1, 2));
    assert!(last.snapshot_path.ends_with("snapshot-best-090.pt"));
    assert_eq!(last.scorer.engine(), Engine::PyTorch);
}

#[test]
fn a_top_down_model_is_found_with_its_detector() {
    let tree = Tree::new();
    let detectors = ["snapshot-detector-050.pt", "snapshot-detector-best-040.pt"];
    tree.pytorch(3, &["snapshot-200.pt", detectors[0], detectors[1]], "td");
    let project = tree.open();
    let resolve = |request: ModelRequest| {
        let model = project.resolve(&request).unwrap();
        let detector = model.detector.map(|file| file.path);
        (model.scorer.to_string(), detector)
    };
    let name = "DLC_CspnextS_maus_größeOct30shuffle3";
    let (scorer, detector) = resolve(ModelRequest::shuffle(3));
    assert_eq!(scorer, format!("{name}_detector_best-40_snapshot_200"));
    assert!(detector.unwrap().ends_with(detectors[1]));

    let (scorer, detector) = resolve(ModelRequest {
        detector_snapshot_index: Some(SnapshotIndex::Index(0)),
        ..ModelRequest::shuffle(3)
    });
    assert_eq!(scorer, format!("{name}_detector_50_snapshot_200"));
    assert!(detector.unwrap().ends_with(detectors[0]));

    let (scorer, detector) = resolve(ModelRequest {
        without_detector: true,
        ..ModelRequest::shuffle(3)
    });
    assert_eq!(scorer, format!("{name}_snapshot_200"));
    assert_eq!(detector, None);
}

#[test]
fn a_conditional_top_down_model_has_a_name_but_does_not_run() {
    let tree = Tree::new();
    tree.pytorch(3, &["snapshot-200.pt"], "ctd");
    let project = tree.open();
    let request = ModelRequest::shuffle(3);

    assert_eq!(
        project.scorer_name(&request).unwrap().to_string(),
        "DLC_CspnextS_maus_größeOct30shuffle3_snapshot_200"
    );
    let error = project.resolve(&request).unwrap_err();
    assert!(
        messages(&error)
            .ends_with("`method` asks for a conditional top-down model, which is not supported")
    );
}

#[test]
fn the_metadata_decide_between_two_engines() {
    let tree = Tree::new();
    tree.tensorflow(1, &[10]);
    tree.pytorch(1, &["snapshot-10.pt"], "bu");
    let project = tree.open();
    let request = ModelRequest::shuffle(1);
    assert_eq!(project.engine(&request).unwrap(), Engine::PyTorch); // of `config.yaml`

    tree.metadata("shuffles:\n  x: {train_fraction: 0.57, index: 1, engine: tf}\n");
    assert_eq!(project.engine(&request).unwrap(), Engine::TensorFlow);

    tree.metadata("shuffles:\n  x: {train_fraction: 0.57, index: 1, engine: jax}\n");
    let error = project.engine(&request).unwrap_err();
    assert!(
        messages(&error).ends_with("expected `tensorflow` or `pytorch`, found the text \"jax\""),
        "{}",
        messages(&error)
    );
}

#[test]
fn a_shuffle_of_deeplabcut_2_is_one_of_tensorflow() {
    let tree = Tree::new();
    tree.file(
        "training-datasets/iteration-2/UnaugmentedDataSet_maus_größeOct30/\
         Documentation_data-maus_größe_56shuffle7.pickle",
        "",
    );

    let engine = tree.open().engine(&ModelRequest::shuffle(7)).unwrap();

    assert_eq!(engine, Engine::TensorFlow);
}

#[test]
fn what_is_missing_is_named_with_its_place_and_what_is_there_instead() {
    let tree = Tree::new();
    tree.tensorflow(1, &[]);
    tree.tensorflow(4, &[10]);
    let project = tree.open();
    let kind = |shuffle, trainingset_index| {
        let request = ModelRequest {
            trainingset_index,
            ..ModelRequest::shuffle(shuffle)
        };
        messages(&project.resolve(&request).unwrap_err())
    };

    let no_shuffle = kind(2, 0);
    assert!(no_shuffle.contains("trainset56shuffle2"), "{no_shuffle}");
    assert!(
        no_shuffle.ends_with(
            "; there is maus_größeOct30-trainset56shuffle1, maus_größeOct30-trainset56shuffle4"
        ),
        "{no_shuffle}"
    );
    assert!(kind(1, 1).contains("trainset95shuffle1"));
    assert!(kind(1, 2).ends_with("no such training set: `TrainingFraction` is [0.57, 0.95]"));

    let untrained = kind(1, 0);
    assert!(untrained.contains("no snapshots in "), "{untrained}");
    assert!(
        untrained.ends_with("; there is pose_cfg.yaml"),
        "{untrained}"
    );

    let test = "dlc-models/iteration-2/maus_größeOct30-trainset56shuffle4/test/pose_cfg.yaml";
    fs::remove_file(tree.0.path().join(test)).unwrap();
    let no_test = kind(4, 0);
    assert!(
        no_test.contains("pose_cfg.yaml does not exist"),
        "{no_test}"
    );
}

#[test]
fn an_iteration_that_is_not_set_is_said() {
    let tree = Tree::new();
    tree.file("config.yaml", "Task: x\ndate: Oct30\niteration:\n");
    tree.tensorflow(1, &[10]);

    let error = tree.open().resolve(&ModelRequest::shuffle(1)).unwrap_err();
    assert!(matches!(error.kind(), ResolveModelErrorKind::NoIteration));

    let project = tree.open().with_iteration(2);
    let folder = project.training_set_folder().unwrap();
    assert_eq!(
        folder,
        Path::new("training-datasets/iteration-2/UnaugmentedDataSet_xOct30")
    );
}

#[test]
fn exported_models_are_listed() {
    let tree = Tree::new();
    let name = "DLC_maus_größe_mobilenet_v2_0.35_iteration-2_shuffle-1";
    tree.file(&format!("exported-models/{name}/snapshot-10.pb"), "");
    tree.file(&format!("exported-models/{name}/pose_cfg.yaml"), "");
    tree.file(
        "exported-models/DLC_other_resnet_50_iteration-2_shuffle-1/x.pb",
        "",
    );
    let name = "DLC_maus_größe_cspnext_s_iteration-0_shuffle-3";
    tree.file(
        &format!("exported-models-pytorch/{name}/{name}_snapshot-best-10.pt"),
        "",
    );

    let models = tree.open().exported_models().unwrap();

    assert_eq!(models.len(), 2);
    assert_eq!(models[0].net_type.to_string(), "mobilenet_v2_0.35");
    assert_eq!(
        (
            models[0].iteration,
            models[0].shuffle,
            models[0].files.len()
        ),
        (2, 1, 1)
    );
    assert_eq!(
        (models[1].engine, models[1].iteration),
        (Engine::PyTorch, 0)
    );
}

#[test]
fn a_wrong_config_is_named_with_its_field() {
    let tree = Tree::new();
    let error = |text: &str| {
        tree.file("config.yaml", text);
        messages(&Project::open(tree.0.path()).unwrap_err())
    };

    for (text, end) in [
        (
            "Task: [5]",
            "invalid `Task`: expected a text, found a list of 1",
        ),
        (
            "Task: x\nbodyparts:\n- snout\n- leftear\n- 12\n- tail",
            "invalid `bodyparts`, item 3: expected a text, found the integer 12 (a text in quotes)",
        ),
        (
            "Task: x\nmultianimalproject: true\nmultianimalbodyparts: [{a: 1}]",
            "invalid `multianimalbodyparts`, item 1: expected a text, found a dictionary of 1",
        ),
        (
            "Task: x\nTrainingFraction: [0.95, half]",
            "invalid `TrainingFraction`, item 2: expected a number, found the text \"half\"",
        ),
    ] {
        let error = error(text);
        assert!(error.ends_with(end) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn a_task_and_a_date_may_look_like_numbers() {
    for (task, date, scorer) in [
        ("123", "22", "DLC_mobnet_35_12322shuffle1_10"),
        (
            "2022-11-22",
            "2022-11-22",
            "DLC_mobnet_35_2022-11-222022-11-22shuffle1_10",
        ),
        ("yes", "", "DLC_mobnet_35_yesshuffle1_10"),
        ("1.5", "Mai3", "DLC_mobnet_35_1.5Mai3shuffle1_10"),
        ("true", "Nov", "DLC_mobnet_35_TrueNovshuffle1_10"),
        ("", "जून14", "DLC_mobnet_35_जून14shuffle1_10"),
    ] {
        let tree = Tree::new();
        let config = format!("Task: {task}\ndate: {date}\niteration: 0\nbodyparts: [snout]\n");
        tree.file("config.yaml", &config);
        let name = &scorer["DLC_mobnet_35_".len()..scorer.len() - "shuffle1_10".len()];
        let folder = format!("dlc-models/iteration-0/{name}-trainset95shuffle1/train");
        tree.file(
            &format!("{folder}/pose_cfg.yaml"),
            "net_type: mobilenet_v2_0.35\n",
        );
        tree.file(&format!("{folder}/snapshot-10.index"), "");

        let found = tree.open().scorer_name(&ModelRequest::shuffle(1)).unwrap();

        assert_eq!(found.to_string(), scorer);
    }
}

#[test]
fn what_a_model_is_found_without_need_not_be_right() {
    let tree = Tree::new();
    tree.tensorflow(1, &[10, 20]);
    let right = "Task: maus_größe\ndate: Oct30\nTrainingFraction: [0.57]\niteration: 2\n\
                 bodyparts: [snout, tailbase]\n";
    let wrong = "dotsize: 4.5\npcutoff: 2.5\nalphavalue: opaque\ncolormap: [jet]\nx1: -1\ny2: a\n\
                 skeleton: [[snout]]\nnumframes2pick: 2.5\ndefault_net_type: 50\nstart: -1\n\
                 video_sets: [a.mp4]\nidentity: perhaps\nbatch_size: 0\nindividuals: [1]\n\
                 snapshotindex: newest\nengine: jax\ncorner2move2: [a, b]\nscorer: [Ann]\n";
    tree.file("config.yaml", &format!("{right}{wrong}"));
    let project = tree.open();
    let request = ModelRequest {
        snapshot_index: Some(SnapshotIndex::LAST),
        ..ModelRequest::shuffle(1)
    };

    let model = project.resolve(&request).unwrap();

    assert_eq!(model.snapshot.training_steps(), 20);
    assert_eq!(project.config().crop(), Ok(None));
    assert_eq!(project.config().dotsize, 4.5);
    let error = messages(&project.resolve(&ModelRequest::shuffle(1)).unwrap_err());
    assert!(
        error.ends_with(
            "invalid `snapshotindex`: expected an integer, `all` or `best`, found the text \"newest\""
        ),
        "{error}"
    );
    tree.pytorch(1, &["snapshot-10.pt"], "bu");
    let error = messages(&project.resolve(&request).unwrap_err());
    assert!(error.contains("invalid `engine`"), "{error}");

    tree.file(
        "config.yaml",
        &format!("{right}cropping: true\nx1: -1\nx2: 5\ny1: 0\ny2: 5\n"),
    );
    let error = tree.open().config().crop().unwrap_err();
    assert_eq!(
        error.to_string(),
        "invalid `x1`: expected an integer of at least 0, found the integer -1"
    );
}

#[test]
fn the_reference_projects_resolve_as_deeplabcut_named_their_results() {
    let Some(reference) = reference() else { return };
    let cases = [
        ("openfield", 1, "DLC_mobnet_35_openfieldOct30shuffle1_3252"),
        (
            "openfield_torch",
            14,
            "DLC_CspnextS_openfieldOct30shuffle14_snapshot_best-1",
        ),
    ];
    for (folder, shuffle, scorer) in cases {
        let project = Project::open(reference.join(folder)).unwrap();
        let model = project.resolve(&ModelRequest::shuffle(shuffle)).unwrap();

        assert_eq!(model.scorer.to_string(), scorer);
        assert_eq!(
            model.network.bodyparts,
            project.config().tracked_bodyparts().unwrap()
        );
        let file = match model.engine {
            Engine::TensorFlow => model.snapshot_path.with_extension("index"),
            Engine::PyTorch => model.snapshot_path.clone(),
        };
        assert!(file.is_file());
    }
}

#[test]
fn file_names_of_every_version_are_taken_apart() {
    let Some(reference) = reference() else { return };
    let cases = yaml::read(reference.join("tracking/scorer_filenames.json")).unwrap();
    let cases = cases.get("cases").and_then(Value::as_list).unwrap();
    for case in cases {
        let text = |path: &[&str]| case.at(path).and_then(Value::as_str).unwrap();
        let file: FileName = text(&["file"]).parse().unwrap();
        let scorer: ScorerName = file.scorer().parse().unwrap();
        let snapshot = match scorer.engine() {
            Engine::TensorFlow => scorer.snapshot().to_string(),
            Engine::PyTorch => format!("snapshot_{}", scorer.snapshot()),
        };

        assert_eq!(file.stem(), text(&["parsed", "stem"]));
        assert_eq!(scorer.to_string(), text(&["parsed", "scorer"]));
        assert_eq!(scorer.net(), text(&["parsed", "net"]));
        assert_eq!(scorer.task(), text(&["parsed", "task"]));
        assert_eq!(scorer.date(), text(&["parsed", "date"]));
        assert_eq!(scorer.shuffle().to_string(), text(&["parsed", "shuffle"]));
        assert_eq!(snapshot, text(&["parsed", "snap"]));
        assert_eq!(file.suffix(), text(&["parsed", "suffix"]));
    }
    assert_eq!(cases.len(), 8);
}

#[test]
fn the_legacy_files_have_names_that_are_read() {
    let Some(reference) = reference() else { return };
    let mut read = 0;
    for folder in ["v2.0.9", "v2.1.8.1"] {
        for entry in fs::read_dir(reference.join("deeplabcut/legacy").join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let file: FileName = name.parse().unwrap();

            assert_eq!(file.stem(), "clip120");
            assert_eq!(file.is_filtered(), name.contains("filtered"));
            assert!(file.artifact().is_some(), "{name}");
            read += 1;
        }
    }
    assert_eq!(read, 8);
}

#[test]
fn reference_configurations_are_read_and_written_without_loss() {
    let Some(reference) = reference() else { return };
    let mut read = 0;
    let mut folders = vec![reference];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                let value = yaml::read(&path).unwrap();
                assert_eq!(yaml::from_str(&yaml::to_string(&value)).unwrap(), value);
                if path.to_string_lossy().ends_with("pytorch_config.yaml") {
                    let config = PytorchConfig::try_from(&value).unwrap();
                    assert_eq!(PytorchConfig::try_from(&config.to_value()), Ok(config));
                }
                read += 1;
            }
        }
    }
    assert!(read >= 14, "{read}");
}

#[test]
fn the_stored_config_of_tensorflow_has_deeplabcuts_keys_in_its_order() {
    let Some(reference) = reference() else { return };
    let project = Project::open(reference.join("openfield")).unwrap();
    let model = project.resolve(&ModelRequest::shuffle(1)).unwrap();
    let stored = model.stored_config(1, 1).unwrap();
    let keys: Vec<_> = stored
        .as_dict()
        .unwrap()
        .iter()
        .filter_map(|(k, _)| k.as_str())
        .collect();

    // Of `demo_clip/b1/*_meta.pickle`.
    let expected = "stride weigh_part_predictions weigh_negatives fg_fraction mean_pixel shuffle \
        snapshot_prefix log_dir global_scale location_refinement locref_stdev locref_loss_weight \
        locref_huber_loss optimizer intermediate_supervision intermediate_supervision_layer \
        regularize weight_decay crop_pad scoremap_dir batch_size dataset_type deterministic mirror \
        pairwise_huber_loss weigh_only_present_joints partaffinityfield_predict pairwise_predict \
        dataset num_joints all_joints all_joints_names net_type init_weights num_outputs";
    assert_eq!(keys, expected.split_whitespace().collect::<Vec<_>>());
    assert_eq!(stored.get("location_refinement"), Some(&Value::Bool(true)));
    let prefix = stored
        .get("snapshot_prefix")
        .and_then(Value::as_str)
        .unwrap();
    assert!(prefix.ends_with("shuffle1/test/snapshot"), "{prefix}");
}
