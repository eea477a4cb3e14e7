//! Writes the poses of a prediction file as an analysis file of SLEAP.
//!
//! ```sh
//! cargo run -p dlc-io --example export_sleap -- clipDLC_….h5 clip.analysis.h5 clip.mp4
//! ```
//!
//! `conformance/sleap` opens the result with movement.
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc_io::{
    atomic, h5,
    sleap::{self, SleapPoses},
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [predictions, out, video] = &arguments[..] else {
        return Err("usage: export_sleap PREDICTIONS.h5 OUT.analysis.h5 VIDEO".into());
    };
    let poses = h5::read(predictions)?.poses;
    atomic::write(out, |file| {
        sleap::write(file, &SleapPoses::new(&poses, video))
    })?;
    println!("{out}: {} frames", poses.len());
    Ok(())
}
