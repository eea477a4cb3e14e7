use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use dlc::results::{LabeledVideoOptions, SessionReportOptions};
use serde_json::json;

use super::plot::Plots;
use crate::{
    arguments::ResultsOf,
    json::with_paths,
    voice::{Reply, Voice},
};

/// Writes one HTML file about all videos of a session: labelled frames, plots, body parts, likelihoods.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs report PROJECT/config.yaml videos/ --to session.html")]
pub(crate) struct Arguments {
    #[command(flatten)]
    results: ResultsOf,
    /// The file to write.
    #[arg(long, value_name = "FILE", default_value = "session.html")]
    to: PathBuf,
    #[command(flatten)]
    plots: Plots,
    /// Reports videos with more or fewer frames than there are rows of poses, too.
    #[arg(long)]
    allow_unequal_counts: bool,
    /// Lets the report replace this file though it is an input or no report. Can be repeated.
    #[arg(long, value_name = "FILE")]
    replace: Vec<PathBuf>,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let (mut results, videos) = arguments.results.open(voice)?;
    for file in &arguments.replace {
        results = results.with_replaceable(file);
    }
    let path = &arguments.to;
    results.write_session_report(path, &videos, &arguments.options())?;
    voice.reply(&Reply {
        lines: vec![path.display().to_string()],
        object: with_paths([("report", path.as_path())], json!({})),
    })?;
    Ok(true)
}

impl Arguments {
    fn options(&self) -> SessionReportOptions {
        SessionReportOptions {
            labeled: LabeledVideoOptions {
                filtered: self.plots.filtered,
                pcutoff: self.plots.pcutoff,
                draw_skeleton: true,
                allow_unequal_counts: self.allow_unequal_counts,
                ..LabeledVideoOptions::default()
            },
            plots: self.plots.options(),
            ..SessionReportOptions::default()
        }
    }
}
