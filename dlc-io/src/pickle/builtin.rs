//! What Python's own classes are pickled as, when that is a call.

use super::{Object, Value};

/// Returns the plain value that the object stands for, or the object if it is none of Python's own
/// containers.
pub(super) fn value(object: Box<Object>) -> Result<Value, Box<Object>> {
    let Some(global) = object.global().filter(|_| object.kwargs.is_none()) else {
        return Err(object);
    };
    let convert = match (global.module.as_str(), global.name.as_str()) {
        ("collections", "OrderedDict") => |object| dict(object, 0),
        ("collections", "defaultdict") => |object| dict(object, 1),
        ("builtins" | "__builtin__", "set") => |object| only_list(object, Value::Set),
        ("builtins" | "__builtin__", "frozenset") => |object| only_list(object, Value::FrozenSet),
        ("builtins" | "__builtin__", "bytearray") => |object| from_args(object, byte_array),
        ("builtins" | "__builtin__", "bytes") => |object| from_args(object, bytes),
        ("_codecs", "encode") => |object| from_args(object, encoded),
        _ => Err,
    };
    convert(object)
}

/// A dict that was made of pairs (Python 2) and then filled. Its attributes are dropped.
fn dict(object: Box<Object>, pairs_arg: usize) -> Result<Value, Box<Object>> {
    let Some(mut items) = pairs(object.args.get(pairs_arg)) else {
        return Err(object);
    };
    items.extend(object.items);
    Ok(Value::Dict(items))
}

fn pairs(list: Option<&Value>) -> Option<Vec<(Value, Value)>> {
    let pair = |pair: &Value| match pair.as_slice()? {
        [key, value] => Some((key.clone(), value.clone())),
        _ => None,
    };
    let list = list.map_or(Some(&[][..]), Value::as_slice)?;
    list.iter().map(pair).collect()
}

fn only_list(mut object: Box<Object>, make: fn(Vec<Value>) -> Value) -> Result<Value, Box<Object>> {
    match &mut object.args[..] {
        [] => Ok(make(Vec::new())),
        [Value::List(elements)] => Ok(make(std::mem::take(elements))),
        _ => Err(object),
    }
}

fn from_args(
    object: Box<Object>,
    make: fn(&[Value]) -> Option<Value>,
) -> Result<Value, Box<Object>> {
    make(&object.args).ok_or(object)
}

fn byte_array(args: &[Value]) -> Option<Value> {
    let bytes = match args {
        [] => [].into(),
        [Value::Bytes(bytes)] => bytes.clone(),
        [Value::String(text), Value::String(_)] => latin_1(text)?.into(),
        _ => return None,
    };
    Some(Value::ByteArray(bytes))
}

fn bytes(args: &[Value]) -> Option<Value> {
    args.is_empty().then(|| Value::Bytes([].into()))
}

/// Protocols 0 to 2 have no bytes: Python 3 writes them as text that is to be encoded.
fn encoded(args: &[Value]) -> Option<Value> {
    match args {
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
