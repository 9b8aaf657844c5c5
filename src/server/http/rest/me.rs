//! `/api/me`: who asks.

use axum::Json;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    model::Me,
    server::{http::caller::Caller, state::App},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Who I am.
#[utoipa::path(get, path = "/api/me", tag = "me", operation_id = "show_me", responses((status = 200, body = Me)))]
async fn show(Caller { me, .. }: Caller) -> Json<Me> {
    Json(me)
}
