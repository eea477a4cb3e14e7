//! The tiles of AMX.
//!
//! A tile is 16 rows of 64 bytes. One instruction multiplies a tile of 16 columns of a map (32 channels
//! each, two to a word) with a tile of weights (32 channels × 16 outputs) and adds to 16 × 16 sums. A
//! number is bfloat16 there, 8 bits of precision: it goes in as the sum of up to three ([`Parts`], see [`super::bfloat`]).
//!
//! What the processor does has a twin in plain Rust, [`Unit::Plain`], that tests compare with it.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(unsafe_code, reason = "instructions that no library offers")]
mod processor;

use crate::precision::Precision;

/// Columns of a map, or outputs, that a tile has.
pub(super) const TILE: usize = 16;
/// Words of a tile: 16 rows of 16 words.
pub(super) const TILE_LEN: usize = TILE * TILE;
/// Channels that a row of a tile has: two in a word, `i` and `i + 16`.
pub(super) const TILE_CHANNELS: usize = 2 * TILE;
/// From the sums of one column to the next: those of two tiles lie side by side.
pub(super) const SUMS: usize = 2 * TILE;

/// How many bfloat16 a number is the sum of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Parts {
    /// One: 8 bits of precision.
    One,
    /// Two: 16 bits of precision.
    Two,
    /// Three: all bits of a number.
    Three,
}

impl Parts {
    pub(super) fn of(precision: Precision) -> Self {
        match precision {
            Precision::Full => Self::Three,
            Precision::High => Self::Two,
            Precision::Half => Self::One,
        }
    }

    pub(super) const fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
        }
    }

    /// Returns which parts of two numbers are multiplied: the other products are smaller than what is
    /// left out of the parts themselves.
    pub(super) fn products(self) -> &'static [[usize; 2]] {
        match self {
            Self::One => &[[0, 0]],
            Self::Two => &[[0, 0], [1, 0], [0, 1]],
            Self::Three => &[[0, 0], [1, 0], [2, 0], [0, 1], [1, 1], [0, 2]],
        }
    }
}

/// What a product is made of, in words of two bfloat16.
#[derive(Debug)]
pub(super) struct Operands<'a> {
    /// Numbers of 16 channels and 16 more: columns × words, from the first column on.
    pub(super) x: &'a [u32],
    /// Where the next parts lie behind these.
    pub(super) next_part: usize,
    /// Where the columns of each step begin; at least one.
    pub(super) offsets: &'a [u32],
    /// For each step, each tile of outputs and each part: one tile.
    pub(super) weights: &'a [u32],
    /// Columns × [`SUMS`].
    pub(super) sums: &'a mut [f32],
    /// Tiles of columns, 1 or 2.
    pub(super) columns: usize,
    /// Tiles of outputs, 1 or 2.
    pub(super) outputs: usize,
    pub(super) parts: Parts,
}

impl Operands<'_> {
    /// Checks that all that is read and written is there: the processor would not.
    ///
    /// # Panics
    ///
    /// When it is not.
    fn check(&self) {
        let parts = self.parts.count();
        let last = self.offsets.iter().max().map_or(0, |last| *last as usize);
        let of_last_part = self.next_part.saturating_mul(parts - 1);
        let x = of_last_part.saturating_add(last + self.columns * TILE_LEN);
        let weights = self.offsets.len() * self.outputs * parts * TILE_LEN;
        assert!(!self.offsets.is_empty());
        assert!(matches!((self.columns, self.outputs), (1 | 2, 1 | 2)));
        assert!(self.x.len() >= x && self.weights.len() >= weights);
        assert!(self.sums.len() >= self.columns * TILE * SUMS);
    }
}

/// What multiplies tiles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unit {
    /// The processor's.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    Amx,
    /// The same in plain Rust: for tests.
    #[cfg_attr(not(test), expect(dead_code, reason = "tests alone compare with it"))]
    Plain,
}

impl Unit {
    /// Returns the processor's, if it has one and the system lets us use it.
    pub(super) fn of_processor() -> Option<Self> {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        return processor::is_available().then_some(Self::Amx);
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        return None;
    }

    /// Sets the thread's tiles up.
    pub(super) fn set_up(self) -> Tiles {
        match self {
            #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
            Self::Amx => Tiles(Some(processor::SetUp::new())),
            Self::Plain => Tiles::plain(),
        }
    }
}

