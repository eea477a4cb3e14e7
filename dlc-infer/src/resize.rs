//! Pictures of another size, number for number as DeepLabCut's libraries make them.

pub(crate) mod float;

use std::ops::Range;

use dlc_model::{Crop, Frame};

/// Bits behind the point of a weight: OpenCV's `INTER_RESIZE_COEF_BITS`.
const WEIGHT_BITS: u32 = 11;

/// A rectangle that may reach beyond the frame it lies on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    pub(crate) frame: &'a Frame<'a>,
    /// The column of the frame that is the first of the window.
    pub(crate) left: i64,
    /// The row of the frame that is the first of the window.
    pub(crate) top: i64,
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// The part of the frame that shows through; what is left of the window is blank.
    pub(crate) shown: Crop,
}

impl<'a> Window<'a> {
    pub(crate) fn whole(frame: &'a Frame<'a>) -> Self {
        Self {
            frame,
            left: 0,
            top: 0,
            width: frame.width(),
            height: frame.height(),
            shown: Crop::full(frame.width(), frame.height()),
        }
    }

    fn row(&self, row: usize) -> Option<Row<'a>> {
        let row = place(row, self.top)?;
        let Crop { x_min, x_max, .. } = self.shown;
        let len = 3 * self.frame.width();
        (self.shown.y_min..self.shown.y_max)
            .contains(&row)
            .then(|| Row {
                pixels: &self.frame.pixels()[row * len..(row + 1) * len],
                left: self.left,
                shown: x_min..x_max,
            })
    }
}

/// A row of a window, where the frame shows through.
struct Row<'a> {
    pixels: &'a [u8],
    left: i64,
    shown: Range<usize>,
}

impl<'a> Row<'a> {
    fn pixel(&self, column: usize) -> Option<&'a [u8]> {
        let column = place(column, self.left)?;
        let shown = self.shown.contains(&column);
        shown.then(|| &self.pixels[3 * column..3 * column + 3])
    }
}

/// Returns the place in the frame of a place in a window that begins at `start`.
fn place(place: usize, start: i64) -> Option<usize> {
    usize::try_from(i64::try_from(place).ok()?.checked_add(start)?).ok()
}

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
    bilinear_window(&Window::whole(frame), width, height)
}

/// Returns a window scaled to another size, as [`bilinear`]; what is blank is black.
///
/// Memory does not grow with the window.
pub(crate) fn bilinear_window(window: &Window<'_>, width: usize, height: usize) -> Frame<'static> {
    assert!(width > 0 && height > 0, "a frame has pixels");
    let size = [window.width, window.height];
    let pixels = if size == [width, height] {
        (0..height).flat_map(|row| copied(window, row)).collect()
    } else if size == [2 * width, 2 * height] {
        halved(window)
    } else {
        interpolated(window, width, height)
    };
    Frame::new(window.frame.index(), width, height, pixels).expect("three bytes a pixel")
}

fn copied(window: &Window<'_>, row: usize) -> Vec<u8> {
    let row = window.row(row);
    let pixel = |column| row.as_ref().and_then(|row| row.pixel(column));
    let pixels = (0..window.width).flat_map(|column| pixel(column).unwrap_or(&[0; 3]));
    pixels.copied().collect()
}

fn halved(window: &Window<'_>) -> Vec<u8> {
    let mut halved = Vec::with_capacity(3 * window.width * window.height / 4);
    for row in (0..window.height).step_by(2) {
        let (upper, lower) = (copied(window, row), copied(window, row + 1));
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

fn interpolated(window: &Window<'_>, width: usize, height: usize) -> Vec<u8> {
    let columns: Vec<Tap> = (0..width)
        .map(|column| Tap::new(column, width, window.width))
        .collect();
    let mut rows = ScaledRows {
        window,
        columns: &columns,
        scaled: [(usize::MAX, vec![]), (usize::MAX, vec![])],
    };
    let mut pixels = Vec::with_capacity(3 * width * height);
    for row in 0..height {
        let tap = Tap::new(row, height, window.height);
        let [upper, lower] = rows.pair(tap.sources(window.height));
        let [from_upper, from_lower] = tap.weights;
        let value = |(&upper, &lower): (&i32, &i32)| {
            let sum = ((from_upper * (upper >> 4)) >> 16) + ((from_lower * (lower >> 4)) >> 16);
            byte((sum + 2) >> 2)
        };
        pixels.extend(upper.iter().zip(lower).map(value));
    }
    pixels
}

/// Rows of a window, scaled along x; the last two are kept.
struct ScaledRows<'a> {
    window: &'a Window<'a>,
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
                scale_row(self.window, row, self.columns, &mut place.1);
                place.0 = row;
            }
        }
        [&self.scaled[0].1, &self.scaled[1].1]
    }
}

fn scale_row(window: &Window<'_>, row: usize, columns: &[Tap], scaled: &mut Vec<i32>) {
    scaled.clear();
    let Some(row) = window.row(row) else {
        scaled.resize(3 * columns.len(), 0);
        return;
    };
    for column in columns {
        let pixels = column.sources(window.width).map(|pixel| row.pixel(pixel));
        let [left, right] = pixels.map(|pixel| pixel.unwrap_or(&[0; 3]));
        let [from_left, from_right] = column.weights;
        let value = |(&left, &right): (&u8, &u8)| {
            i32::from(left) * from_left + i32::from(right) * from_right
        };
        scaled.extend(left.iter().zip(right).map(value));
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
