use super::{
    super::protobuf::{Field, Fields},
    Kind,
};

/// The most nodes: the largest graphs of DeepLabCut have about 6000.
const MOST_NODES: usize = 1 << 17;
/// The most inputs of all nodes together.
const MOST_INPUTS: usize = 1 << 19;

/// As much of a `NodeDef` as is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Node<'a> {
    pub(super) name: &'a str,
    pub(super) op: &'a str,
    pub(super) inputs: Vec<&'a str>,
    /// The attribute `value` of a constant, a `TensorProto`.
    pub(super) tensor: &'a [u8],
    /// The attribute of a batch normalisation; true unless it is there.
    pub(super) is_training: Option<bool>,
}

/// Returns the nodes of a `GraphDef`.
pub(super) fn nodes(graph: &[u8]) -> Result<Vec<Node<'_>>, Kind> {
    let mut nodes = Vec::new();
    let mut input_count = 0;
    let mut fields = Fields::new(graph);
    loop {
        let offset = graph.len() - fields.left();
        let invalid = |expected| Kind::InvalidNode { offset, expected };
        let Some(field) = fields.next() else {
            return Ok(nodes);
        };
        let (1, field) = field.ok_or_else(|| invalid("a field of a graph"))? else {
            continue;
        };
        let Field::Bytes(message) = field else {
            return Err(invalid("a message"));
        };
        if nodes.len() == MOST_NODES {
            return Err(Kind::TooManyNodes { limit: MOST_NODES });
        }
        let node = Node::parse(message).map_err(invalid)?;
        input_count += node.inputs.len();
        if input_count > MOST_INPUTS {
            return Err(Kind::TooManyNodes { limit: MOST_NODES });
        }
        nodes.push(node);
    }
}

impl<'a> Node<'a> {
    fn parse(message: &'a [u8]) -> Result<Self, &'static str> {
        let mut node = Self::default();
        for field in Fields::new(message) {
            match field.ok_or("a field of a node")? {
                (1, Field::Bytes(name)) => node.name = text(name)?,
                (2, Field::Bytes(op)) => node.op = text(op)?,
                (3, Field::Bytes(_)) if node.inputs.len() == MOST_INPUTS => {
                    return Err("fewer inputs");
                }
                (3, Field::Bytes(input)) => node.inputs.push(text(input)?),
                (5, Field::Bytes(attribute)) => node.attribute(attribute)?,
                _ => {}
            }
        }
        match (node.name, node.op) {
            ("", _) => Err("a name"),
            (_, "") => Err("an operation"),
            _ => Ok(node),
        }
    }

    fn attribute(&mut self, entry: &'a [u8]) -> Result<(), &'static str> {
        let (mut key, mut value) = (&[][..], &[][..]);
        for field in Fields::new(entry) {
            match field.ok_or("an attribute")? {
                (1, Field::Bytes(bytes)) => key = bytes,
                (2, Field::Bytes(bytes)) => value = bytes,
                _ => {}
            }
        }
        let is_training = match key {
            b"value" => false,
            b"is_training" => true,
            _ => return Ok(()),
        };
        for field in Fields::new(value) {
            match field.ok_or("the value of an attribute")? {
                (5, Field::Varint(value)) if is_training => self.is_training = Some(value != 0),
                (8, Field::Bytes(tensor)) if !is_training => self.tensor = tensor,
                _ => {}
            }
        }
        Ok(())
    }
}

fn text(bytes: &[u8]) -> Result<&str, &'static str> {
    str::from_utf8(bytes).map_err(|_| "a text in UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_a_name_an_operation_and_inputs() {
        let graph = b"\x0a\x0d\x0a\x01a\x12\x03Add\x1a\x01x\x1a\x00\x22\x02\x08\x01";
        let nodes = nodes(graph).unwrap();

        let expected = Node {
            name: "a",
            op: "Add",
            inputs: vec!["x", ""],
            ..Node::default()
        };
        assert_eq!(nodes, [expected]);
    }

    #[test]
    fn a_node_without_a_name_is_named_by_its_place() {
        let graph = b"\x22\x02\x08\x01\x0a\x05\x12\x03Add";

        let error = nodes(graph).unwrap_err().to_string();

        assert_eq!(error, "invalid node at byte 4: expected a name");
    }

    #[test]
    fn a_graph_of_empty_messages_is_cut_off() {
        let node = b"\x0a\x06\x0a\x01a\x12\x01b";

        let error = nodes(&node.repeat(MOST_NODES + 1)).unwrap_err();

        assert!(matches!(error, Kind::TooManyNodes { .. }));
    }
}
