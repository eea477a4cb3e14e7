use std::{
    fmt, io,
    time::{Duration, Instant},
};

use dlc_model::{Bodyparts, Crop, CropError, Frame, Keypoint, OptionError};

use super::{CameraFrame, FrameTime, Processor};
use crate::numbers::len_f64;
use crate::{DynamicCropping, EstimatePoseError, PoseEstimator, resize};

/// The largest factor by which a picture is scaled: more is a mistake that would take all memory.
const MAX_RESIZE: f64 = 16.0;

/// The smallest: of the largest frames one pixel is left.
const MIN_RESIZE: f64 = 1e-5;

/// What the network sees of each picture.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LiveOptions {
    /// The part of each picture that is looked at, or `None` for all of it.
    pub crop: Option<Crop>,
    /// Whether the network looks only where the animal was in the last frame.
    ///
    /// The box holds the keypoints of the last pose whose likelihood is at least the threshold,
    /// and a margin; when there is none, the whole next picture is looked at. This is
    /// DeepLabCut-live's rule. That of [`AnimalFollower`](crate::AnimalFollower) is the one of
    /// DeepLabCut's analyses: its box holds all keypoints, however unlikely.
    ///
    /// DIFFERENCE: together with a [`crop`](Self::crop), DeepLabCut-live takes coordinates of the
    /// whole picture for those of the cropped one, and a box without area is an error; here the
    /// box is where the animal is, and one without area counts as none.
    pub dynamic: Option<DynamicCropping>,
    /// By how much what is looked at is scaled, e.g., 0.5 for half the width and height; at most 16.
    pub resize: Option<f64>,
}

impl LiveOptions {
    /// Sets the part of each picture that is looked at.
    #[must_use]
    pub fn with_crop(mut self, crop: Crop) -> Self {
        self.crop = Some(crop);
        self
    }

    /// Sets that the network looks only where the animal was in the last frame.
    #[must_use]
    pub fn with_dynamic(mut self, dynamic: DynamicCropping) -> Self {
        self.dynamic = Some(dynamic);
        self
    }

    /// Sets by how much what is looked at is scaled.
    #[must_use]
    pub fn with_resize(mut self, factor: f64) -> Self {
        self.resize = Some(factor);
        self
    }
}

impl LiveOptions {
    /// Checks that the numbers mean something.
    ///
    /// # Errors
    ///
    /// Returns an error when the scale is not above 0 and at most 16, when the crop has no area, or
    /// when a threshold is no likelihood.
    pub fn check(&self) -> Result<(), OptionError> {
        if let Some(factor) = self.resize {
            OptionError::within("resize", factor, MIN_RESIZE..=MAX_RESIZE)?;
        }
        self.crop
            .map_or(Ok(()), |crop| OptionError::crop("crop", crop))?;
        self.dynamic.map_or(Ok(()), |dynamic| dynamic.check())
    }
}

/// The pose in one frame of a camera.
#[derive(Clone, Debug, PartialEq)]
pub struct LivePose {
    /// A keypoint for each body part, in px of the whole picture, as the processor left them.
    pub keypoints: Vec<Keypoint>,
    /// When the frame was captured and when the network had answered.
    pub time: FrameTime,
    /// When the processor was done, which is when the pose could be used.
    pub finished: Instant,
}

impl LivePose {
    /// Returns the time from the capture to the finished pose.
    pub fn latency(&self) -> Duration {
        self.finished.saturating_duration_since(self.time.captured)
    }
}

/// Estimates the pose in one picture of a camera after the other.
///
/// The steps are those of DeepLabCut-live, in its order: crop, dynamic crop, scale, network, back
/// to px of the whole picture, processor. The box of the dynamic crop comes from the processed pose.
pub struct LiveEstimator {
    estimator: PoseEstimator,
    options: LiveOptions,
    processor: Option<Box<dyn Processor>>,
    /// The last pose, as the processor left it.
    last: Option<Vec<Keypoint>>,
}

