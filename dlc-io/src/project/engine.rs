use std::path::Path;

use dlc_model::{Engine, TrainingFraction, Value};

use super::{Project, ResolveModelErrorKind, error::names_in};
use crate::yaml;

type Kind = ResolveModelErrorKind;

impl Project {
    /// Returns the engine that trained a shuffle, as DeepLabCut's `get_shuffle_engine`.
    ///
    /// `metadata.yaml` of the training data knows it since DeepLabCut 3. A shuffle that is not in
    /// it has the engine of the folder where its model lies. Without a `metadata.yaml`, a shuffle
    /// with a `Documentation_data-….pickle` was made by DeepLabCut 2, i.e., for TensorFlow.
    ///
    /// When both engines have a folder, the `engine` of `config.yaml` decides; DeepLabCut takes
    /// either.
    pub(super) fn engine_of(
        &self,
        fraction: TrainingFraction,
        shuffle: u32,
        modelprefix: &str,
    ) -> Result<Engine, Kind> {
        let folder = self.training_set_folder().ok_or(Kind::NoIteration)?;
        let metadata = self.root().join(folder).join("metadata.yaml");
        let known = match metadata.exists() {
            true => engine_in(&metadata, fraction, shuffle)?,
            false => self.documented(fraction, shuffle),
        };
        let known = match known {
            Some(engine) => Some(engine),
            None => self.engine_of_folder(fraction, shuffle, modelprefix)?,
        };
        known.ok_or_else(|| self.no_shuffle(fraction, shuffle, modelprefix))
    }

    fn documented(&self, fraction: TrainingFraction, shuffle: u32) -> Option<Engine> {
        let file = self.documentation_file(fraction, shuffle)?;
        self.root()
            .join(file)
            .exists()
            .then_some(Engine::TensorFlow)
    }

    fn engine_of_folder(
        &self,
        fraction: TrainingFraction,
        shuffle: u32,
        modelprefix: &str,
    ) -> Result<Option<Engine>, Kind> {
        let exists = |engine| {
            let folder = self.model_folder(engine, fraction, shuffle, modelprefix);
            folder.is_some_and(|folder| self.root().join(folder).exists())
        };
        match [Engine::PyTorch, Engine::TensorFlow].map(exists) {
            [true, true] => Ok(Some(self.needed("engine")?.engine)),
            [true, false] => Ok(Some(Engine::PyTorch)),
            [false, true] => Ok(Some(Engine::TensorFlow)),
            [false, false] => Ok(None),
        }
    }

    fn no_shuffle(&self, fraction: TrainingFraction, shuffle: u32, modelprefix: &str) -> Kind {
        let engines = [Engine::TensorFlow, Engine::PyTorch];
        let folders = engines.map(|engine| {
            let folder = self.model_folder(engine, fraction, shuffle, modelprefix);
            self.root().join(folder.unwrap_or_default())
        });
        let begin = format!("{}-trainset", self.name());
        let mut existing = Vec::new();
        for folder in folders.iter().filter_map(|folder| folder.parent()) {
            existing.extend(
                names_in(folder)
                    .into_iter()
                    .filter(|name| name.starts_with(&begin)),
            );
        }
        let [tensorflow, pytorch] = folders;
        Kind::NoShuffle {
            tensorflow,
            pytorch,
            existing,
        }
    }
}

/// Looks a shuffle up in a `metadata.yaml`.
fn engine_in(
    path: &Path,
    fraction: TrainingFraction,
    shuffle: u32,
) -> Result<Option<Engine>, Kind> {
    let metadata = yaml::read(path).map_err(Kind::Yaml)?;
    let invalid = |field: String, expected, found: Option<&Value>| Kind::Metadata {
        path: path.into(),
        field,
        expected,
        found: found.map_or("nothing".into(), Value::summary),
    };
    let shuffles = metadata.get("shuffles");
    let entries = shuffles
        .and_then(Value::as_dict)
        .ok_or_else(|| invalid("shuffles".into(), "a dictionary", shuffles))?;
    for (name, entry) in entries {
        let is_it = entry.get("index").and_then(Value::as_int) == Some(shuffle.into())
            && entry.get("train_fraction").and_then(Value::as_float) == Some(fraction.get());
        if is_it {
            let engine = entry.get("engine");
            let known = engine
                .and_then(Value::as_str)
                .and_then(|name| name.parse().ok());
            let field = format!("shuffles.{}.engine", name.as_str().unwrap_or_default());
            return known
                .map(Some)
                .ok_or_else(|| invalid(field, "`tensorflow` or `pytorch`", engine));
        }
    }
    Ok(None)
}
