use dlc_model::{Crop, Frame, Keypoint, OptionError};

use super::f64_of;
use crate::{
    EstimatePoseError, PoseEstimator,
    executor::Array,
    preprocess,
    resize::{
        Window,
        float::{self, Antialias},
    },
};

/// How a box follows the animal: DeepLabCut's `top_down_dynamic`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicBoxesOptions {
    /// Patches along x, and along y, that a frame is split into when the animal is not known.
    pub patch_counts: [usize; 2],
    /// By how much neighbouring patches overlap, in px.
    pub patch_overlap: usize,
    /// The smallest width, and height, of a box, in px.
    pub min_bbox_size: [usize; 2],
    /// The likelihood from which on a body part tells that the animal is there.
    pub threshold: f64,
    /// How far the box reaches beyond the body parts, in px. It is added twice, as in DeepLabCut.
    pub margin: u32,
    /// How many body parts must be that likely for the animal to be there.
    pub min_hq_keypoints: usize,
    /// Whether only they make the box; else all body parts do.
    pub bbox_from_hq: bool,
}

impl Default for DynamicBoxesOptions {
    /// DeepLabCut's.
    fn default() -> Self {
        Self {
            patch_counts: [3, 2],
            patch_overlap: 50,
            min_bbox_size: [50, 50],
            threshold: 0.6,
            margin: 25,
            min_hq_keypoints: 2,
            bbox_from_hq: false,
        }
    }
}

/// The most patches along a side, and the longest overlap or side that can be asked for, in px.
const MOST_PATCHES: usize = 32;
const LONGEST: usize = 8192;

impl DynamicBoxesOptions {
    /// Checks that the numbers mean something.
    ///
    /// # Errors
    ///
    /// Returns an error when the threshold is no likelihood, or when a count or a length is zero or
    /// takes too much memory.
    pub fn check(&self) -> Result<(), OptionError> {
        OptionError::likelihood("top_down_dynamic.threshold", self.threshold)?;
        OptionError::count(
            "top_down_dynamic.min_hq_keypoints",
            self.min_hq_keypoints,
            1..=usize::MAX,
        )?;
        OptionError::count(
            "top_down_dynamic.patch_overlap",
            self.patch_overlap,
            0..=LONGEST,
        )?;
        for axis in [0, 1] {
            let (count, side) = (self.patch_counts[axis], self.min_bbox_size[axis]);
            OptionError::count("top_down_dynamic.patch_counts", count, 1..=MOST_PATCHES)?;
            OptionError::count("top_down_dynamic.min_bbox_size", side, 0..=LONGEST)?;
        }
        Ok(())
    }
}

/// Boxes around the pose in the frame before; in the first frame, and when the animal is lost, the
/// patch whose pose is likeliest.
///
/// For the frames of one video, in their order; [`Self::reset`] before another one. DeepLabCut
/// begins another video where the animal was at the end of the one before.
#[derive(Clone, Debug)]
pub struct DynamicBoxes {
    options: DynamicBoxesOptions,
    next: Option<Place>,
}

impl DynamicBoxes {
    /// Creates boxes for a video.
    pub fn new(options: DynamicBoxesOptions) -> Self {
        Self {
            options,
            next: None,
        }
    }

    /// Forgets where the animal was.
    pub fn reset(&mut self) {
        self.next = None;
    }