impl fmt::Debug for LiveEstimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveEstimator")
            .field("estimator", &self.estimator)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl LiveEstimator {
    /// Makes a loaded network ready for live use.
    ///
    /// # Errors
    ///
    /// Returns an error when the [options](LiveOptions::check) cannot mean anything.
    pub fn new(estimator: PoseEstimator, options: LiveOptions) -> Result<Self, OptionError> {
        options.check()?;
        Ok(Self {
            estimator,
            options,
            processor: None,
            last: None,
        })
    }

    /// Sets what is done with each pose.
    #[must_use]
    pub fn with_processor(mut self, processor: impl Processor + 'static) -> Self {
        self.processor = Some(Box::new(processor));
        self
    }

    /// Returns the body parts, in the order of a pose.
    pub fn bodyparts(&self) -> &Bodyparts {
        self.estimator.bodyparts()
    }

    /// Returns the network.
    pub fn estimator(&mut self) -> &mut PoseEstimator {
        &mut self.estimator
    }

    /// Lets the processor write what it gathered.
    ///
    /// # Errors
    ///
    /// Returns an error when `out` does.
    pub fn save(&mut self, out: &mut dyn io::Write) -> io::Result<()> {
        match &mut self.processor {
            Some(processor) => processor.save(out),
            None => Ok(()),
        }
    }

    /// Forgets where the animal was: the whole of the next picture is looked at.
    pub fn reset(&mut self) {
        self.last = None;
    }

    /// Estimates the pose in a picture that was captured at `captured`.
    ///
    /// The first call is slower than the others: devices prepare themselves then. Feed a picture
    /// before it matters.
    ///
    /// # Errors
    ///
    /// Returns an error when the crop lies outside of the picture, or when the device fails. The
    /// next picture can be estimated as if this one had not been.
    pub fn estimate(
        &mut self,
        frame: &CameraFrame<'_>,
        captured: Instant,
    ) -> Result<LivePose, EstimateLiveError> {
        let part = self.part(frame)?;
        let input = self.scaled(frame.to_frame(part));
        let poses = self.estimator.estimate(std::slice::from_ref(&input))?;
        let factor = self.options.resize.unwrap_or(1.0);
        let corner = [part.x_min, part.y_min].map(len_f64);
        let keypoints = poses.into_iter().flatten().map(|keypoint| Keypoint {
            x: keypoint.x / factor + corner[0],
            y: keypoint.y / factor + corner[1],
            ..keypoint
        });
        let mut keypoints: Vec<Keypoint> = keypoints.collect();
        let time = FrameTime {
            captured,
            estimated: Instant::now(),
        };
        let mut finished = time.estimated;
        if let Some(processor) = &mut self.processor {
            keypoints = processor.process(keypoints, time);
            finished = Instant::now();
        }
        if self.options.dynamic.is_some() {
            self.last = Some(keypoints.clone());
        }
        Ok(LivePose {
            keypoints,
            time,
            finished,
        })
    }

    /// Returns the part of a picture that the network looks at.
    fn part(&self, frame: &CameraFrame<'_>) -> Result<Crop, CropError> {
        let (width, height) = (frame.width(), frame.height());
        let crop = self.options.crop;
        let part = crop
            .unwrap_or(Crop::full(width, height))
            .fit(width, height)?;
        let around = self.options.dynamic.zip(self.last.as_deref());
        Ok(around
            .and_then(|(dynamic, last)| box_around(dynamic, last, part))
            .unwrap_or(part))
    }

    fn scaled(&self, frame: Frame<'static>) -> Frame<'static> {
        let Some(factor) = self.options.resize.filter(|&factor| factor != 1.0) else {
            return frame;
        };
        let side = |len: usize| whole(len_f64(len) * factor).max(1);
        resize::bilinear(&frame, side(frame.width()), side(frame.height()))
    }
}

/// Returns the box around the likely keypoints of a pose, inside `within`.
fn box_around(dynamic: DynamicCropping, pose: &[Keypoint], within: Crop) -> Option<Crop> {
    let margin = f64::from(dynamic.margin);
    let seen = || {
        let likely = pose.iter().filter(|k| k.likelihood >= dynamic.threshold);
        likely.filter(|k| !k.is_missing())
    };
    seen().next()?;
    let side = |coordinate: fn(&Keypoint) -> f64, start: usize, end: usize| {
        let low = seen().map(coordinate).fold(f64::INFINITY, f64::min);
        let high = seen().map(coordinate).fold(f64::NEG_INFINITY, f64::max);
        [low.trunc() - margin, high.trunc() + margin]
            .map(|edge| whole(edge.clamp(len_f64(start), len_f64(end))))
    };
    let [x_min, x_max] = side(|k| k.x, within.x_min, within.x_max);
    let [y_min, y_max] = side(|k| k.y, within.y_min, within.y_max);
    let crop = Crop {
        x_min,
        x_max,
        y_min,
        y_max,
    };
    (x_min < x_max && y_min < y_max).then_some(crop)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length in px, truncated as in Python's `int`"
)]
fn whole(px: f64) -> usize {
    px as usize
}

/// An error returned when the pose in a picture of a camera cannot be estimated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EstimateLiveError {
    /// The crop does not lie in the picture.
    #[error(transparent)]
    Crop(#[from] CropError),
    /// The network failed.
    #[error(transparent)]
    Estimate(#[from] EstimatePoseError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const DYNAMIC: DynamicCropping = DynamicCropping {
        threshold: 0.5,
        margin: 10,
    };

    fn crop(x_min: usize, x_max: usize, y_min: usize, y_max: usize) -> Crop {
        Crop {
            x_min,
            x_max,
            y_min,
            y_max,
        }
    }

    #[test]
    fn the_box_holds_the_likely_keypoints_alone() {
        let pose = [
            Keypoint::new(30.7, 40.2, 0.5),
            Keypoint::new(50.9, 20.1, 0.9),
            Keypoint::new(1.0, 1.0, 0.49),
            Keypoint::MISSING,
        ];

        let found = box_around(DYNAMIC, &pose, Crop::full(100, 45));
        assert_eq!(found, Some(crop(20, 60, 10, 45)));
    }

    #[test]
    fn an_animal_that_is_lost_has_no_box() {
        let full = Crop::full(100, 100);

        assert_eq!(
            box_around(DYNAMIC, &[Keypoint::new(5.0, 5.0, 0.4)], full),
            None
        );
        let beside = [Keypoint::new(-20.0, 5.0, 0.9)];
        assert_eq!(box_around(DYNAMIC, &beside, full), None);
        assert_eq!(box_around(DYNAMIC, &[], full), None);
    }

    #[test]
    fn the_box_lies_inside_the_static_crop() {
        let pose = [Keypoint::new(50.0, 50.0, 0.9)];
        let found = box_around(DYNAMIC, &pose, crop(45, 100, 0, 55));

        assert_eq!(found, Some(crop(45, 60, 40, 55)));
    }
}
