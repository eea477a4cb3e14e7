//! Top-down models: they see a part of the frame, around the animal.

mod dynamic;
mod part;

use dlc_model::{BoundingBox, Frame, InputScaling, Keypoint, TopDownCrop};

pub use self::dynamic::{DynamicBoxes, DynamicBoxesOptions};
use self::part::Part;
use crate::{
    Detection, Detector, EstimatePoseError, PoseEstimator, estimator::Poses, pending::Pending,
};

/// Where a top-down model looks for the animal in a frame.
///
/// # Examples
///
/// ```no_run
/// use dlc_infer::{Boxes, Detector, EstimatorOptions, PoseEstimator};
/// # fn example(
/// #     config: dlc_model::NetworkConfig,
/// #     weights: dlc_model::Weights,
/// #     detector_config: dlc_model::DetectorConfig,
/// #     detector_weights: dlc_model::Weights,
/// #     frame: dlc_model::Frame<'_>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let options = EstimatorOptions::default();
/// let detector = Detector::load(&detector_config, detector_weights, &options)?;
/// let mut estimator = PoseEstimator::load(&config, weights, &options)?;
/// estimator.set_boxes(Boxes::Detector(Box::new(detector)))?;
///
/// let poses = estimator.estimate(&[frame])?;
/// if poses[0][0].is_missing() {
///     println!("no animal");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
pub enum Boxes {
    /// In all of it.
    #[default]
    WholeFrame,
    /// In a box that the caller knows.
    Given(BoundingBox),
    /// In the box that a detector finds. A frame without a box has a pose of
    /// [`Keypoint::MISSING`].
    Detector(Box<Detector>),
    /// Around the pose in the frame before.
    Dynamic(DynamicBoxes),
}

/// The part of frames that a top-down model sees.
#[derive(Debug)]
pub(crate) struct TopDown {
    pub(crate) crop: TopDownCrop,
    pub(crate) input_scaling: InputScaling,
    pub(crate) boxes: Boxes,
}

impl TopDown {
    /// Begins to estimate the pose in each frame of a batch, in px of the frame.
    ///
    /// Boxes are found first. One that follows the animal needs each pose for the next.
    pub(crate) fn begin(
        &mut self,
        network: &mut PoseEstimator,
        frames: &[Frame<'_>],
    ) -> Result<Pending<Poses>, EstimatePoseError> {
        Ok(match &mut self.boxes {
            Boxes::WholeFrame => {
                let boxes: Vec<_> = frames.iter().map(|frame| Some(whole(frame))).collect();
                self.begin_in_boxes(network, frames, &boxes)
            }
            Boxes::Given(bounding_box) => {
                let bounding_box = *bounding_box;
                check(bounding_box, &frames[0])?;
                self.begin_in_boxes(network, frames, &vec![Some(bounding_box); frames.len()])
            }
            Boxes::Detector(detector) => {
                let found = detector.detect(frames)?;
                let bounding_box = |found: Option<Detection>| Some(found?.bounding_box);
                let boxes: Vec<_> = found.into_iter().map(bounding_box).collect();
                self.begin_in_boxes(network, frames, &boxes)
            }
            Boxes::Dynamic(boxes) => {
                let size = [self.crop.width, self.crop.height];
                let blank = self.input_scaling.mean;
                let poses = frames
                    .iter()
                    .map(|frame| boxes.estimate(network, frame, size, blank));
                Pending::Ready(poses.collect())
            }
        })
    }

    fn begin_in_boxes(
        &self,
        network: &mut PoseEstimator,
        frames: &[Frame<'_>],
        boxes: &[Option<BoundingBox>],
    ) -> Pending<Poses> {
        let part = |(frame, bounding_box): (_, &Option<_>)| {
            Part::around((*bounding_box)?, &self.crop, frame)
        };
        let parts: Vec<Option<Part>> = frames.iter().zip(boxes).map(part).collect();
        let pictures = frames.iter().zip(&parts);
        let pictures = pictures.filter_map(|(frame, part)| Some(part.as_ref()?.picture(frame)));
        let poses = network.begin_frames(&pictures.collect::<Vec<_>>());
        let missing = vec![Keypoint::MISSING; network.bodyparts().len()];
        poses.map(move |poses| {
            let mut poses = poses?.into_iter();
            let pose = |part: &Option<Part>| match (part, part.as_ref().and_then(|_| poses.next()))
            {
                (Some(part), Some(pose)) => pose.into_iter().map(|k| part.to_frame(k)).collect(),
                _ => missing.clone(),
            };
            Ok(parts.iter().map(pose).collect())
        })
    }
}

fn whole(frame: &Frame<'_>) -> BoundingBox {
    BoundingBox {
        x: 0.0,
        y: 0.0,
        width: f64_of(frame.width()),
        height: f64_of(frame.height()),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a side has far fewer than 2^52 px"
)]
fn f64_of(len: usize) -> f64 {
    len as f64
}

/// Checks that a box has an area, overlaps the frame and is not larger than it.
fn check(bounding_box: BoundingBox, frame: &Frame<'_>) -> Result<(), EstimatePoseError> {
    let whole = whole(frame);
    let side = |start: f64, len: f64, of_frame: f64| {
        len > 0.0 && len <= of_frame && start < of_frame && start + len > 0.0
    };
    let fits = side(bounding_box.x, bounding_box.width, whole.width)
        && side(bounding_box.y, bounding_box.height, whole.height);
    match fits {
        true => Ok(()),
        false => Err(EstimatePoseError::Box {
            bounding_box,
            size: [frame.width(), frame.height()],
        }),
    }
}
