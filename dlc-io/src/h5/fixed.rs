//! pandas' fixed layout: a frame of data as arrays.
//!
//! ```text
//! /predictions                     @pandas_type "frame" @ndim 2 @nblocks 1 …
//! /predictions/axis0_level{0…3}    the names of columns, a list for each level, sorted
//! /predictions/axis0_label{0…3}    for each column, the place of its name in that list
//! /predictions/axis1               the names of rows
//! /predictions/block0_items_…      the names of columns once more
//! /predictions/block0_values       rows × columns
//! ```

use std::{borrow::Cow, io::Write};

use super::{
    container::{Array, ArraysFile, Attributes, Container, Content, Group, Value, attributes},
    reader::{number, unexpected},
    writer::{push_numbers, root},
};
use crate::{
    ImagePredictions, ReadPosesErrorKind as Kind, WritePosesError,
    predictions::{COORDS, Columns, INDIVIDUALS, LEVELS, column_names},
};

/// The key under which DeepLabCut stores predictions in pictures.
pub(super) const KEY: &str = "predictions";

/// More levels of columns than any file of DeepLabCut has.
const MOST_LEVELS: i64 = 16;

/// Writes the predictions of an individual.
pub(super) fn write(
    out: impl Write,
    predictions: &ImagePredictions,
    individual: &str,
) -> Result<(), WritePosesError> {
    let ImagePredictions {
        scorer,
        poses,
        precision,
        ..
    } = predictions;
    let columns: Vec<(&str, Cow<'_, str>)> = column_names(poses).collect();
    let levels: [(&'static str, Vec<&str>); 4] = [
        (LEVELS[0], vec![scorer; columns.len()]),
        (INDIVIDUALS, vec![individual; columns.len()]),
        (LEVELS[1], columns.iter().map(|column| column.0).collect()),
        (LEVELS[2], columns.iter().map(|column| &*column.1).collect()),
    ];
    let mut arrays: Vec<Array> = Vec::new();
    for axis in ["axis0", "block0_items"] {
        for (place, (level, names)) in levels.iter().enumerate() {
            arrays.extend(level_arrays(axis, place, level, names));
        }
    }
    let mut axis1 = array_attributes();
    axis1.extend(attributes([
        ("kind", Value::Text("string")),
        ("name", Value::Pickle("N.".into())),
    ]));
    arrays.push(Array {
        name: "axis1".into(),
        attributes: axis1,
        content: Content::Texts(predictions.images.clone()),
    });
    let mut bytes = Vec::with_capacity(poses.len() * columns.len() * precision.size());
    for row in poses.rows() {
        push_numbers(&mut bytes, row, *precision);
    }
    arrays.push(Array {
        name: "block0_values".into(),
        attributes: array_attributes(),
        content: Content::Rows {
            precision: *precision,
            shape: [poses.len(), columns.len()],
            bytes,
        },
    });
    let file = ArraysFile {
        root: root(),
        key: KEY,
        group: group_attributes(),
        arrays,
    };
    file.write(out)
}

fn group_attributes() -> Attributes {
    attributes([
        ("CLASS", Value::Text("GROUP")),
        ("VERSION", Value::Text("1.0")),
        ("axis0_nlevels", Value::Integer(4)),
        ("axis0_variety", Value::Text("multi")),
        ("axis1_variety", Value::Text("regular")),
        ("block0_items_nlevels", Value::Integer(4)),
        ("block0_items_variety", Value::Text("multi")),
        ("encoding", Value::Text("UTF-8")),
        ("errors", Value::Text("strict")),
        ("nblocks", Value::Integer(1)),
        ("ndim", Value::Integer(2)),
        ("pandas_type", Value::Text("frame")),
        ("pandas_version", Value::Text("0.15.2")),
    ])
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
fn level_arrays(axis: &str, place: usize, level: &'static str, names: &[&str]) -> [Array; 2] {
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
    let mut of_level = array_attributes();
    of_level.extend([
        (format!("{axis}_name{level}"), Value::Text(level)),
        ("kind".into(), Value::Text("string")),
        ("name".into(), Value::Text(level)),
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
pub(super) fn parse(
    file: &Container,
    group: &Group<'_>,
    key: &str,
) -> Result<ImagePredictions, Kind> {
    if group.text("axis1_variety") != Some("regular") {
        let layout = "rows with several levels of names";
        let expected = "pictures";
        return Err(Kind::Layout { layout, expected });
    }
    if group.integer("nblocks") != Some(1) {
        return Err(unexpected(group, "nblocks", "1: all numbers of one width"));
    }
    let images = file.texts(key, "axis1")?;
    let (levels, names) = names(file, group, key)?;
    let levels: Vec<&str> = levels.iter().map(String::as_str).collect();
    let names: Vec<Vec<&str>> = names
        .iter()
        .map(|name| name.iter().map(String::as_str).collect())
        .collect();
    let (columns, individual) = Columns::find_of_individual(&levels, &names)?;
    let (shape, precision, bytes) = file.rows(key, "block0_values")?;
    if shape != [images.len(), columns.len()] {
        return Err(Kind::Unexpected {
            object: format!("/{key}/block0_values"),
            expected: "a row for each name of a row, a column for each name of a column",
            found: format!(
                "shape {shape:?} for {} and {} names",
                images.len(),
                columns.len()
            ),
        });
    }
    let rows = bytes.chunks_exact((columns.len() * precision.size()).max(1));
    let rows = rows.map(|row| {
        let numbers = row.chunks_exact(precision.size());
        Ok(numbers.map(|bytes| Ok(number(bytes, 0, precision))))
    });
    let predictions = columns.predictions(precision, rows)?;
    Ok(ImagePredictions {
        scorer: predictions.scorer,
        individual,
        images,
        poses: predictions.poses,
        precision,
    })
}

/// Returns the names of the levels, and those of each column of the block.
fn names(
    file: &Container,
    group: &Group<'_>,
    key: &str,
) -> Result<(Vec<String>, Vec<Vec<String>>), Kind> {
    const LEVELS_ATTRIBUTE: &str = "block0_items_nlevels";
    let count = group.integer(LEVELS_ATTRIBUTE);
    let count = count.filter(|count| (COORDS.len() as i64..=MOST_LEVELS).contains(count));
    let count = count.ok_or_else(|| unexpected(group, LEVELS_ATTRIBUTE, "3 or 4 levels"))?;
    let mut levels = Vec::new();
    let mut names: Vec<Vec<String>> = Vec::new();
    for level in 0..count {
        let array = format!("block0_items_level{level}");
        let sorted = file.texts(key, &array)?;
        levels.push(file.text_attribute(key, &array, "name")?);
        let labels = format!("block0_items_label{level}");
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
