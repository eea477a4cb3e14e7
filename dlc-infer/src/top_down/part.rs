use dlc_model::{BoundingBox, Crop, Frame, Keypoint, TopDownCrop};

use super::f64_of;
use crate::resize::{self, Window};

/// The part of a frame that is scaled to the input of a top-down network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    left: i64,
    top: i64,
    /// Width and height in px of the frame.
    size: [usize; 2],
    /// What the network sees of the frame; the rest is black.
    shown: Crop,
    /// Width and height of the network's input.
    input: [usize; 2],
}

impl Part {
    /// Returns the part around a box, or `None` when nothing of the frame lies in it.
    ///
    /// In f64, in DeepLabCut's order of operations; edges are rounded to even.
    pub(super) fn around(
        bounding_box: BoundingBox,
        crop: &TopDownCrop,
        frame: &Frame<'_>,
    ) -> Option<Self> {
        let BoundingBox {
            x,
            y,
            width,
            height,
        } = bounding_box;
        let margin = f64::from(2 * crop.margin);
        let [centre_x, centre_y] = [x + width / 2.0, y + height / 2.0];
        let mut sides = [width + margin, height + margin];
        let ratio = f64_of(crop.width) / f64_of(crop.height);
        if crop.with_context {
            sides = widened(sides, ratio);
        }
        let columns = edges(centre_x, sides[0], frame.width())?;
        let rows = edges(centre_y, sides[1], frame.height())?;
        let mut part = Self {
            left: columns.start,
            top: rows.start,
            size: [columns.len, rows.len],
            shown: Crop {
                x_min: columns.shown[0],
                x_max: columns.shown[1],
                y_min: rows.shown[0],
                y_max: rows.shown[1],
            },
            input: [crop.width, crop.height],
        };
        if !crop.with_context {
            part.letterbox(ratio);
        }
        Some(part)
    }

    /// Adds what is missing to the ratio of the input, as blank borders.
    ///
    /// As DeepLabCut does, by the ratio of what is seen of the frame.
    fn letterbox(&mut self, ratio: f64) {
        let [width, height] = [self.shown.width(), self.shown.height()].map(f64_of);
        if width / height > ratio {
            let border = whole((width - height * ratio) / 2.0);
            self.top -= i64::try_from(border).unwrap_or(0);
            self.size[1] += 2 * border;
        } else {
            let border = whole((height - width / ratio) / 2.0);
            self.left -= i64::try_from(border).unwrap_or(0);
            self.size[0] += 2 * border;
        }
    }

    /// Returns what the network sees.
    pub(super) fn picture(&self, frame: &Frame<'_>) -> Frame<'static> {
        let window = Window {
            frame,
            left: self.left,
            top: self.top,
            width: self.size[0],
            height: self.size[1],
            shown: self.shown,
        };
        resize::bilinear_window(&window, self.input[0], self.input[1])
    }

    /// Returns a keypoint of the network's input in px of the frame; f64, then rounded to f32, as
    /// DeepLabCut does.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "DeepLabCut's poses are f32: rounding is meant; edges are far below 2^52"
    )]
    pub(super) fn to_frame(self, keypoint: Keypoint) -> Keypoint {
        let moved = |x: f64, axis: usize, start: i64| {
            let scale = f64_of(self.size[axis]) / f64_of(self.input[axis]);
            f64::from((x * scale + start as f64) as f32)
        };
        Keypoint {
            x: moved(keypoint.x, 0, self.left),
            y: moved(keypoint.y, 1, self.top),
            ..keypoint
        }
    }
}

/// Returns the sides with the shorter one grown to this ratio of width to height.
fn widened([width, height]: [f64; 2], ratio: f64) -> [f64; 2] {
    if width / height > ratio {
        [width, width / ratio]
    } else if width / height < ratio {
        [height * ratio, height]
    } else {
        [width, height]
    }
}

/// One axis of a part.
struct Edges {
    start: i64,
    len: usize,
    /// First place of the frame that is seen, and the one after the last.
    shown: [usize; 2],
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "edges are checked to lie around the frame"
)]
fn edges(centre: f64, side: f64, frame: usize) -> Option<Edges> {
    let [start, end] =
        [centre - side / 2.0, centre + side / 2.0].map(|edge| edge.round_ties_even() as i64);
    let inside = |edge: i64| usize::try_from(edge).unwrap_or(0).min(frame);
    let shown = [inside(start), inside(end)];
    (shown[0] < shown[1]).then(|| Edges {
        start,
        len: usize::try_from(end - start).unwrap_or(0),
        shown,
    })
}

/// Returns what is left of a number of px that is not negative, without what is behind the point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a side of a frame"
)]
fn whole(px: f64) -> usize {
    px as usize
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::PathBuf};

    use super::*;

    /// Takes this many bytes off the front.
    fn take<'a>(rest: &mut &'a [u8], len: usize) -> &'a [u8] {
        let (front, back) = rest.split_at(len);
        *rest = back;
        front
    }

    /// Splits a file of `tests/fixtures/top_down/make.py`.
    #[test]
    fn every_value_is_that_of_deeplabcut() {
        let committed =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/top_down/crops.bin");
        let path = env::var_os("DLC_TOP_DOWN_CROPS").map_or(committed, PathBuf::from);
        let bytes = fs::read(path).unwrap();
        let mut rest = &bytes[..];
        let mut crops = 0;
        while !rest.is_empty() {
            let numbers = take(&mut rest, 24).chunks_exact(4);
            let numbers: Vec<u32> = numbers
                .map(|n| u32::from_le_bytes(n.try_into().unwrap()))
                .collect();
            let size = |at: usize| usize::try_from(numbers[at]).unwrap();
            let places = take(&mut rest, 64).chunks_exact(8);
            let places: Vec<f64> = places
                .map(|n| f64::from_le_bytes(n.try_into().unwrap()))
                .collect();
            let frame = take(&mut rest, 3 * size(0) * size(1));
            let frame = Frame::new(0, size(0), size(1), frame).unwrap();
            let expected = take(&mut rest, 3 * size(2) * size(3));
            let crop = TopDownCrop {
                width: size(2),
                height: size(3),
                margin: numbers[4],
                with_context: numbers[5] == 1,
            };
            let bounding_box = BoundingBox {
                x: places[0],
                y: places[1],
                width: places[2],
                height: places[3],
            };

            let part = Part::around(bounding_box, &crop, &frame).unwrap();

            assert_eq!(part.picture(&frame).pixels(), expected, "crop {crops}");
            let corner = part.to_frame(Keypoint::new(0.0, 0.0, 1.0));
            let next = part.to_frame(Keypoint::new(1.0, 1.0, 1.0));
            assert!((corner.x - places[4]).abs() < 1e-4 && (corner.y - places[5]).abs() < 1e-4);
            assert!((next.x - corner.x - places[6]).abs() < 1e-4);
            assert!((next.y - corner.y - places[7]).abs() < 1e-4);
            crops += 1;
        }
        println!("{crops} crops");
        assert!(crops >= 7);
    }

    #[test]
    fn a_box_beside_the_frame_shows_nothing() {
        let frame = Frame::new(0, 4, 4, vec![9; 48]).unwrap();
        let crop = TopDownCrop {
            width: 8,
            height: 8,
            margin: 0,
            with_context: true,
        };
        for (x, width) in [(5.0, 3.0), (-9.0, 3.0), (1.0, 0.0), (f64::NAN, 1.0)] {
            let bounding_box = BoundingBox {
                x,
                y: 1.0,
                width,
                height: width,
            };
            assert_eq!(Part::around(bounding_box, &crop, &frame), None, "{x}");
        }
    }
}
