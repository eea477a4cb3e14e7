//! Rows of a map that one thread writes.

use std::{cell::RefCell, ops::Range};

use pulp::Simd;
use rayon::prelude::*;

use super::{
    aligned::Scratch,
    shape::Shape,
    vectors::{vectors, vectors_mut},
};
use crate::numbers::len_f32;

/// Numbers that fit well into the cache that a core has for itself.
const CACHED: usize = 1 << 17;
/// Sums that do not wait for each other.
const SUMS: usize = 4;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Some rows of a map, to be written.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) range: Range<usize>,
    pub(super) numbers: &'a mut [f32],
    /// For each row and channel: mean, then the sum of the squared differences from it.
    moments: Option<&'a mut [f32]>,
}

impl Rows<'_> {
    /// Writes the moments of the rows, when they are asked for.
    #[inline(always)]
    pub(super) fn measure<S: Simd>(mut self, simd: S, shape: Shape) {
        for y in 0..self.range.len() {
            for block in 0..shape.blocks() {
                self.measure_block(simd, shape, [y, block]);
            }
        }
    }

    /// Writes the moments of one block of a row, when they are asked for.
    ///
    /// Differences from the mean of a few cells are added up, and their squares: nearly as exact as with a
    /// second pass, also where the mean is far larger than the deviation. Were those cells unlike all
    /// others, they would be much of the deviation.
    #[inline(always)]
    pub(super) fn measure_block<S: Simd>(&mut self, simd: S, shape: Shape, [y, block]: [usize; 2]) {
        let Some(moments) = &mut self.moments else {
            return;
        };
        let cells = &self.numbers[y * shape.row_len() + block * shape.block_len()..];
        let cells = vectors::<S>(&cells[..shape.block_len()]);
        let moments = vectors_mut::<S>(&mut moments[2 * y * shape.padded_channels()..]);
        let mut guess = simd.splat_f32s(0.0);
        for i in 0..SUMS {
            guess = simd.add_f32s(guess, cells[i * cells.len() / SUMS]);
        }
        let guess = simd.mul_f32s(guess, simd.splat_f32s(1.0 / len_f32(SUMS)));
        let [sum, squares] = away(simd, cells, guess);
        let mean = simd.mul_f32s(sum, simd.splat_f32s(1.0 / len_f32(shape.width)));
        let of_mean = simd.mul_f32s(sum, mean);
        moments[block] = simd.add_f32s(guess, mean);
        moments[shape.blocks() + block] =
            simd.max_f32s(simd.sub_f32s(squares, of_mean), simd.splat_f32s(0.0));
    }
}

/// Returns the sum of the differences from a number, and that of their squares.
#[inline(always)]
fn away<S: Simd>(simd: S, vectors: &[S::f32s], from: S::f32s) -> [S::f32s; 2] {
    let zeros = [simd.splat_f32s(0.0); SUMS];
    let (mut sums, mut squares) = (zeros, zeros);
    let (chunks, rest) = vectors.as_chunks::<SUMS>();
    for chunk in chunks {
        for i in 0..SUMS {
            let x = simd.sub_f32s(chunk[i], from);
            sums[i] = simd.add_f32s(sums[i], x);
            squares[i] = simd.mul_add_e_f32s(x, x, squares[i]);
        }
    }
    for x in rest {
        let x = simd.sub_f32s(*x, from);
        sums[0] = simd.add_f32s(sums[0], x);
        squares[0] = simd.mul_add_e_f32s(x, x, squares[0]);
    }
    for i in 1..SUMS {
        sums[0] = simd.add_f32s(sums[0], sums[i]);
        squares[0] = simd.add_f32s(squares[0], squares[i]);
    }
    [sums[0], squares[0]]
}

/// How the rows of a map are given to the threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Split {
    /// Numbers that a row makes a thread read and write: what a piece needs stays in the caches.
    pub(super) cost: usize,
    /// Rows that belong together.
    pub(super) multiple: usize,
    /// Pieces for each thread: with more than one, a thread that is late leaves some to others.
    pub(super) pieces: usize,
    /// Threads that work on the map.
    pub(super) threads: usize,
}

impl Split {
    /// Splits anywhere.
    pub(super) fn by_cost(cost: usize, threads: usize) -> Self {
        Self {
            cost,
            multiple: 1,
            pieces: 2,
            threads,
        }
    }

    /// Returns the rows of a piece: at most as many as are wanted, and of those the number with which
    /// no thread gets more than its share.
    fn rows(self, height: usize) -> usize {
        let cached = CACHED / self.cost.max(1);
        let shared = match self.threads {
            1 => return cached.clamp(1, height).next_multiple_of(self.multiple),
            threads => height.div_ceil(self.pieces * threads),
        };
        let most = cached.min(shared).max(1).div_ceil(self.multiple);
        let rows = (most.div_ceil(2)..=most).rev();
        let rows = rows.map(|multiples| multiples * self.multiple);
        let of_busiest = |rows: &usize| height.div_ceil(*rows).div_ceil(self.threads) * rows;
        rows.min_by_key(of_busiest)
            .expect("a piece has at least a row")
    }
}

