//! CSPNeXt (P5) of DeepLabCut's PyTorch engine, at stride 32.

use dlc_model::{CspNextSize, NetworkConfig};

use super::{Heads, Square, pytorch::Layers};
use crate::{
    graph::{Activation, Builder, MaxPool, NodeId, Op, Padding},
    weights::WeightReader,
};

/// Pixels of the input for each cell of the features.
pub(super) const STRIDE: u8 = 32;

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

/// Builds the network on `input`, with heatmaps.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    size: CspNextSize,
    config: &NetworkConfig,
) -> Heads {
    let (features, channels) = features(builder, reader, input, size);
    let layers = Layers { builder, reader };
    layers.heads(features, channels, STRIDE.into(), config)
}

/// Builds the features on `input`; returns them and the number of their channels.
pub(super) fn features(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    size: CspNextSize,
) -> (NodeId, usize) {
    let layers = Layers { builder, reader };
    CspNext { layers }.backbone(input, size)
}

struct CspNext<'a> {
    layers: Layers<'a>,
}

impl CspNext<'_> {
    /// Returns the features and the number of their channels.
    fn backbone(&mut self, input: NodeId, size: CspNextSize) -> (NodeId, usize) {
        let factors = Factors::from(size);
        let stem = factors.channels(STEM);
        let mut x = self.layer("backbone.stem.0", input, [3, stem / 2], 3, 2);
        x = self.layer("backbone.stem.1", x, [stem / 2, stem / 2], 3, 1);
        x = self.layer("backbone.stem.2", x, [stem / 2, stem], 3, 1);
        let mut inputs = stem;
        for (index, stage) in STAGES.iter().enumerate() {
            let outputs = factors.channels(stage.channels);
            let blocks = factors.blocks(stage.blocks);
            let name = format!("backbone.stage{}", index + 1);
            x = self.layer(&format!("{name}.0"), x, [inputs, outputs], 3, 2);
            let mut part = 1;
            if stage.pyramid {
                x = self.pyramid(&format!("{name}.{part}"), x, outputs);
                part += 1;
            }
            let name = format!("{name}.{part}");
            x = self.csp_layer(&name, x, outputs, blocks, stage.residual);
            inputs = outputs;
        }
        (x, inputs)
    }

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
        let both = self.layers.builder.add(Op::Concat, &[main, short]);
        let both = self.attention(&format!("{name}.attention.fc"), both, 2 * half);
        let last = format!("{name}.final_conv");
        let x = self.conv(&last, both, [2 * half, channels], 1, 1);
        self.layers.builder.name(name, x);
        x
    }

    fn block(&mut self, name: &str, input: NodeId, channels: usize, residual: bool) -> NodeId {
        let x = self.conv(&format!("{name}.conv1"), input, [channels, channels], 3, 1);
        let depthwise = format!("{name}.conv2.depthwise_conv");
        let square = Square::even(5, [channels; 2], 1);
        let x = self
            .layers
            .depthwise(&format!("{depthwise}.conv"), x, square);
        let x = self.normed(&depthwise, x, channels);
        let name = format!("{name}.conv2.pointwise_conv");
        let x = self.conv(&name, x, [channels, channels], 1, 1);
        if residual {
            self.layers.builder.add(Op::Add, &[x, input])
        } else {
            x
        }
    }

    /// Weighs each channel by a function of the means of all.
    fn attention(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let mean = self.layers.builder.add(Op::GlobalMean, &[input]);
        let x = self.layers.pointwise(name, mean, [channels; 2]);
        let weight = self.layers.activation(Activation::HardSigmoid, x);
        self.layers.builder.add(Op::Multiply, &[input, weight])
    }

    /// Spatial pyramid pooling: maxima over three window sizes beside the map itself.
    fn pyramid(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let half = channels / 2;
        let x = self.conv(&format!("{name}.conv1"), input, [channels, half], 1, 1);
        let mut maps = vec![x];
        for kernel in [5, 9, 13] {
            let pool = MaxPool {
                kernel,
                stride: 1,
                padding: Padding::Even(kernel / 2),
            };
            maps.push(self.layers.builder.add(Op::MaxPool(pool), &[x]));
        }
        let all = self.layers.builder.add(Op::Concat, &maps);
        let x = self.conv(&format!("{name}.conv2"), all, [4 * half, channels], 1, 1);
        self.layers.builder.name(name, x);
        x
    }

    /// A convolution that is a layer of its own.
    fn layer(
        &mut self,
        name: &str,
        input: NodeId,
        channels: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> NodeId {
        let x = self.conv(name, input, channels, kernel, stride);
        self.layers.builder.name(name, x);
        x
    }

    /// Convolution, normalisation, SiLU.
    fn conv(
        &mut self,
        name: &str,
        input: NodeId,
        channels: [usize; 2],
        kernel: usize,
        stride: usize,
    ) -> NodeId {
        let square = Square::even(kernel, channels, stride);
        let x = self.layers.conv(&format!("{name}.conv"), input, square);
        self.normed(name, x, channels[1])
    }

    fn normed(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let x = self
            .layers
            .batch_norm(&format!("{name}.norm"), input, channels);
        self.layers.activation(Activation::Silu, x)
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
