use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dlc_infer::{BatchStatistics, DynamicBoxesOptions};
use dlc_io::provenance::{Input, Provenance};
use dlc_model::Crop;

use super::{Analyzer, OpenAnalyzerError};
use crate::analysis::AnalyzedModel;

/// What is analysed, as far as the options do not tell.
pub(crate) struct Choices {
    pub(crate) crop: Option<Crop>,
    pub(crate) batch_size: usize,
    pub(crate) num_outputs: usize,
}

impl Analyzer<'_> {
    /// Returns the record of an analysis, without its video or its pictures. What does not change poses
    /// is not in it: the device, the progress, and a batch size on which nothing depends.
    pub(crate) fn provenance(&self, choices: &Choices) -> Provenance {
        let options = &self.options;
        let missing = self.estimator.report().missing.len();
        let dynamic = options
            .dynamic
            .map(|d| format!("{},{}", d.threshold, d.margin));
        let mut record = Provenance::now()
            .with_setting("scorer", self.model.scorer())
            .with_setting("engine", self.model.engine())
            .with_choice("crop", choices.crop.map(crop_text))
            .with_choice("dynamic", dynamic)
            .with_choice("top_down_dynamic", options.top_down_dynamic.map(box_text))
            .with_setting("num_outputs", choices.num_outputs)
            .with_setting(
                "statistics",
                statistics(options.estimator.statistics, choices.batch_size),
            )
            .with_setting("precision", options.estimator.precision)
            .with_choice("missing_weights", (missing > 0).then_some(missing));
        for (role, input) in &self.model_inputs {
            record = record.with_input(role, input.clone());
        }
        record
    }
}

fn statistics(of: BatchStatistics, batch_size: usize) -> String {
    match of {
        BatchStatistics::Frame => "frame".into(),
        BatchStatistics::Batch => format!("batches of {batch_size}"),
    }
}

/// Returns a crop in DeepLabCut's order.
pub(crate) fn crop_text(crop: Crop) -> String {
    let Crop {
        x_min,
        x_max,
        y_min,
        y_max,
    } = crop;
    format!("{x_min},{x_max},{y_min},{y_max}")
}

fn box_text(options: DynamicBoxesOptions) -> String {
    let DynamicBoxesOptions {
        patch_counts: [across, down],
        patch_overlap,
        min_bbox_size: [width, height],
        threshold,
        margin,
        min_hq_keypoints,
        bbox_from_hq,
    } = options;
    let of = if bbox_from_hq { "likely" } else { "all" };
    format!(
        "{threshold},{margin},{min_hq_keypoints} ({of} body parts, {across}x{down} patches \
         + {patch_overlap}, at least {width}x{height})"
    )
}

/// Takes the fingerprint of those pictures that are there, under the name of their folder.
pub(crate) fn images_input(folder: &Path, images: &[PathBuf]) -> io::Result<Input> {
    let there = images.iter().filter(|path| path.is_file()).cloned();
    Input::of_files(folder, &there.collect::<Vec<_>>())
}

/// Takes the fingerprints of a model's weights.
pub(super) fn model_inputs(
    model: &AnalyzedModel,
) -> Result<Vec<(&'static str, Input)>, OpenAnalyzerError> {
    let mut inputs = vec![("snapshot", weights(model.snapshot_path())?)];
    if let AnalyzedModel::OfProject(model) = model
        && let Some(detector) = &model.detector
    {
        inputs.push(("detector", weights(&detector.path)?));
    }
    Ok(inputs)
}

fn weights(path: &Path) -> Result<Input, OpenAnalyzerError> {
    let input = || match path.is_file() {
        true => Input::of_file(path),
        false => Input::of_files(path, &checkpoint_files(path)?),
    };
    input().map_err(|source| OpenAnalyzerError::Fingerprint {
        snapshot: path.into(),
        source,
    })
}

/// Lists the files of a checkpoint, all of which have this beginning. The `.meta`, which holds the
/// graph of the training, has no part in poses.
fn checkpoint_files(prefix: &Path) -> io::Result<Vec<PathBuf>> {
    let name = prefix.file_name().unwrap_or_default().to_string_lossy();
    let (index, data) = (format!("{name}.index"), format!("{name}.data-"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(prefix.parent().unwrap_or(Path::new(".")))? {
        let path = entry?.path();
        let found = path.file_name().unwrap_or_default().to_string_lossy();
        if *found == index || found.starts_with(&data) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
