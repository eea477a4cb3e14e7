//! MobileNetV2 of DeepLabCut's TensorFlow engine, at stride 16, with its two heads at stride 8.

use dlc_model::{MobilenetWidth, NetworkConfig};

use super::{Heads, Square, scaled, tensorflow::Layers};
use crate::{
    graph::{Activation, Builder, NodeId, Op, Statistics},
    weights::WeightReader,
};

const EPSILON: f32 = 1e-3;
const FEATURES: usize = 1280;

/// Output channels (at width 1.0) and stride of the inverted residual blocks after the first.
///
/// DeepLabCut sets the stride of the block that goes to 160 channels to 1, so that features stay
/// at stride 16.
const BLOCKS: [(usize, usize); 16] = [
    (24, 2),
    (24, 1),
    (32, 2),
    (32, 1),
    (32, 1),
    (64, 2),
    (64, 1),
    (64, 1),
    (64, 1),
    (96, 1),
    (96, 1),
    (96, 1),
    (160, 1),
    (160, 1),
    (160, 1),
    (320, 1),
];

/// Builds the network on `input`.
///
/// DeepLabCut builds its normalisations in training mode at inference too: they use the
/// statistics of the frames at hand, and the moving averages of the checkpoint are never read.
pub(super) fn build(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    width: MobilenetWidth,
    statistics: Statistics,
    config: &NetworkConfig,
) -> Heads {
    let mut net = MobileNet {
        layers: Layers { builder, reader },
        statistics,
    };
    let channels = |full: usize| scaled(full, width.multiplier());

    let mut x = net.conv("Conv", input, Square::same(3, [3, channels(32)], 2));
    x = net.relu6(x);
    net.name("Conv", x);
    x = net.block("expanded_conv", x, [channels(32), channels(16)], 1, 1);
    net.name("expanded_conv", x);
    let mut inputs = channels(16);
    for (index, (outputs, stride)) in BLOCKS.into_iter().enumerate() {
        let name = format!("expanded_conv_{}", index + 1);
        x = net.block(&name, x, [inputs, channels(outputs)], stride, 6);
        net.name(&name, x);
        inputs = channels(outputs);
    }
    x = net.conv("Conv_1", x, Square::same(1, [inputs, FEATURES], 1));
    x = net.relu6(x);
    net.name("Conv_1", x);
    net.layers.heads(x, FEATURES, config)
}

struct MobileNet<'a> {
    layers: Layers<'a>,
    statistics: Statistics,
}

impl MobileNet<'_> {
    /// An inverted residual: expand by 1×1, filter each channel by 3×3, project by 1×1.
    fn block(
        &mut self,
        name: &str,
        input: NodeId,
        [inputs, outputs]: [usize; 2],
        stride: usize,
        expansion: usize,
    ) -> NodeId {
        let wide = scaled(inputs * expansion, 1.0);
        let mut x = input;
        if expansion > 1 {
            let expand = Square::same(1, [inputs, wide], 1);
            x = self.conv(&format!("{name}/expand"), x, expand);
            x = self.relu6(x);
        }
        x = self.depthwise(&format!("{name}/depthwise"), x, wide, stride);
        x = self.relu6(x);
        let project = Square::same(1, [wide, outputs], 1);
        x = self.conv(&format!("{name}/project"), x, project);
        if stride == 1 && inputs == outputs {
            x = self.layers.builder.add(Op::Add, &[x, input]);
        }
        x
    }

    fn conv(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        let weights = format!("MobilenetV2/{name}/weights");
        let x = self.layers.conv(&weights, input, square);
        self.norm(name, x, square.outputs)
    }

    fn depthwise(&mut self, name: &str, input: NodeId, channels: usize, stride: usize) -> NodeId {
        let weights = format!("MobilenetV2/{name}/depthwise_weights");
        let x = self.layers.depthwise(&weights, input, channels, 3, stride);
        self.norm(name, x, channels)
    }

    fn norm(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let name = format!("MobilenetV2/{name}/BatchNorm");
        let statistics = self.statistics.clone();
        self.layers
            .live_norm(&name, input, channels, EPSILON, statistics)
    }

    fn name(&mut self, name: &str, output: NodeId) {
        let name = format!("MobilenetV2/{name}");
        self.layers.builder.name(name, output);
    }

    fn relu6(&mut self, input: NodeId) -> NodeId {
        self.layers.activation(Activation::Relu6, input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_those_of_the_checkpoints() {
        let of = |multiplier| [32, 16, 24, 32, 64, 96, 160, 320].map(|c| scaled(c, multiplier));

        assert_eq!(of(0.35), [16, 8, 8, 16, 24, 32, 56, 112]);
        assert_eq!(of(1.0), [32, 16, 24, 32, 64, 96, 160, 320]);
    }
}
