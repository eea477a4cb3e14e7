//! Pictures of poses, for a person to look at.

use std::{
    io::{Cursor, Write},
    path::Path,
};

use dlc_model::{Bodypart, Frame, Keypoint, PoseTable};
use font8x8::{BASIC_FONTS, UnicodeFonts};
use image::{ImageFormat, Rgb, RgbImage, imageops::FilterType};

use crate::{
    atomic::{self, WriteFileError},
    color::{Color, Colormap},
};

/// How poses are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PictureOptions {
    /// Keypoints with a likelihood of this or less are not drawn.
    pub pcutoff: f64,
    /// Radius of a dot, in px of the picture.
    pub dot_radius: f64,
    /// The picture's frame is enlarged by a whole number until it is at least this wide, in px; at
    /// most 16 times, and not beyond 8192 px.
    pub min_width: u32,
}

impl Default for PictureOptions {
    fn default() -> Self {
        Self {
            pcutoff: 0.6,
            dot_radius: 6.0,
            min_width: 640,
        }
    }
}

/// Height of the strip with the names of the body parts, in px.
const LEGEND_HEIGHT: u32 = 32;
const GLYPH: u32 = 16;

/// How much a frame is enlarged at most.
const LARGEST_SCALE: u32 = 16;

/// The width up to which a frame is enlarged, in px.
const LARGEST_WIDTH: u32 = 8192;

/// Draws the trajectory of each body part over the whole table, and the pose in one frame on top.
///
/// Body parts have the colours of matplotlib's `rainbow`, DeepLabCut's default, in their order;
/// names stand below.
fn draw_poses(frame: &Frame<'_>, poses: &PoseTable, options: PictureOptions) -> RgbImage {
    let mut canvas = Canvas::new(frame, options.min_width);
    let rainbow: Colormap = "rainbow".parse().expect("a map of matplotlib");
    let colors = rainbow.colors(poses.bodyparts().len());
    for (part, &color) in colors.iter().enumerate() {
        let place = part * poses.num_outputs();
        let track: Vec<Keypoint> = poses.rows().map(|row| row[place]).collect();
        for pair in track.windows(2) {
            if pair.iter().all(|point| point.likelihood > options.pcutoff) {
                canvas.line(pair[0], pair[1], color);
            }
        }
    }
    let likeliest = poses.row(frame.index()).iter().step_by(poses.num_outputs());
    for (part, keypoint) in likeliest.enumerate() {
        if keypoint.likelihood > options.pcutoff {
            canvas.dot(*keypoint, options.dot_radius, colors[part]);
        }
    }
    let names = poses.bodyparts().iter().map(Bodypart::as_str);
    canvas.legend(names.zip(colors));
    canvas.image
}

/// Writes a PNG of one frame with the pose in it and the trajectories of the whole table, whole or
/// not at all.
///
/// Body parts have the colours of matplotlib's `rainbow`, DeepLabCut's default, in their order;
/// their names stand below. `frame` must be the picture in which coordinates were measured.
///
/// # Errors
///
/// Returns an error when the file cannot be written.
///
/// # Panics
///
/// Panics if the table has no row for the frame.
pub fn write_png(
    path: impl AsRef<Path>,
    frame: &Frame<'_>,
    poses: &PoseTable,
    options: PictureOptions,
) -> Result<(), WriteFileError> {
    let png = encode(&draw_poses(frame, poses, options));
    atomic::write(path, |file| file.write_all(&png))
}

/// Writes a PNG of a frame, whole or not at all.
///
/// # Errors
///
/// Returns an error when the file cannot be written.
pub fn write_frame(path: impl AsRef<Path>, frame: &Frame<'_>) -> Result<(), WriteFileError> {
    let png = png(frame);
    atomic::write(path, |file| file.write_all(&png))
}

/// Returns a frame as the bytes of a PNG.
pub fn png(frame: &Frame<'_>) -> Vec<u8> {
    encode(&as_image(frame))
}

pub(crate) fn encode(picture: &RgbImage) -> Vec<u8> {
    let mut png = Cursor::new(Vec::new());
    picture
        .write_to(&mut png, ImageFormat::Png)
        .expect("a picture in memory is encoded into memory");
    png.into_inner()
}

fn as_image(frame: &Frame<'_>) -> RgbImage {
    let side = |len: usize| u32::try_from(len).expect("a frame is narrower than 2^32 px");
    let (width, height) = (side(frame.width()), side(frame.height()));
    RgbImage::from_raw(width, height, frame.pixels().to_vec()).expect("3 bytes for each pixel")
}

/// A frame, enlarged, with room for a legend below.
struct Canvas {
    image: RgbImage,
    scale: u32,
    frame_height: u32,
}

impl Canvas {
    fn new(frame: &Frame<'_>, min_width: u32) -> Self {
        let frame = as_image(frame);
        let (width, height) = frame.dimensions();
        let scale = min_width.min(LARGEST_WIDTH).div_ceil(width);
        let scale = scale.clamp(1, LARGEST_SCALE);
        let (width, height) = (width * scale, height * scale);
        let enlarged = image::imageops::resize(&frame, width, height, FilterType::Triangle);
        let mut image = RgbImage::from_pixel(width, height + LEGEND_HEIGHT, Rgb([255; 3]));
        image::imageops::replace(&mut image, &enlarged, 0, 0);
        Self {
            image,
            scale,
            frame_height: height,
        }
    }

