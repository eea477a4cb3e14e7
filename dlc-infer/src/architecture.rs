//! The networks: one file a family, each a function that builds a graph from a checkpoint.

mod cspnext;
mod efficientnet;
mod hrnet;
mod mobilenet_v2;
mod pytorch;
mod resnet;
mod rtmpose;
mod slim_resnet;
pub(crate) mod ssdlite;
mod tensorflow;

use std::iter;

use dlc_model::{Engine, NetType, NetworkConfig, ResnetDepth, Weights};

use crate::{
    estimator::{BatchStatistics, EstimatorOptions, LoadNetworkError, LoadNetworkErrorKind},
    graph::{Activation, Builder, Graph, NodeId, Op, Padding},
    simcc::SimccHead,
    weights::{LoadReport, WeightReader},
};

/// A network that is ready for an executor.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) graph: Graph,
    pub(crate) head: Head,
    pub(crate) report: LoadReport,
}

/// What the outputs of the graph are.
#[derive(Debug)]
pub(crate) enum Head {
    /// Heatmaps, then location refinement if there is any.
    Heatmaps {
        /// Pixels of the input for each cell.
        stride: f32,
    },
    /// One map for each body part that this reads.
    Simcc(Box<SimccHead>),
}

/// What a family of networks builds: heatmaps as the head gives them, and the location refinement.
struct Heads {
    heatmap: NodeId,
    locref: Option<NodeId>,
    stride: f32,
}

impl Heads {
    fn outputs(self, builder: &mut Builder, config: &NetworkConfig) -> Vec<NodeId> {
        let heatmap = match config.apply_sigmoid {
            true => builder.add(Op::Activation(Activation::Sigmoid), &[self.heatmap]),
            false => self.heatmap,
        };
        iter::once(heatmap).chain(self.locref).collect()
    }
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
    weights: Weights,
    options: &EstimatorOptions,
) -> Result<Network, LoadNetworkError> {
    let mut reader = WeightReader::new(weights);
    check_bodyparts(config, &reader)?;
    let mut builder = Builder::default();
    let input = builder.add(Op::Input(config.input_scaling), &[]);
    let (outputs, head) = match (&config.net_type, &config.simcc, config.top_down) {
        (NetType::Rtmpose(size), Some(simcc), Some(crop)) => {
            let parts = config.bodyparts.len();
            let on = (simcc, crop);
            let (maps, head) = rtmpose::build(&mut builder, &mut reader, input, *size, on, parts);
            (vec![maps], Head::Simcc(Box::new(head)))
        }
        (_, None, _) => {
            let heads = heatmaps(&mut builder, &mut reader, input, config, options.statistics)?;
            let stride = heads.stride;
            (
                heads.outputs(&mut builder, config),
                Head::Heatmaps { stride },
            )
        }
        _ => return Err(unsupported(config)),
    };
    let report = options.check(reader.finish())?;
    Ok(Network {
        graph: builder.finish(outputs),
        head,
        report,
    })
}

fn heatmaps(
    builder: &mut Builder,
    reader: &mut WeightReader,
    input: NodeId,
    config: &NetworkConfig,
    statistics: BatchStatistics,
) -> Result<Heads, LoadNetworkError> {
    Ok(match (config.engine, &config.net_type) {
        (Engine::TensorFlow, NetType::MobilenetV2(width)) => {
            let statistics = statistics.into();
            mobilenet_v2::build(builder, reader, input, *width, statistics, config)
        }
        (Engine::TensorFlow, NetType::Resnet(depth)) => {
            slim_resnet::build(builder, reader, input, *depth, config)
        }
        (Engine::TensorFlow, NetType::Efficientnet(size)) => {
            efficientnet::build(builder, reader, input, *size, config)
        }
        (Engine::PyTorch, NetType::Resnet(depth @ (ResnetDepth::D50 | ResnetDepth::D101))) => {
            resnet::build(builder, reader, input, *depth, config)
        }
        (Engine::PyTorch, NetType::Hrnet(width)) => {
            hrnet::build(builder, reader, input, *width, config)
        }
        (Engine::PyTorch, NetType::CspNext(size)) => {
            cspnext::build(builder, reader, input, *size, config)
        }
        _ => return Err(unsupported(config)),
    })
}

fn unsupported(config: &NetworkConfig) -> LoadNetworkError {
    let kind = LoadNetworkErrorKind::Unsupported {
        engine: config.engine,
        net_type: config.net_type.clone(),
    };
    kind.into()
}

/// Compares the number of body parts with the number of heatmaps in the checkpoint.
///
/// A wrong shape would be reported all the same; this one deserves its own words, because the
/// remedy lies in the project and not in the file.
fn check_bodyparts(config: &NetworkConfig, reader: &WeightReader) -> Result<(), LoadNetworkError> {
    let names: &[(&str, usize)] = match config.engine {
        Engine::TensorFlow => &[(tensorflow::HEATMAP_WEIGHTS, 2)],
        Engine::PyTorch => &pytorch::BODYPART_WEIGHTS,
    };
    let mut names = names.iter();
    match names.find_map(|&(name, axis)| reader.shape_of(name)?.get(axis)) {
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
