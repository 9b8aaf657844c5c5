//! Cookies as headers: the ones that a request brings, and the line that sets one.
//!
//! For what stands outside of the layers of sessions, whose cookies are theirs.

use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::{CookieJar, cookie::Cookie};

/// The value of the cookie of this name, decoded; the last one if there are several.
pub(super) fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    CookieJar::from_headers(headers).get(name).map(|cookie| cookie.value().to_owned())
}

/// The value of `Set-Cookie`, with the cookie's value encoded.
pub(super) fn line(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    HeaderValue::try_from(cookie.encoded().to_string()).ok()
}
