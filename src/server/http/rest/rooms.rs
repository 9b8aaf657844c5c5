//! `/api/rooms`: the rooms that one is in, of every kind.

use std::sync::Arc;

use axum::{extract::State, http::Uri};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::Reader,
    extract::{Json, Path, Query},
    page::{Page, page_size},
};
use crate::{
    error::{AppError, Reason},
    model::{
        RoomSummary,
        overview::{RoomCursor, RoomList},
    },
    server::{
        chat::{Chat, rooms},
        http::App,
    },
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

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListRooms {
    /// Goes on after this place, which `next` of the page before names.
    #[param(value_type = Option<String>, example = "1764300000000000:4503599627370501")]
    after: Option<String>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// My rooms
///
/// Channels, groups and direct rooms that I am in, the one with the latest line first. A room in which something is said
/// meanwhile moves to the front, and so is not on a later page.
#[utoipa::path(
    get, path = "/api/rooms", tag = "Rooms", params(ListRooms),
    responses((status = 200, description = "Some of them.", body = Page<RoomSummary>), (status = 422))
)]
async fn list_rooms(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Query(asked): Query<ListRooms>,
    uri: Uri,
) -> Result<Page<RoomSummary>, AppError> {
    let limit = page_size(asked.limit)?;
    let after = asked.after.map_or(Ok(RoomCursor::START), |after| after.parse());
    let after = after.map_err(|_| AppError::invalid("after", Reason::Malformed))?;
    let RoomList { rooms, rest, people } = rooms::list_rooms(&chat, &me, after, limit).await?;
    Ok(Page::new(rooms).with_people(people).going_on(&uri, rest.after.map(|after| after.to_string()), limit))
}

/// One of my rooms
#[utoipa::path(
    get, path = "/api/rooms/{room}", tag = "Rooms", params(RoomPath),
    responses((status = 200, description = "The room as I see it.", body = RoomSummary), (status = 404))
)]
async fn show_room(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Result<Json<RoomSummary>, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    rooms::load_summary(&chat, &me, id).await.map(Json)
}
