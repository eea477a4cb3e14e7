//! Pictures of another size, number for number as DeepLabCut's libraries make them.

use dlc_model::Frame;

/// Bits behind the point of a weight: OpenCV's `INTER_RESIZE_COEF_BITS`.
const WEIGHT_BITS: u32 = 11;

/// Returns a frame scaled to another size, as OpenCV's `resize` with `INTER_LINEAR`.
///
/// The centre of a pixel stays where it is: pixel `i` of `n` lies at `(i + ½) / n`. Weights are
/// whole 2048ths and sums are truncated, so that every value is OpenCV's. At exactly half the
/// size along both axes, OpenCV takes the mean of four pixels instead; so does this.
///
/// # Panics
///
/// Panics if a side is zero.
pub(crate) fn bilinear(frame: &Frame<'_>, width: usize, height: usize) -> Frame<'static> {
    assert!(width > 0 && height > 0, "a frame has pixels");
    let pixels = if [frame.width(), frame.height()] == [width, height] {
        frame.pixels().to_vec()
    } else if [frame.width(), frame.height()] == [2 * width, 2 * height] {
        halved(frame)
    } else {
        interpolated(frame, width, height)
    };
    Frame::new(frame.index(), width, height, pixels).expect("three bytes a pixel")
}

fn halved(frame: &Frame<'_>) -> Vec<u8> {
    let row = 3 * frame.width();
    let mut halved = Vec::with_capacity(frame.pixels().len() / 4);
    for rows in frame.pixels().chunks_exact(2 * row) {
        let (upper, lower) = rows.split_at(row);
        for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
            for channel in 0..3 {
                let four = [upper, lower].map(|pair| [pair[channel], pair[channel + 3]]);
                let sum: u16 = four.into_iter().flatten().map(u16::from).sum();
                halved.push(byte(i32::from((sum + 2) / 4)));
            }
        }
    }
    halved
}

fn interpolated(frame: &Frame<'_>, width: usize, height: usize) -> Vec<u8> {
    let columns: Vec<Tap> = (0..width)
        .map(|column| Tap::new(column, width, frame.width()))
        .collect();
    let mut rows = ScaledRows {
        frame,
        columns: &columns,
        scaled: [(usize::MAX, vec![]), (usize::MAX, vec![])],
    };
    let mut pixels = Vec::with_capacity(3 * width * height);
    for row in 0..height {
        let tap = Tap::new(row, height, frame.height());
        let [upper, lower] = rows.pair(tap.sources(frame.height()));
        let [from_upper, from_lower] = tap.weights;
        let value = |(&upper, &lower): (&i32, &i32)| {
            let sum = ((from_upper * (upper >> 4)) >> 16) + ((from_lower * (lower >> 4)) >> 16);
            byte((sum + 2) >> 2)
        };
        pixels.extend(upper.iter().zip(lower).map(value));
    }
    pixels
}

/// Rows of a frame, scaled along x; the last two are kept.
struct ScaledRows<'a> {
    frame: &'a Frame<'a>,
    columns: &'a [Tap],
    scaled: [(usize, Vec<i32>); 2],
}

impl ScaledRows<'_> {
    fn pair(&mut self, rows: [usize; 2]) -> [&[i32]; 2] {
        // The lower row of one pair is often the upper row of the next.
        if self.scaled[1].0 == rows[0] {
            self.scaled.swap(0, 1);
        }
        for (place, row) in self.scaled.iter_mut().zip(rows) {
            if place.0 != row {
                scale_row(self.frame, row, self.columns, &mut place.1);
                place.0 = row;
            }
        }
        [&self.scaled[0].1, &self.scaled[1].1]
    }
}

fn scale_row(frame: &Frame<'_>, row: usize, columns: &[Tap], scaled: &mut Vec<i32>) {
    let len = 3 * frame.width();
    let source = &frame.pixels()[row * len..(row + 1) * len];
    scaled.clear();
    for column in columns {
        let [left, right] = column.sources(frame.width()).map(|pixel| 3 * pixel);
        let [from_left, from_right] = column.weights;
        let pair = source[left..left + 3].iter().zip(&source[right..right + 3]);
        scaled.extend(
            pair.map(|(&left, &right)| i32::from(left) * from_left + i32::from(right) * from_right),
        );
    }
}

/// The two pixels, one after the other, that a new pixel is made of, and their weights in 2048ths.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Tap {
    /// The first pixel; it, or the second, may lie one outside.
    first: i64,
    weights: [i32; 2],
}

impl Tap {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "OpenCV computes in f64 and keeps f32; sides are far below 2^24"
    )]
    fn new(place: usize, len: usize, source_len: usize) -> Self {
        let scale = 1.0 / (len as f64 / source_len as f64);
        let position = ((place as f64 + 0.5) * scale - 0.5) as f32;
        let first = position.floor();
        let beyond = position - first;
        let one = (1_u32 << WEIGHT_BITS) as f32;
        let weights = [1.0 - beyond, beyond].map(|w| (w * one).round_ties_even() as i32);
        Self {
            first: first as i64,
            weights,
        }
    }

    /// Returns both pixels, the outermost instead of one that lies outside.
    fn sources(self, source_len: usize) -> [usize; 2] {
        let inside = |place: i64| usize::try_from(place).unwrap_or(0).min(source_len - 1);
        [inside(self.first), inside(self.first + 1)]
    }
}

fn byte(value: i32) -> u8 {
    u8::try_from(value.clamp(0, 255)).expect("a byte, after clamping")
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    use super::*;

    /// Splits a file of `tests/fixtures/resize/make.py`.
    fn records(bytes: &[u8]) -> Vec<(Frame<'_>, Frame<'_>)> {
        let mut rest = bytes;
        let mut records = Vec::new();
        while !rest.is_empty() {
            let [width, height, to_width, to_height] =
                [0, 2, 4, 6].map(|at| usize::from(u16::from_le_bytes([rest[at], rest[at + 1]])));
            let (before, after) = (3 * width * height, 3 * to_width * to_height);
            let frame = Frame::new(0, width, height, &rest[8..8 + before]);
            let scaled = Frame::new(0, to_width, to_height, &rest[8 + before..][..after]);
            records.push((frame.unwrap(), scaled.unwrap()));
            rest = &rest[8 + before + after..];
        }
        records
    }

    #[test]
    fn every_value_is_that_of_opencv() {
        let committed =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/resize/opencv.bin");
        let path = env::var_os("DLC_RESIZE").map_or(committed, PathBuf::from);
        let bytes = fs::read(path).unwrap();
        let records = records(&bytes);

        for (frame, expected) in &records {
            let scaled = bilinear(frame, expected.width(), expected.height());

            assert_eq!(
                &scaled,
                expected,
                "from {} x {}",
                frame.width(),
                frame.height()
            );
        }
        println!("{} pictures", records.len());
        assert!(records.len() >= 11);
    }
}
