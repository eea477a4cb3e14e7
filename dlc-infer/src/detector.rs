//! Detectors: where in a frame is the animal?

mod default_boxes;

use dlc_model::{BoundingBox, DetectorConfig, Frame, InputScaling, Weights};

use self::default_boxes::DefaultBox;
use crate::{
    architecture::ssdlite,
    estimator::{EstimatePoseError, EstimatorOptions, LoadNetworkError},
    executor::{Array, Executor},
    resize::{
        Window,
        float::{self, Antialias},
    },
    weights::LoadReport,
};

/// Width and height of the detector's input in px.
const SIDE: usize = 320;
/// What a box must score above: that of torchvision. The `box_score_thresh` of DeepLabCut's
/// configuration never reaches the model.
const THRESHOLD: f32 = 0.001;

/// Finds one animal in a frame: DeepLabCut's `ssdlite`, which is torchvision's
/// `ssdlite320_mobilenet_v3_large`.
///
/// Of all boxes, the one with the highest score is the animal. The others, and their suppression
/// by it, would matter with several animals only.
pub struct Detector {
    executor: Box<dyn Executor>,
    input_scaling: InputScaling,
    default_boxes: Vec<DefaultBox>,
    report: LoadReport,
}

/// What a detector found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Where the animal is, in px of the frame.
    pub bounding_box: BoundingBox,
    /// How sure the detector is, in [0, 1].
    pub score: f64,
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector").finish_non_exhaustive()
    }
}

impl Detector {
    /// Builds the detector that `config` describes from `weights`, on a device.
    ///
    /// # Errors
    ///
    /// Returns an error when the weights lack a tensor (unless the options allow that) or have one of
    /// another shape, or when there is no such device.
    pub fn load(
        config: &DetectorConfig,
        weights: Weights,
        options: &EstimatorOptions,
    ) -> Result<Self, LoadNetworkError> {
        let (graph, report) = ssdlite::build(twice_scaled(config.input_scaling), weights, options)?;
        let (executor, _) = options.executor(graph)?;
        Ok(Self {
            executor,
            input_scaling: config.input_scaling,
            default_boxes: default_boxes::of_input(SIDE),
            report,
        })
    }

