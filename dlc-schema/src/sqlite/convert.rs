use rusqlite::{
    ToSql,
    types::{ToSqlOutput, Value, ValueRef},
};

use crate::{
    Cell, StoreErrorKind,
    table::{Attribute, AttributeType},
};

/// A cell as it is bound.
pub(super) struct Bound<'c>(pub(super) &'c Cell);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Text(text) => text.as_str().into(),
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Float(number) => ValueRef::Real(*number),
            Cell::DateTime(time) => return Ok(ToSqlOutput::Owned(Value::Text(time.to_string()))),
            Cell::Uuid(bytes) => ValueRef::Blob(bytes),
            Cell::Blob(bytes) => ValueRef::Blob(bytes),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

/// Reads what a column holds.
pub(super) fn to_cell(attribute: &Attribute, value: ValueRef<'_>) -> Result<Cell, StoreErrorKind> {
    let cell = match value {
        ValueRef::Null => Some(Cell::Null),
        ValueRef::Integer(number) => Some(Cell::Int(number)),
        ValueRef::Real(number) => Some(Cell::Float(number)),
        ValueRef::Text(text) => text_cell(attribute.kind, text),
        ValueRef::Blob(bytes) if attribute.kind == AttributeType::Uuid => {
            bytes.try_into().ok().map(Cell::Uuid)
        }
        ValueRef::Blob(bytes) => Some(Cell::Blob(bytes.to_vec())),
    };
    cell.ok_or_else(|| {
        let problem = format!("{} is no {:?}", attribute.name, attribute.kind);
        StoreErrorKind::Unreadable(problem.into())
    })
}

fn text_cell(kind: AttributeType, text: &[u8]) -> Option<Cell> {
    let text = std::str::from_utf8(text).ok()?;
    match kind {
        AttributeType::DateTime | AttributeType::Timestamp => text.parse().ok().map(Cell::DateTime),
        _ => Some(text.into()),
    }
}
