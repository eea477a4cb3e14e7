use std::fmt;

use crate::{Engine, ScorerName, Snapshot, TrainingFraction};

/// The key of a trained model: task, date, iteration, shuffle, training set index and snapshot
/// index.
///
/// The index −1 is "the last snapshot", which is another one when training has gone on. What is
/// stored beside data is the resolved [`ModelIdentity`].
///
/// # Examples
///
/// ```
/// use dlc_model::ModelKey;
///
/// let key = ModelKey {
///     task: "openfield".into(),
///     date: "Oct30".into(),
///     iteration: 0,
///     shuffle: 1,
///     trainingset_index: 0,
///     snapshot_index: -1,
/// };
/// let retrained = ModelKey { iteration: 1, ..key.clone() };
///
/// assert!(key < retrained);
/// assert!(key.may_share_scorer(&retrained)); // a scorer name has no iteration
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ModelKey {
    /// The task of the project.
    pub task: String,
    /// The date of the project, e.g., `Oct30`.
    pub date: String,
    /// The round of active learning.
    pub iteration: u32,
    /// The shuffle.
    pub shuffle: u32,
    /// The place of the training fraction in the project's list.
    pub trainingset_index: u32,
    /// The place of the snapshot in the order of training, or from the end when negative.
    pub snapshot_index: i64,
}

impl ModelKey {
    /// Returns whether the models of two different keys may have the same scorer name.
    ///
    /// A scorer name has the task and the date (one behind the other, so that their border does
    /// not count) and the shuffle, and of the snapshot only how long it was trained.
    pub fn may_share_scorer(&self, other: &Self) -> bool {
        let project = |key: &Self| format!("{}{}", key.task, key.date);
        self != other && self.shuffle == other.shuffle && project(self) == project(other)
    }
}

impl fmt::Display for ModelKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            task,
            date,
            iteration,
            shuffle,
            trainingset_index,
            snapshot_index,
        } = self;
        write!(
            f,
            "{task}{date}, iteration {iteration}, shuffle {shuffle}, training set \
             {trainingset_index}, snapshot {snapshot_index}"
        )
    }
}

/// A model with all that its key leaves open: fit to be stored beside data.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "serde_impl::Stored"))]
pub struct ModelIdentity {
    /// The key, as it was asked for.
    pub key: ModelKey,
    /// The framework that trained the model.
    pub engine: Engine,
    /// The share of the labelled frames that trained the model.
    pub training_fraction: TrainingFraction,
    /// The snapshot that the index stood for.
    pub snapshot: Snapshot,
    /// The label under which results are stored.
    pub scorer: ScorerName,
}

impl ModelIdentity {
    /// Returns whether two different models store their results under the same name.
    pub fn shares_scorer(&self, other: &Self) -> bool {
        self != other && self.scorer.to_string() == other.scorer.to_string()
    }
}

/// Returns the models with a scorer name: one, when the name is as good as a key.
pub fn models_with_scorer<'a>(
    models: &'a [ModelIdentity],
    scorer: &str,
) -> impl Iterator<Item = &'a ModelIdentity> {
    let scorer = scorer.to_owned();
    models
        .iter()
        .filter(move |model| model.scorer.to_string() == scorer || model.scorer.legacy() == scorer)
}

#[cfg(feature = "serde")]
mod serde_impl {
    use super::{Engine, ModelIdentity, ModelKey, ScorerName, Snapshot, TrainingFraction};
    /// A [`ModelIdentity`] whose scorer is a text. Its project tells where the task ends.
    #[derive(serde::Deserialize)]
    pub(super) struct Stored {
        key: ModelKey,
        engine: Engine,
        training_fraction: TrainingFraction,
        snapshot: Snapshot,
        scorer: String,
    }

    impl TryFrom<Stored> for ModelIdentity {
        type Error = String;

        fn try_from(stored: Stored) -> Result<Self, Self::Error> {
            let ModelKey { task, date, .. } = &stored.key;
            let scorer = ScorerName::of_project(&stored.scorer, task, date);
            let scorer = scorer.or_else(|_| stored.scorer.parse());
            Ok(Self {
                scorer: scorer.map_err(|error| format!("{error}: {}", error.kind()))?,
                key: stored.key,
                engine: stored.engine,
                training_fraction: stored.training_fraction,
                snapshot: stored.snapshot,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(iteration: u32, iterations: u64) -> ModelIdentity {
        let snapshot = Snapshot::TensorFlow {
            training_iterations: iterations,
        };
        ModelIdentity {
            key: ModelKey {
                task: "openfield".into(),
                date: "Oct30".into(),
                iteration,
                shuffle: 1,
                trainingset_index: 0,
                snapshot_index: -1,
            },
            engine: Engine::TensorFlow,
            training_fraction: TrainingFraction::new(0.95).unwrap(),
            snapshot,
            scorer: ScorerName::new("resnet50", "openfield", "Oct30", 1, snapshot),
        }
    }

    #[test]
    fn models_of_two_iterations_share_a_scorer() {
        let models = [identity(0, 1000), identity(1, 1000), identity(1, 2000)];

        assert!(models[0].shares_scorer(&models[1]));
        assert!(!models[0].shares_scorer(&models[2]));
        assert!(!models[0].shares_scorer(&models[0]));

        let scorer = "DLC_resnet50_openfieldOct30shuffle1_1000";
        assert_eq!(models_with_scorer(&models, scorer).count(), 2);
    }

    #[test]
    fn the_border_of_task_and_date_does_not_count() {
        let key = identity(0, 1).key;
        let other = ModelKey {
            task: "openfieldOct".into(),
            date: "30".into(),
            ..key.clone()
        };

        assert!(key.may_share_scorer(&other));
        assert!(!key.may_share_scorer(&key));
    }
}
