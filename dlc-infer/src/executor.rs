//! What runs a graph.

pub(crate) mod cpu;
pub(crate) mod reference;
#[cfg(test)]
mod suite;
#[cfg(feature = "wgpu")]
pub(crate) mod tensors;

use std::error::Error;

use dlc_model::Frame;

pub use self::cpu::InstructionSet;
#[cfg(feature = "wgpu")]
use self::tensors::Tensors;
use self::{cpu::Cpu, reference::Reference};
use crate::{device::Opened, graph::Graph, pending::Pending, precision::Precision};

/// Runs a graph on pictures of one size.
pub(crate) trait Executor: Send {
    /// Returns how many pictures of a batch are worked on at once.
    fn at_once(&self) -> usize {
        1
    }

    /// Returns the values of the graph's outputs, in their order.
    fn outputs(&mut self, input: Pictures<'_>) -> Result<Vec<Array>, ExecutorError>;

    /// Returns where the first output, a heatmap, is highest in each picture, channel by channel,
    /// and what the second, the location refinement, says there.
    fn peaks(&mut self, input: Pictures<'_>) -> Result<Vec<Vec<Peak>>, ExecutorError>;

    /// Begins what [`Self::outputs`] does. A device that is asked and answers later overrides this.
    fn begin_outputs(&mut self, input: Pictures<'_>) -> Answer<Vec<Array>> {
        Pending::Ready(self.outputs(input))
    }

    /// Begins what [`Self::peaks`] does, as [`Self::begin_outputs`].
    fn begin_peaks(&mut self, input: Pictures<'_>) -> Answer<Vec<Vec<Peak>>> {
        Pending::Ready(self.peaks(input))
    }
}

/// What an executor answers, at once or later.
pub(crate) type Answer<T> = Pending<Result<T, ExecutorError>>;

/// Puts a graph on a device that has numbers of this precision.
pub(crate) fn on(
    device: Opened,
    graph: Graph,
    instruction_set: InstructionSet,
    precision: Precision,
) -> Box<dyn Executor> {
    match device {
        Opened::Reference => Box::new(Reference::new(graph)),
        Opened::Cpu => Box::new(Cpu::new(graph, instruction_set, precision)),
        #[cfg(feature = "wgpu")]
        Opened::Burn { device, .. } => Box::new(Tensors::new(graph, device, precision)),
    }
}

/// Why a device gave no answer: another program's words.
pub(crate) type ExecutorError = Box<dyn Error + Send + Sync>;

/// Pictures of one size that a network sees, at least one: red, green and blue in [0, 255].
#[derive(Clone, Debug)]
pub(crate) enum Pictures<'a> {
    /// 8-bit pixels.
    Frames(&'a [Frame<'a>]),
    /// Pixels that were scaled in floats: batch × 3 × height × width.
    Floats(Array),
}

impl Pictures<'_> {
    /// Returns batch, height and width.
    pub(crate) fn size(&self) -> [usize; 3] {
        match self {
            Self::Frames(frames) => [frames.len(), frames[0].height(), frames[0].width()],
            Self::Floats(Array { shape, .. }) => [shape[0], shape[2], shape[3]],
        }
    }

    /// Returns each picture by itself.
    pub(crate) fn each(&self) -> Vec<Pictures<'_>> {
        match self {
            Self::Frames(frames) => frames.chunks(1).map(Pictures::Frames).collect(),
            Self::Floats(array) => {
                let [batch, channels, height, width] = array.shape;
                let picture = |index: usize| Array {
                    shape: [1, channels, height, width],
                    values: array.picture(index).to_vec(),
                };
                (0..batch).map(picture).map(Pictures::Floats).collect()
            }
        }
    }

    /// Returns all pixels as floats.
    pub(crate) fn into_floats(self) -> Array {
        let [batch, height, width] = self.size();
        let frames = match self {
            Self::Floats(array) => return array,
            Self::Frames(frames) => frames,
        };
        let plane = |frame: usize, channel: usize| {
            let values = frames[frame].pixels().iter().skip(channel).step_by(3);
            values.map(|&value| f32::from(value))
        };
        let planes = (0..3 * batch).flat_map(|i| plane(i / 3, i % 3));
        Array {
            shape: [batch, 3, height, width],
            values: planes.collect(),
        }
    }
}

impl<'a> From<&'a [Frame<'_>]> for Pictures<'a> {
    fn from(frames: &'a [Frame<'_>]) -> Self {
        Self::Frames(frames)
    }
}

impl From<Array> for Pictures<'_> {
    fn from(pixels: Array) -> Self {
        Self::Floats(pixels)
    }
}

/// Maps of a batch: batch × channels × height × width.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: [usize; 4],
    pub(crate) values: Vec<f32>,
}

impl Array {
    /// Creates maps of zeros.
    pub(crate) fn zeros(shape: [usize; 4]) -> Self {
        Self {
            shape,
            values: vec![0.0; shape.iter().product()],
        }
    }

    /// Returns all maps of one picture.
    pub(crate) fn picture(&self, picture: usize) -> &[f32] {
        let len = self.values.len() / self.shape[0];
        &self.values[picture * len..(picture + 1) * len]
    }

    /// Returns one map.
    pub(crate) fn plane(&self, picture: usize, channel: usize) -> &[f32] {
        let [_, channels, height, width] = self.shape;
        let start = (picture * channels + channel) * height * width;
        &self.values[start..start + height * width]
    }

    fn plane_mut(&mut self, picture: usize, channel: usize) -> &mut [f32] {
        let [_, channels, height, width] = self.shape;
        let start = (picture * channels + channel) * height * width;
        &mut self.values[start..start + height * width]
    }
}

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

/// Returns the highest cell of each map of a picture, with what `locref` says of a channel there,
/// given row and column.
fn highest(
    heatmaps: &Array,
    picture: usize,
    locref: impl Fn(usize, [usize; 2]) -> [f32; 2],
) -> Vec<Peak> {
    let [_, parts, _, width] = heatmaps.shape;
    let peak = |part: usize| {
        let heatmap = heatmaps.plane(picture, part);
        let mut best = 0;
        for (cell, score) in heatmap.iter().enumerate() {
            if *score > heatmap[best] {
                best = cell;
            }
        }
        let (row, column) = (best / width, best % width);
        Peak {
            column,
            row,
            score: heatmap[best],
            locref: locref(part, [row, column]),
        }
    };
    (0..parts).map(peak).collect()
}

/// What a network with heatmaps says of one frame, in cell space: channels × height × width.
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
    /// Splits the outputs of a network with heatmaps into those of each picture.
    pub(crate) fn split(outputs: &[Array]) -> Vec<Self> {
        let [batch, _, height, width] = outputs[0].shape;
        let of_picture = |output: usize, picture: usize| {
            let array = outputs.get(output);
            array.map_or(vec![], |array| array.picture(picture).to_vec())
        };
        let maps = (0..batch).map(|picture| Self {
            height,
            width,
            heatmap: of_picture(0, picture),
            locref: of_picture(1, picture),
        });
        maps.collect()
    }
}
