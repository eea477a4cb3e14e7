use std::path::{Path, PathBuf};

use dlc_model::{
    ConfigFieldError, Engine, Method, ModelIdentity, ModelKey, NetType, NetworkConfig, PoseConfig,
    ProjectConfig, PytorchConfig, RuntimeConfig, ScorerName, Snapshot, SnapshotIndex,
    TrainingFraction, Value,
};

use super::{
    Project, ResolveModelError, ResolveModelErrorKind, SnapshotFile, detector_snapshots,
    error::names_in, snapshots,
};
use crate::yaml;

type Kind = ResolveModelErrorKind;

/// Which model of a project is meant.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct ModelRequest {
    /// The shuffle.
    pub shuffle: u32,
    /// The place of the training fraction in the list of `config.yaml`.
    pub trainingset_index: u32,
    /// The snapshot, or `None` for the one that `config.yaml` says.
    pub snapshot_index: Option<SnapshotIndex>,
    /// The snapshot of a top-down model's detector, or `None` for the one that `config.yaml` says.
    pub detector_snapshot_index: Option<SnapshotIndex>,
    /// Whether a top-down model is meant without its detector: with boxes from elsewhere, as with
    /// DeepLabCut's `top_down_dynamic`. The name of the results has no detector then.
    pub without_detector: bool,
    /// The folder before the folder of the models, or empty.
    pub modelprefix: String,
}

impl ModelRequest {
    /// Asks for a shuffle, with the first training fraction and the snapshot of `config.yaml`.
    pub fn shuffle(shuffle: u32) -> Self {
        Self {
            shuffle,
            ..Self::default()
        }
    }
}

/// A model of a project, found on disk.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedModel {
    /// The key, with the snapshot index that was asked for.
    ///
    /// `best` is its place, and `all` is −1, as for DeepLabCut's analyses.
    pub key: ModelKey,
    /// The framework that trained the model.
    pub engine: Engine,
    /// The share of the labelled frames that trained the model.
    pub training_fraction: TrainingFraction,
    /// The folder of the model, from the root of the file system.
    pub model_folder: PathBuf,
    /// The snapshot that the index stands for now.
    pub snapshot: Snapshot,
    /// With TensorFlow, the path that the files of the snapshot begin with; with PyTorch, the
    /// file.
    pub snapshot_path: PathBuf,
    /// The snapshot of the detector of a top-down model, or `None` when there is none or none is
    /// asked for.
    pub detector: Option<SnapshotFile>,
    /// The name of the results, as DeepLabCut's `get_scorer_name`.
    pub scorer: ScorerName,
    /// What a crate that runs networks must know. Its body parts are those of the model, which
    /// need not be those of `config.yaml` today.
    pub network: NetworkConfig,
    /// The file with the configuration of the model: `test/pose_cfg.yaml` (TensorFlow) or
    /// `train/pytorch_config.yaml` (PyTorch).
    pub config_path: PathBuf,
    /// That file as it was read.
    pub config_value: Value,
}

impl ResolvedModel {
    /// Returns what identifies the model beside data.
    pub fn identity(&self) -> ModelIdentity {
        ModelIdentity {
            key: self.key.clone(),
            engine: self.engine,
            training_fraction: self.training_fraction,
            snapshot: self.snapshot,
            scorer: self.scorer.clone(),
        }
    }

    /// Returns the configuration that DeepLabCut stores in the `_meta.pickle` of an analysis: of
    /// PyTorch the file as it is, of TensorFlow [`PoseConfig::runtime_value`].
    ///
    /// # Errors
    ///
    /// Returns an error when the configuration is not a dictionary.
    pub fn stored_config(
        &self,
        batch_size: u32,
        num_outputs: u32,
    ) -> Result<Value, ConfigFieldError> {
        if self.engine == Engine::PyTorch {
            return Ok(self.config_value.clone());
        }
        let snapshot_prefix = self.config_path.with_file_name("snapshot");
        let runtime = RuntimeConfig {
            snapshot_prefix: &snapshot_prefix.to_string_lossy(),
            init_weights: &self.snapshot_path.to_string_lossy(),
            batch_size,
            num_outputs,
        };
        PoseConfig::runtime_value(&self.config_value, &runtime)
    }
}

impl Project {
    /// Finds a model.
    ///
    /// # Errors
    ///
    /// Returns an error that says what was looked for, where, and what is there instead; also
    /// when the model is one that cannot be run here.
    pub fn resolve(&self, request: &ModelRequest) -> Result<ResolvedModel, ResolveModelError> {
        self.found(request)
            .and_then(|found| self.resolved(request, found))
            .map_err(|kind| self.error(request, kind))
    }