    /// Returns what became of the tensors of the checkpoint.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// Finds the animal in each frame of a batch; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Returns an error when the device fails.
    pub fn detect(
        &mut self,
        frames: &[Frame<'_>],
    ) -> Result<Vec<Option<Detection>>, EstimatePoseError> {
        if frames.is_empty() {
            return Ok(Vec::new());
        }
        let mut values = Vec::with_capacity(frames.len() * 3 * SIDE * SIDE);
        for frame in frames {
            let (window, blank) = (Window::whole(frame), self.input_scaling.mean);
            float::bilinear(&window, [SIDE; 2], Antialias::No, blank, &mut values);
        }
        let shape = [frames.len(), 3, SIDE, SIDE];
        let outputs = self.executor.outputs(Array { shape, values }.into());
        let outputs = outputs.map_err(EstimatePoseError::Device)?;
        let found = frames.iter().enumerate();
        Ok(found
            .map(|(picture, frame)| likeliest(&outputs, &self.default_boxes, picture, frame))
            .collect())
    }
}

/// Returns the box with the highest score in a picture, the first of several.
fn likeliest(
    outputs: &[Array],
    default_boxes: &[DefaultBox],
    picture: usize,
    frame: &Frame<'_>,
) -> Option<Detection> {
    let mut best: Option<(f32, BoundingBox)> = None;
    let answers = outputs
        .chunks_exact(2)
        .flat_map(|pair| answers(&pair[0], &pair[1], picture));
    for ((score, shift), default) in answers.zip(default_boxes) {
        if score > best.map_or(THRESHOLD, |(score, _)| score) {
            best = Some((score, default.moved(shift).on_frame(frame)));
        }
    }
    let (score, bounding_box) = best?;
    Some(Detection {
        bounding_box,
        score: score.into(),
    })
}

/// DeepLabCut normalises the pixels for ImageNet, and then torchvision once more, with mean and
/// deviation of one half.
fn twice_scaled(scaling: InputScaling) -> InputScaling {
    let mut mean = scaling.mean;
    for (mean, scale) in mean.iter_mut().zip(scaling.scale) {
        *mean += 0.5 / scale;
    }
    InputScaling {
        mean,
        scale: scaling.scale.map(|scale| 2.0 * scale),
    }
}

/// Returns the score of the animal and the shift of its box, for each default box of a map: cell by
/// cell, and box by box in a cell.
fn answers(
    classes: &Array,
    shifts: &Array,
    picture: usize,
) -> impl Iterator<Item = (f32, [f32; 4])> {
    let [_, channels, height, width] = classes.shape;
    let cells = height * width;
    let (classes, shifts) = (classes.picture(picture), shifts.picture(picture));
    (0..cells).flat_map(move |cell| {
        (0..channels / 2).map(move |of_cell| {
            let class = |class: usize| classes[(2 * of_cell + class) * cells + cell];
            let shift = [0, 1, 2, 3].map(|axis| shifts[(4 * of_cell + axis) * cells + cell]);
            (softmax([class(0), class(1)]), shift)
        })
    })
}

/// Returns the share of the second class: the first is the background.
fn softmax([background, animal]: [f32; 2]) -> f32 {
    let largest = background.max(animal);
    let [background, animal] = [background, animal].map(|x| (x - largest).exp());
    animal / (background + animal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detector_can_be_sent_to_another_thread() {
        fn assert_send<T: Send>() {}
        assert_send::<Detector>();
    }

    /// The numbers of `tests/fixtures/detector/make.py`.
    fn maps() -> Vec<Array> {
        let mut state = 17_u64;
        let mut number = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (f32::from(u16::try_from(state >> 48).unwrap()) / 32_768.0 - 1.0) * 2.0
        };
        let mut map = |channels: usize, cells: usize| Array {
            shape: [1, channels, cells, cells],
            values: (0..channels * cells * cells).map(|_| number()).collect(),
        };
        let maps = [20, 10, 5, 3, 2, 1].into_iter();
        maps.flat_map(|cells| [map(12, cells), map(24, cells)])
            .collect()
    }

    #[test]
    fn the_likeliest_box_is_that_of_torchvision() {
        let frame = Frame::new(0, 640, 480, vec![0; 640 * 480 * 3]).unwrap();
        let found = likeliest(&maps(), &default_boxes::of_input(SIDE), 0, &frame).unwrap();

        assert!((found.score - 0.979_230_3).abs() < 1e-6);
        let BoundingBox {
            x,
            y,
            width,
            height,
        } = found.bounding_box;
        let expected = [0.0, 316.443_54, 57.779_97, 134.466_03];
        for (found, expected) in [x, y, width, height].into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-3, "{found}, not {expected}");
        }
    }

    #[test]
    fn a_frame_may_have_no_box() {
        let frame = Frame::new(0, 4, 4, vec![0; 48]).unwrap();
        let mut maps = maps();
        for classes in maps.iter_mut().step_by(2) {
            let [_, _, height, width] = classes.shape;
            for (place, value) in classes.values.iter_mut().enumerate() {
                let is_background = place / (height * width) % 2 == 0;
                *value = if is_background { 20.0 } else { 0.0 };
            }
        }

        assert_eq!(
            likeliest(&maps, &default_boxes::of_input(SIDE), 0, &frame),
            None
        );
    }

    #[test]
    fn two_normalisations_are_one() {
        let once = InputScaling::imagenet();
        let twice = twice_scaled(once);
        for channel in 0..3 {
            let one = (200.0 - once.mean[channel]) * once.scale[channel];
            let both = (200.0 - twice.mean[channel]) * twice.scale[channel];

            assert!((both - (one - 0.5) / 0.5).abs() < 1e-5);
        }
    }
}
