//! What the networks of DeepLabCut's PyTorch engine have in common.

use dlc_model::NetworkConfig;

use super::{Heads, Square};
use crate::{
    graph::{Activation, Builder, Conv, Deconv, NodeId, Norm, Op, Statistics},
    weights::WeightReader,
};

/// Weights whose shape tells the number of body parts, and on which axis.
pub(super) const BODYPART_WEIGHTS: [(&str, usize); 3] = [
    ("heads.bodypart.heatmap_head.deconv_layers.0.weight", 1),
    ("heads.bodypart.heatmap_head.final_conv.weight", 0),
    ("heads.bodypart.final_layer.weight", 0),
];

const EPSILON: f32 = 1e-5;

/// Adds layers with the weights of a PyTorch snapshot.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    pub(super) builder: &'a mut Builder,
    pub(super) reader: &'a mut WeightReader,
}

impl Layers<'_> {
    /// The convolution `name`, without bias.
    pub(super) fn conv(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        let shape = [square.outputs, square.inputs, square.kernel, square.kernel];
        self.convolution(name, input, &shape, square, 1)
    }

    /// The convolution `name` that filters each channel by itself, without bias.
    pub(super) fn depthwise(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        let channels = square.outputs;
        let shape = [channels, 1, square.kernel, square.kernel];
        self.convolution(name, input, &shape, square, channels)
    }

    fn convolution(
        &mut self,
        name: &str,
        input: NodeId,
        shape: &[usize; 4],
        square: Square,
        groups: usize,
    ) -> NodeId {
        let conv = Conv {
            weight: self.reader.take(&format!("{name}.weight"), shape),
            bias: None,
            stride: square.stride,
            dilation: square.dilation,
            groups,
            padding: square.padding,
        };
        self.builder.add(Op::Conv(conv), &[input])
    }

    /// The convolution `name`, with bias.
    pub(super) fn biased(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        let shape = [square.outputs, square.inputs, square.kernel, square.kernel];
        let conv = Conv {
            weight: self.reader.take(&format!("{name}.weight"), &shape),
            bias: Some(self.reader.take(&format!("{name}.bias"), &shape[..1])),
            stride: square.stride,
            dilation: square.dilation,
            groups: 1,
            padding: square.padding,
        };
        self.builder.add(Op::Conv(conv), &[input])
    }

    /// The 1×1 convolution `name`, with bias.
    pub(super) fn pointwise(&mut self, name: &str, input: NodeId, channels: [usize; 2]) -> NodeId {
        self.biased(name, input, Square::even(1, channels, 1))
    }

    /// The batch normalisation `name`, with the statistics of training.
    pub(super) fn batch_norm(&mut self, name: &str, input: NodeId, channels: usize) -> NodeId {
        self.batch_norm_with(name, input, channels, EPSILON)
    }

    /// The same, with another ε.
    pub(super) fn batch_norm_with(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        epsilon: f32,
    ) -> NodeId {
        self.reader.leave(&format!("{name}.num_batches_tracked"));
        let mut take = |part: &str| self.reader.take(&format!("{name}.{part}"), &[channels]);
        let statistics = Statistics::Stored {
            mean: take("running_mean"),
            variance: take("running_var"),
        };
        self.norm(name, input, channels, statistics, epsilon)
    }

    /// The group normalisation `name`.
    pub(super) fn group_norm(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        groups: usize,
    ) -> NodeId {
        self.norm(name, input, channels, Statistics::Group(groups), EPSILON)
    }

    fn norm(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        statistics: Statistics,
        epsilon: f32,
    ) -> NodeId {
        let mut take = |part: &str| self.reader.take(&format!("{name}.{part}"), &[channels]);
        let norm = Norm {
            gamma: take("weight"),
            beta: take("bias"),
            statistics,
            epsilon,
        };
        self.builder.add(Op::Norm(norm), &[input])
    }

    pub(super) fn activation(&mut self, activation: Activation, input: NodeId) -> NodeId {
        self.builder.add(Op::Activation(activation), &[input])
    }

    /// The two heads on features of this stride: those of top-down models keep it, others halve it.
    pub(super) fn heads(
        mut self,
        features: NodeId,
        channels: usize,
        stride: f32,
        config: &NetworkConfig,
    ) -> Heads {
        let bodyparts = config.bodyparts.len();
        let keeps_stride = self.reader.shape_of(BODYPART_WEIGHTS[1].0).is_some();
        let mut head = |name: &str, outputs: usize| {
            let (name, channels) = (format!("heads.bodypart.{name}"), [channels, outputs]);
            let maps = match keeps_stride {
                true => self.pointwise(&format!("{name}.final_conv"), features, channels),
                false => self.head(&name, features, channels),
            };
            self.builder.name(name, maps);
            maps
        };
        Heads {
            heatmap: head("heatmap_head", bodyparts),
            locref: config
                .locref_std
                .map(|_| head("locref_head", 2 * bodyparts)),
            stride: if keeps_stride { stride } else { stride / 2.0 },
        }
    }

    /// A transposed 3×3 convolution to half the stride, without padding: one more row and column
    /// than twice the features'.
    fn head(&mut self, name: &str, input: NodeId, [inputs, outputs]: [usize; 2]) -> NodeId {
        let prefix = format!("{name}.deconv_layers.0");
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
