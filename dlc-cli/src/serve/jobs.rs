//! The page of jobs: what is made, what is not and why, and the workers.

use std::sync::Arc;

use axum::{
    Form,
    extract::{
        Path, Query as Address, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::StatusCode,
    response::Redirect,
};
use dlc::schema::jobs::{
    JobState, JobStatus, Source, Status, TableStatus, WorkerStatus, ignore, release, retry,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{
    app::App,
    page::{self, Tab},
    paging::{Refresh, Show, View},
    refusal::Refusal,
};

/// The page is loaded again after such a time, in s.
const REFRESH: u32 = 5;

/// Shows the jobs.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    view: Result<Address<View>, QueryRejection>,
) -> Result<Markup, Refusal> {
    let Address(view) = view?;
    let work = move |app: &App| {
        let mut status = Status::read(&*app.store, &Source::ALL, &app.observer)?;
        status.jobs.sort_by_key(|job| rank(&job.state));
        Ok(render(app, view, &status))
    };
    app.wait(work).await
}

/// Returns the place of a state in the list: what a person has to look at comes first.
const fn rank(state: &JobState) -> u8 {
    match state {
        JobState::Failed { .. } => 0,
        JobState::NoWorker { .. } => 1,
        JobState::Postponed { .. } => 2,
        JobState::Reserved(_) => 3,
        JobState::Ignored => 5,
        _ => 4,
    }
}

const fn is_open(state: &JobState) -> bool {
    rank(state) < 3
}

/// Returns a state in a word and a colour, and its reason below.
pub(super) fn chip(state: &JobState) -> Markup {
    let (class, word, reason) = match state {
        JobState::Pending => ("waits", "pending", None),
        JobState::NoWorker { .. } => ("wrong", "no worker", Some(state.to_string())),
        JobState::Postponed { attempts, message } => (
            "waits",
            "will be tried again",
            Some(format!("tried {attempts} times: {message}")),
        ),
        JobState::Reserved(by) if by.silent => ("wrong", "silent", Some(by.to_string())),
        JobState::Reserved(by) => ("runs", "being made", Some(by.to_string())),
        JobState::Failed { message, since, .. } => {
            ("wrong", "failed", Some(format!("{since}: {message}")))
        }
        JobState::Ignored => ("waits", "ignored", None),
        other => ("waits", "waits", Some(other.to_string())),
    };
    html! {
        span class={ "chip " (class) } { (word) }
        @if let Some(reason) = reason { div.why { (reason) } }
    }
}

fn render(app: &App, view: View, status: &Status) -> Markup {
    let open = status.jobs.iter().filter(|job| is_open(&job.state));
    let shown: Vec<&JobStatus> = match view.show {
        Show::All => status.jobs.iter().collect(),
        Show::Open => open.clone().collect(),
    };
    let refreshes = view.refresh == Refresh::On;
    let content = html! {
        h1 { "Jobs" }
        p.quiet {
            @if refreshes {
                "This page is loaded again every " (REFRESH) " s. "
                a href={ "/jobs" (view.with_refresh(Refresh::Off).query()) } { "Stop" }
            } @else {
                "This page stays as it is. "
                a href={ "/jobs" (view.with_refresh(Refresh::On).query()) } { "Load it again on its own" }
            }
        }
        (tables(&status.tables))
        h2 { "Not made" }
        nav.filter aria-label="Which jobs" {
            @for (show, words, count) in [
                (Show::All, "All", status.jobs.len()),
                (Show::Open, "Failed or stuck", open.count()),
            ] {
                a href={ "/jobs" (view.with_show(show).query()) }
                    aria-current=[(view.show == show).then_some("true")] {
                    (words) " " span.count { (count) }
                }
            }
        }
        @if shown.is_empty() {
            p.quiet { "None." }
        } @else {
            (jobs(app, view, view.rows(&shown)))
        }
        (view.links("/jobs", shown.len()))
        h2 { "Workers" }
        (workers(&status.workers))
    };
    page::page(&app.name, Tab::Jobs, refreshes.then_some(REFRESH), &content)
}

fn tables(tables: &[TableStatus]) -> Markup {
    html! {
        div.wide.fit { table {
            thead { tr { th { "Table" } th.number { "Made" } th.number { "Not made" } } }
            tbody {
                @for table in tables {
                    tr {
                        td { (table.table.class) }
                        td.number { (table.made) }
                        td.number { (table.jobs) }
                    }
                }
            }
        } }
    }
}

fn jobs(app: &App, view: View, jobs: &[&JobStatus]) -> Markup {
    html! {
        div.wide { table {
            thead { tr {
                th { "Job of" } th { "Key" } th.number { "Priority" } th { "State" } th { "" }
            } }
            tbody {
                @for status in jobs {
                    @let table = status.job.table();
                    tr {
                        td { (table.class) }
                        td {
                            @for name in table.key {
                                @if let Some(cell) = status.job.key().cell(name) {
                                    span.cell title=(name) { (cell) } " "
                                }
                            }
                        }
                        td.number { (status.priority) }
                        td { (chip(&status.state)) }
                        td { (buttons(app, view, status)) }
                    }
                }
            }
        } }
    }
}

fn buttons(app: &App, view: View, status: &JobStatus) -> Markup {
    html! {
        form.buttons method="post" {
            input type="hidden" name="token" value=(app.guard.token());
            input type="hidden" name="table" value=(status.job.table().name);
            input type="hidden" name="hash" value=(status.job.hash());
            @for verb in Verb::of(&status.state) {
                button type="submit" formaction={ "/jobs/" (verb.word()) (view.query()) }
                    title=(verb.about()) {
                    (verb.word())
                }
            }
        }
    }
}

fn workers(workers: &[WorkerStatus]) -> Markup {
    html! {
        @if workers.is_empty() {
            p.note { "No worker runs." }
        } @else {
            div.wide { table {
                thead { tr { th { "Worker" } th { "Where" } th { "State" } th { "Models" } } }
                tbody {
                    @for worker in workers {
                        tr {
                            td.name { (worker.worker) }
                            td { (worker.user) ", process " (worker.pid) }
                            td {
                                @if worker.silent {
                                    span.chip.wrong { "silent" }
                                } @else {
                                    span.chip.runs { "runs" }
                                }
                                div.why { "since " (worker.started) ", last heard " (worker.heartbeat) }
                            }
                            td {
                                ul.plain { @for model in &worker.models { li { (model) } } }
                            }
                        }
                    }
                }
            } }
        }
    }
}

/// What a person can do with a job.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verb {
    Retry,
    Ignore,
    Release,
}

