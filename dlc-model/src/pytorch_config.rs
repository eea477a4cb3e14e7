use crate::{
    AutoPadding, Bodypart, Bodyparts, ConfigFieldError, DetectorConfig, Engine, InputScaling,
    InputSize, NetType, NetworkConfig, NetworkConfigError, Resize, SimccConfig, TopDownCrop, Value,
    field::{Fields, FromValue},
    input_size::length,
    pose_config::{bodyparts, locref_std, with_others},
};

/// A `pytorch_config.yaml`: a model of the PyTorch engine and how it was trained.
///
/// Absent fields have DeepLabCut's defaults. What an analysis does not need (`runner`,
/// `train_settings`, …) is kept as it is in [`Self::others`].
#[derive(Clone, Debug, PartialEq)]
pub struct PytorchConfig {
    /// `config_version`, since 3.0.1.
    pub config_version: Option<u32>,
    /// `net_type`, without the prefix `top_down_`.
    pub net_type: NetType,
    /// `method`.
    pub method: Method,
    /// `device`: where the training ran.
    pub device: String,
    /// `model`.
    pub model: PytorchModel,
    /// `metadata`.
    pub metadata: PytorchMetadata,
    /// `data.colormode`: `RGB`.
    pub colormode: String,
    /// `data.bbox_margin` in px.
    pub bbox_margin: u32,
    /// `data.inference`: what is done to a picture before the network sees it.
    pub inference: Transformations,
    /// `data.train`, as it is.
    pub train: Value,
    /// Every other field of `data`, in its order.
    pub data_others: Vec<(Value, Value)>,
    /// `detector` of a top-down model, as it is.
    pub detector: Value,
    /// Every other field, in its order.
    pub others: Vec<(Value, Value)>,
}

/// How a model finds the keypoints of an animal.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Method {
    /// `bu`: in the whole picture.
    #[default]
    BottomUp,
    /// `td`: in the box that a detector found.
    TopDown,
    /// `ctd`: from the keypoints of another model.
    ConditionalTopDown,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Self::BottomUp => "bu",
            Self::TopDown => "td",
            Self::ConditionalTopDown => "ctd",
        }
    }
}

impl FromValue for Method {
    const EXPECTED: &'static str = "`bu`, `td` or `ctd`";

    fn from_value(value: &Value) -> Option<Self> {
        match value.as_str()?.to_ascii_lowercase().as_str() {
            "bu" | "bottomup" => Some(Self::BottomUp),
            "td" | "topdown" => Some(Self::TopDown),
            "ctd" | "condtopdown" | "conditionaltopdown" => Some(Self::ConditionalTopDown),
            _ => None,
        }
    }
}

/// `model` of a `pytorch_config.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PytorchModel {
    /// `backbone`, as it is.
    pub backbone: Value,
    /// `backbone_output_channels`.
    pub backbone_output_channels: Option<u32>,
    /// `heads`, by name and in their order.
    pub heads: Vec<PytorchHead>,
    /// `neck`, as it is.
    pub neck: Value,
    /// `pose_model`, as it is.
    pub pose_model: Value,
    /// Every other field, in its order.
    pub others: Vec<(Value, Value)>,
}

/// One of `model.heads`.
#[derive(Clone, Debug, PartialEq)]
pub struct PytorchHead {
    /// The name: `bodypart`, `unique_bodypart` or `identity`.
    pub name: String,
    /// `type`, e.g., `HeatmapHead`.
    pub kind: String,
    /// `predictor`, as it is.
    pub predictor: Value,
    /// The whole of the head, as it is.
    pub value: Value,
}

/// `metadata` of a `pytorch_config.yaml`.
#[derive(Clone, Debug, PartialEq)]
pub struct PytorchMetadata {
    /// `project_path` at the time of training.
    pub project_path: Option<String>,
    /// `pose_config_path` at the time of training.
    pub pose_config_path: Option<String>,
    /// `bodyparts`, in the order of the network's heatmaps.
    pub bodyparts: Bodyparts,
    /// `unique_bodyparts`, also `uniquebodyparts`.
    pub unique_bodyparts: Vec<Bodypart>,
    /// `individuals`.
    pub individuals: Vec<String>,
    /// `with_identity`, also `identity`.
    pub with_identity: Option<bool>,
    /// Every other field, in its order.
    pub others: Vec<(Value, Value)>,
}

