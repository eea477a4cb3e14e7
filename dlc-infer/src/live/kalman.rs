use std::time::{Duration, Instant};

use dlc_model::{Keypoint, OptionError};

use super::{FrameTime, Processor};

/// How a [`KalmanPredictor`] smooths and how far it looks ahead.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct KalmanOptions {
    /// Whether the time between capture and pose is looked ahead, too (`adapt`).
    pub adapt: bool,
    /// How far to look ahead: the time until a device reacts (`forward`).
    pub forward: Duration,
    /// Frames per second of the camera, by which changes of the position become derivatives (`fps`).
    pub fps: f64,
    /// The variance that each derivative is believed to have, from the velocity on (`priors`); its
    /// length is the number of derivatives (`nderiv`).
    pub priors: Vec<f64>,
    /// The variance of the state in the first frame (`initial_var`).
    pub initial_variance: f64,
    /// The variance by which the state changes from frame to frame (`process_var`).
    pub process_variance: f64,
    /// The variance of the network's poses (`dlc_var`).
    pub measurement_variance: f64,
    /// The likelihood below which a keypoint is not taken for a measurement (`lik_thresh`).
    pub min_likelihood: f64,
}

impl Default for KalmanOptions {
    /// DeepLabCut-live's: 2 ms ahead and the latency, 30 frames per second, velocity and
    /// acceleration.
    fn default() -> Self {
        Self {
            adapt: true,
            forward: Duration::from_millis(2),
            fps: 30.0,
            priors: vec![10.0, 10.0],
            initial_variance: 5.0,
            process_variance: 5.0,
            measurement_variance: 20.0,
            min_likelihood: 0.0,
        }
    }
}

/// The most derivatives: matrices are so wide.
const MOST_DERIVATIVES: usize = 8;

impl KalmanOptions {
    /// Checks that the numbers mean something.
    ///
    /// # Errors
    ///
    /// Returns an error when there is no frame rate, when a variance is none (that of the process
    /// alone may be 0), when the likelihood is none, or when there are more than 8 priors.
    pub fn check(&self) -> Result<(), OptionError> {
        OptionError::frame_rate("fps", self.fps)?;
        OptionError::likelihood("min_likelihood", self.min_likelihood)?;
        OptionError::count("priors", self.priors.len(), 0..=MOST_DERIVATIVES)?;
        OptionError::within("process_variance", self.process_variance, 0.0..=1e12)?;
        let variances = [
            ("initial_variance", self.initial_variance),
            ("measurement_variance", self.measurement_variance),
        ];
        let priors = self.priors.iter().map(|prior| ("priors", *prior));
        let mut variances = variances.into_iter().chain(priors);
        variances.try_for_each(|(name, found)| OptionError::within(name, found, 1e-12..=1e12))
    }
}

/// Answers where the body parts will be when a device reacts: DeepLabCut-live's
/// `KalmanFilterPredictor`.
///
/// Each coordinate of each body part has a state of its own: position, velocity and acceleration,
/// or as many derivatives as there are priors. They share one covariance, because it depends on
/// time alone. Likelihoods are left as they are, and the first pose, too.
///
/// As in DeepLabCut-live, the state is pulled to the priors before it is carried on, and the derivatives
/// are measured as well, from the change since the last frame at the nominal frame rate.
///
/// DIFFERENCE: a keypoint that is NaN counts as unlikely; in DeepLabCut-live it stays NaN for ever.
#[derive(Clone, Debug, Default)]
pub struct KalmanPredictor {
    options: KalmanOptions,
    filter: Option<Filter>,
}

impl KalmanPredictor {
    /// Creates a predictor.
    ///
    /// # Errors
    ///
    /// Returns an error when the [options](KalmanOptions::check) cannot mean anything.
    pub fn new(options: KalmanOptions) -> Result<Self, OptionError> {
        options.check()?;
        Ok(Self {
            options,
            filter: None,
        })
    }

    /// Forgets what was seen.
    pub fn reset(&mut self) {
        self.filter = None;
    }
}

impl Processor for KalmanPredictor {
    fn process(&mut self, mut pose: Vec<Keypoint>, time: FrameTime) -> Vec<Keypoint> {
        let options = &self.options;
        let filter = self.filter.take();
        let Some(mut filter) = filter.filter(|filter| filter.states.len() == 2 * pose.len()) else {
            self.filter = Some(Filter::new(options, &pose, time.estimated));
            return pose;
        };
        filter.update(options, &pose, time.estimated);
        let latency = if options.adapt {
            time.latency()
        } else {
            Duration::ZERO
        };
        let weights = filter.weights((latency + options.forward).as_secs_f64());
        for (keypoint, states) in pose.iter_mut().zip(filter.states.chunks_exact(2)) {
            let [x, y] = [&states[0], &states[1]].map(|state| dot(&weights, state));
            (keypoint.x, keypoint.y) = (x, y);
        }
        self.filter = Some(filter);
        pose
    }
}

