use std::{convert::Infallible, fmt, str::FromStr};

/// The architecture of a network, as `net_type` names it.
///
/// Every name parses: one that is not known here is [`NetType::Other`], and the crates that run
/// networks refuse it by name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NetType {
    /// `mobilenet_v2_1.0`, `…_0.75`, `…_0.5`, `…_0.35` (TensorFlow).
    MobilenetV2(MobilenetWidth),
    /// `cspnext_s`, `…_m`, `…_x` (PyTorch).
    CspNext(CspNextSize),
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

impl fmt::Display for NetType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MobilenetV2(MobilenetWidth::W100) => "mobilenet_v2_1.0",
            Self::MobilenetV2(MobilenetWidth::W75) => "mobilenet_v2_0.75",
            Self::MobilenetV2(MobilenetWidth::W50) => "mobilenet_v2_0.5",
            Self::MobilenetV2(MobilenetWidth::W35) => "mobilenet_v2_0.35",
            Self::CspNext(CspNextSize::S) => "cspnext_s",
            Self::CspNext(CspNextSize::M) => "cspnext_m",
            Self::CspNext(CspNextSize::X) => "cspnext_x",
            Self::Other(name) => name,
        })
    }
}

impl From<&str> for NetType {
    fn from(name: &str) -> Self {
        match name {
            "mobilenet_v2_1.0" => Self::MobilenetV2(MobilenetWidth::W100),
            "mobilenet_v2_0.75" => Self::MobilenetV2(MobilenetWidth::W75),
            "mobilenet_v2_0.5" => Self::MobilenetV2(MobilenetWidth::W50),
            "mobilenet_v2_0.35" => Self::MobilenetV2(MobilenetWidth::W35),
            "cspnext_s" => Self::CspNext(CspNextSize::S),
            "cspnext_m" => Self::CspNext(CspNextSize::M),
            "cspnext_x" => Self::CspNext(CspNextSize::X),
            _ => Self::Other(name.into()),
        }
    }
}

impl FromStr for NetType {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(name.into())
    }
}
