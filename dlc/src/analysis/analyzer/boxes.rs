use std::path::Path;

use dlc_infer::{Boxes, Detector, DynamicBoxes, PoseEstimator};
use dlc_model::Weights;

use super::OpenAnalyzerError;
use crate::{AnalyzeOptions, analysis::AnalyzedModel};

/// Sets where a top-down model looks for the animal: in the boxes of its detector, or around the
/// animal in the frame before.
pub(super) fn set(
    estimator: &mut PoseEstimator,
    model: &AnalyzedModel,
    detector: Option<Weights>,
    options: &AnalyzeOptions<'_>,
) -> Result<(), OpenAnalyzerError> {
    let boxes = match (options.top_down_dynamic, detector) {
        (Some(dynamic), _) => Boxes::Dynamic(DynamicBoxes::new(dynamic)),
        (None, _) if !estimator.is_top_down() => return Ok(()),
        (None, Some(weights)) => {
            let snapshot = || model.detector_path().to_owned();
            let config = model.detector().map_err(|source| {
                let snapshot = snapshot();
                OpenAnalyzerError::Detector { snapshot, source }
            })?;
            let detector = Detector::load(&config, weights, &options.estimator);
            let detector = detector.map_err(|source| {
                let snapshot = snapshot();
                OpenAnalyzerError::Network { snapshot, source }
            })?;
            Boxes::Detector(Box::new(detector))
        }
        (None, None) => {
            let folder = model.snapshot_path().parent().unwrap_or(Path::new(""));
            return Err(OpenAnalyzerError::NoDetector {
                folder: folder.to_owned(),
            });
        }
    };
    Ok(estimator.set_boxes(boxes)?)
}
