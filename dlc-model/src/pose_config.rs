use crate::{
    Bodyparts, ConfigFieldError, Engine, InputScaling, InputSize, NetType, NetworkConfig,
    NetworkConfigError, Value, field::Fields,
};

/// A `pose_cfg.yaml` of the TensorFlow engine: a model and how it was trained.
///
/// There are two for each model: `test/pose_cfg.yaml` is all that an analysis reads, and
/// `train/pose_cfg.yaml` has the same and the settings of the training. Absent fields have the
/// defaults of DeepLabCut's `default_config.py`.
///
/// # Examples
///
/// ```
/// use dlc_model::{NetworkConfig, PoseConfig, Value};
///
/// let value = Value::dict([
///     ("net_type", "resnet_50".into()),
///     ("num_joints", 1.into()),
///     ("all_joints_names", Value::from_iter(["snout"])),
///     ("location_refinement", true.into()),
/// ]);
/// let network = PoseConfig::try_from(&value)?.network()?;
///
/// assert_eq!(network.locref_std, Some(7.2801));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PoseConfig {
    /// `net_type`.
    pub net_type: NetType,
    /// `all_joints_names`, in the order of the network's heatmaps.
    pub bodyparts: Bodyparts,
    /// `num_joints`: the number of heatmaps.
    pub num_joints: u32,
    /// `dataset`: the file with the labels.
    pub dataset: Option<String>,
    /// `dataset_type`: `imgaug`, or `multi-animal-imgaug`.
    pub dataset_type: String,
    /// `init_weights`: what the training began with.
    pub init_weights: Option<String>,
    /// `project_path` at the time of training.
    pub project_path: Option<String>,
    /// `stride`: the width of a cell in px.
    pub stride: f64,
    /// `mean_pixel`: what is subtracted from R, G and B.
    pub mean_pixel: [f64; 3],
    /// `global_scale`: how pictures were resized for the training; analyses do not resize.
    pub global_scale: f64,
    /// `location_refinement`.
    pub location_refinement: bool,
    /// `locref_stdev` in px.
    pub locref_stdev: f64,
    /// `multi_stage`: the decoder of `dlcrnetms5`.
    pub multi_stage: bool,
    /// `intermediate_supervision`.
    pub intermediate_supervision: bool,
    /// `partaffinityfield_predict`: for several animals.
    pub partaffinityfield_predict: bool,
    /// `pairwise_predict`.
    pub pairwise_predict: bool,
    /// `num_outputs`: keypoints of each body part.
    pub num_outputs: u32,
    /// `batch_size`: frames together; an exported model has none.
    pub batch_size: Option<u32>,
    /// `scoremap_dir`.
    pub scoremap_dir: String,
    /// Every other field, in its order.
    pub others: Vec<(Value, Value)>,
}

impl PoseConfig {
    /// Returns what a crate that runs networks must know.
    ///
    /// The graphs of the TensorFlow engine end in logits: `apply_sigmoid` is true, and
    /// likelihoods need no clipping.
    ///
    /// # Errors
    ///
    /// Returns an error when the model is for several animals, or has the multi-stage decoder.
    pub fn network(&self) -> Result<NetworkConfig, NetworkConfigError> {
        let refused = [
            (
                "dataset_type",
                self.dataset_type.contains("multi-animal"),
                "several animals",
            ),
            (
                "partaffinityfield_predict",
                self.partaffinityfield_predict,
                "several animals",
            ),
            ("multi_stage", self.multi_stage, "a multi-stage decoder"),
            ("stride", self.stride != 8.0, "cells that are not 8 px wide"),
            ("num_outputs", self.num_outputs == 0, "no keypoints"),
        ];
        if let Some((field, _, what)) = refused.into_iter().find(|(_, refused, _)| *refused) {
            return Err(NetworkConfigError::unsupported(field, what));
        }
        if self.num_joints as usize != self.bodyparts.len() {
            let found = format!("{} names", self.bodyparts.len());
            let expected = format!("{} names, as `num_joints` says", self.num_joints);
            return Err(ConfigFieldError::new("all_joints_names", expected, found).into());
        }
        Ok(NetworkConfig {
            engine: Engine::TensorFlow,
            net_type: self.net_type.clone(),
            bodyparts: self.bodyparts.clone(),
            locref_std: locref_std(self.location_refinement, "locref_stdev", self.locref_stdev)?,
            apply_sigmoid: true,
            clip_scores: false,
            simcc: None,
            top_down: None,
            input_size: InputSize::default(),
            input_scaling: self.input_scaling(),
        })
    }

