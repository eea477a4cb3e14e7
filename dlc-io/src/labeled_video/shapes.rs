//! Discs and lines as scikit-image draws them.

use dlc_model::{Frame, Keypoint};

use crate::color::Color;

/// The pixels of a frame that is drawn on.
pub(super) struct Canvas {
    pixels: Vec<u8>,
    width: usize,
    height: usize,
}

impl Canvas {
    pub(super) fn new(frame: &Frame<'_>) -> Self {
        Self {
            pixels: frame.pixels().to_vec(),
            width: frame.width(),
            height: frame.height(),
        }
    }

    pub(super) fn into_frame(self, index: usize) -> Frame<'static> {
        let frame = Frame::new(index, self.width, self.height, self.pixels);
        frame.expect("drawing changes no size")
    }

    fn set(&mut self, row: i64, column: i64, Color(color): Color) {
        let inside = |place: i64, len: usize| usize::try_from(place).ok().filter(|p| *p < len);
        if let (Some(row), Some(column)) = (inside(row, self.height), inside(column, self.width)) {
            self.pixels[3 * (row * self.width + column)..][..3].copy_from_slice(&color);
        }
    }

    /// Draws the pixels whose centres are nearer to a keypoint than a radius: scikit-image's `disk`.
    ///
    /// The centre of a pixel counts as a whole number here.
    pub(super) fn disk(&mut self, keypoint: Keypoint, radius: f64, color: Color) {
        if !(keypoint.x.is_finite() && keypoint.y.is_finite()) {
            return;
        }
        let rows = reach(keypoint.y, radius, self.height);
        let columns = reach(keypoint.x, radius, self.width);
        // Measured from the corner of the square around the disc, as there: it decides pixels on
        // the rim.
        let (first_row, first_column) = (*rows.start(), *columns.start());
        let center = [
            keypoint.y - first_row as f64,
            keypoint.x - first_column as f64,
        ];
        for row in rows {
            let down = ((row - first_row) as f64 - center[0]) / radius;
            for column in columns.clone() {
                let right = ((column - first_column) as f64 - center[1]) / radius;
                if down * down + right * right < 1.0 {
                    self.set(row, column, color);
                }
            }
        }
    }

    /// Draws the pixels of an anti-aliased line, all of them in full: scikit-image's `line_aa`.
    ///
    /// Ends outside of the frame are moved to its edge, those of the second one to the next pixel of
    /// the upper and the left edge, as DeepLabCut does.
    pub(super) fn line(&mut self, from: Keypoint, to: Keypoint, color: Color) {
        let last = [self.height, self.width].map(|len| len as f64 - 1.0);
        let from = [from.y.min(last[0]).max(0.0), from.x.min(last[1]).max(0.0)];
        let to = [to.y.max(1.0).min(last[0]), to.x.max(1.0).min(last[1])];
        let ([mut row, mut column], [last_row, last_column]) = (from.map(whole), to.map(whole));
        let (across, down) = ((column - last_column).abs(), (row - last_row).abs());
        let step = |from: i64, to: i64| if from < to { 1 } else { -1 };
        let (column_step, row_step) = (step(column, last_column), step(row, last_row));
        let length = (across.pow(2) + down.pow(2)) as f64;
        let length = if length == 0.0 { 1.0 } else { length.sqrt() };
        let mut error = across - down;
        loop {
            self.set(row, column, color);
            let (error_here, column_here) = (error, column);
            if 2 * error_here >= -across {
                if column == last_column {
                    break;
                }
                if ((error_here + down) as f64) < length {
                    self.set(row + row_step, column, color);
                }
                error -= down;
                column += column_step;
            }
            if 2 * error_here <= down {
                if row == last_row {
                    break;
                }
                if ((across - error_here) as f64) < length {
                    self.set(row, column_here + column_step, color);
                }
                error += across;
                row += row_step;
            }
        }
    }
}

/// Returns the pixels of a side that a disc may reach.
fn reach(center: f64, radius: f64, len: usize) -> std::ops::RangeInclusive<i64> {
    let first = whole((center - radius).ceil()).max(0);
    let last = whole((center + radius).floor()).min(len as i64 - 1);
    first..=last
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a pixel; `as` saturates for those far outside"
)]
fn whole(value: f64) -> i64 {
    value as i64
}
