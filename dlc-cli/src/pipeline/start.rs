use anyhow::Result;
use clap::Args;
use dlc::{
    model::UtcOffset,
    schema::{name::DatasetName, set_video_starts},
};
use serde_json::json;

use super::{
    map::Named,
    store::{Place, parse_starts},
};
use crate::voice::{Reply, Voice};

/// Says when the videos of a recording began, where no file tells.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs start R1 2022-06-07T14:53:11+02:00")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
    #[command(flatten)]
    recording: Named,
    /// When each video began, in their order.
    #[arg(required = true, value_name = "TIME")]
    starts: Vec<String>,
    /// Which dataset, if the recording has several with videos.
    #[arg(long, value_name = "NAME")]
    dataset: Option<DatasetName>,
    /// How far the clock was from UTC of each time that does not say.
    #[arg(long, value_name = "+HH:MM", allow_hyphen_values = true)]
    utc_offset: Option<UtcOffset>,
    /// Replaces other times that are stored.
    #[arg(long)]
    replace: bool,
}

pub(crate) fn run(arguments: &Arguments, voice: Voice) -> Result<bool> {
    let starts = parse_starts(&arguments.starts, arguments.utc_offset)?;
    let store = arguments.store.open()?;
    let recording = arguments.recording.find(&*store)?;
    let dataset = arguments.dataset.as_ref();
    for start in set_video_starts(&*store, &recording, dataset, &starts, arguments.replace)? {
        voice.reply(&Reply {
            lines: vec![format!(
                "video {} began at {}",
                start.file_order, start.start
            )],
            object: json!({ "video": start.file_order, "start": start.start.to_string() }),
        })?;
    }
    Ok(true)
}
