//! Writes the poses of a prediction file as an analysis file of SLEAP.
//!
//! ```sh
//! cargo run -p dlc-io --example export_sleap -- clipDLC_….h5 clip.analysis.h5 clip.mp4 \
//!     [--allow-unequal-counts]
//! ```
//!
//! `conformance/sleap` opens the result with movement.
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc_io::{
    VideoPoses, atomic,
    sleap::{self, SleapPoses},
};

const USAGE: &str =
    "usage: export_sleap PREDICTIONS.h5 OUT.analysis.h5 VIDEO [--allow-unequal-counts]";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (allow_unequal_counts, arguments): (Vec<_>, Vec<_>) = arguments
        .iter()
        .partition(|argument| *argument == "--allow-unequal-counts");
    let [predictions, out, video] = &arguments[..] else {
        return Err(USAGE.into());
    };
    let read = VideoPoses::read(predictions, video, !allow_unequal_counts.is_empty())?;
    let poses = read.predictions.poses;
    atomic::write(out, |file| {
        sleap::write(file, &SleapPoses::new(&poses, video))
    })?;
    println!("{out}: {} frames", poses.len());
    Ok(())
}
