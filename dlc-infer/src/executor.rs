//! What runs a graph.

pub(crate) mod reference;
#[cfg(test)]
mod suite;
pub(crate) mod tensors;

use std::error::Error;

use dlc_model::Frame;

/// Runs a graph on frames of one size.
pub(crate) trait Executor: Send {
    /// Returns where the heatmaps of each frame are highest, body part by body part.
    fn peaks(&mut self, frames: &[Frame<'_>]) -> Result<Vec<Vec<Peak>>, ExecutorError>;

    /// Returns the heatmaps and the location refinement of each frame, whole.
    fn maps(&mut self, frames: &[Frame<'_>]) -> Result<Vec<Maps>, ExecutorError>;
}

/// Why a device gave no answer: another program's words.
pub(crate) type ExecutorError = Box<dyn Error + Send + Sync>;

/// The highest cell of a heatmap; the first in reading order of several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Peak {
    pub(crate) column: usize,
    pub(crate) row: usize,
    /// The value of the heatmap there.
    pub(crate) score: f32,
    /// The location refinement there, x and y, in units of its standard deviation.
    pub(crate) locref: [f32; 2],
}

/// What a network says of one frame, in cell space: channels × height × width.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// Height in cells.
    pub height: usize,
    /// Width in cells.
    pub width: usize,
    /// One map for each body part: the network's confidence in each cell.
    pub heatmap: Vec<f32>,
    /// Two maps for each body part, x then y, in units of the standard deviation; or nothing.
    pub locref: Vec<f32>,
}

impl Maps {
    /// Splits the values of a batch into those of its frames.
    fn split([batch, height, width]: [usize; 3], heatmap: &[f32], locref: &[f32]) -> Vec<Self> {
        let of_frame = |values: &[f32], frame: usize| {
            let len = values.len() / batch;
            values[frame * len..(frame + 1) * len].to_vec()
        };
        let maps = (0..batch).map(|frame| Self {
            height,
            width,
            heatmap: of_frame(heatmap, frame),
            locref: of_frame(locref, frame),
        });
        maps.collect()
    }
}

/// Returns the pixels of frames as batch × 3 × height × width.
fn planes(frames: &[Frame<'_>]) -> Vec<f32> {
    let pixels: usize = frames.iter().map(|frame| frame.pixels().len()).sum();
    let mut planes = Vec::with_capacity(pixels);
    for frame in frames {
        for channel in 0..3 {
            let values = frame.pixels().iter().skip(channel).step_by(3);
            planes.extend(values.map(|&value| f32::from(value)));
        }
    }
    planes
}
