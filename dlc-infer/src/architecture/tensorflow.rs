//! What the networks of DeepLabCut's TensorFlow engine have in common.

use dlc_model::{NetworkConfig, Tensor};

use super::{Heads, Square};
use crate::{
    graph::{Activation, Builder, Conv, Deconv, NodeId, Norm, Op, Padding, Statistics},
    weights::{WeightReader, permuted},
};

/// The heatmaps' weights: height × width × body parts × features.
pub(super) const HEATMAP_WEIGHTS: &str = "pose/part_pred/block4/weights";

/// Pixels a cell of the heads.
const STRIDE: f32 = 8.0;

/// Adds layers with the weights of a TensorFlow checkpoint.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    pub(super) builder: &'a mut Builder,
    pub(super) reader: &'a mut WeightReader,
}

impl Layers<'_> {
    /// A convolution with the kernel `weights` (height × width × in × out), without bias.
    pub(super) fn conv(&mut self, weights: &str, input: NodeId, square: Square) -> NodeId {
        let op = self.convolution(weights, square);
        self.builder.add(Op::Conv(op), &[input])
    }

    /// A convolution with the kernel `{name}/kernel` and the bias `{name}/bias`.
    pub(super) fn conv_with_bias(&mut self, name: &str, input: NodeId, square: Square) -> NodeId {
        let op = Conv {
            bias: Some(self.take(&format!("{name}/bias"), &[square.outputs])),
            ..self.convolution(&format!("{name}/kernel"), square)
        };
        self.builder.add(Op::Conv(op), &[input])
    }

    fn convolution(&mut self, weights: &str, square: Square) -> Conv {
        let Square {
            inputs,
            outputs,
            kernel,
            ..
        } = square;
        let weight = self.take(weights, &[kernel, kernel, inputs, outputs]);
        Conv {
            weight: permuted(&weight, [3, 2, 0, 1]),
            bias: None,
            stride: square.stride,
            dilation: square.dilation,
            groups: 1,
            padding: square.padding,
        }
    }

    /// A filter for each channel, with the kernel `weights` (height × width × channels × 1).
    pub(super) fn depthwise(
        &mut self,
        weights: &str,
        input: NodeId,
        channels: usize,
        kernel: usize,
        stride: usize,
    ) -> NodeId {
        let weight = self.take(weights, &[kernel, kernel, channels, 1]);
        let conv = Conv {
            weight: permuted(&weight, [2, 3, 0, 1]),
            bias: None,
            stride,
            dilation: 1,
            groups: channels,
            padding: Padding::Same,
        };
        self.builder.add(Op::Conv(conv), &[input])
    }

    /// The normalisation `name`, with the statistics of training.
    pub(super) fn stored_norm(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        epsilon: f32,
    ) -> NodeId {
        let statistics = Statistics::Stored {
            mean: self.take(&format!("{name}/moving_mean"), &[channels]),
            variance: self.take(&format!("{name}/moving_variance"), &[channels]),
        };
        self.norm(name, input, channels, epsilon, statistics)
    }

    /// The normalisation `name`, with the statistics of the frames at hand.
    pub(super) fn live_norm(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        epsilon: f32,
        statistics: Statistics,
    ) -> NodeId {
        self.reader.leave(&format!("{name}/moving_mean"));
        self.reader.leave(&format!("{name}/moving_variance"));
        self.norm(name, input, channels, epsilon, statistics)
    }

    fn norm(
        &mut self,
        name: &str,
        input: NodeId,
        channels: usize,
        epsilon: f32,
        statistics: Statistics,
    ) -> NodeId {
        let norm = Norm {
            statistics,
            epsilon,
            gamma: self.take(&format!("{name}/gamma"), &[channels]),
            beta: self.take(&format!("{name}/beta"), &[channels]),
        };
        self.builder.add(Op::Norm(norm), &[input])
    }

    pub(super) fn activation(&mut self, activation: Activation, input: NodeId) -> NodeId {
        self.builder.add(Op::Activation(activation), &[input])
    }

    /// The two heads on features of stride 16.
    pub(super) fn heads(
        mut self,
        features: NodeId,
        channels: usize,
        config: &NetworkConfig,
    ) -> Heads {
        // Trained along when the project asked for it, never built for inference.
        for part in ["weights", "biases"] {
            self.reader
                .leave(&format!("pose/intermediate_supervision/block4/{part}"));
        }
        let bodyparts = config.bodyparts.len();
        Heads {
            heatmap: self.head("part_pred", features, [channels, bodyparts]),
            locref: config
                .locref_std
                .map(|_| self.head("locref_pred", features, [channels, 2 * bodyparts])),
            stride: STRIDE,
        }
    }

    /// A transposed 3×3 convolution to stride 8; with TensorFlow's `SAME` it is exactly twice as
    /// high and wide as the features.
    fn head(&mut self, name: &str, input: NodeId, [inputs, outputs]: [usize; 2]) -> NodeId {
        let prefix = format!("pose/{name}/block4");
        let weight = self.take(&format!("{prefix}/weights"), &[3, 3, outputs, inputs]);
        let deconv = Deconv {
            weight: permuted(&weight, [3, 2, 0, 1]),
            bias: self.take(&format!("{prefix}/biases"), &[outputs]),
            stride: 2,
            crop: 1,
        };
        let output = self.builder.add(Op::Deconv(deconv), &[input]);
        self.builder.name(prefix, output);
        output
    }

    fn take(&mut self, name: &str, shape: &[usize]) -> Tensor {
        self.reader.take(name, shape)
    }
}
