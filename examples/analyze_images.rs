//! Runs a trained model on pictures: one `.h5` and one `.csv` with a row for each.
//!
//! ```sh
//! cargo run --release -p examples --example analyze_images -- PROJECT/config.yaml OUT PICTURE…
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc::AnalyzeOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let config = arguments.next().ok_or("which config.yaml?")?;
    let out = arguments.next().ok_or("into which folder?")?;
    let options = AnalyzeOptions::default().with_destination(out);

    let report = dlc::analyze_images(config, arguments, 1, 0, options)?;

    println!("{} pictures: {}", report.image_count, report.h5.display());
    for error in &report.unreadable {
        println!("  left out: {error}");
    }
    Ok(())
}
