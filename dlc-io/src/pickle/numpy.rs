//! What `numpy` pickles its arrays and scalars as, from version 1 with Python 2 to version 2.

use std::sync::Arc;

use super::{
    Array, ArrayValues, Dtype, DtypeKind, Object, Value, array::row_major, builtin::latin_1,
};

/// Returns the array or scalar that the object stands for, or the object if it is none. Types that
/// are not plain (records, dates, complex numbers) stay objects.
pub(super) fn value(object: Box<Object>) -> Result<Value, Box<Object>> {
    array_or_scalar(&object).ok_or(object)
}

fn array_or_scalar(object: &Object) -> Option<Value> {
    let global = object.global()?;
    let module = global.module.strip_prefix("numpy.")?;
    let module = module.trim_start_matches('_');
    match (module, global.name.as_str()) {
        ("core.numeric", "_frombuffer") => from_buffer(&object.args),
        ("core.multiarray", "_reconstruct") => from_state(object.state.as_ref()?),
        ("core.multiarray", "scalar") => scalar(&object.args),
        _ => None,
    }
}

/// `_frombuffer(bytes, dtype, shape, order)`, as protocol 5 has it.
fn from_buffer(args: &[Value]) -> Option<Value> {
    let [buffer, dtype, shape, order] = args else {
        return None;
    };
    array(dtype, shape, order.as_str()? == "F", buffer)
}

/// `(version, shape, dtype, is column-major, bytes or a list of objects)`.
fn from_state(state: &Value) -> Option<Value> {
    let Value::Tuple(state) = state else {
        return None;
    };
    let [.., shape, dtype, is_column_major, buffer] = &state[..] else {
        return None;
    };
    array(dtype, shape, truth(is_column_major)?, buffer)
}

fn array(dtype: &Value, shape: &Value, is_column_major: bool, buffer: &Value) -> Option<Value> {
    let dtype = self::dtype(dtype)?;
    let shape = shape
        .as_slice()?
        .iter()
        .map(length)
        .collect::<Option<Vec<_>>>()?;
    let values = match buffer {
        // Objects are listed row by row, whatever their order in memory was.
        Value::List(objects) if dtype.kind == DtypeKind::Object => {
            ArrayValues::Objects(objects.clone())
        }
        _ if dtype.kind == DtypeKind::Object => return None,
        _ if is_column_major => {
            ArrayValues::Bytes(row_major(&bytes(buffer)?, &shape, dtype.size)?.into())
        }
        _ => ArrayValues::Bytes(bytes(buffer)?),
    };
    Some(Value::Array(Box::new(Array::new(dtype, shape, values)?)))
}

/// `scalar(dtype, bytes)`.
fn scalar(args: &[Value]) -> Option<Value> {
    let [dtype, buffer] = args else { return None };
    let dtype = self::dtype(dtype)?;
    let bytes = bytes(buffer)?;
    if bytes.len() != dtype.size {
        return None;
    }
    match dtype.kind {
        DtypeKind::Bool => Some(Value::Bool(bytes[..] != [0])),
        DtypeKind::Int => dtype.i64(&bytes).map(Value::Int),
        DtypeKind::Uint => i64::try_from(dtype.u64(&bytes)?).ok().map(Value::Int),
        DtypeKind::Float => dtype.f64(&bytes).map(Value::Float),
        DtypeKind::Bytes => Some(Value::Bytes(bytes)),
        DtypeKind::Text | DtypeKind::Object => None,
    }
}

/// `dtype("f4", False, True)` with the state `(3, "<", None, None, None, -1, -1, 0)`.
fn dtype(value: &Value) -> Option<Dtype> {
    let object = value.as_object()?;
    if !object.global()?.is("numpy", "dtype") {
        return None;
    }
    let mut code = object.args.first()?.as_str()?;
    let mut is_big_endian = false;
    if let Some(state) = object.state.as_ref().and_then(Value::as_slice) {
        let [_, order, Value::None, Value::None, Value::None, ..] = state else {
            return None;
        };
        is_big_endian = order.as_str()? == ">";
    }
    if let Some(rest) = code.strip_prefix(['<', '>', '|', '=']) {
        is_big_endian = is_big_endian || code.starts_with('>');
        code = rest;
    }
    let (kind, digits) = code.split_at_checked(1)?;
    let kind = match kind {
        "b" => DtypeKind::Bool,
        "i" => DtypeKind::Int,
        "u" => DtypeKind::Uint,
        "f" => DtypeKind::Float,
        "S" => DtypeKind::Bytes,
        "U" => DtypeKind::Text,
        "O" => DtypeKind::Object,
        _ => return None,
    };
    let width: usize = if kind == DtypeKind::Text { 4 } else { 1 };
    Some(Dtype {
        kind,
        size: width.checked_mul(digits.parse().ok()?)?,
        is_big_endian,
    })
}

/// Returns the bytes of a buffer, which Python 2 writes as a string.
fn bytes(value: &Value) -> Option<Arc<[u8]>> {
    match value {
        Value::Bytes(bytes) | Value::ByteArray(bytes) => Some(bytes.clone()),
        Value::String(text) => latin_1(text).map(Into::into),
        _ => None,
    }
}

fn length(value: &Value) -> Option<usize> {
    usize::try_from(value.as_i64()?).ok()
}

fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_i64().map(|n| n != 0))
}
