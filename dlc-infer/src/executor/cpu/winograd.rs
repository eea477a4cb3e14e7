//! 3×3 convolutions with a quarter of the multiplications.
//!
//! Winograd's minimal filtering F(4×4, 3×3) ([Lavin and Gray, 2015](https://arxiv.org/abs/1509.09308)):
//! a tile of 6×6 inputs and the kernel are transformed, multiplied place by place, and the products
//! transformed back to 4×4 outputs. For all channels at once the products are 36 products of
//! matrices, which the inner loop of every convolution does. A dilated convolution is the same on
//! every second (third, …) row and column. F(2×2, 3×3) saves less and needs less than half the weights.

mod tile;

use std::ops::Range;

use dlc_model::Tensor;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use self::tile::{LARGE, SMALL, column_of};
pub(super) use self::tile::{
    LARGE as STRIP, STRIP_OUTPUTS, Tile, input_transform, kernel_row, output_transform,
};
use super::{
    aligned::Aligned,
    conv::{Convolution, Finish, LayerRows, Part, Residual, Row, TOGETHER, filled_bias, together},
    rows::Split,
    shape::Shape,
    source::Window,
    vectors::{activated, vectors, vectors_mut},
};
use crate::graph::{Conv, Padding, reach};

/// Groups of [`TOGETHER`] blocks whose products are made before they are transformed back: the
/// transformed tiles are read once for all of them.
const BAND: usize = 8;

/// Below this many channels, in or out, the transformations cost more than they save.
const FEWEST_CHANNELS: usize = 16;

/// A 3×3 convolution whose weights are transformed.
#[derive(Debug)]
pub(super) struct WinogradLayer {
    tile: Tile,
    inputs: usize,
    outputs: usize,
    dilation: usize,
    padding: Padding,
    /// For each [`TOGETHER`] blocks of outputs: places × inputs × blocks × lanes.
    weights: Vec<Aligned>,
    /// Filled up to whole blocks.
    bias: Vec<f32>,
    lanes: usize,
}

/// Where a [`WinogradLayer`] finds its inputs, for maps of one size.
#[derive(Debug)]
pub(super) struct WinogradPlan {
    pub(super) output: Shape,
    /// Zeros above and at the left.
    before: [usize; 2],
    /// Tiles of a row of tiles, over all phases of a dilated convolution.
    tiles_in_row: usize,
    window_width: usize,
}

impl WinogradLayer {
    /// Returns whether a convolution can be done so, and is faster.
    pub(super) fn suits(conv: &Conv) -> bool {
        let shape = conv.weight.shape();
        let is_3x3 = shape[2..] == [3, 3] && conv.stride == 1 && conv.groups == 1;
        is_3x3 && shape[0] >= FEWEST_CHANNELS && shape[1] >= FEWEST_CHANNELS
    }

    /// Transforms the weights of a convolution.
    pub(super) fn new(conv: &Conv, tile: Tile, lanes: usize) -> Self {
        let (outputs, inputs) = (conv.weight.shape()[0], conv.weight.shape()[1]);
        let together = together(outputs, lanes);
        let len = |outputs: &Range<usize>| tile.places() * inputs * outputs.len();
        // All by this thread: an allocator has memory for each thread, and another thread could not
        // have what this one has freed.
        let mut weights: Vec<Aligned> = together.iter().map(len).map(Aligned::zeros).collect();
        let pairs = weights.par_iter_mut().zip(&together);
        pairs.for_each(|(packed, outputs)| transform(&conv.weight, tile, outputs, packed.as_mut()));
        Self {
            tile,
            inputs,
            outputs,
            dilation: conv.dilation,
            padding: conv.padding,
            weights,
            bias: filled_bias(conv, lanes),
            lanes,
        }
    }

    /// Returns where the inputs lie in a map of this shape.
    pub(super) fn plan(&self, input: Shape) -> WinogradPlan {
        let steps = |len| self.padding.steps(len, reach(3, self.dilation), 1);
        let ((top, height), (left, width)) = (steps(input.height), steps(input.width));
        let output = Shape {
            height,
            width,
            channels: self.outputs,
            lanes: self.lanes,
        };
        let of_tile = self.tile.outputs() * self.dilation;
        let across = output.width.div_ceil(of_tile);
        WinogradPlan {
            output,
            before: [top, left],
            tiles_in_row: across * self.dilation * self.dilation,
            window_width: across * of_tile + 2 * self.dilation,
        }
    }
}

/// Returns how many numbers the transformed weights of a convolution are.
pub(super) fn transformed_len(conv: &Conv, tile: Tile) -> usize {
    tile.places() * conv.weight.shape()[0] * conv.weight.shape()[1]
}

/// Returns at what distance the places of a tile lie, in vectors: odd, so that those of one tile do not
/// compete for the same lines of the nearest cache.
fn apart(vectors: usize) -> usize {
    vectors | 1
}

