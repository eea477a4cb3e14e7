//! Layer by layer: what our networks make of a picture beside what DeepLabCut's make of it.
//!
//! The tensors of the bundled model prove it anywhere. The reference folder (`DLC_REFERENCE`, by
//! default `../shared/reference`) has those of two trained models, and what `conformance/networks`
//! made (`DLC_NETWORKS`, by default `~/.cache/dlc/networks`) has every layer of every network.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking and say what they skip"
)]

#[path = "layers/npy.rs"]
mod npy;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use dlc::{
    infer::{BatchStatistics, EstimatorOptions, LayerMaps, NetworkProbe},
    io::{
        Limits, images,
        project::{ModelRequest, Project, ResolvedModel},
        tensorflow, torch, video,
    },
    model::{Engine, Frame, InputScaling, NetType},
};

use self::npy::Npy;
use testing::Need;

/// How far a value may be away, as a part of the largest one of its layer.
const MOST: f32 = 2e-3;
/// The same for MobileNetV2, whose layers normalise by the frame itself: each makes what rounding has
/// moved larger again. TensorFlow without oneDNN is as far from itself.
const MOST_OF_MOBILENET: f32 = 5e-3;

/// A network, a picture or several, and what DeepLabCut's layers made of them.
struct Case {
    name: String,
    model: ResolvedModel,
    statistics: BatchStatistics,
    inputs: Vec<Frame<'static>>,
    tensors: Vec<(String, PathBuf)>,
}

/// What was compared.
#[derive(Default)]
struct Compared {
    tensors: usize,
    /// The largest difference of each, as a part of the largest value, and its name.
    worst: (f32, String),
}

fn model(project: &Path, shuffle: u32) -> ResolvedModel {
    let request = ModelRequest {
        without_detector: true,
        ..ModelRequest::shuffle(shuffle)
    };
    Project::open(project).unwrap().resolve(&request).unwrap()
}

impl Case {
    fn new(name: &str, model: ResolvedModel, inputs: Vec<Frame<'static>>) -> Self {
        Self {
            name: name.to_owned(),
            model,
            statistics: BatchStatistics::Frame,
            inputs,
            tensors: Vec::new(),
        }
    }

    fn with(mut self, layer: &str, path: impl Into<PathBuf>) -> Self {
        self.tensors.push((layer.to_owned(), path.into()));
        self
    }

    fn probe(&self, device: &str) -> NetworkProbe {
        let (path, limits) = (&self.model.snapshot_path, Limits::default());
        let weights = match self.model.engine {
            Engine::TensorFlow => tensorflow::read_checkpoint(path, &limits).unwrap(),
            Engine::PyTorch => torch::read_snapshot(path, &limits).unwrap().weights,
        };
        let options = EstimatorOptions::default()
            .with_statistics(self.statistics)
            .with_device(device.parse().unwrap());
        NetworkProbe::load(&self.model.network, weights, &options).unwrap()
    }

    /// Compares all tensors on a device; panics when one is too far away.
    fn compare(&self, device: &str) -> Compared {
        let most = match self.model.network.net_type {
            NetType::MobilenetV2(_) => MOST_OF_MOBILENET,
            _ => MOST,
        };
        let layers = self.probe(device).layers(&self.inputs).unwrap();
        let mut compared = Compared::default();
        for (name, path) in &self.tensors {
            let layer = layers.iter().find(|layer| layer.name == *name);
            let layer = layer.unwrap_or_else(|| panic!("{}: no layer {name}", self.name));
            let apart = difference(layer, self.expected(path), path);
            assert!(
                apart <= most,
                "{} on {device}, {name}: {apart} of the largest value apart",
                self.name
            );
            compared.tensors += 1;
            if apart >= compared.worst.0 {
                compared.worst = (apart, name.clone());
            }
        }
        println!(
            "{} on {device}: {} layers, at most {:.1e} of the largest value apart ({})",
            self.name, compared.tensors, compared.worst.0, compared.worst.1
        );
        compared
    }

    fn expected(&self, path: &Path) -> Npy {
        let tensor = Npy::read(path);
        match self.model.engine {
            Engine::TensorFlow => tensor.channels_first(),
            Engine::PyTorch => tensor,
        }
    }
}

/// Returns the largest difference, as a part of the largest value that is expected.
fn difference(layer: &LayerMaps, expected: Npy, path: &Path) -> f32 {
    assert_eq!(layer.shape[..], expected.shape, "{}", path.display());
    let is_likelihood = path.to_string_lossy().ends_with("part_prob.npy");
    let value = |value: f32| match is_likelihood {
        true => 1.0 / (1.0 + (-value).exp()),
        false => value,
    };
    let pairs = layer.values.iter().zip(&expected.values);
    let apart = pairs.fold(0.0, |most: f32, (a, b)| most.max((value(*a) - b).abs()));
    assert!(layer.values.iter().all(|value| value.is_finite()));
    apart
        / expected
            .values
            .iter()
            .fold(0.0, |most: f32, v| most.max(v.abs()))
}

