//! Products of some channels.

use std::ops::Range;

use pulp::Simd;

use crate::executor::cpu::{
    amx::{Operands, Parts, SUMS, TILE, TILE_LEN, Tiles},
    vectors::{vectors, vectors_mut},
};

/// Steps whose weights stay in the nearest cache while all columns go through them.
const STEPS_AT_ONCE: usize = 8;

/// Words of bfloat16 that fit into the cache that a core has for itself, beside others.
const CACHED: usize = 1 << 18;

/// How the groups of channels of a piece are cut: into as many chunks as the cache holds one of.
#[derive(Clone, Copy, Debug)]
pub(in crate::executor::cpu) struct Cut {
    groups: usize,
    /// Groups of a chunk.
    pub(in crate::executor::cpu) at_once: usize,
}

impl Cut {
    /// Cuts groups of which each has this many words.
    pub(in crate::executor::cpu) fn new(groups: usize, group_len: usize) -> Self {
        let chunks = (groups * group_len).div_ceil(CACHED);
        Self {
            groups,
            at_once: groups.div_ceil(chunks.min(groups)),
        }
    }

    /// Returns the groups of each chunk.
    pub(in crate::executor::cpu) fn chunks(self) -> impl Iterator<Item = Range<usize>> {
        let firsts = (0..self.groups).step_by(self.at_once);
        firsts.map(move |first| first..(first + self.at_once).min(self.groups))
    }

    /// Returns whether all channels are there at once: then sums need not be kept.
    pub(in crate::executor::cpu) fn is_whole(self) -> bool {
        self.at_once == self.groups
    }

    /// Returns whether the sums are complete with these groups.
    pub(in crate::executor::cpu) fn ends_with(self, groups: &Range<usize>) -> bool {
        groups.end == self.groups
    }

    /// Returns how many bands of outputs have sums at a time, of so many.
    pub(in crate::executor::cpu) fn bands(self, bands: usize) -> usize {
        if self.is_whole() { 1 } else { bands }
    }

    /// Returns which of these a band's sums are.
    pub(in crate::executor::cpu) fn band(self, band: usize) -> usize {
        if self.is_whole() { 0 } else { band }
    }
}

/// Windows of some channels, and where the steps find them.
#[derive(Clone, Copy, Debug)]
pub(in crate::executor::cpu) struct Chunk<'a> {
    pub(in crate::executor::cpu) words: &'a [u32],
    pub(in crate::executor::cpu) part_len: usize,
    pub(in crate::executor::cpu) offsets: &'a [u32],
    pub(in crate::executor::cpu) parts: Parts,
    /// Whether no channels were summed up before.
    pub(in crate::executor::cpu) is_first: bool,
}

impl Chunk<'_> {
    /// Adds the products of all columns with the weights of one or two blocks of outputs.
    ///
    /// Sums of a few steps are added up: the fewer numbers are added one after the other, the less is
    /// rounded off.
    #[inline(always)]
    pub(in crate::executor::cpu) fn multiply<S: Simd>(
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
