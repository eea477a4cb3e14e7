//! A network that is compiled for an instruction set, and runs in a [`Memory`].

use super::{
    aligned::Scratch,
    conv::{Finish, Layer, Residual},
    isa::InstructionSet,
    memory::{Memory, StepPlan},
    norm::Moments,
    program::{self, Output, Program, Step, StepOp, View},
    rows::{Split, write_rows},
    shape::Shape,
    simple::{ConcatRows, PixelRows, PoolRows, SumRows},
    source::Source,
};
use crate::{
    executor::{Array, Peak, Pictures, highest},
    graph::Graph,
    precision::Precision,
};

/// The steps of a network, with packed weights.
#[derive(Debug)]
pub(super) struct Network {
    isa: InstructionSet,
    program: Program,
}

impl Network {
    /// Packs the weights of a graph for an instruction set that this processor has.
    pub(super) fn new(graph: Graph, isa: InstructionSet, precision: Precision) -> Self {
        Self {
            isa,
            program: program::compile(graph, isa, precision),
        }
    }

    /// Returns whether pictures of a batch depend on each other.
    pub(super) fn needs_whole_batch(&self) -> bool {
        self.program.whole_batch
    }

    /// Returns the number of outputs.
    pub(super) fn outputs(&self) -> usize {
        self.program.outputs.len()
    }

    /// Returns memory for pictures of a size.
    pub(super) fn plan(&self, size: [usize; 3]) -> Memory {
        Memory::plan(&self.program, size, self.isa.lanes())
    }

    /// Runs all steps, each with at most this many threads.
    pub(super) fn run(&self, input: &Pictures<'_>, memory: &mut Memory, threads: usize) {
        let [batch, ..] = input.size();
        for (index, step) in self.program.steps.iter().enumerate() {
            let mut moments = Vec::new();
            for picture in 0..batch {
                moments.extend(self.step(index, step, picture, input, memory, threads));
            }
            if step.moments {
                memory.keep_moments(step, moments);
            }
        }
    }

    /// Runs a step for one picture, and returns the moments of its output when they are wanted.
    fn step(
        &self,
        index: usize,
        step: &Step,
        picture: usize,
        input: &Pictures<'_>,
        memory: &mut Memory,
        threads: usize,
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
            .map(|view| {
                let source = match step.in_place == Some(view.buffer) {
                    true => memory.taken_source(*view, picture),
                    false => memory.source(*view, picture),
                };
                (source, view.upsample)
            })
            .collect();
        let residual = match step.residual {
            None => Residual::None,
            Some(buffer) if step.in_place == Some(buffer) => Residual::InPlace,
            Some(buffer) => Residual::Map(memory.numbers(buffer, picture)),
        };
        let by_row = Split::by_cost(shape.row_len(), threads);
        let finish = Finish {
            residual,
            activation: step.activation,
        };
        match (&step.op, memory.step_plan(index)) {
            (StepOp::Input { scaling, .. }, _) => {
                write_rows(shape, by_row, out, wanted, |rows, _| {
                    isa.run(PixelRows {
                        input,
                        picture,
                        scaling: *scaling,
                        output: shape,
                        rows,
                    });
                })
            }
            (StepOp::Conv(layer), StepPlan::Conv(plan)) => {
                let layer = Layer::new(layer, plan, sources[0].0, finish);
                layer.write(isa, shape, threads, out, wanted);
            }
            (StepOp::Tiled(layer), StepPlan::Tiled(plan)) => {
                let layer = Layer::new(layer, plan, sources[0].0, finish);
                layer.write(isa, shape, threads, out, wanted);
            }
            (StepOp::Strips(layer), StepPlan::Strips(plan)) => {
                let layer = Layer::new(layer, plan, sources[0].0, finish);
                layer.write(isa, shape, threads, out, wanted);
            }
            (StepOp::Winograd(layer), StepPlan::Winograd(plan)) => {
                let layer = Layer::new(layer, plan, sources[0].0, finish);
                layer.write(isa, shape, threads, out, wanted);
            }
            (StepOp::Depthwise(layer), StepPlan::Depthwise(plan)) => {
                let layer = Layer::new(layer, plan, sources[0].0, finish);
                layer.write(isa, shape, threads, out, wanted);
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
            (StepOp::Sum, _) => write_rows(shape, by_row, out, wanted, |rows, _| {
                isa.run(SumRows {
                    terms: &sources,
                    is_in_place: step.in_place.is_some(),
                    activation: step.activation,
                    output: shape,
                    rows,
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
            (
                StepOp::Conv(_)
                | StepOp::Tiled(_)
                | StepOp::Strips(_)
                | StepOp::Winograd(_)
                | StepOp::Depthwise(_),
                _,
            ) => {
                unreachable!("a plan is made for the step that it belongs to")
            }
        }
        let moments = step.moments.then(|| Moments::of_rows(&row_moments, shape));
        memory.give_back(step.output, slab, row_moments);
        moments
    }

    /// Returns an output in full.
    pub(super) fn output(&self, index: usize, memory: &Memory) -> Array {
        let [batch, ..] = memory.size();
        let pictures = (0..batch).map(|picture| match &self.program.outputs[index] {
            Output::Buffer(buffer) => planar(memory.source(View::of(*buffer), picture)),
            Output::Head { input, head } => head.all(memory.source(*input, picture)),
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

    /// Returns the peaks of each picture.
    pub(super) fn peaks(&self, memory: &Memory) -> Vec<Vec<Peak>> {
        let heatmaps = self.output(0, memory);
        let locref =
            |picture: usize, part: usize, place: [usize; 2]| match self.program.outputs.get(1) {
                None => [0.0; 2],
                Some(Output::Head { input, head }) => {
                    let input = memory.source(*input, picture);
                    let xy = head.at(input, place, 2 * part..2 * part + 2);
                    [xy[0], xy[1]]
                }
                Some(Output::Buffer(buffer)) => {
                    let Source { shape, numbers, .. } = memory.source(View::of(*buffer), picture);
                    let [row, column] = place;
                    [0, 1].map(|axis| numbers[shape.index(2 * part + axis, row, column)])
                }
            };
        (0..heatmaps.shape[0])
            .map(|picture| highest(&heatmaps, picture, |part, cell| locref(picture, part, cell)))
            .collect()
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
