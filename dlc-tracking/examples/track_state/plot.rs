use std::{
    error::Error,
    f64::consts::TAU,
    fmt::{self, Write},
};

use dlc_tracking::{
    Boundaries, Space, States, YAxis,
    steps::{Positive, Rectangle, occupancy::Occupancy},
};

/// Side of a square panel, in px of the picture.
const SIDE: f64 = 360.0;
const MARGIN: f64 = 60.0;
/// Height of a panel over time.
const STRIP: f64 = 140.0;
const WIDTH: f64 = 2.0 * SIDE + 3.0 * MARGIN;
/// More points than that cannot be told apart.
const MOST_POINTS: usize = 6000;
/// Squares along the longer side of the occupancy.
const SQUARES: f64 = 25.0;

/// Draws where an animal was, how long, where its head pointed, and how fast it was.
pub(crate) fn svg<S: Space>(
    states: &States<2, S>,
    boundaries: Boundaries,
) -> Result<String, Box<dyn Error>> {
    let map = Map::new(boundaries, states.y_axis(), MARGIN);
    let top = 2.0 * MARGIN + boundaries.height() * map.scale;
    let height = top + 2.0 * (STRIP + MARGIN);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.1}" font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>"#
    );
    let unit = S::UNIT;
    title(
        &mut svg,
        MARGIN,
        MARGIN,
        &format!("position, coloured by speed ({unit})"),
    )?;
    path(&mut svg, states, &map)?;
    map.frame(&mut svg)?;

    let map = Map::new(boundaries, states.y_axis(), 2.0 * MARGIN + SIDE);
    occupancy(&mut svg, states, boundaries, &map)?;
    map.frame(&mut svg)?;

    title(
        &mut svg,
        MARGIN,
        top,
        "head angle (degrees, counter-clockwise from the right)",
    )?;
    let degrees: Vec<f64> = states
        .head_angles_rad()
        .iter()
        .map(|rad| rad.to_degrees())
        .collect();
    strip(
        &mut svg,
        states.times_s(),
        &degrees,
        TAU.to_degrees(),
        top,
        "#3366aa",
    )?;

    let top = top + STRIP + MARGIN;
    title(&mut svg, MARGIN, top, &format!("speed ({unit}/s)"))?;
    let fastest = fastest(states);
    strip(
        &mut svg,
        states.times_s(),
        states.speeds_per_s(),
        fastest,
        top,
        "#aa4433",
    )?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn title(svg: &mut String, x: f64, top: f64, text: &str) -> fmt::Result {
    write!(svg, r#"<text x="{x}" y="{:.1}">{text}</text>"#, top - 10.0)
}

fn fastest<S: Space>(states: &States<2, S>) -> f64 {
    states.speeds_per_s().iter().copied().fold(0.0, f64::max)
}

/// Returns every how many samples one is drawn.
fn stride(samples: usize) -> usize {
    samples.div_ceil(MOST_POINTS).max(1)
}

/// From the space of the states to the picture: `y` is drawn as one who looks at the arena sees it.
struct Map {
    left: f64,
    bounds: Boundaries,
    y_axis: YAxis,
    scale: f64,
}

impl Map {
    fn new(bounds: Boundaries, y_axis: YAxis, left: f64) -> Self {
        let longest = bounds.width().max(bounds.height());
        Self {
            left,
            bounds,
            y_axis,
            scale: if longest > 0.0 { SIDE / longest } else { 1.0 },
        }
    }

    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let down = match self.y_axis {
            YAxis::Down => y - self.bounds.bottom,
            YAxis::Up => self.bounds.top - y,
        };
        let x = self.left + (x - self.bounds.left) * self.scale;
        [x, MARGIN + down * self.scale]
    }

    fn frame(&self, svg: &mut String) -> fmt::Result {
        let Boundaries {
            left,
            right,
            bottom,
            top,
        } = self.bounds;
        write!(
            svg,
            r##"<rect x="{:.1}" y="{MARGIN}" width="{:.1}" height="{:.1}" fill="none" stroke="#888"/>"##,
            self.left,
            (right - left) * self.scale,
            (top - bottom) * self.scale,
        )?;
        let below = MARGIN + (top - bottom) * self.scale + 16.0;
        let end = self.left + (right - left) * self.scale;
        write!(
            svg,
            r#"<text x="{:.1}" y="{below:.1}">{left:.0}</text><text x="{end:.1}" y="{below:.1}" text-anchor="end">{right:.0}</text>"#,
            self.left,
        )
    }
}

