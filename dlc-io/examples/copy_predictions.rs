//! Reads prediction files of one animal and writes them again, as `.h5` and as `.csv`.
//!
//! ```text
//! cargo run -p dlc-io --example copy_predictions -- OUT_DIR IN…
//! ```
//!
//! The result matches pandas' `to_hdf(…, format="table")` and `to_csv()` of the same data:
//! `conformance/h5` compares them.

use std::{
    env,
    error::Error,
    ffi::OsString,
    path::{Path, PathBuf},
};

use dlc_io::{Predictions, atomic, csv, h5};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let usage = "usage: copy_predictions OUT_DIR IN…";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    for path in arguments.map(PathBuf::from) {
        let stem = path.file_stem().ok_or(usage)?;
        let predictions = read(&path)?;
        write(&predictions, &folder.join(stem))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Predictions, Box<dyn Error>> {
    let is_text = path.extension().is_some_and(|name| name == "csv");
    Ok(if is_text {
        csv::read(path)?
    } else {
        h5::read(path)?
    })
}

fn write(predictions: &Predictions, stem: &Path) -> Result<(), Box<dyn Error>> {
    let Predictions {
        scorer,
        poses,
        precision,
    } = predictions;
    // Not `with_extension`: the names of networks may have dots in them.
    let path = |extension| {
        let mut path = OsString::from(stem);
        path.push(extension);
        path
    };
    let mut outputs = atomic::Batch::new();
    outputs.stage(path(".csv"), |file| {
        csv::write(file, poses, scorer, *precision)
    })?;
    outputs.stage(path(".h5"), |file| {
        h5::write(file, poses, scorer, *precision)
    })?;
    Ok(outputs.commit()?)
}
