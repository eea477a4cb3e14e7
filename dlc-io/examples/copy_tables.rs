//! Reads tables of any kind and writes them again, as `.h5` and as `.csv`; or notes when the first
//! frame of a recording was taken.
//!
//! ```text
//! cargo run -p dlc-io --example copy_tables -- OUT_DIR IN…
//! cargo run -p dlc-io --example copy_tables -- --start 2020-10-13T11:02:00+02:00 META.pickle…
//! ```
//!
//! The result matches pandas' `to_hdf` and `to_csv` of the same data, and the pickle differs by the
//! entry `Start Timestamp` alone: `conformance/files` compares them.

use std::{
    env,
    error::Error,
    ffi::OsString,
    path::{Path, PathBuf},
};

use dlc_io::{DataFrame, Limits, atomic::OutputGuard, csv, h5, metadata};
use dlc_model::Timestamp;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let usage = "usage: copy_tables (OUT_DIR IN… | --start TIMESTAMP META.pickle…)";
    let first = arguments.next().ok_or(usage)?;
    if first == "--start" {
        let start: Timestamp = arguments.next().ok_or(usage)?.to_string_lossy().parse()?;
        for path in arguments {
            metadata::set_start_timestamp(path, start, &Limits::default())?;
        }
        return Ok(());
    }
    let folder = PathBuf::from(first);
    for path in arguments.map(PathBuf::from) {
        let stem = path.file_stem().ok_or(usage)?;
        write(&read(&path)?, &path, &folder.join(stem))?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<DataFrame, Box<dyn Error>> {
    let is_text = path.extension().is_some_and(|name| name == "csv");
    Ok(match is_text {
        true => csv::Reader::new(path).data_frame()?,
        false => h5::Reader::new(path).data_frame()?,
    })
}

fn write(frame: &DataFrame, input: &Path, stem: &Path) -> Result<(), Box<dyn Error>> {
    // Not `with_extension`: the names of networks may have dots in them.
    let path = |extension| {
        let mut path = OsString::from(stem);
        path.push(extension);
        path
    };
    let mut outputs = OutputGuard::new().with_input(input).batch();
    outputs.stage(path(".csv"), |file| csv::write_data_frame(file, frame))?;
    outputs.stage(path(".h5"), |file| h5::write_data_frame(file, frame))?;
    Ok(outputs.commit()?)
}
