//! 3×3 convolutions in the tiles of AMX with half the multiplications.
//!
//! Winograd's minimal filtering F(4, 3) along rows: a strip of 6 inputs and each row of the kernel are
//! transformed, multiplied place by place, and the products transformed back to 4 outputs. For each place
//! that is a convolution of a window of strips with a kernel of 3 rows and one column, which
//! [`tiled`](super::tiled) does. Along one axis, transformed weights are twice as many as there were and
//! not four times, as with tiles of 6×6 ([`winograd`](super::winograd)), and so is what is fetched.

use std::ops::Range;

use dlc_model::Tensor;
use pulp::{Simd, WithSimd, bytemuck};

use super::{
    aligned::{Aligned, Scratch},
    amx::{Parts, SUMS, TILE, TILE_CHANNELS, TILE_LEN, Unit},
    bfloat,
    conv::{Convolution, Dense, Finish, LayerRows, TOGETHER, filled_bias},
    rows::{Rows, Split},
    shape::Shape,
    source::{Source, Window},
    tiled::{Chunk, Cut, mask, packed, write_tiles},
    vectors::{activated, vectors, vectors_mut},
    winograd::{self, STRIP, STRIP_OUTPUTS},
};
use crate::graph::{Conv, Padding, reach};

/// Rows of a kernel.
const KERNEL: usize = 3;
/// Transformations make errors larger: with fewer parts, they would be felt.
const PARTS: Parts = Parts::Three;

/// A 3×3 convolution whose weights are transformed along rows, and tiles.
#[derive(Debug)]
pub(super) struct StripLayer {
    unit: Unit,
    inputs: usize,
    outputs: usize,
    dilation: usize,
    padding: Padding,
    /// For each [`TOGETHER`] blocks of outputs: places × groups of channels × rows of the kernel ×
    /// blocks × parts × tiles, in words.
    weights: Vec<Aligned>,
    /// Filled up to whole blocks.
    bias: Vec<f32>,
}

/// Where a [`StripLayer`] finds its inputs, for maps of one size.
#[derive(Debug)]
pub(super) struct StripPlan {
    pub(super) output: Shape,
    /// Zeros above and at the left.
    before: [usize; 2],
    /// Strips of a row, over all phases of a dilated convolution.
    pitch: usize,
    /// Columns of the map that the strips read, with zeros.
    width: usize,
}

impl StripLayer {
    /// Returns whether a 3×3 convolution is faster so than through Winograd's filtering with vectors.
    ///
    /// What it takes is estimated for 16 columns, in cycles of one core.
    pub(super) fn suits(conv: &Conv) -> bool {
        let [outputs, inputs] = [0, 1].map(|axis| conv.weight.shape()[axis]);
        let (blocks, groups) = (outputs.div_ceil(TILE), inputs.div_ceil(TILE_CHANNELS));
        let by_strips = 432 * groups * blocks + 350 * groups + 100 * blocks;
        let by_vectors = 18 * inputs * blocks + 10 * inputs + 150 * blocks;
        by_strips < by_vectors
    }

    /// Transforms the weights of a convolution.
    pub(super) fn new(conv: &Conv, unit: Unit) -> Self {
        let transformed = transformed(&conv.weight);
        let dense = Dense::new(&transformed, conv.groups);
        let groups = dense.inputs.div_ceil(TILE_CHANNELS);
        let pack = |outputs: &Range<usize>, words: &mut [u32]| {
            let step_len = outputs.len() / TILE * PARTS.count() * TILE_LEN;
            for (step, words) in words.chunks_exact_mut(step_len).enumerate() {
                let (place, step) = (step / (groups * KERNEL), step % (groups * KERNEL));
                let (group, row) = (step / KERNEL, step % KERNEL);
                let at = [group * TILE_CHANNELS, row * STRIP + place];
                write_tiles(&dense, at, outputs.start, PARTS, words);
            }
        };
        let tiles = STRIP * groups * KERNEL * PARTS.count();
        Self {
            unit,
            inputs: dense.inputs,
            outputs: dense.outputs,
            dilation: conv.dilation,
            padding: conv.padding,
            weights: packed(dense.outputs, tiles, pack),
            bias: filled_bias(conv, TILE),
        }
    }

    /// Returns where the inputs lie in a map of this shape.
    pub(super) fn plan(&self, input: Shape) -> StripPlan {
        let steps = |len| self.padding.steps(len, reach(KERNEL, self.dilation), 1);
        let ((top, height), (left, width)) = (steps(input.height), steps(input.width));
        let of_strip = STRIP_OUTPUTS * self.dilation;
        let across = width.div_ceil(of_strip);
        StripPlan {
            output: Shape {
                height,
                width,
                channels: self.outputs,
                lanes: TILE,
            },
            before: [top, left],
            pitch: across * self.dilation,
            width: across * of_strip + 2 * self.dilation,
        }
    }

