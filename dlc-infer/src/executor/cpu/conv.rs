//! Convolutions of all channels with all.

use std::ops::Range;

use dlc_model::Tensor;
use pulp::{Simd, WithSimd};

use super::{
    aligned::{Aligned, Scratch},
    isa::InstructionSet,
    program::PIXEL_LANES,
    rows::{Rows, Split, write_rows},
    shape::Shape,
    source::{Source, Window},
    tile::accumulate,
    vectors::{activated, vectors, vectors_mut},
};
use crate::graph::{Activation, Conv, Padding, reach};

/// Blocks of outputs whose sums are in registers together.
pub(super) const TOGETHER: usize = 2;
/// Taps whose weights, for [`TOGETHER`] blocks, stay in the nearest caches.
const TAPS_AT_ONCE: usize = 1024;

/// How the first convolution of most networks goes over its input, in numbers.
const EVERY_OTHER_PIXEL: isize = -(2 * PIXEL_LANES.cast_signed());

/// A convolution with its weights in the order in which they are read.
#[derive(Debug)]
pub(super) struct ConvLayer {
    inputs: usize,
    outputs: usize,
    kernel: [usize; 2],
    stride: usize,
    dilation: usize,
    padding: Padding,
    /// For each [`TOGETHER`] blocks of outputs: taps × blocks × lanes. A tap is a channel of the
    /// input at a place of the kernel.
    weights: Vec<Aligned>,
    /// Filled up to whole blocks.
    bias: Vec<f32>,
    lanes: usize,
}

/// Where a [`ConvLayer`] finds its inputs, for maps of one size.
#[derive(Debug)]
pub(super) struct ConvPlan {
    pub(super) input: Shape,
    pub(super) output: Shape,
    /// Zeros above and at the left.
    before: [usize; 2],
    /// Columns of the window, with zeros.
    window_width: usize,
    /// Whether the map can be read where it lies.
    direct: bool,
    /// Where each tap lies behind that of the first column.
    offsets: Vec<u32>,
}

impl ConvLayer {
    /// Packs the weights of a convolution for maps with these lanes; the input may have fewer.
    pub(super) fn new(conv: &Conv, input_lanes: usize, lanes: usize) -> Self {
        let dense = Dense::new(&conv.weight, conv.groups);
        Self {
            inputs: dense.inputs,
            outputs: dense.outputs,
            kernel: dense.kernel,
            stride: conv.stride,
            dilation: conv.dilation,
            padding: conv.padding,
            weights: together(dense.outputs, lanes)
                .into_iter()
                .map(|outputs| dense.packed(outputs, input_lanes))
                .collect(),
            bias: filled_bias(conv, lanes),
            lanes,
        }
    }

    /// Returns where the inputs lie in a map of this shape.
    pub(super) fn plan(&self, input: Shape) -> ConvPlan {
        let [kernel_h, kernel_w] = self.kernel;
        let reach = |kernel: usize| reach(kernel, self.dilation);
        let steps = |len, kernel| self.padding.steps(len, reach(kernel), self.stride);
        let (top, height) = steps(input.height, kernel_h);
        let (left, width) = steps(input.width, kernel_w);
        let output = Shape {
            height,
            width,
            channels: self.outputs,
            lanes: self.lanes,
        };
        let wanted = |steps: usize, kernel: usize| (steps - 1) * self.stride + reach(kernel);
        let fits = |len: usize, before: usize, steps: usize, kernel: usize| {
            before == 0 && wanted(steps, kernel) <= len
        };
        let direct = fits(input.height, top, output.height, kernel_h)
            && fits(input.width, left, output.width, kernel_w);
        let window_width = match direct {
            true => input.width,
            false => wanted(output.width, kernel_w).max(left + 1),
        };
        let column = input.lanes;
        let block = window_width * column;
        let row = input.blocks() * block;
        let offset = |tap: Tap| {
            let [y, x] = [tap.row, tap.column].map(|place| place * self.dilation);
            let at = y * row + tap.channel / column * block + x * column + tap.channel % column;
            u32::try_from(at).expect("a window is far smaller than 2^32 numbers")
        };
        ConvPlan {
            input,
            output,
            before: [top, left],
            window_width,
            direct,
            offsets: taps(self.inputs, input.lanes, self.kernel)
                .map(offset)
                .collect(),
        }
    }

    /// Returns whether sums are stored before they are whole.
    pub(super) fn is_in_parts(&self) -> bool {
        self.inputs * self.kernel[0] * self.kernel[1] > TAPS_AT_ONCE
    }
}

impl Convolution for ConvLayer {
    type Plan = ConvPlan;

