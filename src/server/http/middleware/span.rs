//! The log's span of a request: method, path and id. No query, which may hold a secret.

use axum::http::Request;
use tower_http::request_id::RequestId;
use tracing::Span;

pub(in crate::server::http) fn span<B>(request: &Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        id = id.unwrap_or_default(),
    )
}
