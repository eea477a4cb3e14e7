//! `_meta.pickle`: how the poses of a video were made.

mod file;
mod recording;

pub use self::{
    file::{MetadataError, MetadataErrorKind, MetadataFile, set_start_timestamp},
    recording::Recording,
};
use dlc_model::{Bodyparts, Crop, Engine, Value};

use crate::pickle;

/// What DeepLabCut notes of an analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata<'a> {
    /// The framework that trained the model. It decides the layout of the file.
    pub engine: Engine,
    /// When the analysis began, in seconds since 1970.
    pub start_secs: f64,
    /// When it ended, in seconds since 1970.
    pub stop_secs: f64,
    /// The scorer name.
    pub scorer: &'a str,
    /// The configuration that the model ran with.
    pub config: &'a Value,
    /// Frames per second of the video.
    pub fps: f64,
    /// Frames a batch.
    pub batch_size: usize,
    /// Width of the frames of the video, in px.
    pub width: usize,
    /// Height of the frames of the video, in px.
    pub height: usize,
    /// Number of frames in the video.
    pub frame_count: usize,
    /// The project's iteration, where it is known.
    pub iteration: Option<u32>,
    /// The fraction of the labelled frames that the model was trained on, where it is known.
    pub training_fraction: Option<f64>,
    /// The part of the frames that was asked for, or `None` for all of it.
    pub crop: Option<Crop>,
    /// The part of the frames that was analysed. Coordinates in the results are relative to it.
    pub analyzed: Crop,
    /// The body parts.
    pub bodyparts: &'a Bodyparts,
}

impl Metadata<'_> {
    /// Returns the content of the file, keys and order as the engine writes them.
    ///
    /// The engines disagree: TensorFlow's `frame_dimensions` are (height, width) and its `fps` is
    /// as the video says; PyTorch's are (width, height) of what was analysed, and rounded to two digits.
    ///
    /// DIFFERENCE: DeepLabCut 3.0.1 and 3.0.2 write classes of their own into `pytorch-config`,
    /// which a reader must have; here it holds plain values only.
    pub fn to_pickle(&self) -> pickle::Value {
        let int = |n: usize| pickle::Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let float = pickle::Value::Float;
        let (config_key, fps, dimensions) = match self.engine {
            Engine::TensorFlow => (
                "DLC-model-config file",
                self.fps,
                [int(self.height), int(self.width)],
            ),
            Engine::PyTorch => (
                "pytorch-config",
                (self.fps * 100.0).round() / 100.0,
                [int(self.analyzed.width()), int(self.analyzed.height())],
            ),
        };
        let crop = self.crop.unwrap_or(self.analyzed);
        let crop = [crop.x_min, crop.x_max, crop.y_min, crop.y_max];
        let mut entries = vec![
            ("start", float(self.start_secs)),
            ("stop", float(self.stop_secs)),
            ("run_duration", float(self.stop_secs - self.start_secs)),
            ("Scorer", self.scorer.into()),
            (config_key, plain(self.config)),
            ("fps", float(fps)),
            ("batch_size", int(self.batch_size)),
            ("frame_dimensions", pickle::Value::Tuple(dimensions.into())),
            ("nframes", int(self.frame_count)),
            (
                "iteration (active-learning)",
                self.iteration
                    .map_or(pickle::Value::None, |i| pickle::Value::Int(i.into())),
            ),
            (
                "training set fraction",
                self.training_fraction.map_or(pickle::Value::None, float),
            ),
            ("cropping", pickle::Value::Bool(self.crop.is_some())),
            (
                "cropping_parameters",
                pickle::Value::List(crop.map(int).into()),
            ),
        ];
        if self.engine == Engine::PyTorch {
            let names = self.bodyparts.iter().map(|part| part.as_str().into());
            let individuals = vec!["individual_1".into()];
            entries.extend([
                ("individuals", pickle::Value::List(individuals)),
                ("bodyparts", pickle::Value::List(names.collect())),
                ("unique_bodyparts", pickle::Value::List(Vec::new())),
            ]);
        }
        pickle::Value::dict([("data", pickle::Value::dict(entries))])
    }
}

