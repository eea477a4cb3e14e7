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
    container::{
        Array, ArrayContent, ArraysFile, Attributes, Container, Content, Group, Value as Attribute,
        attributes,
    },
    names::{index, is_empty, texts},
    order::Order,
    records::unexpected,
    values::{self, ValueType, object_number},
    writer::{push_numbers, root},
};
use crate::{
    DataFrame, ReadPosesErrorKind as Kind, RowNames, WritePosesError,
    pickle::{self, ArrayValues, Value},
};

/// More levels of names, and more blocks, than any file of DeepLabCut has.
const MOST: i64 = 32;

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
        content: ArrayContent::Rows {
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
        RowNames::Numbers(numbers) => ("integer", ArrayContent::Integers(numbers.clone())),
        RowNames::Texts(texts) => ("string", ArrayContent::Texts(texts.clone())),
        RowNames::Reals(_) | RowNames::Times(_) => {
            let texts = (0..rows.len()).map(|row| rows.text(row));
            ("string", ArrayContent::Texts(texts.collect()))
        }
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
        ("kind", Attribute::Text(kind)),
        ("name", Attribute::Pickle("N.".into())),
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
        ("CLASS", Attribute::Text("GROUP")),
        ("VERSION", Attribute::Text("1.0")),
        ("axis0_nlevels", Attribute::Integer(levels)),
        ("axis0_variety", Attribute::Text("multi")),
    ]);
    if let RowNames::Paths(_) = frame.row_names() {
        let depth = Attribute::Integer(level_count(frame.row_names().depth()));
        all.push(("axis1_nlevels".into(), depth));
        all.push(("axis1_variety".into(), Attribute::Text("multi")));
    } else {
        all.push(("axis1_variety".into(), Attribute::Text("regular")));
    }
    all.extend(attributes([
        ("block0_items_nlevels", Attribute::Integer(levels)),
        ("block0_items_variety", Attribute::Text("multi")),
        ("encoding", Attribute::Text("UTF-8")),
        ("errors", Attribute::Text("strict")),
        ("nblocks", Attribute::Integer(1)),
        ("ndim", Attribute::Integer(2)),
        ("pandas_type", Attribute::Text("frame")),
        ("pandas_version", Attribute::Text("0.15.2")),
    ]));
    all
}

fn level_count(levels: usize) -> i64 {
    i64::try_from(levels).expect("no memory holds as many levels")
}

