//! EfficientNet of DeepLabCut's TensorFlow engine, at stride 16, without its last convolution.

use dlc_model::{EfficientnetSize, NetworkConfig};

use super::{Heads, Square, tensorflow::Layers};
use crate::{
    graph::{Activation, Builder, NodeId, Op},
    weights::WeightReader,
};

const EPSILON: f32 = 1e-3;
const STEM: usize = 32;

/// A row of equal blocks: channels at width 1, blocks at depth 1, kernel, stride of the first
/// block, how many times wider a block is inside.
struct Stage {
    outputs: usize,
    blocks: f64,
    kernel: usize,
    stride: usize,
    expansion: usize,
}

const STAGES: [Stage; 7] = [
    Stage::new(16, 1.0, 3, 1, 1),
    Stage::new(24, 2.0, 3, 2, 6),
    Stage::new(40, 2.0, 5, 2, 6),
    Stage::new(80, 3.0, 3, 2, 6),
    Stage::new(112, 3.0, 5, 1, 6),
    // Stride 2 in EfficientNet: DeepLabCut keeps the features at stride 16.
    Stage::new(192, 4.0, 5, 1, 6),
    Stage::new(320, 1.0, 3, 1, 6),
];

impl Stage {
    const fn new(
        outputs: usize,
        blocks: f64,
        kernel: usize,
        stride: usize,
        expansion: usize,
    ) -> Self {
        Self {
            outputs,
            blocks,
            kernel,
            stride,
            expansion,
        }
    }
}

/// How much wider and deeper a size is than the plan above.
#[derive(Clone, Copy)]
struct Factors {
    width: f64,
    depth: f64,
}

impl From<EfficientnetSize> for Factors {
    fn from(size: EfficientnetSize) -> Self {
        let (width, depth) = match size {
            EfficientnetSize::B0 => (1.0, 1.0),
            EfficientnetSize::B1 => (1.0, 1.1),
            EfficientnetSize::B2 => (1.1, 1.2),
            EfficientnetSize::B3 => (1.2, 1.4),
            EfficientnetSize::B4 => (1.4, 1.8),
            EfficientnetSize::B5 => (1.6, 2.2),
            EfficientnetSize::B6 => (1.8, 2.6),
        };
        Self { width, depth }
    }
}

impl Factors {
    fn channels(self, full: usize) -> usize {
        super::scaled(full, self.width)
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "blocks are a small positive number"
    )]
    fn blocks(self, full: f64) -> usize {
        (full * self.depth).ceil() as usize
    }
}

fn root(size: EfficientnetSize) -> &'static str {
    match size {
        EfficientnetSize::B0 => "efficientnet/efficientnet-b0",
        EfficientnetSize::B1 => "efficientnet/efficientnet-b1",
        EfficientnetSize::B2 => "efficientnet/efficientnet-b2",
        EfficientnetSize::B3 => "efficientnet/efficientnet-b3",
        EfficientnetSize::B4 => "efficientnet/efficientnet-b4",
        EfficientnetSize::B5 => "efficientnet/efficientnet-b5",
        EfficientnetSize::B6 => "efficientnet/efficientnet-b6",
    }
}

/// Builds the network on `input`.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    size: EfficientnetSize,
    config: &NetworkConfig,
) -> Heads {
    let factors = Factors::from(size);
    let mut net = Efficientnet {
        layers: Layers { builder, reader },
        root: root(size),
    };

    let mut inputs = factors.channels(STEM);
    let mut names = Names::new("stem".to_owned());
    let mut x = net.conv(&mut names, input, Square::same(3, [3, inputs], 2));
    x = net.layers.activation(Activation::Silu, x);
    net.name("stem", x);
    let mut block = 0;
    for stage in &STAGES {
        let outputs = factors.channels(stage.outputs);
        for index in 0..factors.blocks(stage.blocks) {
            let stride = if index == 0 { stage.stride } else { 1 };
            let name = format!("blocks_{block}");
            x = net.block(&name, x, [inputs, outputs], stage, stride);
            net.name(&name, x);
            inputs = outputs;
            block += 1;
        }
    }
    net.layers.heads(x, inputs, config)
}

struct Efficientnet<'a> {
    layers: Layers<'a>,
    root: &'static str,
}

