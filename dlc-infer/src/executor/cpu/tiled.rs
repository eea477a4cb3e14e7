//! Convolutions in the tiles of AMX ([`amx`](super::amx)): about ten times as many multiplications in a
//! second as vectors do.
//!
//! What a thread reads is written as words of bfloat16 in windows ([`TiledPlan`]): a stride becomes that
//! many windows, so that whatever the kernel, its stride and its dilation, a tap is a distance in a window,
//! and 16 columns are 16 rows of a tile. Columns go over the ends of rows: what a tile computes between
//! two rows is left out.

use std::ops::Range;

use pulp::{Simd, WithSimd, bytemuck};

use super::{
    aligned::{Aligned, Scratch},
    amx::{Operands, Parts, SUMS, TILE, TILE_CHANNELS, TILE_LEN, Tiles, Unit},
    bfloat,
    conv::{Dense, Finish, LayerRows, TOGETHER, Tap, filled_bias, together},
    rows::{Rows, Split},
    shape::Shape,
    source::{Lens, Source},
    vectors::{activated, vectors, vectors_mut},
};
use crate::graph::{Conv, Padding, reach};

/// Words of bfloat16, or sums, that fit into the cache that a core has for itself, beside others.
const CACHED: usize = 1 << 18;
/// Steps whose weights stay in the nearest cache while all columns go through them.
const STEPS_AT_ONCE: usize = 8;

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
        let packed = |outputs: Range<usize>| {
            let tiles = outputs.len() / TILE * parts.count();
            let mut packed = Aligned::zeros(steps * tiles * TILE_LEN);
            let words = bytemuck::cast_slice_mut(packed.as_mut());
            for (step, words) in words.chunks_exact_mut(tiles * TILE_LEN).enumerate() {
                let at = [step / places * TILE_CHANNELS, step % places];
                write_tiles(&dense, at, outputs.start, parts, words);
            }
            packed
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
            weights: together(dense.outputs, TILE)
                .into_iter()
                .map(packed)
                .collect(),
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

    /// Returns how the rows of the output are given to the threads.
    pub(super) fn split(&self, plan: &TiledPlan, threads: usize) -> Split {
        let words = self.groups() * self.words_of_column(plan) * plan.pitch;
        let sums = plan.output.padded_channels() * plan.pitch;
        Split {
            cost: words.min(sums) / 2,
            multiple: 1,
            pieces: 1,
            threads,
        }
    }

    /// Groups of channels that a step takes.
    fn groups(&self) -> usize {
        self.inputs.div_ceil(TILE_CHANNELS)
    }

    /// Words that a column of the output needs, for a group of channels.
    fn words_of_column(&self, plan: &TiledPlan) -> usize {
        plan.windows.len() * self.parts.count() * TILE
    }
}

