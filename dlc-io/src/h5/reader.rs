use std::{fs, path::Path};

use super::container::{Container, Field, FieldType, Group, Table};
use crate::{
    Precision, Predictions, ReadPosesError, ReadPosesErrorKind as Kind,
    pickle::Value,
    predictions::{Columns, multi_animal},
};

/// The key under which DeepLabCut stores predictions.
const KEY: &str = "df_with_missing";

/// Reads the predictions of one animal in a video from an `.h5` file of DeepLabCut.
///
/// Columns are found by their names. The whole file is held in memory while it is read.
///
/// # Errors
///
/// Returns an error when the file is not of this layout, or damaged. Predictions of several
/// animals, of pictures ([`read_images`](super::read_images) takes those), and data in pandas'
/// fixed layout (labels, evaluations) are refused by name.
pub fn read(path: impl AsRef<Path>) -> Result<Predictions, ReadPosesError> {
    let path = path.as_ref();
    fs::read(path)
        .map_err(Kind::Io)
        .and_then(parse)
        .map_err(|kind| ReadPosesError::new(path, kind))
}

fn parse(bytes: Vec<u8>) -> Result<Predictions, Kind> {
    let file = Container::parse(bytes)?;
    let key = key(&file, KEY)?;
    let group = file.group(&key)?;
    let expected = "the frames of a video";
    if layout(&group, expected)? == Layout::Fixed {
        let layout = "the fixed layout of pandas";
        return Err(Kind::Layout { layout, expected });
    }
    let table = file.table(&key)?;
    let records = Records::open(&group, &table)?;
    if records.individual.is_some() {
        return Err(multi_animal());
    }
    match records.index.field_type {
        FieldType::Integer => {}
        FieldType::Text => {
            let layout = "a table of pictures (the rows have names)";
            return Err(Kind::Layout { layout, expected });
        }
        _ => return Err(unexpected(&table.attributes, "index_kind", "integers")),
    }
    let check = |row: usize, index: &[u8]| {
        let found = i64::from_le_bytes(bytes_at(index, 0));
        if usize::try_from(found) != Ok(row) {
            let found = found.to_string();
            return Err(Kind::Index { row, found });
        }
        Ok(())
    };
    Ok(records.read(&table, check)?.0)
}

/// How pandas laid out a frame of data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Layout {
    Table,
    Fixed,
}

/// The records of a table, before they are read.
pub(super) struct Records {
    pub(super) index: Field,
    columns: Columns,
    individual: Option<String>,
    /// Where in a record and how wide the number of each column is.
    numbers: Vec<(usize, Precision)>,
    size: usize,
}

impl Records {
    pub(super) fn open(group: &Group<'_>, table: &Table<'_>) -> Result<Self, Kind> {
        let (mut fields, size) = table.fields()?;
        let (columns, individual, numbers) = columns(group, table, &fields)?;
        let index = field(table, &fields, "index")?;
        Ok(Self {
            index: fields.swap_remove(index),
            columns,
            individual,
            numbers,
            size,
        })
    }

    /// Reads all records; `on_index` is told the row and the bytes of each index.
    pub(super) fn read(
        self,
        table: &Table<'_>,
        mut on_index: impl FnMut(usize, &[u8]) -> Result<(), Kind>,
    ) -> Result<(Predictions, Option<String>), Kind> {
        let wide = self.numbers.iter().any(|&(_, p)| p == Precision::F64);
        let precision = if wide { Precision::F64 } else { Precision::F32 };
        let records = table.records(self.size)?;
        let rows = records.chunks_exact(self.size).enumerate();
        let (index, numbers) = (&self.index, &self.numbers);
        let rows = rows.map(|(row, record)| {
            on_index(row, &record[index.offset..][..index.size])?;
            Ok(numbers
                .iter()
                .map(|&(offset, precision)| Ok(number(record, offset, precision))))
        });
        let predictions = self.columns.predictions(precision, rows)?;
        Ok((predictions, self.individual))
    }
}

/// Returns a number of a record; fields were found to lie inside it.
pub(super) fn number(record: &[u8], offset: usize, precision: Precision) -> f64 {
    match precision {
        Precision::F32 => f32::from_le_bytes(bytes_at(record, offset)).into(),
        Precision::F64 => f64::from_le_bytes(bytes_at(record, offset)),
    }
}

/// Returns the name of the group with the predictions: pandas takes any, when there is only one.
pub(super) fn key(file: &Container, wanted: &'static str) -> Result<String, Kind> {
    let groups = file.groups()?;
    match &groups[..] {
        [only] => Ok(only.clone()),
        groups if groups.iter().any(|group| group == wanted) => Ok(wanted.into()),
        groups => Err(Kind::Unexpected {
            object: "/".into(),
            expected: "one group, `df_with_missing` or `predictions`",
            found: format!("{groups:?}"),
        }),
    }
}

pub(super) fn layout(group: &Group<'_>, expected: &'static str) -> Result<Layout, Kind> {
    match (group.text("pandas_type"), group.text("table_type")) {
        (Some("frame_table"), Some("appendable_frame")) => Ok(Layout::Table),
        (Some("frame_table"), Some("appendable_multiframe")) => Err(Kind::Layout {
            layout: "a table with several levels of rows",
            expected,
        }),
        (Some("frame_table"), _) => Err(unexpected(group, "table_type", "`appendable_frame`")),
        (Some("frame"), _) => Ok(Layout::Fixed),
        _ => Err(unexpected(group, "pandas_type", "`frame_table`")),
    }
}

/// Returns the columns, the individual that they name, and where in a record and how wide the
/// number of each is.
fn columns(group: &Group<'_>, table: &Table<'_>, fields: &[Field]) -> Result<Found, Kind> {
    let levels = level_names(group)?;
    let mut names = Vec::new();
    let mut numbers = Vec::new();
    for name in block_names(group)? {
        let field = &fields[field(table, fields, &name)?];
        let FieldType::Floats(precision, len) = field.field_type else {
            return Err(unexpected(
                &table.attributes,
                &format!("{name}_dtype"),
                "floats",
            ));
        };
        let kind = format!("{name}_kind");
        let tuples = column_names(&table.attributes, &kind, levels.len())?;
        if tuples.len() != len {
            return Err(Kind::Unexpected {
                object: table.attributes.place(&kind),
                expected: "a name for each number of a record",
                found: format!("{} names, {len} numbers", tuples.len()),
            });
        }
        names.extend(tuples);
        numbers.extend((0..len).map(|i| (field.offset + i * precision.size(), precision)));
    }
    let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
    let names: Vec<Vec<&str>> = names
        .iter()
        .map(|name| name.iter().map(String::as_str).collect())
        .collect();
    let (columns, individual) = Columns::find_of_individual(&levels, &names)?;
    Ok((columns, individual, numbers))
}

type Found = (Columns, Option<String>, Vec<(usize, Precision)>);

/// Returns the names of the levels of columns: `info[1]["names"]`.
fn level_names(group: &Group<'_>) -> Result<Vec<String>, Kind> {
    let info = group.pickle("info")?;
    let axis = info.as_ref().and_then(Value::items).and_then(|items| {
        let mut items = items.iter();
        items.find_map(|(key, value)| (key.as_i64() == Some(1)).then_some(value))
    });
    axis.and_then(|axis| texts(axis.get("names")?))
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

/// Returns `N` bytes of a record; fields were found to lie inside it.
fn bytes_at<const N: usize>(record: &[u8], offset: usize) -> [u8; N] {
    record[offset..offset + N]
        .try_into()
        .expect("the slice has this length")
}
