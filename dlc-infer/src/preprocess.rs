//! Brings a frame to the size that the network takes.

use std::borrow::Cow;

use dlc_model::{
    AutoPadding, Border, Frame, InputSize, Keypoint, PaddedSize, PaddingPosition, Resize,
};

use crate::numbers::{len_f64, single};
use crate::resize;

/// Where a point of the network's input lies in the frame: `x · scale + offset`, for each axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FrameFromInput {
    scale: [f32; 2],
    offset: [f32; 2],
}

impl FrameFromInput {
    /// The input is the frame.
    pub(crate) const SAME: Self = Self {
        scale: [1.0; 2],
        offset: [0.0; 2],
    };

    /// The input is the part of the frame behind this column and row.
    pub(crate) fn shift(corner: [usize; 2]) -> Self {
        Self {
            offset: corner.map(|edge| single(len_f64(edge))),
            ..Self::SAME
        }
    }

    /// Returns a keypoint of the input in px of the frame, computed in f32 as DeepLabCut's PyTorch
    /// engine does.
    pub(crate) fn keypoint(self, keypoint: Keypoint) -> Keypoint {
        if self == Self::SAME {
            return keypoint;
        }
        let moved =
            |x: f64, axis: usize| f64::from(single(x) * self.scale[axis] + self.offset[axis]);
        Keypoint {
            x: moved(keypoint.x, 0),
            y: moved(keypoint.y, 1),
            ..keypoint
        }
    }
}

/// Returns the frame as the network sees it, and the way back.
pub(crate) fn fitted<'a>(
    size: &InputSize,
    frame: &'a Frame<'_>,
) -> (Cow<'a, Frame<'a>>, FrameFromInput) {
    if *size == InputSize::default() {
        return (Cow::Borrowed(frame), FrameFromInput::SAME);
    }
    // The part of the input that shows the frame: its corner and its size.
    let mut corner = [0, 0];
    let mut shown = [frame.width(), frame.height()];
    let mut input: Cow<'_, Frame<'_>> = Cow::Borrowed(frame);
    if let Some(resize) = size.resize {
        shown = resized_size(resize, shown);
        input = Cow::Owned(resize::bilinear(&input, shown[0], shown[1]));
        let missing = |axis: usize, wanted: usize| [0, wanted.saturating_sub(shown[axis])];
        let border = [missing(0, resize.width), missing(1, resize.height)];
        if resize.keep_ratio {
            input = Cow::Owned(bordered(&input, border, Border::Black));
        }
    }
    if let Some(longest) = size.longest_max_size {
        let [width, height] = longest_size(longest, [input.width(), input.height()]);
        shown = [
            shown[0] * width / input.width(),
            shown[1] * height / input.height(),
        ];
        input = Cow::Owned(resize::bilinear(&input, width, height));
    }
    if let Some(padding) = size.padding {
        let border = border(padding, [input.width(), input.height()]);
        corner = [border[0][0], border[1][0]];
        input = Cow::Owned(bordered(&input, border, padding.border));
    }
    let ratio = |axis: usize, len: usize| len_f64(len) / len_f64(shown[axis]);
    let scale = [ratio(0, frame.width()), ratio(1, frame.height())];
    let way_back = FrameFromInput {
        scale: scale.map(single),
        offset: [0, 1].map(|axis| single(-len_f64(corner[axis]) * scale[axis])),
    };
    (input, way_back)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length in px, truncated as in Python's `int`"
)]
fn resized_size(resize: Resize, [width, height]: [usize; 2]) -> [usize; 2] {
    if !resize.keep_ratio {
        return [resize.width, resize.height];
    }
    let scale =
        (len_f64(resize.height) / len_f64(height)).min(len_f64(resize.width) / len_f64(width));
    [width, height].map(|len| ((len_f64(len) * scale) as usize).max(1))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a length in px, rounded as by Python's `round`"
)]
fn longest_size(longest: usize, sides: [usize; 2]) -> [usize; 2] {
    let scale = len_f64(longest) / len_f64(sides[0].max(sides[1]));
    sides.map(|len| ((len_f64(len) * scale).round_ties_even() as usize).max(1))
}

/// Returns the px before and after each axis.
fn border(padding: AutoPadding, [width, height]: [usize; 2]) -> [[usize; 2]; 2] {
    use PaddingPosition::{BottomLeft, BottomRight, Center, TopRight};
    let missing = |len: usize, padded: PaddedSize| match padded {
        PaddedSize::MultipleOf(divisor) => len.next_multiple_of(divisor) - len,
        PaddedSize::AtLeast(wanted) => wanted.saturating_sub(len),
    };
    let columns = missing(width, padding.width);
    let rows = missing(height, padding.height);
    let split = |missing: usize, before: bool| match (padding.position, before) {
        (Center, _) => [missing / 2, missing - missing / 2],
        (_, true) => [missing, 0],
        (_, false) => [0, missing],
    };
    let frame_at_right = matches!(padding.position, TopRight | BottomRight);
    let frame_at_bottom = matches!(padding.position, BottomLeft | BottomRight);
    [split(columns, frame_at_right), split(rows, frame_at_bottom)]
}

