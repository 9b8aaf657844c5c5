//! Refusals in the words of an older protocol.

use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde_json::Value;

use crate::error::AppError;

/// An answer with `body`, and with the headers that tell of `cause`: when to try again, how to say who asks.
pub(super) fn answer(status: StatusCode, body: Value, cause: Option<AppError>) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    if let Some(cause) = cause {
        for (name, value) in cause.into_response().headers() {
            response.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    response
}
