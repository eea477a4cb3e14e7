//! How long a subject was where, and how long it looked in which direction.

use std::f64::consts::TAU;

use super::{Positive, Rectangle, activity::durations_s};
use crate::time::Clock;

/// Returns the time in each part of a whole turn, in s; the first part begins at 0.
///
/// Missing angles do not count. Angles are taken into [0, 2π).
///
/// # Panics
///
/// Panics unless there is one time for each angle.
pub fn angular(angles: &[f64], bins: std::num::NonZeroU16, clock: Clock<'_>) -> Vec<f64> {
    assert_eq!(angles.len(), clock.len(), "one time for each angle");
    let count = usize::from(bins.get());
    let mut seconds = vec![0.0; count];
    for (angle, duration) in angles.iter().zip(durations_s(clock)) {
        let turn = crate::angle::wrap(*angle) / TAU;
        if let Some(bin) = bin(turn * count as f64, count) {
            seconds[bin] += duration;
        }
    }
    seconds
}

/// The time in each square of a grid over an area.
#[derive(Clone, Debug, PartialEq)]
pub struct Occupancy {
    columns: usize,
    seconds: Vec<f64>,
}

/// How many squares a grid may have.
const MOST_SQUARES: f64 = 1e8;

impl Occupancy {
    /// Counts the time in each square.
    ///
    /// The grid begins at the smaller coordinates of the area; where the area is not a whole
    /// number of squares, the last ones reach over it. The area's upper edges belong to it.
    /// Positions outside and missing ones do not count.
    ///
    /// # Errors
    ///
    /// Returns an error when the area has no size, when a corner is not finite, or when the grid
    /// would have more than 100 million squares.
    ///
    /// # Panics
    ///
    /// Panics unless there is one time for each position.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number of squares is checked before"
    )]
    pub fn count(
        positions: &[[f64; 2]],
        area: Rectangle,
        square: Positive,
        clock: Clock<'_>,
    ) -> Result<Self, OccupancyError> {
        assert_eq!(positions.len(), clock.len(), "one time for each position");
        let low = [0, 1].map(|axis| area.from[axis].min(area.to[axis]));
        let high = [0, 1].map(|axis| area.from[axis].max(area.to[axis]));
        // Rounding: 80 / 0.1 is a little more or less than 800.
        let squares = [0, 1].map(|axis| ((high[axis] - low[axis]) / square.get() - 1e-9).ceil());
        let is_area = squares.iter().all(|count| *count >= 1.0);
        if !is_area || squares[0] * squares[1] > MOST_SQUARES {
            return Err(OccupancyError { area, square });
        }
        let [columns, rows] = squares.map(|count| count as usize);
        let mut seconds = vec![0.0; columns * rows];
        for (position, duration) in positions.iter().zip(durations_s(clock)) {
            let place = |axis: usize, count| {
                let inside = position[axis] <= high[axis];
                inside.then(|| bin((position[axis] - low[axis]) / square.get(), count))?
            };
            if let (Some(column), Some(row)) = (place(0, columns), place(1, rows)) {
                seconds[row * columns + column] += duration;
            }
        }
        Ok(Self { columns, seconds })
    }

    /// Returns the rows of the grid, from the smallest `y` on, each from the smallest `x` on: the
    /// time in each square, in s.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f64]> {
        self.seconds.chunks_exact(self.columns)
    }

    /// Returns the part of the squares in which the subject was, in [0, 1].
    pub fn coverage(&self) -> f64 {
        let visited = self.seconds.iter().filter(|seconds| **seconds > 0.0);
        visited.count() as f64 / self.seconds.len() as f64
    }
}

/// An error returned when an area cannot be covered with squares.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "cannot cover {:?} to {:?} with squares of {}: expected at least one, at most 1e8",
    area.from, area.to, square.get()
)]
pub struct OccupancyError {
    area: Rectangle,
    square: Positive,
}

/// Returns the bin of a place, counted in bins; the end of the last bin belongs to it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the place is checked before"
)]
fn bin(place: f64, count: usize) -> Option<usize> {
    let inside = place >= 0.0 && place <= count as f64;
    inside.then(|| (place as usize).min(count - 1))
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU16;

    use super::*;

    // Source: opexebo 0.7.2, analysis.angular_occupancy.
    #[test]
    fn directions_are_those_of_opexebo() {
        let angles = [0.0, 0.1, 1.5, 3.0, 3.2, 6.2, 6.27, TAU - 1e-9, f64::NAN];
        let times_s: Vec<f64> = (0..9).map(|at| f64::from(at) * 0.1).collect();

        let bins = NonZeroU16::new(12).unwrap();
        let seconds = angular(&angles, bins, Clock::new(&times_s).unwrap());

        let expected = [0.2, 0.0, 0.1, 0.0, 0.0, 0.1, 0.1, 0.0, 0.0, 0.0, 0.0, 0.3];
        let near = |(found, expected): (&f64, f64)| (found - expected).abs() < 1e-12;
        assert!(seconds.iter().zip(expected).all(near), "{seconds:?}");
    }

    #[test]
    fn the_upper_edge_belongs_to_the_area_and_what_is_outside_does_not_count() {
        let positions = [
            [0.0, 0.0],
            [80.0, 80.0],
            [80.1, 5.0],
            [-0.1, 5.0],
            [f64::NAN; 2],
        ];
        let clock = Clock::new(&[0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
        let area = Rectangle {
            from: [0.0, 0.0],
            to: [80.0, 80.0],
        };

        let square = Positive::new(40.0).unwrap();
        let occupancy = Occupancy::count(&positions, area, square, clock).unwrap();

        let rows: Vec<&[f64]> = occupancy.rows().collect();
        assert_eq!(rows, [[1.0, 0.0], [0.0, 1.0]]);
        assert_eq!(occupancy.coverage(), 0.5);
    }

    #[test]
    fn grids_are_bounded() {
        let clock = Clock::new(&[]).unwrap();
        let count = |to, square| {
            let area = Rectangle {
                from: [0.0, 0.0],
                to,
            };
            Occupancy::count(&[], area, Positive::new(square).unwrap(), clock)
        };

        assert!(count([80.0, 80.0], 1e-6).is_err());
        assert!(count([80.0, 0.0], 1.0).is_err());
        assert!(count([80.0, f64::NAN], 1.0).is_err());
        assert!(count([f64::INFINITY, 80.0], 1.0).is_err());
        assert_eq!(count([80.0, 80.0], 0.1).unwrap().rows().len(), 800);
    }
}
