//! Runs a trained model on videos and writes DeepLabCut's files beside them.
//!
//! ```sh
//! cargo run --release -p examples --example analyze_video -- PROJECT/config.yaml VIDEO…
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc::AnalyzeOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let config = arguments.next().ok_or("which config.yaml?")?;
    let (shuffle, trainingset_index) = (1, 0);
    let options = AnalyzeOptions::default()
        .with_progress(|progress| eprint!("\r{}/{}", progress.frames_done, progress.frame_count));

    let outcomes = dlc::analyze_videos(config, arguments, shuffle, trainingset_index, options)?;

    eprintln!();
    for outcome in outcomes {
        let report = outcome.result?;
        println!("{}: {} frames", outcome.video.display(), report.frame_count);
        println!("  {}", report.outputs.h5.display());
    }
    Ok(())
}