/// Gives each thread some rows of a map of one picture to write.
pub(super) fn write_rows(
    shape: Shape,
    split: Split,
    numbers: &mut [f32],
    moments: Option<&mut [f32]>,
    write: impl Fn(Rows<'_>, &mut Scratch) + Sync,
) {
    let rows = split.rows(shape.height);
    let piece = |index: usize, numbers: &mut [f32], moments: Option<&mut [f32]>| {
        let start = index * rows;
        let rows = Rows {
            range: start..start + numbers.len() / shape.row_len(),
            numbers,
            moments,
        };
        SCRATCH.with_borrow_mut(|scratch| write(rows, scratch));
    };
    let pieces = numbers.par_chunks_mut(rows * shape.row_len());
    match moments {
        None => pieces
            .enumerate()
            .for_each(|(index, numbers)| piece(index, numbers, None)),
        Some(moments) => pieces
            .zip(moments.par_chunks_mut(rows * 2 * shape.padded_channels()))
            .enumerate()
            .for_each(|(index, (numbers, moments))| piece(index, numbers, Some(moments))),
    }
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::executor::cpu::isa::InstructionSet;

    struct Measure<'a>(Rows<'a>, Shape);

    impl WithSimd for Measure<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            self.0.measure(simd, self.1);
        }
    }

    /// Returns mean and sum of the squared differences of one row of these numbers in every channel.
    fn measured(isa: InstructionSet, row: &[f32]) -> [f32; 2] {
        let shape = Shape {
            height: 1,
            width: row.len(),
            channels: 1,
            lanes: isa.lanes(),
        };
        let cells = row.iter().flat_map(|&x| vec![x; shape.lanes]);
        let mut numbers: Vec<f32> = cells.collect();
        let mut moments = vec![0.0; 2 * shape.lanes];
        let rows = Rows {
            range: 0..1,
            numbers: &mut numbers,
            moments: Some(&mut moments),
        };
        isa.run(Measure(rows, shape));
        let (means, squares) = moments.split_at(shape.lanes);
        assert!(means.iter().all(|&x| x == means[0]) && squares.iter().all(|&x| x == squares[0]));
        [means[0], squares[0]]
    }

    #[test]
    fn moments_are_exact_also_far_from_zero_and_beside_cells_unlike_all_others() {
        let wave = |x: usize| (x as f32 * 0.7).sin();
        let mut rows: Vec<Vec<f32>> = Vec::new();
        for width in [1, 2, 3, 4, 5, 40, 321] {
            for offset in [0.0, 1.0, -1000.0] {
                let row: Vec<f32> = (0..width).map(|x| wave(x) + offset).collect();
                rows.push(row.iter().map(|_| offset).collect());
                for unlike in 0..4 {
                    let mut row = row.clone();
                    row[unlike * width / 4] = 1000.0;
                    rows.push(row);
                }
                rows.push(row);
            }
        }
        for isa in InstructionSet::ALL
            .into_iter()
            .filter(|isa| isa.is_available())
        {
            for row in &rows {
                let count = row.len() as f64;
                let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
                let away = row.iter().map(|&x| (f64::from(x) - mean).powi(2));
                let (squares, most) = (away.clone().sum::<f64>(), away.fold(0.0, f64::max));
                let [got_mean, got_squares] = measured(isa, row).map(f64::from);
                let size = mean.abs().max(most.sqrt());
                assert!((got_mean - mean).abs() <= 3e-7 * size, "{isa}: {row:?}");
                assert!(
                    (got_squares - squares).abs() <= 1e-5 * squares,
                    "{isa}: {row:?}"
                );
            }
        }
    }

    fn rows(cost: usize, multiple: usize, threads: usize, height: usize) -> usize {
        let split = Split {
            multiple,
            ..Split::by_cost(cost, threads)
        };
        split.rows(height)
    }

    #[test]
    fn pieces_are_as_large_as_the_cache_and_no_thread_gets_more_than_another() {
        let cost = CACHED / 6;
        // Five pieces of six rows would be three for one thread and two for the other.
        assert_eq!(rows(cost, 1, 2, 30), 5);
        assert_eq!(rows(cost, 1, 1, 30), 6);
        assert_eq!(rows(1, 1, 2, 60), 15);
        assert_eq!(rows(1, 1, 4, 1), 1);
        assert_eq!(rows(10 * CACHED, 1, 2, 30), 1);
    }

    #[test]
    fn rows_that_belong_together_stay_together() {
        assert_eq!(rows(1, 8, 2, 30), 8);
        assert_eq!(rows(1, 4, 2, 60), 16);
        assert_eq!(rows(10 * CACHED, 8, 2, 30), 8);
    }
}
