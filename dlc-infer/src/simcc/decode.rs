use crate::numbers::single;
use dlc_model::{Keypoint, SimccConfig};

/// How the answers for x and y become a keypoint.
#[derive(Debug)]
pub(super) struct Decoder {
    bins_per_px: f32,
    logit_scale: Option<[f32; 2]>,
    softmax: bool,
    /// The likelihood that a keypoint must be above to have a place.
    threshold: f32,
}

impl Decoder {
    pub(super) fn new(config: &SimccConfig) -> Self {
        Self {
            bins_per_px: config.bins_per_px,
            logit_scale: config.logit_scale,
            softmax: config.softmax,
            threshold: match config.softmax {
                true => reciprocal(config.bins[0]),
                false => 0.0,
            },
        }
    }

    /// Returns a keypoint in px of the network's input: the most likely class of each axis, the
    /// first of several. Its likelihood is the smaller of the two.
    ///
    /// A keypoint that is no likelier than chance lies at class -1 of both axes, as DeepLabCut's.
    pub(super) fn keypoint(&self, answers: [Vec<f32>; 2]) -> Keypoint {
        let [x, y] = answers;
        let (x, y) = (self.class(x, 0), self.class(y, 1));
        let likelihood = if x.1 > y.1 { y.1 } else { x.1 };
        let px = |class: f32| match likelihood <= self.threshold {
            true => f64::from(-1.0 / self.bins_per_px),
            false => f64::from(class / self.bins_per_px),
        };
        Keypoint::new(px(x.0), px(y.0), f64::from(likelihood))
    }

    /// Returns the most likely class of an axis, and its likelihood.
    fn class(&self, mut answers: Vec<f32>, axis: usize) -> (f32, f32) {
        self.scale(&mut answers, axis);
        if self.softmax {
            softmax(&mut answers);
        }
        highest(&answers)
    }

    fn scale(&self, answers: &mut [f32], axis: usize) {
        if let Some(scale) = self.logit_scale {
            answers.iter_mut().for_each(|x| *x *= scale[axis]);
            return;
        }
        answers.iter_mut().for_each(|x| *x = x.max(0.0));
        let (_, largest) = highest(answers);
        if largest > 1.0 {
            answers.iter_mut().for_each(|x| *x /= largest);
        }
    }
}

fn softmax(answers: &mut [f32]) {
    let (_, largest) = highest(answers);
    answers.iter_mut().for_each(|x| *x = (*x - largest).exp());
    let sum: f64 = answers.iter().map(|&x| f64::from(x)).sum();
    let sum = single(sum);
    answers.iter_mut().for_each(|x| *x /= sum);
}

/// Returns the first of the highest answers, and how high it is.
#[expect(
    clippy::cast_precision_loss,
    reason = "there are far fewer than 2^24 classes"
)]
fn highest(answers: &[f32]) -> (f32, f32) {
    let mut best = 0;
    for (class, answer) in answers.iter().enumerate() {
        if *answer > answers[best] {
            best = class;
        }
    }
    (best as f32, answers[best])
}

#[expect(
    clippy::cast_precision_loss,
    reason = "there are far fewer than 2^24 classes"
)]
fn reciprocal(classes: usize) -> f32 {
    1.0 / classes as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(softmax: bool) -> Decoder {
        Decoder {
            bins_per_px: 2.0,
            logit_scale: softmax.then_some([10.0, 20.0]),
            softmax,
            threshold: if softmax { 0.25 } else { 0.0 },
        }
    }

    #[test]
    fn the_most_likely_class_of_each_axis_is_the_place() {
        let keypoint = decoder(true).keypoint([vec![0.0, 0.0, 0.0, 0.1], vec![0.0, 0.1, 0.0, 0.1]]);

        assert!((keypoint.x - 1.5).abs() < f64::EPSILON);
        // The first of two equal ones.
        assert!((keypoint.y - 0.5).abs() < f64::EPSILON);
        // The smaller: e² / (2 · e² + 2) of y, e / (e + 3) = 0.4754 of x.
        assert!((keypoint.likelihood - 0.440_398_5).abs() < 1e-6);
    }

    #[test]
    fn chance_has_no_place() {
        let keypoint = decoder(true).keypoint([vec![0.0; 4], vec![0.0, 1.0, 0.0, 0.0]]);

        assert!((keypoint.x + 0.5).abs() < f64::EPSILON);
        assert!((keypoint.y + 0.5).abs() < f64::EPSILON);
        assert!((keypoint.likelihood - 0.25).abs() < f64::EPSILON);
    }

    #[test]
    fn answers_may_be_divided_by_the_largest() {
        let keypoint = decoder(false).keypoint([vec![-1.0, 4.0, 2.0], vec![0.5, 0.0, 0.25]]);

        assert!((keypoint.x - 0.5).abs() < f64::EPSILON);
        assert!((keypoint.likelihood - 0.5).abs() < f64::EPSILON);
    }
}
