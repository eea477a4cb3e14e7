//! A graph as a list of steps for the CPU: what can be done while a number is in a register is.

use dlc_model::InputScaling;

use super::{
    amx::{Parts, Unit},
    conv::ConvLayer,
    deconv::{self, Gather, Head},
    depthwise::DepthwiseLayer,
    filtering::{self, Filtering},
    isa::InstructionSet,
    reuse,
    strips::StripLayer,
    tiled::TiledLayer,
    winograd::WinogradLayer,
};
use crate::{
    graph::{Activation, Conv, Graph, MaxPool, Node, NodeId, Norm, Op, Statistics},
    precision::Precision,
};

/// The name of a map in memory.
pub(super) type BufferId = usize;
/// The name of a scale and a shift for each channel.
pub(super) type AffineId = usize;

/// A map, and what is still to be done to each number when it is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct View {
    pub(super) buffer: BufferId,
    pub(super) factor: Option<Factor>,
    pub(super) activation: Option<Activation>,
    /// How often each cell is repeated along both axes.
    pub(super) upsample: usize,
}

/// What the channels of a [`View`] are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Factor {
    /// A scale and a shift.
    Affine(AffineId),
    /// The values of a map with one cell.
    Map(BufferId),
}

impl View {
    pub(super) fn of(buffer: BufferId) -> Self {
        Self {
            buffer,
            factor: None,
            activation: None,
            upsample: 1,
        }
    }

    /// Returns the maps that it needs.
    pub(super) fn buffers(self) -> impl Iterator<Item = BufferId> {
        let by = match self.factor {
            Some(Factor::Map(buffer)) => Some(buffer),
            _ => None,
        };
        [Some(self.buffer), by].into_iter().flatten()
    }

    fn is_plain(self) -> bool {
        self == Self::of(self.buffer)
    }
}

/// One operation.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) op: StepOp,
    pub(super) inputs: Vec<View>,
    /// A map of the output's shape that is added to it.
    pub(super) residual: Option<BufferId>,
    /// The map whose place the output takes: the first input of a sum, or the residual.
    pub(super) in_place: Option<BufferId>,
    pub(super) activation: Option<Activation>,
    pub(super) output: BufferId,
    /// What needs the mean and the variance of the output.
    pub(super) norms: Vec<(AffineId, Norm)>,
    /// Whether mean and variance of the output are wanted.
    pub(super) moments: bool,
}

/// What a [`Step`] does with its inputs.
#[derive(Debug)]
pub(super) enum StepOp {
    Input {
        scaling: InputScaling,
        lanes: usize,
    },
    Conv(ConvLayer),
    Tiled(TiledLayer),
    Strips(StripLayer),
    Winograd(WinogradLayer),
    Depthwise(DepthwiseLayer),
    Pool(MaxPool),
    /// The mean of each channel of the one input, whose moments are known.
    Mean,
    Sum,
    Concat,
    Gather(Gather),
}

/// The steps of a graph, in their order.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) buffers: usize,
    /// Scale and shift that are known beforehand: those of stored statistics.
    pub(super) affines: Vec<Option<Norm>>,
    /// The outputs of the graph.
    pub(super) outputs: Vec<Output>,
    /// Whether frames cannot be computed one by one.
    pub(super) whole_batch: bool,
}

/// Where an output of the graph is found.
#[derive(Debug)]
pub(super) enum Output {
    Buffer(BufferId),
    /// A transposed convolution that only outputs: computed in full, or at some cells alone.
    Head {
        input: View,
        head: Head,
    },
}

impl Output {
    /// Returns the maps that it is found in.
    pub(super) fn buffers(&self) -> impl Iterator<Item = BufferId> {
        let view = match self {
            Self::Buffer(buffer) => View::of(*buffer),
            Self::Head { input, .. } => *input,
        };
        view.buffers()
    }
}

/// Lanes of the frames' pixels: what reads them gets by without whole blocks.
pub(super) const PIXEL_LANES: usize = 3;

/// Translates a graph for maps with blocks of as many channels as an instruction handles.
pub(super) fn compile(graph: Graph, isa: InstructionSet, precision: Precision) -> Program {
    let lanes = isa.lanes();
    let tiling = isa.tiles().map(|unit| (unit, Parts::of(precision)));
    let readers = readers(&graph);
    let outputs = graph.outputs().to_vec();
    let nodes = graph.into_nodes();
    let mut compiler = Compiler {
        lanes,
        input_lanes: input_lanes(&nodes, &outputs, lanes),
        readers,
        tiling,
        filterings: filtering::filterings(&nodes, tiling),
        views: Vec::with_capacity(nodes.len()),
        program: Program {
            steps: Vec::new(),
            buffers: 0,
            affines: Vec::new(),
            outputs: Vec::new(),
            whole_batch: false,
        },
    };
    let mut heads: Vec<Option<Head>> = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        // The second output is the location refinement: wanted at the peaks alone.
        let is_head =
            outputs.get(1).is_some_and(|id| id.index() == index) && compiler.readers[index] == 1;
        match node {
            Node {
                op: Op::Deconv(deconv),
                inputs,
            } if is_head => {
                let input = compiler.views[inputs[0].index()];
                let input = compiler.at_size(input);
                compiler.views.push(input);
                heads.push(Some(Head::new(&deconv)));
            }
            node => {
                let view = compiler.node(index, node);
                compiler.views.push(view);
                heads.push(None);
            }
        }
    }
    for id in outputs {
        let view = compiler.views[id.index()];
        let output = match heads[id.index()].take() {
            Some(head) => Output::Head { input: view, head },
            None => Output::Buffer(compiler.materialised(view).buffer),
        };
        compiler.program.outputs.push(output);
    }
    reuse::sum_in_place(&mut compiler.program);
    compiler.program
}