    /// Mixes a colour into a pixel of the frame; outside of it there is nothing to draw on.
    fn blend(&mut self, x: f64, y: f64, Color(colour): Color, opacity: f64) {
        let inside = x >= 0.0
            && y >= 0.0
            && x < f64::from(self.image.width())
            && y < f64::from(self.frame_height);
        if inside {
            let Rgb(pixel) = self.image.get_pixel_mut(whole(x), whole(y));
            for (old, new) in pixel.iter_mut().zip(colour) {
                let mixed = f64::from(*old) * (1.0 - opacity) + f64::from(new) * opacity;
                *old = byte(mixed);
            }
        }
    }

    fn place(&self, keypoint: Keypoint) -> (f64, f64) {
        let scale = f64::from(self.scale);
        (keypoint.x * scale, keypoint.y * scale)
    }

    fn line(&mut self, from: Keypoint, to: Keypoint, colour: Color) {
        let ((x0, y0), (x1, y1)) = (self.place(from), self.place(to));
        // A line is never longer than the picture's outline, however far apart its ends are said
        // to be: what lies outside is not drawn.
        let outline = f64::from(self.image.width() + self.image.height());
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).clamp(1.0, outline);
        for step in 0..whole(steps) {
            let t = f64::from(step) / steps;
            self.blend(x0 + t * (x1 - x0), y0 + t * (y1 - y0), colour, 0.6);
        }
    }

    /// A disc with a dark rim and a soft edge.
    fn dot(&mut self, keypoint: Keypoint, radius: f64, colour: Color) {
        let (x, y) = self.place(keypoint);
        let reach = whole(radius.clamp(0.0, 1e3)) + 3;
        for dy in 0..=2 * reach {
            for dx in 0..=2 * reach {
                let px = (x - f64::from(reach) + f64::from(dx)).floor();
                let py = (y - f64::from(reach) + f64::from(dy)).floor();
                let distance = (px + 0.5 - x).hypot(py + 0.5 - y);
                self.blend(
                    px,
                    py,
                    Color([0; 3]),
                    (radius + 2.0 - distance).clamp(0.0, 1.0),
                );
                self.blend(px, py, colour, (radius + 0.5 - distance).clamp(0.0, 1.0));
            }
        }
    }

    fn legend<'n>(&mut self, entries: impl Iterator<Item = (&'n str, Color)>) {
        let top = self.frame_height + (LEGEND_HEIGHT - GLYPH) / 2;
        let mut left = top - self.frame_height;
        for (name, colour) in entries {
            for (dx, dy) in (0..GLYPH).flat_map(|dx| (0..GLYPH).map(move |dy| (dx, dy))) {
                self.paint(left + dx, top + dy, colour);
            }
            left += GLYPH + GLYPH / 2;
            for letter in name.chars() {
                self.letter(left, top, letter);
                left += GLYPH;
            }
            left += GLYPH;
        }
    }

    fn letter(&mut self, left: u32, top: u32, letter: char) {
        let unknown = BASIC_FONTS.get('?').unwrap_or_default();
        let glyph = BASIC_FONTS.get(letter).unwrap_or(unknown);
        for (dx, dy) in (0..GLYPH).flat_map(|dx| (0..GLYPH).map(move |dy| (dx, dy))) {
            // Glyphs are 8 × 8, drawn at twice their size; the lowest bit is on the left.
            if glyph[whole_index(dy / 2)] >> (dx / 2) & 1 == 1 {
                self.paint(left + dx, top + dy, Color([0; 3]));
            }
        }
    }

    fn paint(&mut self, x: u32, y: u32, colour: Color) {
        if let Some(pixel) = self.image.get_pixel_mut_checked(x, y) {
            *pixel = Rgb(colour.0);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is cut off to the range of a byte first"
)]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0).round() as u8
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers pass coordinates of a picture, which fit; `as` saturates"
)]
fn whole(value: f64) -> u32 {
    value as u32
}

fn whole_index(value: u32) -> usize {
    usize::try_from(value).expect("a row of a glyph")
}

#[cfg(test)]
mod tests {
    use dlc_model::Bodyparts;

    use super::*;

    fn poses(keypoints: &[Keypoint]) -> PoseTable {
        let names = (0..keypoints.len()).map(|i| format!("part{i}"));
        let mut poses = PoseTable::new(Bodyparts::new(names).unwrap());
        poses.set(0, keypoints);
        poses
    }

    fn draw(keypoints: &[Keypoint]) -> RgbImage {
        let frame = Frame::new(0, 20, 10, vec![128; 600]).unwrap();
        let options = PictureOptions {
            min_width: 20,
            ..PictureOptions::default()
        };
        draw_poses(&frame, &poses(keypoints), options)
    }

    #[test]
    fn a_keypoint_is_a_dot_of_its_colour_where_it_is() {
        let picture = draw(&[Keypoint::new(10.0, 5.0, 0.9)]);

        assert_eq!(picture.dimensions(), (20, 10 + LEGEND_HEIGHT));
        assert_eq!(*picture.get_pixel(10, 5), Rgb([127, 0, 255]));
        assert_eq!(*picture.get_pixel(0, 0), Rgb([128; 3]));
    }

    #[test]
    fn unlikely_missing_and_far_keypoints_draw_nothing() {
        let picture = draw(&[
            Keypoint::new(10.0, 5.0, 0.6),
            Keypoint::MISSING,
            Keypoint::new(1e300, -1e300, 1.0),
        ]);

        assert_eq!(*picture.get_pixel(10, 5), Rgb([128; 3]));
    }
}
