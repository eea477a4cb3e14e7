mod series;
mod window;

use serde::{Deserialize, Serialize};

use self::{
    series::{Angles, Series},
    window::Window,
};
use super::{Edges, Span};
use crate::{angle, time::Clock};

/// Smoothing with a Gaussian kernel, as scipy's `gaussian_filter1d`.
///
/// The kernel reaches four sigma to either side, rounded to whole samples, but never
/// further than the track is long. Missing samples do not spread: the weights of those that are
/// there are scaled to a sum of 1.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Gaussian {
    /// The standard deviation of the kernel; 0 changes nothing.
    pub sigma: Span,
    /// What is beyond the first and the last sample.
    #[serde(default)]
    pub edges: Edges,
    /// Whether a missing sample takes the mean of those around it; it stays missing otherwise.
    #[serde(default)]
    pub fill_missing: bool,
}

impl Gaussian {
    /// Creates a smoothing that reflects at the edges and leaves the missing missing.
    pub const fn new(sigma: Span) -> Self {
        Self {
            sigma,
            edges: Edges::Reflect,
            fill_missing: false,
        }
    }

    /// Smooths the coordinates of a track.
    ///
    /// # Examples
    ///
    /// The result matches `scipy.ndimage.gaussian_filter1d(x, 1)`:
    ///
    /// ```
    /// use dlc_tracking::{steps::{self, Gaussian, Span}, time::Clock};
    ///
    /// let times_s = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    /// let mut x = [0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0];
    ///
    /// Gaussian::new(Span::samples(1.0)?).apply(steps::scalars(&mut x), Clock::new(&times_s)?);
    ///
    /// assert!((x[3] - 3.9899700160594365).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        let kernel = half_kernel(self.sigma.at(clock.rate_hz()), positions.len());
        if kernel.len() > 1 {
            self.smooth(positions, &kernel);
        }
    }

    /// Smooths angles by their unit vectors; the result is in [0, 2π).
    ///
    /// Numbers would be wrong: the mean of 6.2 and 0.1 is not 3.15.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each angle.
    pub fn apply_to_angles(&self, angles: &mut [f64], clock: Clock<'_>) {
        assert_eq!(angles.len(), clock.len(), "one time for each angle");
        let kernel = half_kernel(self.sigma.at(clock.rate_hz()), angles.len());
        match kernel.len() {
            1 => angles.iter_mut().for_each(|a| *a = angle::wrap(*a)),
            _ => self.smooth(&mut Angles(angles), &kernel),
        }
    }

    fn smooth<const D: usize>(&self, series: &mut (impl Series<D> + ?Sized), kernel: &[f64]) {
        let (len, radius) = (series.len(), kernel.len() - 1);
        let mut windows = Window::around_start(series, radius, self.edges);
        let mut smoothed = [[0.0; BLOCK]; D];
        for start in (0..len).step_by(BLOCK) {
            let block = BLOCK.min(len - start);
            Window::advance(&mut windows, series, start, block);
            for (window, smoothed) in windows.iter().zip(&mut smoothed) {
                convolve(window, kernel, self.fill_missing, &mut smoothed[..block]);
            }
            series.write(start, smoothed.each_ref().map(|column| &column[..block]));
        }
    }
}

/// Returns the weights of a kernel from its middle on; the whole kernel has the sum 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "scipy cuts it off too; the cast saturates, and what is large is cut to the limit"
)]
fn half_kernel(sigma: f64, limit: usize) -> Vec<f64> {
    let radius = ((TRUNCATE * sigma + 0.5) as usize).min(limit);
    let weight = |at: usize| (-0.5 / (sigma * sigma) * (at * at) as f64).exp();
    let mut kernel: Vec<f64> = match radius {
        0 => vec![1.0],
        _ => (0..=radius).map(weight).collect(),
    };
    let sum = kernel[0] + 2.0 * kernel[1..].iter().rev().sum::<f64>();
    kernel.iter_mut().for_each(|weight| *weight /= sum);
    kernel
}

