//! Numbers as sums of bfloat16, which have the range of a number and 8 bits of its precision.
//!
//! `x = first + second + third`, each rounded to nearest, exactly. Without the third, 2⁻¹⁷ of `x` is lost
//! at most. Words hold two numbers: one in their upper half, one in their lower.

use pulp::Simd;

/// The upper half of a word.
const UPPER: u32 = 0xFFFF_0000;
/// Half of what the upper half counts in.
const HALF: u32 = 0x8000;

/// Returns a number with the precision of bfloat16.
pub(super) fn rounded(x: f32) -> f32 {
    f32::from_bits(x.to_bits().wrapping_add(HALF) & UPPER)
}

/// Returns the words of each part of two numbers, the first of which is in the lower halves.
pub(super) fn words<const PARTS: usize>(mut pair: [f32; 2]) -> [u32; PARTS] {
    std::array::from_fn(|_| {
        let [low, high] = pair.map(rounded);
        pair = [pair[0] - low, pair[1] - high];
        low.to_bits() >> 16 | high.to_bits()
    })
}

/// Returns [`words`] of vectors.
#[inline(always)]
pub(super) fn word_vectors<S: Simd, const PARTS: usize>(
    simd: S,
    [mut low, mut high]: [S::f32s; 2],
) -> [S::u32s; PARTS] {
    let mut words = [simd.splat_u32s(0); PARTS];
    for (part, of_part) in words.iter_mut().enumerate() {
        let (low_nearest, high_cut) = (nearest(simd, low), cut(simd, nearest(simd, high)));
        let lower = simd.wrapping_dyn_shr_u32s(low_nearest, simd.splat_u32s(16));
        *of_part = simd.or_u32s(lower, high_cut);
        if part + 1 < PARTS {
            low = simd.sub_f32s(low, simd.transmute_f32s_u32s(cut(simd, low_nearest)));
            high = simd.sub_f32s(high, simd.transmute_f32s_u32s(high_cut));
        }
    }
    words
}

/// Returns numbers whose upper halves are rounded.
#[inline(always)]
fn nearest<S: Simd>(simd: S, x: S::f32s) -> S::u32s {
    simd.add_u32s(simd.transmute_u32s_f32s(x), simd.splat_u32s(HALF))
}

#[inline(always)]
fn cut<S: Simd>(simd: S, x: S::u32s) -> S::u32s {
    simd.and_u32s(x, simd.splat_u32s(UPPER))
}

#[cfg(test)]
mod tests {
    use pulp::{WithSimd, bytemuck};

    use super::*;
    use crate::executor::cpu::isa::InstructionSet;

    struct Words<'a>(&'a [f32], &'a [f32], &'a mut [Vec<u32>; 3]);

    impl WithSimd for Words<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            let vectors = |numbers| bytemuck::cast_slice::<f32, S::f32s>(numbers);
            let pairs = vectors(self.0).iter().zip(vectors(self.1));
            for (index, (low, high)) in pairs.enumerate() {
                let words = word_vectors::<S, 3>(simd, [*low, *high]);
                for (out, words) in self.2.iter_mut().zip(words) {
                    bytemuck::cast_slice_mut(out)[index] = words;
                }
            }
        }
    }

    #[test]
    fn two_parts_are_nearly_a_number_and_three_are_it() {
        for x in [
            1.0,
            -0.1,
            3.3e-9,
            1.23e20,
            0.0,
            255.0,
            1.0 / 3.0,
            -16_777_215.0,
        ] {
            let low = words::<3>([x, 0.0]).map(|word| f32::from_bits(word << 16));
            let high = words::<3>([0.0, x]).map(f32::from_bits);
            assert_eq!(low, high);
            let [first, second, third] = low;
            assert!((x - first - second).abs() <= x.abs() / 131_072.0, "{x}");
            assert_eq!(x - first - second - third, 0.0, "{x}");
        }
    }

    #[test]
    fn vectors_have_the_same_words_on_every_instruction_set() {
        let numbers = |factor: f32| (-512_i16..512).map(move |x| f32::from(x) * factor);
        let low: Vec<f32> = numbers(0.123_456_7).collect();
        let high: Vec<f32> = numbers(-3.210_987e-5).collect();
        let all = InstructionSet::ALL.into_iter();
        let mut compared = 0;
        for isa in all.filter(|isa| isa.is_available()) {
            let mut found = [(); 3].map(|()| vec![0; low.len()]);
            isa.run(Words(&low, &high, &mut found));
            for (at, pair) in low.iter().zip(&high).enumerate() {
                let expected = words::<3>([*pair.0, *pair.1]);
                assert_eq!([0, 1, 2].map(|part| found[part][at]), expected, "{isa}");
                compared += 1;
            }
        }
        assert!(compared >= 1024);
    }
}
