//! PyTables' tables: what a record holds, and all of them one after the other.

use super::{
    container::{Container, Field, FieldType, Group, Table},
    names::{NameType, object_text, texts},
    order::Order,
    values::{ValueType, precision},
};
use crate::{DataFrame, Precision, ReadPosesErrorKind as Kind, RowNames, pickle::Value};

/// The records of a table, before they are read.
pub(super) struct Records<'a> {
    table: Table<'a>,
    /// The names of a row: its index, or its name on each level.
    row_names: Vec<NameField>,
    pub(super) levels: Vec<Option<String>>,
    /// The names of columns, in the order of the table.
    pub(super) columns: Vec<Vec<String>>,
    pub(super) precision: Precision,
    blocks: Vec<Block>,
    order: Order,
    size: usize,
    pub(super) len: usize,
}

/// A field with the names of rows.
struct NameField {
    offset: usize,
    size: usize,
    name_type: NameType,
}

/// A field with numbers.
struct Block {
    offset: usize,
    size: usize,
    value_type: ValueType,
    columns: Vec<Vec<String>>,
}

impl<'a> Records<'a> {
    pub(super) fn open(file: &'a Container, group: &Group<'_>, key: &str) -> Result<Self, Kind> {
        Self::open_with(file, group, key, |name| {
            let key = format!("{key}/meta/{name}/meta");
            let group = file.group(&key)?;
            let none = |_: &str| Err(unexpected(&group, "info", "numbers"));
            let categories = Self::open_with(file, &group, &key, none)?.data_frame()?;
            Ok(categories.rows().flatten().copied().collect())
        })
    }

    /// Opens a table; `categories` reads those of a field.
    fn open_with(
        file: &'a Container,
        group: &Group<'_>,
        key: &str,
        categories: impl Fn(&str) -> Result<Vec<f64>, Kind>,
    ) -> Result<Self, Kind> {
        let table = file.table(key)?;
        let (fields, size) = table.fields()?;
        let levels = level_names(group)?;
        let row_levels = row_levels(group)?;
        let is_level = |name: &String| row_levels.contains(name);
        let mut blocks = Vec::new();
        for name in block_names(group)?.iter().filter(|name| !is_level(name)) {
            let field = field(&table, &fields, name)?;
            blocks.push(Block::open(&table, field, levels.len(), &categories)?);
        }
        let stored: Vec<_> = blocks.iter().flat_map(|b| b.columns.clone()).collect();
        let mut columns = axis_names(group, levels.len())?.unwrap_or_else(|| stored.clone());
        columns.retain(|names| !names.iter().all(is_level));
        let order = match (Order::of(&stored, &columns), stored.len() == columns.len()) {
            (Ok(order), true) => order,
            (found, _) => {
                return Err(Kind::Unexpected {
                    object: group.place("non_index_axes"),
                    expected: "the columns of the blocks",
                    found: match found {
                        Err(names) => format!("none that is {names:?}"),
                        Ok(_) => format!("{} for {}", columns.len(), stored.len()),
                    },
                });
            }
        };
        let row_names = match &row_levels[..] {
            [] => vec![NameField::open(&table, &fields, "index")?],
            levels => {
                let levels = levels.iter();
                let fields = levels.map(|level| NameField::open(&table, &fields, level));
                fields.collect::<Result<_, _>>()?
            }
        };
        Ok(Self {
            row_names,
            levels,
            columns,
            precision: precision(blocks.iter().map(|block| &block.value_type)),
            blocks,
            order,
            size,
            len: table.len(size)?,
            table,
        })
    }

