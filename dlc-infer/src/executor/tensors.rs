//! Runs a graph with `burn` tensors, on any device that `burn` has.

use burn::tensor::{
    DType, Device, FloatDType, Int, StreamId, Tensor, TensorData, activation,
    module::{conv_transpose2d, conv2d, max_pool2d},
    ops::{ConvOptions, ConvTransposeOptions, MaxPoolOptions},
};
use dlc_model::{Frame, InputScaling, Tensor as Weight};

use super::{Answer, Array, Executor, ExecutorError, Peak, Pictures};
use crate::graph::{
    Activation, Conv, Deconv, Graph, MaxPool, NodeId, Norm, Op, Padding, Statistics, Values, reach,
};
use crate::{Precision, numbers::len_f32, pending::Pending};

/// Runs a graph on a device.
#[derive(Debug)]
pub(crate) struct Tensors {
    device: Device,
    floats: FloatDType,
    steps: Vec<Step>,
    outputs: Vec<NodeId>,
}

/// A node whose weights lie on the device.
#[derive(Debug)]
struct Step {
    op: DeviceOp,
    inputs: Vec<NodeId>,
    /// Values that no later step reads.
    releases: Vec<NodeId>,
}

#[derive(Debug)]
enum DeviceOp {
    Input {
        mean: Tensor<4>,
        scale: Tensor<4>,
    },
    Conv {
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
        stride: usize,
        dilation: usize,
        groups: usize,
        padding: Padding,
    },
    Deconv {
        weight: Tensor<4>,
        bias: Tensor<1>,
        stride: usize,
        crop: usize,
    },
    /// Stored statistics that could not be folded: `x · scale + shift`.
    Affine {
        scale: Tensor<4>,
        shift: Tensor<4>,
    },
    Norm {
        /// How many groups of channels are normalised each by itself.
        groups: usize,
        whole_batch: bool,
        epsilon: f32,
        gamma: Tensor<3>,
        beta: Tensor<3>,
    },
    Activation(Activation),
    MaxPool(MaxPool),
    GlobalMean,
    Add,
    Multiply,
    Concat,
    Upsample(usize),
}

/// Returns whether a device computes with numbers of this precision.
pub(crate) fn has(device: &Device, precision: Precision) -> bool {
    precision != Precision::High && device.supports_dtype(floats(precision))
}

fn floats(precision: Precision) -> FloatDType {
    match precision {
        Precision::Full | Precision::High => FloatDType::F32,
        Precision::Half => FloatDType::F16,
    }
}

impl Tensors {
    /// Moves the weights of a graph to a device that has such numbers ([`has`]).
    pub(crate) fn new(graph: Graph, device: Device, precision: Precision) -> Self {
        let floats = floats(precision);
        let outputs = graph.outputs().to_vec();
        let releases = graph.releases();
        let steps = graph
            .into_nodes()
            .into_iter()
            .zip(releases)
            .map(|(node, releases)| Step {
                op: DeviceOp::new(node.op, &device, floats),
                inputs: node.inputs,
                releases,
            })
            .collect();
        Self {
            device,
            floats,
            steps,
            outputs,
        }
    }

    fn run(&self, input: Pictures<'_>) -> Vec<Tensor<4>> {
        let pixels = match input {
            Pictures::Frames(frames) => upload(frames, &self.device),
            Pictures::Floats(Array { shape, values }) => {
                Tensor::from_data(TensorData::new(values, shape), (&self.device, DType::F32))
            }
        };
        let mut values = Values::<Tensor<4>>::new(self.steps.len());
        for (index, step) in self.steps.iter().enumerate() {
            let inputs: Vec<Tensor<4>> = step
                .inputs
                .iter()
                .map(|&id| values.of(id).clone())
                .collect();
            values.release(&step.releases);
            values.set(index, step.op.run(inputs, &pixels, self.floats));
        }
        let outputs = self.outputs.iter();
        let full = |&id| values.of(id).clone().cast(FloatDType::F32);
        outputs.map(full).collect()
    }
}

impl Executor for Tensors {
    fn outputs(&mut self, input: Pictures<'_>) -> Result<Vec<Array>, ExecutorError> {
        self.begin_outputs(input).wait()
    }

