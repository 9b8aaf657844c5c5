//! The document about REST, and the page on which people read it and try it.
//!
//! The page is Swagger UI, whose files the binary carries. It runs under a policy without inline scripts and styles.

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::Value;
use utoipa_swagger_ui::Config;

use crate::{
    error::AppError,
    server::http::{
        App,
        problem_words::{about, title},
    },
};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Swagger UI has its icons inside its styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
                      frame-ancestors 'none'";

pub(super) fn routes(document: Value) -> Router<App> {
    let document = Bytes::from(serde_json::to_vec(&document).unwrap_or_default());
    let page = Bytes::from(PAGE.replace("{problems}", &problems()));
    Router::new()
        .route("/api/openapi.json", get(async move || file("application/json", document)))
        .route("/api/docs", get(async move || show(page)))
        .route("/api/docs/{file}", get(asset))
}

fn show(page: Bytes) -> Response {
    let mut response = file("text/html; charset=utf-8", page);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

async fn asset(Path(name): Path<String>) -> Result<Response, AppError> {
    Ok(match name.as_str() {
        "page.css" => file("text/css", Bytes::from_static(STYLE.as_bytes())),
        "page.js" => file("text/javascript", Bytes::from_static(SCRIPT.as_bytes())),
        "swagger-ui.css" => file("text/css", swagger_ui(&name)?),
        "swagger-ui-bundle.js" => file("text/javascript", swagger_ui(&name)?),
        _ => return Err(AppError::NotFound),
    })
}

fn swagger_ui(name: &str) -> Result<Bytes, AppError> {
    let file = utoipa_swagger_ui::serve(name, Config::from("/api/openapi.json").into());
    let file = file.ok().flatten().ok_or(AppError::NotFound)?;
    Ok(file.bytes.into_owned().into())
}

/// Asked for anew each time, and then mostly answered by its tag.
fn file(kind: &'static str, content: Bytes) -> Response {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")], content).into_response()
}

/// Every kind of problem, where its `type` leads.
fn problems() -> String {
    let kinds = super::examples::problems().into_iter().map(|error| {
        let (code, status) = (error.to_string(), error.status());
        format!(
            "<dt id=\"{code}\"><code>{code}</code> <span>{status} {}</span></dt><dd>{}</dd>\n",
            title(&error),
            about(&error).replace('`', "")
        )
    });
    kinds.collect()
}