/// Counts the nodes and outputs that read each node.
fn readers(graph: &Graph) -> Vec<usize> {
    let mut readers = vec![0; graph.nodes().len()];
    let inputs = graph.nodes().iter().flat_map(|node| &node.inputs);
    for id in inputs.chain(graph.outputs()) {
        readers[id.index()] += 1;
    }
    readers
}

/// Pixels need no whole blocks when convolutions alone read them.
fn input_lanes(nodes: &[Node], outputs: &[NodeId], lanes: usize) -> usize {
    let is_input = |id: &NodeId| matches!(nodes[id.index()].op, Op::Input(_));
    let reads_pixels = |node: &Node| node.inputs.iter().any(is_input);
    let convolves = |node: &Node| matches!(&node.op, Op::Conv(conv) if conv.groups == 1);
    let all = nodes
        .iter()
        .filter(|node| reads_pixels(node))
        .all(convolves);
    if all && !outputs.iter().any(is_input) {
        PIXEL_LANES
    } else {
        lanes
    }
}

struct Compiler {
    lanes: usize,
    input_lanes: usize,
    readers: Vec<usize>,
    /// What multiplies tiles, if anything does, and how many parts a number has there.
    tiling: Option<(Unit, Parts)>,
    /// How each node that is a convolution for Winograd's filtering goes through it.
    filterings: Vec<Option<Filtering>>,
    /// How each node's value is found.
    views: Vec<View>,
    program: Program,
}

impl Compiler {
    fn node(&mut self, index: usize, node: Node) -> View {
        let inputs: Vec<View> = node
            .inputs
            .iter()
            .map(|id| self.views[id.index()])
            .collect();
        match node.op {
            Op::Input(scaling) => {
                let lanes = self.input_lanes;
                self.step(StepOp::Input { scaling, lanes }, vec![])
            }
            Op::Conv(conv) => match self.filterings[index] {
                Some(Filtering::Tiles(tile)) => {
                    let input = self.at_size(inputs[0]);
                    let layer = WinogradLayer::new(&conv, tile, self.lanes);
                    self.step(StepOp::Winograd(layer), vec![input])
                }
                Some(Filtering::Strips(unit)) => {
                    let input = self.at_size(inputs[0]);
                    let layer = StripLayer::new(&conv, unit);
                    self.step(StepOp::Strips(layer), vec![input])
                }
                None => self.conv(&conv, node.inputs[0], inputs[0]),
            },
            Op::Deconv(deconv) => {
                let (conv, gather) = deconv::split(&deconv);
                let taps = self.conv(&conv, node.inputs[0], inputs[0]);
                self.step(StepOp::Gather(gather), vec![taps])
            }
            Op::Norm(norm) => self.norm(norm, inputs[0]),
            Op::Activation(activation) => self.activation(activation, node.inputs[0], inputs[0]),
            Op::MaxPool(pool) => {
                let input = self.at_size(inputs[0]);
                self.step(StepOp::Pool(pool), vec![input])
            }
            Op::GlobalMean => {
                let input = self.measured(inputs[0]);
                self.step(StepOp::Mean, vec![input])
            }
            Op::Add => self.add(&node.inputs, &inputs),
            Op::Multiply => self.multiply(inputs[0], inputs[1]),
            Op::Concat => {
                let inputs = inputs.into_iter().map(|view| self.at_size(view)).collect();
                self.step(StepOp::Concat, inputs)
            }
            Op::Upsample(factor) => View {
                upsample: inputs[0].upsample * factor,
                ..inputs[0]
            },
        }
    }

    fn step(&mut self, op: StepOp, inputs: Vec<View>) -> View {
        let output = self.program.buffers;
        self.program.buffers += 1;
        self.program.steps.push(Step {
            op,
            inputs,
            residual: None,
            in_place: None,
            activation: None,
            output,
            norms: Vec::new(),
            moments: false,
        });
        View::of(output)
    }

    fn conv(&mut self, conv: &Conv, id: NodeId, input: View) -> View {
        let input = self.at_size(input);
        let shape = conv.weight.shape();
        if conv.groups > 1 && conv.groups == shape[0] && shape[1] == 1 {
            let layer = DepthwiseLayer::new(conv, self.lanes);
            return self.step(StepOp::Depthwise(layer), vec![input]);
        }
        let of_pixels = id.index() == 0;
        let input_lanes = if of_pixels {
            self.input_lanes
        } else {
            self.lanes
        };
        if let Some((unit, parts)) = self.tiling
            && TiledLayer::suits(conv, input_lanes, parts)
        {
            let layer = TiledLayer::new(conv, unit, parts);
            return self.step(StepOp::Tiled(layer), vec![input]);
        }
        let layer = ConvLayer::new(conv, input_lanes, self.lanes);
        self.step(StepOp::Conv(layer), vec![input])
    }