    /// Returns the name of a model's results, as DeepLabCut's `get_scorer_name`, also of a model
    /// that cannot be run here.
    ///
    /// # Errors
    ///
    /// Returns an error that says what was looked for, where, and what is there instead.
    pub fn scorer_name(&self, request: &ModelRequest) -> Result<ScorerName, ResolveModelError> {
        self.found(request)
            .map(|found| found.scorer)
            .map_err(|kind| self.error(request, kind))
    }

    /// Returns the engine that trained a shuffle, as DeepLabCut's `get_shuffle_engine`.
    ///
    /// `metadata.yaml` of the training data knows it since DeepLabCut 3. A shuffle that is not in
    /// it has the engine of the folder where its model lies; when both engines have one, the
    /// `engine` of `config.yaml` decides (DeepLabCut takes either). Without a `metadata.yaml`, a
    /// shuffle with a `Documentation_data-….pickle` was made by DeepLabCut 2, for TensorFlow.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no such shuffle, naming those that exist.
    pub fn engine(&self, request: &ModelRequest) -> Result<Engine, ResolveModelError> {
        self.fraction(request.trainingset_index)
            .and_then(|fraction| self.engine_of(fraction, request.shuffle, &request.modelprefix))
            .map_err(|kind| self.error(request, kind))
    }

    fn error(&self, request: &ModelRequest, kind: Kind) -> ResolveModelError {
        ResolveModelError {
            project: self.root().into(),
            shuffle: request.shuffle,
            trainingset_index: request.trainingset_index,
            kind: Box::new(kind),
        }
    }

    fn fraction(&self, trainingset_index: u32) -> Result<TrainingFraction, Kind> {
        let fractions = &self.config().training_fractions;
        let fraction = fractions.get(trainingset_index as usize);
        let fraction = fraction.ok_or_else(|| Kind::NoTrainingSet {
            fractions: fractions.clone(),
        })?;
        TrainingFraction::new(*fraction).map_err(Kind::Fraction)
    }

    fn found(&self, request: &ModelRequest) -> Result<Found, Kind> {
        let training_fraction = self.fraction(request.trainingset_index)?;
        let ModelRequest {
            shuffle,
            modelprefix,
            ..
        } = request;
        let engine = self.engine_of(training_fraction, *shuffle, modelprefix)?;
        let folder = self.model_folder(engine, training_fraction, *shuffle, modelprefix);
        let model_folder = self.root().join(folder.ok_or(Kind::NoIteration)?);
        let train = model_folder.join("train");
        let index = match request.snapshot_index {
            Some(index) => index,
            None => self.needed("snapshotindex")?.snapshotindex,
        };
        let trained = match engine {
            Engine::TensorFlow => tensorflow_net(&train)?,
            Engine::PyTorch => self.pytorch_net(&train, request)?,
        };
        let (snapshot, snapshot_index) = choose(&train, engine, index)?;
        let config = self.config();
        let scorer = ScorerName::new(
            trained.label,
            &config.task,
            &config.date,
            *shuffle,
            snapshot.snapshot,
        );
        Ok(Found {
            engine,
            training_fraction,
            model_folder,
            snapshot,
            snapshot_index,
            scorer: scorer.with_detector(trained.detector.as_ref().map(|file| file.snapshot)),
            detector: trained.detector,
        })
    }

    fn resolved(&self, request: &ModelRequest, found: Found) -> Result<ResolvedModel, Kind> {
        let config_path = found.model_folder.join(match found.engine {
            Engine::TensorFlow => "test/pose_cfg.yaml",
            Engine::PyTorch => "train/pytorch_config.yaml",
        });
        let config_value = read(&config_path)?;
        let config = self.config();
        Ok(ResolvedModel {
            key: ModelKey {
                task: config.task.clone(),
                date: config.date.clone(),
                iteration: config.iteration.ok_or(Kind::NoIteration)?,
                shuffle: request.shuffle,
                trainingset_index: request.trainingset_index,
                snapshot_index: found.snapshot_index,
            },
            network: network(found.engine, &config_path, &config_value)?,
            engine: found.engine,
            training_fraction: found.training_fraction,
            model_folder: found.model_folder,
            snapshot: found.snapshot.snapshot,
            snapshot_path: found.snapshot.path,
            detector: found.detector,
            scorer: found.scorer,
            config_path,
            config_value,
        })
    }

    /// Returns what stands in `config.yaml`, if the field is what it must be.
    pub(super) fn needed(&self, field: &str) -> Result<&ProjectConfig, Kind> {
        let config = self.config();
        let checked = config
            .check(&[field])
            .map_err(in_config(self.config_path()));
        checked.map(|()| config)
    }

