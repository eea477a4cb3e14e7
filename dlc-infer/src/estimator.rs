use std::sync::Arc;

use dlc_model::{
    Bodyparts, BoundingBox, Engine, Frame, InputSize, Keypoint, NetType, NetworkConfig, Weights,
};

use crate::{
    architecture::{self, Head},
    decode::Decoder,
    device::{self, DeviceChoice, OpenDeviceError},
    executor::{self, Array, Executor, ExecutorError, InstructionSet, Maps, Peak, Pictures},
    graph::{Graph, Statistics},
    pending::Pending,
    precision::Precision,
    preprocess::{self, FrameFromInput},
    simcc::SimccHead,
    top_down::{Boxes, TopDown},
    weights::LoadReport,
};

/// Whose statistics a normalisation uses that was trained with those of the batch.
///
/// This concerns MobileNetV2 alone. DeepLabCut builds it in training mode at inference too, so
/// that each normalisation uses mean and variance of all frames that happen to share a batch: the
/// pose of a frame depends on its neighbours and on the batch size.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum BatchStatistics {
    /// Each frame's own. A frame has one pose, whatever the batch size; it is DeepLabCut's at
    /// batch size 1.
    #[default]
    Frame,
    /// Those of the whole batch, as DeepLabCut does. The caller sees to it that batches are
    /// DeepLabCut's.
    Batch,
}

impl From<BatchStatistics> for Statistics {
    fn from(statistics: BatchStatistics) -> Self {
        match statistics {
            BatchStatistics::Frame => Self::Frame,
            BatchStatistics::Batch => Self::Batch,
        }
    }
}

/// What a [`PoseEstimator`] is loaded with beside network and weights.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct EstimatorOptions {
    /// Where the network runs.
    pub device: DeviceChoice,
    /// Whose statistics MobileNetV2 normalises with.
    pub statistics: BatchStatistics,
    /// The instructions that the CPU is used with, or `None` for the best that it has. Results
    /// differ by rounding.
    pub instruction_set: Option<InstructionSet>,
    /// How exact the numbers are that the network computes with.
    pub precision: Precision,
    /// Whether tensors that the checkpoint lacks are taken as zeros; otherwise they are an error.
    /// The [`LoadReport`] names them. A tensor of another shape is an error always.
    pub allow_missing: bool,
}

impl EstimatorOptions {
    /// Sets where the network runs.
    #[must_use]
    pub fn with_device(mut self, device: DeviceChoice) -> Self {
        self.device = device;
        self
    }

    /// Sets whose statistics MobileNetV2 normalises with.
    #[must_use]
    pub fn with_statistics(mut self, statistics: BatchStatistics) -> Self {
        self.statistics = statistics;
        self
    }

    /// Sets the instructions that the CPU is used with.
    #[must_use]
    pub fn with_instruction_set(mut self, instruction_set: InstructionSet) -> Self {
        self.instruction_set = Some(instruction_set);
        self
    }

    /// Sets how exact the numbers are that the network computes with.
    #[must_use]
    pub fn with_precision(mut self, precision: Precision) -> Self {
        self.precision = precision;
        self
    }

    /// Sets whether tensors that the checkpoint lacks are taken as zeros.
    #[must_use]
    pub fn with_missing_allowed(mut self, allow_missing: bool) -> Self {
        self.allow_missing = allow_missing;
        self
    }

    /// Checks what became of the tensors of a checkpoint.
    pub(crate) fn check(&self, report: LoadReport) -> Result<LoadReport, LoadNetworkErrorKind> {
        let is_enough = report.mismatched.is_empty() && self.allow_missing;
        match report.is_complete() || is_enough {
            true => Ok(report),
            false => Err(LoadNetworkErrorKind::Incomplete { report }),
        }
    }

    /// Puts a graph on the device; returns the name of the device, too.
    pub(crate) fn executor(
        &self,
        graph: Graph,
    ) -> Result<(Box<dyn Executor>, String), LoadNetworkErrorKind> {
        let opened = device::open(&self.device).map_err(LoadNetworkErrorKind::Device)?;
        let instruction_set = self.instruction_set.unwrap_or_else(InstructionSet::best);
        if !instruction_set.is_available() {
            return Err(LoadNetworkErrorKind::InstructionSet(instruction_set));
        }
        let (precision, device) = (self.precision, opened.name().to_owned());
        match opened.has(precision, instruction_set) {
            true => Ok((
                executor::on(opened, graph, instruction_set, precision),
                device,
            )),
            false => Err(LoadNetworkErrorKind::Precision { device, precision }),
        }
    }
}

