//! Reads a prediction file of DeepLabCut's with `dlc-model` and `dlc-io` alone: they build in seconds.
//!
//! ```sh
//! cargo run -p examples --example read_h5 -- mouseDLC_….h5
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc_io::h5;
use dlc_model::Keypoint;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("which .h5?")?;

    let predictions = h5::read(path)?;

    println!("{}", predictions.scorer);
    let poses = &predictions.poses;
    let likely = |keypoint: &&Keypoint| keypoint.likelihood > 0.6;
    for (place, part) in poses.bodyparts().iter().enumerate() {
        let column = poses.rows().map(|row| &row[place * poses.num_outputs()]);
        let count = column.filter(likely).count();
        println!("{part}: likely in {count} of {} frames", poses.len());
    }
    Ok(())
}
