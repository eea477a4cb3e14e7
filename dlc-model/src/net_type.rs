use std::{convert::Infallible, fmt, str::FromStr};

use crate::Engine;

/// The architecture of a network, as `net_type` names it.
///
/// Every name parses: one that is not known here is [`NetType::Other`], and the crates that run
/// networks refuse it by name.
///
/// # Examples
///
/// ```
/// use dlc_model::{Engine, MobilenetWidth, NetType};
///
/// let net_type = NetType::from("mobilenet_v2_0.35");
///
/// assert_eq!(net_type, NetType::MobilenetV2(MobilenetWidth::W35));
/// assert_eq!(net_type.scorer_label(Engine::TensorFlow, false)?, "mobnet_35");
/// # Ok::<(), dlc_model::ScorerLabelError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NetType {
    /// `mobilenet_v2_1.0`, `…_0.75`, `…_0.5`, `…_0.35` (TensorFlow).
    MobilenetV2(MobilenetWidth),
    /// `resnet_50`, `resnet_101` (both engines), `resnet_152` (TensorFlow).
    Resnet(ResnetDepth),
    /// `efficientnet-b0` to `efficientnet-b6` (TensorFlow).
    Efficientnet(EfficientnetSize),
    /// `cspnext_s`, `…_m`, `…_x` (PyTorch).
    CspNext(CspNextSize),
    /// `hrnet_w18`, `…_w32`, `…_w48` (PyTorch).
    Hrnet(HrnetWidth),
    /// `rtmpose_s`, `…_m`, `…_x` (PyTorch).
    Rtmpose(CspNextSize),
    /// `dekr_w18`, `…_w32`, `…_w48` (PyTorch, several animals).
    Dekr(HrnetWidth),
    /// `dlcrnet_stride16_ms5`, once `dlcrnet_ms5`, and `dlcrnet_stride32_ms5` (PyTorch, several
    /// animals).
    Dlcrnet(DlcrnetStride),
    /// `ctd_…` (PyTorch): needs the poses of another model.
    Ctd(CtdNet),
    /// `animaltokenpose_base` (PyTorch).
    AnimalTokenPose,
    /// Any other name.
    Other(String),
}

/// The depth multiplier of a MobileNetV2.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MobilenetWidth {
    /// 1.0.
    W100,
    /// 0.75.
    W75,
    /// 0.5.
    W50,
    /// 0.35.
    W35,
}

impl MobilenetWidth {
    /// Returns the factor by which numbers of channels are multiplied.
    pub fn multiplier(self) -> f64 {
        match self {
            Self::W100 => 1.0,
            Self::W75 => 0.75,
            Self::W50 => 0.5,
            Self::W35 => 0.35,
        }
    }
}

/// The number of layers of a ResNet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ResnetDepth {
    /// 50.
    D50,
    /// 101.
    D101,
    /// 152.
    D152,
}

/// The size of an EfficientNet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "the names say all there is to say")]
pub enum EfficientnetSize {
    B0,
    B1,
    B2,
    B3,
    B4,
    B5,
    B6,
}

/// The size of a CSPNeXt.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum CspNextSize {
    /// Small.
    S,
    /// Medium.
    M,
    /// Extra large.
    X,
}

/// The width of the branch of an HRNet that keeps the highest resolution, in channels.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HrnetWidth {
    /// 18.
    W18,
    /// 32.
    W32,
    /// 48.
    W48,
}

/// The stride of the backbone of a `DLCRNet`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DlcrnetStride {
    /// 16 px.
    S16,
    /// 32 px.
    S32,
}

/// The networks for conditional top-down estimation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "the names say all there is to say")]
pub enum CtdNet {
    CoamW32,
    CoamW48,
    CoamW48Human,
    PrenetHrnetW32,
    PrenetHrnetW48,
    PrenetRtmposeS,
    PrenetRtmposeM,
    PrenetRtmposeX,
    PrenetRtmposeXHuman,
}

