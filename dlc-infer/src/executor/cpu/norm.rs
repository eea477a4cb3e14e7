//! Normalisations by the statistics of the frames at hand.

use dlc_model::Tensor;

use super::shape::Shape;
use crate::graph::{Norm, Statistics};
use crate::numbers::{len_f64, single};

/// Mean and variance of each channel of a map.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    count: f64,
    mean: Vec<f64>,
    /// Sums of the squared differences from the mean.
    squares: Vec<f64>,
}

impl Moments {
    /// Puts the moments of the rows of a map together.
    pub(super) fn of_rows(rows: &[f32], shape: Shape) -> Self {
        let channels = shape.padded_channels();
        let per_row = len_f64(shape.width);
        let mut mean = vec![0.0; channels];
        let mut squares = vec![0.0; channels];
        for row in rows.chunks_exact(2 * channels) {
            for (mean, row) in mean.iter_mut().zip(row) {
                *mean += f64::from(*row);
            }
        }
        for mean in &mut mean {
            *mean /= len_f64(shape.height);
        }
        for row in rows.chunks_exact(2 * channels) {
            let (means, row_squares) = row.split_at(channels);
            for (channel, squares) in squares.iter_mut().enumerate() {
                let away = f64::from(means[channel]) - mean[channel];
                *squares += f64::from(row_squares[channel]) + per_row * away * away;
            }
        }
        Self {
            count: per_row * len_f64(shape.height),
            mean,
            squares,
        }
    }

    /// Returns the mean of each channel.
    pub(super) fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// Returns the moments of the values of all of these together, which have as many each.
    fn together<'a>(all: impl Iterator<Item = (f64, f64)> + Clone + 'a, count: f64) -> (f64, f64) {
        let parts = len_f64(all.clone().count());
        let mean = all.clone().map(|(mean, _)| mean).sum::<f64>() / parts;
        let squares: f64 = all
            .map(|(part, squares)| squares + count * (part - mean) * (part - mean))
            .sum();
        (mean, squares / (count * parts))
    }
}

/// Returns, for each frame, `[scale, shift]` of each channel, filled up to whole blocks.
pub(super) fn affines(norm: &Norm, frames: &[Moments]) -> Vec<[Vec<f32>; 2]> {
    let channels = norm.gamma.values().len();
    let affine = |frame: &Moments| {
        let mut affine = [0, 1].map(|_| vec![0.0; frame.mean.len()]);
        for (channel, (mean, variance)) in statistics(norm, frame, frames).enumerate() {
            let scale = f64::from(norm.gamma.values()[channel])
                / (variance + f64::from(norm.epsilon)).sqrt();
            affine[0][channel] = single(scale);
            affine[1][channel] = single(f64::from(norm.beta.values()[channel]) - mean * scale);
        }
        affine
    };
    debug_assert!(frames.iter().all(|frame| channels <= frame.mean.len()));
    frames.iter().map(affine).collect()
}

/// Returns the constants of a normalisation by stored statistics, as [`affines`] does.
pub(super) fn stored_affine(norm: &Norm, lanes: usize) -> [Vec<f32>; 2] {
    let padded_channels = norm.gamma.values().len().next_multiple_of(lanes);
    let nothing = Moments {
        count: 1.0,
        mean: vec![0.0; padded_channels],
        squares: vec![0.0; padded_channels],
    };
    let mut affines = affines(norm, std::slice::from_ref(&nothing));
    affines.pop().expect("one for each frame")
}

/// Returns mean and variance of each channel.
fn statistics<'a>(
    norm: &'a Norm,
    frame: &'a Moments,
    frames: &'a [Moments],
) -> Box<dyn Iterator<Item = (f64, f64)> + 'a> {
    let channels = norm.gamma.values().len();
    let of = |frame: &Moments, channel: usize| (frame.mean[channel], frame.squares[channel]);
    match &norm.statistics {
        Statistics::Stored { mean, variance } => {
            let wide = |tensor: &'a Tensor| tensor.values().iter().map(|&v| f64::from(v));
            Box::new(wide(mean).zip(wide(variance)))
        }
        Statistics::Frame => Box::new((0..channels).map(move |channel| {
            let (mean, squares) = of(frame, channel);
            (mean, squares / frame.count)
        })),
        Statistics::Batch => Box::new((0..channels).map(move |channel| {
            let all = frames.iter().map(|frame| of(frame, channel));
            Moments::together(all, frame.count)
        })),
        Statistics::Group(groups) => {
            let size = channels / groups;
            Box::new((0..*groups).flat_map(move |group| {
                let all = (group * size..(group + 1) * size).map(|channel| of(frame, channel));
                std::iter::repeat_n(Moments::together(all, frame.count), size)
            }))
        }
    }
}
