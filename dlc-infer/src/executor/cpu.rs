//! Runs a graph on the CPU, with all that its instructions and caches can do.
//!
//! Maps lie in blocks of as many channels as an instruction handles ([`shape`]), from the first
//! step to the last. A graph becomes a list of steps ([`program`]) in which biases, sums and
//! activations happen while a number is in a register, and normalisations by the frame's own
//! statistics where the map is read next ([`source`]). One inner loop ([`tile`]) serves every
//! convolution. The kernels are written once, generic over the instruction set ([`isa`]).

mod aligned;
mod conv;
mod deconv;
mod depthwise;
mod isa;
mod memory;
mod norm;
mod program;
mod rows;
mod shape;
mod simple;
mod source;
mod tile;
mod vectors;
mod winograd;

pub use self::isa::InstructionSet;

use self::{
    aligned::Scratch,
    conv::{Finish, Layer},
    memory::{Memory, StepPlan},
    norm::Moments,
    program::{Output, Program, Step, StepOp, View},
    rows::{Split, write_rows},
    shape::Shape,
    simple::{ConcatRows, PoolRows, SumRows},
    source::Source,
};
use super::{Array, Executor, ExecutorError, Peak, Pictures, highest};
use crate::graph::Graph;

/// Runs a graph on the CPU.
#[derive(Debug)]
pub(crate) struct Cpu {
    isa: InstructionSet,
    program: Program,
    /// For maps of the size of the last frames.
    memory: Option<Memory>,
}

impl Cpu {
    /// Packs the weights of a graph for an instruction set that this processor has.
    pub(crate) fn new(graph: Graph, isa: InstructionSet) -> Self {
        Self {
            isa,
            program: program::compile(graph, isa.lanes()),
            memory: None,
        }
    }

    /// Runs all steps.
    fn run(&mut self, input: &Pictures<'_>) -> &Memory {
        let size @ [batch, ..] = input.size();
        let mut memory = match self.memory.take() {
            Some(memory) if memory.size() == size => memory,
            _ => Memory::plan(&self.program, size, self.isa.lanes()),
        };
        for (index, step) in self.program.steps.iter().enumerate() {
            let mut moments = Vec::new();
            for picture in 0..batch {
                moments.extend(self.step(index, step, picture, input, &mut memory));
            }
            if step.moments {
                memory.keep_moments(step, moments);
            }
        }
        self.memory.insert(memory)
    }