impl Verb {
    /// Returns what can be done with a job in a state.
    const fn of(state: &JobState) -> &'static [Self] {
        match state {
            JobState::Failed { .. } => &[Self::Retry, Self::Ignore],
            JobState::Ignored => &[Self::Retry],
            // A worker of ours that lives is left alone.
            JobState::Reserved(by) if by.worker.is_some() && !by.silent => &[],
            JobState::Reserved(_) => &[Self::Release],
            _ => &[Self::Ignore],
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Ignore => "ignore",
            Self::Release => "release",
        }
    }

    const fn about(self) -> &'static str {
        match self {
            Self::Retry => "free the job, as if it had never been begun",
            Self::Ignore => "keep all workers from the job",
            Self::Release => "end the reservation, so that others take the job",
        }
    }
}

/// Which job a form is about.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Which {
    token: String,
    table: String,
    hash: String,
}

/// Does what a button says.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Path(verb): Path<Verb>,
    view: Result<Address<View>, QueryRejection>,
    form: Result<Form<Which>, FormRejection>,
) -> Result<Redirect, Refusal> {
    let (Address(view), Form(which)) = (view?, form?);
    let checked = app.guard.check_token(&which.token);
    checked.map_err(Refusal::forbidden)?;
    app.wait(move |app| act(app, verb, &which)).await?;
    Ok(Redirect::to(&format!("/jobs{}", view.query())))
}

fn act(app: &App, verb: Verb, which: &Which) -> Result<(), Refusal> {
    let store = &*app.store;
    let status = Status::read(store, &Source::ALL, &app.observer)?;
    let is_it =
        |job: &&JobStatus| job.job.hash() == which.hash && job.job.table().name == which.table;
    let gone = || {
        let error = anyhow::anyhow!("there is no such job any more: it was done, or is not wanted");
        Refusal::new(StatusCode::NOT_FOUND, error)
    };
    let job = &status.jobs.iter().find(is_it).ok_or_else(gone)?.job;
    let was_done = match verb {
        Verb::Retry => retry(store, job)?,
        Verb::Ignore => ignore(store, job)?,
        Verb::Release => release(store, job)?,
    };
    match was_done {
        true => Ok(()),
        false => {
            let error = anyhow::anyhow!("{job} changed: there is nothing to {}", verb.word());
            Err(Refusal::new(StatusCode::CONFLICT, error))
        }
    }
}