    fn pytorch_net(&self, train: &Path, request: &ModelRequest) -> Result<Trained, Kind> {
        let path = train.join("pytorch_config.yaml");
        let config = PytorchConfig::try_from(&read(&path)?).map_err(in_config(&path))?;
        let detector = match config.method {
            Method::TopDown if !request.without_detector => {
                let index = match request.detector_snapshot_index {
                    Some(index) => index,
                    None => {
                        self.needed("detector_snapshotindex")?
                            .detector_snapshotindex
                    }
                };
                choose_detector(train, index)?
            }
            _ => None,
        };
        Ok(Trained {
            label: label(&config.net_type, Engine::PyTorch, false, &path)?,
            detector,
        })
    }
}

/// A model whose configuration has not been looked at.
struct Found {
    engine: Engine,
    training_fraction: TrainingFraction,
    model_folder: PathBuf,
    snapshot: SnapshotFile,
    snapshot_index: i64,
    detector: Option<SnapshotFile>,
    scorer: ScorerName,
}

/// What the training adds to the name of the results.
struct Trained {
    label: String,
    detector: Option<SnapshotFile>,
}

/// The configuration of the training, and not that of the test, knows `multi_stage`.
fn tensorflow_net(train: &Path) -> Result<Trained, Kind> {
    let path = train.join("pose_cfg.yaml");
    let config = read(&path)?;
    let net_type = config.get("net_type").and_then(Value::as_str);
    let net_type = net_type.ok_or_else(|| {
        let found = config.get("net_type").unwrap_or(&Value::None).summary();
        in_config(&path)(ConfigFieldError::new("net_type", "a text", found))
    })?;
    let multi_stage = config.get("multi_stage").and_then(Value::as_bool);
    let net_type = NetType::from(net_type);
    Ok(Trained {
        label: label(
            &net_type,
            Engine::TensorFlow,
            multi_stage.unwrap_or(false),
            &path,
        )?,
        detector: None,
    })
}

fn label(net: &NetType, engine: Engine, multi_stage: bool, path: &Path) -> Result<String, Kind> {
    let path = || path.to_owned();
    net.scorer_label(engine, multi_stage)
        .map_err(|source| Kind::Label {
            path: path(),
            source,
        })
}

fn network(engine: Engine, path: &Path, value: &Value) -> Result<NetworkConfig, Kind> {
    let network = match engine {
        Engine::TensorFlow => PoseConfig::try_from(value)
            .map_err(in_config(path))?
            .network(),
        Engine::PyTorch => PytorchConfig::try_from(value)
            .map_err(in_config(path))?
            .network(),
    };
    network.map_err(|source| Kind::Network {
        path: path.into(),
        source,
    })
}

fn in_config(path: &Path) -> impl Fn(ConfigFieldError) -> Kind {
    move |source| Kind::Config {
        path: path.into(),
        source,
    }
}

fn read(path: &Path) -> Result<Value, Kind> {
    match path.exists() {
        true => yaml::read(path).map_err(Kind::Yaml),
        false => Err(Kind::missing(path.into())),
    }
}

fn choose(train: &Path, engine: Engine, index: SnapshotIndex) -> Result<(SnapshotFile, i64), Kind> {
    let mut files = snapshots(train, engine).map_err(|source| Kind::Folder {
        path: train.into(),
        source,
    })?;
    if files.is_empty() {
        return Err(Kind::NoSnapshots {
            folder: train.into(),
            existing: names_in(train),
        });
    }
    match position(&files, index) {
        Some((position, index)) => Ok((files.swap_remove(position), index)),
        None => Err(Kind::NoSuchSnapshot {
            index,
            folder: train.into(),
            existing: files.iter().map(|file| file.snapshot.file_stem()).collect(),
        }),
    }
}

/// As DeepLabCut, a top-down model without the detector's snapshot has none in its name.
fn choose_detector(train: &Path, index: SnapshotIndex) -> Result<Option<SnapshotFile>, Kind> {
    let mut files = detector_snapshots(train).map_err(|source| Kind::Folder {
        path: train.into(),
        source,
    })?;
    Ok(position(&files, index).map(|(position, _)| files.swap_remove(position)))
}

/// Returns the place of a snapshot and the index that leads to it.
fn position(files: &[SnapshotFile], index: SnapshotIndex) -> Option<(usize, i64)> {
    match index {
        SnapshotIndex::Index(i) => Some((index.position(files.len())?, i)),
        SnapshotIndex::All => Some((files.len().checked_sub(1)?, -1)),
        SnapshotIndex::Best => {
            let is_best =
                |file: &SnapshotFile| matches!(file.snapshot, Snapshot::PyTorch { best: true, .. });
            let position = files.iter().rposition(is_best)?;
            Some((position, i64::try_from(position).ok()?))
        }
    }
}
