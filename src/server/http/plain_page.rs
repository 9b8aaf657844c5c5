//! A page that says why the one that was asked for does not come. It is a few hundred bytes, made without the app: for
//! requests that are refused because drawing pages costs too much.

use axum::{
    http::{HeaderValue, Method, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use leptos_i18n::Locale as _;

use super::{pages::no_store, problem};
use crate::{
    error::AppError,
    server::{context::language_of, state::App},
    ui::{i18n::td_string, words::error_text},
};

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Refuses a request: with a page for a browser, which tries again by itself where that is harmless, else with a problem.
pub(super) fn refuse(app: &App, parts: &Parts, error: AppError) -> Response {
    if !accepts_html(parts) {
        return no_store(error.into_response());
    }
    let mut response = (problem::status(&error), Html(page(app, parts, &error))).into_response();
    problem::retry_after(&error, response.headers_mut());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    no_store(response)
}

/// Whether a browser asks, which shows what it gets.
pub(super) fn accepts_html(parts: &Parts) -> bool {
    let accept = parts.headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Nothing that people wrote stands in it.
fn page(app: &App, parts: &Parts, error: &AppError) -> String {
    let locale = language_of(parts);
    let seconds = error.retry_after_ms().map(|wait| wait.div_ceil(1_000).max(1));
    let again = seconds.filter(|_| parts.method == Method::GET);
    let refresh = again.map(|wait| format!("<meta http-equiv=\"refresh\" content=\"{wait}\">"));
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} · Papo</title>\
         <link rel=\"stylesheet\" href=\"{css}\"></head><body><main class=\"notice-page\"><h1>{title}</h1>\
         <p>{words}</p></main></body></html>",
        lang = locale.as_str(),
        refresh = refresh.unwrap_or_default(),
        title = td_string!(locale, page.failed),
        css = app.assets.css(),
        words = error_text(locale, error),
    )
}
