use anyhow::Result;
use clap::Args;
use dlc::schema::jobs::{JobState, JobStatus, Observer, Source, Status, WorkerStatus};
use serde_json::{Value, json};

use super::store::Place;
use crate::voice::{Reply, Voice};

/// Shows what a pipeline has made, what is pending, and why something does not happen.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs status --store pipeline.sqlite")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
}

pub(crate) fn run(arguments: &Arguments, voice: Voice) -> Result<bool> {
    let store = arguments.store.read()?;
    let status = Status::read(&*store, &Source::ALL, &Observer::default())?;
    voice.reply(&Reply {
        lines: vec![status.to_string()],
        object: object(&status),
    })?;
    Ok(true)
}

fn object(status: &Status) -> Value {
    let tables = status.tables.iter().map(
        |table| json!({ "table": table.table.class, "made": table.made, "not_made": table.jobs }),
    );
    json!({
        "tables": tables.collect::<Vec<_>>(),
        "jobs": status.jobs.iter().map(job).collect::<Vec<_>>(),
        "workers": status.workers.iter().map(worker).collect::<Vec<_>>(),
    })
}

fn job(status: &JobStatus) -> Value {
    let word = match &status.state {
        JobState::Pending => "pending",
        JobState::NoWorker { .. } => "no worker",
        JobState::Postponed { .. } => "postponed",
        JobState::Reserved(_) => "reserved",
        JobState::Failed { .. } => "failed",
        JobState::Ignored => "ignored",
        _ => "other",
    };
    json!({
        "job": status.job.to_string(),
        "state": word,
        "why": status.state.to_string(),
        "priority": status.priority,
    })
}

fn worker(worker: &WorkerStatus) -> Value {
    json!({
        "worker": worker.worker,
        "user": worker.user,
        "host": worker.host,
        "process": worker.pid,
        "silent": worker.silent,
        "models": worker.models.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
