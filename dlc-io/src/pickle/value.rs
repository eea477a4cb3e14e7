use std::sync::Arc;

use super::Array;

/// A value of a pickle.
///
/// A value is a tree: what Python refers to twice is there twice.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An integer that does not fit [`Self::Int`]: little-endian two's complement.
    BigInt(Arc<[u8]>),
    /// A float.
    Float(f64),
    /// A text. The `str` of Python 2 is here too, each byte as the character of that number.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A `bytearray`.
    ByteArray(Arc<[u8]>),
    /// A list.
    List(Vec<Self>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A set.
    Set(Vec<Self>),
    /// A frozen set.
    FrozenSet(Vec<Self>),
    /// A `dict`, `OrderedDict` or `defaultdict`, in the order of the file. When a key stands
    /// twice, the last one counts.
    Dict(Vec<(Self, Self)>),
    /// An array of `numpy`.
    Array(Box<Array>),
    /// A class or a function, by its name.
    Global(Arc<Global>),
    /// What a call would have made.
    Object(Box<Object>),
    /// A value that is kept outside the pickle, by its id.
    PersistentId(Box<Self>),
}

/// The name of a class or a function.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Global {
    /// The module, e.g., `pathlib`.
    pub module: String,
    /// The name in the module, e.g., `PosixPath`.
    pub name: String,
}

impl Global {
    /// Returns whether this is `name` in `module`.
    pub fn is(&self, module: &str, name: &str) -> bool {
        self.module == module && self.name == name
    }
}

/// What a call would have made: the call and what was then done to its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// What was to be called, most often a [`Value::Global`].
    pub callable: Value,
    /// The arguments.
    pub args: Vec<Value>,
    /// The arguments by name, a [`Value::Dict`].
    pub kwargs: Option<Value>,
    /// The state that was to be set, most often a [`Value::Dict`] of the attributes.
    pub state: Option<Value>,
    /// What was to be appended or added.
    pub elements: Vec<Value>,
    /// What was to be set by key.
    pub items: Vec<(Value, Value)>,
}

impl Object {
    /// Returns the name of what was to be called, when it is one.
    pub fn global(&self) -> Option<&Global> {
        match &self.callable {
            Value::Global(global) => Some(global),
            _ => None,
        }
    }
}

impl Value {
    /// Creates a dict with texts as keys.
    pub fn dict<K, I>(items: I) -> Self
    where
        K: AsRef<str>,
        I: IntoIterator<Item = (K, Self)>,
    {
        let item = |(key, value): (K, Self)| (Self::from(key.as_ref()), value);
        Self::Dict(items.into_iter().map(item).collect())
    }

    /// Returns the value of a key of a dict, or of an object that was filled like one.
    pub fn get(&self, key: &str) -> Option<&Self> {
        let mut items = self.items()?.iter().rev();
        items.find_map(|(name, value)| (name.as_str() == Some(key)).then_some(value))
    }

    /// Returns the keys and values of a dict, or of an object that was filled like one.
    pub fn items(&self) -> Option<&[(Self, Self)]> {
        match self {
            Self::Dict(items) => Some(items),
            Self::Object(object) => Some(&object.items),
            _ => None,
        }
    }

    /// Returns the elements of a list or a tuple.
    pub fn as_slice(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) | Self::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the bytes of bytes or a `bytearray`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) | Self::ByteArray(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the integer, or `None` if it does not fit.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the number, also that of an integer, to the nearest float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            Self::Int(value) => Some(*value as f64),
            _ => None,
        }
    }

    /// Returns the array.
    pub fn as_array(&self) -> Option<&Array> {
        match self {
            Self::Array(array) => Some(array),
            _ => None,
        }
    }

    /// Returns the object.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns what to call such a value in an error.
    pub fn kind(&self) -> &'static str {
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
            Self::Array(_) => "an array",
            Self::Global(_) => "a global",
            Self::Object(_) => "an object",
            Self::PersistentId(_) => "a persistent id",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<Vec<Self>> for Value {
    fn from(elements: Vec<Self>) -> Self {
        Self::List(elements)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let dict = Value::dict([("a", Value::Int(1)), ("b", Value::Int(2)), ("a", 3.into())]);

        assert_eq!(dict.get("a").and_then(Value::as_i64), Some(3));
        assert_eq!(dict.get("c"), None);
        assert_eq!(Value::Int(1).get("a"), None);
    }

    #[test]
    fn integers_are_numbers_and_floats_are_not_integers() {
        assert_eq!(Value::Int(3).as_f64(), Some(3.0));
        assert_eq!(Value::Float(3.0).as_i64(), None);
        assert_eq!(Value::Bool(true).as_i64(), None);
    }
}