/// What is done to a picture before the network sees it: `data.inference`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transformations {
    /// `normalize_images`: whether ImageNet's mean and standard deviation are applied.
    pub normalize_images: bool,
    /// `scale_to_unit_range`: whether pixels are divided by 255.
    pub scale_to_unit_range: bool,
    /// Every other transformation that is on, by name: `resize`, `longest_max_size`,
    /// `auto_padding`, `top_down_crop`, `collate`, …
    pub others: Vec<(String, Value)>,
}

impl PytorchConfig {
    /// Returns what a crate that runs networks must know.
    ///
    /// # Errors
    ///
    /// Returns an error when the model is a conditional top-down one, is for several animals, has
    /// a head that is not known here, or wants its pictures transformed in a way that is not done
    /// here.
    pub fn network(&self) -> Result<NetworkConfig, NetworkConfigError> {
        self.refuse_unsupported()?;
        let head = self.head()?;
        let mut predictor = Fields::open(&head.predictor, "model.heads.bodypart.predictor")?;
        let locref = predictor.take_or("location_refinement", true)?;
        let found = predictor.take_or("locref_std", 7.2801)?;
        let field = "model.heads.bodypart.predictor.locref_std";
        let config = NetworkConfig {
            engine: Engine::PyTorch,
            net_type: self.net_type.clone(),
            bodyparts: self.metadata.bodyparts.clone(),
            locref_std: locref_std(locref, field, found)?,
            apply_sigmoid: predictor.take_or("apply_sigmoid", true)?,
            clip_scores: predictor.take_or("clip_scores", false)?,
            simcc: simcc(head)?,
            top_down: self.top_down_crop()?,
            input_size: self.inference.input_size(self.method)?,
            input_scaling: self.inference.input_scaling("data.inference")?,
        };
        let whole_frames = config.top_down.is_none() || config.input_size != InputSize::default();
        if config.simcc.is_some() && whole_frames {
            let field = "model.heads.bodypart.type";
            let what = "a RTMCCHead on pictures of any size";
            return Err(NetworkConfigError::unsupported(field, what));
        }
        Ok(config)
    }

    /// Returns what a crate that runs networks must know of the detector of a top-down model.
    ///
    /// # Errors
    ///
    /// Returns an error when there is none, when it is not `SSDLite`, or when it wants its pictures
    /// transformed in a way that is not done here.
    pub fn detector(&self) -> Result<DetectorConfig, NetworkConfigError> {
        DetectorConfig::from_value(&self.detector)
    }

    /// Returns the configuration as a dictionary, with what DeepLabCut does not know last.
    ///
    /// Transformations that are off are left out: that means the same.
    pub fn to_value(&self) -> Value {
        let data = [
            ("bbox_margin", self.bbox_margin.into()),
            ("colormode", self.colormode.as_str().into()),
            ("inference", self.inference.to_value()),
            ("train", self.train.clone()),
        ];
        let known = [
            ("config_version", self.config_version.into()),
            ("model", self.model.to_value()),
            ("net_type", self.net_type.to_string().into()),
            ("method", self.method.as_str().into()),
            ("device", self.device.as_str().into()),
            ("metadata", self.metadata.to_value()),
            ("data", with_others(data, &self.data_others)),
            ("detector", self.detector.clone()),
        ];
        with_others(known, &self.others)
    }

    fn refuse_unsupported(&self) -> Result<(), NetworkConfigError> {
        if self.method == Method::ConditionalTopDown {
            let what = "a conditional top-down model";
            return Err(NetworkConfigError::unsupported("method", what));
        }
        if self.metadata.individuals.len() > 1 {
            let field = "metadata.individuals";
            return Err(NetworkConfigError::unsupported(field, "several animals"));
        }
        if !self.metadata.unique_bodyparts.is_empty() {
            let field = "metadata.unique_bodyparts";
            return Err(NetworkConfigError::unsupported(field, "unique body parts"));
        }
        if self.colormode != "RGB" {
            let what = format!("pictures as {}", self.colormode);
            return Err(NetworkConfigError::unsupported("data.colormode", what));
        }
        Ok(())
    }

