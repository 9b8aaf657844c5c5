//! Security headers, one layer over every answer.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::server::http::App;

/// What an answer without a page may load: nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";

/// Two years. Other hosts of the domain are the operator's to decide on.
const HSTS: &str = "max-age=63072000";
const HSTS_WITH_SUBDOMAINS: &str = "max-age=63072000; includeSubDomains";

pub(in crate::server::http) async fn security_headers(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    put(headers, header::CONTENT_SECURITY_POLICY, NOTHING);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, header::X_FRAME_OPTIONS, "DENY");
    put(headers, header::REFERRER_POLICY, "same-origin");
    put(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(headers, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    put(headers, HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()");
    if app.options.is_https() {
        let policy = if app.options.hsts_subdomains { HSTS_WITH_SUBDOMAINS } else { HSTS };
        put(headers, header::STRICT_TRANSPORT_SECURITY, policy);
    }
    response
}

/// Sets what no handler has set.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}
