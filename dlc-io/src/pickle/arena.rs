use std::sync::Arc;

use crate::Limits;

use super::{ArrayValues, Global, Object, ReadPickleErrorKind as Kind, Value, builtin, numpy};

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

/// How many values a byte of a file may stand for, where values are referred to many times.
const VALUES_PER_BYTE: usize = 64;
/// How many values any file may stand for.
const FEW_VALUES: usize = 1 << 16;
/// About how many bytes a value takes.
const BYTES_PER_VALUE: usize = 32;
/// How many times as many values may be made in passing as are kept.
const STEPS_PER_VALUE: usize = 16;

/// All nodes of a pickle.
pub(super) struct Arena {
    nodes: Vec<Node>,
    max_values: usize,
    max_depth: usize,
}

impl Arena {
    /// Creates an arena for a pickle of `len` bytes.
    pub(super) fn new(len: usize, limits: &Limits) -> Self {
        let believable = len.saturating_mul(VALUES_PER_BYTE).max(FEW_VALUES);
        Self {
            nodes: Vec::new(),
            max_values: limits.max_nodes.min(believable),
            max_depth: limits.max_depth.min(Limits::DEEPEST),
        }
    }

    pub(super) fn add(&mut self, node: Node) -> Result<Id, Kind> {
        let limit = self.max_values;
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
    pub(super) fn value(&self, root: Id) -> Result<Value, Kind> {
        let mut tree = Tree {
            arena: self,
            values: 0,
            steps: 0,
        };
        tree.value(root, 0)
    }
}

struct Tree<'a> {
    arena: &'a Arena,
    /// How many values have been made and are kept.
    values: usize,
    /// How many values have been made.
    steps: usize,
}

impl Tree<'_> {
    fn value(&mut self, id: Id, depth: usize) -> Result<Value, Kind> {
        self.charge(1)?;
        let limit = self.arena.max_depth;
        if depth > limit {
            return Err(Kind::TooDeep { limit });
        }
        Ok(match self.arena.node(id) {
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

    fn charge(&mut self, values: usize) -> Result<(), Kind> {
        let limit = self.arena.max_values;
        self.values = self.values.saturating_add(values);
        self.steps = self.steps.saturating_add(values);
        if self.values > limit || self.steps > limit.saturating_mul(STEPS_PER_VALUE) {
            return Err(Kind::TooManyValues { limit });
        }
        Ok(())
    }

    // Loops, and no capacity ahead: adapters cost stack at each level, and a capacity would be
    // believed before it is counted.
    fn all(&mut self, ids: &[Id], depth: usize) -> Result<Vec<Value>, Kind> {
        let mut values = Vec::new();
        for &id in ids {
            values.push(self.value(id, depth + 1)?);
        }
        Ok(values)
    }

    fn args(&mut self, id: Id, depth: usize) -> Result<Vec<Value>, Kind> {
        match self.arena.node(id) {
            Node::Tuple(ids) => self.all(ids, depth),
            _ => unreachable!("the machine makes calls with tuples only"),
        }
    }

    fn pairs(&mut self, items: &[(Id, Id)], depth: usize) -> Result<Vec<(Value, Value)>, Kind> {
        let mut pairs = Vec::new();
        for &(key, value) in items {
            let key = self.value(key, depth + 1)?;
            pairs.push((key, self.value(value, depth + 1)?));
        }
        Ok(pairs)
    }

    fn maybe(&mut self, id: Option<Id>, depth: usize) -> Result<Option<Value>, Kind> {
        match id {
            Some(id) => self.value(id, depth + 1).map(Some),
            None => Ok(None),
        }
    }

    fn object(&mut self, node: &ObjectNode, depth: usize) -> Result<Value, Kind> {
        let values = self.values;
        let object = Box::new(Object {
            callable: self.value(node.callable, depth + 1)?,
            args: self.args(node.args, depth)?,
            kwargs: self.maybe(node.kwargs, depth)?,
            state: self.maybe(node.state, depth)?,
            elements: self.all(&node.elements, depth)?,
            items: self.pairs(&node.items, depth)?,
        });
        self.plain(object, values)
    }

    /// Makes the plain value that an object stands for, if any; `values` were kept before it.
    fn plain(&mut self, object: Box<Object>, values: usize) -> Result<Value, Kind> {
        let value = builtin::value(object).or_else(numpy::value);
        if let Some(len) = value.as_ref().ok().and_then(byte_len) {
            // The parts are gone, and the bytes may have been copied.
            self.values = values;
            self.charge(len / BYTES_PER_VALUE + 1)?;
        }
        Ok(value.unwrap_or_else(Value::Object))
    }
}

fn byte_len(value: &Value) -> Option<usize> {
    match value {
        Value::Bytes(bytes) | Value::ByteArray(bytes) => Some(bytes.len()),
        Value::Array(array) => match array.values() {
            ArrayValues::Bytes(bytes) => Some(bytes.len()),
            ArrayValues::Objects(_) => None,
        },
        _ => None,
    }
}
