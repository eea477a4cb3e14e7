//! What Python's own classes are pickled as, when that is a call.

use super::{Object, Value};

/// Returns the plain value that the object stands for, if it is one of Python's own containers.
pub(super) fn value(object: &Object) -> Option<Value> {
    let global = object.global()?;
    if object.kwargs.is_some() {
        return None;
    }
    match (global.module.as_str(), global.name.as_str()) {
        ("collections", "OrderedDict") => dict(object, object.args.first()),
        ("collections", "defaultdict") => dict(object, object.args.get(1)),
        ("builtins" | "__builtin__", "set") => Some(Value::Set(only_list(object)?)),
        ("builtins" | "__builtin__", "frozenset") => Some(Value::FrozenSet(only_list(object)?)),
        ("builtins" | "__builtin__", "bytearray") => byte_array(object),
        ("builtins" | "__builtin__", "bytes" | "str") if object.args.is_empty() => {
            Some(Value::Bytes([].into()))
        }
        ("_codecs", "encode") => encoded(object),
        _ => None,
    }
}

/// A dict that was made of pairs (Python 2) and then filled. Its attributes are dropped.
fn dict(object: &Object, pairs: Option<&Value>) -> Option<Value> {
    let pair = |pair: &Value| match pair.as_slice()? {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    };
    let pairs = pairs.map_or(Some(&[][..]), Value::as_slice)?;
    let mut items: Vec<_> = pairs.iter().map(pair).collect::<Option<_>>()?;
    items.extend(object.items.iter().cloned());
    Some(Value::Dict(items))
}

fn only_list(object: &Object) -> Option<Vec<Value>> {
    match &object.args[..] {
        [] => Some(Vec::new()),
        [Value::List(elements)] => Some(elements.clone()),
        _ => None,
    }
}

fn byte_array(object: &Object) -> Option<Value> {
    let bytes = match &object.args[..] {
        [] => Vec::new(),
        [Value::Bytes(bytes)] => bytes.to_vec(),
        [Value::String(text), Value::String(_)] => latin_1(text)?,
        _ => return None,
    };
    Some(Value::ByteArray(bytes.into()))
}

/// Protocols 0 to 2 have no bytes: Python 3 writes them as text that is to be encoded.
fn encoded(object: &Object) -> Option<Value> {
    match &object.args[..] {
        [Value::String(text), Value::String(encoding)]
            if ["latin1", "latin-1"].contains(&&**encoding) =>
        {
            Some(Value::Bytes(latin_1(text)?.into()))
        }
        _ => None,
    }
}

/// Returns the bytes of a text that was decoded as Latin-1.
pub(super) fn latin_1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(c).ok()).collect()
}
