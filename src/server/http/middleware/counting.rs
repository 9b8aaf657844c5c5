//! Pages and server functions are counted as the requests of programs are: a user's take from the same allowance, those
//! of strangers from one per address.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::server::{
    auth::AuthSession,
    http::{App, refusal_page},
    limits::Address,
};

/// Lets a request through, or refuses it with 429.
pub(in crate::server::http) async fn count_visits(
    State(app): State<App>,
    auth: AuthSession,
    address: Address,
    request: Request,
    next: Next,
) -> Response {
    let cost = cost_of(request.uri().path());
    let counted = match &auth.user {
        Some(account) => app.limits.posted(account.me.user.id, cost),
        None => app.limits.stranger(address, cost),
    };
    match counted {
        Ok(()) => next.run(request).await,
        Err(error) => refusal_page::refuse(&app, &request, &error),
    }
}

/// How much of an allowance a request takes: a page, and what reads a long list, more than the others.
fn cost_of(path: &str) -> u32 {
    match path.strip_prefix("/fn/") {
        None | Some("overview" | "my_rooms" | "directory" | "members") => 4,
        Some("room" | "direct" | "history") => 2,
        Some(_) => 1,
    }
}
