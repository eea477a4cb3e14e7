use std::{fmt, str::FromStr};

/// The framework that trained a model.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Engine {
    /// TensorFlow: DeepLabCut 1 and 2, and 3 on request.
    TensorFlow,
    /// PyTorch: DeepLabCut 3.
    PyTorch,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TensorFlow => "tensorflow",
            Self::PyTorch => "pytorch",
        })
    }
}

/// Parses the spellings that DeepLabCut accepts: `tensorflow`, `tf`, `pytorch`, `torch`.
impl FromStr for Engine {
    type Err = ParseEngineError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name.to_lowercase().as_str() {
            "tensorflow" | "tf" => Ok(Self::TensorFlow),
            "pytorch" | "torch" => Ok(Self::PyTorch),
            _ => Err(ParseEngineError { name: name.into() }),
        }
    }
}

/// An error returned when a word does not name an engine.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unknown engine {name:?}: expected `tensorflow` or `pytorch`")]
pub struct ParseEngineError {
    name: String,
}
