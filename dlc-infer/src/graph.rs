//! A network as a small typed graph: built once, run by every executor.
//!
//! Nodes are stored in an order in which each comes after its inputs. Weights lie inside the
//! nodes, in one layout whatever the checkpoint's: convolutions are out × in × height × width.

mod fold;
mod prune;

use dlc_model::{InputScaling, Tensor};

/// The place of a node in [`Graph::nodes`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct NodeId(usize);

impl NodeId {
    /// Returns the place as a number.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// What a node does with its inputs. Maps are batch × channels × height × width.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    /// Scales the pixels of the frames; no input.
    Input(InputScaling),
    /// Convolves its input.
    Conv(Conv),
    /// Convolves its input with the transposed kernel.
    Deconv(Deconv),
    /// Normalises its input.
    Norm(Norm),
    /// Applies a function to each value.
    Activation(Activation),
    /// Takes the largest value of each window.
    MaxPool(MaxPool),
    /// Takes the mean of each channel: height and width become 1.
    GlobalMean,
    /// Adds two maps of one shape.
    Add,
    /// Multiplies a map by one value for each channel (height and width 1).
    Multiply,
    /// Puts the channels of its inputs behind each other.
    Concat,
    /// Repeats each cell this many times along both axes.
    Upsample(usize),
}

/// A convolution.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conv {
    /// Out × in per group × height × width.
    pub(crate) weight: Tensor,
    /// One value for each output channel.
    pub(crate) bias: Option<Tensor>,
    pub(crate) stride: usize,
    /// Cells from one tap of the kernel to the next.
    pub(crate) dilation: usize,
    pub(crate) groups: usize,
    pub(crate) padding: Padding,
}

/// What surrounds the input of a convolution (zeros) or of a pooling (nothing).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Padding {
    /// TensorFlow's rule: the output is `ceil(input / stride)` long; of an odd number of cells the
    /// larger half comes at the end.
    Same,
    /// As many on all four sides.
    Even(usize),
}

impl Padding {
    /// Returns the cells before and after an axis of the input. `kernel` counts the cells from its
    /// first tap to its last.
    pub(crate) fn sides(self, input: usize, kernel: usize, stride: usize) -> (usize, usize) {
        match self {
            Self::Even(zeros) => (zeros, zeros),
            Self::Same => {
                let output = input.div_ceil(stride);
                let zeros = ((output - 1) * stride + kernel).saturating_sub(input);
                (zeros / 2, zeros - zeros / 2)
            }
        }
    }

    /// Returns the cells before an axis of the input, and how often the kernel fits.
    pub(crate) fn steps(self, input: usize, kernel: usize, stride: usize) -> (usize, usize) {
        let (before, after) = self.sides(input, kernel, stride);
        (before, (input + before + after - kernel) / stride + 1)
    }
}

/// Returns the cells from the first tap of a kernel to its last.
pub(crate) fn reach(kernel: usize, dilation: usize) -> usize {
    (kernel - 1) * dilation + 1
}

/// A transposed convolution: `out[stride · i + k] += in[i] · weight[k]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deconv {
    /// In × out × height × width.
    pub(crate) weight: Tensor,
    /// One value for each output channel.
    pub(crate) bias: Tensor,
    pub(crate) stride: usize,
    /// Rows and columns cut off at the end.
    pub(crate) crop: usize,
}

/// A normalisation: `(x - mean) / sqrt(variance + epsilon) · gamma + beta`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Norm {
    pub(crate) statistics: Statistics,
    pub(crate) epsilon: f32,
    pub(crate) gamma: Tensor,
    pub(crate) beta: Tensor,
}

/// Where mean and variance come from. Variances are the biased ones.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statistics {
    /// From training, one value for each channel.
    Stored { mean: Tensor, variance: Tensor },
    /// From each channel of each frame.
    Frame,
    /// From each channel over all frames of the batch.
    Batch,
    /// From each of this many groups of neighbouring channels of each frame.
    Group(usize),
}

/// A function of one value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// `x · sigmoid(x)`.
    Silu,
    /// `min(max(x / 6 + ½, 0), 1)`.
    HardSigmoid,
    /// `x · hard sigmoid(x)`.
    HardSwish,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
}

/// The largest value of each window; outside of the map counts as -∞.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MaxPool {
    pub(crate) kernel: usize,
    pub(crate) stride: usize,
    pub(crate) padding: Padding,
}

/// An operation and the nodes it reads.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) op: Op,
    pub(crate) inputs: Vec<NodeId>,
}

/// A network from pixels to its answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    outputs: Vec<NodeId>,
    /// What the outputs of layers are called.
    layers: Vec<(String, NodeId)>,
}

impl Graph {
    /// Returns the nodes, each after its inputs.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the nodes, without a copy of the weights.
    pub(crate) fn into_nodes(self) -> Vec<Node> {
        self.nodes
    }

    /// Returns the nodes that hold the answer.
    pub(crate) fn outputs(&self) -> &[NodeId] {
        &self.outputs
    }

    /// Returns a graph whose outputs are those of all named layers, and their names.
    pub(crate) fn probed(self) -> (Self, Vec<String>) {
        let (names, outputs) = self.layers.into_iter().unzip();
        let graph = Self {
            nodes: self.nodes,
            outputs,
            layers: Vec::new(),
        };
        (graph, names)
    }

