use dlc_model::Tensor;

use super::{Conv, Graph, Node, NodeId, Norm, Op, Statistics};
use crate::numbers::single;

/// Folds each normalisation with stored statistics into the convolution before it.
///
/// `gamma · (w·x + b - mean) / sqrt(variance + epsilon) + beta` is a convolution again. A
/// normalisation by the statistics of the frames at hand cannot be folded, and stays.
pub(super) fn fold(graph: Graph) -> Graph {
    let readers = readers(&graph);
    let mut nodes: Vec<Node> = Vec::with_capacity(graph.nodes.len());
    // Where the value of each old node is found in the new list.
    let mut moved: Vec<NodeId> = Vec::with_capacity(graph.nodes.len());
    for node in graph.nodes {
        let inputs: Vec<NodeId> = node.inputs.iter().map(|id| moved[id.0]).collect();
        if let Op::Norm(norm) = &node.op
            && readers[node.inputs[0].0] == 1
            && let Statistics::Stored { mean, variance } = &norm.statistics
            && let Op::Conv(conv) = &mut nodes[inputs[0].0].op
        {
            fold_into(conv, norm, [mean, variance]);
            moved.push(inputs[0]);
        } else {
            nodes.push(Node {
                op: node.op,
                inputs,
            });
            moved.push(NodeId(nodes.len() - 1));
        }
    }
    let outputs = graph.outputs.iter().map(|id| moved[id.0]).collect();
    let layers = graph.layers.into_iter();
    Graph {
        nodes,
        outputs,
        layers: layers.map(|(name, id)| (name, moved[id.0])).collect(),
    }
}

/// Counts the nodes and outputs that read each node.
fn readers(graph: &Graph) -> Vec<usize> {
    let mut readers = vec![0; graph.nodes.len()];
    let inputs = graph.nodes.iter().flat_map(|node| &node.inputs).copied();
    for id in inputs.chain(graph.outputs.iter().copied()) {
        readers[id.0] += 1;
    }
    readers
}

fn fold_into(conv: &mut Conv, norm: &Norm, [mean, variance]: [&Tensor; 2]) {
    // In f64: the product of a small deviation and a large weight keeps its last digits.
    let scale: Vec<f64> = norm
        .gamma
        .values()
        .iter()
        .zip(variance.values())
        .map(|(&gamma, &variance)| {
            f64::from(gamma) / (f64::from(variance) + f64::from(norm.epsilon)).sqrt()
        })
        .collect();
    let per_output = conv.weight.values().len() / scale.len();
    for (i, w) in conv.weight.values_mut().iter_mut().enumerate() {
        *w = single(f64::from(*w) * scale[i / per_output]);
    }
    let bias = (0..scale.len())
        .map(|i| {
            let bias = conv.bias.as_ref().map_or(0.0, |bias| bias.values()[i]);
            let centred = f64::from(bias) - f64::from(mean.values()[i]);
            single(centred * scale[i] + f64::from(norm.beta.values()[i]))
        })
        .collect();
    conv.bias = Some(Tensor::new(vec![scale.len()], bias).expect("one value a channel"));
}
