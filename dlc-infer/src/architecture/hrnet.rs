//! HRNet of DeepLabCut's PyTorch engine (that of timm): its branch of stride 4.

use dlc_model::{HrnetWidth, NetworkConfig};

use super::{Heads, Square, pytorch::Layers};
use crate::{
    graph::{Activation, Builder, NodeId, Op},
    weights::WeightReader,
};

const STEM: usize = 64;
/// Channels in the middle of a bottleneck of the first stage, and behind it.
const BOTTLENECK: [usize; 2] = [64, 256];
const BOTTLENECKS: usize = 4;
/// Modules of the later stages; stage `i` has `i` branches.
const MODULES: [(usize, usize); 3] = [(2, 1), (3, 4), (4, 3)];
/// Blocks of each branch of a module.
const BLOCKS: usize = 4;
const STRIDE: f32 = 4.0;

/// Builds the network on `input`.
///
/// The head sees the first branch alone. What only the others need in the last module is dropped
/// from the graph.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    width: HrnetWidth,
    config: &NetworkConfig,
) -> Heads {
    let width = match width {
        HrnetWidth::W18 => 18,
        HrnetWidth::W32 => 32,
        HrnetWidth::W48 => 48,
    };
    let mut net = Hrnet {
        layers: Layers { builder, reader },
        width,
    };

    let mut x = net.unit("conv1", "bn1", input, Square::even(3, [3, STEM], 2));
    net.name("act1", x);
    x = net.unit("conv2", "bn2", x, Square::even(3, [STEM, STEM], 2));
    net.name("act2", x);
    let mut inputs = STEM;
    for block in 0..BOTTLENECKS {
        let name = format!("layer1.{block}");
        x = net.bottleneck(&name, x, inputs);
        net.name(&name, x);
        inputs = BOTTLENECK[1];
    }
    let mut branches = vec![
        net.cell("transition1.0", x, Square::even(3, [inputs, width], 1)),
        net.cell(
            "transition1.1.0",
            x,
            Square::even(3, [inputs, 2 * width], 2),
        ),
    ];
    for (stage, modules) in MODULES {
        if stage > 2 {
            let coarsest = branches[stage - 2];
            let name = format!("transition{}.{}.0", stage - 1, stage - 1);
            let square = Square::even(3, [net.channels(stage - 2), net.channels(stage - 1)], 2);
            branches.push(net.cell(&name, coarsest, square));
        }
        for module in 0..modules {
            let name = format!("stage{stage}.{module}");
            branches = net.module(&name, branches);
            for (branch, &x) in branches.iter().enumerate() {
                net.name(&format!("{name}.branch{branch}"), x);
            }
        }
    }
    net.layers.heads(branches[0], width, STRIDE, config)
}

struct Hrnet<'a> {
    layers: Layers<'a>,
    width: usize,
}

impl Hrnet<'_> {
    fn channels(&self, branch: usize) -> usize {
        self.width << branch
    }

    fn name(&mut self, name: &str, output: NodeId) {
        let name = format!("backbone.model.{name}");
        self.layers.builder.name(name, output);
    }

    /// Each branch goes through its blocks; then each new branch is the sum of all, resized.
    fn module(&mut self, name: &str, mut branches: Vec<NodeId>) -> Vec<NodeId> {
        for (branch, x) in branches.iter_mut().enumerate() {
            for block in 0..BLOCKS {
                let name = format!("{name}.branches.{branch}.{block}");
                *x = self.basic_block(&name, *x, self.channels(branch));
            }
        }
        let fused = |net: &mut Self, to: usize| {
            let name = format!("{name}.fuse_layers.{to}");
            let resized = branches.iter().enumerate();
            let resized: Vec<NodeId> = resized
                .map(|(from, &x)| net.resized(&format!("{name}.{from}"), x, from, to))
                .collect();
            let sum = resized
                .into_iter()
                .reduce(|sum, x| net.layers.builder.add(Op::Add, &[sum, x]))
                .expect("a module has branches");
            net.layers.activation(Activation::Relu, sum)
        };
        (0..branches.len()).map(|to| fused(self, to)).collect()
    }

    /// Brings branch `from` to the size and channels of branch `to`.
    fn resized(&mut self, name: &str, input: NodeId, from: usize, to: usize) -> NodeId {
        let channels = [self.channels(from), self.channels(to)];
        if from == to {
            return input;
        }
        if from > to {
            let square = Square::even(1, channels, 1);
            let x = self.normed(&format!("{name}.0"), &format!("{name}.1"), input, square);
            return self
                .layers
                .builder
                .add(Op::Upsample(1 << (from - to)), &[x]);
        }
        let mut x = input;
        for step in 0..to - from {
            let name = format!("{name}.{step}");
            if step + 1 < to - from {
                x = self.cell(&name, x, Square::even(3, [channels[0]; 2], 2));
            } else {
                let square = Square::even(3, channels, 2);
                x = self.normed(&format!("{name}.0"), &format!("{name}.1"), x, square);
            }
        }
        x
    }

    /// Two 3×3 convolutions, and the input added.
    fn basic_block(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let square = Square::even(3, [channels; 2], 1);
        let x = self.numbered(name, 1, input, square);
        let x = self.layers.activation(Activation::Relu, x);
        let x = self.numbered(name, 2, x, square);
        let x = self.layers.builder.add(Op::Add, &[x, input]);
        self.layers.activation(Activation::Relu, x)
    }

    /// 1×1, 3×3, 1×1, and the input added.
    fn bottleneck(&mut self, name: &str, input: NodeId, inputs: usize) -> NodeId {
        let [narrow, outputs] = BOTTLENECK;
        let x = self.numbered(name, 1, input, Square::even(1, [inputs, narrow], 1));
        let x = self.layers.activation(Activation::Relu, x);
        let x = self.numbered(name, 2, x, Square::even(3, [narrow; 2], 1));
        let x = self.layers.activation(Activation::Relu, x);
        let x = self.numbered(name, 3, x, Square::even(1, [narrow, outputs], 1));
        let shortcut = if inputs == outputs {
            input
        } else {
            let square = Square::even(1, [inputs, outputs], 1);
            let [conv, norm] = [0, 1].map(|i| format!("{name}.downsample.{i}"));
            self.normed(&conv, &norm, input, square)
        };
        let x = self.layers.builder.add(Op::Add, &[x, shortcut]);
        self.layers.activation(Activation::Relu, x)
    }

    fn numbered(&mut self, name: &str, i: usize, input: NodeId, square: Square) -> NodeId {
        self.normed(
            &format!("{name}.conv{i}"),
            &format!("{name}.bn{i}"),
            input,
            square,
        )
    }

    /// The convolution `{name}.0`, its normalisation `{name}.1`, and `ReLU`.
    fn cell(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        self.unit(&format!("{name}.0"), &format!("{name}.1"), input, square)
    }

    /// Convolution, normalisation, `ReLU`.
    fn unit(&mut self, conv: &str, norm: &str, input: NodeId, square: Square) -> NodeId {
        let x = self.normed(conv, norm, input, square);
        self.layers.activation(Activation::Relu, x)
    }

    fn normed(&mut self, conv: &str, norm: &str, input: NodeId, square: Square) -> NodeId {
        let [conv, norm] = [conv, norm].map(|name| format!("backbone.model.{name}"));
        let x = self.layers.conv(&conv, input, square);
        self.layers.batch_norm(&norm, x, square.outputs)
    }
}
