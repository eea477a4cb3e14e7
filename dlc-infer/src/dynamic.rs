use std::slice;

use dlc_model::{Crop, Engine, Frame, InputSize, Keypoint, OptionError};

use crate::{
    PoseEstimator,
    estimator::EstimatePoseError,
    preprocess::{self, FrameFromInput},
};

/// When a part of the frames is enough: DeepLabCut's `dynamic=(True, threshold, margin)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicCropping {
    /// The likelihood above which a body part tells that the animal is there, in [0, 1].
    pub threshold: f64,
    /// How far around the body parts the next frame is looked at, in px.
    pub margin: u32,
}

impl Default for DynamicCropping {
    /// DeepLabCut's: 0.5 and 10 px.
    fn default() -> Self {
        Self {
            threshold: 0.5,
            margin: 10,
        }
    }
}

impl DynamicCropping {
    /// Checks that the numbers mean something.
    ///
    /// # Errors
    ///
    /// Returns an error when the threshold is no likelihood.
    pub fn check(&self) -> Result<(), OptionError> {
        OptionError::likelihood("dynamic.threshold", self.threshold)
    }
}

/// Follows one animal: looks only at the part of a frame where it was in the frame before.
///
/// The part holds all body parts of the last frame, however unlikely, and a margin. Faster where
/// the animal is small in the frame; wrong where it moves further than the margin within one
/// frame.
///
/// When no body part is likely enough any more, the two engines of DeepLabCut differ, and so does
/// this: a TensorFlow model looks at once at the whole of the same frame; a PyTorch model at the
/// whole of the next one. A top-down model follows by [`Boxes`](crate::Boxes) and not like this: it
/// sees every frame as it is set to.
///
/// # Examples
///
/// ```no_run
/// use dlc_infer::{AnimalFollower, DynamicCropping, PoseEstimator};
/// # fn example(
/// #     mut estimator: PoseEstimator,
/// #     frames: impl Iterator<Item = dlc_model::Frame<'static>>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let mut follower = AnimalFollower::new(DynamicCropping::default());
///
/// for frame in frames {
///     let pose = follower.estimate(&mut estimator, &frame)?; // in px of the whole frame
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AnimalFollower {
    options: DynamicCropping,
    /// Where the next frame is looked at, in px of the network's input; `None` for all of it.
    crop: Option<Crop>,
}

impl AnimalFollower {
    /// Creates a follower that looks at the whole of the first frame.
    pub fn new(options: DynamicCropping) -> Self {
        Self {
            options,
            crop: None,
        }
    }

    /// Returns the part of the network's input that the next frame is looked at, or `None` for
    /// all of it.
    pub fn crop(&self) -> Option<Crop> {
        self.crop
    }

    /// Looks at the whole of the next frame: after a cut in the video.
    pub fn reset(&mut self) {
        self.crop = None;
    }

    /// Estimates the pose in the next frame of the video, in px of the whole frame.
    ///
    /// # Errors
    ///
    /// Returns an error when the device fails.
    pub fn estimate(
        &mut self,
        estimator: &mut PoseEstimator,
        frame: &Frame<'_>,
    ) -> Result<Vec<Keypoint>, EstimatePoseError> {
        if estimator.is_top_down() {
            let poses = estimator.estimate(slice::from_ref(frame))?;
            return Ok(poses.into_iter().next().unwrap_or_default());
        }
        let size = *estimator.input_size();
        let engine = estimator.engine();
        let (input, way_back) = preprocess::fitted(&size, frame);
        let crop = self.crop.take();
        let crop = crop.and_then(|crop| crop.fit(input.width(), input.height()).ok());
        let mut pose = estimate_part(estimator, &size, &input, crop)?;
        if self.is_seen(engine, &pose) {
            self.crop = self.around(engine, &pose, [input.width(), input.height()]);
        } else if crop.is_some() && engine == Engine::TensorFlow {
            pose = estimate_part(estimator, &size, &input, None)?;
        }
        Ok(pose.into_iter().map(|k| way_back.keypoint(k)).collect())
    }

