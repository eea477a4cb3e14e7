//! ResNet v1 of DeepLabCut's TensorFlow engine (that of TF-Slim), at stride 16.

use dlc_model::{NetworkConfig, ResnetDepth};

use super::{Heads, Square, tensorflow::Layers};
use crate::{
    graph::{Activation, Builder, MaxPool, NodeId, Op, Padding},
    weights::WeightReader,
};

const EPSILON: f32 = 1e-5;
const STEM: usize = 64;
const FEATURES: usize = 2048;

/// Units of the four blocks.
fn units(depth: ResnetDepth) -> [usize; 4] {
    match depth {
        ResnetDepth::D50 => [3, 4, 6, 3],
        ResnetDepth::D101 => [3, 4, 23, 3],
        ResnetDepth::D152 => [3, 8, 36, 3],
    }
}

/// Builds the network on `input`.
///
/// Here the *last* unit of a block halves the map, in the first two blocks. The third would reach
/// stride 32: it keeps its size instead, and all units of the fourth see twice as far.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    depth: ResnetDepth,
    config: &NetworkConfig,
) -> Heads {
    let mut net = Resnet {
        layers: Layers { builder, reader },
        root: match depth {
            ResnetDepth::D50 => "resnet_v1_50",
            ResnetDepth::D101 => "resnet_v1_101",
            ResnetDepth::D152 => "resnet_v1_152",
        },
    };
    let stem = Square {
        padding: Padding::Even(3),
        ..Square::same(7, [3, STEM], 2)
    };
    let x = net.conv("conv1", input, stem);
    let x = net.layers.activation(Activation::Relu, x);
    net.name("conv1", x);
    let mut x = net.pool(x, 3, Padding::Same);
    net.name("pool1", x);
    let mut inputs = STEM;
    for (block, units) in units(depth).into_iter().enumerate() {
        let width = STEM << block;
        for unit in 1..=units {
            let name = format!("block{}/unit_{unit}/bottleneck_v1", block + 1);
            let middle = match block {
                0 | 1 if unit == units => Square {
                    padding: Padding::Even(1),
                    ..Square::same(3, [width, width], 2)
                },
                3 => Square {
                    dilation: 2,
                    ..Square::same(3, [width, width], 1)
                },
                _ => Square::same(3, [width, width], 1),
            };
            x = net.unit(&name, x, inputs, middle);
            net.name(&name, x);
            inputs = 4 * width;
        }
    }
    net.layers.heads(x, FEATURES, config)
}

struct Resnet<'a> {
    layers: Layers<'a>,
    root: &'static str,
}

impl Resnet<'_> {
    /// A bottleneck: 1×1, `middle`, 1×1 to four times as many channels, and the input added.
    fn unit(&mut self, name: &str, input: NodeId, inputs: usize, middle: Square) -> NodeId {
        let (width, outputs) = (middle.inputs, 4 * middle.inputs);
        let shortcut = if inputs != outputs {
            let square = Square::same(1, [inputs, outputs], middle.stride);
            self.conv(&format!("{name}/shortcut"), input, square)
        } else if middle.stride > 1 {
            self.pool(input, 1, Padding::Even(0))
        } else {
            input
        };
        let narrow = Square::same(1, [inputs, width], 1);
        let x = self.conv(&format!("{name}/conv1"), input, narrow);
        let x = self.layers.activation(Activation::Relu, x);
        let x = self.conv(&format!("{name}/conv2"), x, middle);
        let x = self.layers.activation(Activation::Relu, x);
        let wide = Square::same(1, [width, outputs], 1);
        let x = self.conv(&format!("{name}/conv3"), x, wide);
        let x = self.layers.builder.add(Op::Add, &[shortcut, x]);
        self.layers.activation(Activation::Relu, x)
    }

    fn conv(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        let prefix = format!("{}/{name}", self.root);
        let x = self
            .layers
            .conv(&format!("{prefix}/weights"), input, square);
        let norm = format!("{prefix}/BatchNorm");
        self.layers.stored_norm(&norm, x, square.outputs, EPSILON)
    }

    fn name(&mut self, name: &str, output: NodeId) {
        let name = format!("{}/{name}", self.root);
        self.layers.builder.name(name, output);
    }

    /// Halves a map by the largest value of each window.
    fn pool(&mut self, input: NodeId, kernel: usize, padding: Padding) -> NodeId {
        let pool = MaxPool {
            kernel,
            stride: 2,
            padding,
        };
        self.layers.builder.add(Op::MaxPool(pool), &[input])
    }
}
