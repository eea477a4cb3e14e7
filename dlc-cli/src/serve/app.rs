//! What the pages share, and which page is where.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use dlc::schema::{Store, jobs::Observer};

use super::{guard::Guard, jobs, mapping, models, page, recordings, refusal::Refusal};

/// The most bytes of a form.
const FORM: usize = 16 * 1024;

/// What all pages use.
pub(crate) struct App {
    pub(super) store: Box<dyn Store>,
    pub(super) observer: Observer,
    pub(super) guard: Guard,
    /// The store's name, for people.
    pub(super) name: String,
}

impl App {
    /// Shows a store, under its name for people.
    pub(crate) fn new(store: Box<dyn Store>, name: String, guard: Guard) -> Self {
        Self {
            store,
            observer: Observer::default(),
            guard,
            name,
        }
    }

    /// Does work that waits for the store, where waiting stops nobody else.
    pub(super) async fn wait<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        match tokio::task::spawn_blocking(move || work(&self)).await {
            Ok(result) => result,
            Err(error) => Err(anyhow::Error::new(error).into()),
        }
    }
}

/// Returns all pages.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(recordings::show))
        .route("/map", post(mapping::map))
        .route("/jobs", get(jobs::show))
        .route("/jobs/{verb}", post(jobs::change))
        .route("/models", get(models::show))
        .route("/style.css", get(page::style))
        .fallback(absent)
        .method_not_allowed_fallback(no_method)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(middleware::from_fn_with_state(app.clone(), check))
        .with_state(app)
}

/// Lets our own pages ask, and tells the browser what they need: no scripts, nothing from elsewhere.
async fn check(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = match app.guard.check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => Refusal::forbidden(error).into_response(),
    };
    let policy = "default-src 'none'; img-src data:; style-src 'self'; form-action 'self'; \
                  base-uri 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: the `Origin` of forms would be `null`.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let headers = response.headers_mut();
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn absent() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        anyhow::anyhow!("there is no such page"),
    )
}

async fn no_method() -> Refusal {
    let error = anyhow::anyhow!("the page cannot be asked for like this");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
}