    fn norm(&mut self, norm: Norm, input: View) -> View {
        let id = self.program.affines.len();
        self.program.whole_batch |= norm.statistics == Statistics::Batch;
        let input = if let Statistics::Stored { .. } = norm.statistics {
            self.program.affines.push(Some(norm));
            match input.factor.is_none() && input.activation.is_none() {
                true => input,
                false => self.materialised(input),
            }
        } else {
            self.program.affines.push(None);
            let input = self.measured(input);
            self.producer(input.buffer).norms.push((id, norm));
            input
        };
        View {
            factor: Some(Factor::Affine(id)),
            ..input
        }
    }

    fn activation(&mut self, activation: Activation, id: NodeId, input: View) -> View {
        let step = self.producer(input.buffer);
        let can_finish = !matches!(
            step.op,
            StepOp::Input { .. } | StepOp::Mean | StepOp::Pool(_) | StepOp::Concat
        );
        let is_free = step.activation.is_none() && !step.moments && can_finish;
        if input.is_plain() && is_free && self.readers[id.index()] == 1 {
            self.producer(input.buffer).activation = Some(activation);
            return input;
        }
        let input = match input.activation {
            None => input,
            Some(_) => self.materialised(input),
        };
        View {
            activation: Some(activation),
            ..input
        }
    }

    /// Adds the second input while the first is computed, or the other way round; or in a step of
    /// its own.
    fn add(&mut self, ids: &[NodeId], inputs: &[View]) -> View {
        for (this, other) in [(0, 1), (1, 0)] {
            if self.can_take(ids[this], inputs[this], inputs[other]) {
                self.producer(inputs[this].buffer).residual = Some(inputs[other].buffer);
                return inputs[this];
            }
        }
        let mut terms = Vec::new();
        for (id, view) in ids.iter().zip(inputs) {
            match self.sum_to_extend(*id, *view) {
                Some(of_sum) => terms.extend(of_sum),
                None => terms.push(*view),
            }
        }
        self.step(StepOp::Sum, terms)
    }

    /// Returns whether the step of `this` can add `other` to what it writes.
    fn can_take(&mut self, id: NodeId, this: View, other: View) -> bool {
        let Some(at) = self.position(this.buffer) else {
            return false;
        };
        let step = &self.program.steps[at];
        let is_free = matches!(
            step.op,
            StepOp::Conv(_)
                | StepOp::Tiled(_)
                | StepOp::Strips(_)
                | StepOp::Winograd(_)
                | StepOp::Depthwise(_)
        ) && step.activation.is_none()
            && step.residual.is_none()
            && !step.moments;
        let before = self.position(other.buffer).is_some_and(|other| other < at);
        is_free && before && this.is_plain() && other.is_plain() && self.readers[id.index()] == 1
    }

    /// Takes back the step of a sum that nothing else reads, and returns its terms.
    fn sum_to_extend(&mut self, id: NodeId, view: View) -> Option<Vec<View>> {
        let at = self.position(view.buffer)?;
        let step = &self.program.steps[at];
        let is_open = matches!(step.op, StepOp::Sum) && step.activation.is_none() && !step.moments;
        if is_open && view.is_plain() && self.readers[id.index()] == 1 {
            return Some(self.program.steps.remove(at).inputs);
        }
        None
    }

    fn multiply(&mut self, input: View, by: View) -> View {
        let by = self.materialised(by);
        let input = match input.factor.is_none() && input.activation.is_none() {
            true => input,
            false => self.materialised(input),
        };
        View {
            factor: Some(Factor::Map(by.buffer)),
            ..input
        }
    }

    /// Returns a view whose numbers lie in memory as they are.
    fn materialised(&mut self, view: View) -> View {
        match view.is_plain() {
            true => view,
            false => self.step(StepOp::Sum, vec![view]),
        }
    }

    /// Returns a view that is as large as its map.
    fn at_size(&mut self, view: View) -> View {
        match view.upsample {
            1 => view,
            _ => self.materialised(view),
        }
    }

    /// Returns a view whose map has known moments.
    fn measured(&mut self, view: View) -> View {
        let mut view = self.materialised(view);
        let step = self.producer(view.buffer);
        if matches!(
            step.op,
            StepOp::Input { .. } | StepOp::Mean | StepOp::Gather(_)
        ) {
            view = self.step(StepOp::Sum, vec![view]);
        }
        self.producer(view.buffer).moments = true;
        view
    }

    fn position(&self, buffer: BufferId) -> Option<usize> {
        let mut steps = self.program.steps.iter();
        steps.rposition(|step| step.output == buffer)
    }

    fn producer(&mut self, buffer: BufferId) -> &mut Step {
        let at = self.position(buffer);
        &mut self.program.steps[at.expect("a step wrote each map that a view shows")]
    }
}
