//! The networks: one file a family, each a function that builds a graph from a checkpoint.

mod cspnext;
mod efficientnet;
mod hrnet;
mod mobilenet_v2;
mod pytorch;
mod resnet;
mod slim_resnet;
mod tensorflow;

use std::iter;

use dlc_model::{Engine, NetType, NetworkConfig, ResnetDepth, Weights};

use crate::{
    estimator::{BatchStatistics, LoadNetworkError, LoadNetworkErrorKind},
    graph::{Activation, Builder, Graph, NodeId, Op, Padding},
    weights::{LoadReport, WeightReader},
};

/// A network that is ready for an executor.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) graph: Graph,
    /// Pixels of the input for each cell of the heatmap.
    pub(crate) stride: f32,
    pub(crate) report: LoadReport,
}

/// What a family of networks builds: heatmaps as the head gives them, and the location refinement.
struct Heads {
    heatmap: NodeId,
    locref: Option<NodeId>,
    stride: f32,
}

/// A square convolution.
#[derive(Clone, Copy, Debug)]
struct Square {
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: Padding,
}

impl Square {
    /// Returns a convolution of this kernel with TensorFlow's `SAME`.
    fn same(kernel: usize, [inputs, outputs]: [usize; 2], stride: usize) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride,
            dilation: 1,
            padding: Padding::Same,
        }
    }

    /// Returns a convolution of this odd kernel with as many zeros on all sides as keep the size
    /// at stride 1.
    fn even(kernel: usize, channels: [usize; 2], stride: usize) -> Self {
        Self {
            padding: Padding::Even(kernel / 2),
            ..Self::same(kernel, channels, stride)
        }
    }

    /// Returns the convolution with its taps this many cells apart.
    fn dilated(self, dilation: usize) -> Self {
        let padding = match self.padding {
            Padding::Even(_) => Padding::Even(self.kernel / 2 * dilation),
            Padding::Same => Padding::Same,
        };
        Self {
            dilation,
            padding,
            ..self
        }
    }
}

/// Builds the network that `config` names from the tensors of a checkpoint.
pub(crate) fn build(
    config: &NetworkConfig,
    weights: &Weights,
    statistics: BatchStatistics,
) -> Result<Network, LoadNetworkError> {
    let mut reader = WeightReader::new(weights);
    check_bodyparts(config, &reader)?;
    let mut builder = Builder::default();
    let input = builder.add(Op::Input(config.input_scaling), &[]);
    let heads = match (config.engine, &config.net_type) {
        (Engine::TensorFlow, NetType::MobilenetV2(width)) => {
            let statistics = statistics.into();
            mobilenet_v2::build(&mut builder, &mut reader, input, *width, statistics, config)
        }
        (Engine::TensorFlow, NetType::Resnet(depth)) => {
            slim_resnet::build(&mut builder, &mut reader, input, *depth, config)
        }
        (Engine::TensorFlow, NetType::Efficientnet(size)) => {
            efficientnet::build(&mut builder, &mut reader, input, *size, config)
        }
        (Engine::PyTorch, NetType::Resnet(depth @ (ResnetDepth::D50 | ResnetDepth::D101))) => {
            resnet::build(&mut builder, &mut reader, input, *depth, config)
        }
        (Engine::PyTorch, NetType::Hrnet(width)) => {
            hrnet::build(&mut builder, &mut reader, input, *width, config)
        }
        (Engine::PyTorch, NetType::CspNext(size)) => {
            cspnext::build(&mut builder, &mut reader, input, *size, config)
        }
        (engine, net_type) => {
            let kind = LoadNetworkErrorKind::Unsupported {
                engine,
                net_type: net_type.clone(),
            };
            return Err(kind.into());
        }
    };
    let report = reader.finish();
    if !report.is_complete() {
        return Err(LoadNetworkErrorKind::Incomplete { report }.into());
    }
    let heatmap = if config.apply_sigmoid {
        builder.add(Op::Activation(Activation::Sigmoid), &[heads.heatmap])
    } else {
        heads.heatmap
    };
    let outputs = iter::once(heatmap).chain(heads.locref).collect();
    let graph = builder.finish(outputs);
    Ok(Network {
        graph,
        stride: heads.stride,
        report,
    })
}

/// Compares the number of body parts with the number of heatmaps in the checkpoint.
///
/// A wrong shape would be reported all the same; this one deserves its own words, because the
/// remedy lies in the project and not in the file.
fn check_bodyparts(
    config: &NetworkConfig,
    reader: &WeightReader<'_>,
) -> Result<(), LoadNetworkError> {
    let (name, axis) = match config.engine {
        Engine::TensorFlow => (tensorflow::HEATMAP_WEIGHTS, 2),
        Engine::PyTorch => (pytorch::HEATMAP_WEIGHTS, 1),
    };
    match reader.shape_of(name).and_then(|shape| shape.get(axis)) {
        Some(&heatmaps) if heatmaps != config.bodyparts.len() => {
            Err(LoadNetworkErrorKind::Bodyparts {
                bodyparts: config.bodyparts.clone(),
                heatmaps,
            }
            .into())
        }
        _ => Ok(()),
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
