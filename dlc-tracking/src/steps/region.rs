use serde::{Deserialize, Serialize};

use super::{
    NonNegative,
    activity::{Bout, bouts},
};
use crate::time::Clock;

/// A part of the arena or of the picture, in the units of the positions. Its edge belongs to it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// A rectangle between two corners, whichever.
    Rectangle(Rectangle),
    /// A circle.
    Circle(Circle),
    /// A polygon.
    Polygon(Polygon),
}

/// A rectangle along the axes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rectangle {
    /// A corner, `[x, y]`.
    pub from: [f64; 2],
    /// The corner on the other side.
    pub to: [f64; 2],
}

/// A circle.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Circle {
    /// The middle, `[x, y]`.
    pub center: [f64; 2],
    /// The radius.
    pub radius: NonNegative,
}

/// A polygon by its corners in order; the last is joined to the first. Where its sides cross, what
/// they go around an even number of times is outside.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(try_from = "Vec<[f64; 2]>", into = "Vec<[f64; 2]>")]
pub struct Polygon(Vec<[f64; 2]>);

impl Polygon {
    /// Creates a polygon.
    ///
    /// # Errors
    ///
    /// Returns an error when there are fewer than three corners or when one is not finite.
    pub fn new(corners: Vec<[f64; 2]>) -> Result<Self, PolygonError> {
        if corners.len() < 3 {
            return Err(PolygonError::Corners {
                found: corners.len(),
            });
        }
        let finite = |corner: &[f64; 2]| corner.iter().all(|coordinate| coordinate.is_finite());
        match corners.iter().position(|corner| !finite(corner)) {
            Some(corner) => Err(PolygonError::NotFinite { corner }),
            None => Ok(Self(corners)),
        }
    }

    /// Returns the corners.
    pub fn corners(&self) -> &[[f64; 2]] {
        &self.0
    }

    fn contains(&self, [x, y]: [f64; 2]) -> bool {
        if !(x.is_finite() && y.is_finite()) {
            return false;
        }
        let mut inside = false;
        let mut from = self.0[self.0.len() - 1];
        for &to in &self.0 {
            // Twice the area of the triangle from the side to the position: 0 on its line.
            let area = (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0]);
            let between = |axis: usize, coordinate: f64| {
                let (low, high) = (from[axis].min(to[axis]), from[axis].max(to[axis]));
                (low..=high).contains(&coordinate)
            };
            if area == 0.0 && between(0, x) && between(1, y) {
                return true;
            }
            let crosses = (from[1] > y) != (to[1] > y);
            inside ^= crosses && (area > 0.0) == (to[1] > from[1]);
            from = to;
        }
        inside
    }
}

impl TryFrom<Vec<[f64; 2]>> for Polygon {
    type Error = PolygonError;

    fn try_from(corners: Vec<[f64; 2]>) -> Result<Self, Self::Error> {
        Self::new(corners)
    }
}

impl From<Polygon> for Vec<[f64; 2]> {
    fn from(polygon: Polygon) -> Self {
        polygon.0
    }
}

/// An error returned when corners do not make a polygon.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolygonError {
    /// There are too few corners.
    #[error("a polygon of {found} corners: expected at least 3")]
    Corners {
        /// The number of corners.
        found: usize,
    },
    /// A corner is not finite.
    #[error("corner {corner} of a polygon is not finite")]
    NotFinite {
        /// The place of the corner, from 0.
        corner: usize,
    },
}

impl Region {
    /// Returns whether a position is in the region or on its edge; a missing one is not.
    pub fn contains(&self, position: [f64; 2]) -> bool {
        match self {
            Self::Rectangle(Rectangle { from, to }) => (0..2).all(|axis| {
                let (low, high) = (from[axis].min(to[axis]), from[axis].max(to[axis]));
                (low..=high).contains(&position[axis])
            }),
            Self::Circle(Circle { center, radius }) => {
                let [x, y] = [position[0] - center[0], position[1] - center[1]];
                x * x + y * y <= radius.get() * radius.get()
            }
            Self::Polygon(polygon) => polygon.contains(position),
        }
    }