impl Efficientnet<'_> {
    /// Expand by 1×1, filter each channel, weigh the channels, project by 1×1.
    fn block(
        &mut self,
        name: &str,
        input: NodeId,
        [inputs, outputs]: [usize; 2],
        stage: &Stage,
        stride: usize,
    ) -> NodeId {
        let mut names = Names::new(name.to_owned());
        let wide = inputs * stage.expansion;
        let mut x = input;
        if stage.expansion > 1 {
            x = self.conv(&mut names, x, Square::same(1, [inputs, wide], 1));
            x = self.layers.activation(Activation::Silu, x);
        }
        let kernel = format!("{}/{name}/depthwise_conv2d/depthwise_kernel", self.root);
        x = self
            .layers
            .depthwise(&kernel, x, wide, stage.kernel, stride);
        x = self.norm(&mut names, x, wide);
        x = self.layers.activation(Activation::Silu, x);
        x = self.attention(name, x, wide, (inputs / 4).max(1));
        x = self.conv(&mut names, x, Square::same(1, [wide, outputs], 1));
        if stride == 1 && inputs == outputs {
            x = self.layers.builder.add(Op::Add, &[x, input]);
        }
        x
    }

    fn name(&mut self, name: &str, output: NodeId) {
        let name = format!("{}/{name}", self.root);
        self.layers.builder.name(name, output);
    }

    /// Weighs the channels by what they hold on average (squeeze and excite).
    fn attention(&mut self, name: &str, input: NodeId, channels: usize, few: usize) -> NodeId {
        let prefix = format!("{}/{name}/se", self.root);
        let x = self.layers.builder.add(Op::GlobalMean, &[input]);
        let squeeze = Square::same(1, [channels, few], 1);
        let x = self
            .layers
            .conv_with_bias(&format!("{prefix}/conv2d"), x, squeeze);
        let x = self.layers.activation(Activation::Silu, x);
        let excite = Square::same(1, [few, channels], 1);
        let x = self
            .layers
            .conv_with_bias(&format!("{prefix}/conv2d_1"), x, excite);
        let x = self.layers.activation(Activation::Sigmoid, x);
        self.layers.builder.add(Op::Multiply, &[input, x])
    }

    fn conv(&mut self, names: &mut Names, input: NodeId, square: Square) -> NodeId {
        let kernel = format!("{}/{}/kernel", self.root, names.conv());
        let x = self.layers.conv(&kernel, input, square);
        self.norm(names, x, square.outputs)
    }

    fn norm(&mut self, names: &mut Names, input: NodeId, channels: usize) -> NodeId {
        let name = format!("{}/{}", self.root, names.norm());
        self.layers.stored_norm(&name, input, channels, EPSILON)
    }
}

/// Names of the layers of a block, as TensorFlow counts them: `conv2d`, `conv2d_1`, …
struct Names {
    scope: String,
    convs: usize,
    norms: usize,
}

impl Names {
    fn new(scope: String) -> Self {
        Self {
            scope,
            convs: 0,
            norms: 0,
        }
    }

    fn conv(&mut self) -> String {
        self.convs += 1;
        numbered(&self.scope, "conv2d", self.convs)
    }

    fn norm(&mut self) -> String {
        self.norms += 1;
        numbered(&self.scope, "tpu_batch_normalization", self.norms)
    }
}

fn numbered(scope: &str, layer: &str, count: usize) -> String {
    match count {
        1 => format!("{scope}/{layer}"),
        count => format!("{scope}/{layer}_{}", count - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_checkpoints() {
        let plan = |size| {
            let factors = Factors::from(size);
            let stages = STAGES.iter();
            let plan = stages.map(|s| (factors.channels(s.outputs), factors.blocks(s.blocks)));
            plan.collect::<Vec<_>>()
        };

        let b0 = [
            (16, 1),
            (24, 2),
            (40, 2),
            (80, 3),
            (112, 3),
            (192, 4),
            (320, 1),
        ];
        let b3 = [
            (24, 2),
            (32, 3),
            (48, 3),
            (96, 5),
            (136, 5),
            (232, 6),
            (384, 2),
        ];
        assert_eq!(plan(EfficientnetSize::B0), b0);
        assert_eq!(plan(EfficientnetSize::B3), b3);
    }
}
