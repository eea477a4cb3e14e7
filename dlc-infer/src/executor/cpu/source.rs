//! Maps as an operation reads them.

use std::ops::Range;

use pulp::Simd;

use super::{
    shape::Shape,
    vectors::{activated, vectors, vectors_mut},
};
use crate::{executor::reference, graph::Activation};

/// A map of one frame, and what is still to be done to each number when it is read.
///
/// A normalisation by the frame's own statistics is known only when the whole map is there.
/// Applied where the map is read next, it costs no pass over the memory of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub(super) shape: Shape,
    pub(super) numbers: &'a [f32],
    pub(super) affine: Option<Affine<'a>>,
    pub(super) activation: Option<Activation>,
}

/// `x · scale + shift`, one of each for every channel, filled up to whole blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine<'a> {
    pub(super) scale: &'a [f32],
    /// Empty for none.
    pub(super) shift: &'a [f32],
}

/// One block's part of a [`Source`]: the function of each number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lens<S: Simd> {
    affine: Option<(S::f32s, S::f32s)>,
    activation: Option<Activation>,
}

impl<S: Simd> Lens<S> {
    #[inline(always)]
    pub(super) fn apply(self, simd: S, x: S::f32s) -> S::f32s {
        let x = match self.affine {
            Some((scale, shift)) => simd.mul_add_e_f32s(x, scale, shift),
            None => x,
        };
        activated(simd, self.activation, x)
    }
}

impl<'a> Source<'a> {
    /// Returns whether the numbers are what they seem.
    pub(super) fn is_plain(self) -> bool {
        self.affine.is_none() && self.activation.is_none()
    }

    /// Returns the numbers of some rows, as they lie in memory.
    pub(super) fn rows(self, rows: Range<usize>) -> &'a [f32] {
        let len = self.shape.row_len();
        &self.numbers[rows.start * len..rows.end * len]
    }

    /// Returns what is still to be done to each number of a block.
    #[inline(always)]
    pub(super) fn lens<S: Simd>(self, simd: S, block: usize) -> Lens<S> {
        let affine = self.affine.map(|affine| {
            let shift = vectors::<S>(affine.shift).get(block).copied();
            let zero = simd.splat_f32s(0.0);
            (vectors::<S>(affine.scale)[block], shift.unwrap_or(zero))
        });
        Lens {
            affine,
            activation: self.activation,
        }
    }

    /// Returns one number, as it is to be read.
    pub(super) fn number(self, channel: usize, [row, column]: [usize; 2]) -> f32 {
        self.seen(
            self.numbers[self.shape.index(channel, row, column)],
            channel,
        )
    }

    /// Returns all numbers, as they are to be read, in the order in which they lie in memory.
    pub(super) fn read(self) -> Vec<f32> {
        let Shape { lanes, .. } = self.shape;
        let (blocks, block_len) = (self.shape.blocks(), self.shape.block_len());
        let channel = |at: usize| at / block_len % blocks * lanes + at % lanes;
        let numbers = self.numbers.iter().enumerate();
        numbers.map(|(at, x)| self.seen(*x, channel(at))).collect()
    }

    /// Returns a number of a channel as it is to be read.
    fn seen(self, x: f32, channel: usize) -> f32 {
        let x = match self.affine {
            Some(Affine { scale, shift }) => {
                x * scale[channel] + shift.get(channel).copied().unwrap_or(0.0)
            }
            None => x,
        };
        self.activation
            .map_or(x, |activation| reference::activated(activation, x))
    }

    /// Returns one block of a row, as it lies in memory.
    #[inline(always)]
    pub(super) fn block(self, row: usize, block: usize) -> &'a [f32] {
        let len = self.shape.block_len();
        &self.numbers[row * self.shape.row_len() + block * len..][..len]
    }

    /// Writes one block of a row, as it is to be read.
    #[inline(always)]
    pub(super) fn read_block<S: Simd>(
        self,
        simd: S,
        row: usize,
        block: usize,
        columns: Range<usize>,
        out: &mut [f32],
    ) {
        let Shape { lanes, .. } = self.shape;
        let numbers = self.block(row, block);
        let numbers = &numbers[columns.start * lanes..columns.end * lanes];
        if self.is_plain() {
            out.copy_from_slice(numbers);
            return;
        }
        let lens = self.lens(simd, block);
        let out = vectors_mut::<S>(out);
        for (out, x) in out.iter_mut().zip(vectors::<S>(numbers)) {
            *out = lens.apply(simd, *x);
        }
    }
}

/// A part of a map with zeros around it: rows × blocks × columns × lanes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    /// The first row; negative above the map.
    pub(super) top: isize,
    pub(super) height: usize,
    /// Columns of zeros at the left.
    pub(super) left: usize,
    /// Columns with the zeros on both sides; what the map has beyond is left out.
    pub(super) width: usize,
}

impl Window {
    /// Returns the rows of the window, and which of the map each shows, or `None` for zeros.
    #[inline(always)]
    pub(super) fn rows(self, height: usize) -> impl Iterator<Item = Option<usize>> {
        (0..self.height).map(move |y| {
            let row = self.top.checked_add_unsigned(y)?;
            usize::try_from(row).ok().filter(|row| *row < height)
        })
    }

    /// Writes one block of one row.
    #[inline(always)]
    pub(super) fn fill_row<S: Simd>(
        self,
        simd: S,
        source: Source<'_>,
        row: Option<usize>,
        block: usize,
        out: &mut [f32],
    ) {
        let Some(row) = row else {
            out.fill(0.0);
            return;
        };
        let lanes = source.shape.lanes;
        let shown = source.shape.width.min(self.width - self.left);
        let (zeros, rest) = out.split_at_mut(self.left * lanes);
        let (inside, beyond) = rest.split_at_mut(shown * lanes);
        zeros.fill(0.0);
        source.read_block(simd, row, block, 0..shown, inside);
        beyond.fill(0.0);
    }

    /// Writes some blocks of all rows.
    #[inline(always)]
    pub(super) fn fill<S: Simd>(
        self,
        simd: S,
        source: Source<'_>,
        blocks: Range<usize>,
        out: &mut [f32],
    ) {
        let block_len = self.width * source.shape.lanes;
        let rows = out.chunks_exact_mut(blocks.len() * block_len);
        for (out, row) in rows.zip(self.rows(source.shape.height)) {
            for (out, block) in out.chunks_exact_mut(block_len).zip(blocks.clone()) {
                self.fill_row(simd, source, row, block, out);
            }
        }
    }
}