/// Returns the picture that an array of height × width × RGB holds.
fn picture(path: &Path) -> Frame<'static> {
    let Npy { shape, values } = Npy::read(path);
    frame([shape[1], shape[0]], &values)
}

/// Returns the picture of which a network's input (1 × RGB × height × width) was made.
fn picture_of_input(path: &Path, scaling: &InputScaling) -> Frame<'static> {
    let Npy { shape, values } = Npy::read(path);
    let cells = shape[2] * shape[3];
    let pixel = |at: usize| {
        let (cell, channel) = (at / 3, at % 3);
        let value = values[channel * cells + cell];
        value / scaling.scale[channel] + scaling.mean[channel]
    };
    let pixels: Vec<f32> = (0..3 * cells).map(pixel).collect();
    frame([shape[3], shape[2]], &pixels)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the pixels were bytes"
)]
fn frame([width, height]: [usize; 2], pixels: &[f32]) -> Frame<'static> {
    let byte = |&value: &f32| {
        assert!((value - value.round()).abs() < 0.01, "{value} is no pixel");
        value.round() as u8
    };
    Frame::new(
        0,
        width,
        height,
        pixels.iter().map(byte).collect::<Vec<_>>(),
    )
    .unwrap()
}

fn folder_of(variable: &str, default: PathBuf) -> Option<PathBuf> {
    let folder = env::var_os(variable).map_or(default, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    testing::skip(Need::Reference, format_args!("no {}", folder.display()));
    None
}

#[test]
fn the_maps_of_the_bundled_model_are_those_of_deeplabcut() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dlc-cli/data/openfield");
    let raw = project.join("expected/raw");
    let frame = images::read(raw.join("frame000.png"), images::Convention::OpenCv).unwrap();
    let case = Case::new("bundled", model(&project, 1), vec![frame])
        .with("pose/part_pred/block4", raw.join("frame000_part_prob.npy"))
        .with("pose/locref_pred/block4", raw.join("frame000_locref.npy"));

    for device in ["cpu", "reference"] {
        let compared = case.compare(device);
        assert_eq!(compared.tensors, 2);
        assert!(compared.worst.0 < 1e-4, "nearer than a layer may be");
    }
}

#[test]
fn layers_of_the_reference_models_are_those_of_deeplabcut() {
    let Some(root) = testing::reference("") else {
        return;
    };
    let raw = root.join("deeplabcut/demo_raw");
    let frames = ["frame000", "frame010", "frame050"];
    let tensorflow = |name: &str, inputs: Vec<Frame<'static>>| {
        Case::new(name, model(&root.join("openfield"), 1), inputs)
            .with(
                "pose/locref_pred/block4",
                raw.join(format!("{name}_locref.npy")),
            )
            .with(
                "pose/part_pred/block4",
                raw.join(format!("{name}_part_prob.npy")),
            )
    };
    let input = |name: &str| picture(&raw.join(format!("{name}_input_rgb_u8.npy")));
    let mut cases: Vec<Case> = frames
        .iter()
        .map(|name| {
            let logits = raw.join(format!("{name}_part_logits.npy"));
            tensorflow(name, vec![input(name)]).with("pose/part_pred/block4", logits)
        })
        .collect();
    let features = raw.join("frame000_features.npy");
    let first = cases.remove(0).with("MobilenetV2/Conv_1", features);
    cases.insert(0, first);
    cases.push(Case {
        statistics: BatchStatistics::Batch,
        ..tensorflow("batch3", frames.iter().map(|name| input(name)).collect())
    });
    cases.extend(of_cspnext(&root, &frames));

    let tensors: usize = cases.iter().map(|case| case.compare("cpu").tensors).sum();

    // Three frames with three tensors, features, a batch with two; three frames with two.
    assert_eq!(tensors, 18);
    // The plain executor takes its time.
    assert_eq!(cases[0].compare("reference").tensors, 4);
}

/// Returns the cases of the PyTorch model, whose frames are in a video.
fn of_cspnext(root: &Path, frames: &[&str; 3]) -> Vec<Case> {
    let raw = root.join("deeplabcut/cspnext_s_raw");
    let mut clip = video::open(root.join("openfield/videos/clip120.mp4")).unwrap();
    let mut cases = Vec::new();
    while let Some(frame) = clip.next_frame().unwrap() {
        let name = format!("frame{:03}", frame.index());
        if frames.contains(&name.as_str()) {
            let tensor = |what: &str| raw.join(format!("{name}_{what}.npy"));
            let model = model(&root.join("openfield_torch"), 14);
            let case = Case::new(&format!("cspnext_s, {name}"), model, vec![frame])
                .with("heads.bodypart.heatmap_head", tensor("heatmap"))
                .with("heads.bodypart.locref_head", tensor("locref"));
            cases.push(case);
        }
    }
    cases
}

