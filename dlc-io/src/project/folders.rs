use std::path::{Path, PathBuf};

use dlc_model::{Engine, TrainingFraction, Value};

use super::Project;

/// Returns the folder of the models of an engine: `dlc-models`, `dlc-models-pytorch`.
pub(super) fn models(engine: Engine) -> &'static str {
    match engine {
        Engine::TensorFlow => "dlc-models",
        Engine::PyTorch => "dlc-models-pytorch",
    }
}

fn results(engine: Engine) -> &'static str {
    match engine {
        Engine::TensorFlow => "evaluation-results",
        Engine::PyTorch => "evaluation-results-pytorch",
    }
}

/// Folders and files, from the root of the project.
impl Project {
    /// Returns the folder of a model, as DeepLabCut's `get_model_folder`.
    ///
    /// `modelprefix` is a folder before it, or empty. Returns `None` when `config.yaml` has no
    /// `iteration`.
    pub fn model_folder(
        &self,
        engine: Engine,
        fraction: TrainingFraction,
        shuffle: u32,
        modelprefix: &str,
    ) -> Option<PathBuf> {
        self.shuffle_folder(modelprefix, models(engine), fraction, shuffle)
    }

    /// Returns the folder of a shuffle in the current iteration, below `first`.
    fn shuffle_folder(
        &self,
        modelprefix: &str,
        first: &str,
        fraction: TrainingFraction,
        shuffle: u32,
    ) -> Option<PathBuf> {
        let folder = Path::new(modelprefix).join(first).join(self.iteration()?);
        Some(folder.join(self.shuffle_name(fraction, shuffle)))
    }

    /// Returns the folder with the evaluation of a model, as DeepLabCut's
    /// `get_evaluation_folder`.
    ///
    /// The key `eval_prefix` of `config.yaml` replaces the name of the first folder. Returns
    /// `None` when there is no `iteration`.
    pub fn evaluation_folder(
        &self,
        engine: Engine,
        fraction: TrainingFraction,
        shuffle: u32,
        modelprefix: &str,
    ) -> Option<PathBuf> {
        let prefix = self.config().other("eval_prefix").and_then(Value::as_str);
        let first = prefix.unwrap_or(results(engine));
        self.shuffle_folder(modelprefix, first, fraction, shuffle)
    }

    /// Returns the folder of the training data, as DeepLabCut's `get_training_set_folder`, or
    /// `None` when `config.yaml` has no `iteration`.
    pub fn training_set_folder(&self) -> Option<PathBuf> {
        let name = format!("UnaugmentedDataSet_{}", self.name());
        Some(
            PathBuf::from("training-datasets")
                .join(self.iteration()?)
                .join(name),
        )
    }

    /// Returns the file with the labels of a shuffle, as DeepLabCut's
    /// `get_data_and_metadata_filenames`.
    pub fn label_file(&self, fraction: TrainingFraction, shuffle: u32) -> Option<PathBuf> {
        let config = self.config();
        let percent = fraction.percent();
        let name = format!(
            "{}_{}{percent}shuffle{shuffle}.mat",
            config.task, config.scorer
        );
        Some(self.training_set_folder()?.join(name))
    }

    /// Returns the file that says which frames train and which test, as DeepLabCut's
    /// `get_data_and_metadata_filenames`.
    pub fn documentation_file(&self, fraction: TrainingFraction, shuffle: u32) -> Option<PathBuf> {
        let percent = fraction.percent();
        let task = &self.config().task;
        let name = format!("Documentation_data-{task}_{percent}shuffle{shuffle}.pickle");
        Some(self.training_set_folder()?.join(name))
    }

    /// Returns the name of the folder of a shuffle, e.g., `openfieldOct30-trainset95shuffle1`.
    pub fn shuffle_name(&self, fraction: TrainingFraction, shuffle: u32) -> String {
        format!(
            "{}-trainset{}shuffle{shuffle}",
            self.name(),
            fraction.percent()
        )
    }

    /// The task and the date, one behind the other.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.config().task, self.config().date)
    }

    pub(super) fn iteration(&self) -> Option<String> {
        Some(format!("iteration-{}", self.config().iteration?))
    }
}
