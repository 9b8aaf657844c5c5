//! `/api/tickets`: for live connections of programs that can send no header.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{asker::SessionReader, extract::Json};
use crate::{
    error::AppError,
    model::token::Secret,
    server::{
        auth::{
            Auth,
            tokens::{TICKET_LIFE, issue_ticket},
        },
        http::App,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_ticket))
}

/// A ticket, to stand as `?ticket=` in the address of one live connection.
#[derive(Serialize, ToSchema)]
struct Ticket {
    ticket: Secret,
    /// For how many seconds it can be used.
    expires_in: u32,
}

/// Make a ticket
///
/// It stands once for who asks, at `GET /api/live` and `GET /api/events` and nowhere else.
#[utoipa::path(
    post, path = "/api/tickets", tag = "Tokens",
    responses((status = 201, description = "The ticket.", body = Ticket))
)]
async fn create_ticket(
    State(auth): State<Arc<Auth>>,
    SessionReader(caller): SessionReader,
) -> Result<impl IntoResponse, AppError> {
    let ticket = issue_ticket(&auth, &caller).await?;
    Ok((StatusCode::CREATED, Json(Ticket { ticket, expires_in: TICKET_LIFE })))
}