    /// Returns the visits to the region: the stretches of samples in it.
    ///
    /// A missing sample ends a visit.
    ///
    /// # Examples
    ///
    /// ```
    /// use dlc_tracking::{steps::{Rectangle, Region}, time::Clock};
    ///
    /// let corner = Region::Rectangle(Rectangle { from: [0.0, 0.0], to: [10.0, 10.0] });
    /// let path = [[50.0, 5.0], [9.0, 5.0], [5.0, 5.0], [11.0, 5.0]];
    /// let clock = Clock::new(&[0.0, 0.5, 1.0, 1.5])?;
    ///
    /// let visits = corner.visits(&path, clock);
    ///
    /// assert_eq!(visits.len(), 1);
    /// assert_eq!(visits[0].samples, 1..3);
    /// assert_eq!(visits[0].seconds, 1.0);
    /// # Ok::<(), dlc_tracking::time::ClockError>(())
    /// ```
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn visits(&self, positions: &[[f64; 2]], clock: Clock<'_>) -> Vec<Bout> {
        bouts(
            positions.iter().map(|position| self.contains(*position)),
            clock,
        )
    }

    /// Returns the time in the region, in s: that of all [visits](Self::visits).
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    pub fn seconds(&self, positions: &[[f64; 2]], clock: Clock<'_>) -> f64 {
        let visits = self.visits(positions, clock);
        visits.iter().map(|visit| visit.seconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(corners: &[[f64; 2]]) -> Region {
        Region::Polygon(Polygon::new(corners.to_vec()).unwrap())
    }

    #[test]
    fn edges_and_corners_belong_to_a_polygon() {
        let triangle = polygon(&[[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]]);

        for position in [
            [0.0, 0.0],
            [4.0, 0.0],
            [0.0, 4.0],
            [2.0, 2.0],
            [1.0, 1.0],
            [0.0, 2.0],
        ] {
            assert!(triangle.contains(position), "{position:?}");
        }
        for position in [
            [5.0, 0.0],
            [-1.0, 0.0],
            [2.1, 2.0],
            [f64::NAN, 1.0],
            [1.0, 5.0],
        ] {
            assert!(!triangle.contains(position), "{position:?}");
        }
    }

    #[test]
    fn a_notch_is_outside_whichever_way_the_corners_go_around() {
        let mut corners = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        for _ in 0..2 {
            assert!(!polygon(&corners).contains([2.0, 2.0]));
            assert!(polygon(&corners).contains([0.5, 2.5]));
            assert!(polygon(&corners).contains([2.0, 0.5]));
            corners.reverse();
        }
    }

    #[test]
    fn a_rectangle_is_its_polygon() {
        let rectangle = Region::Rectangle(Rectangle {
            from: [3.0, 1.0],
            to: [-1.0, 2.0],
        });
        let corners = polygon(&[[3.0, 1.0], [3.0, 2.0], [-1.0, 2.0], [-1.0, 1.0]]);
        let mut inside = 0;
        for x in -8..16 {
            for y in 0..12 {
                let position = [f64::from(x) / 4.0, f64::from(y) / 4.0];
                assert_eq!(rectangle.contains(position), corners.contains(position));
                inside += usize::from(rectangle.contains(position));
            }
        }
        assert_eq!(inside, 17 * 5);
    }

    #[test]
    fn a_circle_has_its_edge() {
        let stored = r#"{"circle":{"center":[1.0,1.0],"radius":5.0}}"#;
        let circle: Region = serde_json::from_str(stored).unwrap();

        assert!(circle.contains([4.0, 5.0]) && !circle.contains([4.1, 5.0]));
        assert!(!circle.contains([f64::NAN; 2]));
    }

    #[test]
    fn corners_are_checked() {
        assert!(Polygon::new(vec![[0.0; 2]; 2]).is_err());
        assert!(Polygon::new(vec![[0.0, 0.0], [1.0, f64::NAN], [2.0, 0.0]]).is_err());
        assert!(serde_json::from_str::<Polygon>("[[0,0],[1,1]]").is_err());
    }
}
