//! Pictures of another size with the values in between, as PyTorch's `interpolate` with `bilinear`
//! makes them.

use std::collections::VecDeque;

use super::Window;
use crate::numbers::len_f32;

/// What a new value is made of where the picture shrinks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Antialias {
    /// Two neighbours along each axis, however many lie between the new values.
    No,
    /// All that lie between the new values: PyTorch's `antialias=True`.
    Yes,
}

/// Appends a window, scaled to another size: three planes, R, G and B, in [0, 255].
///
/// `blank` is what the window shows where the frame does not show through. Memory does not grow
/// with the window.
///
/// # Panics
///
/// Panics if a side is zero.
pub(crate) fn bilinear(
    window: &Window<'_>,
    [width, height]: [usize; 2],
    antialias: Antialias,
    blank: [f32; 3],
    planes: &mut Vec<f32>,
) {
    assert!(width > 0 && height > 0, "a picture has pixels");
    let columns = taps(width, window.width, antialias);
    let plane = width * height;
    let start = planes.len();
    planes.resize(start + 3 * plane, 0.0);
    let mut rows = ScaledRows::default();
    for (y, tap) in taps(height, window.height, antialias).iter().enumerate() {
        rows.keep(tap, |row| scaled_row(window, row, &columns, blank));
        for (row, weight) in rows.kept.iter().zip(&tap.weights) {
            for (x, pixel) in row.chunks_exact(3).enumerate() {
                for (channel, value) in pixel.iter().enumerate() {
                    planes[start + channel * plane + y * width + x] += weight * value;
                }
            }
        }
    }
}

/// Rows of a window, scaled along x: as many as one new row is made of.
#[derive(Debug, Default)]
struct ScaledRows {
    first: usize,
    kept: VecDeque<Vec<f32>>,
}

impl ScaledRows {
    /// Keeps the rows of a tap, in their order; those of later taps come later.
    fn keep(&mut self, tap: &Tap, scaled: impl Fn(usize) -> Vec<f32>) {
        let passed = (tap.first - self.first).min(self.kept.len());
        self.kept.drain(..passed);
        self.first = tap.first;
        for row in self.kept.len()..tap.weights.len() {
            self.kept.push_back(scaled(tap.first + row));
        }
    }
}

fn scaled_row(window: &Window<'_>, row: usize, columns: &[Tap], blank: [f32; 3]) -> Vec<f32> {
    let row = window.row(row);
    let mut scaled = Vec::with_capacity(3 * columns.len());
    for tap in columns {
        let mut sum = [0.0; 3];
        for (place, weight) in tap.weights.iter().enumerate() {
            let pixel = row.as_ref().and_then(|row| row.pixel(tap.first + place));
            for channel in 0..3 {
                let value = pixel.map_or(blank[channel], |pixel| f32::from(pixel[channel]));
                sum[channel] += weight * value;
            }
        }
        scaled.extend(sum);
    }
    scaled
}

/// The places, one after the other, that a new place is made of.
#[derive(Debug, PartialEq)]
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

fn taps(len: usize, source_len: usize, antialias: Antialias) -> Vec<Tap> {
    let scale = len_f32(source_len) / len_f32(len);
    let tap = |place| match antialias {
        Antialias::No => two(scale * (len_f32(place) + 0.5) - 0.5, source_len),
        Antialias::Yes => all(scale * (len_f32(place) + 0.5), scale.max(1.0), source_len),
    };
    (0..len).map(tap).collect()
}

fn two(position: f32, source_len: usize) -> Tap {
    let position = position.max(0.0);
    let first = place_of(position).min(source_len - 1);
    let beyond = (position - len_f32(first)).clamp(0.0, 1.0);
    Tap {
        first,
        weights: match first + 1 < source_len {
            true => vec![1.0 - beyond, beyond],
            false => vec![1.0],
        },
    }
}

/// The weight falls in a straight line, from the centre to nothing at `reach`.
fn all(centre: f32, reach: f32, source_len: usize) -> Tap {
    let first = place_of((centre - reach + 0.5).max(0.0)).min(source_len - 1);
    let end = place_of(centre + reach + 0.5).clamp(first + 1, source_len);
    let weight = |place| {
        let distance = (len_f32(place) - centre + 0.5) / reach;
        (1.0 - distance.abs()).max(0.0)
    };
    let weights: Vec<f32> = (first..end).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    Tap {
        first,
        weights: weights.iter().map(|weight| weight / sum).collect(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place is positive; what lies behind the point is cut off"
)]
fn place_of(position: f32) -> usize {
    position as usize
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    use dlc_model::{Crop, Frame};

    use super::*;

    /// Takes this many bytes off the front.
    fn take<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
        let (front, back) = rest.split_at(len);
        *rest = back;
        front
    }

    #[test]
    fn values_are_those_of_pytorch() {
        let committed =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/resize/torch.bin");
        let path = env::var_os("DLC_RESIZE_TORCH").map_or(committed, PathBuf::from);
        let bytes = fs::read(path).unwrap();
        let mut rest = &bytes[..];
        let mut pictures = 0;
        while !rest.is_empty() {
            let numbers = take(&mut rest, 36).chunks_exact(4);
            let numbers: Vec<i32> = numbers
                .map(|n| i32::from_le_bytes(n.try_into().unwrap()))
                .collect();
            let size = |at: usize| usize::try_from(numbers[at]).unwrap();
            let pixels = take(&mut rest, 3 * size(0) * size(1));
            let frame = Frame::new(0, size(0), size(1), pixels).unwrap();
            let window = Window {
                frame: &frame,
                left: numbers[2].into(),
                top: numbers[3].into(),
                width: size(4),
                height: size(5),
                shown: Crop::full(size(0), size(1)),
            };
            let (to, antialias) = match numbers[8] {
                0 => ([size(6), size(7)], Antialias::No),
                _ => ([size(6), size(7)], Antialias::Yes),
            };

            let mut planes = Vec::new();
            bilinear(&window, to, antialias, [0.0; 3], &mut planes);

            let expected = take(&mut rest, 12 * to[0] * to[1]).chunks_exact(4);
            for (found, expected) in planes.iter().zip(expected) {
                let expected = f32::from_le_bytes(expected.try_into().unwrap());
                // A place among 300 px, in f32, between black and white.
                assert!((found - expected).abs() < 2e-3, "picture {pictures}");
            }
            pictures += 1;
        }
        println!("{pictures} pictures");
        assert!(pictures >= 8);
    }
}
