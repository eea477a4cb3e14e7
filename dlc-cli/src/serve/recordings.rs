//! The page of recordings: what they have, what they are mapped to, and how far that is.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use axum::extract::{Query as Address, State, rejection::QueryRejection};
use dlc::schema::{
    Columns as _, Dataset, DlcPrediction, DlcProcessingMethod, Query, Recording, RecordingData,
    RecordingDlc, RecordingKey, Row, StoreError, StoreExt as _, TransactionExt as _,
    VIDEO_DATASET_TYPES, choices,
    jobs::{JobState, Source, Status},
    name::{DatasetName, DatasetTypeName},
    tables::{DATASET, DLC_PREDICTION, RECORDING, RECORDING_DATA, RECORDING_DLC, TRACKING_RAW},
};
use maud::{Markup, html};

use super::{
    app::App,
    jobs::chip,
    mapping::{anchor, choice_value},
    page::{self, Tab},
    paging::{Show, View},
    refusal::Refusal,
};

/// A recording as the page shows it.
struct Line {
    recording: Recording,
    /// How many datasets of each kind it has.
    data: BTreeMap<String, usize>,
    mapped: Option<RecordingDlc>,
    videos: Vec<Video>,
    /// Whether results are there, so that the choice stays.
    is_done: bool,
}

/// How far a dataset of videos is.
struct Video {
    dataset: DatasetName,
    is_predicted: bool,
    job: Option<JobState>,
}

impl Line {
    fn is_open(&self) -> bool {
        self.mapped.is_none() && !self.videos.is_empty()
    }
}

/// Shows the recordings.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    view: Result<Address<View>, QueryRejection>,
) -> Result<Markup, Refusal> {
    let Address(view) = view?;
    let work = move |app: &App| Ok(render(app, view, &lines(app)?, &choices(&*app.store)?));
    app.wait(work).await
}

/// Reads all that the page shows.
fn lines(app: &App) -> Result<Vec<Line>, StoreError> {
    let store = &*app.store;
    let status = Status::read(store, &[Source::DLC_PREDICTION], &app.observer)?;
    let jobs = status.jobs.into_iter();
    let mut jobs: HashMap<Row, JobState> = jobs
        .map(|status| (status.job.key().clone(), status.state))
        .collect();
    store.read(|rows| {
        let datasets: Vec<Dataset> = rows.fetch(&Query::of(&DATASET))?;
        let kinds: HashMap<DatasetName, DatasetTypeName> = datasets
            .into_iter()
            .map(|dataset| (dataset.name, dataset.dataset_type))
            .collect();
        let predicted: Vec<DlcPrediction> = rows.fetch(&Query::of(&DLC_PREDICTION))?;
        let predicted: HashSet<RecordingData> = predicted.into_iter().map(|row| row.data).collect();
        let tracked = rows.select(&Query::of(&TRACKING_RAW).keys())?;
        let tracked: HashSet<Row> = tracked.iter().map(|row| row.only(RECORDING.key)).collect();
        let mapped: Vec<RecordingDlc> = rows.fetch(&Query::of(&RECORDING_DLC))?;
        let mapped = mapped.into_iter().map(|row| (row.recording.clone(), row));
        let mut mapped: HashMap<RecordingKey, RecordingDlc> = mapped.collect();
        let mut data: HashMap<RecordingKey, Vec<RecordingData>> = HashMap::new();
        for row in rows.fetch::<RecordingData>(&Query::of(&RECORDING_DATA))? {
            data.entry(row.recording.clone()).or_default().push(row);
        }
        let recordings: Vec<Recording> = rows.fetch(&Query::of(&RECORDING))?;
        let line = |recording: Recording| {
            let data = data.remove(&recording.key).unwrap_or_default();
            let mut line = Line {
                mapped: mapped.remove(&recording.key),
                is_done: tracked.contains(&recording.key.columns()),
                recording,
                data: BTreeMap::new(),
                videos: Vec::new(),
            };
            for row in data {
                let kind = kinds.get(&row.dataset).map_or("?", DatasetTypeName::as_str);
                *line.data.entry(kind.to_owned()).or_default() += 1;
                if VIDEO_DATASET_TYPES.contains(&kind) {
                    let is_predicted = predicted.contains(&row);
                    line.is_done |= is_predicted;
                    line.videos.push(Video {
                        job: jobs.remove(&row.columns()),
                        dataset: row.dataset,
                        is_predicted,
                    });
                }
            }
            line
        };
        Ok(recordings.into_iter().map(line).collect())
    })
}

