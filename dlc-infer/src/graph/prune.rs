use super::{Graph, Node, NodeId};

/// Drops the nodes that no output needs.
pub(super) fn prune(graph: Graph) -> Graph {
    let mut needed = vec![false; graph.nodes.len()];
    for id in &graph.outputs {
        needed[id.0] = true;
    }
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if needed[index] {
            for input in &node.inputs {
                needed[input.0] = true;
            }
        }
    }
    // Where each old node is found in the new list; dropped ones are never looked up.
    let mut moved = vec![NodeId(0); graph.nodes.len()];
    let mut nodes: Vec<Node> = Vec::new();
    for (index, node) in graph.nodes.into_iter().enumerate() {
        if needed[index] {
            moved[index] = NodeId(nodes.len());
            let inputs = node.inputs.iter().map(|id| moved[id.0]).collect();
            nodes.push(Node { inputs, ..node });
        }
    }
    let outputs = graph.outputs.iter().map(|id| moved[id.0]).collect();
    let layers = graph.layers.into_iter();
    let kept = layers.filter(|(_, id)| needed[id.0]);
    Graph {
        nodes,
        outputs,
        layers: kept.map(|(name, id)| (name, moved[id.0])).collect(),
    }
}

#[cfg(test)]
mod tests {
    use dlc_model::InputScaling;

    use crate::graph::{Builder, Op};

    #[test]
    fn what_no_output_needs_is_dropped() {
        let mut builder = Builder::default();
        let input = builder.add(Op::Input(InputScaling::NONE), &[]);
        let idle = builder.add(Op::GlobalMean, &[input]);
        builder.add(Op::Multiply, &[input, idle]);
        let twice = builder.add(Op::Upsample(2), &[input]);
        let graph = builder.finish(vec![twice]);

        let ops: Vec<&Op> = graph.nodes().iter().map(|node| &node.op).collect();
        assert_eq!(ops, [&Op::Input(InputScaling::NONE), &Op::Upsample(2)]);
        assert_eq!(graph.nodes()[1].inputs[0].0, 0);
    }
}