    fn top_down_crop(&self) -> Result<Option<TopDownCrop>, ConfigFieldError> {
        if self.method == Method::BottomUp {
            return Ok(None);
        }
        let mut others = self.inference.others.iter();
        let crop = others.find(|(name, _)| name == TOP_DOWN_CROP);
        let crop = crop.map_or(&Value::None, |(_, value)| value);
        TopDownCrop::from_value(crop, "data.inference.top_down_crop").map(Some)
    }

    fn head(&self) -> Result<&PytorchHead, NetworkConfigError> {
        if let Some(head) = self.model.heads.iter().find(|head| head.name != "bodypart") {
            let field = format!("model.heads.{}", head.name);
            return Err(NetworkConfigError::unsupported(field, "another head"));
        }
        let found = "nothing";
        let head = self.model.heads.first();
        let head =
            head.ok_or_else(|| ConfigFieldError::new("model.heads.bodypart", HEAD, found))?;
        let expected = match head.kind.as_str() {
            "HeatmapHead" => "HeatmapPredictor",
            "RTMCCHead" => "SimCCPredictor",
            other => {
                let field = "model.heads.bodypart.type";
                return Err(NetworkConfigError::unsupported(field, format!("a {other}")));
            }
        };
        let field = "model.heads.bodypart.predictor.type";
        match head.predictor.get("type").and_then(Value::as_str) {
            Some(predictor) if predictor == expected => Ok(head),
            Some(other) => Err(NetworkConfigError::unsupported(field, format!("a {other}"))),
            None => Err(ConfigFieldError::new(field, HEAD, found).into()),
        }
    }
}

fn simcc(head: &PytorchHead) -> Result<Option<SimccConfig>, NetworkConfigError> {
    match head.kind.as_str() {
        "RTMCCHead" => SimccConfig::from_value(&head.value, "model.heads.bodypart").map(Some),
        _ => Ok(None),
    }
}

impl PytorchModel {
    fn to_value(&self) -> Value {
        let heads = self.heads.iter();
        let known = [
            ("backbone", self.backbone.clone()),
            (
                "heads",
                Value::dict(heads.map(|head| (head.name.as_str(), head.value.clone()))),
            ),
            (
                "backbone_output_channels",
                self.backbone_output_channels.into(),
            ),
            ("neck", self.neck.clone()),
            ("pose_model", self.pose_model.clone()),
        ];
        with_others(known, &self.others)
    }
}

impl PytorchMetadata {
    fn to_value(&self) -> Value {
        let texts = |names: &[Bodypart]| names.iter().map(Bodypart::as_str).collect::<Value>();
        let known = [
            ("project_path", self.project_path.as_deref().into()),
            ("pose_config_path", self.pose_config_path.as_deref().into()),
            ("bodyparts", texts(&self.bodyparts)),
            ("unique_bodyparts", texts(&self.unique_bodyparts)),
            (
                "individuals",
                self.individuals.iter().map(String::as_str).collect(),
            ),
            ("with_identity", self.with_identity.into()),
        ];
        with_others(known, &self.others)
    }
}

impl Transformations {
    pub(crate) fn read(fields: Fields<'_>) -> Result<Self, ConfigFieldError> {
        transformations(fields)
    }

    /// Returns how pixels become the network's input; `path` leads to the transformations.
    pub(crate) fn input_scaling(&self, path: &str) -> Result<InputScaling, NetworkConfigError> {
        if self.scale_to_unit_range {
            let field = format!("{path}.scale_to_unit_range");
            return Err(NetworkConfigError::unsupported(field, "pixels in [0, 1]"));
        }
        Ok(match self.normalize_images {
            true => InputScaling::imagenet(),
            false => InputScaling::NONE,
        })
    }

