//! `/api/rooms`: the rooms that one is in, of every kind.

use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::Reader,
    extract::{Json, Path},
    page::Page,
};
use crate::{
    error::AppError,
    model::RoomSummary,
    server::{chat::rooms, state::App},
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_rooms)).routes(routes!(show_room))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct RoomPath {
    /// The room's id, or the name of a channel as in its address.
    #[param(value_type = String, example = "general")]
    pub(super) room: String,
}

/// My rooms
///
/// Channels, groups and direct rooms that I am in, the one with the latest line first.
#[utoipa::path(
    get, path = "/api/rooms", tag = "Rooms",
    responses((status = 200, description = "All of them.", body = Page<RoomSummary>))
)]
async fn list_rooms(State(app): State<App>, Reader(me): Reader) -> Result<Page<RoomSummary>, AppError> {
    rooms::list_rooms(&app, &me).await.map(Page::new)
}

/// One of my rooms
#[utoipa::path(
    get, path = "/api/rooms/{room}", tag = "Rooms", params(RoomPath),
    responses((status = 200, description = "The room as I see it.", body = RoomSummary), (status = 404))
)]
async fn show_room(
    State(app): State<App>,
    Reader(me): Reader,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Result<Json<RoomSummary>, AppError> {
    let id = rooms::find_id(&app, &room).await?;
    rooms::load_summary(&app, &me, id).await.map(Json)
}
