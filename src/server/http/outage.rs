//! What is answered while the database is away or its disk is full, at every door that asks who is there.
//!
//! The libraries that keep sessions answer their own failures with an empty 500; here that becomes a problem for programs
//! and a page for people. A page that could not be filled becomes the same page.

use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header, request::Parts},
    middleware::Next as Inner,
    response::{IntoResponse as _, Response},
};

use super::{
    App,
    body::read_body,
    extract::{BODY_MAX, FORM, content_type},
    pages::no_store,
    problem,
    refusal_page::{page, refuse, wants_page},
};
use crate::{
    error::AppError,
    server::context::language_in,
    ui::plain_document::{Next, PlainDocument, UnsentForm},
    words::td_string,
};

/// Seconds until the page loads itself anew.
const TRY_AGAIN_AFTER: u64 = 5;

/// Marks the answer to a form whose page could not be drawn again.
#[derive(Clone)]
pub(super) struct Unfilled;

pub(super) async fn explain(State(app): State<App>, request: Request, next: Inner) -> Response {
    let (parts, body) = request.into_parts();
    let is_for_people = wants_page(&parts.headers) && !parts.uri.path().starts_with("/api/");
    if !is_for_people {
        return for_program(&app, next.run(Request::from_parts(parts, body)).await);
    }
    let asked = Asked::of(&parts);
    let (body, typed) = if is_form(&parts) {
        match read_body(body, BODY_MAX).await {
            // Sharing the bytes costs nothing.
            Ok(bytes) => (Body::from(bytes.clone()), Some(bytes)),
            Err(fault) => return refuse(&app, &Request::from_parts(parts, Body::empty()), &fault),
        }
    } else {
        (body, None)
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    match error_of(&app, &response) {
        Some(error) if asked.is_unanswered(&response) => asked.page(&app, &error, typed.as_ref()),
        _ => response,
    }
}

fn for_program(app: &App, mut response: Response) -> Response {
    let Some(error) = error_of(app, &response) else { return response };
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        return no_store(error.into_response());
    }
    if !response.headers().contains_key(header::RETRY_AFTER) {
        problem::retry_after(&error, response.headers_mut());
    }
    response
}

/// Why there is no answer, if it is for want of the database.
fn error_of(app: &App, response: &Response) -> Option<AppError> {
    match response.status() {
        StatusCode::SERVICE_UNAVAILABLE => Some(AppError::UNAVAILABLE),
        StatusCode::INSUFFICIENT_STORAGE => Some(AppError::STORAGE_FULL),
        // A session could not be read or kept; every other failure has a body.
        StatusCode::INTERNAL_SERVER_ERROR if !response.headers().contains_key(header::CONTENT_TYPE) => {
            Some(if app.health.is_disk_full() { AppError::STORAGE_FULL } else { AppError::UNAVAILABLE })
        }
        _ => None,
    }
}

/// What the page needs to know of its request.
struct Asked {
    parts: Parts,
}

impl Asked {
    fn of(parts: &Parts) -> Self {
        let (mut kept, ()) = axum::http::Request::new(()).into_parts();
        (kept.method, kept.uri) = (parts.method.clone(), parts.uri.clone());
        for name in [header::COOKIE, header::ACCEPT_LANGUAGE] {
            for value in parts.headers.get_all(&name) {
                kept.headers.append(&name, value.clone());
            }
        }
        Self { parts: kept }
    }

    /// Whether the answer shows people nothing. A refused form has its page around it, with what was typed.
    fn is_unanswered(&self, response: &Response) -> bool {
        self.parts.method == Method::GET
            || response.status() == StatusCode::INTERNAL_SERVER_ERROR
            || response.extensions().get::<Unfilled>().is_some()
    }

    fn page(self, app: &App, error: &AppError, typed: Option<&Bytes>) -> Response {
        let locale = language_in(&self.parts.headers);
        let (title, lead) = match error {
            AppError::StorageFull { .. } => {
                (td_string!(locale, outage.full_disk), Some(td_string!(locale, outage.full_disk_lead)))
            }
            _ => (td_string!(locale, outage.database), None),
        };
        let next = match typed {
            Some(bytes) => Next::Send(UnsentForm {
                action: self.parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
                fields: serde_urlencoded::from_bytes(bytes).unwrap_or_default(),
            }),
            None => Next::Wait(TRY_AGAIN_AFTER),
        };
        let document = PlainDocument { title: title.to_owned(), lead: lead.map(str::to_owned), next };
        let mut response = page(app, &self.parts.headers, problem::status(error), document);
        problem::retry_after(error, response.headers_mut());
        response
    }
}

fn is_form(parts: &Parts) -> bool {
    parts.method == Method::POST && content_type(&parts.headers) == FORM
}