    /// Returns, for each node, the values that no later node needs once it has run.
    pub(crate) fn releases(&self) -> Vec<Vec<NodeId>> {
        let mut last_use: Vec<Option<usize>> = vec![None; self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                last_use[input.0] = Some(index);
            }
        }
        for output in &self.outputs {
            last_use[output.0] = None;
        }
        let mut releases = vec![Vec::new(); self.nodes.len()];
        for (id, user) in last_use.iter().enumerate() {
            if let Some(user) = *user {
                releases[user].push(NodeId(id));
            }
        }
        releases
    }
}

/// The values of a graph's nodes while it runs.
#[derive(Debug)]
pub(crate) struct Values<T>(Vec<Option<T>>);

impl<T> Values<T> {
    /// Creates values for a graph of `nodes` nodes.
    pub(crate) fn new(nodes: usize) -> Self {
        Self((0..nodes).map(|_| None).collect())
    }

    /// Returns the value of a node that has run and is still needed.
    pub(crate) fn of(&self, id: NodeId) -> &T {
        self.0[id.0]
            .as_ref()
            .expect("a node runs after its inputs and before they are released")
    }

    /// Keeps the value of the node that has just run.
    pub(crate) fn set(&mut self, index: usize, value: T) {
        self.0[index] = Some(value);
    }

    /// Drops values.
    pub(crate) fn release(&mut self, ids: &[NodeId]) {
        for id in ids {
            self.0[id.0] = None;
        }
    }
}

/// Collects nodes.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    nodes: Vec<Node>,
    layers: Vec<(String, NodeId)>,
}

impl Builder {
    /// Adds a node that reads `inputs`.
    pub(crate) fn add(&mut self, op: Op, inputs: &[NodeId]) -> NodeId {
        debug_assert!(inputs.iter().all(|id| id.0 < self.nodes.len()));
        self.nodes.push(Node {
            op,
            inputs: inputs.to_vec(),
        });
        NodeId(self.nodes.len() - 1)
    }

    /// Calls the value of a node the output of the layer `name`, for those who look inside.
    ///
    /// Of a convolution with a normalisation behind it, that is the value behind the normalisation:
    /// the one before it is folded away.
    pub(crate) fn name(&mut self, name: impl Into<String>, id: NodeId) {
        self.layers.push((name.into(), id));
    }

    /// Returns the graph of the nodes that the outputs need, with normalisation folded where it
    /// can be.
    pub(crate) fn finish(self, outputs: Vec<NodeId>) -> Graph {
        fold::fold(prune::prune(Graph {
            nodes: self.nodes,
            outputs,
            layers: self.layers,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_puts_the_odd_zero_at_the_end() {
        assert_eq!(Padding::Same.sides(480, 3, 2), (0, 1));
        assert_eq!(Padding::Same.sides(481, 3, 2), (1, 1));
        assert_eq!(Padding::Same.sides(30, 3, 1), (1, 1));
        assert_eq!(Padding::Same.sides(30, 1, 1), (0, 0));
        assert_eq!(Padding::Same.sides(1, 1, 2), (0, 0));
    }

    #[test]
    fn values_live_as_long_as_they_are_read_and_outputs_for_ever() {
        let mut builder = Builder::default();
        let input = builder.add(Op::Input(InputScaling::NONE), &[]);
        let pooled = builder.add(Op::GlobalMean, &[input]);
        let scaled = builder.add(Op::Multiply, &[input, pooled]);
        let graph = builder.finish(vec![scaled]);

        assert_eq!(graph.releases(), [vec![], vec![], vec![input, pooled]]);
    }

    #[test]
    fn layers_keep_their_names_where_nodes_move() {
        let channel = |value: f32| Tensor::new(vec![1], vec![value]).unwrap();
        let mut builder = Builder::default();
        let input = builder.add(Op::Input(InputScaling::NONE), &[]);
        let idle = builder.add(Op::GlobalMean, &[input]);
        builder.name("idle", idle);
        let conv = Conv {
            weight: Tensor::new(vec![1, 3, 1, 1], vec![1.0; 3]).unwrap(),
            bias: None,
            stride: 1,
            dilation: 1,
            groups: 1,
            padding: Padding::Same,
        };
        let conv = builder.add(Op::Conv(conv), &[input]);
        let norm = Norm {
            statistics: Statistics::Stored {
                mean: channel(0.0),
                variance: channel(1.0),
            },
            epsilon: 0.0,
            gamma: channel(1.0),
            beta: channel(0.0),
        };
        let norm = builder.add(Op::Norm(norm), &[conv]);
        builder.name("normalised", norm);
        let twice = builder.add(Op::Upsample(2), &[norm]);
        builder.name("upsampled", twice);

        let (graph, names) = builder.finish(vec![twice]).probed();

        assert_eq!(names, ["normalised", "upsampled"]);
        let ops = graph.outputs().iter().map(|id| &graph.nodes()[id.0].op);
        assert!(matches!(
            ops.collect::<Vec<_>>()[..],
            [Op::Conv(_), Op::Upsample(2)]
        ));
    }
}
