//! An answer of server-sent events, whichever protocol they are in.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderName, header},
    response::{IntoResponse as _, Response},
};
use futures::Stream;

/// A stream that is silent for longer is cut by some proxies.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Answers with the stream's text as it comes.
pub(super) fn answer(text: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        // Asks nginx not to gather.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(text)).into_response()
}
