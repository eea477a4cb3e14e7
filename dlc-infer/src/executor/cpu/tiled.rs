//! Convolutions in the tiles of AMX ([`amx`](super::amx)): about ten times as many multiplications in a
//! second as vectors do.
//!
//! What a thread reads is written as words of bfloat16 in windows ([`TiledPlan`]): a stride becomes that
//! many windows, so that whatever the kernel, its stride and its dilation, a tap is a distance in a window,
//! and 16 columns are 16 rows of a tile. Columns go over the ends of rows: what a tile computes between
//! two rows is left out.

mod chunk;
mod words;

use std::ops::Range;

use pulp::{Simd, WithSimd, bytemuck};

use self::words::Reader;
pub(super) use self::{
    chunk::{Chunk, Cut},
    words::{mask, packed, write_tiles},
};
use super::{
    aligned::{Aligned, Scratch},
    amx::{Parts, SUMS, TILE, TILE_CHANNELS, TILE_LEN, Unit},
    conv::{Convolution, Dense, Finish, LayerRows, TOGETHER, filled_bias},
    rows::{Rows, Split},
    shape::Shape,
    source::Source,
    vectors::{activated, vectors, vectors_mut},
};
use crate::graph::{Conv, Padding, reach};

/// A convolution whose weights are tiles.
#[derive(Debug)]
pub(super) struct TiledLayer {
    unit: Unit,
    parts: Parts,
    inputs: usize,
    outputs: usize,
    kernel: [usize; 2],
    stride: usize,
    dilation: usize,
    padding: Padding,
    /// For each [`TOGETHER`] blocks of outputs: groups of channels × places of the kernel × blocks ×
    /// parts × tiles, in words.
    weights: Vec<Aligned>,
    /// Filled up to whole blocks.
    bias: Vec<f32>,
}

/// Where a [`TiledLayer`] finds its inputs, for maps of one size.
///
/// A window is every `stride`-th row and column of the map, with zeros around it.
#[derive(Debug)]
pub(super) struct TiledPlan {
    pub(super) output: Shape,
    /// Zeros above and at the left.
    before: [usize; 2],
    /// Row and column of the map that each window begins with.
    windows: Vec<[usize; 2]>,
    /// For each place of the kernel: its window, and row and column there.
    taps: Vec<[usize; 3]>,
    /// Columns of a window.
    pitch: usize,
    /// Rows and columns that a window has beyond those of the output.
    beyond: [usize; 2],
}

impl TiledLayer {
    /// Returns whether a convolution of such maps can be done so, and is faster than by vectors.
    ///
    /// What it takes is estimated for 16 columns, in cycles of one core.
    pub(super) fn suits(conv: &Conv, input_lanes: usize, parts: Parts) -> bool {
        let &[outputs, inputs, rows, columns] = conv.weight.shape() else {
            return false;
        };
        let (places, blocks) = (rows * columns, outputs.div_ceil(TILE));
        let groups = inputs.div_ceil(TILE_CHANNELS);
        let by_vectors = 8 * places * inputs * blocks;
        let products = 16 * parts.products().len() * places * groups * blocks;
        let by_tiles = products + 60 * parts.count() * groups + 80 * blocks;
        input_lanes == TILE && conv.groups == 1 && by_tiles < by_vectors
    }

    /// Makes tiles of the weights of a convolution.
    pub(super) fn new(conv: &Conv, unit: Unit, parts: Parts) -> Self {
        let dense = Dense::new(&conv.weight, conv.groups);
        let places = dense.kernel[0] * dense.kernel[1];
        let steps = dense.inputs.div_ceil(TILE_CHANNELS) * places;
        let pack = |outputs: &Range<usize>, words: &mut [u32]| {
            let step_len = outputs.len() / TILE * parts.count() * TILE_LEN;
            for (step, words) in words.chunks_exact_mut(step_len).enumerate() {
                let at = [step / places * TILE_CHANNELS, step % places];
                write_tiles(&dense, at, outputs.start, parts, words);
            }
        };
        Self {
            unit,
            parts,
            inputs: dense.inputs,
            outputs: dense.outputs,
            kernel: dense.kernel,
            stride: conv.stride,
            dilation: conv.dilation,
            padding: conv.padding,
            weights: packed(dense.outputs, steps * parts.count(), pack),
            bias: filled_bias(conv, TILE),
        }
    }

