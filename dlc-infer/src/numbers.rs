//! Conversions that round, in one place: the types do not say how large their numbers get here.

/// Returns the nearest f32: networks, and the programs that we agree with, compute in it.
#[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
}

/// Returns a length or a count as f64.
#[expect(
    clippy::cast_precision_loss,
    reason = "maps and pictures have far fewer than 2^52 cells"
)]
pub(crate) fn len_f64(len: usize) -> f64 {
    len as f64
}

/// Returns a length or a count as f32.
#[expect(
    clippy::cast_precision_loss,
    reason = "sides, cells of a heatmap and classes are far fewer than 2^24"
)]
pub(crate) fn len_f32(len: usize) -> f32 {
    len as f32
}
