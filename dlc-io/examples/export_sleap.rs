//! Writes the poses of a prediction file as an analysis file of SLEAP.
//!
//! ```sh
//! cargo run -p dlc-io --example export_sleap -- clipDLC_….h5 clip.analysis.h5 clip.mp4 \
//!     [--allow-unequal-counts] [--replace FILE]
//! ```
//!
//! `--replace FILE` lets the output replace that file though it is an input or of another kind.
//!
//! `conformance/sleap` opens the result with movement.
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error, ffi::OsString, process::ExitCode};

use dlc_io::{
    VideoPoses,
    atomic::{FileKind, OutputGuard},
    sleap::{self, SleapPoses},
};

const USAGE: &str = "usage: export_sleap PREDICTIONS.h5 OUT.analysis.h5 VIDEO \
                     [--allow-unequal-counts] [--replace FILE]";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", testing::chain(&*error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments = env::args_os().skip(1).map(OsString::into_string);
    let arguments: Vec<String> = arguments
        .collect::<Result<_, _>>()
        .map_err(|argument| format!("{argument:?} is not Unicode"))?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [predictions, out, video, rest @ ..] = &arguments[..] else {
        return Err(USAGE.into());
    };
    let mut guard = OutputGuard::new().with_input(predictions).with_video(video);
    let (mut rest, mut allow_unequal_counts) = (rest, false);
    while !rest.is_empty() {
        rest = match rest {
            ["--allow-unequal-counts", rest @ ..] => {
                allow_unequal_counts = true;
                rest
            }
            ["--replace", file, rest @ ..] => {
                guard = guard.with_replaceable(file);
                rest
            }
            _ => return Err(USAGE.into()),
        };
    }
    guard.check(out, FileKind::SleapAnalysis)?;
    let read = VideoPoses::read(predictions, video, allow_unequal_counts)?;
    let poses = read.predictions.poses;
    guard.write(out, |file| {
        sleap::write(file, &SleapPoses::new(&poses, video))
    })?;
    println!("{out}: {} frames", poses.len());
    Ok(())
}
