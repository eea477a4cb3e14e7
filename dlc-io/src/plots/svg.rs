use std::fmt::Write;

use super::layout::{Anchor, Shape};
use crate::color::Color;

/// Returns the text of an SVG with these shapes.
pub(super) fn write([width, height]: [u32; 2], shapes: &[Shape]) -> String {
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>"#
    );
    for shape in shapes {
        push(&mut svg, shape).expect("a text takes all letters");
    }
    svg.push_str("</svg>\n");
    svg
}

fn push(svg: &mut String, shape: &Shape) -> std::fmt::Result {
    match shape {
        Shape::Line {
            points,
            color,
            width,
            opacity,
            is_dashed,
        } => {
            let dashes = if *is_dashed {
                r#" stroke-dasharray="4 2""#
            } else {
                ""
            };
            write!(
                svg,
                r#"<path fill="none" stroke="{color}" stroke-width="{width:.2}" stroke-opacity="{opacity:.2}"{dashes} d=""#
            )?;
            for (index, [x, y]) in points.iter().enumerate() {
                let command = if index == 0 { 'M' } else { 'L' };
                write!(svg, "{command}{x:.1} {y:.1}")?;
            }
            svg.push_str(r#""/>"#);
            Ok(())
        }
        Shape::Dots {
            points,
            radius,
            color,
            opacity,
        } => {
            // A line without length that has round ends is a dot, and takes a third of a circle's text.
            write!(
                svg,
                r#"<path fill="none" stroke="{color}" stroke-width="{:.1}" stroke-linecap="round" stroke-opacity="{opacity:.2}" d=""#,
                2.0 * radius
            )?;
            for [x, y] in points {
                write!(svg, "M{x:.1} {y:.1}h0")?;
            }
            svg.push_str(r#""/>"#);
            Ok(())
        }
        Shape::Square {
            at: [x, y],
            side,
            color: Color([red, green, blue]),
        } => write!(
            svg,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{side:.1}" height="{side:.1}" fill="rgb({red},{green},{blue})"/>"#
        ),
        Shape::Text {
            at: [x, y],
            text,
            anchor,
        } => {
            let (anchor, turn) = match anchor {
                Anchor::Start => ("start", String::new()),
                Anchor::Middle => ("middle", String::new()),
                Anchor::End => ("end", String::new()),
                Anchor::Up => (
                    "middle",
                    format!(r#" transform="rotate(-90 {x:.1} {y:.1})""#),
                ),
            };
            let text = escaped(text);
            write!(
                svg,
                r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}"{turn}>{text}</text>"#
            )
        }
    }
}

/// Returns a text as XML and HTML can hold it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML has no other controls.
            letter if letter.is_control() && !"\t\n\r".contains(letter) => escaped.push('?'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