/// What DeepLabCut's TensorFlow engine notes of an analysis of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageMetadata<'a> {
    /// When the analysis began, in seconds since 1970.
    pub start_secs: f64,
    /// When it ended, in seconds since 1970.
    pub stop_secs: f64,
    /// The scorer name.
    pub scorer: &'a str,
    /// The configuration that the model ran with.
    pub config: &'a Value,
    /// Pictures a batch.
    pub batch_size: usize,
    /// Keypoints of each body part.
    pub num_outputs: usize,
    /// Number of pictures.
    pub image_count: usize,
    /// The part of the pictures that was asked for, or `None` for all of them.
    pub crop: Option<Crop>,
    /// The part of the first picture that was analysed.
    pub analyzed: Crop,
}

impl ImageMetadata<'_> {
    /// Returns the content of the file, keys and order as the engine writes them.
    pub fn to_pickle(&self) -> pickle::Value {
        let int = |n: usize| pickle::Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        let float = pickle::Value::Float;
        let dimensions = vec![int(self.analyzed.height()), int(self.analyzed.width())];
        let crop = self.crop.unwrap_or(self.analyzed);
        let crop = [crop.x_min, crop.x_max, crop.y_min, crop.y_max];
        let entries = vec![
            ("start", float(self.start_secs)),
            ("stop", float(self.stop_secs)),
            ("run_duration", float(self.stop_secs - self.start_secs)),
            ("Scorer", self.scorer.into()),
            ("config file", plain(self.config)),
            ("batch_size", int(self.batch_size)),
            ("num_outputs", int(self.num_outputs)),
            ("frame_dimensions", pickle::Value::Tuple(dimensions)),
            ("nframes", int(self.image_count)),
            ("cropping", pickle::Value::Bool(self.crop.is_some())),
            (
                "cropping_parameters",
                pickle::Value::List(crop.map(int).into()),
            ),
        ];
        pickle::Value::dict([("data", pickle::Value::dict(entries))])
    }
}

/// Returns a configuration as it is pickled.
fn plain(value: &Value) -> pickle::Value {
    match value {
        Value::None => pickle::Value::None,
        Value::Bool(value) => pickle::Value::Bool(*value),
        Value::Int(value) => pickle::Value::Int(*value),
        Value::Float(value) => pickle::Value::Float(*value),
        Value::String(text) => text.as_str().into(),
        Value::List(values) => pickle::Value::List(values.iter().map(plain).collect()),
        Value::Dict(entries) => {
            let entry = |(key, value): &(Value, Value)| (plain(key), plain(value));
            pickle::Value::Dict(entries.iter().map(entry).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(engine: Engine, config: &Value, bodyparts: &Bodyparts) -> pickle::Value {
        let metadata = Metadata {
            engine,
            start_secs: 10.0,
            stop_secs: 12.5,
            scorer: "DLC_x",
            config,
            fps: 30.000_300_003,
            batch_size: 8,
            width: 640,
            height: 480,
            frame_count: 120,
            iteration: Some(0),
            training_fraction: Some(0.95),
            crop: None,
            analyzed: Crop::full(640, 480),
            bodyparts,
        };
        metadata.to_pickle().get("data").unwrap().clone()
    }

    #[test]
    fn each_engine_has_its_own_habits() {
        let config = Value::dict([("stride", 8.0.into())]);
        let bodyparts = Bodyparts::new(["snout"]).unwrap();

        let tensorflow = metadata(Engine::TensorFlow, &config, &bodyparts);
        let pytorch = metadata(Engine::PyTorch, &config, &bodyparts);

        let dimensions = |value: &pickle::Value| value.get("frame_dimensions").cloned();
        let tuple = |a, b| {
            Some(pickle::Value::Tuple(
                vec![a, b].into_iter().map(pickle::Value::Int).collect(),
            ))
        };
        assert_eq!(dimensions(&tensorflow), tuple(480, 640));
        assert_eq!(dimensions(&pytorch), tuple(640, 480));
        assert_eq!(pytorch.get("fps"), Some(&pickle::Value::Float(30.0)));
        assert!(tensorflow.get("bodyparts").is_none());
        assert!(pytorch.get("bodyparts").is_some());
    }
}