    /// Returns how a picture gets its size, and refuses every other transformation.
    fn input_size(&self, method: Method) -> Result<InputSize, NetworkConfigError> {
        let mut size = InputSize::default();
        for (name, value) in &self.others {
            let field = format!("data.inference.{name}");
            match name.as_str() {
                "resize" => size.resize = Some(Resize::from_value(value, &field)?),
                "auto_padding" => size.padding = Some(AutoPadding::from_value(value, &field)?),
                "longest_max_size" => {
                    let inference = Value::dict([(name.as_str(), value.clone())]);
                    let mut fields = Fields::open(&inference, "data.inference")?;
                    size.longest_max_size = length(&mut fields, name)?;
                }
                // For training: pictures of several sizes in one batch.
                "collate" => (),
                TOP_DOWN_CROP if method == Method::TopDown => (),
                _ => return Err(NetworkConfigError::unsupported(field, value.summary())),
            }
        }
        Ok(size)
    }

    fn to_value(&self) -> Value {
        let others = self.others.iter();
        let mut value = Value::dict(others.map(|(name, value)| (name.as_str(), value.clone())));
        value.set("normalize_images", self.normalize_images.into());
        value.set("scale_to_unit_range", self.scale_to_unit_range.into());
        value
    }
}

const HEAD: &str = "a head with heatmaps or classified coordinates";
const TOP_DOWN_CROP: &str = "top_down_crop";

impl TryFrom<&Value> for PytorchConfig {
    type Error = ConfigFieldError;

    fn try_from(value: &Value) -> Result<Self, Self::Error> {
        let mut fields = Fields::open(value, "")?;
        let net_type: String = fields.require("net_type")?;
        let mut data = fields.open_field("data")?;
        Ok(Self {
            config_version: fields.take("config_version")?,
            net_type: net_type
                .strip_prefix("top_down_")
                .unwrap_or(&net_type)
                .into(),
            method: method(&mut fields, &net_type)?,
            device: fields.take_or("device", "auto".into())?,
            model: model(fields.open_field("model")?)?,
            metadata: metadata(fields.open_field("metadata")?)?,
            colormode: data.take_or("colormode", "RGB".into())?,
            bbox_margin: data.take_or("bbox_margin", 25)?,
            inference: transformations(data.open_field("inference")?)?,
            train: data.take_or("train", Value::None)?,
            data_others: data.take_rest(),
            detector: fields.take_or("detector", Value::None)?,
            others: fields.take_rest(),
        })
    }
}

fn method(fields: &mut Fields<'_>, net_type: &str) -> Result<Method, ConfigFieldError> {
    let top_down = net_type.starts_with("top_down_");
    let default = if top_down {
        Method::TopDown
    } else {
        Method::BottomUp
    };
    fields.take_or("method", default)
}

fn model(mut fields: Fields<'_>) -> Result<PytorchModel, ConfigFieldError> {
    Ok(PytorchModel {
        backbone: fields.take_or("backbone", Value::None)?,
        backbone_output_channels: fields.take("backbone_output_channels")?,
        heads: heads(fields.open_field("heads")?)?,
        neck: fields.take_or("neck", Value::None)?,
        pose_model: fields.take_or("pose_model", Value::None)?,
        others: fields.take_rest(),
    })
}

fn heads(mut fields: Fields<'_>) -> Result<Vec<PytorchHead>, ConfigFieldError> {
    let entries = fields.take_rest();
    let head = |(name, value): (Value, Value)| {
        let name = key(&fields, &name)?;
        let mut head = Fields::open(&value, &fields.path_of(&name))?;
        Ok(PytorchHead {
            name,
            kind: head.take_or("type", String::new())?,
            predictor: head.take_or("predictor", Value::None)?,
            value: value.clone(),
        })
    };
    entries.into_iter().map(head).collect()
}