    /// Returns where the inputs lie in a map of this shape.
    pub(super) fn plan(&self, input: Shape) -> TiledPlan {
        let reaches = self.kernel.map(|kernel| reach(kernel, self.dilation));
        let steps = |len, reach| self.padding.steps(len, reach, self.stride);
        let (top, height) = steps(input.height, reaches[0]);
        let (left, width) = steps(input.width, reaches[1]);
        let beyond = reaches.map(|reach| (reach - 1) / self.stride);
        let mut windows = Vec::new();
        let taps = (0..self.kernel[0] * self.kernel[1]).map(|place| {
            let at = [place / self.kernel[1], place % self.kernel[1]];
            let at = at.map(|place| place * self.dilation);
            let first = at.map(|place| place % self.stride);
            let window = windows.iter().position(|window| *window == first);
            let window = window.unwrap_or_else(|| {
                windows.push(first);
                windows.len() - 1
            });
            [window, at[0] / self.stride, at[1] / self.stride]
        });
        TiledPlan {
            taps: taps.collect(),
            output: Shape {
                height,
                width,
                channels: self.outputs,
                lanes: TILE,
            },
            before: [top, left],
            windows,
            pitch: width + beyond[1],
            beyond,
        }
    }

    /// Groups of channels that a step takes.
    fn groups(&self) -> usize {
        self.inputs.div_ceil(TILE_CHANNELS)
    }
}

impl Convolution for TiledLayer {
    type Plan = TiledPlan;

    fn split(&self, plan: &TiledPlan, threads: usize) -> Split {
        let words = self.groups() * plan.windows.len() * self.parts.count() * TILE;
        let sums = plan.output.padded_channels();
        // Of the two, the cache need not hold all at a time.
        Split {
            cost: plan.pitch * words.min(sums) / 2,
            multiple: 1,
            pieces: 1,
            threads,
        }
    }
}

impl WithSimd for LayerRows<'_, TiledLayer, TiledPlan> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer, plan, rows, ..
        } = self;
        let piece = Piece::of(layer, plan, rows.range.clone());
        let (words, sums, offsets) = piece.room(layer, plan, self.scratch);
        piece.write_offsets(layer, plan, offsets);
        let tiles = layer.unit.set_up();
        let mut out = Out {
            shape: plan.output,
            pitch: plan.pitch,
            finish: self.finish,
            rows,
        };
        for groups in piece.cut.chunks() {
            let first = groups.start;
            let of_groups = words.chunks_exact_mut(piece.group_len);
            for (group, words) in groups.clone().zip(of_groups) {
                piece.write_words(simd, layer, plan, self.source, group, words);
            }
            let chunk = Chunk {
                words,
                part_len: piece.part_len,
                offsets: &offsets[..groups.len() * plan.taps.len()],
                parts: layer.parts,
                is_first: first == 0,
            };
            for (index, weights) in layer.weights.iter().enumerate() {
                let block = index * TOGETHER;
                let outputs = (plan.output.blocks() - block).min(TOGETHER);
                let step_len = outputs * layer.parts.count() * TILE_LEN;
                let weights: &[u32] = bytemuck::cast_slice(weights.as_ref());
                let weights = &weights[first * plan.taps.len() * step_len..];
                let sums =
                    &mut sums[piece.cut.band(index) * piece.sums_len()..][..piece.sums_len()];
                chunk.multiply(simd, &tiles, weights, outputs, sums);
                if piece.cut.ends_with(&groups) {
                    for o in 0..outputs {
                        let bias = vectors::<S>(&layer.bias)[block + o];
                        out.write(simd, &vectors::<S>(sums)[o..], bias, block + o);
                    }
                }
            }
        }
    }
}

/// What a thread makes of some rows: windows of as many channels as its cache holds at a time.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The first row of the map, with the zeros above it, that is read.
    first: usize,
    /// Rows of a window.
    rows: usize,
    /// Columns that are computed, over the ends of rows: a multiple of [`TILE`].
    columns: usize,
    /// Words of one part of one window.
    part_len: usize,
    /// Words of all windows of a group of channels.
    group_len: usize,
    cut: Cut,
}

impl Piece {
    fn of(layer: &TiledLayer, plan: &TiledPlan, rows: Range<usize>) -> Self {
        let columns = (rows.len() - 1) * plan.pitch + plan.output.width;
        let columns = columns.next_multiple_of(TILE);
        // A tap reads up to this far behind the last column.
        let beyond = plan.beyond[0] * plan.pitch + plan.beyond[1];
        let window_rows = rows.len() + plan.beyond[0];
        let part_len = (columns + beyond).max(window_rows * plan.pitch) * TILE;
        let group_len = plan.windows.len() * layer.parts.count() * part_len;
        Self {
            first: rows.start * layer.stride,
            rows: window_rows,
            columns,
            part_len,
            group_len,
            cut: Cut::new(layer.groups(), group_len),
        }
    }

    /// Numbers that are the sums of up to [`TOGETHER`] blocks of outputs.
    fn sums_len(&self) -> usize {
        self.columns * SUMS
    }

