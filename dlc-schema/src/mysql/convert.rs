use mysql::Value;

use crate::{
    Cell,
    table::{Attribute, AttributeType},
};

/// Returns a cell as the server takes it.
pub(super) fn to_value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::NULL,
        Cell::Text(text) => Value::Bytes(text.into_bytes()),
        Cell::Int(number) => Value::Int(number),
        Cell::Float(number) => Value::Double(number),
        Cell::DateTime(time) => Value::Bytes(time.to_string().into_bytes()),
        Cell::Uuid(bytes) => Value::Bytes(bytes.to_vec()),
        Cell::Blob(bytes) => Value::Bytes(bytes),
    }
}

/// An error returned when a stored value cannot be a cell.
#[derive(Debug, thiserror::Error)]
#[error("attribute {name}: expected {expected:?}, found {found}")]
pub(super) struct UnreadableValue {
    name: &'static str,
    expected: AttributeType,
    found: String,
}

/// Returns the cell that a stored value is.
pub(super) fn to_cell(attribute: &Attribute, value: Value) -> Result<Cell, UnreadableValue> {
    use AttributeType as T;
    let unreadable = |found: String| UnreadableValue {
        name: attribute.name,
        expected: attribute.kind,
        found,
    };
    match (attribute.kind, value) {
        (_, Value::NULL) => Ok(Cell::Null),
        (T::Char(_) | T::Varchar(_) | T::Enum(_), Value::Bytes(bytes)) => String::from_utf8(bytes)
            .map(Cell::Text)
            .map_err(|_| unreadable("bytes that are no text".into())),
        (T::Blob | T::MediumBlob | T::LongBlob, Value::Bytes(bytes)) => Ok(Cell::Blob(bytes)),
        (T::Uuid, Value::Bytes(bytes)) => <[u8; 16]>::try_from(bytes)
            .map(Cell::Uuid)
            .map_err(|bytes| unreadable(format!("{} bytes", bytes.len()))),
        (T::Float | T::Double, Value::Float(number)) => Ok(Cell::Float(number.into())),
        (T::Float | T::Double, Value::Double(number)) => Ok(Cell::Float(number)),
        (
            T::TinyInt | T::SmallInt | T::Int | T::IntUnsigned | T::BigIntUnsigned,
            Value::Int(number),
        ) => Ok(Cell::Int(number)),
        (T::IntUnsigned | T::BigIntUnsigned, Value::UInt(number)) => i64::try_from(number)
            .map(Cell::Int)
            .map_err(|_| unreadable(number.to_string())),
        (T::DateTime | T::Timestamp, Value::Date(year, month, day, hour, minute, second, _)) => {
            let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
            let time = text.parse().map(Cell::DateTime);
            time.map_err(|_| unreadable(text))
        }
        (_, other) => Err(unreadable(other.as_sql(true).chars().take(80).collect())),
    }
}
