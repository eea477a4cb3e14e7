use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use dlc::{AnalyzeOptions, Analyzer};

use super::analyze;
use crate::{demo_project, progress::Bar, voice::Voice};

/// Makes a small project with a trained model and analyses its video: a mouse in an open field.
///
/// The folder is a DeepLabCut project like any other, to try the other commands with.
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  dlc-rs demo && dlc-rs label dlc-demo/config.yaml dlc-demo/videos"
)]
pub(crate) struct Arguments {
    /// The folder, which is made.
    #[arg(long, default_value = "dlc-demo", value_name = "DIR")]
    out: PathBuf,
    /// Runs a whole pipeline instead: register, map, predict, ingest, plot.
    #[cfg(feature = "pipeline")]
    #[arg(long)]
    pipeline: bool,
    /// The pipeline's store: a file of SQLite, or `mysql://user:password@host/schema`; a file in DIR by
    /// default.
    #[cfg(feature = "pipeline")]
    #[arg(long, requires = "pipeline", value_name = "STORE")]
    store: Option<String>,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    #[cfg(feature = "pipeline")]
    if arguments.pipeline {
        return crate::pipeline::demo::run(&arguments.out, arguments.store, voice);
    }
    let folder = arguments.out.display();
    let bundled = demo_project::unpack(&arguments.out)
        .with_context(|| format!("could not write into {folder}"))?;
    let (config, video) = (bundled.config, bundled.video);
    voice.say(format_args!(
        "A project of a mouse in an open field: {}",
        config.display()
    ))?;
    let bar = Bar::new(voice);
    let options = AnalyzeOptions::default()
        .with_overwrite(true)
        .with_progress(|progress| bar.show(progress));
    let report = Analyzer::open(&config, 1, 0, options)?.analyze(&video);
    bar.clear();
    let report = report?;
    let png = analyze::draw(&video, &report)?;
    voice.reply(&analyze::reply(&video, &report, Some(&png)))?;
    let (config, videos) = (config.display(), arguments.out.join("videos"));
    let videos = videos.display();
    voice.say("Try next:")?;
    for command in ["label", "filter", "plot", "report"] {
        voice.say(format_args!("  dlc-rs {command} {config} {videos}"))?;
    }
    voice.say(format_args!("  dlc-rs evaluate {config}"))?;
    Ok(true)
}