/// The filter of all coordinates.
#[derive(Clone, Debug)]
struct Filter {
    /// The numbers of a state: position and derivatives.
    order: usize,
    /// One state a coordinate: x of the first body part, y of it, x of the second, ….
    states: Vec<Vec<f64>>,
    /// The covariance of each of them.
    covariance: Matrix,
    last: Instant,
}

/// A prior of the position that says nothing.
const POSITION_PRIOR: f64 = 1e5;

impl Filter {
    fn new(options: &KalmanOptions, pose: &[Keypoint], now: Instant) -> Self {
        let order = options.priors.len() + 1;
        let positions = pose.iter().flat_map(|keypoint| [keypoint.x, keypoint.y]);
        Self {
            order,
            states: positions.map(|x| resting(x, order)).collect(),
            covariance: Matrix::diagonal(order, options.initial_variance),
            last: now,
        }
    }

    fn update(&mut self, options: &KalmanOptions, pose: &[Keypoint], now: Instant) {
        let elapsed = now.saturating_duration_since(self.last).as_secs_f64();
        self.last = now;
        let forward = self.forward(elapsed);
        let priors = [POSITION_PRIOR]
            .into_iter()
            .chain(options.priors.iter().copied());
        let shrinkage: Vec<f64> = priors
            .enumerate()
            .map(|(i, prior)| {
                let variance = self.covariance.at(i, i);
                1.0 / (1.0 / variance + 1.0 / prior) / variance
            })
            .collect();
        let noise = Matrix::diagonal(self.order, options.process_variance);
        let predicted = forward.times(&self.covariance);
        let predicted = predicted.times(&forward.transposed()).plus(&noise);
        let measured = Matrix::diagonal(self.order, options.measurement_variance);
        let gain = predicted.times(&predicted.plus(&measured).inverse());
        for (part, keypoint) in pose.iter().enumerate() {
            let is_unlikely = keypoint.likelihood < options.min_likelihood;
            let is_seen = !keypoint.is_missing() && !is_unlikely;
            for (axis, position) in [keypoint.x, keypoint.y].into_iter().enumerate() {
                let state = &mut self.states[2 * part + axis];
                if state[0].is_nan() {
                    // Never seen before: begins here.
                    *state = resting(position, self.order);
                    continue;
                }
                let pulled: Vec<f64> = state.iter().zip(&shrinkage).map(|(x, s)| x * s).collect();
                let carried = forward.apply(&pulled);
                *state = match is_seen {
                    true => {
                        let seen = measurement(state, position, options.fps);
                        let residual: Vec<f64> =
                            seen.iter().zip(&carried).map(|(z, x)| z - x).collect();
                        let correction = gain.apply(&residual);
                        carried
                            .iter()
                            .zip(&correction)
                            .map(|(x, c)| x + c)
                            .collect()
                    }
                    false => carried,
                };
            }
        }
        let identity = Matrix::diagonal(self.order, 1.0);
        self.covariance = identity.minus(&gain).times(&predicted);
    }

    /// Returns what carries a state on by so many seconds.
    fn forward(&self, seconds: f64) -> Matrix {
        let weights = self.weights(seconds);
        let mut forward = Matrix::diagonal(self.order, 0.0);
        for row in 0..self.order {
            for column in row..self.order {
                *forward.at_mut(row, column) = weights[column - row];
            }
        }
        forward
    }

    /// Returns how much each number of a state adds to the position after so many seconds.
    ///
    /// DeepLabCut-live divides by the number of the derivative, which is its factorial up to the
    /// second.
    fn weights(&self, seconds: f64) -> Vec<f64> {
        let mut power = 1.0;
        let weights = (0..self.order).map(|derivative| {
            let weight = power / number(derivative.max(1));
            power *= seconds;
            weight
        });
        weights.collect()
    }
}

/// Returns the state of what does not move.
fn resting(position: f64, order: usize) -> Vec<f64> {
    let mut state = vec![0.0; order];
    state[0] = position;
    state
}