fn array_attributes() -> Attributes {
    attributes([
        ("CLASS", Attribute::Text("ARRAY")),
        ("FLAVOR", Attribute::Text("numpy")),
        ("VERSION", Attribute::Text("2.4")),
        ("transposed", Attribute::True),
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
    let labels = ArrayContent::Places {
        places: names.iter().map(position).collect(),
        of: sorted.len(),
    };
    let level_name = || match level {
        Some(level) => Attribute::OwnText(level.into()),
        None => Attribute::Pickle("N.".into()),
    };
    let mut of_level = array_attributes();
    of_level.extend([
        (
            format!("{axis}_name{}", level.unwrap_or("None")),
            level_name(),
        ),
        ("kind".into(), Attribute::Text("string")),
        ("name".into(), level_name()),
    ]);
    [
        Array {
            name: format!("{axis}_level{place}"),
            attributes: of_level,
            content: ArrayContent::Texts(sorted.into_iter().map(String::from).collect()),
        },
        Array {
            name: format!("{axis}_label{place}"),
            attributes: array_attributes(),
            content: labels,
        },
    ]
}

/// Reads a frame in this layout.
pub(super) fn read(file: &Container, group: &Group<'_>, key: &str) -> Result<DataFrame, Kind> {
    let row_names = axis(file, group, key, "axis1")?.row_names();
    let (levels, columns) = axis(file, group, key, "axis0")?.column_names();
    let mut blocks = Vec::new();
    for block in 0..count(group, "nblocks", 0)? {
        let (_, names) = axis(file, group, key, &format!("block{block}_items"))?.column_names();
        let shape = [row_names.len(), names.len()];
        let values = values(file, key, &format!("block{block}_values"), &shape)?;
        blocks.push((names, values));
    }
    check_cover(
        key,
        &columns,
        blocks.iter().map(|block| block.0.len()).sum(),
    )?;
    let precision = values::precision(blocks.iter().map(|block| &block.1.value_type));
    let bytes = (row_names.len() as u64).saturating_mul(8 * columns.len() as u64);
    file.check_size(&format!("/{key}"), bytes)?;
    let mut table = vec![f64::NAN; row_names.len() * columns.len()];
    for (names, block) in &blocks {
        let order = Order::of(names, &columns).map_err(|name| Kind::Unexpected {
            object: format!("/{key}/axis0"),
            expected: "the columns of the blocks",
            found: format!("none that is {name:?}"),
        })?;
        let mut scratch = vec![f64::NAN; names.len()];
        let rows = table.chunks_exact_mut(columns.len().max(1));
        for (row, numbers) in rows.enumerate() {
            let read = |numbers: &mut [f64]| block.read(row, names, numbers);
            order.apply(numbers, &mut scratch, read)?;
        }
    }
    DataFrame::new(levels, columns, row_names, precision, table).map_err(Kind::DataFrame)
}

/// Checks that the blocks have as many columns as the frame: others would be missing without a word.
fn check_cover(key: &str, columns: &[Vec<String>], stored: usize) -> Result<(), Kind> {
    match stored == columns.len() {
        true => Ok(()),
        false => Err(Kind::Unexpected {
            object: format!("/{key}/axis0"),
            expected: "the columns of the blocks",
            found: format!("{} for {stored}", columns.len()),
        }),
    }
}

/// Reads a series in this layout as a frame with one column.
pub(super) fn read_series(
    file: &Container,
    group: &Group<'_>,
    key: &str,
) -> Result<DataFrame, Kind> {
    let row_names = axis(file, group, key, "index")?.row_names();
    let block = values(file, key, "values", &[row_names.len()])?;
    let name = group.optional_text("name").flatten();
    let columns = vec![vec![name.unwrap_or_else(|| "0".into())]];
    let mut table = vec![f64::NAN; row_names.len()];
    for (row, number) in table.iter_mut().enumerate() {
        block.read(row, &columns, std::slice::from_mut(number))?;
    }
    let precision = values::precision([&block.value_type].into_iter());
    DataFrame::new(vec![None], columns, row_names, precision, table).map_err(Kind::DataFrame)
}

/// The numbers of some columns, row by row.
struct Values {
    value_type: ValueType,
    content: Content,
    columns: usize,
}

impl Values {
    /// Reads the numbers of a row.
    fn read(&self, row: usize, names: &[Vec<String>], numbers: &mut [f64]) -> Result<(), Kind> {
        let read = match &self.content {
            Content::Numbers(dtype, bytes) => {
                let size = self.columns * dtype.size;
                self.value_type.read(&bytes[row * size..][..size], numbers)
            }
            Content::Object(object) => read_objects(object, row, numbers),
            Content::Texts(_) => Ok(()),
        };
        read.map_err(|(place, found)| Kind::Value {
            row,
            column: format!("{:?}", names[place]),
            found,
        })
    }
}

/// Reads a row of an array of objects.
fn read_objects(object: &Value, row: usize, numbers: &mut [f64]) -> Result<(), (usize, String)> {
    let array = object.as_array().map(pickle::Array::values);
    let Some(ArrayValues::Objects(objects)) = array else {
        return Err((0, object.kind().into()));
    };
    let row = &objects[row * numbers.len()..];
    for (place, (number, object)) in numbers.iter_mut().zip(row).enumerate() {
        *number = object_number(object).map_err(|found| (place, found))?;
    }
    Ok(())
}

/// Reads an array of numbers of a shape.
fn values(file: &Container, key: &str, name: &str, shape: &[usize]) -> Result<Values, Kind> {
    let attributes = file.array_attributes(key, name)?;
    if attributes.text("value_type").is_some_and(is_time) {
        return Err(unexpected(&attributes, "value_type", "numbers"));
    }
    let (found, content) = match is_empty(&attributes)? {
        true if shape.contains(&0) => (shape.to_vec(), Content::Texts(Vec::new())),
        true => (vec![0], Content::Texts(Vec::new())),
        false => file.values(key, name, shape.len())?,
    };
    let (found, value_type) = match &content {
        Content::Object(object) => {
            let shape = object.as_array().map(pickle::Array::shape);
            (shape.unwrap_or_default().to_vec(), ValueType::Texts(0))
        }
        Content::Numbers(dtype, _) => (found, ValueType::Numbers(*dtype)),
        Content::Texts(_) => (found, ValueType::Texts(0)),
    };
    match found == shape {
        true => Ok(Values {
            value_type,
            content,
            columns: shape.get(1).copied().unwrap_or(1),
        }),
        false => Err(Kind::Unexpected {
            object: format!("/{key}/{name}"),
            expected: "a row for each name of a row, a column for each name of a column",
            found: format!("shape {found:?} for the names of {shape:?}"),
        }),
    }
}

fn is_time(value_type: &str) -> bool {
    value_type.starts_with("datetime64") || value_type.starts_with("timedelta64")
}

/// Returns a small number that an attribute has.
fn count(group: &Group<'_>, attribute: &str, least: i64) -> Result<i64, Kind> {
    let count = group.integer(attribute);
    let count = count.filter(|count| (least..=MOST).contains(count));
    count.ok_or_else(|| unexpected(group, attribute, "a small number"))
}

/// The names along an axis.
enum Axis {
    /// One for each item, and the name of the level.
    Plain(Option<String>, RowNames),
    /// Several for each item.
    Levels(Vec<Option<String>>, Vec<Vec<String>>),
}

impl Axis {
    fn row_names(self) -> RowNames {
        match self {
            Self::Plain(_, names) => names,
            Self::Levels(_, names) if names.is_empty() => RowNames::Texts(Vec::new()),
            Self::Levels(_, names) => RowNames::Paths(names),
        }
    }

    fn column_names(self) -> (Vec<Option<String>>, Vec<Vec<String>>) {
        match self {
            Self::Plain(level, names) => {
                let names = texts(names).into_iter().map(|name| vec![name]);
                (vec![level], names.collect())
            }
            Self::Levels(levels, names) => (levels, names),
        }
    }
}

fn axis(file: &Container, group: &Group<'_>, key: &str, axis: &str) -> Result<Axis, Kind> {
    let variety = format!("{axis}_variety");
    match group.text(&variety) {
        Some("regular") => {
            let level = file.array_attributes(key, axis)?.optional_text("name");
            Ok(Axis::Plain(level.flatten(), index(file, key, axis)?))
        }
        Some("multi") => levels(file, group, key, axis),
        _ => Err(unexpected(group, &variety, "`regular` or `multi`")),
    }
}

fn levels(file: &Container, group: &Group<'_>, key: &str, axis: &str) -> Result<Axis, Kind> {
    let count = count(group, &format!("{axis}_nlevels"), 1)?;
    let mut levels = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    for level in 0..count {
        let array = format!("{axis}_level{level}");
        let sorted = texts(index(file, key, &array)?);
        let name = file.array_attributes(key, &array)?.optional_text("name");
        levels.push(name.flatten());
        let labels = format!("{axis}_label{level}");
        let places = match is_empty(&file.array_attributes(key, &labels)?)? {
            true => Vec::new(),
            false => file.places(key, &labels, sorted.len())?,
        };
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
            name.push(place.map_or_else(String::new, |place| sorted[place].clone()));
        }
    }
    Ok(Axis::Levels(levels, names))
}
