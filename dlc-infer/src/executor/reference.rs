//! A plain executor: every operation as its definition says, one frame after the other.
//!
//! Slow and small. The other executors are tested against it.

use dlc_model::{InputScaling, Tensor};

use super::{Array, Executor, ExecutorError, Peak, Pictures, highest};
use crate::graph::{
    Activation, Conv, Deconv, Graph, MaxPool, Node, Norm, Op, Statistics, Values, reach,
};
use crate::numbers::single;

/// Runs a graph by definition.
#[derive(Debug)]
pub(crate) struct Reference {
    graph: Graph,
}

impl Reference {
    pub(crate) fn new(graph: Graph) -> Self {
        Self { graph }
    }

    fn run(&self, input: &Array) -> Vec<Array> {
        let nodes = self.graph.nodes();
        let mut values = Values::<Array>::new(nodes.len());
        for (index, (node, released)) in nodes.iter().zip(self.graph.releases()).enumerate() {
            let value = evaluate(node, &values, input);
            values.set(index, value);
            values.release(&released);
        }
        let outputs = self.graph.outputs().iter();
        outputs.map(|&id| values.of(id).clone()).collect()
    }
}

impl Executor for Reference {
    fn outputs(&mut self, input: Pictures<'_>) -> Result<Vec<Array>, ExecutorError> {
        Ok(self.run(&input.into_floats()))
    }

    fn peaks(&mut self, input: Pictures<'_>) -> Result<Vec<Vec<Peak>>, ExecutorError> {
        let outputs = self.run(&input.into_floats());
        let pictures = 0..outputs[0].shape[0];
        Ok(pictures.map(|picture| peaks(&outputs, picture)).collect())
    }
}

fn peaks(outputs: &[Array], picture: usize) -> Vec<Peak> {
    let locref = |part: usize, [row, column]: [usize; 2]| match outputs.get(1) {
        None => [0.0; 2],
        Some(map) => {
            let cell = row * map.shape[3] + column;
            [0, 1].map(|axis| map.plane(picture, 2 * part + axis)[cell])
        }
    };
    highest(&outputs[0], picture, locref)
}

fn evaluate(node: &Node, values: &Values<Array>, pixels: &Array) -> Array {
    let input = |i: usize| values.of(node.inputs[i]);
    match &node.op {
        Op::Input(scaling) => scaled(*scaling, pixels),
        Op::Conv(conv) => convolved(conv, input(0)),
        Op::Deconv(deconv) => deconvolved(deconv, input(0)),
        Op::Norm(norm) => normalised(norm, input(0)),
        Op::Activation(activation) => {
            let mut array = input(0).clone();
            for value in &mut array.values {
                *value = activated(*activation, *value);
            }
            array
        }
        Op::MaxPool(pool) => pooled(*pool, input(0)),
        Op::GlobalMean => mean_of_planes(input(0)),
        Op::Add => {
            let mut array = input(0).clone();
            for (value, other) in array.values.iter_mut().zip(&input(1).values) {
                *value += other;
            }
            array
        }
        Op::Multiply => {
            let mut array = input(0).clone();
            let cells = array.shape[2] * array.shape[3];
            for (plane, factor) in array.values.chunks_exact_mut(cells).zip(&input(1).values) {
                plane.iter_mut().for_each(|value| *value *= factor);
            }
            array
        }
        Op::Concat => {
            let parts: Vec<&Array> = node.inputs.iter().map(|&id| values.of(id)).collect();
            concatenated(&parts)
        }
        Op::Upsample(factor) => upsampled(*factor, input(0)),
    }
}

fn scaled(scaling: InputScaling, pixels: &Array) -> Array {
    let mut array = pixels.clone();
    for picture in 0..array.shape[0] {
        for channel in 0..3 {
            for value in array.plane_mut(picture, channel) {
                *value = (*value - scaling.mean[channel]) * scaling.scale[channel];
            }
        }
    }
    array
}

