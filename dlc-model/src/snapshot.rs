use std::{cmp::Ordering, fmt, str::FromStr};

use crate::{Engine, Value, field::FromValue};

/// The saved weights of a model, as the names of their files tell them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Snapshot {
    /// TensorFlow: `snapshot-50000.index` and its neighbours.
    TensorFlow {
        /// How many iterations the model was trained for.
        training_iterations: u64,
    },
    /// PyTorch: `snapshot-200.pt` or `snapshot-best-190.pt`.
    PyTorch {
        /// How many epochs the model was trained for.
        epochs: u64,
        /// Whether this was the best model of its training.
        best: bool,
    },
}

impl Snapshot {
    /// Returns the framework that made the snapshot.
    pub fn engine(&self) -> Engine {
        match self {
            Self::TensorFlow { .. } => Engine::TensorFlow,
            Self::PyTorch { .. } => Engine::PyTorch,
        }
    }

    /// Returns how long the model was trained: iterations (TensorFlow) or epochs (PyTorch).
    pub fn training_steps(&self) -> u64 {
        match *self {
            Self::TensorFlow {
                training_iterations,
            } => training_iterations,
            Self::PyTorch { epochs, .. } => epochs,
        }
    }

    /// Returns the name that DeepLabCut gives the file, without what follows the last dot:
    /// `snapshot-50000`, `snapshot-050`, `snapshot-best-190`.
    pub fn file_stem(&self) -> String {
        match self {
            Self::TensorFlow {
                training_iterations,
            } => format!("snapshot-{training_iterations}"),
            Self::PyTorch { epochs, best } => {
                let best = if *best { "best-" } else { "" };
                format!("snapshot-{best}{epochs:03}")
            }
        }
    }
}

/// How a scorer name ends: `50000` (TensorFlow), `200` or `best-190` (PyTorch).
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TensorFlow {
                training_iterations,
            } => write!(f, "{training_iterations}"),
            Self::PyTorch { epochs, best: true } => write!(f, "best-{epochs}"),
            Self::PyTorch {
                epochs,
                best: false,
            } => write!(f, "{epochs}"),
        }
    }
}

/// In the order of DeepLabCut's lists: by training, the best one of PyTorch last.
impl Ord for Snapshot {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |snapshot: &Self| match *snapshot {
            Self::TensorFlow {
                training_iterations,
            } => (Engine::TensorFlow, false, training_iterations),
            Self::PyTorch { epochs, best } => (Engine::PyTorch, best, epochs),
        };
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Snapshot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Which of the snapshots of a model is meant.
///
/// Only a resolved [`Snapshot`] is fit to be stored beside data: the last one moves when
/// training goes on.
///
/// # Examples
///
/// ```
/// use dlc_model::SnapshotIndex;
///
/// let index: SnapshotIndex = "-1".parse()?;
///
/// assert_eq!(index, SnapshotIndex::LAST);
/// assert_eq!(index.position(3), Some(2));
/// assert_eq!(SnapshotIndex::Index(3).position(3), None);
/// # Ok::<(), dlc_model::ParseSnapshotIndexError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SnapshotIndex {
    /// The n-th in the order of training, or from the end when negative.
    Index(i64),
    /// The best one of a training with PyTorch.
    Best,
    /// All of them: for evaluations. Analyses take the last one instead, as DeepLabCut does.
    All,
}

impl SnapshotIndex {
    /// The last snapshot: with PyTorch the best one, when there is one.
    pub const LAST: Self = Self::Index(-1);

    /// Returns the place of the snapshot in a list of `len`, or `None` when it has no such place
    /// or when this is not an index.
    pub fn position(self, len: usize) -> Option<usize> {
        let Self::Index(index) = self else {
            return None;
        };
        let len = i64::try_from(len).ok()?;
        let position = if index < 0 {
            len + index.max(-len - 1)
        } else {
            index
        };
        (0..len)
            .contains(&position)
            .then(|| position.try_into().ok())?
    }
}

impl Default for SnapshotIndex {
    fn default() -> Self {
        Self::LAST
    }
}

impl From<i64> for SnapshotIndex {
    fn from(index: i64) -> Self {
        Self::Index(index)
    }
}

impl fmt::Display for SnapshotIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Best => f.write_str("best"),
            Self::All => f.write_str("all"),
        }
    }
}

impl FromStr for SnapshotIndex {
    type Err = ParseSnapshotIndexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            "best" => Ok(Self::Best),
            _ => match text.parse() {
                Ok(index) => Ok(Self::Index(index)),
                Err(_) => Err(ParseSnapshotIndexError { text: text.into() }),
            },
        }
    }
}

impl From<SnapshotIndex> for Value {
    fn from(index: SnapshotIndex) -> Self {
        match index {
            SnapshotIndex::Index(index) => index.into(),
            other => other.to_string().into(),
        }
    }
}

impl FromValue for SnapshotIndex {
    const EXPECTED: &'static str = "an integer, `all` or `best`";

    fn from_value(value: &Value) -> Option<Self> {
        match value.as_str() {
            Some(text) => text.parse().ok(),
            None => i64::from_value(value).map(Self::Index),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for SnapshotIndex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from(*self).serialize(serializer)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for SnapshotIndex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = <Value as serde::Deserialize>::deserialize(deserializer)?;
        Self::from_value(&value).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "expected {}, found {}",
                Self::EXPECTED,
                value.summary()
            ))
        })
    }
}

/// An error returned when a text does not say which snapshot is meant.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid snapshot index {text:?}: expected an integer, `all` or `best`")]
pub struct ParseSnapshotIndexError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negative_indices_count_from_the_end() {
        assert_eq!(SnapshotIndex::Index(-3).position(3), Some(0));
        assert_eq!(SnapshotIndex::Index(-4).position(3), None);
        assert_eq!(SnapshotIndex::Index(i64::MIN).position(3), None);
        assert_eq!(SnapshotIndex::Index(0).position(0), None);
        assert_eq!(SnapshotIndex::All.position(3), None);
    }

    #[test]
    fn the_best_snapshot_of_pytorch_comes_last() {
        let plain = |epochs| Snapshot::PyTorch {
            epochs,
            best: false,
        };
        let best = Snapshot::PyTorch {
            epochs: 90,
            best: true,
        };
        let mut snapshots = [best, plain(200), plain(100)];

        snapshots.sort();

        assert_eq!(snapshots, [plain(100), plain(200), best]);
    }

    #[test]
    fn files_are_named_with_three_digits_but_scorers_are_not() {
        let snapshot = Snapshot::PyTorch {
            epochs: 7,
            best: true,
        };

        assert_eq!(snapshot.file_stem(), "snapshot-best-007");
        assert_eq!(snapshot.to_string(), "best-7");
    }
}
