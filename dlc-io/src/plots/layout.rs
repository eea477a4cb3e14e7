//! From numbers to shapes in px of the figure.

use std::collections::HashSet;

use super::{
    figure::{Figure, Series},
    ticks::ticks,
};
use crate::color::Color;

const LEFT: f64 = 70.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 48.0;
const LETTER: f64 = 7.0;
const LEGEND_LINE: f64 = 18.0;
const BLACK: Color = Color([0; 3]);
/// The radius of a dot, in px: matplotlib's `.` of 6 points is half as wide.
const DOT: f64 = 2.1;
/// What a point of 1/72 inch is, in px.
const POINT: f64 = 100.0 / 72.0;
/// Numbers beyond this are not plotted: they would leave no room for the others.
const LARGEST: f64 = 1e12;

/// Something to draw, in px from the upper left corner.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Line {
        points: Vec<[f64; 2]>,
        color: Color,
        width: f64,
        opacity: f64,
        is_dashed: bool,
    },
    Dots {
        points: Vec<[f64; 2]>,
        radius: f64,
        color: Color,
        opacity: f64,
    },
    Square {
        at: [f64; 2],
        side: f64,
        color: Color,
    },
    Text {
        at: [f64; 2],
        text: String,
        anchor: Anchor,
    },
}

/// Which end of a text is at its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
    /// In the middle, read from below.
    Up,
}

/// Returns what a figure looks like.
pub(super) fn shapes(figure: &Figure) -> Vec<Shape> {
    let map = Map::new(figure);
    let mut shapes = map.axes(figure);
    for series in &figure.series {
        map.series(series, figure, &mut shapes);
    }
    map.legend(figure, &mut shapes);
    shapes
}

/// From the numbers of a plot to px of the figure.
struct Map {
    /// The left, right, upper and lower edge of the plot, in px.
    edges: [f64; 4],
    x: [f64; 2],
    y: [f64; 2],
}

impl Map {
    fn new(figure: &Figure) -> Self {
        let [width, height] = figure.size.map(f64::from);
        let longest = figure
            .legend
            .iter()
            .map(|(name, _)| name.chars().count().min(24));
        let legend = 40.0 + LETTER * longest.max().unwrap_or(0) as f64;
        let (x, mut y) = (limits(figure, 0), limits(figure, 1));
        if figure.y_down {
            y.reverse();
        }
        Self {
            edges: [LEFT, width - legend, TOP, height - BOTTOM],
            x,
            y,
        }
    }