fn metadata(mut fields: Fields<'_>) -> Result<PytorchMetadata, ConfigFieldError> {
    let unique: Option<Vec<String>> = fields.take_any(&["unique_bodyparts", "uniquebodyparts"])?;
    Ok(PytorchMetadata {
        project_path: fields.take("project_path")?,
        pose_config_path: fields.take("pose_config_path")?,
        bodyparts: bodyparts(&mut fields, "bodyparts")?,
        unique_bodyparts: unique.into_iter().flatten().map(Bodypart::from).collect(),
        individuals: fields.take_or("individuals", vec!["individual_1".into()])?,
        with_identity: fields.take_any(&["with_identity", "identity"])?,
        others: fields.take_rest(),
    })
}

fn transformations(mut fields: Fields<'_>) -> Result<Transformations, ConfigFieldError> {
    Ok(Transformations {
        normalize_images: switch(&mut fields, "normalize_images", true)?,
        scale_to_unit_range: switch(&mut fields, "scale_to_unit_range", false)?,
        others: {
            let rest = fields
                .take_rest()
                .into_iter()
                .filter(|(_, value)| !is_off(value));
            rest.map(|(name, value)| Ok((key(&fields, &name)?, value)))
                .collect::<Result<_, _>>()?
        },
    })
}

/// Returns a key that must be a text.
fn key(fields: &Fields<'_>, key: &Value) -> Result<String, ConfigFieldError> {
    let error = || fields.error("", "texts as keys", key.summary());
    key.as_str().map(Into::into).ok_or_else(error)
}

/// Takes a switch; null is off, as for DeepLabCut, which asks whether the value is true.
fn switch(fields: &mut Fields<'_>, name: &str, default: bool) -> Result<bool, ConfigFieldError> {
    match fields.peek(name) {
        None => Ok(default),
        Some(value) if is_off(value) => {
            fields.take_value(&[name]);
            Ok(false)
        }
        Some(_) => fields.require(name),
    }
}

