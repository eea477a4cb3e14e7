use anyhow::Result;
use clap::Args;
use dlc::schema::{
    Columns as _, Row, StoreExt as _, find_recording, jobs::retry_failed, name::RecordingName,
};
use serde_json::json;

use super::store::Place;
use crate::voice::{Reply, Voice};

/// Frees jobs that failed, as if they had never been begun.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs retry --recording R1")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
    /// Those of this recording alone.
    #[arg(long, value_name = "NAME")]
    recording: Option<RecordingName>,
}

pub(crate) fn run(arguments: &Arguments, voice: Voice) -> Result<bool> {
    let store = arguments.store.open()?;
    let within = match &arguments.recording {
        Some(recording) => store
            .read(|rows| find_recording(rows, recording, None))?
            .columns(),
        None => Row::new(),
    };
    let freed = retry_failed(&*store, &within)?;
    for job in &freed {
        voice.reply(&Reply {
            lines: vec![format!("freed {job}")],
            object: json!({ "freed": job.to_string() }),
        })?;
    }
    if freed.is_empty() {
        voice.say("no job has failed")?;
    }
    Ok(true)
}