/// The tiles of a thread.
#[derive(Debug)]
pub(super) struct Tiles(
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))] Option<processor::SetUp>,
);

impl Tiles {
    fn plain() -> Self {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        return Self(None);
        #[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
        return Self();
    }

    /// Sums products up: for each column and output
    ///
    /// ```text
    /// sums[column][output] = Σ x[offset + column][channel] · weights[step][channel][output]
    /// ```
    ///
    /// # Panics
    ///
    /// When operands are shorter than that.
    #[inline]
    pub(super) fn multiply(&self, operands: &mut Operands<'_>) {
        #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
        if let Some(set_up) = &self.0 {
            return set_up.multiply(operands);
        }
        plain(operands);
    }
}

/// Does what the processor does, but for its order of additions.
fn plain(operands: &mut Operands<'_>) {
    operands.check();
    let Operands { x, weights, .. } = *operands;
    let parts = operands.parts.count();
    let halves = |word: u32| [word << 16, word & 0xFFFF_0000].map(f32::from_bits);
    let (columns, outputs) = (operands.columns * TILE, operands.outputs * TILE);
    for (column, output) in (0..columns).flat_map(|c| (0..outputs).map(move |o| (c, o))) {
        let sum = &mut operands.sums[column * SUMS + output];
        *sum = 0.0;
        for (step, offset) in operands.offsets.iter().enumerate() {
            let tile = (step * operands.outputs + output / TILE) * parts;
            for [of_x, of_w] in operands.parts.products() {
                let x = &x[*offset as usize + of_x * operands.next_part + column * TILE..][..TILE];
                let weights = weights[(tile + of_w) * TILE_LEN + output % TILE..].iter();
                for (x, w) in x.iter().zip(weights.step_by(TILE)) {
                    let ([x0, x1], [w0, w1]) = (halves(*x), halves(*w));
                    *sum += x0 * w0 + x1 * w1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{cpu::bfloat::rounded, suite::Numbers};

    fn words(numbers: &mut Numbers, len: usize) -> Vec<u32> {
        let bits = |x: &f32| rounded(*x).to_bits();
        let numbers = numbers.some(2 * len);
        let (pairs, _) = numbers.as_chunks::<2>();
        pairs.iter().map(|[a, b]| bits(a) >> 16 | bits(b)).collect()
    }

    #[test]
    fn tiles_of_the_processor_are_those_of_plain_rust() {
        let Some(unit) = Unit::of_processor() else {
            testing::skip(testing::Need::Hardware, "this processor has no AMX");
            return;
        };
        let mut numbers = Numbers(1);
        let [x, weights] = [9000, 4 * 6 * TILE_LEN].map(|len| words(&mut numbers, len));
        let start = numbers.some(2 * TILE * SUMS);
        let offsets = [0, 512, 48, 1024];
        let mut compared = 0;
        for case in 0..24 {
            let bit = |bit: usize| case >> bit & 1;
            let made = |unit: Unit| {
                let mut sums = start.clone();
                unit.set_up().multiply(&mut Operands {
                    x: &x,
                    next_part: 2048,
                    offsets: &offsets[..1 + 3 * bit(0)],
                    weights: &weights,
                    sums: &mut sums,
                    columns: 1 + bit(1),
                    outputs: 1 + bit(2),
                    parts: [Parts::One, Parts::Two, Parts::Three][case / 8],
                });
                sums
            };
            let (found, expected) = (made(unit), made(Unit::Plain));
            for (found, expected) in found.iter().zip(&expected) {
                assert!(
                    (found - expected).abs() <= 2e-5,
                    "case {case}: {found} {expected}"
                );
                compared += 1;
            }
            assert_ne!(expected, start);
        }
        assert_eq!(compared, 24 * 2 * TILE * SUMS);
    }

    #[test]
    #[should_panic(expected = "x.len()")]
    fn what_lies_outside_is_not_read() {
        let unit = Unit::of_processor().unwrap_or(Unit::Plain);
        unit.set_up().multiply(&mut Operands {
            x: &[0; 2 * TILE_LEN],
            next_part: TILE_LEN,
            offsets: &[1],
            weights: &[0; 2 * TILE_LEN],
            sums: &mut [0.0; TILE * SUMS],
            columns: 1,
            outputs: 1,
            parts: Parts::Two,
        });
    }
}
