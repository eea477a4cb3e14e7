mod error;
mod facts;
mod node;
mod tensor;

use std::{
    collections::{BTreeMap, HashMap},
    io::Read,
    path::Path,
};

use dlc_model::{Tensor, Weights};

use crate::{Limits, WeightsFormat, regular_file, weights_format::describe};

pub use self::{
    error::{ReadGraphError, ReadGraphErrorKind},
    facts::{BatchNorms, GraphOutput},
};
use self::{
    node::{Node, nodes},
    tensor::{Constant, Room},
};

type Kind = ReadGraphErrorKind;

/// A network that DeepLabCut's `export_model` froze: its weights, and what the graph says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenGraph {
    /// The variables, by the names that they have in a checkpoint. Kernels of convolutions are
    /// `[height, width, in, out]`.
    pub weights: Weights,
    /// What the graph gives; it depends on the argument `TFGPUinference` of the export.
    pub output: GraphOutput,
    /// Which statistics its batch normalisations use.
    pub batch_norms: BatchNorms,
    /// What is subtracted from R, G and B of the pixels, if the graph begins so.
    pub mean_pixel: Option<[f32; 3]>,
    /// By what the difference is then divided, if it is (EfficientNet).
    pub std_pixel: Option<[f32; 3]>,
    /// How often each operation stands in the graph.
    pub operations: BTreeMap<String, usize>,
}

/// Reads a frozen graph, e.g., `exported-models/…/snapshot-3252.pb`, of either flavour.
///
/// # Errors
///
/// Returns an error that names the file and the node when the file is damaged, is something else
/// (what it is, where that is known), exceeds the limits, has weights that are not 32-bit floats,
/// or is no pose network. There are no checksums in the format: a changed value is not noticed.
pub fn read_frozen_graph(
    path: impl AsRef<Path>,
    limits: &Limits,
) -> Result<FrozenGraph, ReadGraphError> {
    let path = path.as_ref();
    read(path, limits)
        .and_then(|bytes| parse_frozen_graph(&bytes, limits))
        .map_err(|kind| ReadGraphError::new(path.into(), kind))
}

fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>, Kind> {
    let limit = limits.max_file_bytes;
    let mut bytes = Vec::new();
    let file = regular_file::open(path).map_err(Kind::Io)?;
    let mut file = file.take(limit.saturating_add(1));
    file.read_to_end(&mut bytes).map_err(Kind::Io)?;
    match bytes.len() as u64 > limit {
        true => Err(Kind::TooLong { limit }),
        false => Ok(bytes),
    }
}

/// Reads a frozen graph from its bytes.
///
/// # Errors
///
/// As [`read_frozen_graph`].
pub fn parse_frozen_graph(bytes: &[u8], limits: &Limits) -> Result<FrozenGraph, Kind> {
    match WeightsFormat::of_bytes(bytes) {
        Some(WeightsFormat::FrozenGraph) => {}
        format => {
            return Err(Kind::NotAGraph {
                found: describe(bytes, format),
            });
        }
    }
    let nodes = nodes(bytes)?;
    let graph = Graph::new(&nodes)?;
    let output = graph.output()?;
    let input = graph.input();
    Ok(FrozenGraph {
        weights: graph.weights(Room::new(bytes.len(), limits))?,
        output,
        batch_norms: graph.batch_norms(),
        mean_pixel: input.mean,
        std_pixel: input.std,
        operations: graph.operations(),
    })
}

/// The nodes of a graph, by their names.
struct Graph<'a> {
    nodes: &'a [Node<'a>],
    by_name: HashMap<&'a str, &'a Node<'a>>,
}

impl<'a> Graph<'a> {
    fn new(nodes: &'a [Node<'a>]) -> Result<Self, Kind> {
        let mut by_name = HashMap::with_capacity(nodes.len());
        for node in nodes {
            let name = node.name;
            if by_name.insert(name, node).is_some() {
                return Err(Kind::RepeatedNode { name: name.into() });
            }
            if ["Variable", "VariableV2", "VarHandleOp"].contains(&node.op) {
                return Err(Kind::NotFrozen { name: name.into() });
            }
        }
        for node in nodes {
            let mut inputs = node.inputs.iter();
            if let Some(input) = inputs.find(|input| !by_name.contains_key(source(input))) {
                return Err(Kind::MissingNode {
                    name: (*input).into(),
                    reader: node.name.into(),
                });
            }
        }
        Ok(Self { nodes, by_name })
    }

    fn operations(&self) -> BTreeMap<String, usize> {
        let mut operations = BTreeMap::new();
        for node in self.nodes {
            *operations.entry(node.op.to_owned()).or_default() += 1;
        }
        operations
    }

    /// Returns the node that an input names.
    fn node(&self, input: &str) -> Option<&'a Node<'a>> {
        self.by_name.get(source(input)).copied()
    }

    /// Reads what were variables: constants of floats that an `Identity` reads.
    fn weights(&self, mut room: Room) -> Result<Weights, Kind> {
        let mut weights = Weights::new();
        for reader in self.nodes.iter().filter(|node| node.op == "Identity") {
            let Some(constant) = reader.inputs.first().and_then(|input| self.node(input)) else {
                continue;
            };
            if constant.op == "Const"
                && !weights.contains_key(constant.name)
                && let Some(tensor) = self.weight(constant, &mut room)?
            {
                weights.insert(constant.name.into(), tensor);
            }
        }
        match weights.is_empty() {
            true => Err(Kind::NoWeights),
            false => Ok(weights),
        }
    }

    fn weight(&self, node: &Node<'_>, room: &mut Room) -> Result<Option<Tensor>, Kind> {
        Constant::parse(node.name, node.tensor)?.weight(node.name, room)
    }
}

/// Returns the name of the node in an input: `name`, `name:1` (its second result) or `^name` (it
/// must run before).
fn source(input: &str) -> &str {
    let input = input.strip_prefix('^').unwrap_or(input);
    match input.rsplit_once(':') {
        Some((name, result)) if result.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => input,
    }
}