/// A trained network on a device: frames in, poses out.
///
/// # Examples
///
/// ```no_run
/// use dlc_infer::{EstimatorOptions, PoseEstimator};
/// # fn example(
/// #     config: dlc_model::NetworkConfig,
/// #     weights: dlc_model::Weights,
/// #     frame: dlc_model::Frame<'_>,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// let mut estimator = PoseEstimator::load(&config, weights, &EstimatorOptions::default())?;
///
/// let poses = estimator.estimate(&[frame])?;
/// let snout = poses[0][0];
/// println!("{} at ({:.1}, {:.1})", estimator.bodyparts()[0], snout.x, snout.y);
/// # Ok(())
/// # }
/// ```
pub struct PoseEstimator {
    engine: Engine,
    bodyparts: Bodyparts,
    input_size: InputSize,
    decoder: PoseDecoder,
    /// Only of a model that sees a part of each frame.
    top_down: Option<TopDown>,
    device: String,
    executor: Box<dyn Executor>,
    report: LoadReport,
}

/// How the answers of a network become a pose.
enum PoseDecoder {
    Heatmaps(Decoder),
    /// Shared with answers that are not there yet.
    Simcc(Arc<SimccHead>),
}

/// The pose in each frame of a batch.
pub(crate) type Poses = Result<Vec<Vec<Keypoint>>, EstimatePoseError>;

impl std::fmt::Debug for PoseEstimator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PoseEstimator")
            .field("bodyparts", &self.bodyparts)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

impl PoseEstimator {
    /// Builds the network that `config` describes from `weights`, on a device.
    ///
    /// Each tensor is freed once the device has it, so that no two copies of the network are in memory;
    /// a caller who needs the weights again clones them.
    ///
    /// # Errors
    ///
    /// Returns an error when the network is not one that this crate runs, when the weights lack a
    /// tensor (unless the options allow that) or have one of another shape, or when there is no such
    /// device, or when it lacks the instructions or the precision that the options ask for.
    pub fn load(
        config: &NetworkConfig,
        weights: Weights,
        options: &EstimatorOptions,
    ) -> Result<Self, LoadNetworkError> {
        let network = architecture::build(config, weights, options)?;
        let (executor, device) = options.executor(network.graph)?;
        Ok(Self {
            engine: config.engine,
            bodyparts: config.bodyparts.clone(),
            input_size: config.input_size,
            decoder: match network.head {
                Head::Simcc(head) => PoseDecoder::Simcc(head.into()),
                Head::Heatmaps { stride } => PoseDecoder::Heatmaps(Decoder {
                    stride,
                    locref_std: config.locref_std.unwrap_or(0.0),
                    clip_scores: config.clip_scores,
                }),
            },
            top_down: config.top_down.map(|crop| TopDown {
                crop,
                input_scaling: config.input_scaling,
                boxes: Boxes::default(),
            }),
            device,
            executor,
            report: network.report,
        })
    }

    /// Returns the body parts, in the order of a pose.
    pub fn bodyparts(&self) -> &Bodyparts {
        &self.bodyparts
    }

    /// Returns the name of the device: `cpu`, `reference`, or an adapter's.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// Returns how many frames of a batch the device works on at once: on the CPU as many as it
    /// has cores, up to four. A smaller batch leaves some of it idle.
    pub fn frames_at_once(&self) -> usize {
        self.executor.at_once()
    }

    /// Returns what became of the tensors of the checkpoint.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// Returns whether the model sees a part of each frame, the one that [`Self::set_boxes`] says.
    pub fn is_top_down(&self) -> bool {
        self.top_down.is_some()
    }

    /// Sets where a top-down model looks for the animal; at first in the whole of each frame.
    ///
    /// # Errors
    ///
    /// Returns an error when the model is not a top-down one: it sees whole frames.
    pub fn set_boxes(&mut self, boxes: Boxes) -> Result<(), SetBoxesError> {
        let top_down = self.top_down.as_mut().ok_or(SetBoxesError)?;
        top_down.boxes = boxes;
        Ok(())
    }

