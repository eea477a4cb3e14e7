use anyhow::Result;
use clap::Args;
use dlc::schema::{
    Mapped, RecordingDlc, RecordingKey, Store, StoreExt as _, find_recording, map_recording,
    name::{DlcModelName, MethodName, RecordingName, SessionName},
};
use serde_json::json;

use super::store::Place;
use crate::voice::{Reply, Voice};

/// Says which model and which processing method a recording is for.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  dlc-rs map R1 mouse 2points")]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Place,
    #[command(flatten)]
    recording: Named,
    /// The name of the model.
    model: DlcModelName,
    /// The name of the method.
    method: MethodName,
}

/// A recording that is there.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// The name of the recording.
    pub(super) recording: RecordingName,
    /// Its session, if several have that name.
    #[arg(long, value_name = "NAME")]
    pub(super) session: Option<SessionName>,
}

impl Named {
    pub(super) fn find(&self, store: &dyn Store) -> Result<RecordingKey> {
        let (recording, session) = (&self.recording, self.session.as_ref());
        Ok(store.read(|rows| find_recording(rows, recording, session))?)
    }
}

pub(crate) fn run(arguments: Arguments, voice: Voice) -> Result<bool> {
    let store = arguments.store.open()?;
    let choice = RecordingDlc {
        recording: arguments.recording.find(&*store)?,
        model: arguments.model,
        method: arguments.method,
    };
    let name = &choice.recording.recording;
    let (model, method) = (&choice.model, &choice.method);
    let (line, tracking) = match map_recording(&*store, &choice)? {
        Mapped::ToTracking => (format!("recording {name}: {model} and {method}"), true),
        Mapped::ToTrackingRaw(kind) => {
            let line = format!(
                "recording {name}: {model} and {method}, to body parts alone, because tracking of the \
                 kind {kind} is not processed"
            );
            (line, false)
        }
    };
    voice.reply(&Reply {
        lines: vec![line],
        object: json!({
            "recording": name.as_str(),
            "model": model.as_str(),
            "method": method.as_str(),
            "tracking": tracking,
        }),
    })?;
    Ok(true)
}
