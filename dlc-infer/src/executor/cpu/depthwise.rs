//! Convolutions of each channel by itself.

use pulp::{Simd, WithSimd};

use super::{
    conv::{Convolution, Finish, LayerRows, Residual, filled_bias},
    rows::{Rows, Split},
    shape::Shape,
    source::Window,
    vectors::{activated, vectors, vectors_mut},
};
use crate::graph::{Conv, Padding, reach};

/// A convolution of each channel with its own kernel.
#[derive(Debug)]
pub(super) struct DepthwiseLayer {
    channels: usize,
    kernel: [usize; 2],
    stride: usize,
    dilation: usize,
    padding: Padding,
    /// Blocks × places of the kernel × lanes.
    weights: Vec<f32>,
    /// Filled up to whole blocks.
    bias: Vec<f32>,
}

/// Where a [`DepthwiseLayer`] finds its inputs, for maps of one size.
#[derive(Debug)]
pub(super) struct DepthwisePlan {
    pub(super) output: Shape,
    before: [usize; 2],
    window_width: usize,
}

impl DepthwiseLayer {
    /// Packs the weights of a convolution with as many groups as channels, in and out.
    pub(super) fn new(conv: &Conv, lanes: usize) -> Self {
        let &[channels, _, rows, columns] = conv.weight.shape() else {
            panic!("the weights of a convolution have four axes");
        };
        let places = rows * columns;
        let blocks = channels.div_ceil(lanes);
        let mut weights = vec![0.0; blocks * places * lanes];
        for channel in 0..channels {
            let (block, lane) = (channel / lanes, channel % lanes);
            for place in 0..places {
                weights[(block * places + place) * lanes + lane] =
                    conv.weight.values()[channel * places + place];
            }
        }
        Self {
            channels,
            kernel: [rows, columns],
            stride: conv.stride,
            dilation: conv.dilation,
            padding: conv.padding,
            weights,
            bias: filled_bias(conv, lanes),
        }
    }

    /// Returns where the inputs lie in a map of this shape.
    pub(super) fn plan(&self, input: Shape) -> DepthwisePlan {
        let [kernel_h, kernel_w] = self.kernel;
        let reach = |kernel: usize| reach(kernel, self.dilation);
        let steps = |len, kernel| self.padding.steps(len, reach(kernel), self.stride);
        let (top, height) = steps(input.height, kernel_h);
        let (left, width) = steps(input.width, kernel_w);
        let output = Shape {
            height,
            width,
            channels: self.channels,
            lanes: input.lanes,
        };
        DepthwisePlan {
            output,
            before: [top, left],
            window_width: ((output.width - 1) * self.stride + reach(kernel_w)).max(left + 1),
        }
    }
}

impl Convolution for DepthwiseLayer {
    type Plan = DepthwisePlan;

    fn split(&self, plan: &DepthwisePlan, threads: usize) -> Split {
        // What a row makes a thread keep at a time.
        let window = self.stride * plan.window_width * plan.output.lanes;
        Split::by_cost(window + plan.output.row_len(), threads)
    }
}

impl WithSimd for LayerRows<'_, DepthwiseLayer, DepthwisePlan> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer,
            plan,
            mut rows,
            ..
        } = self;
        let first = rows.range.start * layer.stride;
        let reach = reach(layer.kernel[0], layer.dilation);
        let window = Window {
            top: first.cast_signed() - plan.before[0].cast_signed(),
            height: (rows.range.len() - 1) * layer.stride + reach,
            left: plan.before[1],
            width: plan.window_width,
        };
        let x = self
            .scratch
            .take(window.height * plan.window_width * S::F32_LANES);
        for block in 0..plan.output.blocks() {
            window.fill(simd, self.source, block..block + 1, x);
            let x = vectors::<S>(x);
            let filter = Filter {
                layer,
                plan,
                block,
                finish: self.finish,
            };
            let places = [layer.kernel, [layer.stride, layer.dilation]];
            // Whole rows of the kernel are unrolled for the kernels that networks have.
            match places {
                [[3, 3], [1, 1]] => filter.run::<S, 3, 1>(simd, x, &mut rows),
                [[3, 3], [2, 1]] => filter.run::<S, 3, 2>(simd, x, &mut rows),
                [[5, 5], [1, 1]] => filter.run::<S, 5, 1>(simd, x, &mut rows),
                [[5, 5], [2, 1]] => filter.run::<S, 5, 2>(simd, x, &mut rows),
                _ => filter.run::<S, 0, 0>(simd, x, &mut rows),
            }
        }
    }
}

