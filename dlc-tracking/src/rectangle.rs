use crate::methods::vector::{distance, dot, subtract};

/// The rectangle of the smallest area around points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rectangle {
    /// The angle of its sides against the axes, in rad in (−π/4, π/4], from the first towards the
    /// second axis.
    pub(crate) tilt_rad: f64,
    /// Its middle.
    pub(crate) center: [f64; 2],
}

impl Rectangle {
    /// Returns the rectangle of the smallest area around the positions that are present, in the
    /// plane of the first two axes. The smallest tilt wins among equal areas.
    pub(crate) fn around<const D: usize>(positions: &[[f64; D]]) -> Option<Self> {
        let points = positions.iter().filter_map(|position| match position[..] {
            [x, y, ..] if x.is_finite() && y.is_finite() => Some([x, y]),
            _ => None,
        });
        let hull = hull(points.collect());
        match hull[..] {
            [] => None,
            [center] => Some(Self {
                tilt_rad: 0.0,
                center,
            }),
            _ => smallest(&hull),
        }
    }
}

/// Returns the corners of the convex hull, counter-clockwise where the second axis points up.
fn hull(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    points.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let mut hull = chain(points.iter().copied());
    let upper = chain(points.iter().rev().copied());
    hull.pop();
    hull.extend(upper);
    hull.pop();
    hull
}

fn chain(points: impl Iterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let mut chain: Vec<[f64; 2]> = Vec::new();
    for point in points {
        while let [.., a, b] = chain[..]
            && cross(subtract(b, a), subtract(point, b)) <= 0.0
        {
            chain.pop();
        }
        chain.push(point);
    }
    chain
}

/// Turns a calliper around a hull: one side of the smallest rectangle lies along an edge.
fn smallest(hull: &[[f64; 2]]) -> Option<Rectangle> {
    let count = hull.len();
    let mut farthest = [1 % count; 3];
    let mut best: Option<(f64, Rectangle)> = None;
    for (at, &corner) in hull.iter().enumerate() {
        let next = hull[(at + 1) % count];
        let long = distance(corner, next);
        let along = subtract(next, corner).map(|coordinate| coordinate / long);
        let across = [-along[1], along[0]];
        // Each of the three runs round once in all, behind the one before.
        let directions = [along, across, along.map(|coordinate| -coordinate)];
        for (which, direction) in directions.into_iter().enumerate() {
            if at == 0 && which > 0 {
                farthest[which] = farthest[which - 1];
            }
            let reach = |corner: usize| dot(hull[corner % count], direction);
            for _ in 0..count {
                match reach(farthest[which] + 1) >= reach(farthest[which]) {
                    true => farthest[which] = (farthest[which] + 1) % count,
                    false => break,
                }
            }
        }
        let [right, top, left] = farthest.map(|corner| hull[corner]);
        let [x_max, x_min] = [dot(right, along), dot(left, along)];
        let [y_max, y_min] = [dot(top, across), dot(corner, across)];
        let area = (x_max - x_min) * (y_max - y_min);
        let tilt_rad = fold(along[1].atan2(along[0]));
        let better = best.is_none_or(|(smallest, rectangle)| {
            let same = 1e-9 * smallest.max(area);
            area < smallest - same
                || area < smallest + same && tilt_rad.abs() < rectangle.tilt_rad.abs()
        });
        if better {
            let [x, y] = [(x_max + x_min) / 2.0, (y_max + y_min) / 2.0];
            let center = std::array::from_fn(|axis| x * along[axis] + y * across[axis]);
            best = Some((area, Rectangle { tilt_rad, center }));
        }
    }
    best.map(|(_, rectangle)| rectangle)
}

/// Returns an angle of the sides in (−π/4, π/4]: a rectangle looks the same after a quarter turn.
fn fold(angle: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};
    let folded = angle.rem_euclid(FRAC_PI_2);
    match folded > FRAC_PI_4 {
        true => folded - FRAC_PI_2,
        false => folded,
    }
}

fn cross(a: [f64; 2], b: [f64; 2]) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turned(points: &[[f64; 2]], degrees: f64) -> Vec<[f64; 2]> {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let turn = |[x, y]: [f64; 2]| [x * cosine - y * sine, x * sine + y * cosine];
        points.iter().copied().map(turn).collect()
    }

    const BOX: [[f64; 2]; 6] = [
        [0.0, 0.0],
        [4.0, 0.0],
        [4.0, 2.0],
        [0.0, 2.0],
        [1.0, 1.0],
        [2.0, 0.0],
    ];

    #[test]
    fn the_tilt_of_a_box_is_found_at_any_angle() {
        for (degrees, tilt) in [(0.0, 0.0), (12.0, 12.0), (-30.0, -30.0), (80.0, -10.0)] {
            let found = Rectangle::around(&turned(&BOX, degrees)).unwrap();

            assert!(
                (found.tilt_rad.to_degrees() - tilt).abs() < 1e-9,
                "{degrees}"
            );
            let center = turned(&[[2.0, 1.0]], degrees)[0];
            assert!(distance(found.center, center) < 1e-9);
        }
    }

    #[test]
    fn the_callipers_find_what_trying_all_directions_finds() {
        let mut seed = 7_u64;
        let mut random = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) as f64 / f64::from(u32::MAX)
        };
        for _ in 0..200 {
            let points: Vec<[f64; 2]> = (0..12).map(|_| [random(), random() * 0.7]).collect();
            let found = Rectangle::around(&points).unwrap();
            let area = |degrees: f64| {
                let turned = turned(&points, -degrees);
                let side = |axis: usize| {
                    let values = || turned.iter().map(|point| point[axis]);
                    values().fold(f64::MIN, f64::max) - values().fold(f64::MAX, f64::min)
                };
                side(0) * side(1)
            };
            let smallest = (0..900).map(|tenth| area(f64::from(tenth) / 10.0));
            let smallest = smallest.fold(f64::MAX, f64::min);
            assert!(area(found.tilt_rad.to_degrees()) <= smallest * (1.0 + 1e-12));
        }
    }

    #[test]
    fn a_line_and_a_point_have_a_tilt_too() {
        let line = [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]];
        let found = Rectangle::around(&line).unwrap();
        assert!((found.tilt_rad.to_degrees().abs() - 45.0).abs() < 1e-9);
        assert_eq!(Rectangle::around(&line[1..2]).unwrap().center, [1.0, 1.0]);
        assert!(Rectangle::around(&[[f64::NAN; 2]]).is_none());
    }
}