    /// Reads all records; `on_row` is told the row, its names and its numbers.
    pub(super) fn read(
        &self,
        mut on_row: impl FnMut(&[u8], &[f64]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        let mut numbers = vec![f64::NAN; self.columns.len()];
        let mut scratch = numbers.clone();
        let mut row = 0;
        self.table.blocks(self.size, |records| {
            for record in records.chunks_exact(self.size) {
                let read = |numbers: &mut [f64]| self.numbers(row, record, numbers);
                self.order.apply(&mut numbers, &mut scratch, read)?;
                on_row(record, &numbers)?;
                row += 1;
            }
            Ok(())
        })
    }

    /// Reads the numbers of a record, whose fields were found to lie inside it.
    fn numbers(&self, row: usize, record: &[u8], numbers: &mut [f64]) -> Result<(), Kind> {
        let mut rest = numbers;
        for block in &self.blocks {
            let (numbers, others) = rest.split_at_mut(block.columns.len());
            let bytes = &record[block.offset..][..block.size];
            let read = block.value_type.read(bytes, numbers);
            read.map_err(|(place, found)| Kind::Value {
                row,
                column: format!("{:?}", block.columns[place]),
                found,
            })?;
            rest = others;
        }
        Ok(())
    }

    /// Reads all records with the names of their rows.
    pub(super) fn data_frame(self) -> Result<DataFrame, Kind> {
        let mut values = Vec::with_capacity(self.len * self.columns.len());
        let fields = self.row_names.iter();
        let mut names: Vec<RowNames> = fields
            .map(|field| field.name_type.with_capacity(self.len))
            .collect();
        self.read(|record, numbers| {
            for (field, names) in self.row_names.iter().zip(&mut names) {
                self.push_name(field, record, names)?;
            }
            values.extend_from_slice(numbers);
            Ok(())
        })?;
        let row_names = match names.len() {
            1 => names.remove(0),
            _ => paths(names),
        };
        DataFrame::new(self.levels, self.columns, row_names, self.precision, values)
            .map_err(Kind::DataFrame)
    }

    fn push_name(
        &self,
        field: &NameField,
        record: &[u8],
        names: &mut RowNames,
    ) -> Result<(), Kind> {
        let row = names.len();
        let bytes = &record[field.offset..][..field.size];
        let pushed = field.name_type.push(bytes, names);
        pushed.ok_or_else(|| not_a_name(row, bytes))
    }

    /// Returns whether the name of a row is a number.
    pub(super) fn has_frames(&self) -> bool {
        self.row_names.len() == 1 && self.row_names[0].name_type.is_number()
    }

    /// Reads all records, whose rows have numbers for names; `on_frame` is told the row, its frame
    /// and the numbers.
    pub(super) fn read_frames(
        &self,
        mut on_frame: impl FnMut(usize, usize, &[f64]) -> Result<(), Kind>,
    ) -> Result<(), Kind> {
        let mut row = 0;
        let field = &self.row_names[0];
        self.read(|record, numbers| {
            let bytes = &record[field.offset..][..field.size];
            let name = field.name_type.frame_name(bytes);
            let frame = name.ok_or_else(|| not_a_name(row, bytes))?.frame(row)?;
            on_frame(row, frame, numbers)?;
            row += 1;
            Ok(())
        })
    }
}

fn not_a_name(row: usize, bytes: &[u8]) -> Kind {
    Kind::Index {
        row,
        found: format!("{bytes:?}"),
        problem: "expected a text in UTF-8 or a number of 64 bits",
    }
}

impl NameField {
    fn open(table: &Table<'_>, fields: &[Field], name: &str) -> Result<Self, Kind> {
        let field = field(table, fields, name)?;
        let kind = table.attributes.text(&format!("{name}_kind"));
        let name_type = NameType::of_field(field.field_type, kind.unwrap_or_default());
        Ok(Self {
            offset: field.offset,
            size: field.size,
            name_type: name_type.ok_or_else(|| {
                unexpected(
                    &table.attributes,
                    &format!("{name}_kind"),
                    "texts, numbers or times",
                )
            })?,
        })
    }
}

impl Block {
    fn open(
        table: &Table<'_>,
        field: &Field,
        levels: usize,
        categories: impl Fn(&str) -> Result<Vec<f64>, Kind>,
    ) -> Result<Self, Kind> {
        let name = &field.name;
        let dtype_name = format!("{name}_dtype");
        let refused = || unexpected(&table.attributes, &dtype_name, "numbers");
        let stored = table.attributes.text(&dtype_name).unwrap_or_default();
        if stored.starts_with("date") || stored.starts_with("timedelta") {
            return Err(refused());
        }
        let is_category = table.attributes.text(&format!("{name}_meta")) == Some("category");
        let (value_type, len) = match field.field_type {
            FieldType::Numbers(dtype, len) if is_category => {
                (ValueType::Categories(dtype, categories(name)?), len)
            }
            FieldType::Numbers(dtype, len) => (ValueType::Numbers(dtype), len),
            FieldType::Texts(len) => (ValueType::Texts(field.size / len.max(1)), len),
            FieldType::Other => return Err(refused()),
        };
        let kind = format!("{name}_kind");
        let columns = column_names(&table.attributes, &kind, levels)?;
        match columns.len() == len {
            true => Ok(Self {
                offset: field.offset,
                size: field.size,
                value_type,
                columns,
            }),
            false => Err(Kind::Unexpected {
                object: table.attributes.place(&kind),
                expected: "a name for each number of a record",
                found: format!("{} names, {len} numbers", columns.len()),
            }),
        }
    }
}

/// Puts the names of a row on each level side by side.
pub(super) fn paths(levels: Vec<RowNames>) -> RowNames {
    let mut levels = levels.into_iter().map(texts);
    let mut paths: Vec<Vec<String>> = match levels.next() {
        Some(first) => first.into_iter().map(|name| vec![name]).collect(),
        None => Vec::new(),
    };
    for level in levels {
        for (path, name) in paths.iter_mut().zip(level) {
            path.push(name);
        }
    }
    RowNames::Paths(paths)
}

/// Returns the names of the levels of columns: `info[1]["names"]`.
fn level_names(group: &Group<'_>) -> Result<Vec<Option<String>>, Kind> {
    let info = group.pickle("info")?;
    let axis = info.as_ref().and_then(Value::items).and_then(|items| {
        let mut items = items.iter();
        items.find_map(|(key, value)| (key.as_i64() == Some(1)).then_some(value))
    });
    let levels = axis.and_then(|axis| axis.get("names")?.as_slice());
    let levels = levels.ok_or_else(|| unexpected(group, "info", "names of the levels of columns"));
    Ok(levels?.iter().map(level_name).collect())
}

/// Returns the name of a level, which may be none.
fn level_name(name: &Value) -> Option<String> {
    (*name != Value::None).then(|| object_text(name))
}

/// Returns the names of the levels of rows where there are several: those of fields.
fn row_levels(group: &Group<'_>) -> Result<Vec<String>, Kind> {
    match group.text("table_type") {
        Some("appendable_multiframe" | "appendable_multiseries") => {
            let levels = group.pickle("levels")?;
            levels
                .and_then(|levels| texts_of(&levels))
                .filter(|levels| !levels.is_empty())
                .ok_or_else(|| unexpected(group, "levels", "names of the levels of rows"))
        }
        _ => Ok(Vec::new()),
    }
}

/// Returns the names of the fields with numbers.
fn block_names(group: &Group<'_>) -> Result<Vec<String>, Kind> {
    let blocks = group.pickle("values_cols")?;
    blocks
        .and_then(|blocks| texts_of(&blocks))
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
        .and_then(|names| names.iter().map(|name| names_of(name, levels)).collect())
        .ok_or_else(|| unexpected(table, attribute, "a name for each column and level"))
}

/// Returns the names of all columns in their order, where the file has them:
/// `non_index_axes[0][1]`.
fn axis_names(group: &Group<'_>, levels: usize) -> Result<Option<Vec<Vec<String>>>, Kind> {
    let Some(axes) = group.pickle("non_index_axes")? else {
        return Ok(None);
    };
    let axis = axes.as_slice().and_then(|axes| match axes {
        [axis] => axis.as_slice()?.get(1)?.as_slice(),
        _ => None,
    });
    axis.and_then(|names| names.iter().map(|name| names_of(name, levels)).collect())
        .map(Some)
        .ok_or_else(|| unexpected(group, "non_index_axes", "a name for each column and level"))
}

/// Returns the names of a column, one for each level.
fn names_of(value: &Value, levels: usize) -> Option<Vec<String>> {
    if levels == 1 && !matches!(value, Value::Tuple(names) if names.len() == 1) {
        return Some(vec![object_text(value)]);
    }
    let names = value.as_slice()?;
    (names.len() == levels).then(|| names.iter().map(object_text).collect())
}

fn texts_of(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(String::from);
    value.as_slice()?.iter().map(text).collect()
}

/// Returns a field by its name.
fn field<'f>(table: &Table<'_>, fields: &'f [Field], name: &str) -> Result<&'f Field, Kind> {
    let named = fields.iter().find(|field| field.name == name);
    named.ok_or_else(|| {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        Kind::Unexpected {
            object: table.attributes.place(name),
            expected: "a field of this name",
            found: format!("{names:.200?}"),
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
