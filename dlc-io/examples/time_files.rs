//! Times reading and writing predictions, for `conformance/files-speed`.
//!
//! ```text
//! cargo run --release -p dlc-io --example time_files -- (read|write|write-sync) IN [OUT]
//! ```
//!
//! Prints the seconds that the call took, on the clock and (on Linux) of the processor, without the
//! start of the program; `write` reads IN before, and leaves out to force the file to the disk, as
//! pandas does. What a file is, its ending tells.

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::Write,
    path::Path,
    time::Instant,
};

use dlc_io::{Predictions, ReadPosesError, WritePosesError, atomic, csv, h5};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let usage = "usage: time_files (read|write|write-sync) IN [OUT]";
    let [mode, input, rest @ ..] = &arguments[..] else {
        return Err(usage.into());
    };
    let begun = now();
    let predictions = read(input.as_ref())?;
    let mut seconds = since(begun);
    if mode != "read" {
        let out = Path::new(rest.first().ok_or(usage)?);
        let begun = now();
        if mode == "write" {
            write(File::create(out)?, out, &predictions)?;
        } else {
            atomic::write(out, |file| write(file, out, &predictions))?;
        }
        seconds = since(begun);
    }
    writeln!(std::io::stdout(), "{} {}", seconds[0], seconds[1])?;
    Ok(())
}

/// Returns the time, and the seconds of the processor that this program has used.
fn now() -> (Instant, f64) {
    let used = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = used.split(' ').next().and_then(|used| used.parse().ok());
    (Instant::now(), nanoseconds.unwrap_or(f64::NAN) / 1e9)
}

fn since((begun, used): (Instant, f64)) -> [f64; 2] {
    [begun.elapsed().as_secs_f64(), now().1 - used]
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "csv")
}

fn read(path: &Path) -> Result<Predictions, ReadPosesError> {
    match is_text(path) {
        true => csv::read(path),
        false => h5::read(path),
    }
}

fn write(out: impl Write, path: &Path, of: &Predictions) -> Result<(), WritePosesError> {
    match is_text(path) {
        true => csv::write(out, &of.poses, &of.scorer, of.precision),
        false => h5::write(out, &of.poses, &of.scorer, of.precision),
    }
}
