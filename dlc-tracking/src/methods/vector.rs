/// Returns `a + b`.
pub(crate) fn add<const D: usize>(a: [f64; D], b: [f64; D]) -> [f64; D] {
    std::array::from_fn(|axis| a[axis] + b[axis])
}

/// Returns `a − b`.
pub(crate) fn subtract<const D: usize>(a: [f64; D], b: [f64; D]) -> [f64; D] {
    std::array::from_fn(|axis| a[axis] - b[axis])
}

/// Returns `a · factor`.
pub(crate) fn scale<const D: usize>(a: [f64; D], factor: f64) -> [f64; D] {
    a.map(|coordinate| coordinate * factor)
}

/// Returns the point in the middle.
pub(crate) fn midpoint<const D: usize>(a: [f64; D], b: [f64; D]) -> [f64; D] {
    std::array::from_fn(|axis| (a[axis] + b[axis]) / 2.0)
}

/// Returns the scalar product.
pub(crate) fn dot<const D: usize>(a: [f64; D], b: [f64; D]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Returns the length.
pub(crate) fn length<const D: usize>(a: [f64; D]) -> f64 {
    dot(a, a).sqrt()
}

/// Returns the distance between two points.
pub(crate) fn distance<const D: usize>(a: [f64; D], b: [f64; D]) -> f64 {
    length(subtract(a, b))
}