    fn split(&self, plan: &ConvPlan, threads: usize) -> Split {
        // What a row makes a thread read.
        let cost = self.stride * plan.input.blocks() * plan.window_width * plan.input.lanes;
        Split::by_cost(cost, threads)
    }
}

/// A place of the kernel, and a channel of the input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tap {
    pub(super) channel: usize,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// Returns the taps in their order: blocks of channels, rows, columns, channels of the block.
fn taps(channels: usize, lanes: usize, [rows, columns]: [usize; 2]) -> impl Iterator<Item = Tap> {
    (0..channels).step_by(lanes).flat_map(move |first| {
        (0..rows * columns).flat_map(move |place| {
            (first..(first + lanes).min(channels)).map(move |channel| Tap {
                channel,
                row: place / columns,
                column: place % columns,
            })
        })
    })
}

/// Returns the outputs of each [`TOGETHER`] blocks, the last of which are filled up.
pub(super) fn together(outputs: usize, lanes: usize) -> Vec<Range<usize>> {
    let blocks = outputs.div_ceil(lanes);
    let firsts = (0..blocks).step_by(TOGETHER);
    firsts
        .map(|first| first * lanes..(first + TOGETHER).min(blocks) * lanes)
        .collect()
}

/// Returns the bias of each output, or zeros, filled up to whole blocks.
pub(super) fn filled_bias(conv: &Conv, lanes: usize) -> Vec<f32> {
    let outputs = conv.weight.shape()[0];
    let mut bias = vec![0.0; outputs.next_multiple_of(lanes)];
    if let Some(values) = &conv.bias {
        bias[..outputs].copy_from_slice(values.values());
    }
    bias
}

/// Weights as of a convolution without groups.
#[derive(Debug)]
pub(super) struct Dense<'a> {
    weights: &'a [f32],
    pub(super) outputs: usize,
    pub(super) inputs: usize,
    pub(super) kernel: [usize; 2],
    groups: usize,
}

impl<'a> Dense<'a> {
    pub(super) fn new(weight: &'a Tensor, groups: usize) -> Self {
        let &[outputs, per_group, rows, columns] = weight.shape() else {
            panic!("the weights of a convolution have four axes");
        };
        Self {
            weights: weight.values(),
            outputs,
            inputs: per_group * groups,
            kernel: [rows, columns],
            groups,
        }
    }

    /// Returns the weights of some outputs: taps × outputs.
    fn packed(&self, outputs: Range<usize>, input_lanes: usize) -> Aligned {
        let [rows, columns] = self.kernel;
        let mut packed = Aligned::zeros(self.inputs * rows * columns * outputs.len());
        let of_taps = packed.as_mut().chunks_exact_mut(outputs.len());
        for (packed, tap) in of_taps.zip(taps(self.inputs, input_lanes, self.kernel)) {
            for (packed, output) in packed.iter_mut().zip(outputs.clone()) {
                *packed = self.weight(output, tap);
            }
        }
        packed
    }

    /// Returns a weight: zero for an output that fills a block, and for another group's input.
    pub(super) fn weight(&self, output: usize, tap: Tap) -> f32 {
        let per_group = self.inputs / self.groups;
        let group = output * self.groups / self.outputs;
        if output >= self.outputs || tap.channel / per_group != group {
            return 0.0;
        }
        let [rows, columns] = self.kernel;
        let input = output * per_group + tap.channel % per_group;
        self.weights[(input * rows + tap.row) * columns + tap.column]
    }
}

/// What becomes of a sum before it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finish<'a> {
    pub(super) residual: Residual<'a>,
    pub(super) activation: Option<Activation>,
}

/// What is added to a sum.
#[derive(Clone, Copy, Debug)]
pub(super) enum Residual<'a> {
    None,
    /// The same rows of a map of the same shape.
    Map(&'a [f32]),
    /// What lies where the sum is stored.
    InPlace,
}

impl Residual<'_> {
    /// Returns the same of a part of the map.
    #[inline(always)]
    fn part(self, part: Range<usize>) -> Self {
        match self {
            Self::Map(all) => Self::Map(&all[part]),
            other => other,
        }
    }

    /// Adds what lies at a place of the map, in vectors, of which `out` is what is stored there.
    #[inline(always)]
    pub(super) fn add<S: Simd>(self, simd: S, sum: S::f32s, at: usize, out: S::f32s) -> S::f32s {
        match self {
            Self::None => sum,
            Self::Map(all) => simd.add_f32s(sum, vectors::<S>(all)[at]),
            Self::InPlace => simd.add_f32s(sum, out),
        }
    }
}

/// A convolution of any kind.
pub(super) trait Convolution: Sync {
    /// Where it finds its inputs, for maps of one size.
    type Plan: Sync;

    /// Returns how the rows of the output are given to the threads.
    fn split(&self, plan: &Self::Plan, threads: usize) -> Split;
}

