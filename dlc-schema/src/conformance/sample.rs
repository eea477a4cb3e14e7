//! Rows of any table, made from its description.

use crate::{
    Cell, DateTime, Query, Row, Store, StoreError, StoreExt,
    table::{Attribute, AttributeType, DefaultValue, Table},
    tables::TABLES,
};

/// How many different rows there are of each table, at least.
pub(super) const ROWS: u8 = 3;

/// Returns a row that says everything. Rows of the same number refer to each other.
pub(super) fn row(table: &Table, number: u8) -> Row {
    cells(table.attributes.iter(), number)
}

/// Returns a row that says only what it must.
pub(super) fn required(table: &Table, number: u8) -> Row {
    let is_required = |attribute: &&Attribute| attribute.default == DefaultValue::Required;
    cells(table.attributes.iter().filter(is_required), number)
}

fn cells<'a>(attributes: impl Iterator<Item = &'a Attribute>, number: u8) -> Row {
    attributes
        .map(|attribute| (attribute.name, cell(attribute.kind, number)))
        .collect()
}

/// Returns what fills an attribute of this kind up.
fn cell(kind: AttributeType, number: u8) -> Cell {
    use AttributeType as T;
    let (floats, doubles) = (
        [f32::MAX.into(), f32::MIN_POSITIVE.into(), (-0.1_f32).into()],
        [f64::MAX, f64::MIN_POSITIVE, -0.1],
    );
    let nth = usize::from(number) % 3;
    match kind {
        T::Char(limit) | T::Varchar(limit) => text(limit, number).into(),
        T::Enum(allowed) => allowed[usize::from(number) % allowed.len()].into(),
        T::TinyInt => [i8::MIN.into(), i8::MAX.into(), 0][nth].into(),
        T::SmallInt => [i16::MIN.into(), i16::MAX.into(), 0][nth].into(),
        T::Int => [i32::MIN.into(), i32::MAX.into(), 0][nth].into(),
        T::IntUnsigned => [0, u32::MAX.into(), 1][nth].into(),
        T::BigIntUnsigned => [0, i64::MAX, 1][nth].into(),
        T::Float => Cell::Float(floats[nth]),
        T::Double => Cell::Float(doubles[nth]),
        T::DateTime => Cell::DateTime(DateTime::from_seconds([-1, 1_654_613_591, 2_000][nth])),
        T::Timestamp => {
            let seconds = [1_654_613_591, 2_000_000_000, 1_000_000_000][nth];
            Cell::DateTime(DateTime::from_seconds(seconds))
        }
        T::Uuid => Cell::Uuid([[0; 16], [0xff; 16], *b"\0uuid \xff\"'`\\%\n . "][nth]),
        T::Blob | T::MediumBlob | T::LongBlob => Cell::Blob(bytes(number)),
    }
}

/// Returns a text as long as possible, with a letter of its own at the end.
fn text(limit: usize, number: u8) -> String {
    let letter = char::from(b'a' + number % 26);
    let mut text = "é".repeat(limit - 1);
    text.push(letter);
    text
}

fn bytes(number: u8) -> Vec<u8> {
    match number % 3 {
        0 => Vec::new(),
        1 => (0..=u8::MAX).collect(),
        _ => [f64::NAN, f64::INFINITY, -0.0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect(),
    }
}

/// Adds the rows of a number to all tables but some.
pub(super) fn fill(
    rows: &mut dyn crate::Transaction,
    number: u8,
    but: &dyn Fn(&'static Table) -> bool,
) -> Result<(), StoreError> {
    for table in TABLES.iter().filter(|table| !but(table)) {
        rows.insert(table, &row(table, number))?;
    }
    Ok(())
}

/// Adds a row to every table.
pub(super) fn fill_all(store: &dyn Store, number: u8) {
    let filled = store.write(|rows| fill(rows, number, &|_| false));
    filled.unwrap_or_else(|error| panic!("every table takes row {number}: {error:?}"));
}

/// Returns whether rows of a table refer to another one, also by way of others.
pub(super) fn refers(table: &'static Table, to: &'static Table) -> bool {
    let mut references = table.references.iter();
    references.any(|reference| reference.table == to || refers(reference.table, to))
}

/// Asks for a row by its key.
pub(super) fn by_key(table: &'static Table, number: u8) -> Query {
    Query::of(table).with_all(row(table, number).key(table))
}