const TRUNCATE: f64 = 4.0;

/// How many samples are smoothed at once: few enough to stay in the first cache.
const BLOCK: usize = 256;

fn convolve(window: &Window, kernel: &[f64], fill_missing: bool, smoothed: &mut [f64]) {
    let radius = kernel.len() - 1;
    let places = smoothed.len() + 2 * radius;
    weighted_sums(&window.values[..places], kernel, smoothed);
    let Some(present) = window.mask_of(places) else {
        return;
    };
    let mut weights = [0.0; BLOCK];
    let weights = &mut weights[..smoothed.len()];
    weighted_sums(present, kernel, weights);
    for ((sum, weight), present) in smoothed.iter_mut().zip(weights).zip(&present[radius..]) {
        let missing = *present == 0.0 && !fill_missing || *weight == 0.0;
        *sum = if missing { f64::NAN } else { *sum / *weight };
    }
}

/// How many sums are kept in registers.
const LANES: usize = 8;

/// Writes the sums of values around each place, weighted by a symmetric kernel.
fn weighted_sums(values: &[f64], kernel: &[f64], sums: &mut [f64]) {
    let (len, radius) = (sums.len(), kernel.len() - 1);
    let (lanes, rest) = sums.as_chunks_mut::<LANES>();
    for (chunk, sums) in lanes.iter_mut().enumerate() {
        *sums = weighted_sum(&values[chunk * LANES..][..LANES + 2 * radius], kernel);
    }
    let first = len - rest.len();
    for (at, sum) in rest.iter_mut().enumerate() {
        [*sum] = weighted_sum(&values[first + at..][..1 + 2 * radius], kernel);
    }
}

