use std::{fs, io, path::PathBuf};

use dlc_model::{Engine, NetType};

use super::Project;

/// A model that was exported from a project.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExportedModel {
    /// The framework that trained the model.
    pub engine: Engine,
    /// The network.
    pub net_type: NetType,
    /// The round of active learning.
    pub iteration: u32,
    /// The shuffle.
    pub shuffle: u32,
    /// The folder, from the root of the file system.
    pub folder: PathBuf,
    /// The models in it: `snapshot-{iterations}.pb` (TensorFlow) or `…_snapshot-{epochs}.pt`
    /// (PyTorch), sorted by name.
    pub files: Vec<PathBuf>,
}

impl Project {
    /// Lists the exported models of both engines, those of TensorFlow first, by name.
    ///
    /// Folders of other tasks and other names are passed over.
    ///
    /// # Errors
    ///
    /// Returns an error when a folder that exists cannot be read.
    pub fn exported_models(&self) -> io::Result<Vec<ExportedModel>> {
        let mut models = Vec::new();
        for engine in [Engine::TensorFlow, Engine::PyTorch] {
            let (folder, extension) = match engine {
                Engine::TensorFlow => ("exported-models", "pb"),
                Engine::PyTorch => ("exported-models-pytorch", "pt"),
            };
            for folder in sorted(self.root().join(folder))? {
                let name = folder.file_name().and_then(|name| name.to_str());
                let parts = name.and_then(|name| self.parse_exported(name));
                let Some((net_type, iteration, shuffle)) = parts.filter(|_| folder.is_dir()) else {
                    continue;
                };
                let mut files = sorted(folder.clone())?;
                files.retain(|file| file.extension().is_some_and(|end| end == extension));
                models.push(ExportedModel {
                    engine,
                    net_type,
                    iteration,
                    shuffle,
                    folder,
                    files,
                });
            }
        }
        Ok(models)
    }

    /// `DLC_{task}_{net_type}_iteration-{i}_shuffle-{n}`
    fn parse_exported(&self, name: &str) -> Option<(NetType, u32, u32)> {
        let rest = name
            .strip_prefix("DLC_")?
            .strip_prefix(self.config().task.as_str())?;
        let (rest, shuffle) = rest.rsplit_once("_shuffle-")?;
        let (net_type, iteration) = rest.rsplit_once("_iteration-")?;
        let net_type = net_type.strip_prefix('_')?;
        Some((
            net_type.into(),
            iteration.parse().ok()?,
            shuffle.parse().ok()?,
        ))
    }
}

/// Returns what lies in a folder, sorted; nothing when there is no such folder.
fn sorted(folder: PathBuf) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