    /// Groups of channels that a step takes.
    fn groups(&self) -> usize {
        self.inputs.div_ceil(TILE_CHANNELS)
    }

    /// Returns the first column of the output that a strip of a row makes.
    #[inline(always)]
    fn origin(&self, strip: usize) -> usize {
        let (across, phase) = (strip / self.dilation, strip % self.dilation);
        across * STRIP_OUTPUTS * self.dilation + phase
    }
}

/// Returns weights whose rows are transformed: out × in × rows × places.
fn transformed(weight: &Tensor) -> Tensor {
    let (rows, _) = weight.values().as_chunks::<KERNEL>();
    let values = rows.iter().flat_map(winograd::kernel_row);
    let shape = vec![weight.shape()[0], weight.shape()[1], KERNEL, STRIP];
    Tensor::new(shape, values.collect()).expect("each row of a kernel has as many places")
}

impl Convolution for StripLayer {
    type Plan = StripPlan;

    /// Returns how the rows of the output are given to the threads: in few pieces, because each reads
    /// all weights.
    fn split(&self, plan: &StripPlan, threads: usize) -> Split {
        let words = self.groups() * PARTS.count() * TILE;
        let sums = plan.output.padded_channels();
        Split {
            cost: STRIP * plan.pitch * words.min(sums) / 4,
            multiple: 1,
            pieces: 1,
            threads,
        }
    }
}

impl WithSimd for LayerRows<'_, StripLayer, StripPlan> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            layer, plan, rows, ..
        } = self;
        let piece = Piece::of(layer, plan, rows.range.clone());
        let room = piece.room(layer, plan, self.scratch);
        for (step, offset) in room.offsets.iter_mut().enumerate() {
            let (group, row) = (step / KERNEL, step % KERNEL);
            let at = group * piece.group_len() + row * layer.dilation * plan.pitch * TILE;
            *offset = u32::try_from(at).expect("windows are far smaller than 2^32 words");
        }
        let tiles = layer.unit.set_up();
        let mut out = Out {
            layer,
            plan,
            finish: self.finish,
            rows,
        };
        for groups in piece.cut.chunks() {
            let first = groups.start;
            let of_groups = room.words.chunks_exact_mut(piece.group_len());
            for (group, words) in groups.clone().zip(of_groups) {
                piece.write_words(simd, layer, plan, self.source, group, words, room.row);
            }
            for (index, weights) in layer.weights.iter().enumerate() {
                let block = index * TOGETHER;
                let outputs = (plan.output.blocks() - block).min(TOGETHER);
                let step_len = outputs * PARTS.count() * TILE_LEN;
                let weights: &[u32] = bytemuck::cast_slice(weights.as_ref());
                let of_band = piece.cut.band(index) * piece.band_len();
                let sums = &mut room.sums[of_band..][..piece.band_len()];
                for (place, sums) in sums.chunks_exact_mut(piece.columns * SUMS).enumerate() {
                    let chunk = Chunk {
                        words: &room.words[place * piece.place_len..],
                        part_len: piece.part_len,
                        offsets: &room.offsets[..groups.len() * KERNEL],
                        parts: PARTS,
                        is_first: first == 0,
                    };
                    let step = (place * layer.groups() + first) * KERNEL;
                    chunk.multiply(simd, &tiles, &weights[step * step_len..], outputs, sums);
                }
                if piece.cut.ends_with(&groups) {
                    for o in 0..outputs {
                        out.write(simd, &vectors::<S>(sums)[o..], piece.columns, block + o);
                    }
                }
            }
        }
    }
}

/// What a thread makes of some rows: windows of strips of as many channels as its cache holds.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// The first row of the map, with the zeros above it, that is read.
    first: usize,
    /// Rows of a window.
    rows: usize,
    /// Strips that are computed, over the ends of rows: a multiple of [`TILE`].
    columns: usize,
    /// Words of one part of one place.
    part_len: usize,
    /// Words of one place.
    place_len: usize,
    cut: Cut,
}

/// Memory of a [`Piece`].
struct Room<'a> {
    words: &'a mut [u32],
    sums: &'a mut [f32],
    offsets: &'a mut [u32],
    /// One row of two blocks.
    row: &'a mut [f32],
}

impl Piece {
    fn of(layer: &StripLayer, plan: &StripPlan, rows: Range<usize>) -> Self {
        let columns = (rows.len() * plan.pitch).next_multiple_of(TILE);
        let part_len = (columns + 2 * layer.dilation * plan.pitch) * TILE;
        let place_len = PARTS.count() * part_len;
        Self {
            first: rows.start,
            rows: rows.len() + 2 * layer.dilation,
            columns,
            part_len,
            place_len,
            cut: Cut::new(layer.groups(), STRIP * place_len),
        }
    }

    /// Words of all places of a group of channels.
    fn group_len(&self) -> usize {
        STRIP * self.place_len
    }

