//! ResNet of DeepLabCut's PyTorch engine (that of timm), at stride 16.

use dlc_model::{NetworkConfig, ResnetDepth};

use super::{Heads, Square, pytorch::Layers};
use crate::{
    graph::{Activation, Builder, MaxPool, NodeId, Op, Padding},
    weights::WeightReader,
};

const STEM: usize = 64;
const FEATURES: usize = 2048;
const STRIDE: f32 = 16.0;
const GROUPS: usize = 32;

/// How the convolutions are normalised.
#[derive(Clone, Copy)]
enum Normalisation {
    /// By the statistics of training.
    Batch,
    /// In groups of channels, by the statistics of the frame.
    Group,
}

/// Builds the network on `input`.
///
/// `resnet_50` is timm's `resnet50_gn`, with group normalisation; `resnet_101` has batch
/// normalisation. The *first* block of a layer halves the map. The fourth layer would reach stride
/// 32: it keeps its size instead, and its later blocks see twice as far.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    depth: ResnetDepth,
    config: &NetworkConfig,
) -> Heads {
    let (normalisation, blocks) = match depth {
        ResnetDepth::D50 => (Normalisation::Group, [3, 4, 6, 3]),
        ResnetDepth::D101 => (Normalisation::Batch, [3, 4, 23, 3]),
        ResnetDepth::D152 => (Normalisation::Batch, [3, 8, 36, 3]),
    };
    let mut net = Resnet {
        layers: Layers { builder, reader },
        normalisation,
    };
    let x = net.conv("conv1", "bn1", input, Square::even(7, [3, STEM], 2));
    let x = net.layers.activation(Activation::Relu, x);
    net.name("act1", x);
    let pool = MaxPool {
        kernel: 3,
        stride: 2,
        padding: Padding::Even(1),
    };
    let mut x = net.layers.builder.add(Op::MaxPool(pool), &[x]);
    net.name("maxpool", x);
    let mut inputs = STEM;
    for (layer, blocks) in blocks.into_iter().enumerate() {
        let width = STEM << layer;
        for block in 0..blocks {
            let name = format!("layer{}.{block}", layer + 1);
            let middle = match (layer, block) {
                (1 | 2, 0) => Square::even(3, [width, width], 2),
                (3, 1..) => Square::even(3, [width, width], 1).dilated(2),
                _ => Square::even(3, [width, width], 1),
            };
            x = net.block(&name, x, inputs, middle);
            net.name(&name, x);
            inputs = 4 * width;
        }
    }
    net.layers.heads(x, FEATURES, STRIDE, config)
}

struct Resnet<'a> {
    layers: Layers<'a>,
    normalisation: Normalisation,
}

impl Resnet<'_> {
    /// A bottleneck: 1×1, `middle`, 1×1 to four times as many channels, and the input added.
    fn block(&mut self, name: &str, input: NodeId, inputs: usize, middle: Square) -> NodeId {
        let (width, outputs) = (middle.inputs, 4 * middle.inputs);
        let unit = |net: &mut Self, i: usize, input, square| {
            net.conv(
                &format!("{name}.conv{i}"),
                &format!("{name}.bn{i}"),
                input,
                square,
            )
        };
        let x = unit(self, 1, input, Square::even(1, [inputs, width], 1));
        let x = self.layers.activation(Activation::Relu, x);
        let x = unit(self, 2, x, middle);
        let x = self.layers.activation(Activation::Relu, x);
        let x = unit(self, 3, x, Square::even(1, [width, outputs], 1));
        let shortcut = if inputs == outputs {
            input
        } else {
            let square = Square::even(1, [inputs, outputs], middle.stride);
            let [conv, norm] = [0, 1].map(|i| format!("{name}.downsample.{i}"));
            self.conv(&conv, &norm, input, square)
        };
        let x = self.layers.builder.add(Op::Add, &[x, shortcut]);
        self.layers.activation(Activation::Relu, x)
    }

    fn name(&mut self, name: &str, output: NodeId) {
        let name = format!("backbone.model.{name}");
        self.layers.builder.name(name, output);
    }

    fn conv(&mut self, conv: &str, norm: &str, input: NodeId, square: Square) -> NodeId {
        let [conv, norm] = [conv, norm].map(|name| format!("backbone.model.{name}"));
        let x = self.layers.conv(&conv, input, square);
        match self.normalisation {
            Normalisation::Batch => self.layers.batch_norm(&norm, x, square.outputs),
            Normalisation::Group => self.layers.group_norm(&norm, x, square.outputs, GROUPS),
        }
    }
}
