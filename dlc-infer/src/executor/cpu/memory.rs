//! Memory for maps of one size: planned once, used for every frame.

use super::{
    aligned::Aligned,
    conv::ConvPlan,
    depthwise::DepthwisePlan,
    norm::{self, Moments},
    program::{AffineId, BufferId, Factor, Program, Step, StepOp, View},
    reuse,
    shape::Shape,
    simple::PoolRows,
    source::{Affine, Source},
    strips::StripPlan,
    tiled::TiledPlan,
    winograd::WinogradPlan,
};
use crate::numbers::single;

/// The maps of a program while it runs.
#[derive(Debug)]
pub(super) struct Memory {
    /// Pictures, height and width.
    size: [usize; 3],
    shapes: Vec<Shape>,
    plans: Vec<StepPlan>,
    /// Which slab each map lies in: maps that are not needed at one time share one.
    slabs_of: Vec<usize>,
    slabs: Vec<Aligned>,
    /// Scale and shift of each picture.
    affines: Vec<Vec<[Vec<f32>; 2]>>,
    /// Moments of each picture of a map, while they are needed.
    moments: Vec<Vec<Moments>>,
    row_moments: Vec<f32>,
}

/// What a step knows of the size of its maps.
#[derive(Debug)]
pub(super) enum StepPlan {
    Conv(ConvPlan),
    Tiled(TiledPlan),
    Strips(StripPlan),
    Winograd(WinogradPlan),
    Depthwise(DepthwisePlan),
    None,
}

impl StepPlan {
    /// Returns what a convolution knows of the size of its maps; others know nothing.
    fn of(op: &StepOp, input: impl Fn() -> Shape) -> Self {
        match op {
            StepOp::Conv(layer) => Self::Conv(layer.plan(input())),
            StepOp::Tiled(layer) => Self::Tiled(layer.plan(input())),
            StepOp::Strips(layer) => Self::Strips(layer.plan(input())),
            StepOp::Winograd(layer) => Self::Winograd(layer.plan(input())),
            StepOp::Depthwise(layer) => Self::Depthwise(layer.plan(input())),
            _ => Self::None,
        }
    }

    /// Returns the shape of a convolution's output.
    fn output(&self) -> Option<Shape> {
        match self {
            Self::Conv(plan) => Some(plan.output),
            Self::Tiled(plan) => Some(plan.output),
            Self::Strips(plan) => Some(plan.output),
            Self::Winograd(plan) => Some(plan.output),
            Self::Depthwise(plan) => Some(plan.output),
            Self::None => None,
        }
    }
}

impl Memory {
    /// Plans the memory of a program for pictures of one size.
    pub(super) fn plan(program: &Program, size: [usize; 3], lanes: usize) -> Self {
        let [batch, height, width] = size;
        let mut shapes: Vec<Shape> = vec![Shape::NONE; program.buffers];
        let mut plans = Vec::with_capacity(program.steps.len());
        for step in &program.steps {
            let input = |index: usize| shapes[step.inputs[index].buffer];
            let plan = StepPlan::of(&step.op, || input(0));
            let output = match (plan.output(), &step.op) {
                (Some(output), _) => output,
                (None, StepOp::Input { lanes, .. }) => Shape {
                    height,
                    width,
                    channels: 3,
                    lanes: *lanes,
                },
                (None, StepOp::Pool(pool)) => PoolRows::output(*pool, input(0)),
                (None, StepOp::Mean) => Shape {
                    height: 1,
                    width: 1,
                    ..input(0)
                },
                (None, StepOp::Concat) => Shape {
                    channels: step
                        .inputs
                        .iter()
                        .map(|view| shapes[view.buffer].channels)
                        .sum(),
                    ..input(0)
                },
                (None, StepOp::Gather(gather)) => gather.output(input(0)),
                // A sum; convolutions have plans.
                (None, _) => {
                    let factor = step.inputs[0].upsample;
                    Shape {
                        height: input(0).height * factor,
                        width: input(0).width * factor,
                        ..input(0)
                    }
                }
            };
            shapes[step.output] = output;
            plans.push(plan);
        }
        let lens: Vec<usize> = shapes.iter().map(|shape| batch * shape.len()).collect();
        let (slabs_of, slab_lens) = reuse::slabs(program, &lens);
        let stored = |norm: &Option<_>| match norm {
            Some(norm) => {
                let affine = norm::stored_affine(norm, lanes);
                vec![affine; batch]
            }
            None => Vec::new(),
        };
        Self {
            size,
            plans,
            slabs_of,
            slabs: slab_lens.into_iter().map(Aligned::zeros).collect(),
            affines: program.affines.iter().map(stored).collect(),
            moments: vec![Vec::new(); program.buffers],
            row_moments: Vec::new(),
            shapes,
        }
    }

    /// Returns pictures, height and width that the memory is for.
    pub(super) fn size(&self) -> [usize; 3] {
        self.size
    }

    pub(super) fn shape(&self, buffer: BufferId) -> Shape {
        self.shapes[buffer]
    }

    pub(super) fn step_plan(&self, step: usize) -> &StepPlan {
        &self.plans[step]
    }

    /// Returns the numbers of a map of one picture.
    pub(super) fn numbers(&self, buffer: BufferId, picture: usize) -> &[f32] {
        let len = self.shapes[buffer].len();
        &self.slabs[self.slabs_of[buffer]].as_ref()[picture * len..][..len]
    }

    /// Returns a map of one picture as a step reads it.
    pub(super) fn source(&self, view: View, picture: usize) -> Source<'_> {
        Source {
            numbers: self.numbers(view.buffer, picture),
            ..self.taken_source(view, picture)
        }
    }

    /// Returns the same without the numbers, of a map whose slab is taken.
    pub(super) fn taken_source(&self, view: View, picture: usize) -> Source<'_> {
        let affine = view.factor.map(|factor| match factor {
            Factor::Affine(id) => {
                let [scale, shift] = &self.affines[id][picture];
                Affine { scale, shift }
            }
            Factor::Map(buffer) => Affine {
                scale: self.numbers(buffer, picture),
                shift: &[],
            },
        });
        Source {
            shape: self.shapes[view.buffer],
            numbers: &[],
            affine,
            activation: view.activation,
        }
    }

    /// Takes the slab of a map and the room for moments, to be written.
    pub(super) fn take(&mut self, buffer: BufferId) -> (Aligned, Vec<f32>) {
        let slab = std::mem::take(&mut self.slabs[self.slabs_of[buffer]]);
        (slab, std::mem::take(&mut self.row_moments))
    }

    /// Gives back what [`Self::take`] took.
    pub(super) fn give_back(&mut self, buffer: BufferId, slab: Aligned, row_moments: Vec<f32>) {
        self.slabs[self.slabs_of[buffer]] = slab;
        self.row_moments = row_moments;
    }

    /// Keeps the moments of a step's output and what follows from them.
    pub(super) fn keep_moments(&mut self, step: &Step, moments: Vec<Moments>) {
        for (id, norm) in &step.norms {
            let id: AffineId = *id;
            self.affines[id] = norm::affines(norm, &moments);
        }
        self.moments[step.output] = moments;
    }

    /// Writes the mean of each channel of a map.
    pub(super) fn write_mean(&self, of: BufferId, picture: usize, out: &mut [f32]) {
        let mean = self.moments[of][picture].mean();
        for (out, mean) in out.iter_mut().zip(mean) {
            *out = single(*mean);
        }
    }
}