    fn peaks(&mut self, input: Pictures<'_>) -> Result<Vec<Vec<Peak>>, ExecutorError> {
        self.begin_peaks(input).wait()
    }

    fn begin_outputs(&mut self, input: Pictures<'_>) -> Answer<Vec<Array>> {
        let outputs = self.run(input);
        let shapes: Vec<_> = outputs.iter().map(Tensor::dims).collect();
        later(outputs).map(|values| {
            let arrays = shapes.into_iter().zip(values?);
            let array = |(shape, values)| Array { shape, values };
            Ok(arrays.map(array).collect())
        })
    }

    fn begin_peaks(&mut self, input: Pictures<'_>) -> Answer<Vec<Vec<Peak>>> {
        let mut outputs = self.run(input).into_iter();
        let heatmap = outputs.next().expect("a network has an output");
        let [_, parts, _, width] = heatmap.dims();
        let numbers = later(vec![peaks_on_device(heatmap, outputs.next())]);
        numbers.map(move |numbers| {
            let numbers = numbers?.concat();
            let frames = numbers.chunks_exact(4 * parts);
            let peaks = frames.map(|frame| frame.chunks_exact(4).map(|n| peak(n, width)).collect());
            Ok(peaks.collect())
        })
    }
}

/// Moves 8-bit pixels to the device, and makes floats of them there: batch × 3 × height × width.
///
/// Devices have no 8-bit numbers: four pixels' values travel as one of 32 bits, the first in the lowest.
fn upload(frames: &[Frame<'_>], device: &Device) -> Tensor<4> {
    let (height, width) = (frames[0].height(), frames[0].width());
    let len = frames.len() * height * width * 3;
    let mut bytes = Vec::with_capacity(len.next_multiple_of(4));
    for frame in frames {
        bytes.extend_from_slice(frame.pixels());
    }
    bytes.resize(len.next_multiple_of(4), 0);
    let words = TensorData::from_bytes_vec(bytes, [len.div_ceil(4)], DType::I32);
    let words = Tensor::<1, Int>::from_data(words, (device, DType::I32));
    let byte = |place: i32| {
        let shifted = words.clone().bitwise_right_shift_scalar(8 * place);
        shifted.bitwise_and_scalar(0xff)
    };
    Tensor::stack::<2>((0..4).map(byte).collect(), 1)
        .reshape([4 * len.div_ceil(4)])
        .narrow(0, 0, len)
        .reshape([frames.len(), height, width, 3])
        .permute([0, 3, 1, 2])
        .float()
}

/// Returns cell, score, and location refinement x and y of each peak: batch × parts × 4.
///
/// The cell is the first of several equal ones, whatever the device's arg-max would say. It is
/// carried as a float, which is exact up to 2²⁴ cells.
fn peaks_on_device(heatmap: Tensor<4>, locref: Option<Tensor<4>>) -> Tensor<3> {
    let [batch, parts, height, width] = heatmap.dims();
    let cells = height * width;
    let device = heatmap.device();
    let heatmap = heatmap.reshape([batch, parts, cells]);
    let score = heatmap.clone().max_dim(2);
    let lower = heatmap.lower(score.clone().expand([batch, parts, cells]));
    let last = i64::try_from(cells).expect("a map fits into memory");
    let index = Tensor::<1, Int>::arange(0..last, &device)
        .float()
        .reshape([1, 1, cells])
        .expand([batch, parts, cells]);
    let cell = index.mask_fill(lower, len_f32(cells - 1)).min_dim(2);
    let locref = match locref {
        Some(locref) => {
            let cell = cell.clone().int().reshape([batch, parts, 1, 1]);
            locref
                .reshape([batch, parts, 2, cells])
                .gather(3, cell.repeat_dim(2, 2))
                .reshape([batch, parts, 2])
        }
        None => Tensor::zeros([batch, parts, 2], &device),
    };
    Tensor::cat(vec![cell, score, locref], 2)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cell was made from a small whole number"
)]
fn peak(numbers: &[f32], width: usize) -> Peak {
    let cell = numbers[0] as usize;
    Peak {
        column: cell % width,
        row: cell / width,
        score: numbers[1],
        locref: [numbers[2], numbers[3]],
    }
}

