use serde::{Deserialize, Serialize};

use crate::{Boundaries, ParameterError, ScaleRule};

/// Where the scale of a recording comes from: from its apparatus, never from a parameter set.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum CalibrationSource {
    /// The size of the arena, which the path must fill.
    Arena {
        /// Along `x`, in mm.
        width_mm: f64,
        /// Along `y`, in mm.
        height_mm: f64,
    },
    /// A known scale.
    Known {
        /// The size of a pixel, in mm.
        mm_per_px: f64,
    },
    /// None is needed: positions are in mm already (`is_calibrated`).
    IsCalibrated,
}

impl CalibrationSource {
    /// Creates the source for a square arena, e.g., 800 mm for `Square80`.
    pub const fn square(side_mm: f64) -> Self {
        Self::Arena {
            width_mm: side_mm,
            height_mm: side_mm,
        }
    }

    /// Returns the scale for a path with these boundaries.
    ///
    /// # Errors
    ///
    /// Returns an error when a size is not a positive number or when the path has no extent.
    pub fn calibrate(
        self,
        boundaries: Boundaries,
        rule: ScaleRule,
    ) -> Result<Calibration, CalibrateError> {
        let scale = match self {
            Self::IsCalibrated => [1.0; 2],
            Self::Known { mm_per_px } => {
                positive("mm_per_px", mm_per_px)?;
                [mm_per_px; 2]
            }
            Self::Arena {
                width_mm,
                height_mm,
            } => {
                positive("width_mm", width_mm)?;
                positive("height_mm", height_mm)?;
                let extent = [boundaries.width(), boundaries.height()];
                let scale = rule.scale([width_mm, height_mm], extent);
                if !scale.iter().all(|scale| scale.is_finite() && *scale > 0.0) {
                    return Err(CalibrateError::NoExtent { extent });
                }
                scale
            }
        };
        Ok(Calibration {
            mm_per_px: scale,
            boundaries,
        })
    }
}

fn positive(name: &'static str, value: f64) -> Result<(), CalibrateError> {
    let good = value > 0.0 && value.is_finite();
    ParameterError::unless(good, name, "a positive number", value).map_err(CalibrateError::Size)
}

impl ScaleRule {
    fn scale(self, arena: [f64; 2], extent: [f64; 2]) -> [f64; 2] {
        let ratio = [arena[0] / extent[0], arena[1] / extent[1]];
        match self {
            Self::SumOfExtents => [(arena[0] + arena[1]) / (extent[0] + extent[1]); 2],
            Self::MeanOfRatios => [(ratio[0] + ratio[1]) / 2.0; 2],
            Self::Width => [ratio[0]; 2],
            Self::Height => [ratio[1]; 2],
            Self::PerAxis => ratio,
        }
    }
}

/// How px became mm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// The factor along `x` and along `y`, in mm per px.
    pub mm_per_px: [f64; 2],
    /// The boundaries that it was computed from, in px.
    pub boundaries: Boundaries,
}

impl Calibration {
    /// Returns the one factor of both axes, which is what the table stores, or `None` when they
    /// differ.
    pub fn single(&self) -> Option<f64> {
        let [x, y] = self.mm_per_px;
        (x == y).then_some(x)
    }

    /// Returns how much the two extents of the path differ, as a part of the larger one. More
    /// than 0.05 in a square arena says that it was not walked to all of its walls.
    pub fn extent_mismatch(&self) -> f64 {
        let [a, b] = [self.boundaries.width(), self.boundaries.height()];
        (a - b).abs() / a.max(b)
    }

    /// Returns which part of the box within the boundaries was visited, in [0, 1]: of its 10 by
    /// 10 cells. Less than 0.8 is too little to trust a scale that comes from the arena.
    pub fn coverage<const D: usize>(&self, positions_px: &[[f64; D]]) -> f64 {
        let mut visited = [[false; 10]; 10];
        let Boundaries { left, bottom, .. } = self.boundaries;
        for position in positions_px {
            if let [x, y, ..] = position[..] {
                let x = cell((x - left) / self.boundaries.width());
                let y = cell((y - bottom) / self.boundaries.height());
                if let (Some(x), Some(y)) = (x, y) {
                    visited[y][x] = true;
                }
            }
        }
        visited.iter().flatten().filter(|cell| **cell).count() as f64 / 100.0
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the fraction is in [0, 1]"
)]
fn cell(fraction: f64) -> Option<usize> {
    (0.0..=1.0)
        .contains(&fraction)
        .then(|| ((fraction * 10.0) as usize).min(9))
}

/// An error returned when a recording cannot be scaled to mm.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CalibrateError {
    /// A size is not a positive number.
    #[error("the scale of the recording is not known")]
    Size(#[source] ParameterError),
    /// The path has no extent to compare with the arena.
    #[error(
        "the path cannot be compared with the arena: it reaches over {} px by {} px",
        extent[0], extent[1]
    )]
    NoExtent {
        /// Its width and height; NaN without any position.
        extent: [f64; 2],
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Boundaries = Boundaries {
        left: 0.0,
        right: 100.0,
        bottom: 10.0,
        top: 60.0,
    };

    #[test]
    fn each_rule_has_its_scale() {
        let scale = |rule| {
            let source = CalibrationSource::Arena {
                width_mm: 300.0,
                height_mm: 100.0,
            };
            source.calibrate(BOX, rule).unwrap().mm_per_px
        };

        assert_eq!(scale(ScaleRule::PerAxis), [3.0, 2.0]);
        assert_eq!(scale(ScaleRule::MeanOfRatios), [2.5; 2]);
        assert_eq!(scale(ScaleRule::SumOfExtents), [400.0 / 150.0; 2]);
        assert_eq!(scale(ScaleRule::Width), [3.0; 2]);
        assert_eq!(scale(ScaleRule::Height), [2.0; 2]);
    }

    #[test]
    fn sizes_and_paths_that_tell_nothing_are_refused() {
        let rule = ScaleRule::default();
        assert!(CalibrationSource::square(0.0).calibrate(BOX, rule).is_err());
        assert!(
            CalibrationSource::square(f64::NAN)
                .calibrate(BOX, rule)
                .is_err()
        );
        let line = Boundaries { right: 0.0, ..BOX };
        let per_axis = ScaleRule::PerAxis;
        let error = CalibrationSource::square(1.0).calibrate(line, per_axis);
        assert_eq!(
            error.unwrap_err().to_string(),
            "the path cannot be compared with the arena: it reaches over 0 px by 50 px"
        );
    }

    #[test]
    fn a_path_along_one_wall_covers_a_tenth() {
        let source = CalibrationSource::IsCalibrated;
        let calibration = source.calibrate(BOX, ScaleRule::default()).unwrap();
        let path: Vec<[f64; 2]> = (0..=100).map(|x| [f64::from(x), 10.0]).collect();

        assert_eq!(calibration.coverage(&path), 0.1);
        assert_eq!(calibration.extent_mismatch(), 0.5);
        assert_eq!(calibration.single(), Some(1.0));
    }
}
