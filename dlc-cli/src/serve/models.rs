//! The page of models.

use std::{collections::BTreeMap, sync::Arc};

use axum::extract::State;
use dlc::schema::{
    DlcModel, DlcModelIdentity, DlcModelPath, DlcProcessingMethod, Query, StoreError,
    StoreExt as _, TransactionExt as _,
    jobs::{Status, WorkerStatus},
    name::DlcModelName,
    tables::{DLC_MODEL, DLC_MODEL_IDENTITY, DLC_MODEL_PATH, DLC_PROCESSING_METHOD},
};
use maud::{Markup, html};

use super::{
    app::App,
    page::{self, Tab},
    refusal::Refusal,
};

/// All that is known of models.
struct Models {
    models: Vec<DlcModel>,
    identities: Vec<DlcModelIdentity>,
    paths: Vec<DlcModelPath>,
    methods: Vec<DlcProcessingMethod>,
    workers: Vec<WorkerStatus>,
}

/// Shows the models.
pub(super) async fn show(State(app): State<Arc<App>>) -> Result<Markup, Refusal> {
    app.wait(|app| Ok(render(app, &Models::read(app)?))).await
}

impl Models {
    fn read(app: &App) -> Result<Self, StoreError> {
        let workers = Status::read(&*app.store, &[], &app.observer)?.workers;
        app.store.read(|rows| {
            Ok(Self {
                models: rows.fetch(&Query::of(&DLC_MODEL))?,
                identities: rows.fetch(&Query::of(&DLC_MODEL_IDENTITY))?,
                paths: rows.fetch(&Query::of(&DLC_MODEL_PATH))?,
                methods: rows.fetch(&Query::of(&DLC_PROCESSING_METHOD))?,
                workers,
            })
        })
    }

    /// Returns the names of all models with a scorer that others have, too, by scorer.
    fn same_scorer(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut scorers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for model in &self.models {
            let names = scorers.entry(&model.scorer).or_default();
            names.push(model.name.as_str());
        }
        scorers.retain(|_, names| names.len() > 1);
        scorers
    }

    fn live_workers(&self, model: &DlcModelName) -> usize {
        let live = self.workers.iter().filter(|worker| !worker.silent);
        live.filter(|worker| worker.models.contains(model)).count()
    }
}

fn render(app: &App, models: &Models) -> Markup {
    let same_scorer = models.same_scorer();
    let content = html! {
        h1 { "Models" }
        @for (scorer, names) in &same_scorer {
            p.note {
                strong { (names.join(", ")) } " have the same scorer, " code { (scorer) }
                ": names of results do not tell which of them made them."
            }
        }
        @if models.models.is_empty() {
            p.quiet { "None is registered." }
        } @else {
            div.wide { table {
                thead { tr {
                    th { "Model" } th { "Scorer" } th { "Snapshot" } th { "Key" } th { "Methods" }
                    th.number { "Workers" }
                } }
                tbody {
                    @for model in &models.models {
                        (line(models, model, same_scorer.contains_key(model.scorer.as_str())))
                    }
                }
            } }
        }
    };
    page::page(&app.name, Tab::Models, None, &content)
}

fn line(models: &Models, model: &DlcModel, shares_scorer: bool) -> Markup {
    let path = models.paths.iter().find(|path| path.model == model.name);
    let identity = models.identities.iter();
    let identity = identity.into_iter().find(|row| row.model == model.name);
    let methods = models.methods.iter().filter(|row| row.model == model.name);
    let workers = models.live_workers(&model.name);
    html! {
        tr {
            td {
                strong { (model.name) }
                @if !model.description.is_empty() { div.why { (model.description) } }
                @if let Some(path) = path {
                    div.why { "in " (path.repository) ": " (path.project_path) }
                }
            }
            td.scorer {
                code { (model.scorer) }
                @if shares_scorer { " " span.chip.wrong { "shared" } }
            }
            td {
                @match identity {
                    Some(identity) => {
                        (identity.snapshot)
                        div.why { (identity.engine) }
                    }
                    None => span.quiet { "index " (model.snapshot_index) },
                }
            }
            td {
                (model.task) " " (model.date)
                div.why {
                    "iteration " (model.iteration) ", shuffle " (model.shuffle)
                    ", training set " (model.trainingset_index) ", snapshot index "
                    (model.snapshot_index)
                }
            }
            td {
                ul.plain { @for row in methods { li title=(row.description) { (row.method) } } }
            }
            td.number {
                @if workers == 0 { span.chip.waits { "none" } } @else { (workers) }
            }
        }
    }
}