/// One block of a depthwise convolution.
#[derive(Clone, Copy, Debug)]
struct Filter<'a> {
    layer: &'a DepthwiseLayer,
    plan: &'a DepthwisePlan,
    block: usize,
    finish: Finish<'a>,
}

impl Filter<'_> {
    /// Does all rows of the block and measures them; `KERNEL` and `STRIDE` are 0 when only the layer
    /// knows them.
    #[inline(always)]
    fn run<S: Simd, const KERNEL: usize, const STRIDE: usize>(
        self,
        simd: S,
        x: &[S::f32s],
        rows: &mut Rows<'_>,
    ) {
        let output = self.plan.output;
        let width = output.width;
        let row_len = output.row_len();
        let stride = if STRIDE > 0 {
            STRIDE
        } else {
            self.layer.stride
        };
        for y in 0..rows.range.len() {
            let out = &mut rows.numbers[y * row_len..][..row_len];
            let x = &x[y * stride * self.plan.window_width..];
            let block = self.block * width..(self.block + 1) * width;
            // It is never in place.
            let residual = match self.finish.residual {
                Residual::Map(all) => Some(&all[y * row_len..][..row_len]),
                Residual::None | Residual::InPlace => None,
            };
            let residual = residual.map(|row| &vectors::<S>(row)[block.clone()]);
            let out = &mut vectors_mut::<S>(out)[block];
            let mut column = 0;
            while column + 8 <= width {
                self.columns::<S, KERNEL, STRIDE, 8>(simd, x, column, residual, out);
                column += 8;
            }
            while column < width {
                self.columns::<S, KERNEL, STRIDE, 1>(simd, x, column, residual, out);
                column += 1;
            }
            rows.measure_block(simd, output, [y, self.block]);
        }
    }

    #[inline(always)]
    fn columns<S: Simd, const KERNEL: usize, const STRIDE: usize, const COLUMNS: usize>(
        self,
        simd: S,
        x: &[S::f32s],
        column: usize,
        residual: Option<&[S::f32s]>,
        out: &mut [S::f32s],
    ) {
        let layer = self.layer;
        let [kernel_h, kernel_w] = if KERNEL > 0 {
            [KERNEL; 2]
        } else {
            layer.kernel
        };
        let (stride, dilation) = if STRIDE > 0 {
            (STRIDE, 1)
        } else {
            (layer.stride, layer.dilation)
        };
        let places = kernel_h * kernel_w;
        let weights = &vectors::<S>(&layer.weights)[self.block * places..][..places];
        let mut sums = [vectors::<S>(&layer.bias)[self.block]; COLUMNS];
        for ky in 0..kernel_h {
            let start = ky * dilation * self.plan.window_width + column * stride;
            let x = &x[start..][..(COLUMNS - 1) * stride + (kernel_w - 1) * dilation + 1];
            for kx in 0..kernel_w {
                let weight = weights[ky * kernel_w + kx];
                for t in 0..COLUMNS {
                    sums[t] = simd.mul_add_e_f32s(weight, x[kx * dilation + t * stride], sums[t]);
                }
            }
        }
        for (t, sum) in sums.into_iter().enumerate() {
            let sum = match residual {
                Some(residual) => simd.add_f32s(sum, residual[column + t]),
                None => sum,
            };
            out[column + t] = activated(simd, self.finish.activation, sum);
        }
    }
}