    fn input_scaling(&self) -> InputScaling {
        let scale = match self.net_type {
            NetType::Efficientnet(_) => EFFICIENTNET_STD_RGB.map(|std| 1.0 / std),
            _ => [1.0; 3],
        };
        InputScaling {
            mean: self.mean_pixel.map(narrow),
            scale,
        }
    }

    /// Returns the configuration as a dictionary, with what DeepLabCut does not know last.
    pub fn to_value(&self) -> Value {
        let names = self.bodyparts.iter().map(|part| part.as_str());
        let known = [
            ("dataset", self.dataset.as_deref().into()),
            ("num_joints", self.num_joints.into()),
            ("all_joints_names", names.collect()),
            ("net_type", self.net_type.to_string().into()),
            ("init_weights", self.init_weights.as_deref().into()),
            ("global_scale", self.global_scale.into()),
            ("location_refinement", self.location_refinement.into()),
            ("locref_stdev", self.locref_stdev.into()),
            ("scoremap_dir", self.scoremap_dir.as_str().into()),
            ("dataset_type", self.dataset_type.as_str().into()),
            ("project_path", self.project_path.as_deref().into()),
            ("stride", self.stride.into()),
            ("mean_pixel", self.mean_pixel.into_iter().collect()),
            ("multi_stage", self.multi_stage.into()),
            (
                "intermediate_supervision",
                self.intermediate_supervision.into(),
            ),
            (
                "partaffinityfield_predict",
                self.partaffinityfield_predict.into(),
            ),
            ("pairwise_predict", self.pairwise_predict.into()),
            ("num_outputs", self.num_outputs.into()),
            ("batch_size", self.batch_size.into()),
        ];
        with_others(known, &self.others)
    }

    /// Returns the configuration that DeepLabCut runs an analysis with, as it stores it in
    /// `_meta.pickle` under `DLC-model-config file`.
    ///
    /// That is its defaults with `test`, the content of `test/pose_cfg.yaml`, laid over them:
    /// what has a default comes first, in DeepLabCut's order, and then the rest in the order of
    /// the file.
    ///
    /// # Errors
    ///
    /// Returns an error when `test` is not a dictionary.
    pub fn runtime_value(
        test: &Value,
        runtime: &RuntimeConfig<'_>,
    ) -> Result<Value, ConfigFieldError> {
        let entries = test.as_dict().ok_or_else(|| {
            ConfigFieldError::new("pose_cfg.yaml", "a dictionary", test.summary())
        })?;
        let Value::Dict(mut merged) = defaults() else {
            return Ok(Value::None);
        };
        overlay(&mut merged, entries);
        let mut config = Value::Dict(merged);
        // DeepLabCut makes a path of this that it never reads again.
        config.set("snapshot_prefix", runtime.snapshot_prefix.into());
        config.set("init_weights", runtime.init_weights.into());
        config.set("num_outputs", runtime.num_outputs.into());
        config.set("batch_size", runtime.batch_size.into());
        Ok(config)
    }
}

/// What an analysis puts into the configuration of a TensorFlow model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RuntimeConfig<'a> {
    /// `…/test/snapshot`, beside `test/pose_cfg.yaml`.
    pub snapshot_prefix: &'a str,
    /// The path of the snapshot without what follows the last dot: `…/train/snapshot-50000`.
    pub init_weights: &'a str,
    /// How many frames are analysed together.
    pub batch_size: u32,
    /// How many keypoints of each body part are looked for: 1.
    pub num_outputs: u32,
}

impl TryFrom<&Value> for PoseConfig {
    type Error = ConfigFieldError;

