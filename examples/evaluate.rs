//! Compares a trained model with what people labelled, and names the body part that it finds worst.
//!
//! ```sh
//! cargo run --release -p examples --example evaluate -- PROJECT/config.yaml
//! ```
#![expect(clippy::print_stdout, reason = "a program prints its results")]

use std::{env, error::Error};

use dlc::AnalyzeOptions;

fn main() -> Result<(), Box<dyn Error>> {
    let config = env::args_os().nth(1).ok_or("which config.yaml?")?;

    let report = dlc::evaluate_network(config, 1, 0, AnalyzeOptions::default())?;

    println!(
        "train {:.2} px, test {:.2} px",
        report.train.rmse, report.test.rmse
    );
    let errors = report.bodyparts.iter().zip(&report.test.per_bodypart);
    if let Some((part, error)) = errors.max_by(|a, b| a.1.total_cmp(b.1)) {
        println!("worst: {part}, {error:.2} px");
    }
    Ok(())
}
