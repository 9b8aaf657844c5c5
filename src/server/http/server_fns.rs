//! The one wrapper around all server functions.
//!
//! Leptos runs them; this gives each error its real status, and shows a refused plain form again with
//! its errors and with what was typed.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::server_fn::{ServerFn as _, axum::server_fn_paths};
use tower_http::request_id::RequestId;

use super::{
    App,
    body::read_body,
    extract::{BODY_MAX, FORM, content_type},
    outage::Unfilled,
    pages, problem,
    refusal_page::{self, wants_page},
};
use crate::{
    api::tokens::CreateToken, error::AppError, model::form::FormOutcome,
    server::context::provide_server_context,
};

/// The most bytes of an error's JSON.
const ERROR_MAX: usize = 64 * 1024;
const SERVER_FN_ERROR: &str = "serverfnerror";
/// What is answered here can be seen nowhere else: a browser without JavaScript gets the page with it.
const SHOWN_ONCE: [&str; 1] = [CreateToken::PATH];

/// The path of each server function, and its method.
static FUNCTIONS: LazyLock<HashMap<&str, Method>> = LazyLock::new(|| server_fn_paths().collect());

pub(super) async fn handle(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if let Err(error) = check(&parts) {
        return refuse(app, parts, error).await;
    }
    let body = match read_body(body, BODY_MAX).await {
        Ok(body) => body,
        Err(fault) => return refuse(app, parts, fault).await,
    };
    let context = {
        let chat = Arc::clone(&app.chat);
        move || provide_server_context(&chat)
    };
    let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    if !response.headers().contains_key(SERVER_FN_ERROR) {
        if wants_page(&parts.headers) && SHOWN_ONCE.contains(&parts.uri.path()) {
            let answer = read_answer(response).await;
            return show_again(app, parts, Ok(answer), Vec::new()).await;
        }
        return seen_after_post(&parts, response);
    }
    let error = read_error(&parts, response).await;
    if wants_page(&parts.headers) {
        return show_again(app, parts, Err(error), typed_values(&body)).await;
    }
    pages::no_store(error.into_response())
}

/// Whether the request is one that some function takes.
///
/// # Errors
/// `NotFound`, `MethodNotAllowed`, `UnsupportedMediaType`.
fn check(parts: &Parts) -> Result<(), AppError> {
    let method = FUNCTIONS.get(parts.uri.path()).ok_or(AppError::NotFound)?;
    if *method != parts.method {
        return Err(AppError::MethodNotAllowed);
    }
    // A form without fields may come without a kind.
    if parts.method == Method::POST
        && parts.headers.contains_key(header::CONTENT_TYPE)
        && content_type(&parts.headers) != FORM
    {
        return Err(AppError::UnsupportedMediaType);
    }
    Ok(())
}

/// Refuses what reaches no function. A browser that comes by an address gets a page, such as after a reload.
async fn refuse(app: App, parts: Parts, error: AppError) -> Response {
    let status = problem::status(&error);
    let mut response = match error {
        AppError::NotFound | AppError::MethodNotAllowed if wants_page(&parts.headers) => {
            let mut parts = parts.clone();
            parts.method = Method::GET;
            pages::nothing_here(app, Request::from_parts(parts, Body::empty())).await
        }
        error => refusal_page::refuse(&app, &Request::from_parts(parts.clone(), Body::empty()), &error),
    };
    *response.status_mut() = status;
    if let Some(method) = FUNCTIONS.get(parts.uri.path()).filter(|_| status == StatusCode::METHOD_NOT_ALLOWED)
        && let Ok(method) = HeaderValue::from_str(method.as_str())
    {
        response.headers_mut().insert(header::ALLOW, method);
    }
    response
}

/// A browser must follow a form's redirect with GET, whatever it did before.
fn seen_after_post(parts: &Parts, mut response: Response) -> Response {
    if parts.method == Method::POST && response.status() == StatusCode::FOUND {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn read_error(parts: &Parts, response: Response) -> AppError {
    let body = to_bytes(response.into_body(), ERROR_MAX).await.unwrap_or_default();
    let error = serde_json::from_slice(&body).unwrap_or(AppError::Internal { request_id: String::new() });
    match error {
        AppError::Internal { .. } => {
            let id = parts.extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
            AppError::Internal { request_id: id.unwrap_or_default().to_owned() }
        }
        other => other,
    }
}

async fn read_answer(response: Response) -> String {
    let body = to_bytes(response.into_body(), ERROR_MAX).await.unwrap_or_default();
    String::from_utf8_lossy(&body).into_owned()
}

/// The page with the form, as it was, beside the answer or the reasons.
async fn show_again(
    app: App,
    parts: Parts,
    result: Result<String, AppError>,
    values: Vec<(String, String)>,
) -> Response {
    let page = pages::referring_page(&parts);
    let error = result.as_ref().err().cloned();
    if error == Some(AppError::Unauthenticated) {
        return Redirect::to(&pages::sign_in_path(&page)).into_response();
    }
    let outcome = FormOutcome { path: parts.uri.path().to_owned(), result, values };
    let mut response = pages::render_after(app, parts, page, outcome).await;
    if response.status().is_server_error() {
        response.extensions_mut().insert(Unfilled);
    }
    let Some(error) = error else { return response };
    if response.status() == StatusCode::OK {
        *response.status_mut() = problem::status(&error);
    }
    problem::retry_after(&error, response.headers_mut());
    response
}

/// The form's fields without its passwords.
fn typed_values(body: &Bytes) -> Vec<(String, String)> {
    let fields: Vec<(String, String)> = serde_urlencoded::from_bytes(body).unwrap_or_default();
    fields.into_iter().filter(|(name, _)| !name.contains("password")).collect()
}
