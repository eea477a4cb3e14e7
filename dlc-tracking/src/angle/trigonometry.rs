//! Sine, cosine and arc tangent of whole columns: without branches, so that the compiler computes
//! several numbers at once. They differ from those of the C library in the last digit only.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, PI, TAU};

/// Returns the direction of a vector in [0, 2π], counter-clockwise from the first axis when the
/// second points up; NaN for a vector without length or with a missing coordinate.
///
/// The arc tangent is the rational approximation of Cephes (Moshier 1984).
pub(super) fn direction(x: f64, y: f64) -> f64 {
    let (wide, tall) = (x.abs(), y.abs());
    let (long, short) = if tall > wide {
        (tall, wide)
    } else {
        (wide, tall)
    };
    // Above tan(33°) the angle is measured from the diagonal.
    let diagonal = short > 0.66 * long;
    let numerator = if diagonal { short - long } else { short };
    let denominator = if diagonal { short + long } else { long };
    let angle = if diagonal { FRAC_PI_4 } else { 0.0 } + arc_tangent(numerator / denominator);
    let angle = if tall > wide {
        FRAC_PI_2 - angle
    } else {
        angle
    };
    let angle = if x < 0.0 { PI - angle } else { angle };
    if y < 0.0 { TAU - angle } else { angle }
}

/// Returns the arc tangent of a number in [−0.66, 0.66].
fn arc_tangent(x: f64) -> f64 {
    const P: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_2e2,
        -6.485_021_904_942_025e1,
    ];
    const Q: [f64; 6] = [
        1.0,
        2.485_846_490_142_306_3e1,
        1.650_270_098_316_988_5e2,
        4.328_810_604_912_903e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let square = x * x;
    x + x * square * polynomial(&P, square) / polynomial(&Q, square)
}

/// The largest angle that is reduced to a quarter turn without loss.
const MOST: f64 = 1e5;

/// Returns cosine and sine of an angle in rad.
pub(super) fn unit_vector(angle: f64) -> [f64; 2] {
    if angle.abs() > MOST {
        let (sine, cosine) = angle.sin_cos();
        return [cosine, sine];
    }
    near_unit_vector(angle)
}

/// Returns whether all angles are near enough to zero for [`near_unit_vector`], or missing.
pub(super) fn are_near(angles: &[f64]) -> bool {
    let far = |far: bool, angle: &f64| far | (angle.abs() > MOST);
    !angles.iter().fold(false, far)
}

/// Returns cosine and sine of an angle in rad that is not far from zero.
pub(super) fn near_unit_vector(angle: f64) -> [f64; 2] {
    // Adding 1.5 · 2^52 rounds to a whole number, whose last bits count the quarter turns.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let shifted = angle * FRAC_2_PI + ROUND;
    let quarters = shifted - ROUND;
    let turn = shifted.to_bits();
    // π/2 in three parts, of which the first two have zeros at their ends.
    let rest = angle - quarters * 1.570_796_251_296_997;
    let rest = rest - quarters * 7.549_789_415_861_596e-8;
    let rest = rest - quarters * 5.390_302_858_158_119e-15;
    let (sine, cosine) = (sine(rest), cosine(rest));
    let odd = turn & 1 == 1;
    let (a, b) = if odd { (sine, cosine) } else { (cosine, sine) };
    [
        if (turn + 1) & 2 == 0 { a } else { -a },
        if turn & 2 == 0 { b } else { -b },
    ]
}

/// Returns the sine of an angle in [−π/4, π/4], as Cephes does.
fn sine(angle: f64) -> f64 {
    const S: [f64; 6] = [
        1.589_623_015_765_465_7e-10,
        -2.505_074_776_285_780_7e-8,
        2.755_731_362_138_572_5e-6,
        -1.984_126_982_958_954e-4,
        8.333_333_333_322_118e-3,
        -1.666_666_666_666_663e-1,
    ];
    let square = angle * angle;
    angle + angle * square * polynomial(&S, square)
}

/// Returns the cosine of an angle in [−π/4, π/4], as Cephes does.
fn cosine(angle: f64) -> f64 {
    const C: [f64; 6] = [
        -1.135_853_652_138_768_2e-11,
        2.087_570_084_197_473e-9,
        -2.755_731_417_929_674e-7,
        2.480_158_728_885_171_8e-5,
        -1.388_888_888_887_305_6e-3,
        4.166_666_666_666_659e-2,
    ];
    let square = angle * angle;
    1.0 - 0.5 * square + square * square * polynomial(&C, square)
}

/// Returns a polynomial, its highest coefficient first.
fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let mut sum = coefficients[0];
    for coefficient in &coefficients[1..] {
        sum = sum * x + coefficient;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between −1 and 1.
    fn numbers() -> impl Iterator<Item = f64> {
        let mut seed = 3_u64;
        std::iter::repeat_with(move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        })
    }

    #[test]
    fn directions_are_those_of_the_c_library() {
        let (mut numbers, mut worst) = (numbers(), 0.0_f64);
        for _ in 0..200_000 {
            let [x, y] = [(); 2].map(|()| numbers.next().unwrap() * 1e3);
            let exact = y.atan2(x);
            let exact = if exact < 0.0 { exact + TAU } else { exact };
            worst = worst.max((direction(x, y) - exact).abs());
        }
        assert!(worst < 1e-15, "{worst:e}");
    }

    #[test]
    fn directions_along_the_axes_and_diagonals_are_exact() {
        let eighths = [
            (1, 0),
            (1, 1),
            (0, 1),
            (-1, 1),
            (-1, 0),
            (-1, -1),
            (0, -1),
            (1, -1),
        ];
        for (eighth, (x, y)) in eighths.into_iter().enumerate() {
            let found = direction(f64::from(x), f64::from(y));
            assert_eq!(found, eighth as f64 * FRAC_PI_4, "{x} {y}");
        }
        assert_eq!(direction(-2.0, 0.0), PI);
        assert!(direction(0.0, 0.0).is_nan());
        assert!(direction(1.0, f64::NAN).is_nan() && direction(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn very_long_and_very_short_vectors_have_directions() {
        for size in [1e-300, 1e300] {
            assert!((direction(3.0 * size, 4.0 * size) - 4.0_f64.atan2(3.0)).abs() < 1e-15);
        }
    }

    #[test]
    fn sines_and_cosines_are_those_of_the_c_library() {
        let mut worst = 0.0_f64;
        for (at, number) in numbers().take(200_000).enumerate() {
            let angle = number * [1.0, 10.0, 1e4, 1e7][at % 4];
            let [cosine, sine] = unit_vector(angle);
            let apart = (cosine - angle.cos()).abs().max((sine - angle.sin()).abs());
            worst = worst.max(apart);
        }
        assert!(worst < 1e-15, "{worst:e}");
        assert!(unit_vector(f64::NAN).iter().all(|v| v.is_nan()));
        assert!(unit_vector(f64::INFINITY).iter().all(|v| v.is_nan()));
    }
}
