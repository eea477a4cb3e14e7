//! pandas' fixed layout: a frame of data as arrays.
//!
//! ```text
//! /predictions                     @pandas_type "frame" @ndim 2 @nblocks 1 …
//! /predictions/axis0_level{0…3}    the names of columns, a list for each level, sorted
//! /predictions/axis0_label{0…3}    for each column, the place of its name in that list
//! /predictions/axis1               the names of rows, or axis1_level…, axis1_label… of several
//! /predictions/block0_items_…      the names of columns once more
//! /predictions/block0_values       rows × columns
//! ```

use std::io::Write;

use super::{
    container::{Array, ArraysFile, Attributes, Container, Content, Group, Value, attributes},
    records::{numbers_from, unexpected},
    writer::{push_numbers, root},
};
use crate::{DataFrame, Precision, ReadPosesErrorKind as Kind, RowNames, WritePosesError};

/// More levels of names, and more blocks, than any file of DeepLabCut has.
const MOST: i64 = 16;

/// Writes a data frame under a key.
pub(super) fn write(
    out: impl Write,
    frame: &DataFrame,
    key: &'static str,
) -> Result<(), WritePosesError> {
    let columns: Vec<Vec<&str>> = (0..frame.levels().len())
        .map(|level| names_of_level(frame.columns(), level))
        .collect();
    let mut arrays: Vec<Array> = Vec::new();
    for axis in ["axis0", "block0_items"] {
        for (place, (level, names)) in frame.levels().iter().zip(&columns).enumerate() {
            arrays.extend(level_arrays(axis, place, level.as_deref(), names));
        }
    }
    arrays.extend(row_arrays(frame.row_names()));
    let width = frame.precision();
    let mut bytes = Vec::with_capacity(frame.len() * frame.columns().len() * width.size());
    for row in frame.rows() {
        for &number in row {
            push_numbers(&mut bytes, [number], width);
        }
    }
    arrays.push(Array {
        name: "block0_values".into(),
        attributes: array_attributes(),
        content: Content::Rows {
            precision: width,
            shape: [frame.len(), frame.columns().len()],
            bytes,
        },
    });
    let file = ArraysFile {
        root: root(),
        key,
        group: group_attributes(frame),
        arrays,
    };
    file.write(out)
}

/// Returns the names on a level.
fn names_of_level(names: &[Vec<String>], level: usize) -> Vec<&str> {
    names.iter().map(|names| names[level].as_str()).collect()
}

/// Returns the arrays with the names of rows.
fn row_arrays(rows: &RowNames) -> Vec<Array> {
    let (kind, content) = match rows {
        RowNames::Numbers(numbers) => ("integer", Content::Integers(numbers.clone())),
        RowNames::Texts(texts) => ("string", Content::Texts(texts.clone())),
        RowNames::Paths(paths) => {
            let levels = 0..rows.depth();
            let arrays = levels.flat_map(|level| {
                level_arrays("axis1", level, None, &names_of_level(paths, level))
            });
            return arrays.collect();
        }
    };
    let mut of_axis = array_attributes();
    of_axis.extend(attributes([
        ("kind", Value::Text(kind)),
        ("name", Value::Pickle("N.".into())),
    ]));
    vec![Array {
        name: "axis1".into(),
        attributes: of_axis,
        content,
    }]
}

fn group_attributes(frame: &DataFrame) -> Attributes {
    let levels = level_count(frame.levels().len());
    let mut all = attributes([
        ("CLASS", Value::Text("GROUP")),
        ("VERSION", Value::Text("1.0")),
        ("axis0_nlevels", Value::Integer(levels)),
        ("axis0_variety", Value::Text("multi")),
    ]);
    if let RowNames::Paths(_) = frame.row_names() {
        let depth = Value::Integer(level_count(frame.row_names().depth()));
        all.push(("axis1_nlevels".into(), depth));
        all.push(("axis1_variety".into(), Value::Text("multi")));
    } else {
        all.push(("axis1_variety".into(), Value::Text("regular")));
    }
    all.extend(attributes([
        ("block0_items_nlevels", Value::Integer(levels)),
        ("block0_items_variety", Value::Text("multi")),
        ("encoding", Value::Text("UTF-8")),
        ("errors", Value::Text("strict")),
        ("nblocks", Value::Integer(1)),
        ("ndim", Value::Integer(2)),
        ("pandas_type", Value::Text("frame")),
        ("pandas_version", Value::Text("0.15.2")),
    ]));
    all
}

fn level_count(levels: usize) -> i64 {
    i64::try_from(levels).expect("no memory holds as many levels")
}

fn array_attributes() -> Attributes {
    attributes([
        ("CLASS", Value::Text("ARRAY")),
        ("FLAVOR", Value::Text("numpy")),
        ("VERSION", Value::Text("2.4")),
        ("transposed", Value::True),
    ])
}