    /// Estimates the pose in the next frame, in px of the frame.
    pub(super) fn estimate(
        &mut self,
        network: &mut PoseEstimator,
        frame: &Frame<'_>,
        size: [usize; 2],
        blank: [f32; 3],
    ) -> Result<Vec<Keypoint>, EstimatePoseError> {
        let (input, way_back) = preprocess::fitted(network.input_size(), frame);
        let places = match self.next {
            Some(place) => vec![place],
            None => self.patches([input.width(), input.height()], size),
        };
        let mut values = Vec::new();
        for place in &places {
            let window = place.window(&input);
            float::bilinear(&window, size, Antialias::Yes, blank, &mut values);
        }
        let shape = [places.len(), 3, size[1], size[0]];
        let poses = network.estimate_pictures(Array { shape, values }.into())?;
        let best = likeliest(&poses);
        let pose: Vec<Keypoint> = poses[best]
            .iter()
            .map(|&keypoint| places[best].to_frame(keypoint, size, &input))
            .collect();
        self.next = self.follow(&pose, size, [input.width(), input.height()]);
        Ok(pose.into_iter().map(|k| way_back.keypoint(k)).collect())
    }

    fn patches(&self, frame: [usize; 2], size: [usize; 2]) -> Vec<Place> {
        let DynamicBoxesOptions {
            patch_counts,
            patch_overlap,
            ..
        } = self.options;
        let [columns, rows] =
            [0, 1].map(|axis| segments(frame[axis], patch_counts[axis], patch_overlap));
        let row = |&[top, bottom]: &[i64; 2]| {
            let place = |&[left, right]: &[i64; 2]| self.place([left, top], [right, bottom], size);
            columns.iter().map(place).collect::<Vec<_>>()
        };
        rows.iter().flat_map(row).collect()
    }

    /// Returns where the animal of a pose will be, or `None` when it is not there.
    fn follow(&self, pose: &[Keypoint], size: [usize; 2], frame: [usize; 2]) -> Option<Place> {
        let is_likely = |keypoint: &&Keypoint| keypoint.likelihood >= self.options.threshold;
        if pose.iter().filter(is_likely).count() < self.options.min_hq_keypoints {
            return None;
        }
        let seen = pose
            .iter()
            .filter(|keypoint| !self.options.bbox_from_hq || is_likely(keypoint));
        let side = |coordinate: fn(&Keypoint) -> f64, len: usize| {
            let values = seen.clone().map(coordinate);
            let low = values.clone().fold(f64::INFINITY, f64::min);
            let high = values.fold(f64::NEG_INFINITY, f64::max);
            let margin = f64::from(self.options.margin);
            let len = f64_of(len);
            let edges = [(low - margin).floor(), (high + margin).ceil()];
            edges.map(|edge| edge.clamp(0.0, len))
        };
        let [left, right] = side(|keypoint| keypoint.x, frame[0]).map(truncated);
        let [top, bottom] = side(|keypoint| keypoint.y, frame[1]).map(truncated);
        (left < right && top < bottom).then(|| self.place([left, top], [right, bottom], size))
    }

    /// Returns a place with a margin around two corners, in the ratio of the network's input.
    fn place(&self, from: [i64; 2], to: [i64; 2], size: [usize; 2]) -> Place {
        let margin = i64::from(self.options.margin);
        let [from, to] = [from.map(|edge| edge - margin), to.map(|edge| edge + margin)];
        let mut sides = [0, 1].map(|axis| i64_f64(to[axis] - from[axis]));
        let centre = [0, 1].map(|axis| i64_f64(from[axis]) + sides[axis] / 2.0);
        let ratio = f64_of(size[0]) / f64_of(size[1]);
        if sides[0] / sides[1] > ratio {
            sides[1] = sides[0] / ratio;
        } else if sides[0] / sides[1] < ratio {
            sides[0] = sides[1] * ratio;
        }
        let corner =
            [0, 1].map(|axis| truncated((centre[axis] - sides[axis] / 2.0).round_ties_even()));
        let sides = [0, 1].map(|axis| {
            let side = usize::try_from(truncated(sides[axis])).unwrap_or(0);
            side.max(self.options.min_bbox_size[axis]).max(1)
        });
        Place { corner, sides }
    }
}

