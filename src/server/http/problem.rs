//! `AppError` as an HTTP answer: its status, and a problem as of RFC 9457 that tells what to mend.
//!
//! The one shape for every door that speaks JSON. Its members `code`, `fields` and the like are those of `AppError`
//! itself, so the browser reads it back; nothing in it tells what happened inside.

use std::any::Any;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use tower_http::request_id::RequestId;
use utoipa::ToSchema;

use super::problem_words::{detail, title};
use crate::error::{AppError, FieldError, Reason};

/// The content type of every problem.
pub(super) const PROBLEM: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// Where this kind of problem is explained.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in a few words.
    title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is to be done about it.
    detail: String,
    /// The kind as one word for programs.
    code: String,
    /// Which fields were refused, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    fields: Vec<FieldError>,
    /// Of a conflict, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<Reason>,
    /// After so many milliseconds the same request may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
    /// The most bytes, or pieces, that are taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max: Option<u64>,
    /// Where the server is.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    address: String,
    /// The server's log tells more under this id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    request_id: Option<String>,
}

impl From<&AppError> for Problem {
    fn from(error: &AppError) -> Self {
        let (mut fields, mut reason, mut max, mut request_id) = (Vec::new(), None, None, None);
        let mut address = String::new();
        match error {
            AppError::Invalid { fields: refused } | AppError::Malformed { fields: refused } => {
                fields.clone_from(refused);
            }
            AppError::Conflict { reason: why } => reason = Some(*why),
            AppError::TooLarge { max: most } => max = Some(*most),
            AppError::WrongOrigin { address: own } | AppError::WrongHost { address: own } => {
                address.clone_from(own);
            }
            AppError::Internal { request_id: id } => request_id = Some(id.clone()),
            _ => {}
        }
        // The error's text is its code.
        let code = error.to_string();
        Self {
            kind: format!("/api/docs#{code}"),
            title: title(error),
            status: error.status(),
            detail: detail(error),
            code,
            fields,
            reason,
            retry_after_ms: error.retry_after_ms(),
            max,
            address,
            request_id,
        }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        answer(status(&self), &self)
    }
}

/// The error as a problem, with a status that may be another than its own.
pub(super) fn answer(status: StatusCode, error: &AppError) -> Response {
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM))];
    let mut response = (status, kind, body_as(status, error)).into_response();
    retry_after(error, response.headers_mut());
    match error {
        AppError::Unauthenticated => {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // What of the body is still to come is not waited for.
        AppError::TooSlow => {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        AppError::Internal { request_id } if request_id.is_empty() => {
            response.extensions_mut().insert(Unnamed);
        }
        _ => {}
    }
    response
}

fn body(error: &AppError) -> Vec<u8> {
    body_as(status(error), error)
}

fn body_as(status: StatusCode, error: &AppError) -> Vec<u8> {
    let problem = Problem { status: status.as_u16(), ..Problem::from(error) };
    serde_json::to_vec(&problem).unwrap_or_default()
}

pub(super) fn status(error: &AppError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Says in whole seconds when to try again.
pub(super) fn retry_after(error: &AppError, headers: &mut HeaderMap) {
    if let Some(retry_after_ms) = error.retry_after_ms() {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_after_ms.div_ceil(1_000)));
    }
}

/// Marks an answer about a failure that does not name its request yet.
#[derive(Clone)]
struct Unnamed;

/// Names the request in the answer about a failure, and gives a body to a refusal that came without. It stands inside of
/// what compresses: a body that is written later would not be what its headers say.
pub(super) async fn complete(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    let mut response = next.run(request).await;
    let error = if response.extensions_mut().remove::<Unnamed>().is_some() {
        AppError::Internal { request_id: id }
    } else if !response.headers().contains_key(header::CONTENT_TYPE) {
        match response.status() {
            StatusCode::FORBIDDEN => AppError::Forbidden,
            StatusCode::NOT_FOUND => AppError::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => AppError::MethodNotAllowed,
            StatusCode::INTERNAL_SERVER_ERROR => AppError::Internal { request_id: id },
            _ => return response,
        }
    } else {
        return response;
    };
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = body(&error).into();
    response
}

/// The answer to a request whose handler panicked.
pub(super) fn after_panic(panic: Box<dyn Any + Send>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
    tracing::error!(panic = text, "a request's handler panicked");
    AppError::Internal { request_id: String::new() }.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_reads_its_error_back() {
        for error in [
            AppError::invalid("text", Reason::TooLong),
            AppError::malformed("room", Reason::Unknown),
            AppError::Conflict { reason: Reason::CidReused },
            AppError::RateLimited { retry_after_ms: 1_500 },
            AppError::TooLarge { max: 5 },
            AppError::WrongOrigin { address: String::new() },
            AppError::WrongHost { address: "https://chat.example.org".to_owned() },
            AppError::Internal { request_id: "id".to_owned() },
            AppError::NotFound,
        ] {
            assert_eq!(serde_json::from_slice::<AppError>(&body(&error)).unwrap(), error);
        }
    }
}
