//! MobileNetV2 of DeepLabCut's TensorFlow engine, at stride 16, with its two heads at stride 8.

use dlc_model::{MobilenetWidth, NetworkConfig};

use super::Heads;
use crate::{
    graph::{Activation, Builder, Conv, Deconv, NodeId, Norm, Op, Padding, Statistics},
    weights::{WeightReader, permuted},
};

pub(super) const HEATMAP_WEIGHTS: &str = "pose/part_pred/block4/weights";

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
    reader: &mut WeightReader<'_>,
    input: NodeId,
    width: MobilenetWidth,
    statistics: Statistics,
    config: &NetworkConfig,
) -> Heads {
    let mut net = MobileNet {
        builder,
        reader,
        statistics,
    };
    let channels = |full: usize| scaled(full, width.multiplier());

    let mut x = net.conv("Conv", input, [3, 3], [3, channels(32)], 2);
    x = net.relu6(x);
    x = net.block("expanded_conv", x, [channels(32), channels(16)], 1, 1);
    let mut inputs = channels(16);
    for (index, (outputs, stride)) in BLOCKS.into_iter().enumerate() {
        let name = format!("expanded_conv_{}", index + 1);
        x = net.block(&name, x, [inputs, channels(outputs)], stride, 6);
        inputs = channels(outputs);
    }
    x = net.conv("Conv_1", x, [1, 1], [inputs, FEATURES], 1);
    x = net.relu6(x);

    let bodyparts = config.bodyparts.len();
    Heads {
        heatmap: net.head("part_pred", x, bodyparts),
        locref: config
            .locref_std
            .map(|_| net.head("locref_pred", x, 2 * bodyparts)),
        stride: 8.0,
    }
}

/// Rounds a scaled number of channels to a multiple of 8, at most a tenth below what was asked.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "channels are small positive numbers"
)]
fn scaled(channels: usize, multiplier: f64) -> usize {
    let wanted = channels as f64 * multiplier;
    let rounded = ((wanted + 4.0) as usize / 8 * 8).max(8);
    if (rounded as f64) < 0.9 * wanted {
        rounded + 8
    } else {
        rounded
    }
}

struct MobileNet<'a, 'w> {
    builder: &'a mut Builder,
    reader: &'a mut WeightReader<'w>,
    statistics: Statistics,
}

impl MobileNet<'_, '_> {
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
            x = self.conv(&format!("{name}/expand"), x, [1, 1], [inputs, wide], 1);
            x = self.relu6(x);
        }
        x = self.depthwise(&format!("{name}/depthwise"), x, wide, stride);
        x = self.relu6(x);
        x = self.conv(&format!("{name}/project"), x, [1, 1], [wide, outputs], 1);
        if stride == 1 && inputs == outputs {
            x = self.builder.add(Op::Add, &[x, input]);
        }
        x
    }

    fn conv(
        &mut self,
        name: &str,
        input: NodeId,
        [height, width]: [usize; 2],
        [inputs, outputs]: [usize; 2],
        stride: usize,
    ) -> NodeId {
        let shape = [height, width, inputs, outputs];
        let weight = self
            .reader
            .take(&format!("MobilenetV2/{name}/weights"), &shape);
        let conv = Conv {
            weight: permuted(&weight, [3, 2, 0, 1]),
            bias: None,
            stride,
            groups: 1,
            padding: Padding::Same,
        };
        let x = self.builder.add(Op::Conv(conv), &[input]);
        self.norm(name, x, outputs)
    }

    fn depthwise(&mut self, name: &str, input: NodeId, channels: usize, stride: usize) -> NodeId {
        let name_of_weights = format!("MobilenetV2/{name}/depthwise_weights");
        let weight = self.reader.take(&name_of_weights, &[3, 3, channels, 1]);
        let conv = Conv {
            weight: permuted(&weight, [2, 3, 0, 1]),
            bias: None,
            stride,
            groups: channels,
            padding: Padding::Same,
        };
        let x = self.builder.add(Op::Conv(conv), &[input]);
        self.norm(name, x, channels)
    }

    fn norm(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        let prefix = format!("MobilenetV2/{name}/BatchNorm");
        self.reader.leave(&format!("{prefix}/moving_mean"));
        self.reader.leave(&format!("{prefix}/moving_variance"));
        let norm = Norm {
            statistics: self.statistics.clone(),
            epsilon: EPSILON,
            gamma: self.reader.take(&format!("{prefix}/gamma"), &[channels]),
            beta: self.reader.take(&format!("{prefix}/beta"), &[channels]),
        };
        self.builder.add(Op::Norm(norm), &[input])
    }

    fn relu6(&mut self, input: NodeId) -> NodeId {
        self.builder
            .add(Op::Activation(Activation::Relu6), &[input])
    }

    /// A transposed 3×3 convolution to stride 8; with TensorFlow's `SAME` it is exactly twice as
    /// high and wide as the features.
    fn head(&mut self, name: &str, input: NodeId, outputs: usize) -> NodeId {
        let prefix = format!("pose/{name}/block4");
        let shape = [3, 3, outputs, FEATURES];
        let weight = self.reader.take(&format!("{prefix}/weights"), &shape);
        let deconv = Deconv {
            weight: permuted(&weight, [3, 2, 0, 1]),
            bias: self.reader.take(&format!("{prefix}/biases"), &[outputs]),
            stride: 2,
            crop: 1,
        };
        self.builder.add(Op::Deconv(deconv), &[input])
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