/// Writes the tiles of one step: for each block of outputs from `first` on, those of its parts.
pub(super) fn write_tiles(
    dense: &Dense<'_>,
    [channel, place]: [usize; 2],
    first: usize,
    parts: Parts,
    words: &mut [u32],
) {
    let [row, column] = [place / dense.kernel[1], place % dense.kernel[1]];
    let weight = |output: usize, channel: usize| match channel < dense.inputs {
        true => dense.weight(
            output,
            Tap {
                channel,
                row,
                column,
            },
        ),
        false => 0.0,
    };
    for (block, words) in words.chunks_exact_mut(parts.count() * TILE_LEN).enumerate() {
        for at in 0..TILE_LEN {
            let (low, output) = (channel + at / TILE, first + block * TILE + at % TILE);
            let pair = [low, low + TILE].map(|channel| weight(output, channel));
            let parts = words.chunks_exact_mut(TILE_LEN);
            for (words, word) in parts.zip(bfloat::words::<3>(pair)) {
                words[at] = word;
            }
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
        for first in (0..layer.groups()).step_by(piece.groups_at_once) {
            let groups = first..(first + piece.groups_at_once).min(layer.groups());
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
                let weights = &bytemuck::cast_slice(weights.as_ref());
                let weights = &weights[first * plan.taps.len() * step_len..];
                let of_band = match piece.is_whole(layer) {
                    true => 0,
                    false => index * piece.sums_len(),
                };
                let sums = &mut sums[of_band..][..piece.sums_len()];
                chunk.multiply(simd, &tiles, weights, outputs, sums);
                if groups.end == layer.groups() {
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
    groups_at_once: usize,
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
        let chunks = (layer.groups() * group_len).div_ceil(CACHED);
        Self {
            first: rows.start * layer.stride,
            rows: window_rows,
            columns,
            part_len,
            group_len,
            groups_at_once: layer.groups().div_ceil(chunks.min(layer.groups())),
        }
    }

    /// Returns whether all channels are there at once: then sums need not be kept.
    fn is_whole(&self, layer: &TiledLayer) -> bool {
        self.groups_at_once == layer.groups()
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
        let bands = match self.is_whole(layer) {
            true => 1,
            false => layer.weights.len(),
        };
        let words = self.groups_at_once * self.group_len;
        let sums = bands * self.sums_len();
        let offsets = self.groups_at_once * plan.taps.len();
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

/// Windows of some channels, and where the steps find them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk<'a> {
    pub(super) words: &'a [u32],
    pub(super) part_len: usize,
    pub(super) offsets: &'a [u32],
    pub(super) parts: Parts,
    /// Whether no channels were summed up before.
    pub(super) is_first: bool,
}

impl Chunk<'_> {
    /// Adds the products of all columns with the weights of one or two blocks of outputs.
    ///
    /// Sums of a few steps are added up: the fewer numbers are added one after the other, the less is
    /// rounded off.
    #[inline(always)]
    pub(super) fn multiply<S: Simd>(
        &self,
        simd: S,
        tiles: &Tiles,
        weights: &[u32],
        outputs: usize,
        sums: &mut [f32],
    ) {
        let step_len = outputs * self.parts.count() * TILE_LEN;
        let steps = self.offsets.len();
        let at_once = steps.div_ceil(steps.div_ceil(STEPS_AT_ONCE));
        let parts = self.offsets.chunks(at_once);
        let parts = parts.zip(weights.chunks(at_once * step_len));
        let mut some = Sums([0.0; 2 * TILE * SUMS]);
        for (index, (offsets, weights)) in parts.enumerate() {
            for (pair, sums) in sums.chunks_mut(2 * TILE * SUMS).enumerate() {
                let is_first = self.is_first && index == 0;
                let columns = sums.len() / (TILE * SUMS);
                let some = &mut some.0[..sums.len()];
                tiles.multiply(&mut Operands {
                    x: &self.words[pair * 2 * TILE_LEN..],
                    next_part: self.part_len,
                    offsets,
                    weights,
                    sums: if is_first { sums } else { some },
                    columns,
                    outputs,
                    parts: self.parts,
                });
                if !is_first {
                    for (sum, some) in vectors_mut::<S>(sums).iter_mut().zip(vectors::<S>(some)) {
                        *sum = simd.add_f32s(*sum, *some);
                    }
                }
            }
        }
    }
}

/// Sums of two tiles of columns; a line of the caches holds those of a tile.
#[repr(align(64))]
struct Sums([f32; 2 * TILE * SUMS]);

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

/// Returns the bits of the words of a group that are channels.
#[inline(always)]
pub(super) fn mask<S: Simd>(_: S, channels: usize, group: usize) -> S::u32s {
    let first = group * TILE_CHANNELS;
    let mut mask = [0_u32; TILE];
    for (lane, mask) in mask.iter_mut().enumerate() {
        let low = if first + lane < channels { 0xFFFF } else { 0 };
        let is_high = first + lane + TILE < channels;
        *mask = if is_high { low | 0xFFFF_0000 } else { low };
    }
    bytemuck::cast_slice(&mask)[0]
}

/// A group of channels of a map: two blocks.
#[derive(Clone, Copy, Debug)]
struct Reader<'a, S: Simd> {
    source: Source<'a>,
    stride: usize,
    block: usize,
    low: Lens<S>,
    /// None where the map ends with the first block.
    high: Option<Lens<S>>,
    /// The channels that there are, in words.
    mask: S::u32s,
}

impl<'a, S: Simd> Reader<'a, S> {
    #[inline(always)]
    fn of(simd: S, layer: &TiledLayer, source: Source<'a>, group: usize) -> Self {
        let block = group * 2;
        Self {
            source,
            stride: layer.stride,
            block,
            low: source.lens(simd, block),
            high: (block + 1 < source.shape.blocks()).then(|| source.lens(simd, block + 1)),
            mask: mask(simd, layer.inputs, group),
        }
    }

    /// Writes the words of columns of a row, from a column on.
    #[inline(always)]
    fn write<const PARTS: usize>(
        self,
        simd: S,
        row: usize,
        column: usize,
        parts: [&mut [u32]; PARTS],
    ) {
        let block = |block: usize| &vectors::<S>(self.source.block(row, block))[column..];
        let low = block(self.block);
        let high = self.high.map(|lens| (block(self.block + 1), lens));
        let columns = parts[0].len() / TILE;
        let mut parts = parts.map(|part| &mut bytemuck::cast_slice_mut(part)[..columns]);
        for index in 0..columns {
            let at = index * self.stride;
            let low = self.low.apply(simd, low[at]);
            let high = match high {
                Some((cells, lens)) => lens.apply(simd, cells[at]),
                None => simd.splat_f32s(0.0),
            };
            let words = bfloat::word_vectors::<S, PARTS>(simd, [low, high]);
            for (part, words) in parts.iter_mut().zip(&words) {
                part[index] = simd.and_u32s(*words, self.mask);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::Tensor;

    use super::*;
    use crate::{
        executor::cpu::{
            conv::{ConvLayer, Layer, Residual},
            isa::InstructionSet,
            source::Affine,
            strips::StripLayer,
        },
        graph::Activation,
    };

    /// Numbers between -1 and 1 that look like chance.
    struct Numbers(u32);

    impl Numbers {
        fn next(&mut self) -> f32 {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(self.0 >> 16).unwrap()) / 32768.0 - 1.0
        }

        fn below(&mut self, bound: u32) -> usize {
            self.next();
            usize::try_from((self.0 >> 16) % bound).unwrap()
        }

        fn some(&mut self, len: usize) -> Vec<f32> {
            (0..len).map(|_| self.next()).collect()
        }

        fn conv(&mut self, [outputs, inputs]: [usize; 2], kernel: usize) -> Conv {
            let shape = vec![outputs, inputs, kernel, kernel];
            let weights = self.some(shape.iter().product());
            Conv {
                weight: Tensor::new(shape, weights).unwrap(),
                bias: Some(Tensor::new(vec![outputs], self.some(outputs)).unwrap()),
                stride: 1 + self.below(3),
                dilation: 1 + self.below(2),
                groups: 1,
                padding: match self.below(2) {
                    0 => Padding::Same,
                    _ => Padding::Even(kernel / 2),
                },
            }
        }
    }

    /// What a convolution is tried with.
    struct Case {
        conv: Conv,
        input: Shape,
        numbers: Vec<f32>,
        affine: [Vec<f32>; 2],
        residual: usize,
    }

    impl Case {
        fn random(numbers: &mut Numbers, channels: [usize; 2], size: [usize; 2]) -> Self {
            let kernel = [1, 1, 3, 5][numbers.below(4)];
            let conv = numbers.conv(channels, kernel);
            let input = Shape {
                height: size[0],
                width: size[1],
                channels: channels[1],
                lanes: TILE,
            };
            // What fills the last block is no channel.
            let mut cells = numbers.some(input.len());
            for (index, cell) in cells.iter_mut().enumerate() {
                let block = index / input.block_len() % input.blocks();
                if block * TILE + index % TILE >= channels[1] {
                    *cell = f32::NAN;
                }
            }
            Self {
                conv,
                input,
                numbers: cells,
                affine: [0, 1].map(|_| numbers.some(input.padded_channels())),
                residual: numbers.below(3),
            }
        }

        /// Runs one kind of layer, and returns what it writes and its moments.
        fn run<L: Sync, P: Sync>(
            &self,
            layer: &L,
            plan: &P,
            output: Shape,
            split: Split,
            can_replace: bool,
        ) -> Vec<f32>
        where
            for<'b> LayerRows<'b, L, P>: WithSimd,
        {
            let mut other = Numbers(7);
            let map = other.some(output.len());
            let mut out = map.clone();
            let [scale, shift] = &self.affine;
            let layer = Layer {
                layer,
                plan,
                source: Source {
                    shape: self.input,
                    numbers: &self.numbers,
                    affine: Some(Affine { scale, shift }),
                    activation: Some(Activation::Relu),
                },
                finish: Finish {
                    residual: match self.residual {
                        0 => Residual::None,
                        1 if can_replace => Residual::InPlace,
                        _ => Residual::Map(&map),
                    },
                    activation: Some(Activation::Relu6),
                },
            };
            let mut moments = vec![0.0; output.height * 2 * output.padded_channels()];
            layer.write(
                InstructionSet::Avx512,
                output,
                split,
                &mut out,
                Some(&mut moments),
            );
            out.extend(moments);
            out
        }

        /// Compares with vectors, and returns how many numbers were.
        fn compare(&self, unit: Unit, parts: Parts) -> usize {
            let by_vectors = ConvLayer::new(&self.conv, TILE, TILE);
            let plan = by_vectors.plan(self.input);
            let output = plan.output;
            let expected = self.run(&by_vectors, &plan, output, Split::by_cost(1, 2), false);
            let tiled = TiledLayer::new(&self.conv, unit, parts);
            let plan = tiled.plan(self.input);
            assert_eq!(plan.output, output);
            let found = self.run(&tiled, &plan, output, tiled.split(&plan, 2), true);
            let summed = self.conv.weight.shape()[1..].iter().product::<usize>();
            let bound = f32::from(u16::try_from(summed).unwrap()).sqrt()
                * match parts {
                    Parts::One => 1e-2,
                    Parts::Two => 2e-5,
                    Parts::Three => 2e-6,
                };
            let mut compared = self.check(bound, output, &found, &expected);
            let is_3x3 = self.conv.weight.shape()[2..] == [3, 3] && self.conv.stride == 1;
            if is_3x3 && parts == Parts::Three {
                let strips = StripLayer::new(&self.conv, unit);
                let plan = strips.plan(self.input);
                assert_eq!(plan.output, output);
                let found = self.run(&strips, &plan, output, strips.split(&plan, 2), true);
                // Transformations make errors larger.
                compared += self.check(4.0 * bound, output, &found, &expected);
            }
            compared
        }

        /// Compares what layers write and its moments, and returns how many numbers these are.
        fn check(&self, bound: f32, output: Shape, found: &[f32], expected: &[f32]) -> usize {
            let written = output.height * output.row_len();
            for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
                // Squares add up over a row.
                let bound = if index < written {
                    bound
                } else {
                    200.0 * bound
                };
                assert!(
                    (found - expected).abs() <= bound,
                    "{:?} stride {} of {:?}: {found} {expected}",
                    self.conv.weight.shape(),
                    self.conv.stride,
                    self.input,
                );
            }
            found.len()
        }
    }

    fn units() -> Vec<Unit> {
        if !InstructionSet::Avx512.is_available() {
            eprintln!("skipped: this processor has no AVX-512");
            return Vec::new();
        }
        let of_processor = Unit::of_processor();
        if of_processor.is_none() {
            eprintln!("tested in plain Rust alone: this processor has no AMX");
        }
        of_processor.into_iter().chain([Unit::Plain]).collect()
    }

    #[test]
    fn random_convolutions_are_those_of_vectors() {
        let mut numbers = Numbers(1);
        for unit in units() {
            let mut compared = 0;
            for _ in 0..40 {
                let channels = [(); 2].map(|()| 1 + numbers.below(70));
                let size = [(); 2].map(|()| 6 + numbers.below(19));
                let case = Case::random(&mut numbers, channels, size);
                for parts in [Parts::One, Parts::Two, Parts::Three] {
                    compared += case.compare(unit, parts);
                }
            }
            assert!(compared > 100_000, "{compared}");
        }
    }

    #[test]
    fn channels_that_the_cache_does_not_hold_at_once_are_summed_up() {
        let mut numbers = Numbers(2);
        for unit in units() {
            let mut case = Case::random(&mut numbers, [40, 700], [16, 40]);
            case.conv = numbers.conv([40, 700], 3);
            (case.conv.stride, case.conv.padding) = (1, Padding::Same);
            let layer = TiledLayer::new(&case.conv, unit, Parts::Three);
            let plan = layer.plan(case.input);
            assert!(!Piece::of(&layer, &plan, 0..8).is_whole(&layer));
            case.compare(unit, Parts::Three);
        }
    }
}
