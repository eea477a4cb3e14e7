//! Numbers that Python and Rust make alike: frames and weights from a seed and a name.
//!
//! `tests/fixtures/networks/seeded.py` is the same in Python. All arithmetic is exact, or one rounding
//! that IEEE 754 prescribes, so that both have the same bits.

use dlc::model::{Engine, Frame};

pub(crate) const WIDTH: usize = 128;
pub(crate) const HEIGHT: usize = 96;
pub(crate) const FRAMES: usize = 2;

/// The numbers of `SplitMix64`, whose state begins as the FNV-1a hash of a name.
struct Bits(u64);

impl Bits {
    fn new(name: &str) -> Self {
        let hash = |state: u64, byte| (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(name.bytes().fold(0xcbf2_9ce4_8422_2325, hash))
    }
}

impl Iterator for Bits {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Some(z ^ (z >> 31))
    }
}

/// Returns 2 to this power.
pub(crate) fn power(exponent: i32) -> f32 {
    2.0_f32.powi(exponent)
}

/// Returns numbers in (-1, 1): odd multiples of 2⁻²⁴.
pub(crate) fn uniform(name: &str) -> impl Iterator<Item = f32> + use<> {
    let number = |bits: u64| ((bits >> 40) as i32 * 2 + 1 - (1 << 24)) as f32;
    Bits::new(name).map(move |bits| number(bits) * power(-24))
}

/// Returns the four tensors of a normalisation of numbers whose squares are about 2 to the power
/// `exponent`, with their names.
pub(crate) fn normalisation(
    engine: Engine,
    seed: u64,
    module: &str,
    channels: usize,
    exponent: i32,
) -> [(String, Vec<f32>); 4] {
    let names = match engine {
        Engine::PyTorch => [".weight", ".bias", ".running_mean", ".running_var"],
        Engine::TensorFlow => ["/gamma", "/beta", "/moving_mean", "/moving_variance"],
    };
    let (squares, spread) = (power(exponent), power(exponent.div_euclid(2)));
    let value = |part: usize, half: f32| match part {
        0 => 1.0 + half,
        1 => half,
        2 => half * spread,
        _ => (1.0 + half) * squares,
    };
    std::array::from_fn(|part| {
        let name = format!("{module}{}", names[part]);
        let halves = uniform(&format!("{seed} {name}")).map(|number| number * 0.5);
        let values = halves
            .take(channels)
            .map(|half| value(part, half))
            .collect();
        (name, values)
    })
}

/// Returns a frame of coarse, middle and fine squares of random colours.
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is one")]
pub(crate) fn frame(index: usize) -> Frame<'static> {
    let mut sums = vec![0_u64; WIDTH * HEIGHT * 3];
    for (side, weight) in [(32, 2), (8, 1), (2, 1)] {
        let columns = WIDTH / side;
        let bits = Bits::new(&format!("frame {index} {side}"));
        let squares: Vec<u64> = bits
            .map(|bits| bits >> 56)
            .take(columns * (HEIGHT / side) * 3)
            .collect();
        for (at, sum) in sums.iter_mut().enumerate() {
            let (y, x, channel) = (at / (3 * WIDTH), at / 3 % WIDTH, at % 3);
            *sum += weight * squares[(y / side * columns + x / side) * 3 + channel];
        }
    }
    let pixels: Vec<u8> = sums.iter().map(|sum| (sum / 4) as u8).collect();
    Frame::new(index, WIDTH, HEIGHT, pixels).expect("as many bytes as pixels")
}
