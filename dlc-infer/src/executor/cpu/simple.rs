//! Operations that read and write each number about once.

use dlc_model::InputScaling;
use pulp::{Simd, WithSimd};

use super::{
    aligned::Scratch,
    program::PIXEL_LANES,
    rows::Rows,
    shape::Shape,
    source::{Lens, Source},
    vectors::{activated, vectors, vectors_mut},
};
use crate::{
    executor::Pictures,
    graph::{Activation, MaxPool},
};

/// Some rows of pixels, scaled: what a network begins with.
#[derive(Debug)]
pub(super) struct PixelRows<'a> {
    pub(super) input: &'a Pictures<'a>,
    pub(super) picture: usize,
    pub(super) scaling: InputScaling,
    pub(super) output: Shape,
    pub(super) rows: Rows<'a>,
}

impl WithSimd for PixelRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Shape { width, lanes, .. } = self.output;
        let outs = self.rows.numbers.chunks_exact_mut(self.output.row_len());
        for (row, out) in self.rows.range.zip(outs) {
            let columns = row * width..(row + 1) * width;
            match self.input {
                Pictures::Frames(frames) if lanes == PIXEL_LANES => {
                    let pixels = frames[self.picture].pixels();
                    let of_row = columns.start * PIXEL_LANES..columns.end * PIXEL_LANES;
                    scale_row(&pixels[of_row], self.scaling, out);
                }
                Pictures::Frames(frames) => {
                    let pixels = &frames[self.picture].pixels().as_chunks::<3>().0[columns];
                    for channel in 0..3 {
                        let values = pixels.iter().map(|pixel| f32::from(pixel[channel]));
                        scale_channel(values, self.scaling, channel, self.output, out);
                    }
                }
                Pictures::Floats(array) => {
                    for channel in 0..3 {
                        let plane = &array.plane(self.picture, channel)[columns.clone()];
                        scale_channel(
                            plane.iter().copied(),
                            self.scaling,
                            channel,
                            self.output,
                            out,
                        );
                    }
                }
            }
        }
    }
}

/// Writes pixels that lie as they do in a frame.
#[inline(always)]
fn scale_row(pixels: &[u8], scaling: InputScaling, out: &mut [f32]) {
    /// Whole pixels and whole vectors, whatever the instruction set.
    const AT_ONCE: usize = 16 * PIXEL_LANES;
    let mean: [f32; AT_ONCE] = std::array::from_fn(|i| scaling.mean[i % PIXEL_LANES]);
    let scale: [f32; AT_ONCE] = std::array::from_fn(|i| scaling.scale[i % PIXEL_LANES]);
    let (chunks, rest) = pixels.as_chunks::<AT_ONCE>();
    let (out_chunks, out_rest) = out.as_chunks_mut::<AT_ONCE>();
    for (pixels, out) in chunks.iter().zip(out_chunks) {
        for i in 0..AT_ONCE {
            out[i] = (f32::from(pixels[i]) - mean[i]) * scale[i];
        }
    }
    for (i, (pixel, out)) in rest.iter().zip(out_rest).enumerate() {
        *out = (f32::from(*pixel) - mean[i]) * scale[i];
    }
}

/// Writes one channel of a row.
#[inline(always)]
fn scale_channel(
    values: impl Iterator<Item = f32>,
    scaling: InputScaling,
    channel: usize,
    shape: Shape,
    out: &mut [f32],
) {
    let cells = out[shape.index(channel, 0, 0)..]
        .iter_mut()
        .step_by(shape.lanes);
    for (cell, value) in cells.zip(values) {
        *cell = (value - scaling.mean[channel]) * scaling.scale[channel];
    }
}

/// Some rows of a sum of maps; a smaller map is made larger by repeating its cells.
#[derive(Debug)]
pub(super) struct SumRows<'a> {
    pub(super) terms: &'a [(Source<'a>, usize)],
    /// Whether the first term lies where the sum is written.
    pub(super) is_in_place: bool,
    pub(super) activation: Option<Activation>,
    pub(super) output: Shape,
    pub(super) rows: Rows<'a>,
}

impl WithSimd for SumRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { output, rows, .. } = self;
        let len = output.block_len();
        let out_rows = rows.numbers.chunks_exact_mut(output.row_len());
        for (row, out) in rows.range.clone().zip(out_rows) {
            for (block, out) in out.chunks_exact_mut(len).enumerate() {
                let out = vectors_mut::<S>(out);
                let last = self.terms.len() - 1;
                for (index, (source, factor)) in self.terms.iter().enumerate() {
                    let term = Term::<S>::of(simd, *source, *factor, [row, block]);
                    let activation = self.activation.filter(|_| index == last);
                    match (index, self.is_in_place) {
                        (0, true) => term.change(simd, activation, out),
                        (0, false) => term.combine(simd, activation, out, |_, x| x),
                        _ => term.combine(simd, activation, out, |sum, x| simd.add_f32s(sum, x)),
                    }
                }
            }
        }
        rows.measure(simd, output);
    }
}

