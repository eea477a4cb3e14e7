/// The cubic spline through all points, by its slopes at them.
#[derive(Debug)]
pub(super) struct Cubic {
    slopes: Vec<f64>,
}

impl Cubic {
    /// Finds the slopes at four or more points such that the second derivative is continuous,
    /// and the third too at the second and the last but one point.
    pub(super) fn not_a_knot(times: &[f64], values: &[f64]) -> Self {
        let last = times.len() - 1;
        let step = |at: usize| times[at + 1] - times[at];
        let secant = |at: usize| (values[at + 1] - values[at]) / step(at);

        // One row a point: below · s[i-1] + middle · s[i] + above · s[i+1] = right.
        let (mut above, mut slopes) = (Vec::with_capacity(last), Vec::with_capacity(last + 1));
        let (first, second) = (step(0), step(1));
        let both = first + second;
        above.push(both / second);
        let right = (first + 2.0 * both) * second * secant(0) + first * first * secant(1);
        slopes.push(right / (both * second));
        for at in 1..last {
            let (before, after) = (step(at - 1), step(at));
            let pivot = 2.0 * (before + after) - after * above[at - 1];
            let right = 3.0 * (after * secant(at - 1) + before * secant(at));
            slopes.push((right - after * slopes[at - 1]) / pivot);
            above.push(before / pivot);
        }
        let (before, after) = (step(last - 2), step(last - 1));
        let both = before + after;
        let right =
            after * after * secant(last - 2) + (2.0 * both + after) * before * secant(last - 1);
        let pivot = before - both * above[last - 1];
        slopes.push((right / both - both * slopes[last - 1]) / pivot);

        for at in (0..last).rev() {
            slopes[at] -= above[at] * slopes[at + 1];
        }
        Self { slopes }
    }

    /// Returns the value of the piece after a point, also before and after it.
    pub(super) fn at(&self, times: &[f64], values: &[f64], piece: usize, time: f64) -> f64 {
        let slopes = [self.slopes[piece], self.slopes[piece + 1]];
        hermite(&times[piece..], &values[piece..], slopes, time)
    }
}

/// Returns the slope at a point of the monotone cubic of Fritsch and Carlson through three or
/// more points.
pub(super) fn pchip_slope(times: &[f64], values: &[f64], at: usize) -> f64 {
    let last = times.len() - 1;
    let piece = |at: usize| {
        let step = times[at + 1] - times[at];
        (step, (values[at + 1] - values[at]) / step)
    };
    match at {
        0 => pchip_end_slope(piece(0), piece(1)),
        _ if at == last => pchip_end_slope(piece(last - 1), piece(last - 2)),
        _ => {
            let ((before, left), (after, right)) = (piece(at - 1), piece(at));
            let [left_weight, right_weight] = [2.0 * after + before, after + 2.0 * before];
            match left * right > 0.0 {
                true => (left_weight + right_weight) / (left_weight / left + right_weight / right),
                false => 0.0,
            }
        }
    }
}

/// Returns the slope of a parabola at its end, cut so that the curve keeps its direction.
fn pchip_end_slope((near, slope): (f64, f64), (far, next_slope): (f64, f64)) -> f64 {
    let end = ((2.0 * near + far) * slope - near * next_slope) / (near + far);
    let turns = slope.signum() != next_slope.signum() || slope == 0.0 || next_slope == 0.0;
    if end * slope <= 0.0 {
        0.0
    } else if turns && end.abs() > 3.0 * slope.abs() {
        3.0 * slope
    } else {
        end
    }
}

/// Returns the value of the cubic through two points with two slopes.
pub(super) fn hermite(times: &[f64], values: &[f64], slopes: [f64; 2], time: f64) -> f64 {
    let step = times[1] - times[0];
    let secant = (values[1] - values[0]) / step;
    let bend = (slopes[0] + slopes[1] - 2.0 * secant) / step;
    let away = time - times[0];
    let quadratic = (secant - slopes[0]) / step - bend;
    values[0] + away * (slopes[0] + away * (quadratic + away * bend / step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cubic_is_its_own_spline() {
        let cubic = |t: f64| 1.0 - 2.0 * t + 0.5 * t * t * t;
        let times = [0.0, 0.7, 1.0, 2.5, 2.6, 4.0];
        let values = times.map(cubic);

        let spline = Cubic::not_a_knot(&times, &values);

        for (piece, time) in [(0, -1.0), (0, 0.3), (2, 1.7), (4, 3.3), (4, 6.0)] {
            let found = spline.at(&times, &values, piece, time);
            assert!((found - cubic(time)).abs() < 1e-9, "{time}");
        }
    }

    #[test]
    fn the_monotone_cubic_never_overshoots() {
        let times = [0.0, 1.0, 3.0, 4.0, 9.0];
        let values = [0.0, 0.0, 5.0, 5.1, 6.0];

        for piece in 0..4 {
            let slopes = [piece, piece + 1].map(|at| pchip_slope(&times, &values, at));
            let mut before = values[piece];
            for part in 0..=20 {
                let time =
                    times[piece] + (times[piece + 1] - times[piece]) * f64::from(part) / 20.0;
                let found = hermite(&times[piece..], &values[piece..], slopes, time);
                assert!(found >= before - 1e-12 && found <= values[piece + 1] + 1e-12);
                before = found;
            }
        }
    }
}
