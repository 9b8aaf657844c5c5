//! `/api/invitations` and `/api/blocks`: who asks me into rooms, and whose asking I do not want.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{Reader, Writer},
    extract::{Json, Path, Query},
    page::{Page, page_size},
    rooms::RoomPath,
};
use crate::{
    error::AppError,
    model::{Invitation, Member, RoomId, UserId, UserRef, command::Addressee},
    server::{
        chat::{Chat, blocks, invitations, rooms},
        http::App,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations))
        .routes(routes!(accept_invitation))
        .routes(routes!(decline_invitation))
        .routes(routes!(list_invited))
        .routes(routes!(list_blocked))
        .routes(routes!(block_person, unblock_person))
}

/// My invitations
///
/// Groups and private channels that somebody whom I do not know asks me to enter, the latest first. Until I accept, this
/// is all that I may know of them.
#[utoipa::path(
    get, path = "/api/invitations", tag = "Invitations",
    responses((status = 200, description = "All that wait for my answer.", body = Page<Invitation>))
)]
async fn list_invitations(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
) -> Result<Page<Invitation>, AppError> {
    let (open, people) = invitations::list_invitations(&chat, &me).await?;
    Ok(Page::new(open).with_people(people))
}

#[derive(Deserialize)]
struct InvitationPath {
    room: RoomId,
}

/// Accept an invitation
#[utoipa::path(
    post, path = "/api/invitations/{room}/accept", tag = "Invitations",
    params(("room" = i64, Path, description = "The room's id.", example = 4_503_599_627_371_010_i64)),
    responses(
        (status = 200, description = "My place in the room.", body = Member),
        (status = 404, description = "I have no such invitation, or not any more."),
        (status = 409, description = "The group is full."),
        (status = 422, description = "I am in as many rooms as one may be in."),
    )
)]
async fn accept_invitation(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(InvitationPath { room }): Path<InvitationPath>,
) -> Result<Json<Member>, AppError> {
    invitations::accept_invitation(&chat, &me, room).await.map(Json)
}

/// Decline an invitation
///
/// Members of the room see that I am invited no more. I may be invited again, unless I block the inviter.
#[utoipa::path(
    delete, path = "/api/invitations/{room}", tag = "Invitations",
    params(("room" = i64, Path, description = "The room's id.", example = 4_503_599_627_371_011_i64)),
    responses(
        (status = 204, description = "It is declined."),
        (status = 404, description = "I have no such invitation, or not any more."),
    )
)]
async fn decline_invitation(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(InvitationPath { room }): Path<InvitationPath>,
) -> Result<StatusCode, AppError> {
    invitations::decline_invitation(&chat, &me, room).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who is invited into a room
///
/// For its members: who was asked and has not answered, by user id.
#[utoipa::path(
    get, path = "/api/rooms/{room}/invitations", tag = "Invitations", params(RoomPath),
    responses((status = 200, description = "At most fifty.", body = Page<UserRef>), (status = 404))
)]
async fn list_invited(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Result<Page<UserRef>, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    let invited = rooms::list_invited(&chat, &me, id).await?;
    Ok(Page::new(invited.iter().cloned().collect()))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListBlocked {
    /// Goes on after this user id.
    #[param(value_type = Option<i64>)]
    after: Option<UserId>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// Whom I have blocked
///
/// By user id.
#[utoipa::path(
    get, path = "/api/blocks", tag = "Invitations", params(ListBlocked),
    responses((status = 200, description = "Some of them.", body = Page<UserRef>), (status = 422))
)]
async fn list_blocked(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Query(asked): Query<ListBlocked>,
    uri: Uri,
) -> Result<Page<UserRef>, AppError> {
    let limit = page_size(asked.limit)?;
    let mut blocked = blocks::list_blocked(&chat, &me, asked.after.unwrap_or_default(), limit + 1).await?;
    let goes_on = blocked.len() > limit;
    blocked.truncate(limit);
    let last = blocked.last().filter(|_| goes_on).map(|user| user.id.to_string());
    let page = Page::new(blocked);
    Ok(match last {
        Some(last) => page.with_next(&uri, &[("after", last), ("limit", limit.to_string())]),
        None => page,
    })
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct BlockPath {
    /// The person's id or user name.
    #[param(value_type = String, example = "bob")]
    user: String,
}

/// Block a person
///
/// Their invitations, those that wait and later ones, do not reach me. They are not told: to them I seem invited.
/// Blocking twice is fine.
#[utoipa::path(
    put, path = "/api/blocks/{user}", tag = "Invitations", params(BlockPath),
    responses(
        (status = 204, description = "They are blocked."),
        (status = 404, description = "There is no such person, or it is me."),
        (status = 422, description = "I have blocked as many as I may."),
    )
)]
async fn block_person(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(BlockPath { user }): Path<BlockPath>,
) -> Result<StatusCode, AppError> {
    blocks::block_person(&chat, &me, &Addressee::from_path(&user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unblock a person
///
/// They may invite me again; what they sent meanwhile does not come back.
#[utoipa::path(
    delete, path = "/api/blocks/{user}", tag = "Invitations", params(BlockPath),
    responses(
        (status = 204, description = "They are not blocked any more."),
        (status = 404, description = "I have not blocked them."),
    )
)]
async fn unblock_person(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(BlockPath { user }): Path<BlockPath>,
) -> Result<StatusCode, AppError> {
    blocks::unblock_person(&chat, &me, &Addressee::from_path(&user)).await?;
    Ok(StatusCode::NO_CONTENT)
}
