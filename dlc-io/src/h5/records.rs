//! PyTables' tables: what a record holds, and all of them one after the other.

use super::container::{Container, Field, FieldType, Group, Table, text};
use crate::{DataFrame, Precision, ReadPosesErrorKind as Kind, RowNames, pickle::Value};

/// The records of a table, before they are read.
pub(super) struct Records<'a> {
    table: Table<'a>,
    pub(super) index: Field,
    pub(super) levels: Vec<Option<String>>,
    pub(super) columns: Vec<Vec<String>>,
    pub(super) precision: Precision,
    /// The fields with numbers: their first bytes, widths and lengths.
    blocks: Vec<(usize, Precision, usize)>,
    size: usize,
    pub(super) len: usize,
}

impl<'a> Records<'a> {
    pub(super) fn open(file: &'a Container, group: &Group<'_>, key: &str) -> Result<Self, Kind> {
        let table = file.table(key)?;
        let (mut fields, size) = table.fields()?;
        let levels = level_names(group)?;
        let mut columns = Vec::new();
        let mut blocks = Vec::new();
        for name in block_names(group)? {
            let field = &fields[field(&table, &fields, &name)?];
            let FieldType::Floats(precision, len) = field.field_type else {
                let dtype = format!("{name}_dtype");
                return Err(unexpected(&table.attributes, &dtype, "floats"));
            };
            let kind = format!("{name}_kind");
            let names = column_names(&table.attributes, &kind, levels.len())?;
            if names.len() != len {
                return Err(Kind::Unexpected {
                    object: table.attributes.place(&kind),
                    expected: "a name for each number of a record",
                    found: format!("{} names, {len} numbers", names.len()),
                });
            }
            columns.extend(names);
            blocks.push((field.offset, precision, len));
        }
        let index = field(&table, &fields, "index")?;
        let wide = blocks.iter().any(|block| block.1 == Precision::F64);
        Ok(Self {
            index: fields.swap_remove(index),
            levels,
            columns,
            precision: if wide { Precision::F64 } else { Precision::F32 },
            blocks,
            size,
            len: table.len(size)?,
            table,
        })
    }

    /// Reads all records; `on_row` is told the row, the bytes of its index and its numbers.
    pub(super) fn read(
        &self,
        mut on_row: impl FnMut(usize, &[u8], &[f64]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        let mut numbers = vec![0.0; self.columns.len()];
        let mut row = 0;
        self.table.blocks(self.size, |records| {
            for record in records.chunks_exact(self.size) {
                self.numbers(record, &mut numbers);
                let index = &record[self.index.offset..][..self.index.size];
                on_row(row, index, &numbers)?;
                row += 1;
            }
            Ok(())
        })
    }

    /// Reads the numbers of a record, whose fields were found to lie inside it.
    fn numbers(&self, record: &[u8], numbers: &mut [f64]) {
        let mut rest = numbers;
        for &(offset, precision, len) in &self.blocks {
            let (block, others) = rest.split_at_mut(len);
            numbers_from(&record[offset..], precision, block);
            rest = others;
        }
    }

    /// Reads all records with the names of their rows.
    pub(super) fn data_frame(self) -> Result<DataFrame, Kind> {
        let mut values = Vec::with_capacity(self.len * self.columns.len());
        let row_names = match self.index.field_type {
            FieldType::Integer => {
                let mut names = Vec::with_capacity(self.len);
                self.read(|_, index, numbers| {
                    names.push(integer(index));
                    values.extend_from_slice(numbers);
                    Ok(())
                })?;
                RowNames::Numbers(names)
            }
            FieldType::Text => {
                let mut names = Vec::with_capacity(self.len);
                self.read(|row, index, numbers| {
                    names.push(row_text(row, index)?);
                    values.extend_from_slice(numbers);
                    Ok(())
                })?;
                RowNames::Texts(names)
            }
            _ => return Err(self.unexpected_index("integers or texts")),
        };
        DataFrame::new(self.levels, self.columns, row_names, self.precision, values)
            .map_err(Kind::DataFrame)
    }

    pub(super) fn unexpected_index(&self, expected: &'static str) -> Kind {
        unexpected(&self.table.attributes, "index_kind", expected)
    }
}

/// Reads numbers that lie one after the other.
pub(super) fn numbers_from(bytes: &[u8], precision: Precision, numbers: &mut [f64]) {
    match precision {
        Precision::F32 => {
            for (number, &bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
                *number = f32::from_le_bytes(bytes).into();
            }
        }
        Precision::F64 => {
            for (number, &bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
                *number = f64::from_le_bytes(bytes);
            }
        }
    }
}

/// Returns an index that is a number.
pub(super) fn integer(index: &[u8]) -> i64 {
    let bytes = index.try_into().expect("an integer of 64 bits has 8 bytes");
    i64::from_le_bytes(bytes)
}

/// Returns an index that is a text.
pub(super) fn row_text(row: usize, index: &[u8]) -> Result<String, Kind> {
    text(index).ok_or_else(|| Kind::Index {
        row,
        found: "bytes that are not UTF-8".into(),
    })
}

/// Returns the names of the levels of columns: `info[1]["names"]`.
fn level_names(group: &Group<'_>) -> Result<Vec<Option<String>>, Kind> {
    let info = group.pickle("info")?;
    let axis = info.as_ref().and_then(Value::items).and_then(|items| {
        let mut items = items.iter();
        items.find_map(|(key, value)| (key.as_i64() == Some(1)).then_some(value))
    });
    let level = |value: &Value| match value {
        Value::None => Some(None),
        value => value.as_str().map(|name| Some(name.into())),
    };
    let levels = axis.and_then(|axis| axis.get("names")?.as_slice());
    levels
        .and_then(|levels| levels.iter().map(level).collect())
        .ok_or_else(|| unexpected(group, "info", "names of the levels of columns"))
}

/// Returns the names of the fields with numbers.
fn block_names(group: &Group<'_>) -> Result<Vec<String>, Kind> {
    let blocks = group.pickle("values_cols")?;
    blocks
        .and_then(|blocks| texts(&blocks))
        .ok_or_else(|| unexpected(group, "values_cols", "a list of names"))
}

/// Returns the names of the columns in a field, each of them one for each level.
fn column_names(
    table: &Group<'_>,
    attribute: &str,
    levels: usize,
) -> Result<Vec<Vec<String>>, Kind> {
    let names = table.pickle(attribute)?;
    let names = names.as_ref().and_then(Value::as_slice);
    names
        .and_then(|names| names.iter().map(texts).collect::<Option<Vec<_>>>())
        .filter(|names| names.iter().all(|name| name.len() == levels))
        .ok_or_else(|| unexpected(table, attribute, "a name for each column and level"))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(String::from);
    value.as_slice()?.iter().map(text).collect()
}

/// Returns the place of a field.
fn field(table: &Table<'_>, fields: &[Field], name: &str) -> Result<usize, Kind> {
    let named = fields.iter().position(|field| field.name == name);
    named.ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        Kind::Unexpected {
            object: table.attributes.place(name),
            expected: "a field of this name",
            found: format!("{names:?}"),
        }
    })
}

pub(super) fn unexpected(group: &Group<'_>, attribute: &str, expected: &'static str) -> Kind {
    let found = match group.text(attribute) {
        Some(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        None => "nothing".into(),
    };
    Kind::Unexpected {
        object: group.place(attribute),
        expected,
        found,
    }
}