fn is_off(value: &Value) -> bool {
    match value {
        Value::None | Value::Bool(false) | Value::Int(0) => true,
        Value::Float(number) => *number == 0.0,
        Value::Dict(entries) => entries.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Value {
        let predictor = Value::dict([
            ("type", "HeatmapPredictor".into()),
            ("apply_sigmoid", false.into()),
            ("clip_scores", true.into()),
            ("location_refinement", true.into()),
            ("locref_std", 7.2801.into()),
        ]);
        let head = Value::dict([("type", "HeatmapHead".into()), ("predictor", predictor)]);
        let transformations = Value::dict([
            ("resize", Value::None),
            ("hist_eq", false.into()),
            ("normalize_images", true.into()),
        ]);
        Value::dict([
            ("net_type", "cspnext_s".into()),
            ("method", "bu".into()),
            (
                "model",
                Value::dict([("heads", Value::dict([("bodypart", head)]))]),
            ),
            ("data", Value::dict([("inference", transformations)])),
            (
                "metadata",
                Value::dict([("bodyparts", Value::from_iter(["snout", "tailbase"]))]),
            ),
        ])
    }

    fn changed(path: &[&str], value: Value) -> Value {
        let mut config = config();
        change(&mut config, path, value);
        config
    }

    fn change(config: &mut Value, path: &[&str], value: Value) {
        match path {
            [] => *config = value,
            [key, rest @ ..] => {
                let mut inner = config.get(key).cloned().unwrap_or(Value::Dict(Vec::new()));
                change(&mut inner, rest, value);
                config.set(key, inner);
            }
        }
    }

    #[test]
    fn the_predictor_tells_how_heatmaps_are_read() {
        let network = PytorchConfig::try_from(&config())
            .unwrap()
            .network()
            .unwrap();

        assert_eq!(network.locref_std, Some(7.2801));
        assert!(!network.apply_sigmoid && network.clip_scores);
        assert_eq!(network.input_scaling, InputScaling::imagenet());
    }

    #[test]
    fn pictures_are_as_they_are_when_nothing_normalizes_them() {
        let path = ["data", "inference", "normalize_images"];
        for off in [Value::None, false.into()] {
            let config = PytorchConfig::try_from(&changed(&path, off)).unwrap();
            assert_eq!(config.network().unwrap().input_scaling, InputScaling::NONE);
        }
    }

    #[test]
    fn what_is_unknown_is_written_back() {
        for path in [
            &["mine"][..],
            &["data", "mine"],
            &["model", "mine"],
            &["metadata", "mine"],
        ] {
            let config = PytorchConfig::try_from(&changed(path, 5.into())).unwrap();

            assert_eq!(config.to_value().at(path), Some(&Value::Int(5)));
            assert_eq!(PytorchConfig::try_from(&config.to_value()), Ok(config));
        }
    }

    #[test]
    fn transformations_that_are_not_done_are_kept_and_refused_by_name() {
        let affine = Value::dict([("rotation", 30.into())]);
        let value = changed(&["data", "inference", "affine"], affine.clone());
        let config = PytorchConfig::try_from(&value).unwrap();

        assert_eq!(config.inference.others, [("affine".into(), affine)]);
        assert_eq!(
            config.network().unwrap_err().to_string(),
            "`data.inference.affine` asks for a dictionary of 1, which is not supported"
        );
    }

    #[test]
    fn the_size_of_the_input_is_read() {
        let resize = Value::dict([("width", 320.into()), ("height", 256.into())]);
        let value = changed(&["data", "inference", "resize"], resize);
        let network = PytorchConfig::try_from(&value).unwrap().network().unwrap();

        let resize = Resize {
            width: 320,
            height: 256,
            keep_ratio: true,
        };
        assert_eq!(network.input_size.resize, Some(resize));

        let value = changed(&["data", "inference", "longest_max_size"], 0.5.into());
        assert_eq!(
            PytorchConfig::try_from(&value)
                .unwrap()
                .network()
                .unwrap_err()
                .field(),
            "data.inference.longest_max_size"
        );
    }

    #[test]
    fn other_models_than_those_for_one_animal_are_refused() {
        let cases: [(&[&str], Value); 5] = [
            (&["method"], "ctd".into()),
            (&["metadata", "individuals"], Value::from_iter(["a", "b"])),
            (
                &["metadata", "unique_bodyparts"],
                Value::from_iter(["corner"]),
            ),
            (&["data", "colormode"], "BGR".into()),
            (&["model", "heads", "bodypart", "type"], "DEKRHead".into()),
        ];
        for (path, value) in cases {
            let config = PytorchConfig::try_from(&changed(path, value)).unwrap();
            assert_eq!(config.network().unwrap_err().field(), path.join("."));
        }
    }

    #[test]
    fn a_top_down_model_sees_a_part_of_the_frame() {
        let mut value = changed(&["method"], "td".into());
        let crop = Value::dict([("width", 192.into()), ("height", 256.into())]);
        change(&mut value, &["data", "inference", "top_down_crop"], crop);
        let network = PytorchConfig::try_from(&value).unwrap().network().unwrap();

        let crop = network.top_down.unwrap();
        assert_eq!((crop.width, crop.height), (192, 256));
        let bottom_up = PytorchConfig::try_from(&config()).unwrap();
        assert_eq!(bottom_up.network().unwrap().top_down, None);
    }

    #[test]
    fn coordinates_are_classified_in_inputs_of_one_size_only() {
        let head = Value::dict([
            ("type", "RTMCCHead".into()),
            (
                "predictor",
                Value::dict([("type", "SimCCPredictor".into())]),
            ),
            ("input_size", Value::from_iter([256, 256])),
        ]);
        let mut value = changed(&["model", "heads", "bodypart"], head);
        let config = PytorchConfig::try_from(&value).unwrap();
        assert_eq!(
            config.network().unwrap_err().field(),
            "model.heads.bodypart.type"
        );

        change(&mut value, &["method"], "td".into());
        let network = PytorchConfig::try_from(&value).unwrap().network().unwrap();
        assert_eq!(network.simcc.unwrap().bins, [512, 512]);
    }

    #[test]
    fn errors_name_the_field_with_those_it_lies_in() {
        let value = changed(&["metadata", "bodyparts"], "snout".into());

        assert_eq!(
            PytorchConfig::try_from(&value).unwrap_err().to_string(),
            "invalid `metadata.bodyparts`: expected a list of texts, found the text \"snout\""
        );
    }
}
