//! A refusal that stands before everything that draws pages: a page of its own for browsers, a problem for programs.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use leptos::prelude::{IntoView as _, Owner, RenderHtml as _};

use super::{App, pages::no_store, problem};
use crate::{
    error::AppError,
    server::context::{language_in, theme_in},
    ui::{
        plain_document::{Next, PlainDocument, plain_document},
        shell::Assets,
    },
    words::{error_text, td_string},
};

/// The page loads a style sheet and a picture, and sends its form to us.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// Answers with `error`: in words for people where a browser asks for a page, else as a problem.
pub(super) fn refuse(app: &App, request: &Request, error: &AppError) -> Response {
    refuse_as(app, problem::status(error), request, error)
}

/// The same with another status than the error's own.
pub(super) fn refuse_as(app: &App, status: StatusCode, request: &Request, error: &AppError) -> Response {
    let headers = request.headers();
    if request.uri().path().starts_with("/api/") || !wants_page(headers) {
        return no_store(problem::answer(status, error));
    }
    let locale = language_in(headers);
    let wait = error.retry_after_ms().filter(|_| *request.method() == Method::GET);
    let document = PlainDocument {
        title: td_string!(locale, page.failed).to_owned(),
        lead: Some(error_text(locale, error)),
        next: wait.map_or(Next::Nothing, |wait| Next::Wait(wait.div_ceil(1_000).max(1))),
    };
    let mut response = page(app, headers, status, document);
    problem::retry_after(error, response.headers_mut());
    response
}

/// The page that says so, in the reader's language and theme.
pub(super) fn page(app: &App, headers: &HeaderMap, status: StatusCode, document: PlainDocument) -> Response {
    let style = (language_in(headers), theme_in(headers));
    let css = Assets::from(&app.assets).css;
    let html = Owner::new().with(|| plain_document(document, style, css).into_view().to_html());
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    no_store((status, kind, html).into_response())
}

/// Whether the client shows pages.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
