use super::{layout, raster, svg};
use crate::color::Color;

/// A plot, ready to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub(super) size: [u32; 2],
    pub(super) x_label: &'static str,
    pub(super) y_label: &'static str,
    pub(super) y_down: bool,
    pub(super) opacity: f64,
    pub(super) linewidth: f64,
    pub(super) series: Vec<Series>,
    pub(super) legend: Vec<(String, Color)>,
}

/// What belongs to one body part. NaN is missing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Series {
    Dots {
        points: Vec<[f64; 2]>,
        color: Color,
    },
    /// Points from left to right, joined where none between them is missing.
    Line {
        points: Vec<[f64; 2]>,
        color: Color,
        is_dashed: bool,
    },
    /// Counts in bins of equal width from 0 to the highest.
    Steps {
        counts: Vec<u64>,
        highest: f64,
        color: Color,
    },
}

impl Figure {
    pub(super) const fn new(size: [u32; 2], x_label: &'static str, y_label: &'static str) -> Self {
        Self {
            size,
            x_label,
            y_label,
            y_down: false,
            opacity: 1.0,
            linewidth: 1.0,
            series: Vec::new(),
            legend: Vec::new(),
        }
    }

    /// Returns the text of an SVG.
    pub fn svg(&self) -> String {
        svg::write(self.size, &layout::shapes(self))
    }

    /// Returns the bytes of a PNG, with `scale` px to one of the figure (1 is 100 px an inch, between
    /// 0.1 and 10).
    pub fn png(&self, scale: f32) -> Vec<u8> {
        raster::png(self.size, &layout::shapes(self), scale.clamp(0.1, 10.0))
    }
}