/// Transforms the weights of some outputs: places × inputs × outputs.
fn transform(weight: &Tensor, tile: Tile, outputs: &Range<usize>, packed: &mut [f32]) {
    let (all, inputs) = (weight.shape()[0], weight.shape()[1]);
    // Inputs outside: what is written for one after the other output lies side by side.
    for input in 0..inputs {
        for (o, output) in outputs
            .clone()
            .take_while(|&output| output < all)
            .enumerate()
        {
            let kernel = &weight.values()[(output * inputs + input) * 9..][..9];
            let values = tile.kernel_transform(kernel).into_iter();
            for (place, value) in values.take(tile.places()).enumerate() {
                packed[(place * inputs + input) * outputs.len() + o] = value;
            }
        }
    }
}

impl Convolution for WinogradLayer {
    type Plan = WinogradPlan;

    fn split(&self, plan: &WinogradPlan, threads: usize) -> Split {
        let (rows_of_tile, places) = (self.tile.outputs() * self.dilation, self.tile.places());
        let padded = self.inputs.next_multiple_of(self.lanes);
        let tiles_of_row = places * padded * plan.tiles_in_row / rows_of_tile;
        // Each piece reads all weights: few and large pieces where those are many, or else pieces of
        // which the transformed tiles at hand stay in the second cache.
        let is_heavy = places * self.inputs * self.outputs >= 1 << 20;
        Split {
            cost: tiles_of_row / if is_heavy { 16 } else { 4 },
            multiple: rows_of_tile,
            pieces: if is_heavy { 1 } else { 2 },
            threads,
        }
    }
}

impl WithSimd for LayerRows<'_, WinogradLayer, WinogradPlan> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.layer.tile {
            Tile::Small => self.tiles::<S, SMALL, { SMALL - 2 }>(simd),
            Tile::Large => self.tiles::<S, LARGE, { LARGE - 2 }>(simd),
        }
    }
}

impl LayerRows<'_, WinogradLayer, WinogradPlan> {
    /// Does all tiles, of `IN` × `IN` inputs and `OUT` × `OUT` outputs.
    #[inline(always)]
    fn tiles<S: Simd, const IN: usize, const OUT: usize>(self, simd: S) {
        let Self {
            layer, plan, rows, ..
        } = self;
        let (dilation, places) = (layer.dilation, IN * IN);
        let tile_rows = rows.range.len().div_ceil(OUT * dilation);
        let tiles = tile_rows * plan.tiles_in_row;
        let blocks = self.source.shape.blocks();
        let window = Window {
            top: rows.range.start.cast_signed() - plan.before[0].cast_signed(),
            height: tile_rows * OUT * dilation + 2 * dilation,
            left: plan.before[1],
            width: plan.window_width,
        };
        let place = apart(blocks * tiles);
        let product_place = apart(BAND.min(layer.weights.len()) * TOGETHER * tiles);
        let lens = [
            window.height * blocks * window.width * S::F32_LANES,
            places * place * S::F32_LANES,
            places * product_place * S::F32_LANES,
        ];
        let numbers = self.scratch.take(lens.iter().sum());
        let (x, numbers) = numbers.split_at_mut(lens[0]);
        let (transformed, products) = numbers.split_at_mut(lens[1]);
        window.fill(simd, self.source, 0..blocks, x);
        let grid = Grid::<IN, OUT> {
            dilation,
            tiles_in_row: plan.tiles_in_row,
        };
        grid.transform::<S>(simd, x, [window.width, blocks], [tiles, place], transformed);

        let offsets: Vec<u32> = (0..layer.inputs)
            .map(|channel| {
                let (block, lane) = (channel / S::F32_LANES, channel % S::F32_LANES);
                u32::try_from(block * tiles * S::F32_LANES + lane)
                    .expect("a window is far smaller than 2^32 numbers")
            })
            .collect();
        let group_len = TOGETHER * tiles * S::F32_LANES;
        for (band, groups) in layer.weights.chunks(BAND).enumerate() {
            let first = band * BAND * TOGETHER;
            let blocks = first..(first + BAND * TOGETHER).min(plan.output.blocks());
            let xs = transformed.chunks_exact(place * S::F32_LANES);
            let outs = products.chunks_exact_mut(product_place * S::F32_LANES);
            for (index, (x, out)) in xs.zip(outs).enumerate() {
                for (group, out) in groups.iter().zip(out.chunks_mut(group_len)) {
                    let weights = vectors::<S>(group.as_ref());
                    let len = weights.len() / places;
                    let weights = &weights[index * len..][..len];
                    match len == layer.inputs * TOGETHER {
                        true => multiply::<S, TOGETHER>(simd, x, &offsets, weights, tiles, out),
                        false => multiply::<S, 1>(simd, x, &offsets, weights, tiles, out),
                    }
                }
            }
            for block in blocks {
                let finish = Back {
                    bias: vectors::<S>(&layer.bias)[block],
                    block,
                    finish: self.finish,
                    output: plan.output,
                };
                let at = [block - first, tiles, product_place];
                finish.write(simd, grid, products, at, rows.numbers);
            }
        }
        rows.measure(simd, plan.output);
    }
}

