//! Transposed convolutions: a product for each tap of the kernel, then each cell gathers its own.

use std::ops::Range;

use dlc_model::Tensor;

use super::{rows::Rows, shape::Shape, source::Source};
use crate::{
    executor::reference::activated,
    graph::{Activation, Conv, Deconv, Padding},
};

/// What is left of a [`Deconv`] once its products are taken out.
#[derive(Clone, Debug)]
pub(super) struct Gather {
    pub(super) outputs: usize,
    kernel: [usize; 2],
    stride: usize,
    crop: usize,
    bias: Vec<f32>,
}

/// Returns the 1×1 convolution of which a cell gathers its sums, and how.
///
/// Its outputs are ordered: rows of the kernel, columns, outputs.
pub(super) fn split(deconv: &Deconv) -> (Conv, Gather) {
    let &[inputs, outputs, rows, columns] = deconv.weight.shape() else {
        panic!("the weights of a convolution have four axes");
    };
    let places = rows * columns;
    let weight = (0..places * outputs).flat_map(|tap| {
        let (place, output) = (tap / outputs, tap % outputs);
        let values = deconv.weight.values();
        (0..inputs).map(move |input| values[(input * outputs + output) * places + place])
    });
    let conv = Conv {
        weight: Tensor::new(vec![places * outputs, inputs, 1, 1], weight.collect())
            .expect("a permutation keeps the number of values"),
        bias: None,
        stride: 1,
        dilation: 1,
        groups: 1,
        padding: Padding::Even(0),
    };
    (conv, geometry(deconv))
}

fn geometry(deconv: &Deconv) -> Gather {
    let shape = deconv.weight.shape();
    Gather {
        outputs: shape[1],
        kernel: [shape[2], shape[3]],
        stride: deconv.stride,
        crop: deconv.crop,
        bias: deconv.bias.values().to_vec(),
    }
}

impl Gather {
    /// Returns the shape of the output.
    pub(super) fn output(&self, taps: Shape) -> Shape {
        let len = |len: usize, kernel: usize| (len - 1) * self.stride + kernel - self.crop;
        Shape {
            height: len(taps.height, self.kernel[0]),
            width: len(taps.width, self.kernel[1]),
            channels: self.outputs,
            lanes: taps.lanes,
        }
    }

    /// Returns the places of the input that reach a place of the output, and by which tap.
    fn reaching(
        &self,
        place: usize,
        kernel: usize,
        len: usize,
    ) -> impl Iterator<Item = (usize, usize)> {
        (0..kernel).filter_map(move |tap| {
            let start = place.checked_sub(tap)?;
            let at = start / self.stride;
            (start.is_multiple_of(self.stride) && at < len).then_some((at, tap))
        })
    }

    /// Writes some rows of the output.
    pub(super) fn write(
        &self,
        taps: Source<'_>,
        activation: Option<Activation>,
        output: Shape,
        rows: Rows<'_>,
    ) {
        let out_rows = rows.numbers.chunks_exact_mut(output.row_len());
        for (y, out) in rows.range.zip(out_rows) {
            for channel in 0..self.outputs {
                let out = &mut out[output.index(channel, 0, 0)..];
                let cells = out.iter_mut().step_by(output.lanes).take(output.width);
                cells.for_each(|cell| *cell = self.bias[channel]);
                for (row, ky) in self.reaching(y, self.kernel[0], taps.shape.height) {
                    self.add_row(taps, [row, ky, channel], output, out);
                }
                if let Some(activation) = activation {
                    let cells = out.iter_mut().step_by(output.lanes).take(output.width);
                    cells.for_each(|cell| *cell = activated(activation, *cell));
                }
            }
        }
    }

    /// Adds what a row of the input gives to a row of one channel.
    fn add_row(
        &self,
        taps: Source<'_>,
        [row, ky, channel]: [usize; 3],
        output: Shape,
        out: &mut [f32],
    ) {
        for kx in 0..self.kernel[1].min(output.width) {
            let tap = (ky * self.kernel[1] + kx) * self.outputs + channel;
            let values = taps.numbers[taps.shape.index(tap, row, 0)..].iter();
            let values = values.step_by(taps.shape.lanes).take(taps.shape.width);
            let places = (kx..output.width).step_by(self.stride);
            for (x, value) in places.zip(values) {
                out[x * output.lanes] += value;
            }
        }
    }
}

/// A transposed convolution that is wanted at a few places of its output.
#[derive(Debug)]
pub(super) struct Head {
    gather: Gather,
    inputs: usize,
    /// Places of the kernel × inputs × outputs.
    weights: Vec<f32>,
}

impl Head {
    pub(super) fn new(deconv: &Deconv) -> Self {
        let inputs = deconv.weight.shape()[0];
        let gather = geometry(deconv);
        let places = gather.kernel[0] * gather.kernel[1];
        let values = deconv.weight.values();
        let weight = |at: usize| {
            let (output, rest) = (at % gather.outputs, at / gather.outputs);
            let (input, place) = (rest % inputs, rest / inputs);
            values[(input * gather.outputs + output) * places + place]
        };
        Self {
            inputs,
            weights: (0..values.len()).map(weight).collect(),
            gather,
        }
    }

    /// Returns some channels at one place of the output, given as row and column.
    pub(super) fn at(
        &self,
        input: Source<'_>,
        [row, column]: [usize; 2],
        channels: Range<usize>,
    ) -> Vec<f32> {
        let gather = &self.gather;
        let [kernel_h, kernel_w] = gather.kernel;
        let mut sums = gather.bias[channels.clone()].to_vec();
        for (y, ky) in gather.reaching(row, kernel_h, input.shape.height) {
            for (x, kx) in gather.reaching(column, kernel_w, input.shape.width) {
                let len = self.inputs * gather.outputs;
                let weights = &self.weights[(ky * kernel_w + kx) * len..][..len];
                for (channel, weights) in weights.chunks_exact(gather.outputs).enumerate() {
                    let value = input.number(channel, [y, x]);
                    for (sum, weight) in sums.iter_mut().zip(&weights[channels.clone()]) {
                        *sum += value * weight;
                    }
                }
            }
        }
        sums
    }

    /// Returns all channels of the output: channels × height × width.
    pub(super) fn all(&self, input: Source<'_>) -> (Shape, Vec<f32>) {
        // Each number goes into several cells.
        let numbers = input.read();
        let input = Source {
            numbers: &numbers,
            affine: None,
            activation: None,
            ..input
        };
        let shape = self.gather.output(input.shape);
        let cells = shape.height * shape.width;
        let mut values = vec![0.0; shape.channels * cells];
        for cell in 0..cells {
            let place = [cell / shape.width, cell % shape.width];
            let sums = self.at(input, place, 0..shape.channels);
            for (channel, sum) in sums.into_iter().enumerate() {
                values[channel * cells + cell] = sum;
            }
        }
        (shape, values)
    }
}
