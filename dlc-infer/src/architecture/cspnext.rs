//! CSPNeXt (P5) of DeepLabCut's PyTorch engine, at stride 32, with heatmap heads at stride 16.

use dlc_model::{CspNextSize, NetworkConfig};

use super::Heads;
use crate::{
    graph::{Activation, Builder, Conv, Deconv, MaxPool, NodeId, Norm, Op, Padding, Statistics},
    weights::WeightReader,
};

pub(super) const HEATMAP_WEIGHTS: &str = "heads.bodypart.heatmap_head.deconv_layers.0.weight";

const EPSILON: f32 = 1e-5;

/// One stage: channels at width 1, blocks at depth 1, whether blocks add their input, whether it
/// begins with spatial pyramid pooling.
struct Stage {
    channels: usize,
    blocks: f64,
    residual: bool,
    pyramid: bool,
}

const STEM: usize = 64;
const STAGES: [Stage; 4] = [
    Stage::new(128, 3.0, true, false),
    Stage::new(256, 6.0, true, false),
    Stage::new(512, 6.0, true, false),
    Stage::new(1024, 3.0, false, true),
];

impl Stage {
    const fn new(channels: usize, blocks: f64, residual: bool, pyramid: bool) -> Self {
        Self {
            channels,
            blocks,
            residual,
            pyramid,
        }
    }
}

/// How much deeper and wider a size is than the plan above.
#[derive(Clone, Copy)]
struct Factors {
    depth: f64,
    width: f64,
}

impl From<CspNextSize> for Factors {
    fn from(size: CspNextSize) -> Self {
        let (depth, width) = match size {
            CspNextSize::S => (0.33, 0.5),
            CspNextSize::M => (0.67, 0.75),
            CspNextSize::X => (1.33, 1.25),
        };
        Self { depth, width }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "channels and blocks are small positive numbers"
)]
impl Factors {
    fn channels(self, full: usize) -> usize {
        (full as f64 * self.width) as usize
    }

    /// Ties round to even, as in Python.
    fn blocks(self, full: f64) -> usize {
        ((full * self.depth).round_ties_even() as usize).max(1)
    }
}

/// Builds the network on `input`.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader<'_>,
    input: NodeId,
    size: CspNextSize,
    config: &NetworkConfig,
) -> Heads {
    let factors = Factors::from(size);
    let mut net = CspNext { builder, reader };

    let stem = factors.channels(STEM);
    let mut x = net.conv("backbone.stem.0", input, [3, stem / 2], 3, 2);
    x = net.conv("backbone.stem.1", x, [stem / 2, stem / 2], 3, 1);
    x = net.conv("backbone.stem.2", x, [stem / 2, stem], 3, 1);
    let mut inputs = stem;
    for (index, stage) in STAGES.iter().enumerate() {
        let name = format!("backbone.stage{}", index + 1);
        let outputs = factors.channels(stage.channels);
        x = net.conv(&format!("{name}.0"), x, [inputs, outputs], 3, 2);
        let mut part = 1;
        if stage.pyramid {
            x = net.pyramid(&format!("{name}.{part}"), x, outputs);
            part += 1;
        }
        let blocks = factors.blocks(stage.blocks);
        x = net.csp_layer(
            &format!("{name}.{part}"),
            x,
            outputs,
            blocks,
            stage.residual,
        );
        inputs = outputs;
    }

    let bodyparts = config.bodyparts.len();
    Heads {
        heatmap: net.head("heatmap_head", x, [inputs, bodyparts]),
        locref: config
            .locref_std
            .map(|_| net.head("locref_head", x, [inputs, 2 * bodyparts])),
        stride: 16.0,
    }
}

struct CspNext<'a, 'w> {
    builder: &'a mut Builder,
    reader: &'a mut WeightReader<'w>,
}

impl CspNext<'_, '_> {
    /// Two roads over half the channels each, one through the blocks; then attention over both.
    fn csp_layer(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        blocks: usize,
        residual: bool,
    ) -> NodeId {
        let half = channels / 2;
        let short = self.conv(&format!("{name}.short_conv"), input, [channels, half], 1, 1);
        let mut main = self.conv(&format!("{name}.main_conv"), input, [channels, half], 1, 1);
        for block in 0..blocks {
            main = self.block(&format!("{name}.blocks.{block}"), main, half, residual);
        }
        let both = self.builder.add(Op::Concat, &[main, short]);
        let both = self.attention(&format!("{name}.attention.fc"), both, 2 * half);
        self.conv(
            &format!("{name}.final_conv"),
            both,
            [2 * half, channels],
            1,
            1,
        )
    }

