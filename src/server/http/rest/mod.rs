//! REST under `/api`: everything that a person can do, as resources, JSON in and out.
//!
//! A handler finds out who asks, calls one action and shapes the answer. To add a noun, write its file with
//! `#[utoipa::path]` on each handler and a `routes()` that names them, and merge it below: the document, the
//! reference page and the tests that walk them follow.

pub(super) mod asker;
mod channels;
mod conditional;
mod docs;
mod document;
mod examples;
mod groups;
mod invitations;
mod marks;
mod me;
mod members;
mod messages;
mod page;
mod rooms;
mod sessions;
mod tickets;
mod tokens;
mod users;

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware::{from_fn, from_fn_with_state},
    response::Response,
    routing::any,
};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;

use super::{App, extract};
use crate::error::AppError;

/// Every noun, in the order of the document.
fn nouns() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(document::preface())
        // Who asks.
        .merge(me::routes())
        .merge(tokens::routes())
        .merge(tickets::routes())
        .merge(sessions::routes())
        // People.
        .merge(users::routes())
        // Rooms.
        .merge(rooms::routes())
        .merge(channels::routes())
        .merge(groups::routes())
        .merge(invitations::routes())
        // What is in a room.
        .merge(members::routes())
        .merge(messages::routes())
        .merge(marks::routes())
}

/// The routes, the document about them, and problems for addresses and methods that there are not.
pub(super) fn routes(app: &App) -> Router<App> {
    let (router, document) = nouns().split_for_parts();
    router
        .layer(from_fn_with_state(app.clone(), asker::tell_allowance))
        .route("/api", any(no_such_address))
        .route("/api/", any(no_such_address))
        .route("/api/{*path}", any(no_such_address))
        .layer(axum::middleware::map_response(keep_private))
        .merge(docs::routes(document::complete(document)))
        .layer(from_fn(conditional::tag))
}

/// The whole document.
pub fn openapi() -> Value {
    document::complete(nouns().into_openapi())
}

async fn no_such_address() -> AppError {
    AppError::NotFound
}

/// What one user may know is in nobody's cache.
async fn keep_private(mut response: Response) -> Response {
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
