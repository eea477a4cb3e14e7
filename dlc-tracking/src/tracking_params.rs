use serde::{Deserialize, Serialize};

use crate::{
    BoundaryQuantile,
    steps::{NonNegative, NumberError, Span, kinematics::Difference},
};

/// How a raw state becomes a processed one: a row of `TrackingParams`, and the choices that no
/// source fixes.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrackingParams {
    /// The sigma of the Gaussian that smooths positions. Default: none.
    pub sigma_tracking: Span,
    /// The sigma of the Gaussian that smooths speeds. Default: none.
    pub sigma_speed: Span,
    /// The sigma of the Gaussian that smooths head angles, by sine and cosine. Default: none.
    pub sigma_angle: Span,
    /// Whether the path is turned so that the walls of the box are along the axes; head angles
    /// turn with it. Default: no.
    pub rotate: bool,
    /// Which positions tell how far it is turned. Default: smoothed ones.
    pub rotate_by: RotateBy,
    /// The point that stays when the path is turned. Default: the middle of the box.
    pub pivot: Pivot,
    /// What comes first. Default: smoothing.
    pub order: ProcessingOrder,
    /// The fraction of samples beyond each boundary. Default: 0.
    pub boundary_quantile: BoundaryQuantile,
    /// How the size of the arena becomes a scale. Default: one scale, from both extents.
    pub scale: ScaleRule,
    /// Where the origin is. Default: the corner of the smallest `x` and `y`.
    pub origin: Origin,
    /// Whether `y` points the other way afterwards; the path looks the same. Default: no.
    pub flip_y: bool,
    /// How speed is taken, from smoothed positions. Default: from the sample before.
    pub speed: Difference,
}

impl TrackingParams {
    /// Creates the parameters of a row of `TrackingParams`, where sigmas are in samples.
    ///
    /// # Errors
    ///
    /// Returns an error when a sigma is negative or not finite.
    pub fn from_samples(
        sigma_tracking: f64,
        sigma_speed: f64,
        sigma_angle: f64,
        rotate: bool,
    ) -> Result<Self, NumberError> {
        Ok(Self {
            sigma_tracking: Span::samples(sigma_tracking)?,
            sigma_speed: Span::samples(sigma_speed)?,
            sigma_angle: Span::samples(sigma_angle)?,
            rotate,
            ..Self::default()
        })
    }
}

impl Default for TrackingParams {
    fn default() -> Self {
        let none = Span::Samples(NonNegative::default());
        Self {
            sigma_tracking: none,
            sigma_speed: none,
            sigma_angle: none,
            rotate: false,
            rotate_by: RotateBy::default(),
            pivot: Pivot::default(),
            order: ProcessingOrder::default(),
            boundary_quantile: BoundaryQuantile::default(),
            scale: ScaleRule::default(),
            origin: Origin::default(),
            flip_y: false,
            speed: Difference::default(),
        }
    }
}

/// Which positions tell how far the box is turned.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RotateBy {
    /// Smoothed ones.
    #[default]
    Smoothed,
    /// Raw ones.
    Raw,
}

/// The point about which a path is turned.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pivot {
    /// The middle of the smallest rectangle around the path.
    #[default]
    BoxCenter,
    /// The mean position.
    Mean,
}

/// What comes first, smoothing or calibration: whether boundaries are those of the smoothed or of
/// the raw path.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessingOrder {
    /// Smoothing.
    #[default]
    SmoothFirst,
    /// Calibration.
    CalibrateFirst,
}

/// How the size of an arena and the extents of a path become a scale.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleRule {
    /// One scale: the sum of the two sizes by the sum of the two extents.
    #[default]
    SumOfExtents,
    /// One scale: the mean of the two ratios.
    MeanOfRatios,
    /// One scale, from the width.
    Width,
    /// One scale, from the height.
    Height,
    /// A scale for each axis. Head angles stay those of the picture.
    PerAxis,
}

/// Where the origin of a processed path is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The corner of the smallest `x` and `y` of the boundaries.
    #[default]
    Corner,
    /// The middle of the boundaries.
    Center,
    /// That of the raw path.
    Kept,
}
