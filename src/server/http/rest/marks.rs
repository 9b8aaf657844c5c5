//! `/api/rooms/{room}/marks` and `/typing`: how far members have come, and what they are about to say.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{Counted, Reader, Writer},
    extract::{Json, Path},
    page::Page,
    rooms::RoomPath,
};
use crate::{
    error::{AppError, Reason},
    model::{Mark, Progress, Seq},
    server::{
        chat::{Chat, marks, rooms, typing},
        http::App,
        limits::Allowance,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_marks, move_marks)).routes(routes!(tell_typing))
}

/// How far the members have come
///
/// By user id. In rooms of more than fifty members nobody is told: the list is empty.
#[utoipa::path(
    get, path = "/api/rooms/{room}/marks", tag = "Marks", params(RoomPath),
    responses((status = 200, description = "All of them, mine too.", body = Page<Mark>), (status = 404))
)]
async fn list_marks(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Result<Page<Mark>, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    rooms::list_marks(&chat, &me, id).await.map(Page::new)
}

/// How far I have come; at least one of the two.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"read_seq": 6}))]
struct MyMarks {
    /// I hold everything up to here.
    #[schema(nullable = false)]
    delivered_seq: Option<Seq>,
    /// I have read everything up to here, and so hold it.
    #[schema(nullable = false)]
    read_seq: Option<Seq>,
}

/// Tell how far I have come
///
/// Marks only grow, and not beyond the room's head. They are stored when the answer comes.
#[utoipa::path(
    put, path = "/api/rooms/{room}/marks", tag = "Marks", params(RoomPath), request_body = MyMarks,
    responses((status = 204, description = "Stored."), (status = 404), (status = 422, description = "Neither is given."))
)]
async fn move_marks(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(RoomPath { room }): Path<RoomPath>,
    Json(MyMarks { delivered_seq, read_seq }): Json<MyMarks>,
) -> Result<StatusCode, AppError> {
    let moves = [delivered_seq.map(Progress::Delivered), read_seq.map(Progress::Read)];
    if moves == [None, None] {
        return Err(AppError::invalid("read_seq", Reason::Missing));
    }
    let id = rooms::find_id(&chat, &room).await?;
    for progress in moves.into_iter().flatten() {
        marks::mark_now(&chat, me.user.id, id, progress).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Whether I type.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"on": true}))]
struct Typing {
    on: bool,
}

/// Tell that I type
///
/// It is void after six seconds; repeat it every three.
#[utoipa::path(
    post, path = "/api/rooms/{room}/typing", tag = "Marks", params(RoomPath), request_body = Typing,
    responses((status = 204, description = "Told."), (status = 404))
)]
async fn tell_typing(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    counted: Counted,
    Path(RoomPath { room }): Path<RoomPath>,
    Json(Typing { on }): Json<Typing>,
) -> Result<StatusCode, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    counted.by(me.user.id, Allowance::Typing);
    typing::set_typing(&chat, &me.user, id, on).await?;
    Ok(StatusCode::NO_CONTENT)
}
