use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use dlc::evaluation::{EvaluationErrors, EvaluationReport};
use serde_json::{Value, json};

use crate::{
    arguments::{Again, Model, Network},
    json::with_paths,
    voice::{Reply, Voice},
};

/// Compares a trained model with what people labelled, in the folder evaluation-results….
///
/// The tables equal those of `deeplabcut.evaluate_network(config, Shuffles=[shuffle])`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs evaluate PROJECT/config.yaml --shuffle 2")]
pub(crate) struct Arguments {
    /// The project's config.yaml.
    config: PathBuf,
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    again: Again,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let model = &arguments.model;
    let options = arguments.network.options().with_model(model.request());
    let options = options.with_overwrite(arguments.again.overwrite);
    let (shuffle, trainingset_index) = (model.shuffle, model.trainingset_index);
    let report = dlc::evaluate_network(&arguments.config, shuffle, trainingset_index, options)?;
    voice.reply(&Reply {
        lines: lines(&report),
        object: as_json(&report),
    })?;
    Ok(true)
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

fn lines(report: &EvaluationReport) -> Vec<String> {
    let mut lines = vec![report.scorer.clone()];
    for (name, errors) in [("train", &report.train), ("test", &report.test)] {
        lines.push(match errors.images {
            0 => format!("  {name}: no pictures"),
            images => format!(
                "  {name}: {images} pictures, error {:.2} px, with a likelihood of {} or more {:.2} px",
                errors.rmse, report.pcutoff, errors.rmse_pcutoff
            ),
        });
    }
    if report.already_evaluated {
        let made = report.made_before.map(|made| format!(" at {made}"));
        let made = made.unwrap_or_default();
        lines.push(format!(
            "  already evaluated{made}: the predictions are of then"
        ));
        lines.push("  --overwrite evaluates it again".into());
    }
    lines.extend(report.unreadable.iter().map(|error| format!("  {error}")));
    let files = [&report.h5, &report.results_csv];
    lines.extend(files.map(|path| format!("  {}", path.display())));
    lines
}
