use std::sync::Arc;

use crate::Limits;

use super::{Global, Object, ReadPickleErrorKind as Kind, Value, builtin, numpy};

/// The place of a node in an [`Arena`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Id(u32);

/// A value while the pickle is being read: containers hold places, so that a value can still
/// change after others refer to it, and so that no depth exhausts the stack.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    None,
    Bool(bool),
    Int(i64),
    BigInt(Arc<[u8]>),
    Float(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    ByteArray(Arc<[u8]>),
    List(Vec<Id>),
    Tuple(Vec<Id>),
    Set(Vec<Id>),
    FrozenSet(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Arc<Global>),
    Object(Box<ObjectNode>),
    PersistentId(Id),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ObjectNode {
    pub(super) callable: Id,
    /// The place of a tuple.
    pub(super) args: Id,
    pub(super) kwargs: Option<Id>,
    pub(super) state: Option<Id>,
    pub(super) elements: Vec<Id>,
    pub(super) items: Vec<(Id, Id)>,
}

impl Node {
    /// Returns what to call such a node in an error.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Bool(_) => "a bool",
            Self::Int(_) | Self::BigInt(_) => "an int",
            Self::Float(_) => "a float",
            Self::String(_) => "a string",
            Self::Bytes(_) => "bytes",
            Self::ByteArray(_) => "a bytearray",
            Self::List(_) => "a list",
            Self::Tuple(_) => "a tuple",
            Self::Set(_) => "a set",
            Self::FrozenSet(_) => "a frozenset",
            Self::Dict(_) => "a dict",
            Self::Global(_) => "a global",
            Self::Object(_) => "an object",
            Self::PersistentId(_) => "a persistent id",
        }
    }
}

/// All nodes of a pickle.
pub(super) struct Arena {
    nodes: Vec<Node>,
    limits: Limits,
    /// How many values have been made of the nodes, each time that it was referred to.
    values: usize,
}

impl Arena {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            nodes: Vec::new(),
            limits: *limits,
            values: 0,
        }
    }

    pub(super) fn add(&mut self, node: Node) -> Result<Id, Kind> {
        let limit = self.limits.max_nodes;
        let id = u32::try_from(self.nodes.len()).ok();
        let id = id.filter(|_| self.nodes.len() < limit);
        let id = id.ok_or(Kind::TooManyValues { limit })?;
        self.nodes.push(node);
        Ok(Id(id))
    }

    pub(super) fn node(&self, id: Id) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn node_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// Makes the value that a node stands for, as a tree: what is referred to twice is there
    /// twice, except for the bytes of texts.
    pub(super) fn value(&mut self, root: Id) -> Result<Value, Kind> {
        let nodes = std::mem::take(&mut self.nodes);
        Tree {
            nodes: &nodes,
            limits: self.limits,
            values: &mut self.values,
        }
        .value(root, 0)
    }
}

struct Tree<'a> {
    nodes: &'a [Node],
    limits: Limits,
    values: &'a mut usize,
}

impl Tree<'_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, Kind> {
        *self.values += 1;
        if *self.values > self.limits.max_nodes {
            let limit = self.limits.max_nodes;
            return Err(Kind::TooManyValues { limit });
        }
        if depth > self.limits.max_depth.min(Limits::DEEPEST) {
            let limit = self.limits.max_depth;
            return Err(Kind::TooDeep { limit });
        }
        Ok(match &self.nodes[id.0 as usize] {
            Node::None => Value::None,
            Node::Bool(value) => Value::Bool(*value),
            Node::Int(value) => Value::Int(*value),
            Node::BigInt(bytes) => Value::BigInt(bytes.clone()),
            Node::Float(value) => Value::Float(*value),
            Node::String(text) => Value::String(text.clone()),
            Node::Bytes(bytes) => Value::Bytes(bytes.clone()),
            Node::ByteArray(bytes) => Value::ByteArray(bytes.clone()),
            Node::List(ids) => Value::List(self.all(ids, depth)?),
            Node::Tuple(ids) => Value::Tuple(self.all(ids, depth)?),
            Node::Set(ids) => Value::Set(self.all(ids, depth)?),
            Node::FrozenSet(ids) => Value::FrozenSet(self.all(ids, depth)?),
            Node::Dict(items) => Value::Dict(self.pairs(items, depth)?),
            Node::Global(global) => Value::Global(global.clone()),
            Node::Object(object) => self.object(object, depth)?,
            Node::PersistentId(id) => Value::PersistentId(Box::new(self.value(*id, depth + 1)?)),
        })
    }

    fn all(&mut self, ids: &[Id], depth: usize) -> Result<Vec<Value>, Kind> {
        ids.iter().map(|&id| self.value(id, depth + 1)).collect()
    }

    fn args(&mut self, id: Id, depth: usize) -> Result<Vec<Value>, Kind> {
        match &self.nodes[id.0 as usize] {
            Node::Tuple(ids) => self.all(ids, depth),
            _ => unreachable!("the machine makes calls with tuples only"),
        }
    }

    fn pairs(&mut self, items: &[(Id, Id)], depth: usize) -> Result<Vec<(Value, Value)>, Kind> {
        let pair = |&(key, value): &(Id, Id)| {
            Ok((self.value(key, depth + 1)?, self.value(value, depth + 1)?))
        };
        items.iter().map(pair).collect()
    }

    fn object(&mut self, node: &ObjectNode, depth: usize) -> Result<Value, Kind> {
        let mut maybe = |id: Option<Id>| id.map(|id| self.value(id, depth + 1)).transpose();
        let (kwargs, state) = (maybe(node.kwargs)?, maybe(node.state)?);
        let object = Object {
            callable: self.value(node.callable, depth + 1)?,
            args: self.args(node.args, depth)?,
            kwargs,
            state,
            elements: self.all(&node.elements, depth)?,
            items: self.pairs(&node.items, depth)?,
        };
        Ok(builtin::value(&object)
            .or_else(|| numpy::value(&object))
            .unwrap_or_else(|| Value::Object(Box::new(object))))
    }
}
