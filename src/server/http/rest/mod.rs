//! REST under `/api`: everything that a person can do, as resources, JSON in and out.
//!
//! A handler finds out who asks, calls one action and shapes the answer. To add a noun, write its file with
//! `#[utoipa::path]` on each handler and a `routes()` that names them, and merge it below: the document, the
//! reference page and the tests that walk them follow.

mod me;

use axum::{Router, routing::any};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{error::AppError, server::state::App};

/// Every noun, in the order of the document.
fn nouns() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // Who asks.
        .merge(me::routes())
}

/// The routes, and problems for addresses and methods that there are not.
pub(super) fn routes() -> Router<App> {
    let (router, _) = nouns().split_for_parts();
    router.route("/api", any(no_such_address)).route("/api/{*path}", any(no_such_address))
}

/// What the routes say of themselves.
pub fn openapi() -> OpenApi {
    nouns().into_openapi()
}

async fn no_such_address() -> AppError {
    AppError::NotFound
}
