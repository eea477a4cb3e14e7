//! Reads prediction files of one animal, in videos or in pictures, and writes them again, as `.h5`
//! and as `.csv`.
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

use dlc_io::{
    ImagePredictions, Predictions, ReadPosesError, ReadPosesErrorKind, atomic::OutputGuard, csv, h5,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let usage = "usage: copy_predictions OUT_DIR IN…";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    for path in arguments.map(PathBuf::from) {
        let stem = path.file_stem().ok_or(usage)?;
        let predictions = read(&path)?;
        write(&predictions, &path, &folder.join(stem))?;
    }
    Ok(())
}

enum Content {
    Video(Predictions),
    Pictures(ImagePredictions),
}

fn read(path: &Path) -> Result<Content, Box<dyn Error>> {
    let is_text = path.extension().is_some_and(|name| name == "csv");
    let in_pictures = |error: ReadPosesError| match error.kind() {
        ReadPosesErrorKind::Layout { .. } => Ok(Content::Pictures(h5::read_images(path)?)),
        _ => Err(error),
    };
    Ok(if is_text {
        Content::Video(csv::read(path)?)
    } else {
        h5::read(path).map(Content::Video).or_else(in_pictures)?
    })
}

fn write(content: &Content, input: &Path, stem: &Path) -> Result<(), Box<dyn Error>> {
    // Not `with_extension`: the names of networks may have dots in them.
    let path = |extension| {
        let mut path = OsString::from(stem);
        path.push(extension);
        path
    };
    let mut outputs = OutputGuard::new().with_input(input).batch();
    outputs.stage(path(".csv"), |file| match content {
        Content::Video(of) => csv::write(file, &of.poses, &of.scorer, of.precision),
        Content::Pictures(predictions) => csv::write_images(file, predictions),
    })?;
    outputs.stage(path(".h5"), |file| match content {
        Content::Video(of) => h5::write(file, &of.poses, &of.scorer, of.precision),
        Content::Pictures(predictions) => h5::write_images(file, predictions),
    })?;
    Ok(outputs.commit()?)
}
