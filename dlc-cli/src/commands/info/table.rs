use std::path::Path;

use anyhow::Result;
use dlc::{
    io::{CollectedData, DataFrame, Predictions, csv, h5},
    model::PoseTable,
};

use super::describe::{Found, names};

pub(super) fn of_h5(path: &Path) -> Result<Found> {
    let reader = h5::Reader::new(path);
    if let Ok(found) = reader.predictions() {
        return Ok(of_predictions(&found));
    }
    let labels = reader.collected_data().ok();
    match labels.filter(is_labels) {
        Some(labels) => Ok(of_labels(&labels)),
        None => Ok(of_any(&reader.data_frame()?)),
    }
}

pub(super) fn of_csv(path: &Path) -> Result<Found> {
    let reader = csv::Reader::new(path);
    if let Ok(found) = reader.predictions() {
        return Ok(of_predictions(&found));
    }
    let labels = reader.collected_data().ok();
    match labels.filter(is_labels) {
        Some(labels) => Ok(of_labels(&labels)),
        None => Ok(of_any(&reader.data_frame()?)),
    }
}

fn is_labels(labels: &CollectedData) -> bool {
    !labels.images.is_empty()
}

fn of_predictions(found: &Predictions) -> Found {
    Found::new("poses of one animal")
        .with("scorer", found.scorer.as_str())
        .with("frames", found.poses.len())
        .with("body parts", names(found.poses.bodyparts().iter()))
        .with_some("mean likelihood", mean_likelihood(&found.poses))
}

fn mean_likelihood(poses: &PoseTable) -> Option<f64> {
    let all = poses.rows().flatten().map(|keypoint| keypoint.likelihood);
    let (mut sum, mut count) = (0.0, 0_usize);
    for likelihood in all.filter(|likelihood| !likelihood.is_nan()) {
        sum += likelihood;
        count += 1;
    }
    // As many digits as a person reads.
    (count > 0).then(|| (1e4 * sum / count as f64).round() / 1e4)
}

fn of_labels(labels: &CollectedData) -> Found {
    Found::new("labels of people")
        .with("scorer", labels.scorer.as_str())
        .with("pictures", labels.images.len())
}

fn of_any(frame: &DataFrame) -> Found {
    let levels = frame.levels().iter().flatten();
    Found::new("a table")
        .with("rows", frame.len())
        .with("columns", frame.columns().len())
        .with("levels", names(levels))
}
