//! Compares a trained model with what people labelled.
//!
//! ```sh
//! # The bundled mouse, on 20 frames of its clip that it was not trained on.
//! cargo run --release --example evaluate_network
//!
//! # Your project.
//! cargo run --release --example evaluate_network -- PROJECT/config.yaml --shuffle 1
//! ```
//!
//! The errors and the files equal those of `deeplabcut.evaluate_network(config, Shuffles=[1])`
//! (`conformance/pictures` compares them).

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Result, anyhow};
use clap::Parser;
use dlc::{
    AnalyzeOptions,
    evaluation::{EvaluationErrors, EvaluationReport},
    infer::DeviceChoice,
    model::SnapshotIndex,
};
use examples::{exit_code, json::with_paths, say};
use serde_json::{Value, json};

/// Compares a trained model with what people labelled, in the folder evaluation-results….
///
/// Without CONFIG it evaluates a bundled model of an open-field mouse.
///
/// Exit codes: 0 the model was evaluated; 1 it failed; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The project's config.yaml.
    config: Option<PathBuf>,
    /// Which shuffle of the training set.
    #[arg(long, default_value_t = 1, value_name = "N")]
    shuffle: u32,
    /// Which of the project's `TrainingFraction`, from 0.
    #[arg(long, default_value_t = 0, value_name = "N")]
    trainingset_index: u32,
    /// Which snapshot: a number (-1 is the last or best one) or `best`; the project says by default.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    snapshot_index: Option<SnapshotIndex>,
    /// `auto`, `cpu`, or the name or number of an adapter.
    #[arg(long, default_value = "auto", value_name = "NAME")]
    device: DeviceChoice,
    /// Evaluates again what is evaluated already.
    #[arg(long)]
    overwrite: bool,
    /// Prints one JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    exit_code(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let config = match arguments.config {
        Some(config) => config,
        None => {
            let bundled = examples::unpack_labeled("dlc-demo/project".as_ref());
            bundled.map_err(|error| anyhow!(error))?.config
        }
    };
    let mut options = AnalyzeOptions::default()
        .with_device(arguments.device)
        .with_overwrite(arguments.overwrite);
    options.snapshot_index = arguments.snapshot_index;
    let (shuffle, trainingset_index) = (arguments.shuffle, arguments.trainingset_index);
    let report = dlc::evaluate_network(config, shuffle, trainingset_index, options)?;
    match arguments.json {
        true => say!("{}", as_json(&report))?,
        false => print(&report)?,
    }
    Ok(())
}

fn as_json(report: &EvaluationReport) -> Value {
    let errors = |errors: &EvaluationErrors| {
        let names = report.bodyparts.iter().map(|part| part.to_string());
        let per_bodypart: Vec<_> = names.zip(&errors.per_bodypart).collect();
        json!({
            "images": errors.images,
            "rmse": errors.rmse,
            "rmse_pcutoff": errors.rmse_pcutoff,
            "mean_average_precision": errors.mean_average_precision,
            "mean_average_recall": errors.mean_average_recall,
            "per_bodypart": per_bodypart,
        })
    };
    let others = json!({
        "scorer": report.scorer,
        "pcutoff": report.pcutoff,
        "train": errors(&report.train),
        "test": errors(&report.test),
        "already_evaluated": report.already_evaluated,
        "made_before": report.made_before.map(|made| made.to_string()),
        "unreadable": report.unreadable.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    let paths = [
        ("h5", report.h5.as_path()),
        ("results_csv", &report.results_csv),
        ("combined_csv", &report.combined_csv),
    ];
    with_paths(paths, others)
}

fn print(report: &EvaluationReport) -> Result<()> {
    say!("{}", report.scorer)?;
    for (name, errors) in [("train", &report.train), ("test", &report.test)] {
        if errors.images == 0 {
            say!("  {name}: no pictures")?;
            continue;
        }
        say!(
            "  {name}: {} pictures, error {:.2} px, with a likelihood of {} or more {:.2} px",
            errors.images,
            errors.rmse,
            report.pcutoff,
            errors.rmse_pcutoff
        )?;
    }
    if report.already_evaluated {
        let made = report.made_before.map(|made| format!(" at {made}"));
        say!(
            "  already evaluated{}: the predictions are of then",
            made.unwrap_or_default()
        )?;
        say!("  --overwrite evaluates it again")?;
    }
    for error in &report.unreadable {
        say!("  {error}")?;
    }
    say!(
        "  {}\n  {}",
        report.h5.display(),
        report.results_csv.display()
    )?;
    Ok(())
}