    fn try_from(value: &Value) -> Result<Self, Self::Error> {
        let mut fields = Fields::open(value, "")?;
        let fields = &mut fields;
        let net_type: String = fields.require("net_type")?;
        let bodyparts = bodyparts(fields, "all_joints_names")?;
        let count = u32::try_from(bodyparts.len()).unwrap_or(u32::MAX);
        let config = Self {
            net_type: net_type.as_str().into(),
            num_joints: fields.take_or("num_joints", count)?,
            bodyparts,
            dataset: fields.take("dataset")?,
            dataset_type: fields.take_or("dataset_type", "imgaug".into())?,
            init_weights: fields.take("init_weights")?,
            project_path: fields.take("project_path")?,
            stride: fields.take_or("stride", 8.0)?,
            mean_pixel: mean_pixel(fields)?,
            global_scale: fields.take_or("global_scale", 1.0)?,
            location_refinement: fields.take_or("location_refinement", false)?,
            locref_stdev: fields.take_or("locref_stdev", 7.2801)?,
            multi_stage: fields.take_or("multi_stage", false)?,
            intermediate_supervision: fields.take_or("intermediate_supervision", false)?,
            partaffinityfield_predict: fields.take_or("partaffinityfield_predict", false)?,
            pairwise_predict: fields.take_or("pairwise_predict", false)?,
            num_outputs: fields.take_or("num_outputs", 1)?,
            batch_size: fields.take("batch_size")?,
            scoremap_dir: fields.take_or("scoremap_dir", "test".into())?,
            others: Vec::new(),
        };
        Ok(Self {
            others: fields.take_rest(),
            ..config
        })
    }
}

/// Returns a dictionary with further entries behind those that are known.
pub(crate) fn with_others<const N: usize>(
    known: [(&str, Value); N],
    others: &[(Value, Value)],
) -> Value {
    let known = known.map(|(key, value)| (Value::from(key), value));
    Value::Dict(known.into_iter().chain(others.iter().cloned()).collect())
}

/// Takes body parts that a model must have.
pub(crate) fn bodyparts(
    fields: &mut Fields<'_>,
    name: &str,
) -> Result<Bodyparts, ConfigFieldError> {
    let names: Vec<String> = fields.require(name)?;
    Bodyparts::new(names)
        .map_err(|error| fields.error(name, "different, non-empty names", error.to_string()))
}

fn mean_pixel(fields: &mut Fields<'_>) -> Result<[f64; 3], ConfigFieldError> {
    let mean = fields.take_or("mean_pixel", MEAN_PIXEL.to_vec())?;
    let count = mean.len();
    let error = |_| fields.error("mean_pixel", "3 numbers", format!("{count}"));
    mean.try_into().map_err(error)
}

/// The ImageNet mean of DeepLabCut's `default_config.py`: R, G, B.
const MEAN_PIXEL: [f64; 3] = [123.68, 116.779, 103.939];

/// By what EfficientNet's graph divides: R, G, B.
const EFFICIENTNET_STD_RGB: [f32; 3] = [58.395, 57.12, 57.375];

/// Returns the standard deviation of location refinement where there is one. Infinite or missing offsets
/// would be poses without a word.
pub(crate) fn locref_std(
    location_refinement: bool,
    field: &str,
    found: f64,
) -> Result<Option<f32>, ConfigFieldError> {
    let std = narrow(found);
    match (location_refinement, std.is_finite()) {
        (false, _) => Ok(None),
        (true, true) => Ok(Some(std)),
        (true, false) => Err(ConfigFieldError::new(
            field,
            "a number of px",
            found.to_string(),
        )),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "networks compute in f32")]
pub(crate) fn narrow(number: f64) -> f32 {
    number as f32
}

/// DeepLabCut's `default_config.py`, in its order.
fn defaults() -> Value {
    Value::dict([
        ("stride", 8.0.into()),
        ("weigh_part_predictions", false.into()),
        ("weigh_negatives", false.into()),
        ("fg_fraction", 0.25.into()),
        ("mean_pixel", MEAN_PIXEL.into_iter().collect()),
        ("shuffle", true.into()),
        ("snapshot_prefix", "./snapshot".into()),
        ("log_dir", "log".into()),
        ("global_scale", 1.0.into()),
        ("location_refinement", false.into()),
        ("locref_stdev", 7.2801.into()),
        ("locref_loss_weight", 1.0.into()),
        ("locref_huber_loss", true.into()),
        ("optimizer", "sgd".into()),
        ("intermediate_supervision", false.into()),
        ("intermediate_supervision_layer", 12.into()),
        ("regularize", false.into()),
        ("weight_decay", 0.0001.into()),
        ("crop_pad", 0.into()),
        ("scoremap_dir", "test".into()),
        ("batch_size", 1.into()),
        ("dataset_type", "imgaug".into()),
        ("deterministic", false.into()),
        ("mirror", false.into()),
        ("pairwise_huber_loss", true.into()),
        ("weigh_only_present_joints", false.into()),
        ("partaffinityfield_predict", false.into()),
        ("pairwise_predict", false.into()),
    ])
}

