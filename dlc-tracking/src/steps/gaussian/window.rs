use super::{BLOCK, series::Series};
use crate::steps::Edges;

/// One coordinate of a block of samples and of those around it, the missing as zeros beside a
/// mask; it moves along the track, so that it stays in the first cache.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) values: Vec<f64>,
    /// 1 where there is a value, 0 where it is missing.
    present: Vec<f64>,
    /// The last place that is missing, if any is.
    last_missing: Option<usize>,
    /// What is beyond the last sample.
    beyond: Vec<f64>,
}

impl Window {
    /// Creates the windows of all coordinates, which end before the first block.
    pub(super) fn around_start<const D: usize>(
        series: &(impl Series<D> + ?Sized),
        radius: usize,
        edges: Edges,
    ) -> [Self; D] {
        let len = series.len();
        let sample = |place: isize| {
            let mut position = [f64::NAN; D];
            if let Some(sample) = edges.sample(place, len) {
                series.read(sample, position.each_mut().map(std::slice::from_mut));
            }
            position
        };
        let (reach, end) = (radius.cast_signed(), len.cast_signed());
        let before: Vec<[f64; D]> = (-reach..reach).map(sample).collect();
        let beyond: Vec<[f64; D]> = (end..end + reach).map(sample).collect();
        std::array::from_fn(|axis| {
            let of_axis = |positions: &[[f64; D]]| positions.iter().map(|p| p[axis]).collect();
            let mut window = Self {
                values: of_axis(&before),
                present: vec![1.0; 2 * radius + BLOCK],
                last_missing: None,
                beyond: of_axis(&beyond),
            };
            window.values.resize(2 * radius + BLOCK, 0.0);
            window.mask(0, 2 * radius);
            window
        })
    }

    /// Moves windows to the block of samples that starts at one, and holds `block` of them.
    pub(super) fn advance<const D: usize>(
        windows: &mut [Self; D],
        series: &(impl Series<D> + ?Sized),
        start: usize,
        block: usize,
    ) {
        let radius = windows[0].radius();
        let from = (start + radius).min(series.len());
        let inside = (start + radius + block).min(series.len()) - from;
        if start > 0 {
            windows.iter_mut().for_each(Self::shift);
        }
        let new = 2 * radius..2 * radius + inside;
        let columns = windows
            .each_mut()
            .map(|window| &mut window.values[new.clone()]);
        series.read(from, columns);
        let first_beyond = (start + radius + inside) - series.len().min(start + radius + inside);
        for window in windows {
            let beyond = &window.beyond[first_beyond..][..block - inside];
            window.values[new.end..new.end + beyond.len()].copy_from_slice(beyond);
            window.mask(2 * radius, 2 * radius + block);
        }
    }

    /// Returns the mask of a block and of what is around it, or `None` when nothing is missing.
    pub(super) fn mask_of(&self, places: usize) -> Option<&[f64]> {
        self.last_missing.map(|_| &self.present[..places])
    }

    fn radius(&self) -> usize {
        self.beyond.len()
    }

    /// Keeps the end of a full block.
    fn shift(&mut self) {
        self.values.copy_within(BLOCK.., 0);
        if self.last_missing.is_some() {
            self.present.copy_within(BLOCK.., 0);
        }
        self.last_missing = self.last_missing.and_then(|place| place.checked_sub(BLOCK));
    }

    /// Makes new values that are missing zeros.
    fn mask(&mut self, from: usize, to: usize) {
        let values = &mut self.values[from..to];
        let all = values
            .iter()
            .fold(true, |all, value| all & value.is_finite());
        if all {
            self.present[from..to].fill(1.0);
            return;
        }
        for (value, present) in values.iter_mut().zip(&mut self.present[from..to]) {
            *present = f64::from(u8::from(value.is_finite()));
            *value = if value.is_finite() { *value } else { 0.0 };
        }
        let last = self.present[from..to].iter().rposition(|p| *p == 0.0);
        self.last_missing = last.map(|place| from + place);
    }
}
