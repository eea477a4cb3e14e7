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
    /// 1 where there is a value, 0 where it is missing.
    pub(super) present: Vec<f64>,
    pub(super) any_missing: bool,
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
        self.values.clear();
        self.present.clear();
        self.any_missing = false;
        let len = positions.len();
        let beyond = |place: isize| {
            let sample = edges.sample(place, len);
            sample.map_or(f64::NAN, |sample| positions[sample][coordinate])
        };
        let first = -before.cast_signed();
        (first..0).for_each(|place| self.push(beyond(place)));
        for position in positions {
            self.push(position[coordinate]);
        }
        let end = len.cast_signed();
        (end..end + after.cast_signed()).for_each(|place| self.push(beyond(place)));
    }

    fn push(&mut self, value: f64) {
        let missing = !value.is_finite();
        self.any_missing |= missing;
        self.values.push(if missing { 0.0 } else { value });
        self.present.push(if missing { 0.0 } else { 1.0 });
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
