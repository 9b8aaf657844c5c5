//! Whose page a request comes from.
//!
//! tower-http's `CsrfLayer` refuses writes from other sites. Here is what it leaves open: a write
//! with our cookie that does not say where it comes from, and the WebSocket's exact origin.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    error::AppError,
    server::{http::middleware::session_cookie, state::App},
};

/// Refuses a write that carries a session and neither `Origin` nor `Sec-Fetch-Site`.
pub(in crate::server::http) async fn refuse_unsourced_writes(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_sourced = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if !is_safe && !is_sourced && has_session(headers, session_cookie(app.options.is_https())) {
        return AppError::Forbidden.into_response();
    }
    next.run(request).await
}

/// Whether `Origin` is exactly this server's: the public URL's, or else that of the `Host` asked.
pub(in crate::server::http) fn is_own_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else { return false };
    if app.options.public_url.as_ref().is_some_and(|url| url.origin() == origin) {
        return true;
    }
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some() && host == text(header::HOST)
}

/// Whether a request that opens a live connection by a cookie can be one of our own page's. Browsers name the origin of
/// every WebSocket; of other requests only from elsewhere, and without CORS not even then: there they tell the site.
pub(in crate::server::http) fn is_from_own_page(app: &App, headers: &HeaderMap) -> bool {
    if headers.contains_key(header::UPGRADE) {
        return is_own_origin(app, headers);
    }
    is_own_site(headers) && (!headers.contains_key(header::ORIGIN) || is_own_origin(app, headers))
}

/// Whether `Sec-Fetch-Site`, if it is there, names a page of exactly this origin, or none.
fn is_own_site(headers: &HeaderMap) -> bool {
    headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin" || site == "none")
}

fn has_session(headers: &HeaderMap, cookie: &str) -> bool {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut names = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    names.any(|(name, _)| name == cookie)
}