/// Returns a measured state: each derivative from the change of the one before it.
fn measurement(last: &[f64], position: f64, fps: f64) -> Vec<f64> {
    let mut measured = vec![position];
    for (order, last) in last[..last.len() - 1].iter().enumerate() {
        measured.push((measured[order] - last) / (1.0 / fps));
    }
    measured
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A small square matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
struct Matrix {
    order: usize,
    values: Vec<f64>,
}

impl Matrix {
    fn diagonal(order: usize, value: f64) -> Self {
        let place = |i: usize| {
            if i.is_multiple_of(order + 1) {
                value
            } else {
                0.0
            }
        };
        Self {
            order,
            values: (0..order * order).map(place).collect(),
        }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        self.values[row * self.order + column]
    }

    fn at_mut(&mut self, row: usize, column: usize) -> &mut f64 {
        &mut self.values[row * self.order + column]
    }

    fn combined(&self, other: &Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            order: self.order,
            values: pairs.map(|(&a, &b)| combine(a, b)).collect(),
        }
    }

    fn plus(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a + b)
    }

    fn minus(&self, other: &Self) -> Self {
        self.combined(other, |a, b| a - b)
    }

    fn transposed(&self) -> Self {
        let mut transposed = self.clone();
        for row in 0..self.order {
            for column in 0..self.order {
                *transposed.at_mut(row, column) = self.at(column, row);
            }
        }
        transposed
    }

    fn apply(&self, vector: &[f64]) -> Vec<f64> {
        let rows = self.values.chunks_exact(self.order);
        rows.map(|row| dot(row, vector)).collect()
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = Self::diagonal(self.order, 0.0);
        for row in 0..self.order {
            for column in 0..self.order {
                let terms = (0..self.order).map(|i| self.at(row, i) * other.at(i, column));
                *product.at_mut(row, column) = terms.sum();
            }
        }
        product
    }

    /// Returns the inverse of a covariance, which has one: by elimination.
    fn inverse(&self) -> Self {
        let (mut left, mut right) = (self.clone(), Self::diagonal(self.order, 1.0));
        for step in 0..self.order {
            let pivot = left.at(step, step);
            for column in 0..self.order {
                *left.at_mut(step, column) /= pivot;
                *right.at_mut(step, column) /= pivot;
            }
            for row in (0..self.order).filter(|&row| row != step) {
                let factor = left.at(row, step);
                for column in 0..self.order {
                    *left.at_mut(row, column) -= factor * left.at(step, column);
                    *right.at_mut(row, column) -= factor * right.at(step, column);
                }
            }
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of numbers of `tests/fixtures/live/make.py`.
    fn numbers(line: &str) -> Vec<f64> {
        line.split(',')
            .map(|number| number.parse().unwrap())
            .collect()
    }

    fn pose(numbers: &[f64]) -> Vec<Keypoint> {
        let keypoints = numbers.chunks_exact(3);
        keypoints.map(|n| Keypoint::new(n[0], n[1], n[2])).collect()
    }

    #[test]
    fn poses_are_those_of_deeplabcut_live() {
        let fixture = include_str!("../../tests/fixtures/live/kalman.csv");
        let start = Instant::now();
        let mut predictor = KalmanPredictor::default();
        let (mut count, mut largest) = (0, 0.0_f64);
        for line in fixture.lines() {
            if let Some(options) = line.strip_prefix("options,") {
                let n = numbers(options);
                predictor = KalmanPredictor::new(KalmanOptions {
                    adapt: n[0] == 1.0,
                    forward: Duration::from_secs_f64(n[1]),
                    fps: n[2],
                    initial_variance: n[3],
                    process_variance: n[4],
                    measurement_variance: n[5],
                    min_likelihood: n[6],
                    priors: n[7..].to_vec(),
                })
                .unwrap();
                continue;
            }
            let n = numbers(line);
            let [captured, estimated] = [n[0], n[1]].map(|t| start + Duration::from_secs_f64(t));
            let (given, expected) = n[2..].split_at((n.len() - 2) / 2);
            let time = FrameTime {
                captured,
                estimated,
            };
            let found = predictor.process(pose(given), time);
            for (found, expected) in found.iter().zip(pose(expected)) {
                largest = largest.max((found.x - expected.x).abs());
                largest = largest.max((found.y - expected.y).abs());
                assert!((found.likelihood - expected.likelihood).abs() < 1e-12);
                count += 1;
            }
        }
        println!("{count} keypoints, the largest difference {largest:e} px");
        assert!(count >= 480, "{count}");
        // Times are whole nanoseconds here.
        assert!(largest < 1e-5, "{largest}");
    }

    #[test]
    fn a_keypoint_that_is_missing_comes_back() {
        let start = Instant::now();
        let mut predictor = KalmanPredictor::default();
        let mut at = |frame: u32, x: f64| {
            let estimated = start + frame * Duration::from_millis(33);
            let time = FrameTime {
                captured: estimated,
                estimated,
            };
            predictor.process(vec![Keypoint::new(x, 5.0, 0.9)], time)[0].x
        };

        assert!(at(0, f64::NAN).is_nan());
        assert!((at(1, 10.0) - 10.0).abs() < 1e-9);
        for frame in 2..5 {
            assert!((at(frame, f64::NAN) - 10.0).abs() < 1.0);
        }
        assert!((at(5, 10.0) - 10.0).abs() < 1.0);
    }

    #[test]
    fn another_number_of_body_parts_begins_anew() {
        let now = Instant::now();
        let time = FrameTime {
            captured: now,
            estimated: now,
        };
        let mut predictor = KalmanPredictor::default();
        let one = vec![Keypoint::new(1.0, 2.0, 0.9)];
        let two = vec![Keypoint::new(3.0, 4.0, 0.9); 2];

        assert_eq!(predictor.process(one.clone(), time), one);
        assert_eq!(predictor.process(two.clone(), time), two);
    }

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let matrix = Matrix {
            order: 3,
            values: vec![4.0, 1.0, 0.5, 1.0, 5.0, 0.25, 0.5, 0.25, 6.0],
        };
        let product = matrix.times(&matrix.inverse());
        let identity = Matrix::diagonal(3, 1.0);
        let error = product.minus(&identity).values;

        assert!(error.iter().all(|e| e.abs() < 1e-12), "{error:?}");
    }
}
