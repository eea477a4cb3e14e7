use std::collections::HashSet;

use super::{Graph, Kind, Node, source, tensor::Constant};

/// The pose, `[bodyparts, 3]`: y, x, likelihood.
const POSE: &str = "concat_1";
/// The likelihoods, `[1, rows, columns, bodyparts]`.
const LIKELIHOODS: &str = "Sigmoid";
/// The location refinement, not scaled, `[1, rows, columns, 2 bodyparts]`.
const LOCREF: &str = "pose/locref_pred/block4/BiasAdd";

/// What a frozen graph gives.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum GraphOutput {
    /// `concat_1`, the pose of the most likely cells: it was exported with `TFGPUinference=True`,
    /// which is the default. Its rows are y, x, likelihood.
    Pose {
        /// The width of a cell in px, if the graph multiplies by one.
        stride: Option<f32>,
        /// The scale of the location refinement in px, if the graph multiplies by one.
        locref_std: Option<f32>,
    },
    /// `Sigmoid`, the likelihood of each cell: it was exported with `TFGPUinference=False`.
    Heatmap {
        /// Whether it also gives `pose/locref_pred/block4/BiasAdd`.
        has_locref: bool,
    },
}

/// How many batch normalisations of a graph use which statistics.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BatchNorms {
    /// Those with `is_training`: they take mean and variance of the frames that are computed
    /// together, as all of DeepLabCut's MobileNetV2 do.
    pub of_batch: usize,
    /// Those that take the mean and variance that are stored.
    pub stored: usize,
}

/// What is done to the pixels.
pub(super) struct Input {
    pub(super) mean: Option<[f32; 3]>,
    pub(super) std: Option<[f32; 3]>,
}

impl Graph<'_> {
    pub(super) fn batch_norms(&self) -> BatchNorms {
        let mut counts = BatchNorms::default();
        for node in self.nodes {
            if node.op.starts_with("FusedBatchNorm") {
                match node.is_training.unwrap_or(true) {
                    true => counts.of_batch += 1,
                    false => counts.stored += 1,
                }
            }
        }
        counts
    }

    /// Finds out what the graph gives from what nothing in it takes.
    pub(super) fn output(&self) -> Result<GraphOutput, Kind> {
        let inputs = self.nodes.iter().flat_map(|node| &node.inputs);
        let taken: HashSet<&str> = inputs.map(|input| source(input)).collect();
        let names = self.nodes.iter().map(|node| node.name);
        let mut outputs: Vec<&str> = names.filter(|name| !taken.contains(name)).collect();
        outputs.sort_unstable();
        match outputs[..] {
            [POSE] => Ok(self.pose()),
            [LIKELIHOODS] => Ok(GraphOutput::Heatmap { has_locref: false }),
            [LIKELIHOODS, LOCREF] => Ok(GraphOutput::Heatmap { has_locref: true }),
            _ => {
                outputs.truncate(4);
                let found = outputs.into_iter().map(Into::into).collect();
                Err(Kind::UnknownOutputs { found })
            }
        }
    }

    /// `concat_1 = [(stride · cell + stride / 2) + locref · locref_std, likelihood]`
    fn pose(&self) -> GraphOutput {
        let sum = self.input_of(self.by_name.get(POSE).copied(), 0);
        let cell = self.input_of(sum, 0);
        GraphOutput::Pose {
            stride: self.factor(self.input_of(cell, 0)),
            locref_std: self.factor(self.input_of(sum, 1)),
        }
    }

    fn input_of(&self, node: Option<&Node<'_>>, index: usize) -> Option<&Node<'_>> {
        self.node(node?.inputs.get(index)?)
    }

    /// Returns the number by which a node multiplies.
    fn factor(&self, node: Option<&Node<'_>>) -> Option<f32> {
        let node = node.filter(|node| node.op == "Mul")?;
        let mut inputs = node.inputs.iter();
        inputs.find_map(|input| match self.constant(input)?[..] {
            [number] => Some(number),
            _ => None,
        })
    }

    /// Returns the values of a small constant.
    fn constant(&self, input: &str) -> Option<Vec<f32>> {
        let node = self.node(input).filter(|node| node.op == "Const")?;
        Constant::parse(node.name, node.tensor).ok()?.few()
    }

    pub(super) fn input(&self) -> Input {
        let is_input = |node: Option<&Node<'_>>| node.is_some_and(|node| node.op == "Placeholder");
        let mut nodes = self.nodes.iter();
        let centred = nodes.find(|node| node.op == "Sub" && is_input(self.input_of(Some(node), 0)));
        let Some(centred) = centred else {
            return Input {
                mean: None,
                std: None,
            };
        };
        let mut nodes = self.nodes.iter();
        let scaled = nodes.find(|node| {
            let first = node.inputs.first().map(|input| source(input));
            node.op == "RealDiv" && first == Some(centred.name)
        });
        let colour = |node: &Node<'_>| -> Option<[f32; 3]> {
            self.constant(node.inputs.get(1)?)?.try_into().ok()
        };
        Input {
            mean: colour(centred),
            std: scaled.and_then(colour),
        }
    }
}
