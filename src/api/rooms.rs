//! Rooms: what their pages show, making, entering and leaving them.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use crate::{
    error::AppError,
    model::{
        RoomId, Seq, UserId,
        overview::RoomList,
        page::{ChannelPage, MemberPage, Overview, RoomPage},
    },
    wire::Json,
};

/// What stands around every page: who I am, the page of my rooms after the place `rooms`, who of the people there is
/// online. Without a place, or with one that is none, the newest rooms.
///
/// # Errors
/// `Unauthenticated`.
#[server(prefix = "/fn", endpoint = "overview", input = GetUrl, output = Json)]
pub async fn load_overview(#[server(default)] rooms: String) -> Result<Overview, AppError> {
    use crate::{
        model::overview::RoomCursor,
        server::{chat::rooms::load_overview, context},
    };
    let (chat, me) = context::viewer().await?;
    load_overview(&chat, &me, rooms.parse().unwrap_or(RoomCursor::START)).await
}

/// The page of my rooms after the place `after`.
///
/// # Errors
/// `Invalid` for `after`.
#[server(prefix = "/fn", endpoint = "my_rooms", input = GetUrl, output = Json)]
pub async fn list_rooms(after: String) -> Result<RoomList, AppError> {
    use crate::{
        error::Reason,
        model::overview::ROOMS_PAGE,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    let after = after.parse().map_err(|_| AppError::invalid("after", Reason::Malformed))?;
    rooms::list_rooms(&chat, &me, after, ROOMS_PAGE).await
}

/// The room at `/rooms/{address}`, with its page of history before `before`, after `after` or around `at`; without these, the
/// newest, or the one in which much that is unread begins.
///
/// # Errors
/// `NotFound`, also for a private room of others.
#[server(prefix = "/fn", endpoint = "room", input = GetUrl, output = Json)]
pub async fn load_room(
    address: String,
    before: Option<Seq>,
    after: Option<Seq>,
    at: Option<Seq>,
) -> Result<RoomPage, AppError> {
    use crate::{
        model::page::Stretch,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    rooms::load_room(&chat, &me, &address, Stretch::of(before, after, at)).await
}

/// The direct room with a user, with such a page of history, or that there is none yet.
///
/// # Errors
/// `NotFound` if there is no such user.
#[server(prefix = "/fn", endpoint = "direct", input = GetUrl, output = Json)]
pub async fn load_direct(
    username: String,
    before: Option<Seq>,
    after: Option<Seq>,
    at: Option<Seq>,
) -> Result<RoomPage, AppError> {
    use crate::{
        model::page::Stretch,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    rooms::load_direct(&chat, &me, &username, Stretch::of(before, after, at)).await
}

/// At most `MEMBERS_PAGE` members of a room, by id, whose id comes after `after`.
///
/// # Errors
/// `NotFound` if I am not in the room.
#[server(prefix = "/fn", endpoint = "members", input = GetUrl, output = Json)]
pub async fn list_members(room: RoomId, after: UserId) -> Result<MemberPage, AppError> {
    use crate::{
        model::page::MEMBERS_PAGE,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    rooms::list_members(&chat, &me, room, after, MEMBERS_PAGE).await
}

/// The channels that are not private: a page by name after the one with the address `after`, or the best with `query` in
/// their names.
///
/// # Errors
/// `Invalid` for `after` or `query`.
#[server(prefix = "/fn", endpoint = "directory", input = GetUrl, output = Json)]
pub async fn list_channels(
    #[server(default)] query: String,
    #[server(default)] after: String,
) -> Result<ChannelPage, AppError> {
    use crate::{
        model::page::CHANNELS_PAGE,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    if query.trim().is_empty() {
        rooms::list_channels(&chat, &me, &after, CHANNELS_PAGE).await
    } else {
        rooms::find_channels(&chat, &me, &query, CHANNELS_PAGE).await
    }
}

/// Makes a channel, with a password if `password` is not empty, and goes there.
///
/// # Errors
/// `Invalid` for `name`, `topic` or `password`.
#[server(name = CreateRoom, prefix = "/fn", endpoint = "create_room", output = Json)]
pub async fn create_room(
    name: String,
    #[server(default)] topic: String,
    #[server(default)] password: String,
) -> Result<(), AppError> {
    use crate::{
        model::paths,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    let slug = rooms::create_room(&chat, &me, &name, &topic, &password).await?;
    context::go_to(&paths::room(&slug));
    Ok(())
}

/// Enters a channel.
///
/// # Errors
/// `NotFound`; `Invalid` with `wrong_password` for `password`; `RateLimited`.
#[server(name = JoinRoom, prefix = "/fn", endpoint = "join_room", output = Json)]
pub async fn join_room(room: RoomId, #[server(default)] password: String) -> Result<(), AppError> {
    use crate::server::{chat::rooms, context};
    let (chat, me) = context::viewer().await?;
    let path = rooms::join_room(&chat, &me, room, &password, context::address()?).await?;
    context::go_to(&path);
    Ok(())
}

/// Leaves a channel and goes to the directory.
///
/// # Errors
/// `NotFound` if I am not in it; `Forbidden` for a direct room.
#[server(name = LeaveRoom, prefix = "/fn", endpoint = "leave_room", output = Json)]
pub async fn leave_room(room: RoomId) -> Result<(), AppError> {
    use crate::{
        model::paths,
        server::{chat::rooms, context},
    };
    let (chat, me) = context::viewer().await?;
    rooms::leave_room(&chat, &me, room).await?;
    context::go_to(paths::ROOMS);
    Ok(())
}