    /// Numbers that are the sums of up to [`TOGETHER`] blocks of outputs.
    fn band_len(&self) -> usize {
        STRIP * self.columns * SUMS
    }

    fn room<'a>(&self, layer: &StripLayer, plan: &StripPlan, scratch: &'a mut Scratch) -> Room<'a> {
        let words = self.cut.at_once * self.group_len();
        let sums = self.cut.bands(layer.weights.len()) * self.band_len();
        let row = 2 * plan.width * TILE;
        let offsets = self.cut.at_once * KERNEL;
        let all = scratch.take(words + sums + row + offsets);
        let (words, rest) = all.split_at_mut(words);
        let (sums, rest) = rest.split_at_mut(sums);
        let (row, offsets) = rest.split_at_mut(row);
        Room {
            words: bytemuck::cast_slice_mut(words),
            sums,
            offsets: bytemuck::cast_slice_mut(offsets),
            row,
        }
    }

    /// Writes the strips of a group of channels: places × parts × rows × strips × words.
    #[inline(always)]
    #[expect(
        clippy::too_many_arguments,
        reason = "what is read, and where it is written"
    )]
    fn write_words<S: Simd>(
        &self,
        simd: S,
        layer: &StripLayer,
        plan: &StripPlan,
        source: Source<'_>,
        group: usize,
        words: &mut [u32],
        row: &mut [f32],
    ) {
        let mask = mask(simd, layer.inputs, group);
        let words: &mut [S::u32s] = bytemuck::cast_slice_mut(words);
        let window = Window {
            top: 0,
            height: 1,
            left: plan.before[1],
            width: plan.width,
        };
        let (low, high) = row.split_at_mut(plan.width * TILE);
        high.fill(0.0);
        for y in 0..self.rows {
            let of_map = (self.first + y).checked_sub(plan.before[0]);
            let of_map = of_map.filter(|row| *row < source.shape.height);
            for (block, row) in (2 * group..source.shape.blocks()).zip([&mut *low, &mut *high]) {
                window.fill_row(simd, source, of_map, block, row);
            }
            let (low, high) = (vectors::<S>(low), vectors::<S>(high));
            for strip in 0..plan.pitch {
                let first = layer.origin(strip);
                let low = strip_of(simd, low, first, layer.dilation);
                let high = strip_of(simd, high, first, layer.dilation);
                let at = y * plan.pitch + strip;
                for (place, low) in low.iter().enumerate() {
                    let pair = [*low, high[place]];
                    let parts = bfloat::word_vectors::<S, { PARTS.count() }>(simd, pair);
                    for (part, word) in parts.iter().enumerate() {
                        let part = (place * self.place_len + part * self.part_len) / TILE;
                        words[part + at] = simd.and_u32s(*word, mask);
                    }
                }
            }
        }
    }
}

/// Returns the places of a transformed strip, of cells from the first on.
#[inline(always)]
fn strip_of<S: Simd>(
    simd: S,
    cells: &[S::f32s],
    first: usize,
    dilation: usize,
) -> [S::f32s; STRIP] {
    let mut inputs = [simd.splat_f32s(0.0); STRIP];
    for (i, input) in inputs.iter_mut().enumerate() {
        *input = cells[first + i * dilation];
    }
    winograd::input_transform(simd, inputs)
}

/// Where sums become outputs.
#[derive(Debug)]
struct Out<'a> {
    layer: &'a StripLayer,
    plan: &'a StripPlan,
    finish: Finish<'a>,
    rows: Rows<'a>,
}

impl Out<'_> {
    /// Writes one block of all rows, of every [`TOGETHER`]-th vector of the sums, which are places ×
    /// columns.
    #[inline(always)]
    fn write<S: Simd>(&mut self, simd: S, sums: &[S::f32s], columns: usize, block: usize) {
        let shape = self.plan.output;
        let bias = vectors::<S>(&self.layer.bias)[block];
        for y in 0..self.rows.range.len() {
            let at = (y * shape.blocks() + block) * shape.width;
            let cells = &mut vectors_mut::<S>(self.rows.numbers)[at..at + shape.width];
            for strip in 0..self.plan.pitch {
                let mut places = [simd.splat_f32s(0.0); STRIP];
                for (place, sum) in places.iter_mut().enumerate() {
                    *sum = sums[(place * columns + y * self.plan.pitch + strip) * TOGETHER];
                }
                let outputs = winograd::output_transform::<S, STRIP, STRIP_OUTPUTS>(simd, places);
                let first = self.layer.origin(strip);
                for (i, output) in outputs.iter().enumerate() {
                    let x = first + i * self.layer.dilation;
                    if let Some(cell) = cells.get_mut(x) {
                        let sum = simd.add_f32s(*output, bias);
                        let sum = self.finish.residual.add(simd, sum, at + x, *cell);
                        *cell = activated(simd, self.finish.activation, sum);
                    }
                }
            }
            self.rows.measure_block(simd, shape, [y, block]);
        }
    }
}
