//! A network of `tests/fixtures/networks`: its configuration, how its tensors are made, and what
//! `DeepLabCut` makes of the frames.

use std::{fs, path::Path};

use dlc::{
    io::yaml,
    model::{
        DetectorConfig, Engine, Keypoint, NetworkConfig, PoseConfig, PytorchConfig, Tensor, Value,
        Weights,
    },
};
use serde_json::Value as Json;

use crate::seeded;

/// The fixture of one network.
pub(crate) struct Fixture {
    json: Json,
    engine: Engine,
}

impl Fixture {
    /// Reads the fixture of a network of an engine.
    pub(crate) fn read(engine: Engine, name: &str) -> Self {
        let prefix = match engine {
            Engine::PyTorch => "pytorch",
            Engine::TensorFlow => "tensorflow",
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/networks");
        let text = fs::read_to_string(folder.join(format!("{prefix}-{name}.json"))).unwrap();
        let json: Json = serde_json::from_str(&text).unwrap();
        Self { json, engine }
    }

    /// The seed of the weights.
    pub(crate) fn seed(&self) -> u64 {
        self.json["seed"].as_u64().unwrap()
    }

    pub(crate) fn network(&self) -> NetworkConfig {
        match self.engine {
            Engine::PyTorch => self.pytorch_config().network(),
            Engine::TensorFlow => PoseConfig::try_from(&self.config()).unwrap().network(),
        }
        .unwrap()
    }

    pub(crate) fn detector(&self) -> DetectorConfig {
        self.pytorch_config().detector().unwrap()
    }

    fn pytorch_config(&self) -> PytorchConfig {
        PytorchConfig::try_from(&self.config()).unwrap()
    }

    fn config(&self) -> Value {
        // JSON is YAML.
        yaml::from_str(&self.json["config"].to_string()).unwrap()
    }

    /// What `DeepLabCut` finds: a pose a frame.
    pub(crate) fn poses(&self) -> Vec<Vec<Keypoint>> {
        let poses: Vec<Vec<[f64; 3]>> = serde_json::from_value(self.json["poses"].clone()).unwrap();
        let keypoint = |[x, y, likelihood]: [f64; 3]| Keypoint { x, y, likelihood };
        let pose = |pose: Vec<_>| pose.into_iter().map(keypoint).collect();
        poses.into_iter().map(pose).collect()
    }

    /// The box that `DeepLabCut`'s detector finds in each frame: x, y, width, height and score.
    pub(crate) fn boxes(&self) -> Vec<[f64; 5]> {
        serde_json::from_value(self.json["boxes"].clone()).unwrap()
    }

    /// Makes all tensors of the network from a seed.
    pub(crate) fn weights(&self, seed: u64) -> Weights {
        let mut weights = Weights::new();
        self.add("", &self.json["tensors"], seed, &mut weights);
        weights
    }

    /// Adds the tensors of a dictionary of dictionaries, or those of one recipe.
    fn add(&self, name: &str, tree: &Json, seed: u64, weights: &mut Weights) {
        if let Some(recipe) = tree.as_str() {
            weights.extend(tensors(self.engine, seed, name, recipe));
            return;
        }
        let separator = match self.engine {
            _ if name.is_empty() => "",
            Engine::PyTorch => ".",
            Engine::TensorFlow => "/",
        };
        for (key, inner) in tree.as_object().unwrap() {
            self.add(&format!("{name}{separator}{key}"), inner, seed, weights);
        }
    }
}

/// Follows a recipe of `tests/fixtures/networks/tensors.py`, which tells what they mean.
fn tensors(engine: Engine, seed: u64, name: &str, recipe: &str) -> Vec<(String, Tensor)> {
    let words: Vec<&str> = recipe.split(' ').collect();
    let tensor = |shape: Vec<usize>, values| Tensor::new(shape, values).unwrap();
    match words[..] {
        ["norm", channels, exponent] => {
            let (channels, exponent) = (channels.parse().unwrap(), exponent.parse().unwrap());
            let parts = seeded::normalisation(engine, seed, name, channels, exponent);
            let parts = parts.into_iter();
            parts
                .map(|(name, values)| (name, tensor(vec![channels], values)))
                .collect()
        }
        ["=", ref numbers @ ..] => {
            let values = numbers.iter().map(|number| number.parse().unwrap());
            vec![(
                name.to_owned(),
                tensor(vec![numbers.len()], values.collect()),
            )]
        }
        [shape, exponent, ref center @ ..] => {
            let shape: Vec<usize> = shape.split('x').map(|n| n.parse().unwrap()).collect();
            let scale = seeded::power(exponent.parse().unwrap());
            let center: f32 = center.first().map_or(0.0, |number| number.parse().unwrap());
            let numbers = seeded::uniform(&format!("{seed} {name}"));
            let numbers = numbers.take(shape.iter().product());
            let values = numbers.map(|number| number * scale + center).collect();
            vec![(name.to_owned(), tensor(shape, values))]
        }
        _ => panic!("{name}: no recipe is `{recipe}`"),
    }
}