/// A convolution of any kind on the map of one picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer<'a, L, P> {
    pub(super) layer: &'a L,
    pub(super) plan: &'a P,
    pub(super) source: Source<'a>,
    /// For all rows.
    pub(super) finish: Finish<'a>,
}

impl<'a, L: Convolution> Layer<'a, L, L::Plan>
where
    for<'b> LayerRows<'b, L, L::Plan>: WithSimd,
{
    pub(super) fn new(
        layer: &'a L,
        plan: &'a L::Plan,
        source: Source<'a>,
        finish: Finish<'a>,
    ) -> Self {
        Self {
            layer,
            plan,
            source,
            finish,
        }
    }

    /// Writes the output, a map of this shape, with at most this many threads.
    pub(super) fn write(
        self,
        isa: InstructionSet,
        shape: Shape,
        threads: usize,
        out: &mut [f32],
        moments: Option<&mut [f32]>,
    ) {
        let row_len = shape.row_len();
        let split = self.layer.split(self.plan, threads);
        write_rows(shape, split, out, moments, |rows, scratch| {
            let part = rows.range.start * row_len..rows.range.end * row_len;
            isa.run(LayerRows {
                layer: self.layer,
                plan: self.plan,
                source: self.source,
                finish: Finish {
                    residual: self.finish.residual.part(part),
                    ..self.finish
                },
                rows,
                scratch,
            });
        });
    }
}

/// Some rows of a convolution of any kind: what one thread does.
#[derive(Debug)]
pub(super) struct LayerRows<'a, L, P> {
    pub(super) layer: &'a L,
    pub(super) plan: &'a P,
    pub(super) source: Source<'a>,
    pub(super) finish: Finish<'a>,
    pub(super) rows: Rows<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl WithSimd for LayerRows<'_, ConvLayer, ConvPlan> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer,
            plan,
            mut rows,
            ..
        } = self;
        let stride = layer.stride;
        let height = (rows.range.len() - 1) * stride + reach(layer.kernel[0], layer.dilation);
        let first = rows.range.start * stride;
        let x: &[f32] = if plan.direct && self.source.is_plain() {
            self.source.rows(first..first + height)
        } else {
            let window = Window {
                top: first.cast_signed() - plan.before[0].cast_signed(),
                height,
                left: plan.before[1],
                width: plan.window_width,
            };
            let blocks = plan.input.blocks();
            let len = height * blocks * plan.window_width * plan.input.lanes;
            let out = self.scratch.take(len);
            window.fill(simd, self.source, 0..blocks, out);
            out
        };
        let product = Product {
            x,
            x_row: stride * plan.input.blocks() * plan.window_width * plan.input.lanes,
            step: stride * plan.input.lanes,
            offsets: &plan.offsets,
            finish: self.finish,
            output: plan.output,
        };
        let is_blocked = plan.input.lanes == S::F32_LANES;
        match (is_blocked, stride) {
            (true, 1) => product.run::<S, 1>(simd, layer, &mut rows),
            (true, 2) => product.run::<S, 2>(simd, layer, &mut rows),
            _ if product.step == 2 * PIXEL_LANES => {
                product.run::<S, EVERY_OTHER_PIXEL>(simd, layer, &mut rows);
            }
            _ => product.run::<S, 0>(simd, layer, &mut rows),
        }
    }
}

/// Products of windows with weights, for some rows.
#[derive(Clone, Copy, Debug)]
struct Product<'a> {
    x: &'a [f32],
    /// From one row of the output to the next, in numbers of `x`.
    x_row: usize,
    /// From one column to the next.
    step: usize,
    offsets: &'a [u32],
    finish: Finish<'a>,
    output: Shape,
}

/// Which part of the taps is summed up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) is_first: bool,
    pub(super) is_last: bool,
}

impl Part {
    /// All of them.
    pub(super) const WHOLE: Self = Self {
        is_first: true,
        is_last: true,
    };
}

