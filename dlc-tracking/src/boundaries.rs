use serde::{Deserialize, Serialize};

use crate::ParameterError;

/// How far a path reaches: a box in the plane of the first two axes, in the unit of the path.
///
/// `bottom` is the smallest `y` and `top` the largest, whichever way `y` points, as in the tables
/// of the pipeline: in a picture `bottom` is above `top`. NaN without any position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundaries {
    /// The smallest `x`.
    pub left: f64,
    /// The largest `x`.
    pub right: f64,
    /// The smallest `y`.
    pub bottom: f64,
    /// The largest `y`.
    pub top: f64,
}

impl Boundaries {
    /// Returns the box that leaves out a fraction of the samples on each of its sides.
    ///
    /// Quantiles are those of numpy's `percentile`: linear between two samples. 0 is the smallest
    /// and the largest sample.
    pub fn of<const D: usize>(positions: &[[f64; D]], quantile: BoundaryQuantile) -> Self {
        let [[left, right], [bottom, top]] = match quantile.0 {
            0.0 => extremes(positions),
            fraction => [0, 1].map(|axis| reach(positions, axis, fraction)),
        };
        Self {
            left,
            right,
            bottom,
            top,
        }
    }

    /// Returns the extent along `x`.
    pub fn width(self) -> f64 {
        self.right - self.left
    }

    /// Returns the extent along `y`.
    pub fn height(self) -> f64 {
        self.top - self.bottom
    }

    /// Returns the box where each corner was moved.
    pub(crate) fn map(self, corner: impl Fn([f64; 2]) -> [f64; 2]) -> Self {
        let [a, b] = [[self.left, self.bottom], [self.right, self.top]].map(corner);
        Self {
            left: a[0].min(b[0]),
            right: a[0].max(b[0]),
            bottom: a[1].min(b[1]),
            top: a[1].max(b[1]),
        }
    }
}

/// The fraction of samples that lie beyond each side of the [`Boundaries`], in [0, 0.5).
///
/// Default: 0, the smallest and the largest sample. No source fixes it; the published boundaries
/// look like those of a small fraction.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct BoundaryQuantile(f64);

impl BoundaryQuantile {
    /// Creates a fraction.
    ///
    /// # Errors
    ///
    /// Returns an error when it is not in [0, 0.5).
    pub fn new(fraction: f64) -> Result<Self, ParameterError> {
        let good = (0.0..0.5).contains(&fraction);
        let expected = "a number from 0 to less than 0.5";
        ParameterError::unless(good, "boundary_quantile", expected, fraction)?;
        Ok(Self(fraction + 0.0))
    }

    /// Returns the fraction.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for BoundaryQuantile {
    type Error = ParameterError;

    fn try_from(fraction: f64) -> Result<Self, Self::Error> {
        Self::new(fraction)
    }
}

impl From<BoundaryQuantile> for f64 {
    fn from(quantile: BoundaryQuantile) -> Self {
        quantile.0
    }
}

/// Returns the smallest and the largest value of the first two coordinates.
fn extremes<const D: usize>(positions: &[[f64; D]]) -> [[f64; 2]; 2] {
    // Several samples at once, of which none waits for another.
    const LANES: usize = 4;
    let mut lows = [[f64::INFINITY; D]; LANES];
    let mut highs = [[f64::NEG_INFINITY; D]; LANES];
    // A comparison with NaN is false.
    let mut widen = |lane: usize, position: &[f64; D]| {
        for (axis, &value) in position.iter().enumerate() {
            let (low, high) = (&mut lows[lane][axis], &mut highs[lane][axis]);
            *low = if value < *low { value } else { *low };
            *high = if value > *high { value } else { *high };
        }
    };
    let (chunks, rest) = positions.as_chunks::<LANES>();
    for chunk in chunks {
        (0..LANES).for_each(|lane| widen(lane, &chunk[lane]));
    }
    rest.iter().for_each(|position| widen(0, position));
    std::array::from_fn(|axis| {
        let of_axis =
            |ends: &[[f64; D]; LANES]| ends.map(|end| *end.get(axis).unwrap_or(&f64::NAN));
        let low = of_axis(&lows).into_iter().fold(f64::INFINITY, f64::min);
        let high = of_axis(&highs)
            .into_iter()
            .fold(f64::NEG_INFINITY, f64::max);
        if low <= high {
            [low, high]
        } else {
            [f64::NAN; 2]
        }
    })
}

/// Returns the low and the high quantile of a coordinate.
fn reach<const D: usize>(positions: &[[f64; D]], axis: usize, fraction: f64) -> [f64; 2] {
    let present = positions.iter().filter_map(|position| position.get(axis));
    let mut values: Vec<f64> = present.copied().filter(|value| !value.is_nan()).collect();
    [fraction, 1.0 - fraction].map(|fraction| quantile(&mut values, fraction))
}

/// Returns a quantile of numbers, which it reorders; NaN when there is none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is between 0 and the number of values"
)]
fn quantile(values: &mut [f64], fraction: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let place = (values.len() - 1) as f64 * fraction;
    let below = place.floor() as usize;
    let (_, &mut low, above) = values.select_nth_unstable_by(below, f64::total_cmp);
    let high = above.iter().copied().fold(f64::INFINITY, f64::min);
    match place - below as f64 {
        0.0 => low,
        part => low + (high - low) * part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_samples() {
        let mut values = [4.0, 1.0, 3.0, 2.0];

        assert_eq!(quantile(&mut values, 0.25), 1.75);
        assert_eq!(quantile(&mut values, 1.0), 4.0);
        assert!(quantile(&mut [], 0.5).is_nan());
    }

    #[test]
    fn a_fraction_of_half_or_more_leaves_no_box() {
        assert!(BoundaryQuantile::new(0.5).is_err());
        assert!(BoundaryQuantile::new(f64::NAN).is_err());
        assert!(serde_json::from_str::<BoundaryQuantile>("-0.1").is_err());
    }

    #[test]
    fn missing_positions_do_not_count_and_none_has_no_box() {
        let path = [[f64::NAN; 2], [1.0, 5.0], [3.0, 2.0]];
        let found = Boundaries::of(&path, BoundaryQuantile::default());

        assert_eq!((found.width(), found.height()), (2.0, 3.0));
        assert!(
            Boundaries::of(&path[..1], BoundaryQuantile::default())
                .left
                .is_nan()
        );
    }
}
