//! The two tiles of Winograd's filtering, and their transformations.

use pulp::Simd;

/// How many outputs are made together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::executor::cpu) enum Tile {
    /// 2×2 from 4×4 inputs: 16 products instead of 36.
    Small,
    /// 4×4 from 6×6 inputs: 36 products instead of 144.
    Large,
}

/// Rows and columns of inputs of the two tiles.
pub(super) const SMALL: usize = 4;
pub(in crate::executor::cpu) const LARGE: usize = 6;
/// Outputs of one row of a large tile.
pub(in crate::executor::cpu) const STRIP_OUTPUTS: usize = LARGE - 2;
/// Places of the larger tile.
const MOST_PLACES: usize = LARGE * LARGE;

impl Tile {
    /// Returns the rows and columns of inputs.
    fn inputs(self) -> usize {
        match self {
            Self::Small => SMALL,
            Self::Large => LARGE,
        }
    }

    /// Returns the rows and columns of outputs.
    pub(super) fn outputs(self) -> usize {
        self.inputs() - 2
    }

    /// Returns the places of a transformed tile.
    pub(in crate::executor::cpu) fn places(self) -> usize {
        self.inputs() * self.inputs()
    }

    /// Returns `G`, which kernels are transformed with.
    fn kernel_matrix(self) -> &'static [[f64; 3]] {
        match self {
            Self::Small => &[
                [1.0, 0.0, 0.0],
                [1.0 / 2.0, 1.0 / 2.0, 1.0 / 2.0],
                [1.0 / 2.0, -1.0 / 2.0, 1.0 / 2.0],
                [0.0, 0.0, 1.0],
            ],
            Self::Large => &[
                [1.0 / 4.0, 0.0, 0.0],
                [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
                [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
                [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
                [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
                [0.0, 0.0, 1.0],
            ],
        }
    }

    /// Returns `G · kernel · Gᵀ`, in f64: done once, and then used for ever. Behind the places of the
    /// tile are zeros.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "networks compute in f32: rounding is meant"
    )]
    pub(super) fn kernel_transform(self, kernel: &[f32]) -> [f32; MOST_PLACES] {
        let matrix = self.kernel_matrix();
        // Rows first: half the multiplications of all nine taps for each place.
        let mut rows = [[0.0; 3]; LARGE];
        for (row, g) in rows.iter_mut().zip(matrix) {
            for (column, sum) in row.iter_mut().enumerate() {
                *sum = (0..3)
                    .map(|i| g[i] * f64::from(kernel[3 * i + column]))
                    .sum();
            }
        }
        let mut result = [0.0; MOST_PLACES];
        let places = rows
            .iter()
            .flat_map(|row| matrix.iter().map(move |g| (row, g)));
        for (value, (row, g)) in result[..self.places()].iter_mut().zip(places) {
            *value = (row[0] * g[0] + row[1] * g[1] + row[2] * g[2]) as f32;
        }
        result
    }
}

/// Returns one row of a kernel, transformed for a row of a large tile.
#[expect(
    clippy::cast_possible_truncation,
    reason = "networks compute in f32: rounding is meant"
)]
pub(in crate::executor::cpu) fn kernel_row(kernel: &[f32; 3]) -> [f32; LARGE] {
    let matrix = Tile::Large.kernel_matrix();
    std::array::from_fn(|place| {
        let products = matrix[place].iter().zip(kernel);
        products.map(|(g, w)| g * f64::from(*w)).sum::<f64>() as f32
    })
}

/// Returns a column. (A `map` over the rows would copy all of them first.)
#[inline(always)]
pub(super) fn column_of<T: Copy, const WIDTH: usize, const IN: usize>(
    rows: &[[T; WIDTH]; IN],
    j: usize,
    zero: T,
) -> [T; IN] {
    let mut column = [zero; IN];
    for (cell, row) in column.iter_mut().zip(rows) {
        *cell = row[j];
    }
    column
}

/// One row of `Bᵀ · tile`.
#[inline(always)]
pub(in crate::executor::cpu) fn input_transform<S: Simd, const IN: usize>(
    simd: S,
    x: [S::f32s; IN],
) -> [S::f32s; IN] {
    let mut rows = x;
    if IN == SMALL {
        rows.copy_from_slice(&[
            simd.sub_f32s(x[0], x[2]),
            simd.add_f32s(x[1], x[2]),
            simd.sub_f32s(x[2], x[1]),
            simd.sub_f32s(x[1], x[3]),
        ]);
        return rows;
    }
    let times = |factor: f32, x, y| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, y);
    let even = times(-4.0, x[2], x[4]);
    let odd = times(-4.0, x[1], x[3]);
    let even_near = simd.sub_f32s(x[4], x[2]);
    let odd_near = simd.sub_f32s(x[3], x[1]);
    rows.copy_from_slice(&[
        times(4.0, x[0], times(-5.0, x[2], x[4])),
        simd.add_f32s(even, odd),
        simd.sub_f32s(even, odd),
        times(2.0, odd_near, even_near),
        times(-2.0, odd_near, even_near),
        times(4.0, x[1], times(-5.0, x[3], x[5])),
    ]);
    rows
}

/// One row of `Aᵀ · products`.
#[inline(always)]
pub(in crate::executor::cpu) fn output_transform<S: Simd, const IN: usize, const OUT: usize>(
    simd: S,
    m: [S::f32s; IN],
) -> [S::f32s; OUT] {
    let mut rows = [simd.splat_f32s(0.0); OUT];
    let (near_sum, near_difference) = (simd.add_f32s(m[1], m[2]), simd.sub_f32s(m[1], m[2]));
    if IN == SMALL {
        rows.copy_from_slice(&[
            simd.add_f32s(m[0], near_sum),
            simd.sub_f32s(near_difference, m[3]),
        ]);
        return rows;
    }
    let times = |factor: f32, x, y| simd.mul_add_e_f32s(simd.splat_f32s(factor), x, y);
    let (far_sum, far_difference) = (simd.add_f32s(m[3], m[4]), simd.sub_f32s(m[3], m[4]));
    rows.copy_from_slice(&[
        simd.add_f32s(m[0], simd.add_f32s(near_sum, far_sum)),
        times(2.0, far_difference, near_difference),
        times(4.0, far_sum, near_sum),
        simd.add_f32s(times(8.0, far_difference, near_difference), m[5]),
    ]);
    rows
}