/// Networks of `conformance/networks` (`networks_make/catalogue.py`): folder, shuffle, and whether
/// the plain executor runs it in a moment.
const NETWORKS: [(&str, u32, bool); 25] = [
    ("tensorflow-resnet_50", 1, false),
    ("tensorflow-resnet_101", 2, false),
    ("tensorflow-resnet_152", 3, false),
    ("tensorflow-mobilenet_v2_1.0", 4, false),
    ("tensorflow-mobilenet_v2_0.75", 5, false),
    ("tensorflow-mobilenet_v2_0.5", 6, false),
    ("tensorflow-mobilenet_v2_0.35", 7, true),
    ("tensorflow-efficientnet-b0", 8, true),
    ("tensorflow-efficientnet-b1", 9, false),
    ("tensorflow-efficientnet-b2", 10, false),
    ("tensorflow-efficientnet-b3", 11, false),
    ("tensorflow-efficientnet-b4", 12, false),
    ("tensorflow-efficientnet-b5", 13, false),
    ("tensorflow-efficientnet-b6", 14, false),
    ("pytorch-resnet_50", 21, true),
    ("pytorch-resnet_101", 22, false),
    ("pytorch-hrnet_w18", 23, true),
    ("pytorch-hrnet_w32", 24, false),
    ("pytorch-hrnet_w48", 25, false),
    ("pytorch-cspnext_s", 26, true),
    ("pytorch-cspnext_m", 27, false),
    ("pytorch-cspnext_x", 28, false),
    ("pytorch-rtmpose_s", 31, true),
    ("pytorch-rtmpose_m", 32, false),
    ("pytorch-rtmpose_x", 33, false),
];

#[test]
fn layers_of_every_network_are_those_of_deeplabcut() {
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    let cache = env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from);
    let Some(root) = folder_of("DLC_NETWORKS", cache.join("dlc/networks")) else {
        return;
    };
    let (mut networks, mut tensors) = (0, 0);
    for (name, shuffle, is_small) in NETWORKS {
        let raw = root.join("raw").join(name);
        if !raw.join("input_rgb_u8.npy").exists() {
            println!("{name}: DeepLabCut has not run");
            continue;
        }
        let model = model(&root.join("project"), shuffle);
        if is_stale(&raw, &model) {
            println!("{name}: the weights were made again after DeepLabCut ran");
            continue;
        }
        let case = of_network(name, model, &raw);
        networks += 1;
        tensors += case.compare("cpu").tensors;
        if is_small {
            tensors += case.compare("reference").tensors;
        }
    }
    println!("{networks} networks, {tensors} layers");
    assert!(tensors >= 8 * networks && networks > 0);
}

/// Returns whether the tensors are older than the weights.
fn is_stale(raw: &Path, model: &ResolvedModel) -> bool {
    let weights = match model.engine {
        Engine::TensorFlow => model.snapshot_path.with_added_extension("index"),
        Engine::PyTorch => model.snapshot_path.clone(),
    };
    let time = |path: &Path| fs::metadata(path).unwrap().modified().unwrap();
    time(&raw.join("input_rgb_u8.npy")) < time(&weights)
}

fn of_network(name: &str, model: ResolvedModel, raw: &Path) -> Case {
    let input = match model.engine {
        Engine::TensorFlow => picture(&raw.join("input_rgb_u8.npy")),
        Engine::PyTorch => picture_of_input(&raw.join("input.npy"), &model.network.input_scaling),
    };
    let mut case = Case::new(name, model, vec![input]);
    let names = case.probe("cpu").names().to_vec();
    let mut paths: Vec<PathBuf> = fs::read_dir(raw)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort_unstable();
    for path in paths {
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let wanted = called(&stem);
        if let Some(layer) = names
            .iter()
            .find(|name| **name == wanted || name.ends_with(&format!("/{wanted}")))
        {
            case = case.with(layer, path);
        }
    }
    // Branches of HRNet that the heads never see are not computed here.
    let seen = |name: &String| case.tensors.iter().any(|(layer, _)| layer == name);
    let unseen: Vec<&String> = names.iter().filter(|name| !seen(name)).collect();
    assert!(
        unseen.is_empty(),
        "{name}: DeepLabCut's {unseen:?} are missing"
    );
    case
}

/// Returns the end of our name of a layer that `networks_make/raw_*.py` calls like this.
fn called(stem: &str) -> String {
    match stem {
        "conv1_Relu" => "conv1".to_owned(),
        "pool1_MaxPool" => "pool1".to_owned(),
        "Conv_Relu6" => "Conv".to_owned(),
        "Conv_1_Relu6" => "Conv_1".to_owned(),
        "part_pred" | "locref_pred" => format!("pose/{stem}/block4"),
        _ if stem.starts_with("block_") => stem.replacen("block_", "blocks_", 1),
        _ if stem.starts_with("block") => format!("{}/bottleneck_v1", stem.replacen('_', "/", 1)),
        _ => stem.to_owned(),
    }
}
