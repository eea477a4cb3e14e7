use std::{fs, path::Path};

use anyhow::Result;
use dlc::{
    io::project::{ModelRequest, Project},
    model::Engine,
};
use serde_json::{Value, json};

use super::describe::{Found, names};

pub(super) fn describe(config: &Path) -> Result<Found> {
    let project = Project::open(config)?;
    let content = project.config();
    let animals = content
        .multianimalproject
        .then(|| content.individuals.clone());
    Ok(Found::new("a project of DeepLabCut")
        .with("Task", content.task.as_str())
        .with("scorer", content.scorer.as_str())
        .with("date", content.date.as_str())
        .with_some("iteration", content.iteration)
        .with("several animals", content.multianimalproject)
        .with_some("individuals", animals)
        .with("body parts", bodyparts(&project))
        .with("videos", content.video_sets.len())
        .with("TrainingFraction", content.training_fractions.clone())
        .with("models", models(&project)))
}

fn bodyparts(project: &Project) -> Value {
    match project.config().tracked_bodyparts() {
        Ok(parts) => names(parts.iter()),
        Err(error) => error.to_string().into(),
    }
}

/// Lists the shuffles that were trained, of all training sets.
fn models(project: &Project) -> Vec<Value> {
    let fractions = project.config().training_fractions.len();
    let mut models = Vec::new();
    for shuffle in shuffles(project) {
        for trainingset_index in 0..u32::try_from(fractions).unwrap_or(0) {
            let request = ModelRequest {
                trainingset_index,
                ..ModelRequest::shuffle(shuffle)
            };
            // Not every shuffle is of every training set.
            let Ok(model) = project.resolve(&request) else {
                continue;
            };
            models.push(json!({
                "shuffle": shuffle,
                "trainingset_index": trainingset_index,
                "engine": model.engine.to_string(),
                "scorer": model.scorer.to_string(),
            }));
        }
    }
    models
}

/// Lists the numbers of shuffles that folders of models are named by.
fn shuffles(project: &Project) -> Vec<u32> {
    let iteration = project.config().iteration.unwrap_or(0);
    let mut shuffles: Vec<u32> = [Engine::TensorFlow, Engine::PyTorch]
        .into_iter()
        .flat_map(|engine| {
            let models = match engine {
                Engine::TensorFlow => "dlc-models",
                Engine::PyTorch => "dlc-models-pytorch",
            };
            let folder = project.root().join(models);
            fs::read_dir(folder.join(format!("iteration-{iteration}")))
        })
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let (_, number) = name.rsplit_once("shuffle")?;
            number.parse().ok()
        })
        .collect();
    shuffles.sort_unstable();
    shuffles.dedup();
    shuffles
}
