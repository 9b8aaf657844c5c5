//! Refusals as Django REST Framework writes them: `{"detail": "…"}`, or a list of sentences per field.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

use crate::{
    error::{AppError, Reason},
    model::MessageText,
    server::http::{compat::refusal::answer, problem::status},
    words::{Locale, reason_text},
};

pub(super) struct Refusal {
    status: StatusCode,
    body: Value,
    cause: Option<AppError>,
}

impl Refusal {
    pub(super) fn detail(status: StatusCode, detail: &str) -> Self {
        Self { status, body: json!({ "detail": detail }), cause: None }
    }

    pub(super) fn field(field: &str, sentence: &str) -> Self {
        let body = Map::from_iter([(field.to_owned(), json!([sentence]))]).into();
        Self { status: StatusCode::BAD_REQUEST, body, cause: None }
    }

    pub(super) fn not_found() -> Self {
        AppError::NotFound.into()
    }

    pub(super) fn no_page() -> Self {
        Self::detail(StatusCode::NOT_FOUND, "Invalid page.")
    }

    /// The words without their status, for a WebSocket.
    pub(super) fn into_body(self) -> Value {
        self.body
    }
}

impl From<AppError> for Refusal {
    fn from(error: AppError) -> Self {
        let detail = match &error {
            AppError::Invalid { fields } | AppError::Malformed { fields } => {
                let sentences = fields.iter().map(|wrong| {
                    // What Papo calls members are participants here.
                    let field = if wrong.field == "members" { "participants" } else { wrong.field.as_str() };
                    (field.to_owned(), json!([sentence(field, wrong.reason)]))
                });
                let body = Map::from_iter(sentences).into();
                return Self { status: StatusCode::BAD_REQUEST, body, cause: Some(error) };
            }
            AppError::Unauthenticated => "Authentication credentials were not provided.".to_owned(),
            AppError::Forbidden => "You do not have permission to perform this action.".to_owned(),
            AppError::WrongOrigin { .. } | AppError::WrongHost { .. } => {
                "CSRF Failed: Origin checking failed.".to_owned()
            }
            AppError::NotFound => "Not found.".to_owned(),
            AppError::RateLimited { retry_after_ms } => {
                format!(
                    "Request was throttled. Expected available in {} seconds.",
                    retry_after_ms.div_ceil(1_000)
                )
            }
            AppError::TooLarge { max } => format!("Request body exceeds {max} bytes."),
            AppError::TooSlow => "The request's body did not come in time.".to_owned(),
            AppError::MethodNotAllowed => "Method not allowed.".to_owned(),
            AppError::UnsupportedMediaType => "Unsupported media type in request.".to_owned(),
            AppError::Conflict { .. } => "This was said before with other content.".to_owned(),
            AppError::Unavailable { .. } | AppError::StorageFull { .. } => {
                "Service temporarily unavailable, try again later.".to_owned()
            }
            AppError::Internal { .. } => "A server error occurred.".to_owned(),
        };
        Self { cause: Some(error.clone()), ..Self::detail(status(&error), &detail) }
    }
}

fn sentence(field: &str, reason: Reason) -> String {
    match (field, reason) {
        ("text", Reason::Missing) => "This field may not be blank.".to_owned(),
        ("text", Reason::TooLong) => {
            format!("Ensure this field has no more than {} characters.", MessageText::MAX)
        }
        (_, Reason::Missing) => "This field is required.".to_owned(),
        ("participants", Reason::Unknown) => "Invalid pk - object does not exist.".to_owned(),
        (field, reason) => reason_text(Locale::en, field, reason).to_owned(),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        answer(self.status, self.body, self.cause)
    }
}