fn render(app: &App, view: View, lines: &[Line], choices: &[DlcProcessingMethod]) -> Markup {
    let open: Vec<&Line> = lines.iter().filter(|line| line.is_open()).collect();
    let all = || lines.iter().collect();
    let shown: Vec<&Line> = match view.show {
        Show::All => all(),
        Show::Open => open.clone(),
    };
    let content = html! {
        h1 { "Recordings" }
        nav.filter aria-label="Which recordings" {
            @for (show, words, count) in [
                (Show::All, "All", lines.len()),
                (Show::Open, "To be mapped", open.len()),
            ] {
                a href={ "/" (view.with_show(show).query()) }
                    aria-current=[(view.show == show).then_some("true")] {
                    (words) " " span.count { (count) }
                }
            }
        }
        @if choices.is_empty() {
            p.note { "No processing method was allowed for a model yet: there is nothing to map to." }
        }
        @if shown.is_empty() {
            p.quiet { "None." }
        } @else {
            (table(app, view, view.rows(&shown), choices))
        }
        (view.links("/", shown.len()))
    };
    page::page(&app.name, Tab::Recordings, None, &content)
}

fn table(app: &App, view: View, lines: &[&Line], choices: &[DlcProcessingMethod]) -> Markup {
    html! {
        div.wide { table {
            thead { tr {
                th { "Session" } th.number { "Order" } th { "Recording" } th { "Data" }
                th { "Prediction" } th { "Model and method" }
            } }
            tbody {
                @for line in lines {
                    @let key = &line.recording.key;
                    tr id=(anchor(key)) {
                        td.name { (key.session) }
                        td.number { (key.recording_order) }
                        td.name title={ "equipment: " (line.recording.experiment_type) } {
                            (key.recording)
                        }
                        td { (data(line)) }
                        td { (progress(line)) }
                        td { (mapping(app, view, line, choices)) }
                    }
                }
            }
        } }
    }
}

fn data(line: &Line) -> Markup {
    html! {
        @if line.data.is_empty() { span.quiet { "none" } }
        ul.plain {
            @for (kind, count) in &line.data {
                li { (kind) @if *count > 1 { span.quiet { " × " (count) } } }
            }
        }
    }
}

fn progress(line: &Line) -> Markup {
    html! {
        @if line.videos.is_empty() {
            span.quiet { "no videos" }
        } @else if line.mapped.is_none() && !line.is_done {
            span.quiet { "not mapped" }
        } @else {
            ul.plain {
                @for video in &line.videos {
                    li title={ "dataset " (video.dataset) } {
                        @match (&video.job, video.is_predicted) {
                            (_, true) => span.chip.done { "predicted" },
                            (Some(state), _) => (chip(state)),
                            (None, _) => span.quiet { "not predicted" },
                        }
                    }
                }
            }
        }
    }
}

fn mapping(app: &App, view: View, line: &Line, choices: &[DlcProcessingMethod]) -> Markup {
    let mapped = line.mapped.as_ref();
    html! {
        @match mapped {
            Some(mapped) if line.is_done || line.videos.is_empty() => {
                (mapped.model) " · " (mapped.method)
                @if line.is_done { p.quiet { "stays: there are results" } }
            }
            _ if line.videos.is_empty() => span.quiet { "nothing to predict" },
            _ if choices.is_empty() => span.quiet { "nothing to map to" },
            _ => (form(app, view, &line.recording.key, mapped, choices)),
        }
    }
}

fn form(
    app: &App,
    view: View,
    key: &RecordingKey,
    mapped: Option<&RecordingDlc>,
    choices: &[DlcProcessingMethod],
) -> Markup {
    let is_it = |choice: &DlcProcessingMethod| {
        mapped.is_some_and(|mapped| mapped.model == choice.model && mapped.method == choice.method)
    };
    html! {
        form method="post" action={ "/map" (view.query()) } {
            input type="hidden" name="token" value=(app.guard.token());
            input type="hidden" name="session" value=(key.session);
            input type="hidden" name="order" value=(key.recording_order);
            input type="hidden" name="recording" value=(key.recording);
            select name="choice" required
                aria-label={ "Model and method of recording " (key.recording) } {
                @if mapped.is_none() {
                    option value="" selected { "choose …" }
                }
                @for choice in choices {
                    option value=(choice_value(choice)) selected[is_it(choice)]
                        title=(choice.description) {
                        (choice.model) " · " (choice.method)
                    }
                }
            }
            button type="submit" { "Map" }
        }
    }
}
