//! `/api/sessions`: where the account is signed in.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{AccountHolder, SessionReader},
    extract::{Path, Query},
    page::{LatestFirst, Page, latest_first},
};
use crate::{
    error::AppError,
    model::token::SessionInfo,
    server::{
        auth::{self, Auth},
        http::App,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_sessions, end_other_sessions)).routes(routes!(end_session))
}

/// My sessions
///
/// In browsers, and of programs that gave a password for their token; the latest first.
#[utoipa::path(
    get, path = "/api/sessions", tag = "Tokens", params(LatestFirst),
    responses((status = 200, description = "Some of them.", body = Page<SessionInfo>), (status = 422))
)]
async fn list_sessions(
    State(auth): State<Arc<Auth>>,
    SessionReader(caller): SessionReader,
    Query(wanted): Query<LatestFirst>,
    uri: Uri,
) -> Result<Page<SessionInfo>, AppError> {
    let sessions = auth::list_sessions(&auth, caller.me.user.id, &caller.session).await?;
    latest_first(sessions, &wanted, &uri, |session| (session.created_at, session.id.clone()))
}

/// End all other sessions
///
/// Their live connections are closed at once. Personal tokens stay.
#[utoipa::path(
    delete, path = "/api/sessions", tag = "Tokens",
    responses(
        (status = 204, description = "They have ended."),
        (status = 403, description = "A personal token ends no sessions."),
    )
)]
async fn end_other_sessions(
    State(auth): State<Arc<Auth>>,
    AccountHolder(caller): AccountHolder,
) -> Result<StatusCode, AppError> {
    auth::end_other_sessions(&auth, caller.me.user.id, &caller.session).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct SessionPath {
    /// The session's id in the list.
    #[param(example = "cHVibGljIGlkIG9ubHkgLi4")]
    id: String,
}

/// End one session
///
/// Its live connections are closed at once. One's own ends too: that is signing out.
#[utoipa::path(
    delete, path = "/api/sessions/{id}", tag = "Tokens", params(SessionPath),
    responses(
        (status = 204, description = "It has ended."),
        (status = 403, description = "A personal token ends no sessions."),
        (status = 404, description = "I have no such session."),
    )
)]
async fn end_session(
    State(auth): State<Arc<Auth>>,
    AccountHolder(caller): AccountHolder,
    Path(SessionPath { id }): Path<SessionPath>,
) -> Result<StatusCode, AppError> {
    auth::end_session(&auth, caller.me.user.id, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
