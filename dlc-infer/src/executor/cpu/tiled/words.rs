//! Words of bfloat16: of weights, and of the maps that they are multiplied with.

use std::ops::Range;

use pulp::{Simd, bytemuck};
use rayon::prelude::*;

use super::TiledLayer;
use crate::executor::cpu::{
    aligned::Aligned,
    amx::{Parts, TILE, TILE_CHANNELS, TILE_LEN},
    bfloat,
    conv::{Dense, Tap, together},
    source::{Lens, Source},
    vectors::vectors,
};

/// Returns the words of the weights of each [`TOGETHER`](super::TOGETHER) blocks of outputs, of which each
/// has this many tiles.
pub(in crate::executor::cpu) fn packed(
    outputs: usize,
    tiles: usize,
    pack: impl Fn(&Range<usize>, &mut [u32]) + Sync,
) -> Vec<Aligned> {
    let together = together(outputs, TILE);
    // All by this thread, as Winograd's are: an allocator has memory for each thread.
    let zeros = |outputs: &Range<usize>| Aligned::zeros(outputs.len() / TILE * tiles * TILE_LEN);
    let mut weights: Vec<Aligned> = together.iter().map(zeros).collect();
    let pairs = weights.par_iter_mut().zip(&together);
    pairs.for_each(|(words, outputs)| pack(outputs, bytemuck::cast_slice_mut(words.as_mut())));
    weights
}

/// Writes the tiles of one step: for each block of outputs from `first` on, those of its parts.
pub(in crate::executor::cpu) fn write_tiles(
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

/// Returns the bits of the words of a group that are channels.
#[inline(always)]
pub(in crate::executor::cpu) fn mask<S: Simd>(_: S, channels: usize, group: usize) -> S::u32s {
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
pub(super) struct Reader<'a, S: Simd> {
    pub(super) source: Source<'a>,
    pub(super) stride: usize,
    block: usize,
    low: Lens<S>,
    /// None where the map ends with the first block.
    high: Option<Lens<S>>,
    /// The channels that there are, in words.
    mask: S::u32s,
}

impl<'a, S: Simd> Reader<'a, S> {
    #[inline(always)]
    pub(super) fn of(simd: S, layer: &TiledLayer, source: Source<'a>, group: usize) -> Self {
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
    pub(super) fn write<const PARTS: usize>(
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
