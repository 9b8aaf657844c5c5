//! A refusal that stands before everything that draws pages: a page of its own for browsers, a problem for programs.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse as _, Response},
};
use leptos_i18n::Locale as _;

use super::problem::{self, retry_after};
use crate::{
    error::AppError,
    server::context::language_in,
    ui::{escape::escape_text, i18n::Locale, words::error_text},
};

/// Answers with `error`: in words for people where a browser asks for a page, else as a problem.
pub(super) fn refuse(request: &Request, error: &AppError) -> Response {
    refuse_as(problem::status(error), request, error)
}

/// The same with another status than the error's own.
pub(super) fn refuse_as(status: StatusCode, request: &Request, error: &AppError) -> Response {
    if request.uri().path().starts_with("/api/") {
        return problem::answer(status, error);
    }
    refuse_to(request.headers(), status, error)
}

/// The same for whoever sent these headers to what is no address of programs.
pub(super) fn refuse_to(headers: &HeaderMap, status: StatusCode, error: &AppError) -> Response {
    if wants_page(headers) {
        page(status, language_in(headers), error)
    } else {
        problem::answer(status, error)
    }
}

/// Whether the client shows pages.
pub(super) fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn page(status: StatusCode, locale: Locale, error: &AppError) -> Response {
    let words = escape_text(&error_text(locale, error));
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Papo</title>\n</head>\n\
         <body>\n<main>\n<h1>Papo</h1>\n<p>{words}</p>\n</main>\n</body>\n</html>\n",
        locale.as_str(),
    );
    let mut response = (status, Html(html)).into_response();
    retry_after(error, response.headers_mut());
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
