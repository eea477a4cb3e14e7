mod polynomial;

use serde::{Deserialize, Serialize};

use self::polynomial::LocalFit;
use super::{Edges, NumberError, Span, edges::Padded};
use crate::time::Clock;

/// Smoothing by the polynomial that fits the samples around each one, as scipy's `savgol_filter`.
///
/// It also gives derivatives. The samples are taken as evenly spaced.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SavitzkyGolay {
    /// How long a window is, rounded to an odd number of samples; at most the track.
    pub window: Span,
    /// The degree of the polynomial; one less than the samples of a window is the most it can be.
    pub degree: Degree,
    /// Which derivative is taken, in units/sⁿ; 0 is the smoothed track itself.
    #[serde(default)]
    pub derivative: Degree,
    /// What happens where a window reaches beyond the first or the last sample.
    #[serde(default)]
    pub edges: FitEdges,
    /// What missing samples do to the windows they are in.
    #[serde(default)]
    pub missing: MissingInFit,
}

/// The degree of a polynomial, 0 to 9.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Degree(u8);

impl Degree {
    /// Creates a degree.
    ///
    /// # Errors
    ///
    /// Returns an error when it is larger than 9: a fit would be noise.
    pub fn new(degree: u8) -> Result<Self, NumberError> {
        match degree {
            0..=9 => Ok(Self(degree)),
            _ => Err(NumberError {
                expected: "a whole number from 0 to 9",
                found: degree.into(),
            }),
        }
    }

    /// Returns the degree.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Degree {
    type Error = NumberError;

    fn try_from(degree: u8) -> Result<Self, Self::Error> {
        Self::new(degree)
    }
}

impl From<Degree> for u8 {
    fn from(degree: Degree) -> Self {
        degree.0
    }
}

/// What happens where a window reaches beyond the first or the last sample.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FitEdges {
    /// The fit of the first or the last whole window is used. scipy's `interp`.
    #[default]
    LastFit,
    /// There are samples beyond the edges. With [`Edges::Missing`] the windows shrink.
    Beyond(Edges),
}

/// What missing samples do to the windows they are in.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingInFit {
    /// The polynomial fits the others, with a lower degree where they are too few. Missing
    /// samples stay missing.
    #[default]
    Skip,
    /// They make all windows missing that they are in, as in scipy.
    Spread,
}

impl SavitzkyGolay {
    /// Creates a smoothing that fits the samples that are there.
    pub fn new(window: Span, degree: Degree) -> Self {
        Self {
            window,
            degree,
            derivative: Degree::default(),
            edges: FitEdges::default(),
            missing: MissingInFit::default(),
        }
    }