impl Product<'_> {
    #[inline(always)]
    fn run<S: Simd, const STEP: isize>(self, simd: S, layer: &ConvLayer, rows: &mut Rows<'_>) {
        let taps = self.offsets.len();
        let at_once = taps.div_ceil(taps.div_ceil(TAPS_AT_ONCE));
        for start in (0..taps).step_by(at_once) {
            let end = (start + at_once).min(taps);
            let part = Part {
                is_first: start == 0,
                is_last: end == taps,
            };
            for (index, weights) in layer.weights.iter().enumerate() {
                let block = index * TOGETHER;
                let together = (self.output.blocks() - block).min(TOGETHER);
                let weights = &vectors::<S>(weights.as_ref())[start * together..end * together];
                let bias = &vectors::<S>(&layer.bias)[block..block + together];
                let offsets = &self.offsets[start..end];
                match together {
                    TOGETHER => self.blocks::<S, TOGETHER, STEP>(
                        simd, block, offsets, weights, bias, part, rows,
                    ),
                    _ => self.blocks::<S, 1, STEP>(simd, block, offsets, weights, bias, part, rows),
                }
            }
        }
    }

    /// Does some blocks of all rows, and measures what is still in the nearest cache.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "the operands of an inner loop")]
    fn blocks<S: Simd, const OUTPUTS: usize, const STEP: isize>(
        self,
        simd: S,
        block: usize,
        offsets: &[u32],
        weights: &[S::f32s],
        bias: &[S::f32s],
        part: Part,
        rows: &mut Rows<'_>,
    ) {
        let row_len = self.output.row_len();
        let width = self.output.width;
        for y in 0..rows.range.len() {
            let row = Row::<S, OUTPUTS> {
                x: &self.x[y * self.x_row..],
                step: self.step,
                offsets,
                weights,
                bias,
                block,
                width,
                residual: self.finish.residual.part(y * row_len..(y + 1) * row_len),
                activation: self.finish.activation,
                part,
            };
            row.run::<STEP>(simd, &mut rows.numbers[y * row_len..][..row_len]);
            if part.is_last {
                for o in 0..OUTPUTS {
                    rows.measure_block(simd, self.output, [y, block + o]);
                }
            }
        }
    }
}

/// Some blocks of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a, S: Simd, const OUTPUTS: usize> {
    pub(super) x: &'a [f32],
    pub(super) step: usize,
    pub(super) offsets: &'a [u32],
    pub(super) weights: &'a [S::f32s],
    pub(super) bias: &'a [S::f32s],
    pub(super) block: usize,
    pub(super) width: usize,
    pub(super) residual: Residual<'a>,
    pub(super) activation: Option<Activation>,
    pub(super) part: Part,
}

impl<S: Simd, const OUTPUTS: usize> Row<'_, S, OUTPUTS> {
    /// Does all columns: as many at a time as there are registers for their sums.
    #[inline(always)]
    pub(super) fn run<const STEP: isize>(self, simd: S, out: &mut [f32]) {
        let mut column = 0;
        if S::REGISTER_COUNT >= 32 {
            while column + 12 <= self.width {
                self.columns::<12, STEP>(simd, column, out);
                column += 12;
            }
            if column + 8 <= self.width {
                self.columns::<8, STEP>(simd, column, out);
                column += 8;
            }
        } else {
            while column + 6 <= self.width {
                self.columns::<6, STEP>(simd, column, out);
                column += 6;
            }
        }
        if column + 4 <= self.width {
            self.columns::<4, STEP>(simd, column, out);
            column += 4;
        }
        if column + 2 <= self.width {
            self.columns::<2, STEP>(simd, column, out);
            column += 2;
        }
        while column < self.width {
            self.columns::<1, STEP>(simd, column, out);
            column += 1;
        }
    }

    #[inline(always)]
    fn columns<const COLUMNS: usize, const STEP: isize>(
        self,
        simd: S,
        column: usize,
        out: &mut [f32],
    ) {
        let out = vectors_mut::<S>(out);
        let at = |o: usize| (self.block + o) * self.width + column;
        // Copied one by one, they stay in registers; together, they would go through memory.
        let mut sums = [[self.bias[0]; COLUMNS]; OUTPUTS];
        for o in 0..OUTPUTS {
            let out = &out[at(o)..][..COLUMNS];
            for t in 0..COLUMNS {
                sums[o][t] = match self.part.is_first {
                    true => self.bias[o],
                    false => out[t],
                };
            }
        }
        let x = &self.x[column * self.step..];
        let mut sums = accumulate::<S, OUTPUTS, COLUMNS, STEP>(
            simd,
            x,
            self.step,
            self.offsets,
            self.weights,
            sums,
        );
        for o in 0..OUTPUTS {
            let sums = &mut sums[o];
            if self.part.is_last {
                let residual = match self.residual {
                    Residual::None => None,
                    Residual::Map(row) => Some(&vectors::<S>(row)[at(o)..][..COLUMNS]),
                    Residual::InPlace => Some(&out[at(o)..][..COLUMNS]),
                };
                if let Some(residual) = residual {
                    for t in 0..COLUMNS {
                        sums[t] = simd.add_f32s(sums[t], residual[t]);
                    }
                }
                for sum in sums.iter_mut() {
                    *sum = activated(simd, self.activation, *sum);
                }
            }
            for (out, sum) in out[at(o)..][..COLUMNS].iter_mut().zip(sums) {
                *out = *sum;
            }
        }
    }
}
