use std::{path::PathBuf, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use dlc::{
    model::UtcOffset,
    pipeline::{TrackingRawMake, VideoPredictor},
    schema::{
        Shutdown, Store,
        jobs::{Event, Observer, Source, Status, Worker, WorkerOptions},
        make::{PredictionMake, Predictor as _, TrackingMake},
        name::RepositoryName,
    },
};
use serde_json::json;

use super::store::{Place, parse_repository, repositories};
use crate::{
    arguments::Network,
    voice::{Reply, Voice},
};

/// Makes whatever is pending in a pipeline: predictions, raw and processed tracking.
///
/// Any number of them run at once, over MySQL on any number of machines. Each announces the models whose
/// projects it finds. Ctrl-C and SIGTERM let the job go; a worker that is killed loses it after its lease.
///
/// Exit codes: 0 it was asked to end, or, with --once, no job of the store is left that failed; 1 the
/// store refuses, or, with --once, a job failed, now or earlier; 2 wrong usage.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs worker --once")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
    /// Ends when there is nothing that could be begun.
    #[arg(long)]
    once: bool,
    /// After so many seconds of silence other workers take this one's job.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    lease: u64,
    /// How far clocks were from UTC where files do not tell.
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<UtcOffset>,
    /// Takes sessions with more or fewer rows of poses than their metadata have frames, too.
    #[arg(long)]
    allow_unequal_counts: bool,
    #[command(flatten)]
    network: Network,
    /// Where a repository is on this machine, if not where the store says.
    #[arg(long, value_name = "NAME=PATH", value_parser = parse_repository)]
    repository: Vec<(RepositoryName, PathBuf)>,
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let shutdown = Shutdown::new();
    let requested = shutdown.clone();
    ctrlc::set_handler(move || requested.request())?;
    let store = arguments.store.open()?;
    let here = repositories(arguments.repository);
    let (mut predictor, refused) = VideoPredictor::with_models_here(&*store, here.clone())?;
    let network = arguments.network;
    predictor = predictor.with_options(move || network.options());
    let mut raw = TrackingRawMake::default()
        .with_repositories(here)
        .with_allow_unequal_counts(arguments.allow_unequal_counts);
    if let Some(offset) = arguments.utc_offset {
        predictor = predictor.with_utc_offset(offset);
        raw = raw.with_utc_offset(offset);
    }
    for refused in refused {
        let reason = anyhow::Error::new(refused.reason);
        voice.warn(format_args!(
            "cannot offer model {}: {reason:#}",
            refused.model
        ));
    }
    let options = WorkerOptions::default()
        .with_models(predictor.models().to_vec())
        .with_lease(Duration::from_secs(arguments.lease));
    for model in &options.models {
        voice.say(format_args!("offers model {model}"))?;
    }
    let tell = |event: &Event<'_>| {
        // Whoever listens may be gone; the work goes on.
        let _ = voice.reply(&Reply {
            lines: vec![event.to_string()],
            object: json!({ "event": event.to_string() }),
        });
    };
    let worker = Worker::new(&*store, options)?.with_events(&tell);
    let predictions = PredictionMake(predictor);
    let report = match arguments.once {
        true => worker.run_once(&[&predictions, &raw, &TrackingMake], &shutdown)?,
        false => worker.run(&[&predictions, &raw, &TrackingMake], &shutdown)?,
    };
    voice.reply(&Reply {
        lines: vec![format!(
            "made {}, failed {}, postponed {}, released {}",
            report.made, report.failed, report.postponed, report.released
        )],
        object: json!({
            "made": report.made,
            "failed": report.failed,
            "postponed": report.postponed,
            "released": report.released,
        }),
    })?;
    if arguments.once {
        check_failures(&*store)?;
    }
    Ok(true)
}

/// Fails when a job of the store is left that failed.
fn check_failures(store: &dyn Store) -> Result<()> {
    let status = Status::read(store, &Source::ALL, &Observer::default())?;
    match status.failures().count() {
        0 => Ok(()),
        count => {
            bail!("{count} jobs failed: `dlc-rs status` tells why, `dlc-rs retry` frees them")
        }
    }
}
