//! Refusals as FastAPI writes them: `{"detail": "…"}`, or a list of fields that are wrong.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    error::AppError,
    server::http::{compat::refusal::answer, problem::status},
    words::{Locale, error_text},
};

#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    detail: Value,
    cause: Option<AppError>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, detail: &str) -> Self {
        Self { status, detail: detail.into(), cause: None }
    }

    /// A rule of the original's forms is broken.
    pub(super) fn value(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, &format!("Value error, {detail}"))
    }

    /// A room that is not there for the reader, for whatever reason.
    pub(super) fn no_access() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Você não tem acesso a esta sala.")
    }

    /// A field that is not there, or empty.
    pub(super) fn missing(place: &str, field: &str) -> Self {
        Self::field(place, field, "missing", "Field required")
    }

    /// A field that cannot be read.
    pub(super) fn field(place: &str, field: &str, kind: &str, message: &str) -> Self {
        let detail = json!([{ "type": kind, "loc": [place, field], "msg": message }]);
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, detail, cause: None }
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let detail = error_text(Locale::pt_BR, &error).into();
        Self { status: status(&error), detail, cause: Some(error) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        answer(self.status, json!({ "detail": self.detail }), self.cause)
    }
}