/// Every network that DeepLabCut names, with the name that it writes.
static NAMES: [(&str, NetType); 39] = [
    ("resnet_50", NetType::Resnet(ResnetDepth::D50)),
    ("resnet_101", NetType::Resnet(ResnetDepth::D101)),
    ("resnet_152", NetType::Resnet(ResnetDepth::D152)),
    (
        "mobilenet_v2_1.0",
        NetType::MobilenetV2(MobilenetWidth::W100),
    ),
    (
        "mobilenet_v2_0.75",
        NetType::MobilenetV2(MobilenetWidth::W75),
    ),
    (
        "mobilenet_v2_0.5",
        NetType::MobilenetV2(MobilenetWidth::W50),
    ),
    (
        "mobilenet_v2_0.35",
        NetType::MobilenetV2(MobilenetWidth::W35),
    ),
    (
        "efficientnet-b0",
        NetType::Efficientnet(EfficientnetSize::B0),
    ),
    (
        "efficientnet-b1",
        NetType::Efficientnet(EfficientnetSize::B1),
    ),
    (
        "efficientnet-b2",
        NetType::Efficientnet(EfficientnetSize::B2),
    ),
    (
        "efficientnet-b3",
        NetType::Efficientnet(EfficientnetSize::B3),
    ),
    (
        "efficientnet-b4",
        NetType::Efficientnet(EfficientnetSize::B4),
    ),
    (
        "efficientnet-b5",
        NetType::Efficientnet(EfficientnetSize::B5),
    ),
    (
        "efficientnet-b6",
        NetType::Efficientnet(EfficientnetSize::B6),
    ),
    ("hrnet_w18", NetType::Hrnet(HrnetWidth::W18)),
    ("hrnet_w32", NetType::Hrnet(HrnetWidth::W32)),
    ("hrnet_w48", NetType::Hrnet(HrnetWidth::W48)),
    ("cspnext_s", NetType::CspNext(CspNextSize::S)),
    ("cspnext_m", NetType::CspNext(CspNextSize::M)),
    ("cspnext_x", NetType::CspNext(CspNextSize::X)),
    ("rtmpose_s", NetType::Rtmpose(CspNextSize::S)),
    ("rtmpose_m", NetType::Rtmpose(CspNextSize::M)),
    ("rtmpose_x", NetType::Rtmpose(CspNextSize::X)),
    ("dekr_w18", NetType::Dekr(HrnetWidth::W18)),
    ("dekr_w32", NetType::Dekr(HrnetWidth::W32)),
    ("dekr_w48", NetType::Dekr(HrnetWidth::W48)),
    ("dlcrnet_stride16_ms5", NetType::Dlcrnet(DlcrnetStride::S16)),
    ("dlcrnet_stride32_ms5", NetType::Dlcrnet(DlcrnetStride::S32)),
    // The old name: it parses, but is not written.
    ("dlcrnet_ms5", NetType::Dlcrnet(DlcrnetStride::S16)),
    ("ctd_coam_w32", NetType::Ctd(CtdNet::CoamW32)),
    ("ctd_coam_w48", NetType::Ctd(CtdNet::CoamW48)),
    ("ctd_coam_w48_human", NetType::Ctd(CtdNet::CoamW48Human)),
    ("ctd_prenet_hrnet_w32", NetType::Ctd(CtdNet::PrenetHrnetW32)),
    ("ctd_prenet_hrnet_w48", NetType::Ctd(CtdNet::PrenetHrnetW48)),
    ("ctd_prenet_rtmpose_s", NetType::Ctd(CtdNet::PrenetRtmposeS)),
    ("ctd_prenet_rtmpose_m", NetType::Ctd(CtdNet::PrenetRtmposeM)),
    ("ctd_prenet_rtmpose_x", NetType::Ctd(CtdNet::PrenetRtmposeX)),
    (
        "ctd_prenet_rtmpose_x_human",
        NetType::Ctd(CtdNet::PrenetRtmposeXHuman),
    ),
    ("animaltokenpose_base", NetType::AnimalTokenPose),
];