/// One block of a row of a term of a sum.
#[derive(Clone, Copy, Debug)]
struct Term<'a, S: Simd> {
    cells: &'a [S::f32s],
    lens: Lens<S>,
    /// How often each cell is repeated.
    factor: usize,
}

impl<'a, S: Simd> Term<'a, S> {
    /// Returns a block of a row of the sum; without cells when these lie where the sum is written.
    #[inline(always)]
    fn of(simd: S, source: Source<'a>, factor: usize, [row, block]: [usize; 2]) -> Self {
        let cells = match source.numbers {
            [] => &[],
            _ => source.block(row / factor, block),
        };
        Self {
            cells: vectors::<S>(cells),
            lens: source.lens(simd, block),
            factor,
        }
    }

    /// Makes the term of the numbers that lie there.
    #[inline(always)]
    fn change(self, simd: S, activation: Option<Activation>, out: &mut [S::f32s]) {
        for x in out {
            *x = activated(simd, activation, self.lens.apply(simd, *x));
        }
    }

    /// Puts the term together with what lies there.
    #[inline(always)]
    fn combine(
        self,
        simd: S,
        activation: Option<Activation>,
        out: &mut [S::f32s],
        with: impl Fn(S::f32s, S::f32s) -> S::f32s,
    ) {
        if self.factor == 1 {
            for (x, cell) in self.cells.iter().zip(out) {
                let x = self.lens.apply(simd, *x);
                *cell = activated(simd, activation, with(*cell, x));
            }
            return;
        }
        for (x, cells) in self.cells.iter().zip(out.chunks_mut(self.factor)) {
            let x = self.lens.apply(simd, *x);
            for cell in cells {
                *cell = activated(simd, activation, with(*cell, x));
            }
        }
    }
}

/// Some rows of the largest values of windows.
#[derive(Debug)]
pub(super) struct PoolRows<'a> {
    pub(super) pool: MaxPool,
    pub(super) source: Source<'a>,
    pub(super) output: Shape,
    pub(super) rows: Rows<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl PoolRows<'_> {
    /// Returns the shape of the output.
    pub(super) fn output(pool: MaxPool, input: Shape) -> Shape {
        let steps = |len| pool.padding.steps(len, pool.kernel, pool.stride).1;
        Shape {
            height: steps(input.height),
            width: steps(input.width),
            ..input
        }
    }
}

impl WithSimd for PoolRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            pool, output, rows, ..
        } = self;
        let input = self.source.shape;
        let before = |len| pool.padding.sides(len, pool.kernel, pool.stride).0;
        let (top, left) = (before(input.height), before(input.width));
        // The part of a window that lies inside of the map.
        let inside = |step: usize, before: usize, len: usize| {
            let start = step * pool.stride;
            start.saturating_sub(before)..(start + pool.kernel).saturating_sub(before).min(len)
        };
        let out_rows = rows.numbers.chunks_exact_mut(output.row_len());
        for (row, out) in rows.range.clone().zip(out_rows) {
            for (block, out) in out.chunks_exact_mut(output.block_len()).enumerate() {
                let out = vectors_mut::<S>(out);
                out.fill(simd.splat_f32s(f32::NEG_INFINITY));
                for y in inside(row, top, input.height) {
                    let line = self.scratch.take(input.block_len());
                    self.source.read_block(simd, y, block, 0..input.width, line);
                    let line = vectors::<S>(line);
                    for (column, cell) in out.iter_mut().enumerate() {
                        for x in &line[inside(column, left, input.width)] {
                            *cell = simd.max_f32s(*cell, *x);
                        }
                    }
                }
            }
        }
        rows.measure(simd, output);
    }
}

/// Some rows of maps whose channels are put behind each other.
#[derive(Debug)]
pub(super) struct ConcatRows<'a> {
    pub(super) sources: &'a [Source<'a>],
    pub(super) output: Shape,
    pub(super) rows: Rows<'a>,
    pub(super) scratch: &'a mut Scratch,
}

impl WithSimd for ConcatRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { output, rows, .. } = self;
        let len = output.block_len();
        let out_rows = rows.numbers.chunks_exact_mut(output.row_len());
        for (row, out) in rows.range.clone().zip(out_rows) {
            let mut first = 0;
            for source in self.sources {
                for block in 0..source.shape.blocks() {
                    let channel = block * output.lanes;
                    let columns = 0..output.width;
                    if (first + channel).is_multiple_of(output.lanes) {
                        let start = output.index(first + channel, 0, 0);
                        let out = &mut out[start..start + len];
                        source.read_block(simd, row, block, columns, out);
                        continue;
                    }
                    let line = self.scratch.take(len);
                    source.read_block(simd, row, block, columns.clone(), line);
                    let lanes = output.lanes.min(source.shape.channels - channel);
                    for column in columns {
                        for lane in 0..lanes {
                            let at = output.index(first + channel + lane, 0, column);
                            out[at] = line[column * output.lanes + lane];
                        }
                    }
                }
                first += source.shape.channels;
            }
        }
        rows.measure(simd, output);
    }
}