/// Draws the way, as pieces of one colour.
fn path<S: Space>(svg: &mut String, states: &States<2, S>, map: &Map) -> fmt::Result {
    let fastest = fastest(states);
    svg.push_str(r#"<g fill="none" stroke-linecap="round">"#);
    let mut piece = String::new();
    let mut pen = None;
    for state in states.iter().step_by(stride(states.len())) {
        let [x, y] = map.at(state.position);
        let next = (x.is_finite() && y.is_finite()).then(|| shade(state.speed_per_s / fastest));
        if pen != next || next.is_none() {
            if let Some(shade) = pen {
                if next.is_some() {
                    write!(piece, "L{x:.1} {y:.1}")?;
                }
                let colour = colour(shade);
                write!(svg, r#"<path d="{piece}" stroke="{colour}"/>"#)?;
            }
            piece.clear();
        }
        if next.is_some() {
            let command = if piece.is_empty() { 'M' } else { 'L' };
            write!(piece, "{command}{x:.1} {y:.1}")?;
        }
        pen = next;
    }
    if let Some(shade) = pen {
        write!(svg, r#"<path d="{piece}" stroke="{}"/>"#, colour(shade))?;
    }
    svg.push_str("</g>");
    Ok(())
}

/// Returns one of 16 shades of a number in [0, 1]; 0 for one that is not known.
fn shade(part: f64) -> f64 {
    (part.max(0.0) * 15.0).round() / 15.0
}

fn occupancy<S: Space>(
    svg: &mut String,
    states: &States<2, S>,
    bounds: Boundaries,
    map: &Map,
) -> Result<(), Box<dyn Error>> {
    let area = Rectangle {
        from: [bounds.left, bounds.bottom],
        to: [bounds.right, bounds.top],
    };
    let square = bounds.width().max(bounds.height()) / SQUARES;
    let counted = Occupancy::count(
        states.positions(),
        area,
        Positive::new(square)?,
        states.clock(),
    )?;
    let longest = counted.rows().flatten().copied().fold(0.0, f64::max);
    let text = format!(
        "occupancy (at most {longest:.2} s in {square:.1} {} squares)",
        S::UNIT
    );
    title(svg, map.left, MARGIN, &text)?;
    for (row, seconds) in counted.rows().enumerate() {
        for (column, seconds) in seconds.iter().enumerate() {
            if *seconds > 0.0 {
                let corner = [column, row].map(|place| place as f64 * square);
                let a = map.at([bounds.left + corner[0], bounds.bottom + corner[1]]);
                let far = [
                    bounds.left + corner[0] + square,
                    bounds.bottom + corner[1] + square,
                ];
                let b = map.at([far[0].min(bounds.right), far[1].min(bounds.top)]);
                write!(
                    svg,
                    r#"<rect x="{:.1}" y="{:.1}" width="{:.1}" height="{:.1}" fill="{}"/>"#,
                    a[0],
                    a[1].min(b[1]),
                    b[0] - a[0],
                    (b[1] - a[1]).abs(),
                    colour((seconds / longest).sqrt()),
                )?;
            }
        }
    }
    Ok(())
}

/// Draws a column over time. A line is not drawn over what is missing, nor from 360° to 0°.
fn strip(
    svg: &mut String,
    times_s: &[f64],
    values: &[f64],
    highest: f64,
    top: f64,
    colour: &str,
) -> fmt::Result {
    let wide = WIDTH - 2.0 * MARGIN;
    let (first, last) = match times_s {
        [first, .., last] => (*first, *last),
        _ => return Ok(()),
    };
    write!(
        svg,
        r##"<rect x="{MARGIN}" y="{top}" width="{wide}" height="{STRIP}" fill="none" stroke="#888"/>"##
    )?;
    let (x_end, y_end, left) = (MARGIN + wide, top + STRIP, MARGIN - 6.0);
    write!(
        svg,
        r#"<text x="{MARGIN}" y="{:.1}">{first:.0} s</text><text x="{x_end}" y="{:.1}" text-anchor="end">{last:.1} s</text><text x="{left}" y="{:.1}" text-anchor="end">{highest:.0}</text><text x="{left}" y="{y_end}" text-anchor="end">0</text>"#,
        y_end + 16.0,
        y_end + 16.0,
        top + 10.0,
    )?;
    write!(svg, r#"<path fill="none" stroke="{colour}" d=""#)?;
    let mut before = f64::NAN;
    for (time_s, value) in times_s.iter().zip(values).step_by(stride(values.len())) {
        if value.is_finite() {
            let x = MARGIN + (time_s - first) / (last - first) * wide;
            let y = y_end - value / highest * STRIP;
            let pen = if (value - before).abs() < highest / 2.0 {
                'L'
            } else {
                'M'
            };
            write!(svg, "{pen}{x:.1} {y:.1}")?;
        }
        before = *value;
    }
    svg.push_str(r#""/>"#);
    Ok(())
}

/// Returns a colour from dark blue over green to yellow for a number in [0, 1].
fn colour(part: f64) -> String {
    let part = if part.is_finite() {
        part.clamp(0.0, 1.0)
    } else {
        0.0
    };
    let hue = 260.0 - 205.0 * part;
    format!("hsl({hue:.0},80%,{:.0}%)", 30.0 + 25.0 * part)
}
