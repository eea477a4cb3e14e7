//! Prints tables as JSON, one line a file: names, numbers, and the poses that they are read as.
//!
//! ```text
//! cargo run -p dlc-io --example dump_table -- [--key KEY] [--scorer SCORER] FILE…
//! ```
//!
//! A missing number is `null`, an infinite one `"inf"` or `"-inf"`. What cannot be read is
//! `{"error": …}`. The result matches what pandas reads: `conformance/cases` compares them.

use std::{
    env,
    error::Error,
    io::{self, Write},
    path::{Path, PathBuf},
};

use dlc_io::{DataFrame, Labels, ReadPosesError, RowNames, csv, h5};
use dlc_model::PoseTable;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: dump_table [--key KEY] [--scorer SCORER] FILE…";
    let (mut key, mut scorer, mut paths) = (None, None, Vec::new());
    let mut arguments = env::args_os().skip(1);
    while let Some(argument) = arguments.next() {
        let mut text = || arguments.next()?.into_string().ok();
        match argument.to_str() {
            Some("--key") => key = Some(text().ok_or(usage)?),
            Some("--scorer") => scorer = Some(text().ok_or(usage)?),
            _ => paths.push(PathBuf::from(argument)),
        }
    }
    for path in paths {
        let dump = match path.extension().is_some_and(|ending| ending == "csv") {
            true => dump_csv(&path, scorer.as_deref()),
            false => dump_h5(&path, key.as_deref(), scorer.as_deref()),
        };
        writeln!(io::stdout(), "{dump}")?;
    }
    Ok(())
}

fn dump_h5(path: &Path, key: Option<&str>, scorer: Option<&str>) -> Value {
    let mut file = h5::Reader::new(path);
    if let Some(key) = key {
        file = file.with_key(key);
    }
    if let Some(scorer) = scorer {
        file = file.with_scorer(scorer);
    }
    json!({
        "keys": or_error(file.keys(), |keys| json!(keys)),
        "table": or_error(file.data_frame(), |frame| table(&frame)),
        "predictions": or_error(file.predictions(), |read| poses(&read.poses)),
        "individuals": or_error(file.individuals(), |read| tables(read.individuals.tables())),
        "pictures": or_error(file.images(), |read| poses(&read.poses)),
        "labels": or_error(file.collected_data(), |read| labels(&read.labels)),
    })
}

fn dump_csv(path: &Path, scorer: Option<&str>) -> Value {
    let mut file = csv::Reader::new(path);
    if let Some(scorer) = scorer {
        file = file.with_scorer(scorer);
    }
    json!({
        "table": or_error(file.data_frame(), |frame| table(&frame)),
        "predictions": or_error(file.predictions(), |read| poses(&read.poses)),
        "individuals": or_error(file.individuals(), |read| tables(read.individuals.tables())),
        "pictures": or_error(file.images(), |read| poses(&read.poses)),
        "labels": or_error(file.collected_data(), |read| labels(&read.labels)),
    })
}

fn or_error<T>(read: Result<T, ReadPosesError>, json: impl FnOnce(T) -> Value) -> Value {
    match read {
        Ok(read) => json(read),
        Err(error) => json!({ "error": chain(&error) }),
    }
}

/// Returns an error with its causes.
fn chain(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

fn table(frame: &DataFrame) -> Value {
    let rows: Vec<String> = (0..frame.len())
        .map(|row| frame.row_names().text(row))
        .collect();
    let kind = match frame.row_names() {
        RowNames::Numbers(_) => "numbers",
        RowNames::Reals(_) => "reals",
        RowNames::Times(_) => "times",
        RowNames::Paths(_) => "paths",
        _ => "texts",
    };
    json!({
        "levels": frame.levels(),
        "columns": frame.columns(),
        "row_kind": kind,
        "rows": rows,
        "precision": format!("{:?}", frame.precision()),
        "values": frame.rows().map(|row| numbers(row.iter().copied())).collect::<Vec<_>>(),
    })
}

fn labels(labels: &Labels) -> Value {
    let named = labels.tables().into_iter();
    tables(named.map(|(name, poses)| (name.unwrap_or(""), poses)))
}

fn tables<'a>(tables: impl Iterator<Item = (&'a str, &'a PoseTable)>) -> Value {
    let named = tables.map(|(name, table)| (String::from(name), poses(table)));
    Value::Object(named.collect())
}

fn poses(poses: &PoseTable) -> Value {
    let bodyparts: Vec<&str> = poses.bodyparts().iter().map(|part| part.as_str()).collect();
    let coords = |row: &[dlc_model::Keypoint]| {
        let coords = row.iter().flat_map(|k| [k.x, k.y, k.likelihood]);
        numbers(coords)
    };
    json!({
        "bodyparts": bodyparts,
        "values": poses.rows().map(coords).collect::<Vec<_>>(),
    })
}

fn numbers(numbers: impl Iterator<Item = f64>) -> Value {
    let number = |number: f64| match number {
        f64::INFINITY => json!("inf"),
        f64::NEG_INFINITY => json!("-inf"),
        number => json!(number),
    };
    numbers.map(number).collect()
}