/// Returns parts of a side of equal length, each this far into the one before or farther.
fn segments(side: usize, count: usize, overlap: usize) -> Vec<[i64; 2]> {
    let count = count.max(1);
    let signed = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
    let len = signed((side + (count - 1) * overlap).div_ceil(count));
    let (side, overlap) = (signed(side), signed(overlap));
    let mut end = overlap;
    let mut segment = || {
        end = (end - overlap + len).min(side);
        [end - len, end]
    };
    (0..count).map(|_| segment()).collect()
}

/// Returns the first of the poses with the highest mean likelihood.
fn likeliest(poses: &[Vec<Keypoint>]) -> usize {
    let score = |pose: &[Keypoint]| pose.iter().map(|k| k.likelihood).sum::<f64>();
    let mut best = 0;
    for (index, pose) in poses.iter().enumerate() {
        if score(pose) > score(&poses[best]) {
            best = index;
        }
    }
    best
}

/// A rectangle of a frame, in px; it may reach beyond it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    corner: [i64; 2],
    /// Width and height.
    sides: [usize; 2],
}

impl Place {
    fn window<'a>(&self, frame: &'a Frame<'a>) -> Window<'a> {
        Window {
            frame,
            left: self.corner[0],
            top: self.corner[1],
            width: self.sides[0],
            height: self.sides[1],
            shown: Crop::full(frame.width(), frame.height()),
        }
    }

    /// Returns a keypoint of the network's input in px of the frame, and inside of it; in f32, as
    /// DeepLabCut does.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "DeepLabCut's poses are f32: rounding is meant"
    )]
    fn to_frame(self, keypoint: Keypoint, size: [usize; 2], frame: &Frame<'_>) -> Keypoint {
        let moved = |x: f64, axis: usize, len: usize| {
            let scale = (f64_of(self.sides[axis]) / f64_of(size[axis])) as f32;
            let x = x as f32 * scale + self.corner[axis] as f32;
            f64::from(x.clamp(0.0, len as f32))
        };
        Keypoint {
            x: moved(keypoint.x, 0, frame.width()),
            y: moved(keypoint.y, 1, frame.height()),
            ..keypoint
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an edge lies far fewer than 2^52 px away"
)]
fn i64_f64(edge: i64) -> f64 {
    edge as f64
}

#[expect(clippy::cast_possible_truncation, reason = "an edge near a frame")]
fn truncated(edge: f64) -> i64 {
    edge as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_overlap_as_those_of_deeplabcut() {
        // DeepLabCut 3.0.2: `TopDownDynamicCropper.split_array(side, count, overlap)`.
        let cases: [(usize, usize, usize, &[[i64; 2]]); 6] = [
            (640, 3, 50, &[[0, 247], [197, 444], [393, 640]]),
            (480, 2, 50, &[[0, 265], [215, 480]]),
            (101, 4, 7, &[[0, 31], [24, 55], [48, 79], [70, 101]]),
            (61, 3, 50, &[[0, 54], [4, 58], [7, 61]]),
            (30, 3, 50, &[[-14, 30], [-20, 24], [-26, 18]]),
            (640, 1, 50, &[[0, 640]]),
        ];
        for (side, count, overlap, expected) in cases {
            assert_eq!(segments(side, count, overlap), expected);
        }
    }

    #[test]
    fn an_animal_is_lost_when_too_few_body_parts_are_likely() {
        let boxes = DynamicBoxes::new(DynamicBoxesOptions::default());
        let mut pose = vec![
            Keypoint::new(100.0, 80.0, 0.7),
            Keypoint::new(130.0, 90.0, 0.7),
        ];

        // 75 to 155 and 55 to 115, then 25 more on all sides: 130 x 110, made square.
        let place = boxes.follow(&pose, [256, 256], [640, 480]).unwrap();
        assert_eq!(place.corner, [50, 20]);
        assert_eq!(place.sides, [130, 130]);

        pose[1].likelihood = 0.5;
        assert_eq!(boxes.follow(&pose, [256, 256], [640, 480]), None);
    }
}
