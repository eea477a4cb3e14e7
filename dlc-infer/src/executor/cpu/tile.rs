//! The innermost loop of every convolution and matrix product.

use pulp::Simd;

/// Adds products to `outputs` blocks of `columns` columns: for each tap `k`,
///
/// ```text
/// sums[o][t] += weights[k][o] · x[offsets[k] + t · step]
/// ```
///
/// where `step` is `STEP` times the lanes, `-STEP` when that is positive, or `step` itself when `STEP`
/// is 0: known to the compiler, it needs no registers. Whatever the kernel,
/// its stride and its dilation: they are all in the offsets. The sums stay in registers, so that
/// for each tap a few loads feed `OUTPUTS · COLUMNS` multiplications. The one check of bounds for
/// each tap costs less than can be measured, so that there is nothing unsafe here.
#[inline(always)]
pub(super) fn accumulate<S: Simd, const OUTPUTS: usize, const COLUMNS: usize, const STEP: isize>(
    simd: S,
    x: &[f32],
    step: usize,
    offsets: &[u32],
    weights: &[S::f32s],
    mut sums: [[S::f32s; COLUMNS]; OUTPUTS],
) -> [[S::f32s; COLUMNS]; OUTPUTS] {
    let step = match STEP {
        0 => step,
        1.. => STEP.unsigned_abs() * S::F32_LANES,
        _ => STEP.unsigned_abs(),
    };
    let span = (COLUMNS - 1) * step + 1;
    let (weights, _) = weights.as_chunks::<OUTPUTS>();
    for (&offset, weights) in offsets.iter().zip(weights) {
        let x = &x[offset as usize..][..span];
        for t in 0..COLUMNS {
            let x = simd.splat_f32s(x[t * step]);
            for o in 0..OUTPUTS {
                sums[o][t] = simd.mul_add_e_f32s(weights[o], x, sums[o][t]);
            }
        }
    }
    sums
}