    /// Runs a step for one picture, and returns the moments of its output when they are wanted.
    fn step(
        &self,
        index: usize,
        step: &Step,
        picture: usize,
        input: &Pictures<'_>,
        memory: &mut Memory,
    ) -> Option<Moments> {
        let isa = self.isa;
        let shape = memory.shape(step.output);
        let (mut slab, mut row_moments) = memory.take(step.output);
        let out = &mut slab.as_mut()[picture * shape.len()..][..shape.len()];
        let wanted = step.moments.then(|| {
            row_moments.resize(shape.height * 2 * shape.padded_channels(), 0.0);
            &mut row_moments[..]
        });
        let sources: Vec<(Source<'_>, usize)> = step
            .inputs
            .iter()
            .map(|view| (memory.source(*view, picture), view.upsample))
            .collect();
        let residual = step.residual.map(|buffer| memory.numbers(buffer, picture));
        let by_row = Split::by_cost(shape.row_len());
        let finish = Finish {
            residual,
            activation: step.activation,
        };
        match (&step.op, memory.step_plan(index)) {
            (StepOp::Input { scaling, .. }, _) => {
                write_rows(shape, by_row, out, wanted, |rows, _| {
                    simple::scale_pixels(input, picture, *scaling, shape, rows);
                })
            }
            (StepOp::Conv(layer), StepPlan::Conv(plan)) => {
                let split = Split::by_cost(layer.row_cost(plan));
                Layer {
                    layer,
                    plan,
                    source: sources[0].0,
                    finish,
                }
                .write(isa, shape, split, out, wanted);
            }
            (StepOp::Winograd(layer), StepPlan::Winograd(plan)) => {
                let split = layer.split(plan);
                Layer {
                    layer,
                    plan,
                    source: sources[0].0,
                    finish,
                }
                .write(isa, shape, split, out, wanted);
            }
            (StepOp::Depthwise(layer), StepPlan::Depthwise(plan)) => {
                let split = Split::by_cost(layer.row_cost(plan));
                Layer {
                    layer,
                    plan,
                    source: sources[0].0,
                    finish,
                }
                .write(isa, shape, split, out, wanted);
            }
            (StepOp::Pool(pool), _) => {
                write_rows(shape, by_row, out, wanted, |rows, scratch: &mut Scratch| {
                    isa.run(PoolRows {
                        pool: *pool,
                        source: sources[0].0,
                        output: shape,
                        rows,
                        scratch,
                    });
                });
            }
            (StepOp::Sum, _) => write_rows(shape, by_row, out, wanted, |rows, scratch| {
                isa.run(SumRows {
                    terms: &sources,
                    activation: step.activation,
                    output: shape,
                    rows,
                    scratch,
                });
            }),
            (StepOp::Concat, _) => {
                let sources: Vec<Source<'_>> = sources.iter().map(|(source, _)| *source).collect();
                write_rows(shape, by_row, out, wanted, |rows, scratch| {
                    isa.run(ConcatRows {
                        sources: &sources,
                        output: shape,
                        rows,
                        scratch,
                    });
                });
            }
            (StepOp::Gather(gather), _) => write_rows(shape, by_row, out, wanted, |rows, _| {
                gather.write(sources[0].0, step.activation, shape, rows);
            }),
            (StepOp::Mean, _) => memory.write_mean(step.inputs[0].buffer, picture, out),
            (StepOp::Conv(_) | StepOp::Winograd(_) | StepOp::Depthwise(_), _) => {
                unreachable!("a plan is made for the step that it belongs to")
            }
        }
        let moments = step.moments.then(|| Moments::of_rows(&row_moments, shape));
        memory.give_back(step.output, slab, row_moments);
        moments
    }

    /// Returns an output of the graph in full.
    fn output(&self, index: usize, batch: usize) -> Array {
        let memory = self.memory.as_ref().expect("the steps have run");
        let pictures = (0..batch).map(|picture| match &self.program.outputs[index] {
            Output::Buffer(buffer) => planar(memory.source(View::of(*buffer), picture)),
            Output::Head { input, head } => head.all(memory.source(View::of(*input), picture)),
        });
        let pictures: Vec<(Shape, Vec<f32>)> = pictures.collect();
        let Shape {
            height,
            width,
            channels,
            ..
        } = pictures[0].0;
        Array {
            shape: [batch, channels, height, width],
            values: pictures
                .into_iter()
                .flat_map(|(_, values)| values)
                .collect(),
        }
    }

    /// Runs a batch as it is: all pictures at once where they depend on each other, or one by one.
    fn in_parts<T>(
        &mut self,
        input: &Pictures<'_>,
        mut part: impl FnMut(&Self, usize) -> T,
    ) -> Vec<T> {
        let [batch, height, width] = input.size();
        if self.program.whole_batch || batch == 1 {
            self.run(input);
            return vec![part(self, batch)];
        }
        let pictures = (0..batch).map(|picture| {
            // One after the other: what a picture needs then stays in the caches.
            self.run(&match input {
                Pictures::Frames(frames) => Pictures::Frames(&frames[picture..=picture]),
                Pictures::Floats(array) => Pictures::Floats(Array {
                    shape: [1, 3, height, width],
                    values: array.picture(picture).to_vec(),
                }),
            });
            part(self, 1)
        });
        pictures.collect()
    }

    /// Returns the peaks of each picture of the last run.
    fn peaks_of_run(&self, batch: usize) -> Vec<Vec<Peak>> {
        let memory = self.memory.as_ref().expect("the steps have run");
        let heatmaps = self.output(0, batch);
        let locref =
            |picture: usize, part: usize, place: [usize; 2]| match self.program.outputs.get(1) {
                None => [0.0; 2],
                Some(Output::Head { input, head }) => {
                    let input = memory.source(View::of(*input), picture);
                    let xy = head.at(input, place, 2 * part..2 * part + 2);
                    [xy[0], xy[1]]
                }
                Some(Output::Buffer(buffer)) => {
                    let Source { shape, numbers, .. } = memory.source(View::of(*buffer), picture);
                    let [row, column] = place;
                    [0, 1].map(|axis| numbers[shape.index(2 * part + axis, row, column)])
                }
            };
        (0..batch)
            .map(|picture| highest(&heatmaps, picture, |part, cell| locref(picture, part, cell)))
            .collect()
    }
}

impl Executor for Cpu {
    fn outputs(&mut self, input: Pictures<'_>) -> Result<Vec<Array>, ExecutorError> {
        let parts = self.in_parts(&input, |cpu, batch| {
            let outputs = 0..cpu.program.outputs.len();
            outputs
                .map(|index| cpu.output(index, batch))
                .collect::<Vec<_>>()
        });
        let joined = |index: usize| {
            let arrays = parts.iter().map(|outputs| &outputs[index]);
            let [_, channels, height, width] = parts[0][index].shape;
            Array {
                shape: [input.size()[0], channels, height, width],
                values: arrays
                    .flat_map(|array| array.values.iter().copied())
                    .collect(),
            }
        };
        Ok((0..self.program.outputs.len()).map(joined).collect())
    }

    fn peaks(&mut self, input: Pictures<'_>) -> Result<Vec<Vec<Peak>>, ExecutorError> {
        let parts = self.in_parts(&input, Self::peaks_of_run);
        Ok(parts.into_iter().flatten().collect())
    }
}

/// Returns a map of blocks as a map of channels.
fn planar(source: Source<'_>) -> (Shape, Vec<f32>) {
    let shape = source.shape;
    let cells = shape.height * shape.width;
    let value = |at: usize| {
        let (channel, cell) = (at / cells, at % cells);
        source.numbers[shape.index(channel, cell / shape.width, cell % shape.width)]
    };
    (shape, (0..shape.channels * cells).map(value).collect())
}