pub(super) fn activated(activation: Activation, x: f32) -> f32 {
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let hard_sigmoid = |x: f32| (x / 6.0 + 0.5).clamp(0.0, 1.0);
    match activation {
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::Silu => x * sigmoid(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::HardSwish => x * hard_sigmoid(x),
        Activation::Sigmoid => sigmoid(x),
    }
}

fn convolved(conv: &Conv, input: &Array) -> Array {
    let [batch, _, height, width] = input.shape;
    let [outputs, per_group, kernel_h, kernel_w] = axes(&conv.weight);
    let Conv {
        stride,
        dilation,
        groups,
        ..
    } = *conv;
    let steps = |len, kernel| conv.padding.steps(len, reach(kernel, dilation), stride);
    let ((top, out_h), (left, out_w)) = (steps(height, kernel_h), steps(width, kernel_w));
    let mut out = Array::zeros([batch, outputs, out_h, out_w]);
    for frame in 0..batch {
        for output in 0..outputs {
            let first = output / (outputs / groups) * per_group;
            let bias = conv.bias.as_ref().map_or(0.0, |bias| bias.values()[output]);
            let weights = &conv.weight.values()[output * per_group * kernel_h * kernel_w..];
            let plane = out.plane_mut(frame, output);
            for y in 0..out_h {
                for x in 0..out_w {
                    let mut sum = f64::from(bias);
                    for channel in 0..per_group {
                        let source = input.plane(frame, first + channel);
                        for ky in 0..kernel_h {
                            let Some(sy) = (y * stride + ky * dilation).checked_sub(top) else {
                                continue;
                            };
                            for kx in 0..kernel_w {
                                let step = x * stride + kx * dilation;
                                let Some(sx) = step.checked_sub(left) else {
                                    continue;
                                };
                                if sy < height && sx < width {
                                    let w = weights[(channel * kernel_h + ky) * kernel_w + kx];
                                    sum += f64::from(w) * f64::from(source[sy * width + sx]);
                                }
                            }
                        }
                    }
                    plane[y * out_w + x] = single(sum);
                }
            }
        }
    }
    out
}

fn deconvolved(deconv: &Deconv, input: &Array) -> Array {
    let [batch, inputs, height, width] = input.shape;
    let [_, outputs, kernel_h, kernel_w] = axes(&deconv.weight);
    let len = |len: usize, kernel: usize| (len - 1) * deconv.stride + kernel - deconv.crop;
    let (out_h, out_w) = (len(height, kernel_h), len(width, kernel_w));
    let mut out = Array::zeros([batch, outputs, out_h, out_w]);
    for frame in 0..batch {
        for output in 0..outputs {
            let mut sums = vec![f64::from(deconv.bias.values()[output]); out_h * out_w];
            for channel in 0..inputs {
                let source = input.plane(frame, channel);
                let weights = &deconv.weight.values()
                    [(channel * outputs + output) * kernel_h * kernel_w..][..kernel_h * kernel_w];
                for (cell, value) in source.iter().enumerate() {
                    for (tap, weight) in weights.iter().enumerate() {
                        let y = cell / width * deconv.stride + tap / kernel_w;
                        let x = cell % width * deconv.stride + tap % kernel_w;
                        if y < out_h && x < out_w {
                            sums[y * out_w + x] += f64::from(*value) * f64::from(*weight);
                        }
                    }
                }
            }
            for (value, sum) in out.plane_mut(frame, output).iter_mut().zip(sums) {
                *value = single(sum);
            }
        }
    }
    out
}

fn normalised(norm: &Norm, input: &Array) -> Array {
    let [batch, channels, ..] = input.shape;
    let mut out = input.clone();
    for frame in 0..batch {
        for channel in 0..channels {
            let (mean, variance) = match &norm.statistics {
                Statistics::Stored { mean, variance } => (
                    f64::from(mean.values()[channel]),
                    f64::from(variance.values()[channel]),
                ),
                Statistics::Frame => moments(&[input.plane(frame, channel)]),
                Statistics::Batch => {
                    let planes: Vec<&[f32]> = (0..batch)
                        .map(|frame| input.plane(frame, channel))
                        .collect();
                    moments(&planes)
                }
                Statistics::Group(groups) => {
                    let size = channels / groups;
                    let first = channel / size * size;
                    let planes: Vec<&[f32]> = (first..first + size)
                        .map(|channel| input.plane(frame, channel))
                        .collect();
                    moments(&planes)
                }
            };
            let scale = f64::from(norm.gamma.values()[channel])
                / (variance + f64::from(norm.epsilon)).sqrt();
            let beta = f64::from(norm.beta.values()[channel]);
            for value in out.plane_mut(frame, channel) {
                *value = single((f64::from(*value) - mean) * scale + beta);
            }
        }
    }
    out
}

/// Returns mean and biased variance.
#[expect(
    clippy::cast_precision_loss,
    reason = "a map has far fewer than 2^52 cells"
)]
fn moments(planes: &[&[f32]]) -> (f64, f64) {
    let values = || {
        planes
            .iter()
            .flat_map(|plane| plane.iter())
            .map(|&v| f64::from(v))
    };
    let count = values().count() as f64;
    let mean = values().sum::<f64>() / count;
    let variance = values().map(|v| (v - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

fn pooled(pool: MaxPool, input: &Array) -> Array {
    let [batch, channels, height, width] = input.shape;
    let steps = |len| pool.padding.steps(len, pool.kernel, pool.stride);
    let ((top, out_h), (left, out_w)) = (steps(height), steps(width));
    let window = |step: usize, before: usize, len: usize| {
        let start = step * pool.stride;
        start.saturating_sub(before)..(start + pool.kernel).saturating_sub(before).min(len)
    };
    let mut out = Array::zeros([batch, channels, out_h, out_w]);
    for frame in 0..batch {
        for channel in 0..channels {
            let source = input.plane(frame, channel);
            for (cell, value) in out.plane_mut(frame, channel).iter_mut().enumerate() {
                let columns = window(cell % out_w, left, width);
                *value = window(cell / out_w, top, height)
                    .flat_map(|y| columns.clone().map(move |x| source[y * width + x]))
                    .fold(f32::NEG_INFINITY, f32::max);
            }
        }
    }
    out
}

fn upsampled(factor: usize, input: &Array) -> Array {
    let [batch, channels, height, width] = input.shape;
    let mut out = Array::zeros([batch, channels, height * factor, width * factor]);
    let out_w = width * factor;
    for frame in 0..batch {
        for channel in 0..channels {
            let source = input.plane(frame, channel);
            for (cell, value) in out.plane_mut(frame, channel).iter_mut().enumerate() {
                let (row, column) = (cell / out_w / factor, cell % out_w / factor);
                *value = source[row * width + column];
            }
        }
    }
    out
}

fn mean_of_planes(input: &Array) -> Array {
    let [batch, channels, ..] = input.shape;
    let mut out = Array::zeros([batch, channels, 1, 1]);
    for frame in 0..batch {
        for channel in 0..channels {
            let (mean, _) = moments(&[input.plane(frame, channel)]);
            out.plane_mut(frame, channel)[0] = single(mean);
        }
    }
    out
}

fn concatenated(parts: &[&Array]) -> Array {
    let [batch, _, height, width] = parts[0].shape;
    let channels = parts.iter().map(|part| part.shape[1]).sum();
    let mut values = Vec::new();
    for frame in 0..batch {
        for part in parts {
            let len = part.values.len() / batch;
            values.extend_from_slice(&part.values[frame * len..(frame + 1) * len]);
        }
    }
    Array {
        shape: [batch, channels, height, width],
        values,
    }
}

fn axes(weight: &Tensor) -> [usize; 4] {
    weight
        .shape()
        .try_into()
        .expect("the weights of a convolution have four axes")
}