    fn is_seen(&self, engine: Engine, pose: &[Keypoint]) -> bool {
        pose.iter().any(|keypoint| match engine {
            Engine::TensorFlow => keypoint.likelihood > self.options.threshold,
            Engine::PyTorch => keypoint.likelihood >= self.options.threshold,
        })
    }

    /// Returns what the next frame is looked at, or `None` when nothing would be left of it.
    fn around(&self, engine: Engine, pose: &[Keypoint], size: [usize; 2]) -> Option<Crop> {
        let margin = f64::from(self.options.margin);
        let side = |coordinate: fn(&Keypoint) -> f64, len: usize| {
            let values = || pose.iter().map(coordinate);
            let low = values().fold(f64::INFINITY, f64::min);
            let high = values().fold(f64::NEG_INFINITY, f64::max);
            match engine {
                Engine::TensorFlow => [low.trunc() - margin, high.trunc() + margin],
                Engine::PyTorch => [(low - margin).floor(), (high + margin).ceil()],
            }
            .map(|edge| edge_inside(edge, len))
        };
        let [x_min, x_max] = side(|keypoint| keypoint.x, size[0]);
        let [y_min, y_max] = side(|keypoint| keypoint.y, size[1]);
        let crop = Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        };
        crop.fit(size[0], size[1]).ok()
    }
}

/// Estimates the pose in a part of the network's input, in px of the whole input.
fn estimate_part(
    estimator: &mut PoseEstimator,
    size: &InputSize,
    input: &Frame<'_>,
    crop: Option<Crop>,
) -> Result<Vec<Keypoint>, EstimatePoseError> {
    let Some(crop) = crop else {
        return estimator.estimate_input(input);
    };
    let part = input.crop(crop);
    // A network that takes some sizes only takes only those here, too.
    let size = InputSize {
        padding: size.padding,
        ..InputSize::default()
    };
    let (part, way_back) = preprocess::fitted(&size, &part);
    let pose = estimator.estimate_input(&part)?;
    let corner = FrameFromInput::shift([crop.x_min, crop.y_min]);
    let pose = pose.into_iter();
    Ok(pose
        .map(|keypoint| corner.keypoint(way_back.keypoint(keypoint)))
        .collect())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a whole number from 0 to the length of a side"
)]
fn edge_inside(edge: f64, len: usize) -> usize {
    edge.clamp(0.0, len as f64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keypoint(x: f64, y: f64, likelihood: f64) -> Keypoint {
        Keypoint { x, y, likelihood }
    }

    #[test]
    fn the_engines_round_the_box_differently() {
        let follower = AnimalFollower::new(DynamicCropping::default());
        let pose = [keypoint(20.6, 30.2, 0.9), keypoint(50.4, 44.9, 0.1)];
        let around = |engine| follower.around(engine, &pose, [64, 48]).unwrap();

        let tensorflow = Crop {
            x_min: 10,
            x_max: 60,
            y_min: 20,
            y_max: 48,
        };
        assert_eq!(around(Engine::TensorFlow), tensorflow);
        let pytorch = Crop {
            x_max: 61,
            ..tensorflow
        };
        assert_eq!(around(Engine::PyTorch), pytorch);
    }

    #[test]
    fn a_pose_outside_of_the_frame_leaves_nothing_to_look_at() {
        let follower = AnimalFollower::new(DynamicCropping::default());
        let pose = [keypoint(-30.0, 10.0, 0.9)];

        assert_eq!(follower.around(Engine::TensorFlow, &pose, [64, 48]), None);
    }

    #[test]
    fn the_threshold_counts_with_pytorch_only() {
        let follower = AnimalFollower::new(DynamicCropping::default());
        let pose = [keypoint(1.0, 1.0, 0.5)];

        assert!(follower.is_seen(Engine::PyTorch, &pose));
        assert!(!follower.is_seen(Engine::TensorFlow, &pose));
    }
}
