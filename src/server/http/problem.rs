//! `AppError` as an HTTP answer: its status, its code, and nothing of what happened inside.

use std::any::Any;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};

use crate::error::AppError;

impl IntoResponse for AppError {
    fn into_response(self) -> axum::response::Response {
        let mut response = axum::Json(&self).into_response();
        *response.status_mut() = status(&self);
        retry_after(&self, response.headers_mut());
        if self == Self::Unauthenticated {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
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

/// The answer to a request whose handler panicked.
pub(super) fn after_panic(panic: Box<dyn Any + Send>) -> Response<Body> {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
    tracing::error!(panic = text, "a request's handler panicked");
    AppError::Internal { request_id: String::new() }.into_response()
}
