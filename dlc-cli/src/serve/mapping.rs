//! What the button "Map" does.

use std::{fmt::Write as _, sync::Arc};

use anyhow::Context as _;
use axum::{
    Form,
    extract::{
        Query as Address, State,
        rejection::{FormRejection, QueryRejection},
    },
    response::Redirect,
};
use dlc::schema::{DlcProcessingMethod, RecordingDlc, RecordingKey, map_recording};
use serde::Deserialize;

use super::{app::App, paging::View, refusal::Refusal};

/// What the form of a recording says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Mapping {
    token: String,
    session: String,
    order: String,
    recording: String,
    choice: String,
}

/// Maps a recording and shows it.
pub(super) async fn map(
    State(app): State<Arc<App>>,
    view: Result<Address<View>, QueryRejection>,
    form: Result<Form<Mapping>, FormRejection>,
) -> Result<Redirect, Refusal> {
    let (Address(view), Form(mapping)) = (view?, form?);
    let checked = app.guard.check_token(&mapping.token);
    checked.map_err(Refusal::forbidden)?;
    let choice = mapping.parse().map_err(Refusal::wrong)?;
    let place = format!("/{}#{}", view.query(), anchor(&choice.recording));
    let work = move |app: &App| Ok(map_recording(&*app.store, &choice)?);
    app.wait(work).await?;
    Ok(Redirect::to(&place))
}

impl Mapping {
    fn parse(&self) -> anyhow::Result<RecordingDlc> {
        let order = self.order.parse();
        let order = order.with_context(|| format!("invalid order {:?}", self.order))?;
        let [model, method] = parse_choice(&self.choice)?;
        Ok(RecordingDlc {
            recording: RecordingKey {
                session: self.session.parse()?,
                recording_order: order,
                recording: self.recording.parse()?,
            },
            model: model.parse()?,
            method: method.parse()?,
        })
    }
}

/// Returns a combination as the value of an option: names may have any letters, so that it is JSON.
pub(super) fn choice_value(choice: &DlcProcessingMethod) -> String {
    serde_json::json!([choice.model.as_str(), choice.method.as_str()]).to_string()
}

fn parse_choice(text: &str) -> anyhow::Result<[String; 2]> {
    anyhow::ensure!(!text.is_empty(), "no model and no method was chosen");
    serde_json::from_str(text).with_context(|| format!("invalid choice {text:?}"))
}

/// Returns the name of a recording's row, for the address after the mapping.
pub(super) fn anchor(key: &RecordingKey) -> String {
    let mut anchor = String::from("r");
    let order = key.recording_order.to_string();
    for part in [key.session.as_str(), &order, key.recording.as_str()] {
        anchor.push('-');
        for byte in part.bytes() {
            match byte.is_ascii_alphanumeric() {
                true => anchor.push(byte.into()),
                false => _ = write!(anchor, "_{byte:02x}"),
            }
        }
    }
    anchor
}
