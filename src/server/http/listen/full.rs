//! What a full server still answers: an operator's health check, and everybody else that it is full.

use std::time::Duration;

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
    response::IntoResponse as _,
};

use super::Deadlines;
use crate::error::AppError;

/// How many connections beyond the last place are answered at a time; one more closes the oldest.
pub(super) const LANE: usize = 32;
pub(super) const DEADLINES: Deadlines =
    Deadlines { head: Duration::from_secs(2), stall: Duration::from_secs(2) };
/// When to come back: stalled connections are closed within about this.
const RETRY_AFTER_MS: u64 = 10_000;

/// Whether this is the address of a health check.
pub(super) fn is_probe(path: &str) -> bool {
    matches!(path, "/health" | "/ready")
}

/// The answer to everything else.
pub(super) fn refuse(path: &str) -> Response<Body> {
    let mut response = if path.starts_with("/api/") {
        AppError::Unavailable { retry_after_ms: RETRY_AFTER_MS }.into_response()
    } else {
        let words = "The server has no room for another connection. Try again in a few seconds.\n";
        (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_MS / 1_000));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