/// Promises the values of tensors. Who waits for them, on whichever thread, asks the device behind all
/// that it was asked until then.
///
/// To `burn`, threads are queues of their own that wait for each other; this stays in that of now.
fn later<const D: usize>(tensors: Vec<Tensor<D>>) -> Answer<Vec<Vec<f32>>> {
    let queue = StreamId::current();
    Pending::Later(Box::new(move || {
        queue.executes(|| tensors.into_iter().map(read).collect())
    }))
}

fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ExecutorError> {
    let values = tensor.try_into_data()?.try_into_vec::<f32>();
    values.map_err(|error| format!("the device answered in another type: {error:?}").into())
}

impl DeviceOp {
    fn new(op: Op, device: &Device, floats: FloatDType) -> Self {
        let on_device = (device, floats.into());
        let vector =
            |weight: Weight| Tensor::<1>::from_data(TensorData::from(weight.values()), on_device);
        match op {
            Op::Input(InputScaling { mean, scale }) => {
                let channels = |values: [f32; 3]| {
                    Tensor::<1>::from_data(values, (device, DType::F32)).reshape([1, 3, 1, 1])
                };
                Self::Input {
                    mean: channels(mean),
                    scale: channels(scale),
                }
            }
            Op::Conv(Conv {
                weight,
                bias,
                stride,
                dilation,
                groups,
                padding,
            }) => Self::Conv {
                weight: kernel(weight, on_device),
                bias: bias.map(vector),
                stride,
                dilation,
                groups,
                padding,
            },
            Op::Deconv(Deconv {
                weight,
                bias,
                stride,
                crop,
            }) => Self::Deconv {
                weight: kernel(weight, on_device),
                bias: vector(bias),
                stride,
                crop,
            },
            Op::Norm(norm) => Self::norm(norm, device, floats),
            Op::Activation(activation) => Self::Activation(activation),
            Op::MaxPool(pool) => Self::MaxPool(pool),
            Op::GlobalMean => Self::GlobalMean,
            Op::Add => Self::Add,
            Op::Multiply => Self::Multiply,
            Op::Concat => Self::Concat,
            Op::Upsample(factor) => Self::Upsample(factor),
        }
    }

    fn norm(norm: Norm, device: &Device, floats: FloatDType) -> Self {
        let vector = |weight: Weight| {
            Tensor::<1>::from_data(TensorData::from(weight.values()), (device, DType::F32))
        };
        let channels = norm.gamma.values().len();
        let (gamma, beta) = (vector(norm.gamma), vector(norm.beta));
        let shape = [1, channels, 1];
        let (groups, whole_batch) = match norm.statistics {
            Statistics::Stored { mean, variance } => {
                let scale = gamma / (vector(variance) + norm.epsilon).sqrt();
                let shift = beta - vector(mean) * scale.clone();
                return Self::Affine {
                    scale: scale.reshape([1, channels, 1, 1]).cast(floats),
                    shift: shift.reshape([1, channels, 1, 1]).cast(floats),
                };
            }
            Statistics::Frame => (channels, false),
            Statistics::Batch => (channels, true),
            Statistics::Group(groups) => (groups, false),
        };
        Self::Norm {
            groups,
            whole_batch,
            epsilon: norm.epsilon,
            gamma: gamma.reshape(shape),
            beta: beta.reshape(shape),
        }
    }

