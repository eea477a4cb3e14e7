/// The fit of a polynomial to the samples of a window, by least squares.
///
/// Offsets count samples from the middle of the window. The fit is linear in the samples, so that
/// it comes down to a weight for each; they are kept for windows without missing samples.
#[derive(Debug)]
pub(super) struct LocalFit {
    half: usize,
    degree: usize,
    derivative: usize,
    offsets: Vec<f64>,
    /// The weights of a whole window for each place from its first to its last sample.
    whole: Vec<Option<Vec<f64>>>,
    scratch: Scratch,
}

#[derive(Debug, Default)]
struct Scratch {
    offsets: Vec<f64>,
    values: Vec<f64>,
    weights: Vec<f64>,
    polynomial: Vec<f64>,
    before: Vec<f64>,
}

impl LocalFit {
    pub(super) fn new(half: usize, degree: u8, derivative: u8) -> Self {
        let offsets = (0..=2 * half).map(|place| place as f64 - half as f64);
        Self {
            half,
            degree: degree.into(),
            derivative: derivative.into(),
            offsets: offsets.collect(),
            whole: vec![None; 2 * half + 1],
            scratch: Scratch::default(),
        }
    }

    /// Returns the number of samples of a window.
    pub(super) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// Returns the fit of a window at an offset inside it.
    pub(super) fn whole(&mut self, values: &[f64], at: isize) -> f64 {
        let place = (self.half.cast_signed() + at).cast_unsigned();
        let weights = self.whole[place].get_or_insert_with(|| {
            let scratch = &mut self.scratch;
            scratch.offsets.clone_from(&self.offsets);
            scratch.weigh(self.degree, self.derivative, at as f64);
            scratch.weights.clone()
        });
        weights.iter().zip(values).map(|(w, value)| w * value).sum()
    }

    /// Returns the fit of the present samples of a window at an offset inside it.
    pub(super) fn part(&mut self, values: &[f64], present: &[f64], at: isize) -> f64 {
        let scratch = &mut self.scratch;
        scratch.offsets.clear();
        scratch.values.clear();
        for (place, present) in present.iter().enumerate() {
            if *present == 1.0 {
                scratch.offsets.push(self.offsets[place]);
                scratch.values.push(values[place]);
            }
        }
        if scratch.offsets.len() <= self.derivative {
            return f64::NAN;
        }
        scratch.weigh(self.degree, self.derivative, at as f64);
        let weighted = scratch.weights.iter().zip(&scratch.values);
        weighted.map(|(weight, value)| weight * value).sum()
    }
}

impl Scratch {
    /// Finds the weights of the samples at the offsets for a derivative of the fit at a place.
    ///
    /// The polynomials that are orthogonal on the offsets come from their three-term recurrence,
    /// their derivatives at the place from that of the recurrence.
    fn weigh(&mut self, degree: usize, derivative: usize, at: f64) {
        let count = self.offsets.len();
        let refill = |numbers: &mut Vec<f64>, number| {
            numbers.clear();
            numbers.resize(count, number);
        };
        refill(&mut self.weights, 0.0);
        refill(&mut self.polynomial, 1.0);
        refill(&mut self.before, 0.0);
        let mut here = [0.0; DERIVATIVES];
        let mut here_before = [0.0; DERIVATIVES];
        here[0] = 1.0;
        let mut norm_before = 1.0;
        for step in 0..=degree.min(count.saturating_sub(1)) {
            let (norm, moment) = self.moments();
            let share = here[derivative] / norm;
            for (weight, value) in self.weights.iter_mut().zip(&self.polynomial) {
                *weight += share * value;
            }
            let center = moment / norm;
            let drag = if step == 0 { 0.0 } else { norm / norm_before };
            for place in 0..count {
                let next = (self.offsets[place] - center) * self.polynomial[place]
                    - drag * self.before[place];
                self.before[place] = std::mem::replace(&mut self.polynomial[place], next);
            }
            let mut next = [0.0; DERIVATIVES];
            for order in 0..=derivative {
                let lower = order.checked_sub(1).map_or(0.0, |lower| here[lower]);
                next[order] =
                    (at - center) * here[order] + order as f64 * lower - drag * here_before[order];
            }
            here_before = std::mem::replace(&mut here, next);
            norm_before = norm;
        }
    }

    /// Returns ⟨p, p⟩ and ⟨x · p, p⟩ of the current polynomial.
    fn moments(&self) -> (f64, f64) {
        let values = self.polynomial.iter().zip(&self.offsets);
        values.fold((0.0, 0.0), |(norm, moment), (value, offset)| {
            let square = value * value;
            (norm + square, moment + offset * square)
        })
    }
}

const DERIVATIVES: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    // Source: scipy 1.17.1, savgol_coeffs(5, 2) · 35.
    #[test]
    fn the_weights_are_those_of_savitzky_and_golay() {
        let mut fit = LocalFit::new(2, 2, 0);
        let weights = [-3.0, 12.0, 17.0, 12.0, -3.0];
        for place in 0..5 {
            let mut impulse = [0.0; 5];
            impulse[place] = 35.0;
            assert!((fit.whole(&impulse, 0) - weights[place]).abs() < 1e-12);
        }
    }

    #[test]
    fn derivatives_of_a_cubic_are_exact_everywhere_in_the_window() {
        let cubic = |x: f64| 1.0 + x - 2.0 * x * x + 0.5 * x * x * x;
        let values: Vec<f64> = (-3..=3).map(|x| cubic(f64::from(x))).collect();
        for (order, at, expected) in [(0, 3, cubic(3.0)), (1, -3, 26.5), (2, 1, -1.0), (3, 0, 3.0)]
        {
            let mut fit = LocalFit::new(3, 3, order);
            let found = fit.whole(&values, at);
            assert!((found - expected).abs() < 1e-10, "{order} {found}");
        }
    }
}