impl NetType {
    /// Returns every network that DeepLabCut names.
    pub fn known() -> impl Iterator<Item = &'static Self> {
        NAMES
            .iter()
            .filter(|(name, net)| net.known_name() == Some(name))
            .map(|(_, net)| net)
    }

    /// Returns what stands for the network in a scorer name: `resnet50`, `mobnet_35`,
    /// `effnet_b0`, `dlcrnetms5` with TensorFlow; `Resnet50`, `CspnextS` with PyTorch.
    ///
    /// `multi_stage` is the key of that name in `pose_cfg.yaml`; PyTorch has none.
    ///
    /// # Errors
    ///
    /// Returns an error when DeepLabCut has no such label for its TensorFlow engine.
    pub fn scorer_label(
        &self,
        engine: Engine,
        multi_stage: bool,
    ) -> Result<String, ScorerLabelError> {
        let name = self.to_string();
        let label = match engine {
            Engine::PyTorch => Some(name.split('_').map(capitalized).collect()),
            Engine::TensorFlow => tensorflow_label(&name, multi_stage),
        };
        label.ok_or(ScorerLabelError { name })
    }

    fn known_name(&self) -> Option<&'static &'static str> {
        let mut names = NAMES.iter();
        names.find_map(|(name, net)| (net == self).then_some(name))
    }
}

/// As DeepLabCut's `get_scorer_name` shortens names, from text to text: a name that is unknown to
/// us but that it could shorten gives the same label.
fn tensorflow_label(name: &str, multi_stage: bool) -> Option<String> {
    if name.contains("resnet") {
        Some(if multi_stage {
            "dlcrnetms5".into()
        } else {
            name.replace('_', "")
        })
    } else if name.contains("mobilenet") {
        let multiplier: f64 = name.rsplit('_').next()?.trim().parse().ok()?;
        let percent = (multiplier * 100.0).trunc();
        percent.is_finite().then(|| format!("mobnet_{percent:.0}"))
    } else if name.contains("efficientnet") {
        Some(format!("effnet_{}", name.split('-').nth(1)?))
    } else {
        None
    }
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars.as_str().to_lowercase().chars()).collect()
}

impl fmt::Display for NetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(name) => f.write_str(name),
            known => f.write_str(known.known_name().expect("the table has every variant")),
        }
    }
}

impl From<&str> for NetType {
    fn from(name: &str) -> Self {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map_or_else(|| Self::Other(name.into()), |(_, net)| net.clone())
    }
}

impl FromStr for NetType {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(name.into())
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for NetType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for NetType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <String as serde::Deserialize>::deserialize(deserializer)?;
        Ok(name.as_str().into())
    }
}

/// An error returned when DeepLabCut has no label for a network in scorer names.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("network {name:?} has no label in scorer names of the TensorFlow engine")]
pub struct ScorerLabelError {
    name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_parses_from_its_own_name() {
        assert_eq!(NetType::known().count(), 38);
        for net in NetType::known() {
            assert_eq!(NetType::from(net.to_string().as_str()), *net);
        }
    }

    #[test]
    fn old_names_parse_to_the_networks_of_today() {
        let net = NetType::from("dlcrnet_ms5");

        assert_eq!(net.to_string(), "dlcrnet_stride16_ms5");
    }

    #[test]
    fn tensorflow_labels_are_short() {
        let label = |name: &str, multi_stage| {
            let net = NetType::from(name);
            net.scorer_label(Engine::TensorFlow, multi_stage)
        };

        assert_eq!(label("resnet_50", false).unwrap(), "resnet50");
        assert_eq!(label("resnet_50", true).unwrap(), "dlcrnetms5");
        assert_eq!(label("mobilenet_v2_1.0", true).unwrap(), "mobnet_100");
        assert_eq!(label("mobilenet_v2_0.29", false).unwrap(), "mobnet_28");
        assert_eq!(label("efficientnet-b6", false).unwrap(), "effnet_b6");
        assert_eq!(
            label("efficientnet_b6", false).unwrap_err().to_string(),
            "network \"efficientnet_b6\" has no label in scorer names of the TensorFlow engine"
        );
    }

    #[test]
    fn pytorch_labels_are_capitalized_words() {
        let label = |name: &str| {
            let net = NetType::from(name);
            net.scorer_label(Engine::PyTorch, false).unwrap()
        };

        assert_eq!(label("resnet_50"), "Resnet50");
        assert_eq!(label("dlcrnet_ms5"), "DlcrnetStride16Ms5");
        assert_eq!(
            label("ctd_prenet_rtmpose_x_human"),
            "CtdPrenetRtmposeXHuman"
        );
        assert_eq!(label("animaltokenpose_base"), "AnimaltokenposeBase");
    }
}
