use anyhow::Error;
use axum::{
    extract::rejection::{FormRejection, QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use dlc::schema::{MapRecordingError, StoreError};

use super::page;

/// Why a request was not done: shown as a page.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: Error,
}

impl Refusal {
    /// Says what is wrong.
    pub(super) fn new(status: StatusCode, error: impl Into<Error>) -> Self {
        let error = error.into();
        Self { status, error }
    }

    /// Says that the request is not from whom it should be.
    pub(super) fn forbidden(error: impl Into<Error>) -> Self {
        Self::new(StatusCode::FORBIDDEN, error)
    }

    /// Says that the request itself is wrong.
    pub(super) fn wrong(error: impl Into<Error>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, page::error(self.status, &self.error)).into_response()
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Error::new(error).into()
    }
}

impl From<MapRecordingError> for Refusal {
    fn from(error: MapRecordingError) -> Self {
        let status = match error {
            MapRecordingError::NoRecording(_) => StatusCode::NOT_FOUND,
            MapRecordingError::Done { .. } => StatusCode::CONFLICT,
            MapRecordingError::NoModel(_)
            | MapRecordingError::NotAllowed { .. }
            | MapRecordingError::NoVideos(_) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error)
    }
}

impl From<FormRejection> for Refusal {
    fn from(rejection: FormRejection) -> Self {
        Self::new(rejection.status(), rejection)
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(rejection.status(), rejection)
    }
}
