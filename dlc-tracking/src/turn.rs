/// Returns a position turned about another, from the first towards the second axis, in rad.
///
/// # Examples
///
/// ```
/// let turned = dlc_tracking::turned([1.0, 0.0], [0.0, 0.0], std::f64::consts::FRAC_PI_6);
///
/// assert!((turned[0] - 0.8660254037844387).abs() < 1e-12);
/// assert!((turned[1] - 0.5).abs() < 1e-12);
/// ```
pub fn turned(position: [f64; 2], about: [f64; 2], angle_rad: f64) -> [f64; 2] {
    let (sine, cosine) = angle_rad.sin_cos();
    let [x, y] = [position[0] - about[0], position[1] - about[1]];
    [
        about[0] + cosine * x - sine * y,
        about[1] + sine * x + cosine * y,
    ]
}