    fn block(&mut self, name: &str, input: NodeId, channels: usize, residual: bool) -> NodeId {
        let x = self.conv(&format!("{name}.conv1"), input, [channels, channels], 3, 1);
        let x = self.depthwise(&format!("{name}.conv2.depthwise_conv"), x, channels);
        let name = format!("{name}.conv2.pointwise_conv");
        let x = self.conv(&name, x, [channels, channels], 1, 1);
        if residual {
            self.builder.add(Op::Add, &[x, input])
        } else {
            x
        }
    }

    /// Weighs each channel by a function of the means of all.
    fn attention(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let mean = self.builder.add(Op::GlobalMean, &[input]);
        let conv = Conv {
            weight: self
                .reader
                .take(&format!("{name}.weight"), &[channels, channels, 1, 1]),
            bias: Some(self.reader.take(&format!("{name}.bias"), &[channels])),
            stride: 1,
            groups: 1,
            padding: Padding::Even(0),
        };
        let x = self.builder.add(Op::Conv(conv), &[mean]);
        let weight = self
            .builder
            .add(Op::Activation(Activation::HardSigmoid), &[x]);
        self.builder.add(Op::Multiply, &[input, weight])
    }

    /// Spatial pyramid pooling: maxima over three window sizes beside the map itself.
    fn pyramid(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let half = channels / 2;
        let x = self.conv(&format!("{name}.conv1"), input, [channels, half], 1, 1);
        let mut maps = vec![x];
        for kernel in [5, 9, 13] {
            let pool = MaxPool {
                kernel,
                padding: kernel / 2,
            };
            maps.push(self.builder.add(Op::MaxPool(pool), &[x]));
        }
        let all = self.builder.add(Op::Concat, &maps);
        self.conv(&format!("{name}.conv2"), all, [4 * half, channels], 1, 1)
    }

    fn conv(
        &mut self,
        name: &str,
        input: NodeId,
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> NodeId {
        let shape = [outputs, inputs, kernel, kernel];
        self.unit(name, input, &shape, stride, 1)
    }

    fn depthwise(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        self.unit(name, input, &[channels, 1, 5, 5], 1, channels)
    }

    /// Convolution, normalisation with stored statistics, SiLU.
    fn unit(
        &mut self,
        name: &str,
        input: NodeId,
        shape: &[usize; 4],
        stride: usize,
        groups: usize,
    ) -> NodeId {
        let conv = Conv {
            weight: self.reader.take(&format!("{name}.conv.weight"), shape),
            bias: None,
            stride,
            groups,
            padding: Padding::Even(shape[2] / 2),
        };
        let mut take = |part: &str| {
            self.reader
                .take(&format!("{name}.norm.{part}"), &shape[..1])
        };
        let norm = Norm {
            gamma: take("weight"),
            beta: take("bias"),
            statistics: Statistics::Stored {
                mean: take("running_mean"),
                variance: take("running_var"),
            },
            epsilon: EPSILON,
        };
        self.reader
            .leave(&format!("{name}.norm.num_batches_tracked"));
        let x = self.builder.add(Op::Conv(conv), &[input]);
        let x = self.builder.add(Op::Norm(norm), &[x]);
        self.builder.add(Op::Activation(Activation::Silu), &[x])
    }

    /// A transposed 3×3 convolution to stride 16, without padding: one more row and column than
    /// twice the features'.
    fn head(&mut self, name: &str, input: NodeId, [inputs, outputs]: [usize; 2]) -> NodeId {
        let prefix = format!("heads.bodypart.{name}.deconv_layers.0");
        let deconv = Deconv {
            weight: self
                .reader
                .take(&format!("{prefix}.weight"), &[inputs, outputs, 3, 3]),
            bias: self.reader.take(&format!("{prefix}.bias"), &[outputs]),
            stride: 2,
            crop: 0,
        };
        self.builder.add(Op::Deconv(deconv), &[input])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_the_snapshots() {
        let small = Factors::from(CspNextSize::S);

        assert_eq!(small.channels(1024), 512);
        assert_eq!([3.0, 6.0].map(|n| small.blocks(n)), [1, 2]);
        assert_eq!(Factors::from(CspNextSize::X).blocks(6.0), 8);
    }
}
