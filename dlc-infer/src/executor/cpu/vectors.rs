//! Functions of vectors that every kernel needs.

use pulp::{Simd, bytemuck};

use crate::graph::Activation;

/// Returns numbers as vectors. Their count is a multiple of the lanes.
#[inline(always)]
pub(super) fn vectors<S: Simd>(numbers: &[f32]) -> &[S::f32s] {
    bytemuck::cast_slice(numbers)
}

/// Returns numbers as vectors to write to. Their count is a multiple of the lanes.
#[inline(always)]
pub(super) fn vectors_mut<S: Simd>(numbers: &mut [f32]) -> &mut [S::f32s] {
    bytemuck::cast_slice_mut(numbers)
}

/// Applies an activation to a vector.
#[inline(always)]
pub(super) fn activated<S: Simd>(simd: S, activation: Option<Activation>, x: S::f32s) -> S::f32s {
    let zero = simd.splat_f32s(0.0);
    match activation {
        None => x,
        Some(Activation::Relu) => simd.max_f32s(x, zero),
        Some(Activation::Relu6) => simd.min_f32s(simd.max_f32s(x, zero), simd.splat_f32s(6.0)),
        Some(Activation::Silu) => simd.div_f32s(x, one_plus_exp_minus(simd, x)),
        Some(Activation::HardSigmoid) => hard_sigmoid(simd, x),
        Some(Activation::HardSwish) => simd.mul_f32s(x, hard_sigmoid(simd, x)),
        Some(Activation::Sigmoid) => {
            simd.div_f32s(simd.splat_f32s(1.0), one_plus_exp_minus(simd, x))
        }
    }
}

#[inline(always)]
fn hard_sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let sixth = simd.splat_f32s(1.0 / 6.0);
    let line = simd.mul_add_e_f32s(x, sixth, simd.splat_f32s(0.5));
    let (zero, one) = (simd.splat_f32s(0.0), simd.splat_f32s(1.0));
    simd.min_f32s(simd.max_f32s(line, zero), one)
}

#[inline(always)]
fn one_plus_exp_minus<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let e = exp(simd, simd.neg_f32s(x));
    simd.add_f32s(e, simd.splat_f32s(1.0))
}

/// Where `exp` stops growing: at 2.4 · 10¹⁷.
const FARTHEST: f32 = 40.0;

/// Returns `exp(x)` to two units in the last place.
///
/// `exp(x) = 2^n · exp(r)` with `|r| ≤ ln(2) / 2`, and a polynomial for the second factor. Beyond
/// ±[`FARTHEST`] the result stays that of the bound: no number follows from it that is so small
/// that processors fall back to computing it slowly (below 10⁻³⁸), also when two are multiplied.
#[inline(always)]
fn exp<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    /// Added to a small number, it leaves the nearest whole one in the lowest bits.
    const MAGIC: f32 = 12_582_912.0; // 1.5 · 2^23
    /// ln(2) in two parts: the first has few bits, so that its multiples are exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    /// exp(r) ≈ 1 + r + r² · (…), highest power first.
    const POLYNOMIAL: [f32; 6] = [
        1.987_569_1e-4,
        1.398_199_9e-3,
        8.333_452e-3,
        4.166_579_6e-2,
        1.666_666_5e-1,
        0.5,
    ];
    let x = simd.max_f32s(x, simd.splat_f32s(-FARTHEST));
    let x = simd.min_f32s(x, simd.splat_f32s(FARTHEST));
    let magic = simd.splat_f32s(MAGIC);
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), magic);
    let n = simd.sub_f32s(shifted, magic);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2[0]), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-LN_2[1]), r);
    let mut p = simd.splat_f32s(POLYNOMIAL[0]);
    for coefficient in &POLYNOMIAL[1..] {
        p = simd.mul_add_e_f32s(p, r, simd.splat_f32s(*coefficient));
    }
    let p = simd.mul_add_e_f32s(simd.mul_f32s(p, r), r, r);
    let p = simd.add_f32s(p, simd.splat_f32s(1.0));
    // 2^n is an addition to the exponent's bits.
    let n = simd.wrapping_dyn_shl_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), n))
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::executor::cpu::isa::InstructionSet;

    struct Apply<'a>(Activation, &'a mut [f32]);

    impl WithSimd for Apply<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            for x in vectors_mut::<S>(self.1) {
                *x = activated(simd, Some(self.0), *x);
            }
        }
    }

    #[test]
    fn activations_are_those_of_the_standard_library_on_every_instruction_set() {
        let inputs: Vec<f32> = (-2000_i16..2000).map(|x| f32::from(x) / 16.0).collect();
        let mut compared = 0;
        for isa in InstructionSet::ALL
            .into_iter()
            .filter(|isa| isa.is_available())
        {
            for activation in [
                Activation::Relu,
                Activation::Relu6,
                Activation::Silu,
                Activation::HardSigmoid,
                Activation::HardSwish,
                Activation::Sigmoid,
            ] {
                let mut found = inputs.clone();
                isa.run(Apply(activation, &mut found));
                for (x, found) in inputs.iter().zip(found) {
                    let expected = crate::executor::reference::activated(activation, *x);
                    let bound = 5e-7 * expected.abs() + 1e-7;
                    assert!(
                        (expected - found).abs() <= bound,
                        "{activation:?}({x}) on {isa}: {found}"
                    );
                    compared += 1;
                }
            }
        }
        assert!(compared >= 6 * 4000);
    }
}
