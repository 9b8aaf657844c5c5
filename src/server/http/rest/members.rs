//! `/api/rooms/{room}/members`: who is in a room.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    asker::{Reader, Writer},
    extract::{Json, Path, Query},
    page::{Page, page_size},
    rooms::RoomPath,
};
use crate::{
    error::AppError,
    model::{
        Member, MemberRole, RoomId, UserId, UserRef, command::Addressee, page::MemberPage,
        people::Naming as _,
    },
    server::{
        chat::{
            Chat,
            rooms::{self, Admitted},
        },
        http::App,
        limits::Address,
    },
};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_members)).routes(routes!(join_room, leave_room)).routes(routes!(
        invite_member,
        remove_member,
        change_role
    ))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListMembers {
    /// Goes on after this user id.
    #[param(value_type = Option<i64>)]
    after: Option<UserId>,
    /// How many at most; 50 if not given.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
}

/// Who is in a room
///
/// By user id.
#[utoipa::path(
    get, path = "/api/rooms/{room}/members", tag = "Members", params(RoomPath, ListMembers),
    responses((status = 200, description = "Some of them.", body = Page<Member>), (status = 404), (status = 422))
)]
async fn list_members(
    State(chat): State<Arc<Chat>>,
    Reader(me): Reader,
    Path(RoomPath { room }): Path<RoomPath>,
    Query(asked): Query<ListMembers>,
    uri: Uri,
) -> Result<Page<Member>, AppError> {
    let limit = page_size(asked.limit)?;
    let id = rooms::find_id(&chat, &room).await?;
    let after = asked.after.unwrap_or_default();
    let MemberPage { mut members, people } = rooms::list_members(&chat, &me, id, after, limit + 1).await?;
    let goes_on = members.len() > limit;
    members.truncate(limit);
    let last = members.last().filter(|_| goes_on).map(|member| member.user.to_string());
    let named = members.named().filter_map(|id| people.get(id).cloned()).collect();
    let page = Page::new(members).with_people(named);
    Ok(match last {
        Some(last) => page.with_next(&uri, &[("after", last), ("limit", limit.to_string())]),
        None => page,
    })
}

/// What opens a channel's door.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Door, example = json!({"password": ""}))]
struct EntryPassword {
    /// The channel's password, if it has one.
    #[serde(default)]
    #[schema(format = Password)]
    password: String,
}

/// Enter a channel
///
/// Being in it already is fine. The body may be left out where there is no password.
#[utoipa::path(
    put, path = "/api/rooms/{room}/members/me", tag = "Members", params(RoomPath), request_body = Option<EntryPassword>,
    responses(
        (status = 200, description = "My place in the room.", body = Member),
        (status = 404),
        (status = 422, description = "The password is not right, or I am in as many rooms as one may be in."),
    )
)]
async fn join_room(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Address(address): Address,
    Path(RoomPath { room }): Path<RoomPath>,
    entry: Option<Json<EntryPassword>>,
) -> Result<Json<Member>, AppError> {
    let EntryPassword { password } = entry.map(|Json(entry)| entry).unwrap_or_default();
    let id = rooms::find_id(&chat, &room).await?;
    rooms::join_room(&chat, &me, id, &password, address).await?;
    rooms::find_member(&chat, &me, id, me.user.id).await.map(Json)
}

/// Leave a room
#[utoipa::path(
    delete, path = "/api/rooms/{room}/members/me", tag = "Members", params(RoomPath),
    responses((status = 204, description = "I am out."), (status = 403, description = "It is a direct room."), (status = 404))
)]
async fn leave_room(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(RoomPath { room }): Path<RoomPath>,
) -> Result<StatusCode, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    rooms::leave_room(&chat, &me, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct MemberPath {
    /// The room's id, or the name of a channel as in its address.
    #[param(value_type = String, example = "4503599627371009")]
    room: String,
    /// The person's id or user name.
    #[param(value_type = String, example = "carol")]
    user: String,
}

/// Somebody who was asked to enter.
#[derive(Serialize, ToSchema)]
struct Invited {
    room: RoomId,
    invited: UserRef,
}

/// Take somebody in
///
/// Into a group or a private channel that I am in. Who knows me enters at once: they share a group or private channel with
/// me, or have written to me. Others are invited and enter when they accept. Being in it already is fine, and so is being
/// invited.
#[utoipa::path(
    put, path = "/api/rooms/{room}/members/{user}", tag = "Members", params(MemberPath),
    responses(
        (status = 200, description = "Their place in the room.", body = Member),
        (status = 202, description = "They do not know me, and are asked first.", body = Invited),
        (status = 403, description = "People enter this room by themselves, or it is a direct one."),
        (status = 404),
        (status = 409, description = "The group is full."),
        (status = 422, description = "A limit is reached."),
    )
)]
async fn invite_member(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(MemberPath { room, user }): Path<MemberPath>,
) -> Result<Response, AppError> {
    let room = rooms::find_id(&chat, &room).await?;
    let admitted = rooms::invite_member(&chat, &me, room, &Addressee::from_path(&user)).await?;
    Ok(match admitted {
        Admitted::Entered(member) => Json(member).into_response(),
        Admitted::Invited(invited) => (StatusCode::ACCEPTED, Json(Invited { room, invited })).into_response(),
    })
}

/// Take somebody out
///
/// Owners remove moderators and members, moderators remove members. They get nothing of what comes later. An owner or a
/// moderator also takes an invitation back, and so does whoever sent it.
#[utoipa::path(
    delete, path = "/api/rooms/{room}/members/{user}", tag = "Members", params(MemberPath),
    responses(
        (status = 204, description = "They are out."),
        (status = 403, description = "My role in the room does not allow it."),
        (status = 404),
    )
)]
async fn remove_member(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(MemberPath { room, user }): Path<MemberPath>,
) -> Result<StatusCode, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    rooms::remove_member(&chat, &me, id, &Addressee::from_path(&user)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A role to be given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "moderator"}))]
struct NewRole {
    role: GivenRole,
}

/// A role that can be given: unlike those in answers, no others are understood.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum GivenRole {
    Owner,
    Moderator,
    Member,
}

impl From<GivenRole> for MemberRole {
    fn from(role: GivenRole) -> Self {
        match role {
            GivenRole::Owner => Self::Owner,
            GivenRole::Moderator => Self::Moderator,
            GivenRole::Member => Self::Member,
        }
    }
}

/// Change somebody's role
///
/// Owners give members and moderators any role, everybody may step down, and administrators of the site give any role in
/// channels that are not private and in rooms that they are in. The last owner stays one. Members are told as of any change
/// of a member, by `member`; the role that they have already changes nothing.
#[utoipa::path(
    patch, path = "/api/rooms/{room}/members/{user}", tag = "Members", params(MemberPath), request_body = NewRole,
    responses(
        (status = 200, description = "Their place in the room.", body = Member),
        (status = 403, description = "I may not give them this role, they are the last owner, or it is a direct room."),
        (status = 404, description = "They are not in the room, or I may not know of it."),
    )
)]
async fn change_role(
    State(chat): State<Arc<Chat>>,
    Writer(me): Writer,
    Path(MemberPath { room, user }): Path<MemberPath>,
    Json(NewRole { role }): Json<NewRole>,
) -> Result<Json<Member>, AppError> {
    let id = rooms::find_id(&chat, &room).await?;
    rooms::change_role(&chat, &me, id, &Addressee::from_path(&user), role.into()).await.map(Json)
}