    /// Returns room for the words, the sums and the offsets.
    fn room<'a>(
        &self,
        layer: &TiledLayer,
        plan: &TiledPlan,
        scratch: &'a mut Scratch,
    ) -> (&'a mut [u32], &'a mut [f32], &'a mut [u32]) {
        let words = self.cut.at_once * self.group_len;
        let sums = self.cut.bands(layer.weights.len()) * self.sums_len();
        let offsets = self.cut.at_once * plan.taps.len();
        let (words, rest) = scratch.take(words + sums + offsets).split_at_mut(words);
        let (sums, offsets) = rest.split_at_mut(sums);
        (
            bytemuck::cast_slice_mut(words),
            sums,
            bytemuck::cast_slice_mut(offsets),
        )
    }

    /// Writes where each step finds its words: groups of channels × places of the kernel.
    fn write_offsets(&self, layer: &TiledLayer, plan: &TiledPlan, offsets: &mut [u32]) {
        let of_groups = offsets.chunks_exact_mut(plan.taps.len());
        for (group, offsets) in of_groups.enumerate() {
            for (offset, [window, row, column]) in offsets.iter_mut().zip(&plan.taps) {
                let window = group * self.group_len + window * layer.parts.count() * self.part_len;
                let at = window + (row * plan.pitch + column) * TILE;
                *offset = u32::try_from(at).expect("windows are far smaller than 2^32 words");
            }
        }
    }

    /// Writes all windows of a group of channels: windows × parts × rows × columns × words.
    #[inline(always)]
    fn write_words<S: Simd>(
        &self,
        simd: S,
        layer: &TiledLayer,
        plan: &TiledPlan,
        source: Source<'_>,
        group: usize,
        words: &mut [u32],
    ) {
        let reader = Reader::of(simd, layer, source, group);
        let windows = words.chunks_exact_mut(layer.parts.count() * self.part_len);
        for (window, words) in plan.windows.iter().zip(windows) {
            match layer.parts {
                Parts::One => self.write_window::<S, 1>(simd, plan, reader, *window, words),
                Parts::Two => self.write_window::<S, 2>(simd, plan, reader, *window, words),
                Parts::Three => self.write_window::<S, 3>(simd, plan, reader, *window, words),
            }
        }
    }

    /// Writes the window that begins with a row and a column of the map.
    #[inline(always)]
    fn write_window<S: Simd, const PARTS: usize>(
        &self,
        simd: S,
        plan: &TiledPlan,
        reader: Reader<'_, S>,
        [row, column]: [usize; 2],
        words: &mut [u32],
    ) {
        let Shape { height, width, .. } = reader.source.shape;
        let (stride, [above, left]) = (reader.stride, plan.before);
        // The columns that show the map.
        let of_window = |at: usize| at.saturating_sub(column).div_ceil(stride).min(plan.pitch);
        let (start, end) = (of_window(left), of_window(left + width));
        let mut parts = words.chunks_exact_mut(self.part_len);
        let mut parts = [(); PARTS].map(|()| parts.next().unwrap_or_default());
        for y in 0..self.rows {
            let of_row = y * plan.pitch * TILE..(y + 1) * plan.pitch * TILE;
            let parts = parts.each_mut().map(|part| &mut part[of_row.clone()]);
            let row = (self.first + y * stride + row).checked_sub(above);
            let Some(row) = row.filter(|row| *row < height) else {
                parts.into_iter().for_each(|part| part.fill(0));
                continue;
            };
            let inside = parts.map(|part| {
                part[..start * TILE].fill(0);
                part[end * TILE..].fill(0);
                &mut part[start * TILE..end * TILE]
            });
            if start < end {
                reader.write(simd, row, column + start * stride - left, inside);
            }
        }
    }
}

/// Where sums become outputs.
#[derive(Debug)]
struct Out<'a> {
    shape: Shape,
    pitch: usize,
    finish: Finish<'a>,
    rows: Rows<'a>,
}

impl Out<'_> {
    /// Writes one block of all rows, of every [`TOGETHER`]-th vector of the sums.
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, sums: &[S::f32s], bias: S::f32s, block: usize) {
        let (width, blocks) = (self.shape.width, self.shape.blocks());
        for y in 0..self.rows.range.len() {
            let at = (y * blocks + block) * width;
            let sums = sums[y * self.pitch * TOGETHER..].iter().step_by(TOGETHER);
            let cells = &mut vectors_mut::<S>(self.rows.numbers)[at..at + width];
            for (x, (sum, cell)) in sums.zip(cells).enumerate() {
                let sum = simd.add_f32s(*sum, bias);
                let sum = self.finish.residual.add(simd, sum, at + x, *cell);
                *cell = activated(simd, self.finish.activation, sum);
            }
            self.rows.measure_block(simd, self.shape, [y, block]);
        }
    }
}

#[cfg(test)]
mod tests;