    /// Smooths the coordinates of a track, or takes their derivative.
    ///
    /// # Examples
    ///
    /// The result matches `scipy.signal.savgol_filter(x, 5, 2)`:
    ///
    /// ```
    /// use dlc_tracking::{steps::{self, Degree, SavitzkyGolay, Span}, time::Clock};
    ///
    /// let mut x = [1.0, 2.0, 4.0, 8.0, 7.0, 6.0, 9.0, 3.0, 2.0, 1.0, 0.5];
    /// let times_s: Vec<f64> = (0..11).map(f64::from).collect();
    ///
    /// SavitzkyGolay::new(Span::samples(5.0)?, Degree::new(2)?)
    ///     .apply(steps::scalars(&mut x), Clock::new(&times_s)?);
    ///
    /// assert!((x[0] - 0.5142857142857137).abs() < 1e-12);
    /// assert!((x[4] - 7.085714285714282).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn apply<const D: usize>(&self, positions: &mut [[f64; D]], clock: Clock<'_>) {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        if positions.is_empty() {
            return;
        }
        let window = self.window.odd_window(clock.rate_hz(), positions.len());
        let unit = clock.rate_hz().powi(self.derivative.0.into());
        let mut fit = LocalFit::new(window / 2, self.degree.0, self.derivative.0);
        let mut padded = Padded::default();
        for axis in 0..D {
            let beyond = match self.edges {
                FitEdges::LastFit => Edges::Missing,
                FitEdges::Beyond(edges) => edges,
            };
            padded.fill(positions, axis, [window / 2; 2], beyond);
            for (sample, position) in positions.iter_mut().enumerate() {
                position[axis] = unit * self.value(&mut fit, &padded, sample);
            }
        }
    }

    /// Returns the value of the fit at a sample.
    fn value(&self, fit: &mut LocalFit, padded: &Padded, sample: usize) -> f64 {
        let window = fit.len();
        let samples = padded.values.len() + 1 - window;
        let middle = match self.edges {
            FitEdges::LastFit => sample.clamp(window / 2, samples - 1 - window / 2),
            FitEdges::Beyond(_) => sample,
        };
        let at = sample.cast_signed() - middle.cast_signed();
        let values = &padded.values[middle..middle + window];
        let Some(present) = padded.mask_of(middle..middle + window) else {
            return fit.whole(values, at);
        };
        match self.missing {
            MissingInFit::Skip if padded.is_present(sample + window / 2) => {
                fit.part(values, present, at)
            }
            MissingInFit::Skip | MissingInFit::Spread => f64::NAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::scalars;

    const NAN: f64 = f64::NAN;
    const X: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 7.0, 6.0, 9.0, 3.0, 2.0, 1.0, 0.5];

    fn filter(x: &[f64], savgol: SavitzkyGolay, rate_hz: f64) -> Vec<f64> {
        let times_s: Vec<f64> = (0..x.len()).map(|at| at as f64 / rate_hz).collect();
        let mut filtered = x.to_vec();
        let clock = Clock::with_rate(&times_s, rate_hz).unwrap();
        savgol.apply(scalars(&mut filtered), clock);
        filtered
    }

    fn savgol(window: f64, degree: u8) -> SavitzkyGolay {
        SavitzkyGolay::new(Span::samples(window).unwrap(), Degree::new(degree).unwrap())
    }

    // Source: movement 0.17.0, savgol_filter with modes `nearest` and `mirror`.
    #[test]
    fn beyond_the_edges_are_the_samples_of_scipy() {
        let beyond = |edges| SavitzkyGolay {
            edges: FitEdges::Beyond(edges),
            ..savgol(5.0, 2)
        };

        let nearest = filter(&X, beyond(Edges::Nearest), 1.0);
        assert!((nearest[0] - 1.0857142857142847).abs() < 1e-12);
        let mirror = filter(&X, beyond(Edges::Mirror), 1.0);
        assert!((mirror[10] - 0.5857142857142851).abs() < 1e-12);
    }

    #[test]
    fn a_polynomial_stays_whatever_is_missing() {
        let parabola = |at: usize| 3.0 - 0.5 * at as f64 + 0.25 * (at * at) as f64;
        let mut x: Vec<f64> = (0..30).map(parabola).collect();
        x[0] = NAN;
        x[12..15].fill(NAN);

        for edges in [FitEdges::LastFit, FitEdges::Beyond(Edges::Missing)] {
            let smoothed = filter(
                &x,
                SavitzkyGolay {
                    edges,
                    ..savgol(7.0, 2)
                },
                1.0,
            );
            for (before, after) in x.iter().zip(&smoothed) {
                let same = (before - after).abs() < 1e-9;
                assert!(
                    same || before.is_nan() && after.is_nan(),
                    "{before} {after}"
                );
            }
        }
    }

    #[test]
    fn missing_samples_spread_over_their_windows_when_asked() {
        let mut x = X;
        x[5] = NAN;
        let spreading = SavitzkyGolay {
            missing: MissingInFit::Spread,
            ..savgol(3.0, 1)
        };

        let smoothed = filter(&x, spreading, 1.0);

        let missing: Vec<usize> = (0..11).filter(|at| smoothed[*at].is_nan()).collect();
        assert_eq!(missing, [4, 5, 6]);
    }

    #[test]
    fn derivatives_are_in_units_per_second() {
        let line: Vec<f64> = (0..9).map(|at| 2.0 * f64::from(at)).collect();
        let velocity = SavitzkyGolay {
            derivative: Degree::new(1).unwrap(),
            ..savgol(5.0, 2)
        };

        let velocity = filter(&line, velocity, 40.0);

        assert!(velocity.iter().all(|v| (v - 80.0).abs() < 1e-9));
    }

    #[test]
    fn too_few_samples_lower_the_degree() {
        assert_eq!(filter(&[5.0], savgol(7.0, 3), 1.0), [5.0]);
        let two = filter(&[5.0, 7.0], savgol(7.0, 3), 1.0);
        assert_eq!(two, [5.0, 7.0]);
        assert!(filter(&[], savgol(7.0, 3), 1.0).is_empty());
        let lonely = filter(&[NAN, NAN, 4.0, NAN, NAN, NAN], savgol(5.0, 2), 1.0);
        assert!((lonely[2] - 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_degree_is_small() {
        assert!(serde_json::from_str::<Degree>("10").is_err());
        assert!(serde_json::from_str::<Degree>("-1").is_err());
        assert_eq!(serde_json::from_str::<Degree>("3").unwrap().get(), 3);
    }
}
