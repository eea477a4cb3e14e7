use std::path::Path;

use anyhow::Result;
use dlc::io::{Limits, WeightsFormat, project::ExportedModel};

use super::describe::{Found, names};

/// An exported model: its folder or its configuration.
pub(super) fn describe(path: &Path) -> Result<Found> {
    let model = ExportedModel::open(path, &Limits::default())?;
    Ok(Found::new("an exported model")
        .with("network", model.network.net_type.to_string())
        .with("body parts", names(model.network.bodyparts.iter())))
}

/// Weights alone, or an exported model in a file.
pub(super) fn of_weights(path: &Path, format: &WeightsFormat) -> Found {
    match describe(path) {
        Ok(found) => found.with("weights", format.to_string()),
        Err(_) => Found::new("the weights of a model").with("format", format.to_string()),
    }
}