/// Lays `over` on `base`; a dictionary goes into a dictionary that is there and not empty.
fn overlay(base: &mut Vec<(Value, Value)>, over: &[(Value, Value)]) {
    for (key, value) in over {
        match base.iter_mut().find(|(k, _)| k == key) {
            None => base.push((key.clone(), value.clone())),
            Some((_, there)) => match (there, value) {
                (Value::Dict(there), Value::Dict(value)) if !there.is_empty() => {
                    overlay(there, value);
                }
                (there, value) => *there = value.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_config(entries: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
        let required = [
            ("net_type", "mobilenet_v2_0.35".into()),
            ("num_joints", 2.into()),
            ("all_joints_names", Value::from_iter(["snout", "tailbase"])),
        ];
        Value::dict(required.into_iter().chain(entries))
    }

    fn network(value: &Value) -> Result<NetworkConfig, NetworkConfigError> {
        PoseConfig::try_from(value).unwrap().network()
    }

    #[test]
    fn locref_is_off_unless_the_file_turns_it_on() {
        assert_eq!(network(&test_config([])).unwrap().locref_std, None);
        for odd in [f64::INFINITY, f64::NAN, 1e300] {
            let entries = [
                ("location_refinement", true.into()),
                ("locref_stdev", odd.into()),
            ];
            let error = network(&test_config(entries)).unwrap_err();
            assert!(error.to_string().contains("`locref_stdev`"), "{error}");
        }

        let on = test_config([("location_refinement", true.into())]);
        assert_eq!(network(&on).unwrap().locref_std, Some(7.2801));
    }

    #[test]
    fn pixels_are_centred_and_for_efficientnet_scaled() {
        assert_eq!(
            network(&test_config([])).unwrap().input_scaling,
            InputScaling::TENSORFLOW
        );

        let mut value = test_config([]);
        value.set("net_type", "efficientnet-b0".into());
        let scaling = network(&value).unwrap().input_scaling;
        assert_eq!(scaling.scale[0], 1.0 / 58.395);
    }

    #[test]
    fn what_is_not_run_is_refused_by_name() {
        let cases = [
            ("multi_stage", true.into()),
            ("partaffinityfield_predict", true.into()),
            ("dataset_type", "multi-animal-imgaug".into()),
            ("num_outputs", 0.into()),
            ("stride", 4.0.into()),
        ];
        for (field, value) in cases {
            let error = network(&test_config([(field, value)])).unwrap_err();
            assert_eq!(error.field(), field);
        }
    }

    #[test]
    fn several_keypoints_of_a_body_part_are_no_other_network() {
        let several = network(&test_config([("num_outputs", 2.into())])).unwrap();

        assert_eq!(several, network(&test_config([])).unwrap());
    }

    #[test]
    fn what_is_unknown_is_written_back() {
        let value = test_config([
            ("all_joints", Value::from_iter([0, 1])),
            ("mine", "x".into()),
        ]);
        let config = PoseConfig::try_from(&value).unwrap();

        assert_eq!(PoseConfig::try_from(&config.to_value()), Ok(config.clone()));
        assert_eq!(config.to_value().get("mine"), Some(&"x".into()));
    }

    #[test]
    fn the_runtime_configuration_has_the_order_of_deeplabcut() {
        let runtime = RuntimeConfig {
            snapshot_prefix: "test/snapshot",
            init_weights: "train/snapshot-5",
            batch_size: 4,
            num_outputs: 1,
        };
        let test = test_config([("init_weights", "imagenet".into()), ("mirror", true.into())]);
        let value = PoseConfig::runtime_value(&test, &runtime).unwrap();
        let keys: Vec<_> = value
            .as_dict()
            .unwrap()
            .iter()
            .map(|(k, _)| k.as_str().unwrap())
            .collect();

        assert_eq!(keys[..2], ["stride", "weigh_part_predictions"]);
        assert_eq!(
            keys[28..],
            [
                "net_type",
                "num_joints",
                "all_joints_names",
                "init_weights",
                "num_outputs"
            ]
        );
        assert_eq!(value.get("batch_size"), Some(&Value::Int(4)));
        assert_eq!(value.get("mirror"), Some(&Value::Bool(true)));
        assert_eq!(value.get("init_weights"), Some(&"train/snapshot-5".into()));
    }
}