/// Returns the weighted sums of `N` neighbours; the values reach as far to either side as the
/// kernel.
fn weighted_sum<const N: usize>(values: &[f64], kernel: &[f64]) -> [f64; N] {
    let before = values.windows(N);
    let radius = kernel.len() - 1;
    let mut sums = [0.0; N];
    for (sum, value) in sums.iter_mut().zip(&values[radius..]) {
        *sum = kernel[0] * value;
    }
    // From the outermost of either side inwards.
    let pairs = before.clone().zip(before.rev());
    for ((before, after), weight) in pairs.zip(kernel[1..].iter().rev()) {
        for ((sum, before), after) in sums.iter_mut().zip(before).zip(after) {
            *sum += weight * (before + after);
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::scalars;

    fn smooth(numbers: &[f64], gaussian: Gaussian) -> Vec<f64> {
        let times_s: Vec<f64> = (0..numbers.len()).map(|at| at as f64).collect();
        let mut smoothed = numbers.to_vec();
        gaussian.apply(scalars(&mut smoothed), Clock::new(&times_s).unwrap());
        smoothed
    }

    fn sigma(samples: f64) -> Gaussian {
        Gaussian::new(Span::samples(samples).unwrap())
    }

    #[test]
    fn a_kernel_has_the_sum_one() {
        for sigma in [0.5, 1.0, 7.3] {
            let kernel = half_kernel(sigma, 1000);
            let sum = 2.0 * kernel.iter().sum::<f64>() - kernel[0];
            assert!((sum - 1.0).abs() < 1e-15);
        }
        assert_eq!(half_kernel(1e300, 10).len(), 11);
        assert_eq!(half_kernel(0.1, 10), [1.0]);
    }

    // Source: opexebo 0.7.2, general.smooth.
    #[test]
    fn missing_samples_do_not_spread_and_are_filled_when_asked() {
        let x = [0.0, 0.0, 0.0, f64::NAN, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0];
        let filling = Gaussian {
            fill_missing: true,
            ..sigma(1.0)
        };

        let filled = smooth(&x, filling);
        let kept = smooth(&x, sigma(1.0));

        assert!((filled[3] - 0.0008906358573052763).abs() < 1e-15);
        assert!((filled[4] - 0.02409245519042901).abs() < 1e-15);
        assert!(kept[3].is_nan() && kept[4] == filled[4]);
    }

    /// The definition: the whole track for each sample.
    fn defined(x: &[f64], gaussian: Gaussian) -> Vec<f64> {
        let kernel = half_kernel(gaussian.sigma.at(1.0), x.len());
        let reach = (kernel.len() - 1).cast_signed();
        let around = |at: usize| {
            let [mut sum, mut weight] = [0.0; 2];
            for away in -reach..=reach {
                let sample = gaussian.edges.sample(at.cast_signed() + away, x.len());
                if let Some(value) = sample.map(|s| x[s]).filter(|v| v.is_finite()) {
                    sum += kernel[away.unsigned_abs()] * value;
                    weight += kernel[away.unsigned_abs()];
                }
            }
            let missing = !x[at].is_finite() && !gaussian.fill_missing;
            if missing { f64::NAN } else { sum / weight }
        };
        (0..x.len()).map(around).collect()
    }

    #[test]
    fn blocks_do_not_show() {
        let lens = [1, 2, 7, 8, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5];
        let all_edges = [
            Edges::Reflect,
            Edges::Mirror,
            Edges::Nearest,
            Edges::Wrap,
            Edges::Missing,
        ];
        for len in lens {
            for (sigma_samples, gap) in [(1.0, 5), (2.0, 260), (70.0, 40), (150.0, 300)] {
                let at = |at: usize| ((at * at) % 97) as f64;
                let mut x: Vec<f64> = (0..len).map(at).collect();
                x.iter_mut().skip(250).take(gap).for_each(|v| *v = f64::NAN);
                for (edges, fill_missing) in all_edges.map(|e| [(e, false), (e, true)]).concat() {
                    let gaussian = Gaussian {
                        edges,
                        fill_missing,
                        ..sigma(sigma_samples)
                    };
                    let pairs = smooth(&x, gaussian).into_iter().zip(defined(&x, gaussian));
                    for (found, expected) in pairs {
                        let near = (found - expected).abs() < 1e-9;
                        assert!(near || found.is_nan() && expected.is_nan(), "{gaussian:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_constant_stays_whatever_is_missing() {
        let mut track = vec![7.0; 2000];
        track[..3].fill(f64::NAN);
        track[1100..1300].fill(f64::NAN);

        for edges in [
            Edges::Reflect,
            Edges::Mirror,
            Edges::Nearest,
            Edges::Wrap,
            Edges::Missing,
        ] {
            let smoothed = smooth(
                &track,
                Gaussian {
                    edges,
                    ..sigma(5.0)
                },
            );
            for (before, after) in track.iter().zip(&smoothed) {
                assert!(before.is_nan() == after.is_nan());
                assert!(before.is_nan() || (after - 7.0).abs() < 1e-12);
            }
        }
    }

    // Source: scipy 1.17.1, gaussian_filter1d of sine and cosine.
    #[test]
    fn angles_are_smoothed_around_zero() {
        let mut angles = [6.1, 6.2, 0.05, 0.1, 0.2, 6.25, 6.2];
        let times_s = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

        sigma(1.0).apply_to_angles(&mut angles, Clock::new(&times_s).unwrap());

        assert!((angles[0] - 6.144488339532187).abs() < 1e-12);
        assert!((angles[2] - 0.02401094003547737).abs() < 1e-12);
    }

    #[test]
    fn the_kernel_may_be_longer_than_the_track() {
        assert_eq!(smooth(&[1.0], sigma(50.0)), [1.0]);
        assert!(smooth(&[], sigma(50.0)).is_empty());
        let pair = smooth(&[0.0, 1.0], sigma(1e9));
        assert!(pair.iter().all(|value| (0.0..=1.0).contains(value)));
    }
}