    /// Estimates the pose in each frame of a batch, in px of the frame.
    ///
    /// There is a keypoint for each of [`Self::bodyparts`], in their order, however low its
    /// likelihood: nothing is cut off here. They are [`Keypoint::MISSING`] in a frame in which a
    /// detector found no animal.
    ///
    /// # Errors
    ///
    /// Returns an error when the frames are of several sizes, when a box does not lie in them, or
    /// when the device fails.
    pub fn estimate(
        &mut self,
        frames: &[Frame<'_>],
    ) -> Result<Vec<Vec<Keypoint>>, EstimatePoseError> {
        self.begin(frames)?.wait()
    }

    /// Begins what [`Self::estimate`] does: returns when the device has all that it needs.
    pub(crate) fn begin(
        &mut self,
        frames: &[Frame<'_>],
    ) -> Result<Pending<Poses>, EstimatePoseError> {
        if frames.is_empty() {
            return Ok(Pending::Ready(Ok(Vec::new())));
        }
        check_sizes(frames)?;
        // Taken out, it can use the rest of this.
        let Some(mut top_down) = self.top_down.take() else {
            return Ok(self.begin_frames(frames));
        };
        let poses = top_down.begin(self, frames);
        self.top_down = Some(top_down);
        poses
    }

    /// Begins to estimate the pose in each frame, all of which the network sees.
    pub(crate) fn begin_frames(&mut self, frames: &[Frame<'_>]) -> Pending<Poses> {
        if self.input_size == InputSize::default() {
            return self.begin_inputs(frames);
        }
        let (inputs, ways_back) = self.inputs(frames);
        let pose = |(pose, way_back): (Vec<Keypoint>, FrameFromInput)| {
            let keypoints = pose.into_iter();
            keypoints.map(|k| way_back.keypoint(k)).collect()
        };
        let poses = self.begin_inputs(&inputs);
        poses.map(move |poses| Ok(poses?.into_iter().zip(ways_back).map(pose).collect()))
    }

    /// Returns the frames as the network sees them, and the way back from each.
    fn inputs<'f>(&self, frames: &'f [Frame<'_>]) -> (Vec<Frame<'f>>, Vec<FrameFromInput>) {
        let fitted = frames
            .iter()
            .map(|frame| preprocess::fitted(&self.input_size, frame));
        fitted
            .map(|(input, way_back)| (input.into_owned(), way_back))
            .unzip()
    }

    /// Begins to estimate the pose in each picture of a batch as the network sees it, in px of it.
    fn begin_inputs(&mut self, inputs: &[Frame<'_>]) -> Pending<Poses> {
        match inputs {
            [] => Pending::Ready(Ok(Vec::new())),
            _ => self.begin_pictures(inputs.into()),
        }
    }

    /// Estimates the pose in each picture as the network sees it, in px of it.
    pub(crate) fn estimate_pictures(&mut self, input: Pictures<'_>) -> Poses {
        self.begin_pictures(input).wait()
    }

    fn begin_pictures(&mut self, input: Pictures<'_>) -> Pending<Poses> {
        match &self.decoder {
            PoseDecoder::Heatmaps(decoder) => {
                let decoder = *decoder;
                let keypoint = move |peak: Peak| decoder.keypoint(peak);
                let pose = move |peaks: Vec<Peak>| peaks.into_iter().map(keypoint).collect();
                let peaks = self.executor.begin_peaks(input);
                peaks.map(move |peaks| {
                    let peaks = peaks.map_err(EstimatePoseError::Device)?;
                    Ok(peaks.into_iter().map(pose).collect())
                })
            }
            PoseDecoder::Simcc(head) => {
                let (head, [pictures, ..]) = (Arc::clone(head), input.size());
                let outputs = self.executor.begin_outputs(input);
                outputs.map(move |outputs| {
                    let maps = &outputs.map_err(EstimatePoseError::Device)?[0];
                    Ok((0..pictures).map(|i| head.pose(maps.picture(i))).collect())
                })
            }
        }
    }

    /// Estimates the pose in one picture as the network sees it, in px of it.
    pub(crate) fn estimate_input(
        &mut self,
        input: &Frame<'_>,
    ) -> Result<Vec<Keypoint>, EstimatePoseError> {
        let poses = self.begin_inputs(std::slice::from_ref(input)).wait()?;
        Ok(poses.into_iter().next().unwrap_or_default())
    }

    /// Returns how heatmaps of whole frames are read; `None` for other networks.
    pub(crate) fn decoder_of_frames(&self) -> Option<Decoder> {
        match self.decoder {
            PoseDecoder::Heatmaps(decoder) if !self.is_top_down() => Some(decoder),
            _ => None,
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    pub(crate) fn input_size(&self) -> &InputSize {
        &self.input_size
    }

    /// Returns the heatmaps and location refinements of each frame of a batch, in cell space.
    ///
    /// For looking into a network; [`Self::estimate`] does not move them off the device. Of RTMPose
    /// they are the maps before the coordinates are classified. Boxes do not matter here: frames
    /// are what the network sees.
    ///
    /// # Errors
    ///
    /// As [`Self::estimate`].
    pub fn maps(&mut self, frames: &[Frame<'_>]) -> Result<Vec<Maps>, EstimatePoseError> {
        self.begin_maps(frames)?.wait()
    }

    /// Begins what [`Self::maps`] does.
    pub(crate) fn begin_maps(
        &mut self,
        frames: &[Frame<'_>],
    ) -> Result<Pending<Result<Vec<Maps>, EstimatePoseError>>, EstimatePoseError> {
        if frames.is_empty() {
            return Ok(Pending::Ready(Ok(Vec::new())));
        }
        check_sizes(frames)?;
        let (inputs, _) = self.inputs(frames);
        let outputs = self.executor.begin_outputs(inputs[..].into());
        let maps = |outputs: Result<Vec<Array>, ExecutorError>| {
            Ok(Maps::split(&outputs.map_err(EstimatePoseError::Device)?))
        };
        Ok(outputs.map(maps))
    }
}

/// An error returned when boxes are given to a model that sees whole frames.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("boxes are for top-down models: this one sees whole frames")]
pub struct SetBoxesError;

pub(crate) fn check_sizes(frames: &[Frame<'_>]) -> Result<(), EstimatePoseError> {
    let size = |frame: &Frame<'_>| [frame.width(), frame.height()];
    let expected = size(&frames[0]);
    match frames.iter().find(|frame| size(frame) != expected) {
        None => Ok(()),
        Some(frame) => Err(EstimatePoseError::Sizes {
            frame: frame.index(),
            expected,
            found: size(frame),
        }),
    }
}

/// An error returned when a network cannot be loaded.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("could not load the network")]
pub struct LoadNetworkError {
    #[from]
    #[source]
    kind: LoadNetworkErrorKind,
}

impl LoadNetworkError {
    /// Returns the reason.
    pub fn kind(&self) -> &LoadNetworkErrorKind {
        &self.kind
    }
}

/// Why a network cannot be loaded.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadNetworkErrorKind {
    /// The network is not one that this crate runs.
    #[error(
        "{net_type} of the {engine} engine is not supported: supported are resnet_50, _101 and _152, mobilenet_v2_1.0, _0.75, _0.5 and _0.35, efficientnet-b0 to -b6 (tensorflow), resnet_50 and _101, hrnet_w18, _w32 and _w48, cspnext_s, _m and _x, rtmpose_s, _m and _x (pytorch)"
    )]
    Unsupported {
        /// The framework that trained it.
        engine: Engine,
        /// The architecture.
        net_type: NetType,
    },
    /// Configuration and checkpoint do not agree on the number of body parts.
    #[error("the configuration names {} body parts ({}), the checkpoint has {heatmaps} heatmaps", bodyparts.len(), names(bodyparts))]
    Bodyparts {
        /// The names in the configuration.
        bodyparts: Bodyparts,
        /// The number of heatmaps in the checkpoint.
        heatmaps: usize,
    },
    /// The checkpoint lacks a tensor, or has one of another shape.
    #[error("the checkpoint is not one of this network: {}", summary(report))]
    Incomplete {
        /// What became of each tensor.
        report: LoadReport,
    },
    /// There is no such device.
    #[error(transparent)]
    Device(OpenDeviceError),
    /// The device has no numbers of the precision that was asked for.
    #[error("{device} has no numbers of {precision} precision")]
    Precision {
        /// The device.
        device: String,
        /// The precision.
        precision: Precision,
    },
    /// The processor lacks the instructions that were asked for.
    #[error("this processor has no {0}")]
    InstructionSet(InstructionSet),
}

fn names(bodyparts: &Bodyparts) -> String {
    let names: Vec<&str> = bodyparts.iter().map(|part| part.as_str()).collect();
    names.join(", ")
}

fn summary(report: &LoadReport) -> String {
    let missing = report
        .missing
        .iter()
        .map(|name| format!("{name} is missing"));
    let mismatched = report.mismatched.iter().map(|tensor| {
        let (expected, found) = (&tensor.expected, &tensor.found);
        format!("{} has shape {found:?}, not {expected:?}", tensor.name)
    });
    let mut lines: Vec<String> = missing.chain(mismatched).collect();
    // The report holds all; a sentence with hundreds of names helps nobody.
    let more = lines.len().saturating_sub(3);
    lines.truncate(3);
    if more > 0 {
        lines.push(format!("and {more} more"));
    }
    lines.join("; ")
}

/// An error returned when the pose in a batch of frames cannot be estimated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EstimatePoseError {
    /// The frames of the batch are of several sizes.
    #[error("frame {frame} is {} x {} px, the first of its batch {} x {} px", found[0], found[1], expected[0], expected[1])]
    Sizes {
        /// The place of the odd frame in the video.
        frame: usize,
        /// Width and height of the first frame.
        expected: [usize; 2],
        /// Width and height of the odd frame.
        found: [usize; 2],
    },
    /// More keypoints of a body part are asked for than there are cells.
    #[error("{num_outputs} keypoints of each body part are asked for, a heatmap has {cells} cells")]
    Outputs {
        /// The number of keypoints.
        num_outputs: usize,
        /// The number of cells.
        cells: usize,
    },
    /// Several keypoints of a body part are asked of a top-down model.
    #[error("{num_outputs} keypoints of each body part are asked for, a top-down model has one")]
    TopDownOutputs {
        /// The number of keypoints.
        num_outputs: usize,
    },
    /// A box has no area, lies beside the frame, or is larger than the frame.
    #[error("a box of {} x {} px at ({}, {}) is not an area in a frame of {} x {} px", bounding_box.width, bounding_box.height, bounding_box.x, bounding_box.y, size[0], size[1])]
    Box {
        /// The box.
        bounding_box: BoundingBox,
        /// Width and height of the frame.
        size: [usize; 2],
    },
    /// The device failed.
    #[error("the device failed")]
    Device(#[source] ExecutorError),
}

#[cfg(test)]
mod tests {
    use dlc_model::InputScaling;

    use super::*;
    use crate::{
        graph::{Builder, Op},
        weights::ShapeMismatch,
    };

    #[test]
    fn missing_tensors_are_an_error_unless_allowed_and_other_shapes_always() {
        let strict = EstimatorOptions::default();
        let lenient = EstimatorOptions::default().with_missing_allowed(true);
        let report = LoadReport {
            missing: vec!["pose/locref_pred/block4/biases".into()],
            ..LoadReport::default()
        };

        let error = strict.check(report.clone()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the checkpoint is not one of this network: pose/locref_pred/block4/biases is missing"
        );
        assert_eq!(lenient.check(report.clone()), Ok(report.clone()));

        let mismatched = LoadReport {
            mismatched: vec![ShapeMismatch {
                name: "pose/locref_pred/block4/biases".into(),
                expected: vec![8],
                found: vec![6],
            }],
            ..report
        };
        assert!(lenient.check(mismatched).is_err());
    }

    #[test]
    fn a_device_without_a_precision_is_an_error_that_names_both() {
        let options = EstimatorOptions::default()
            .with_device(DeviceChoice::Reference)
            .with_precision(Precision::Half);
        let mut builder = Builder::default();
        let input = builder.add(Op::Input(InputScaling::NONE), &[]);
        let error = options.executor(builder.finish(vec![input])).err();
        assert_eq!(
            error.map(|error| error.to_string()).as_deref(),
            Some("reference has no numbers of half precision")
        );
    }

    #[test]
    fn an_estimator_can_be_sent_to_another_thread() {
        fn assert_send<T: Send>() {}
        assert_send::<PoseEstimator>();
    }
}