    /// Runs on numbers of type `floats`; sums over whole maps are of full precision.
    fn run(&self, inputs: Vec<Tensor<4>>, pixels: &Tensor<4>, floats: FloatDType) -> Tensor<4> {
        let mut inputs = inputs.into_iter();
        let mut next = || inputs.next().expect("the graph gives each node its inputs");
        match self {
            Self::Input { mean, scale } => {
                ((pixels.clone() - mean.clone()) * scale.clone()).cast(floats)
            }
            Self::Conv {
                weight,
                bias,
                stride,
                dilation,
                groups,
                padding,
            } => {
                let x = next();
                let [_, _, height, width] = x.dims();
                let [_, _, kernel_h, kernel_w] = weight.dims();
                let sides = |len: usize, kernel: usize| {
                    padding.sides(len, reach(kernel, *dilation), *stride)
                };
                let padding = [sides(height, kernel_h), sides(width, kernel_w)];
                let options =
                    ConvOptions::new_with_padding([*stride; 2], padding, [*dilation; 2], *groups);
                conv2d(x, weight.clone(), bias.clone(), options)
            }
            Self::Deconv {
                weight,
                bias,
                stride,
                crop,
            } => {
                let options = ConvTransposeOptions::new([*stride; 2], [0; 2], [0; 2], [1; 2], 1);
                let out = conv_transpose2d(next(), weight.clone(), Some(bias.clone()), options);
                let [batch, channels, height, width] = out.dims();
                out.slice([0..batch, 0..channels, 0..height - crop, 0..width - crop])
            }
            Self::Affine { scale, shift } => next() * scale.clone() + shift.clone(),
            Self::Norm {
                groups,
                whole_batch,
                epsilon,
                gamma,
                beta,
            } => {
                let x = next().cast(FloatDType::F32);
                let shape = x.dims();
                let [batch, channels, height, width] = shape;
                let values = channels * height * width;
                let x: Tensor<3> = x.reshape([batch, *groups, values / groups]);
                let mean_of = |x: Tensor<3>| {
                    let mean = x.mean_dim(2);
                    if *whole_batch { mean.mean_dim(0) } else { mean }
                };
                let centred = x.clone() - mean_of(x);
                let variance = mean_of(centred.clone() * centred.clone());
                let deviation = (variance + *epsilon).sqrt();
                let [batches, ..] = deviation.dims();
                let deviation: Tensor<3> = deviation
                    .repeat_dim(2, channels / groups)
                    .reshape([batches, channels, 1]);
                let centred: Tensor<3> = centred.reshape([batch, channels, height * width]);
                let normed = centred * (gamma.clone() / deviation) + beta.clone();
                normed.reshape(shape).cast(floats)
            }
            Self::Activation(activation) => activated(*activation, next()),
            Self::MaxPool(pool) => {
                let x = next();
                let [_, _, height, width] = x.dims();
                let sides = |len| pool.padding.sides(len, pool.kernel, pool.stride);
                let mut options =
                    MaxPoolOptions::new([pool.kernel; 2]).with_stride([pool.stride; 2]);
                options.padding = [sides(height), sides(width)];
                max_pool2d(x, options)
            }
            Self::GlobalMean => {
                let x = next().cast(FloatDType::F32);
                let [batch, channels, height, width] = x.dims();
                let flat: Tensor<3> = x.reshape([batch, channels, height * width]);
                let mean = flat.mean_dim(2).reshape([batch, channels, 1, 1]);
                mean.cast(floats)
            }
            Self::Add => next() + next(),
            Self::Multiply => next() * next(),
            Self::Concat => Tensor::cat(inputs.collect(), 1),
            Self::Upsample(factor) => upsampled(next(), *factor),
        }
    }
}

fn kernel(weight: Weight, on_device: (&Device, DType)) -> Tensor<4> {
    let shape = weight.shape().to_vec();
    Tensor::from_data(TensorData::new(weight.into_values(), shape), on_device)
}

fn upsampled(x: Tensor<4>, factor: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let cells: Tensor<6> = x.reshape([batch, channels, height, 1, width, 1]);
    cells
        .expand([batch, channels, height, factor, width, factor])
        .reshape([batch, channels, height * factor, width * factor])
}

fn hard_sigmoid(x: Tensor<4>) -> Tensor<4> {
    (x / 6.0 + 0.5).clamp(0.0, 1.0)
}

fn activated(activation: Activation, x: Tensor<4>) -> Tensor<4> {
    match activation {
        Activation::Relu => activation::relu(x),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Silu => activation::silu(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::HardSwish => x.clone() * hard_sigmoid(x),
        Activation::Sigmoid => activation::sigmoid(x),
    }
}