    fn at(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, right, top, bottom] = self.edges;
        let part = |value: f64, [low, high]: [f64; 2]| (value - low) / (high - low);
        [
            left + part(x, self.x) * (right - left),
            bottom - part(y, self.y) * (bottom - top),
        ]
    }

    fn axes(&self, figure: &Figure) -> Vec<Shape> {
        let [left, right, top, bottom] = self.edges;
        let corners = [
            [left, top],
            [right, top],
            [right, bottom],
            [left, bottom],
            [left, top],
        ];
        let mut shapes = vec![thin(corners.to_vec())];
        for (value, text) in ticks(self.x[0], self.x[1], (right - left) / 90.0) {
            let [x, _] = self.at([value, self.y[0]]);
            shapes.push(thin(vec![[x, bottom], [x, bottom + 4.0]]));
            shapes.push(label([x, bottom + 18.0], text, Anchor::Middle));
        }
        let (low, high) = (self.y[0].min(self.y[1]), self.y[0].max(self.y[1]));
        for (value, text) in ticks(low, high, (bottom - top) / 50.0) {
            let [_, y] = self.at([self.x[0], value]);
            shapes.push(thin(vec![[left - 4.0, y], [left, y]]));
            shapes.push(label([left - 7.0, y + 4.0], text, Anchor::End));
        }
        let middle = [(left + right) / 2.0, (top + bottom) / 2.0];
        let below = [middle[0], bottom + 40.0];
        shapes.push(label(below, figure.x_label.into(), Anchor::Middle));
        shapes.push(label([14.0, middle[1]], figure.y_label.into(), Anchor::Up));
        shapes
    }

    fn series(&self, series: &Series, figure: &Figure, shapes: &mut Vec<Shape>) {
        let line = |points, color, is_dashed| Shape::Line {
            points,
            color,
            width: figure.linewidth * POINT,
            opacity: figure.opacity,
            is_dashed,
        };
        match series {
            Series::Dots { points, color } => shapes.push(Shape::Dots {
                points: self.apart(points),
                radius: DOT,
                color: *color,
                opacity: figure.opacity,
            }),
            Series::Line {
                points,
                color,
                is_dashed,
            } => {
                for run in self.runs(points) {
                    shapes.push(line(thinned(&run), *color, *is_dashed));
                }
            }
            Series::Steps {
                counts,
                highest,
                color,
            } => {
                if counts.iter().any(|count| *count > 0) && is_plotted([*highest, 0.0]) {
                    shapes.push(line(self.stairs(counts, *highest), *color, false));
                }
            }
        }
    }

    /// Returns one of all dots in the same half of a px.
    fn apart(&self, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let mut seen = HashSet::new();
        let places = points
            .iter()
            .filter(|point| is_plotted(**point))
            .map(|point| self.at(*point));
        places
            .filter(|place| seen.insert(place.map(|coordinate| whole(coordinate * 2.0))))
            .collect()
    }

    /// Returns the places of the points that are joined.
    ///
    /// Where there are many more points than columns of px, gaps that are narrower than a column
    /// cannot be seen, and are passed over.
    fn runs(&self, points: &[[f64; 2]]) -> Vec<Vec<[f64; 2]>> {
        let [left, right, ..] = self.edges;
        let place = |run: &[[f64; 2]]| -> Vec<[f64; 2]> {
            let plotted = run.iter().filter(|point| is_plotted(**point));
            plotted.map(|point| self.at(*point)).collect()
        };
        let are_apart = points.len() as f64 <= 8.0 * (right - left);
        if are_apart {
            let runs = points.split(|point| !is_plotted(*point));
            return runs.filter(|run| !run.is_empty()).map(place).collect();
        }
        let places = place(points);
        let runs = places.chunk_by(|a, b| b[0] - a[0] < 2.0);
        runs.map(<[_]>::to_vec).collect()
    }

    /// Returns the outline of a histogram.
    fn stairs(&self, counts: &[u64], highest: f64) -> Vec<[f64; 2]> {
        let width = highest / counts.len() as f64;
        let mut points = vec![self.at([0.0, 0.0])];
        for (bin, count) in counts.iter().enumerate() {
            let left = bin as f64 * width;
            let count = *count as f64;
            points.push(self.at([left, count]));
            points.push(self.at([left + width, count]));
        }
        points.push(self.at([highest, 0.0]));
        points
    }

    fn legend(&self, figure: &Figure, shapes: &mut Vec<Shape>) {
        let [_, right, top, bottom] = self.edges;
        let count = figure.legend.len().max(1) as f64;
        let line = LEGEND_LINE.min((bottom - top) / count);
        for (index, (name, color)) in figure.legend.iter().enumerate() {
            let y = top + index as f64 * line;
            shapes.push(Shape::Square {
                at: [right + 12.0, y],
                side: (line - 4.0).clamp(2.0, 12.0),
                color: *color,
            });
            let name = name.chars().take(24).collect();
            shapes.push(label([right + 30.0, y + 10.0], name, Anchor::Start));
        }
    }
}

/// Returns of each column of px the first, the lowest, the highest and the last place.
fn thinned(places: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let columns = places.chunk_by(|a, b| whole(a[0]) == whole(b[0]));
    let mut thinned = Vec::new();
    for column in columns {
        if column.len() <= 4 {
            thinned.extend_from_slice(column);
            continue;
        }
        let by_height = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let ends = [column.first(), column.last()];
        let turns = [
            column.iter().min_by(by_height),
            column.iter().max_by(by_height),
        ];
        let mut kept: Vec<[f64; 2]> = ends.into_iter().chain(turns).flatten().copied().collect();
        kept.sort_by(|a, b| a[0].total_cmp(&b[0]));
        thinned.extend(kept);
    }
    thinned
}

fn thin(points: Vec<[f64; 2]>) -> Shape {
    Shape::Line {
        points,
        color: BLACK,
        width: 1.0,
        opacity: 1.0,
        is_dashed: false,
    }
}

fn label(at: [f64; 2], text: String, anchor: Anchor) -> Shape {
    Shape::Text { at, text, anchor }
}

fn is_plotted(point: [f64; 2]) -> bool {
    point.iter().all(|coordinate| coordinate.abs() <= LARGEST)
}

/// Returns the lowest and the highest number of an axis, and a little more.
fn limits(figure: &Figure, axis: usize) -> [f64; 2] {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut include = |value: f64| {
        low = low.min(value);
        high = high.max(value);
    };
    for series in &figure.series {
        match series {
            Series::Dots { points, .. } | Series::Line { points, .. } => {
                let plotted = points.iter().filter(|point| is_plotted(**point));
                plotted.for_each(|point| include(point[axis]));
            }
            Series::Steps {
                counts, highest, ..
            } if is_plotted([*highest, 0.0]) => {
                include(0.0);
                let most = counts.iter().copied().max().unwrap_or(0) as f64;
                include(if axis == 0 { *highest } else { most });
            }
            Series::Steps { .. } => {}
        }
    }
    match high - low {
        span if span > 0.0 && span.is_finite() => [low - 0.05 * span, high + 0.05 * span],
        _ if low.is_finite() => [low - 0.5, low + 0.5],
        _ => [0.0, 1.0],
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "px of a figure; `as` saturates"
)]
fn whole(value: f64) -> i64 {
    value.floor() as i64
}
