use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What a window finds beyond the first and the last sample.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edges {
    /// The samples once more, backwards: `c b a | a b c`. scipy's default.
    #[default]
    Reflect,
    /// The same without repeating the edge: `c b | a b c`. The `reflect` of numpy and xarray.
    Mirror,
    /// The first or the last sample: `a a | a b c`.
    Nearest,
    /// The other end: `b c | a b c`.
    Wrap,
    /// Nothing: what is beyond is missing.
    Missing,
}

impl Edges {
    /// Returns which of `len` samples stands at a place, or `None` for none.
    ///
    /// Places count from 0; those below 0 and from `len` on are beyond the edges.
    pub(super) fn sample(self, place: isize, len: usize) -> Option<usize> {
        let inside = usize::try_from(place).ok().filter(|place| *place < len);
        if inside.is_some() || len == 0 {
            return inside;
        }
        let len = len.cast_signed();
        let found = match self {
            Self::Missing => return None,
            Self::Nearest => place.clamp(0, len - 1),
            Self::Wrap => place.rem_euclid(len),
            Self::Reflect => {
                let around = place.rem_euclid(2 * len);
                around.min(2 * len - 1 - around)
            }
            Self::Mirror if len == 1 => 0,
            Self::Mirror => {
                let around = place.rem_euclid(2 * len - 2);
                around.min(2 * len - 2 - around)
            }
        };
        Some(found.cast_unsigned())
    }
}

/// One coordinate of a track with what is beyond its edges, the missing as zeros beside a mask.
#[derive(Debug, Default)]
pub(super) struct Padded {
    pub(super) values: Vec<f64>,
    /// 1 where there is a value, 0 where it is missing; empty when none is.
    present: Vec<f64>,
}

impl Padded {
    /// Takes a coordinate, and `before` and `after` places beyond its edges.
    pub(super) fn fill<const D: usize>(
        &mut self,
        positions: &[[f64; D]],
        coordinate: usize,
        [before, after]: [usize; 2],
        edges: Edges,
    ) {
        let len = positions.len();
        let beyond = |place: isize| {
            let sample = edges.sample(place, len);
            sample.map_or(f64::NAN, |sample| positions[sample][coordinate])
        };
        self.values.clear();
        self.values.reserve_exact(before + len + after);
        self.values.extend((-before.cast_signed()..0).map(beyond));
        let inside = positions.iter().map(|position| position[coordinate]);
        self.values.extend(inside);
        let end = len.cast_signed();
        self.values
            .extend((end..end + after.cast_signed()).map(beyond));
        self.mask();
    }

    fn mask(&mut self) {
        self.present.clear();
        if self.values.iter().all(|value| value.is_finite()) {
            return;
        }
        let present = |value: &f64| f64::from(u8::from(value.is_finite()));
        self.present.extend(self.values.iter().map(present));
        for value in &mut self.values {
            *value = if value.is_finite() { *value } else { 0.0 };
        }
    }

    /// Returns the mask of some places, or `None` when all of them have a value.
    pub(super) fn mask_of(&self, places: Range<usize>) -> Option<&[f64]> {
        let present = self.present.get(places)?;
        let any_missing = present.contains(&0.0);
        any_missing.then_some(present)
    }

    /// Returns whether a place has a value.
    pub(super) fn is_present(&self, place: usize) -> bool {
        self.present
            .get(place)
            .is_none_or(|present| *present == 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(edges: Edges) -> Vec<Option<usize>> {
        (-4..7).map(|place| edges.sample(place, 3)).collect()
    }

    #[test]
    fn edges_are_those_of_scipy() {
        let some = |samples: [usize; 11]| samples.map(Some).to_vec();

        let reflect = [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0];
        assert_eq!(around(Edges::Reflect), some(reflect));
        let mirror = [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2];
        assert_eq!(around(Edges::Mirror), some(mirror));
        let nearest = [0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2];
        assert_eq!(around(Edges::Nearest), some(nearest));
        let wrap = [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0];
        assert_eq!(around(Edges::Wrap), some(wrap));
    }

    #[test]
    fn nothing_comes_from_an_empty_track() {
        assert_eq!(Edges::Wrap.sample(-1, 0), None);
        assert_eq!(Edges::Mirror.sample(-5, 1), Some(0));
        assert_eq!(Edges::Missing.sample(3, 3), None);
    }
}
