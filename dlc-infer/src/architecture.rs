//! The networks: one file a family, each a function that builds a graph from a checkpoint.

mod cspnext;
mod mobilenet_v2;

use dlc_model::{Engine, NetType, NetworkConfig, Weights};

use crate::{
    estimator::{BatchStatistics, LoadNetworkError, LoadNetworkErrorKind},
    graph::{Activation, Builder, Graph, NodeId, Op, Outputs},
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

/// Builds the network that `config` names from the tensors of a checkpoint.
pub(crate) fn build(
    config: &NetworkConfig,
    weights: &Weights,
    statistics: BatchStatistics,
) -> Result<Network, LoadNetworkError> {
    let mut reader = WeightReader::new(weights);
    let mut builder = Builder::default();
    let input = builder.add(Op::Input(config.input_scaling), &[]);
    let heads = match (config.engine, &config.net_type) {
        (Engine::TensorFlow, NetType::MobilenetV2(width)) => {
            check_bodyparts(config, &reader, mobilenet_v2::HEATMAP_WEIGHTS, 2)?;
            let statistics = statistics.into();
            mobilenet_v2::build(&mut builder, &mut reader, input, *width, statistics, config)
        }
        (Engine::PyTorch, NetType::CspNext(size)) => {
            check_bodyparts(config, &reader, cspnext::HEATMAP_WEIGHTS, 1)?;
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
    let graph = builder.finish(Outputs {
        heatmap,
        locref: heads.locref,
    });
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
    name: &str,
    axis: usize,
) -> Result<(), LoadNetworkError> {
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
