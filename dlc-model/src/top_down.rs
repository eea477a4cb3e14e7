use crate::{
    ConfigFieldError, InputScaling, NetworkConfigError, Value, field::Fields, input_size::length,
    pytorch_config::Transformations,
};

/// What a top-down model sees: a part of the frame around a box, scaled to one size.
///
/// Read from `data.inference.top_down_crop` of a `pytorch_config.yaml`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TopDownCrop {
    /// Width of the network's input in px.
    pub width: usize,
    /// Height of the network's input in px.
    pub height: usize,
    /// How far the part reaches beyond the box on all sides, in px of the frame.
    pub margin: u32,
    /// Whether the part grows to the ratio of the input's sides; else black fills what is left.
    pub with_context: bool,
}

impl TopDownCrop {
    /// Reads the dictionary; null and absent fields mean DeepLabCut's defaults.
    pub(crate) fn from_value(value: &Value, path: &str) -> Result<Self, ConfigFieldError> {
        let empty = Value::Dict(Vec::new());
        let value = if value.is_none() { &empty } else { value };
        let mut fields = Fields::open(value, path)?;
        Ok(Self {
            width: length(&mut fields, "width")?.unwrap_or(256),
            height: length(&mut fields, "height")?.unwrap_or(256),
            margin: margin(&mut fields)?,
            with_context: fields.take_or("crop_with_context", true)?,
        })
    }
}

/// The largest margin that a configuration may ask for, in px.
const WIDEST: u32 = 8192;

fn margin(fields: &mut Fields<'_>) -> Result<u32, ConfigFieldError> {
    match fields.take_or("margin", 0)? {
        margin @ 0..=WIDEST => Ok(margin),
        margin => Err(fields.error("margin", format!("0 to {WIDEST} px"), margin.to_string())),
    }
}

/// The detector of a top-down model, `ssdlite`: finds the box around the animal.
///
/// Read from `detector` of a `pytorch_config.yaml`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DetectorConfig {
    /// How pixels become the detector's input.
    pub input_scaling: InputScaling,
}

impl DetectorConfig {
    pub(crate) fn from_value(value: &Value) -> Result<Self, NetworkConfigError> {
        let mut detector = Fields::open(value, "detector")?;
        let mut model = detector.open_field("model")?;
        let kind: String = model.require("type")?;
        if kind != "SSDLite" {
            let field = model.path_of("type");
            return Err(NetworkConfigError::unsupported(field, format!("a {kind}")));
        }
        let mut data = detector.open_field("data")?;
        let colormode = data.take_or("colormode", "RGB".to_owned())?;
        if colormode != "RGB" {
            let what = format!("pictures as {colormode}");
            return Err(NetworkConfigError::unsupported(
                data.path_of("colormode"),
                what,
            ));
        }
        let inference = data.open_field("inference")?;
        let path = inference.path_of("");
        let transformations = Transformations::read(inference)?;
        if let Some((name, value)) = transformations.others.first() {
            let field = format!("{path}.{name}");
            return Err(NetworkConfigError::unsupported(field, value.summary()));
        }
        Ok(Self {
            input_scaling: transformations.input_scaling(&path)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector(kind: &str) -> Value {
        let inference = Value::dict([("normalize_images", true.into())]);
        Value::dict([
            ("model", Value::dict([("type", kind.into())])),
            ("data", Value::dict([("inference", inference)])),
        ])
    }

    #[test]
    fn a_crop_has_the_size_that_deeplabcut_gives_it() {
        let crop = TopDownCrop::from_value(&Value::None, "crop").unwrap();

        assert_eq!((crop.width, crop.height, crop.margin), (256, 256, 0));
        assert!(crop.with_context);
        let wide = Value::dict([("margin", 9000.into())]);
        assert!(TopDownCrop::from_value(&wide, "crop").is_err());
    }

    #[test]
    fn other_detectors_are_refused_by_name() {
        let ssdlite = DetectorConfig::from_value(&detector("SSDLite")).unwrap();

        assert_eq!(ssdlite.input_scaling, InputScaling::imagenet());
        assert_eq!(
            DetectorConfig::from_value(&detector("FasterRCNN"))
                .unwrap_err()
                .to_string(),
            "`detector.model.type` asks for a FasterRCNN, which is not supported"
        );
    }
}