/// Returns the sorted names of a level, and where among them the name of each column is.
fn level_arrays(axis: &str, place: usize, level: Option<&str>, names: &[&str]) -> [Array; 2] {
    let mut sorted: Vec<&str> = names.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let position = |name: &&str| {
        let found = sorted.binary_search(name);
        found.expect("each name is among the sorted ones")
    };
    let labels = Content::Places {
        places: names.iter().map(position).collect(),
        of: sorted.len(),
    };
    let level_name = || match level {
        Some(level) => Value::OwnText(level.into()),
        None => Value::Pickle("N.".into()),
    };
    let mut of_level = array_attributes();
    of_level.extend([
        (
            format!("{axis}_name{}", level.unwrap_or("None")),
            level_name(),
        ),
        ("kind".into(), Value::Text("string")),
        ("name".into(), level_name()),
    ]);
    [
        Array {
            name: format!("{axis}_level{place}"),
            attributes: of_level,
            content: Content::Texts(sorted.into_iter().map(String::from).collect()),
        },
        Array {
            name: format!("{axis}_label{place}"),
            attributes: array_attributes(),
            content: labels,
        },
    ]
}

/// Reads a group of this layout.
pub(super) fn read(file: &Container, group: &Group<'_>, key: &str) -> Result<DataFrame, Kind> {
    let row_names = row_names(file, group, key)?;
    let blocks = count(group, "nblocks", 1)?;
    let mut levels = Vec::new();
    let mut columns = Vec::new();
    let mut contents = Vec::new();
    for block in 0..blocks {
        let (of_block, names) = names(file, group, key, &format!("block{block}_items"))?;
        let values = format!("block{block}_values");
        let (shape, precision, bytes) = file.rows(key, &values)?;
        if shape != [row_names.len(), names.len()] {
            return Err(Kind::Unexpected {
                object: format!("/{key}/{values}"),
                expected: "a row for each name of a row, a column for each name of a column",
                found: format!(
                    "shape {shape:?} for {} and {} names",
                    row_names.len(),
                    names.len()
                ),
            });
        }
        levels = of_block;
        contents.push((precision, bytes, names.len()));
        columns.extend(names);
    }
    let wide = contents.iter().any(|block| block.0 == Precision::F64);
    let precision = if wide { Precision::F64 } else { Precision::F32 };
    let mut values = vec![f64::NAN; row_names.len() * columns.len()];
    let mut first = 0;
    for (width, bytes, len) in contents {
        let size = (len * width.size()).max(1);
        let rows = values.chunks_exact_mut(columns.len().max(1));
        for (row, bytes) in rows.zip(bytes.chunks_exact(size)) {
            numbers_from(bytes, width, &mut row[first..first + len]);
        }
        first += len;
    }
    DataFrame::new(levels, columns, row_names, precision, values).map_err(Kind::DataFrame)
}

fn row_names(file: &Container, group: &Group<'_>, key: &str) -> Result<RowNames, Kind> {
    match group.text("axis1_variety") {
        Some("multi") => Ok(RowNames::Paths(names(file, group, key, "axis1")?.1)),
        Some("regular") => {
            let attributes = file.array_attributes(key, "axis1")?;
            match attributes.text("kind") {
                Some("integer") => file.integers(key, "axis1").map(RowNames::Numbers),
                _ => file.texts(key, "axis1").map(RowNames::Texts),
            }
        }
        _ => Err(unexpected(group, "axis1_variety", "`regular` or `multi`")),
    }
}

/// Returns a small number that an attribute has.
fn count(group: &Group<'_>, attribute: &str, least: i64) -> Result<i64, Kind> {
    let count = group.integer(attribute);
    let count = count.filter(|count| (least..=MOST).contains(count));
    count.ok_or_else(|| unexpected(group, attribute, "a small number"))
}

/// The names of the levels of an axis, and those of each of its items.
type Names = (Vec<Option<String>>, Vec<Vec<String>>);

fn names(file: &Container, group: &Group<'_>, key: &str, axis: &str) -> Result<Names, Kind> {
    let count = count(group, &format!("{axis}_nlevels"), 1)?;
    let mut levels = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    for level in 0..count {
        let array = format!("{axis}_level{level}");
        let sorted = file.texts(key, &array)?;
        levels.push(
            file.array_attributes(key, &array)?
                .optional_text("name")
                .flatten(),
        );
        let labels = format!("{axis}_label{level}");
        let places = file.places(key, &labels, sorted.len())?;
        if level == 0 {
            names.resize(places.len(), Vec::new());
        }
        if places.len() != names.len() {
            return Err(Kind::Unexpected {
                object: format!("/{key}/{labels}"),
                expected: "as many places as the first level has",
                found: places.len().to_string(),
            });
        }
        for (name, place) in names.iter_mut().zip(places) {
            name.push(sorted[place].clone());
        }
    }
    Ok((levels, names))
}
