//! Steps that clean and describe tracks, each usable alone, on slices.
//!
//! A track is a slice of positions `[f64; D]` in any number of dimensions, and NaN is missing. The
//! steps work on each coordinate; where one coordinate is missing and another is not, each is
//! treated by itself. [`scalars`] lends a slice of numbers as a track of one dimension.
//!
//! Parameters are small records that can be stored. They are checked when they are made or read,
//! so that no step can fail; a step panics only when slices that belong together differ in
//! length, and says so.
//!
//! | step | what |
//! |---|---|
//! | [`LikelihoodMask`] | missing where the network was not sure |
//! | [`JumpRemoval`] | missing where the track jumps away and back |
//! | [`GapFilling`] | missing samples by interpolation |
//! | [`Smoothing`] | [`Gaussian`], [`Rolling`] median or mean, [`SavitzkyGolay`], [`Kalman`] |
//! | [`kinematics`] | velocity, speed, acceleration, angular velocity, heading, length of a path |
//! | [`pairs`] | distances, directions and joint angles between body parts, egocentric positions |
//! | [`Region`] | visits to a rectangle, a circle or a polygon, and their time |
//! | [`activity`] | walking, standing, immobility |
//! | [`occupancy`] | the time in each place and in each direction |

mod edges;
mod gaps;
mod gaussian;
mod jumps;
mod kalman;
mod likelihood;
mod number;
mod region;
mod rolling;
mod savitzky_golay;
mod smoothing;
mod span;

pub mod activity;
pub mod kinematics;
pub mod occupancy;
pub mod pairs;

pub use self::{
    edges::Edges,
    gaps::{Ends, GapFilling, Interpolation},
    gaussian::Gaussian,
    jumps::JumpRemoval,
    kalman::Kalman,
    likelihood::{Cutoff, LikelihoodMask, PartCutoffs, adaptive_cutoff},
    number::{NonNegative, NumberError, Positive},
    region::{Circle, Polygon, PolygonError, Rectangle, Region},
    rolling::{Rolling, Statistic},
    savitzky_golay::{Degree, FitEdges, MissingInFit, SavitzkyGolay},
    smoothing::Smoothing,
    span::Span,
};

/// Lends numbers as a track of one dimension.
///
/// # Examples
///
/// ```
/// use dlc_tracking::{steps::{self, Gaussian, Span}, time::Clock};
///
/// let times_s = [0.0, 0.1, 0.2, 0.3];
/// let mut speed_mm_per_s = [0.0, 10.0, 10.0, 0.0];
/// let smoothing = Gaussian::new(Span::samples(1.0)?);
///
/// smoothing.apply(steps::scalars(&mut speed_mm_per_s), Clock::new(&times_s)?);
///
/// assert!(speed_mm_per_s[0] > 2.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scalars(numbers: &mut [f64]) -> &mut [[f64; 1]] {
    numbers.as_chunks_mut().0
}