/// Returns the frame with a border: px before and after the columns, then the rows.
fn bordered(frame: &Frame<'_>, border: [[usize; 2]; 2], kind: Border) -> Frame<'static> {
    let [[left, right], [top, bottom]] = border;
    let (width, height) = (frame.width(), frame.height());
    let columns: Vec<Option<usize>> = (0..left + width + right)
        .map(|x| source(x, left, width, kind))
        .collect();
    let mut pixels = Vec::with_capacity(3 * columns.len() * (top + height + bottom));
    for y in 0..top + height + bottom {
        let row = source(y, top, height, kind);
        let row = row.map(|row| &frame.pixels()[3 * row * width..][..3 * width]);
        for column in &columns {
            match (row, column) {
                (Some(row), Some(x)) => pixels.extend_from_slice(&row[3 * x..3 * x + 3]),
                _ => pixels.extend_from_slice(&[0; 3]),
            }
        }
    }
    Frame::new(frame.index(), columns.len(), top + height + bottom, pixels)
        .expect("as many pixels as columns times rows")
}

/// Returns the place of the frame that is shown at `x`, or `None` for black.
fn source(x: usize, before: usize, len: usize, kind: Border) -> Option<usize> {
    if (before..before + len).contains(&x) {
        return Some(x - before);
    }
    if kind == Border::Black {
        return None;
    }
    if len == 1 {
        return Some(0);
    }
    // The mirrored frame repeats after there and back, the ends counted once.
    let period = 2 * (len - 1);
    let place = (x + period * before.div_ceil(period) - before) % period;
    Some(place.min(period - place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame whose red is the column and whose green is the row.
    fn frame(width: u8, height: u8) -> Frame<'static> {
        let pixels: Vec<u8> = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| [x, y, 255]))
            .collect();
        Frame::new(7, width.into(), height.into(), pixels).unwrap()
    }

    fn row(frame: &Frame<'_>, y: usize) -> Vec<u8> {
        let row = &frame.pixels()[3 * y * frame.width()..][..3 * frame.width()];
        row.iter().step_by(3).copied().collect()
    }

    fn padding(position: PaddingPosition, border: Border) -> InputSize {
        InputSize {
            padding: Some(AutoPadding {
                width: PaddedSize::MultipleOf(8),
                height: PaddedSize::AtLeast(2),
                position,
                border,
            }),
            ..InputSize::default()
        }
    }

    fn at(x: f64, y: f64) -> Keypoint {
        Keypoint {
            x,
            y,
            likelihood: 0.5,
        }
    }

    #[test]
    fn a_frame_that_need_not_change_is_not_copied() {
        let frame = frame(5, 3);
        let (input, way_back) = fitted(&InputSize::default(), &frame);

        assert!(matches!(input, Cow::Borrowed(_)));
        assert_eq!(way_back.keypoint(at(1.25, 2.5)), at(1.25, 2.5));
    }

    #[test]
    fn a_reflected_border_repeats_no_edge() {
        let frame = frame(5, 3);
        let (input, way_back) = fitted(
            &padding(PaddingPosition::Center, Border::Reflect101),
            &frame,
        );

        assert_eq!((input.width(), input.height()), (8, 3));
        assert_eq!(row(&input, 0), [1, 0, 1, 2, 3, 4, 3, 2]);
        assert_eq!(way_back.keypoint(at(3.5, 1.0)), at(2.5, 1.0));
    }

    #[test]
    fn a_border_wider_than_the_frame_goes_back_and_forth() {
        let frame = frame(2, 2);
        let (input, _) = fitted(
            &padding(PaddingPosition::TopRight, Border::Reflect101),
            &frame,
        );

        assert_eq!(row(&input, 1), [0, 1, 0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn a_kept_ratio_leaves_black_at_the_end() {
        let size = InputSize {
            resize: Some(Resize {
                width: 6,
                height: 6,
                keep_ratio: true,
            }),
            ..InputSize::default()
        };
        let frame = frame(12, 4);
        let (input, way_back) = fitted(&size, &frame);

        assert_eq!((input.width(), input.height()), (6, 6));
        assert!(row(&input, 1).iter().any(|&red| red > 0));
        assert_eq!(row(&input, 2), [0; 6]);
        assert_eq!(way_back.keypoint(at(3.0, 1.0)), at(6.0, 2.0));
    }
}