/// One place of all tiles: a product of matrices.
#[inline(always)]
fn multiply<S: Simd, const OUTPUTS: usize>(
    simd: S,
    x: &[f32],
    offsets: &[u32],
    weights: &[S::f32s],
    tiles: usize,
    out: &mut [f32],
) {
    let bias = [simd.splat_f32s(0.0); OUTPUTS];
    let row = Row::<S, OUTPUTS> {
        x,
        step: S::F32_LANES,
        offsets,
        weights,
        bias: &bias,
        block: 0,
        width: tiles,
        residual: Residual::None,
        activation: None,
        part: Part::WHOLE,
    };
    row.run::<1>(simd, out);
}

/// How tiles lie on a map: one row of tiles has all phases of a dilated convolution.
#[derive(Clone, Copy, Debug)]
struct Grid<const IN: usize, const OUT: usize> {
    dilation: usize,
    tiles_in_row: usize,
}

impl<const IN: usize, const OUT: usize> Grid<IN, OUT> {
    /// Returns row and column of the first output of a tile.
    #[inline(always)]
    fn origin(self, tile: usize) -> [usize; 2] {
        let (row, in_row) = (tile / self.tiles_in_row, tile % self.tiles_in_row);
        let phases = self.dilation * self.dilation;
        let (across, phase) = (in_row / phases, in_row % phases);
        let size = OUT * self.dilation;
        [
            row * size + phase / self.dilation,
            across * size + phase % self.dilation,
        ]
    }

    /// Transforms all tiles: places × blocks × tiles × lanes, each place `place` vectors behind the last.
    #[inline(always)]
    fn transform<S: Simd>(
        self,
        simd: S,
        x: &[f32],
        [width, blocks]: [usize; 2],
        [tiles, place]: [usize; 2],
        out: &mut [f32],
    ) {
        let x = vectors::<S>(x);
        let out = vectors_mut::<S>(out);
        let zero = simd.splat_f32s(0.0);
        for block in 0..blocks {
            for tile in 0..tiles {
                let [row, column] = self.origin(tile);
                let mut half = [[zero; IN]; IN];
                for (i, half) in half.iter_mut().enumerate() {
                    let row = row + i * self.dilation;
                    let line = &x[(row * blocks + block) * width + column..];
                    let line = &line[..(IN - 1) * self.dilation + 1];
                    let mut cells = [zero; IN];
                    for (j, cell) in cells.iter_mut().enumerate() {
                        *cell = line[j * self.dilation];
                    }
                    *half = input_transform(simd, cells);
                }
                for j in 0..IN {
                    let column = column_of(&half, j, zero);
                    for (i, value) in input_transform(simd, column).into_iter().enumerate() {
                        out[(i * IN + j) * place + block * tiles + tile] = value;
                    }
                }
            }
        }
    }
}

/// The way back from products to one block of the output.
#[derive(Clone, Copy, Debug)]
struct Back<'a, S: Simd> {
    bias: S::f32s,
    block: usize,
    finish: Finish<'a>,
    output: Shape,
}

impl<S: Simd> Back<'_, S> {
    #[inline(always)]
    fn write<const IN: usize, const OUT: usize>(
        self,
        simd: S,
        grid: Grid<IN, OUT>,
        products: &[f32],
        [o, tiles, place]: [usize; 3],
        out: &mut [f32],
    ) {
        let products = vectors::<S>(products);
        let out = vectors_mut::<S>(out);
        let (width, blocks) = (self.output.width, self.output.blocks());
        let height = out.len() / (width * blocks);
        let zero = simd.splat_f32s(0.0);
        for tile in 0..tiles {
            let [row, column] = grid.origin(tile);
            let mut half = [[zero; OUT]; IN];
            for (i, half) in half.iter_mut().enumerate() {
                let mut cells = [zero; IN];
                for (j, cell) in cells.iter_mut().enumerate() {
                    *cell = products[(i * IN + j) * place + o * tiles + tile];
                }
                *half = output_transform::<S, IN, OUT>(simd, cells);
            }
            for j in 0..OUT {
                let x = column + j * grid.dilation;
                let cells = column_of(&half, j, zero);
                for (i, value) in output_transform::<S, IN, OUT>(simd, cells)
                    .into_iter()
                    .enumerate()
                {
                    let y = row + i * grid.dilation;
                    if x < width && y < height {
                        let at = (y * blocks + self.block) * width + x;
                        let value = simd.add_f32s(value, self.bias);
                        let value = self.finish.residual.add(simd, value, at, out[at]);
                        out[at] = activated(simd, self.finish.activation, value);
                    }
                }
            }
        }
    }
}
