use font8x8::{BASIC_FONTS, LATIN_FONTS, UnicodeFonts};
use image::RgbImage;
use tiny_skia::{
    FillRule, LineCap, Paint, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};

use super::layout::{Anchor, Shape};
use crate::{color::Color, picture::encode};

/// The size of a letter, in px of the figure.
const LETTER: f32 = 10.0;
const WHITE: tiny_skia::Color = tiny_skia::Color::WHITE;

/// Returns the bytes of a PNG with these shapes.
pub(super) fn png(size: [u32; 2], shapes: &[Shape], scale: f32) -> Vec<u8> {
    let [width, height] = size.map(|side| scaled(side, scale));
    let mut canvas = Canvas {
        pixmap: Pixmap::new(width, height).expect("a figure has a size"),
        transform: Transform::from_scale(scale, scale),
    };
    canvas.pixmap.fill(WHITE);
    for shape in shapes {
        canvas.push(shape);
    }
    let pixels = canvas.pixmap.pixels().iter();
    // Nothing is transparent on white.
    let rgb = pixels.flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
    let image = RgbImage::from_raw(width, height, rgb.collect());
    encode(&image.expect("3 bytes for each pixel"))
}

struct Canvas {
    pixmap: Pixmap,
    transform: Transform,
}

impl Canvas {
    fn push(&mut self, shape: &Shape) {
        match shape {
            Shape::Line {
                points,
                color,
                width,
                opacity,
                is_dashed,
            } => {
                let dash = is_dashed
                    .then(|| StrokeDash::new(vec![4.0, 2.0], 0.0))
                    .flatten();
                let stroke = Stroke {
                    width: narrow(*width),
                    dash,
                    ..Stroke::default()
                };
                self.line(points, &stroke, &paint(*color, *opacity));
            }
            Shape::Dots {
                points,
                radius,
                color,
                opacity,
            } => {
                let paint = paint(*color, *opacity);
                for [x, y] in points {
                    let circle = PathBuilder::from_circle(narrow(*x), narrow(*y), narrow(*radius));
                    if let Some(circle) = circle {
                        self.pixmap.fill_path(
                            &circle,
                            &paint,
                            FillRule::Winding,
                            self.transform,
                            None,
                        );
                    }
                }
            }
            Shape::Square { at, side, color } => {
                self.rectangle(at.map(narrow), [narrow(*side); 2], &paint(*color, 1.0));
            }
            Shape::Text { at, text, anchor } => self.text(at.map(narrow), text, *anchor),
        }
    }

    fn line(&mut self, points: &[[f64; 2]], stroke: &Stroke, paint: &Paint<'_>) {
        let mut path = PathBuilder::new();
        for (index, [x, y]) in points.iter().enumerate() {
            match index {
                0 => path.move_to(narrow(*x), narrow(*y)),
                _ => path.line_to(narrow(*x), narrow(*y)),
            }
        }
        // One point alone is no line.
        if let Some(path) = path.finish() {
            let stroke = Stroke {
                line_cap: LineCap::Butt,
                ..stroke.clone()
            };
            self.pixmap
                .stroke_path(&path, paint, &stroke, self.transform, None);
        }
    }

    fn rectangle(&mut self, [x, y]: [f32; 2], [width, height]: [f32; 2], paint: &Paint<'_>) {
        if let Some(rectangle) = Rect::from_xywh(x, y, width, height) {
            self.pixmap
                .fill_rect(rectangle, paint, self.transform, None);
        }
    }

    /// Draws letters of 8 x 8 squares, a little apart from the baseline `at`.
    fn text(&mut self, [x, y]: [f32; 2], text: &str, anchor: Anchor) {
        let dot = LETTER / 8.0;
        let count = text.chars().fold(0.0, |count, _| count + 1.0);
        let advance = LETTER * 0.8;
        let before = advance
            * match anchor {
                Anchor::Start => 0.0,
                Anchor::Middle | Anchor::Up => count / 2.0,
                Anchor::End => count,
            };
        let black = paint(Color([0; 3]), 1.0);
        let mut left = -before;
        for letter in text.chars() {
            for (row, bits) in (0_u8..).zip(glyph(letter)) {
                for column in (0_u8..8).filter(|column| bits >> column & 1 == 1) {
                    let right = left + f32::from(column) * dot * 0.8;
                    let up = LETTER - f32::from(row) * dot;
                    let (place, size) = match anchor {
                        Anchor::Up => ([x - up, y - right - 0.8 * dot], [dot, 0.8 * dot]),
                        _ => ([x + right, y - up], [0.8 * dot, dot]),
                    };
                    self.rectangle(place, size, &black);
                }
            }
            left += advance;
        }
    }
}

fn glyph(letter: char) -> [u8; 8] {
    let unknown = BASIC_FONTS.get('?').unwrap_or_default();
    let latin = || LATIN_FONTS.get(letter);
    BASIC_FONTS.get(letter).or_else(latin).unwrap_or(unknown)
}

fn paint(Color([red, green, blue]): Color, opacity: f64) -> Paint<'static> {
    let mut paint = Paint::default();
    let opacity = (opacity.clamp(0.0, 1.0) * 255.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "cut off to a byte")]
    #[expect(clippy::cast_sign_loss, reason = "cut off to a byte")]
    paint.set_color_rgba8(red, green, blue, opacity as u8);
    paint.anti_alias = true;
    paint
}

#[expect(clippy::cast_possible_truncation, reason = "px of a figure")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 10 times a figure's side"
)]
#[expect(clippy::cast_sign_loss, reason = "sides and scales are positive")]
#[expect(clippy::cast_precision_loss, reason = "a figure's side is small")]
fn scaled(side: u32, scale: f32) -> u32 {
    ((side as f32 * scale).round() as u32).max(1)
}
