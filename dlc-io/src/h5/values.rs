//! Numbers of all types that pandas' columns have.

use super::container::text;
use crate::{
    Precision, csv,
    pickle::{Dtype, DtypeKind, Value},
};

/// How the numbers of a block are stored.
#[derive(Clone, Debug)]
pub(super) enum ValueType {
    Numbers(Dtype),
    /// Texts of so many bytes each, which must be numbers or stand for nothing.
    Texts(usize),
    /// Places in a list of numbers; a negative one stands for nothing.
    Categories(Dtype, Vec<f64>),
}

impl ValueType {
    /// Returns whether 32 bits hold every number.
    pub(super) fn is_narrow(&self) -> bool {
        matches!(self, Self::Numbers(dtype) if dtype.kind == DtypeKind::Float && dtype.size <= 4)
    }

    /// Reads numbers that lie one after the other; an error is the place of the first that is
    /// none, and what it is.
    pub(super) fn read(&self, bytes: &[u8], numbers: &mut [f64]) -> Result<(), (usize, String)> {
        match self {
            Self::Numbers(dtype) => {
                read_numbers(*dtype, bytes, numbers);
                Ok(())
            }
            Self::Texts(size) => {
                let texts = bytes.chunks_exact((*size).max(1));
                fill(numbers, texts, |bytes| text_number(text(bytes)))
            }
            Self::Categories(dtype, categories) => {
                let codes = bytes.chunks_exact(dtype.size);
                fill(numbers, codes, |code| category(*dtype, code, categories))
            }
        }
    }
}

/// Returns the width of a table whose blocks are of these types.
pub(super) fn precision<'a>(mut types: impl Iterator<Item = &'a ValueType>) -> Precision {
    match types.all(ValueType::is_narrow) {
        true => Precision::F32,
        false => Precision::F64,
    }
}

fn fill<'b>(
    numbers: &mut [f64],
    elements: impl Iterator<Item = &'b [u8]>,
    read: impl Fn(&'b [u8]) -> Result<f64, String>,
) -> Result<(), (usize, String)> {
    for (place, (number, element)) in numbers.iter_mut().zip(elements).enumerate() {
        *number = read(element).map_err(|found| (place, found))?;
    }
    Ok(())
}

fn text_number(text: Option<String>) -> Result<f64, String> {
    let text = text.ok_or("bytes that are not UTF-8")?;
    csv::number(&text).ok_or_else(|| format!("{:?}", csv::short(&text)))
}

fn category(dtype: Dtype, code: &[u8], categories: &[f64]) -> Result<f64, String> {
    let code = dtype.i64(code).ok_or("no number")?;
    match usize::try_from(code) {
        Ok(place) => categories.get(place).copied(),
        Err(_) => Some(f64::NAN),
    }
    .ok_or_else(|| format!("category {code} of {}", categories.len()))
}

/// Reads numbers of a type that has a plain meaning.
fn read_numbers(dtype: Dtype, bytes: &[u8], numbers: &mut [f64]) {
    match (dtype.kind, dtype.size, dtype.is_big_endian) {
        (DtypeKind::Float, 4, false) => {
            for (number, &bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
                *number = f32::from_le_bytes(bytes).into();
            }
        }
        (DtypeKind::Float, 8, false) => {
            for (number, &bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
                *number = f64::from_le_bytes(bytes);
            }
        }
        _ => {
            let elements = bytes.chunks_exact(dtype.size.max(1));
            for (number, element) in numbers.iter_mut().zip(elements) {
                *number = dtype.f64(element).unwrap_or(f64::NAN);
            }
        }
    }
}

/// Returns the number that an object of Python is, or what it is instead.
pub(super) fn object_number(object: &Value) -> Result<f64, String> {
    match object {
        Value::None => Ok(f64::NAN),
        Value::Bool(value) => Ok(u8::from(*value).into()),
        Value::String(text) => text_number(Some(text.as_ref().into())),
        other => other.as_f64().ok_or_else(|| other.kind().into()),
    }
}
