//! Rooms by what names them, and one at a time.

use crate::{
    error::AppError,
    model::{
        Mark, Me, Member, People, RoomId, RoomSummary, Timestamp, UserId,
        ability::Ability,
        overview::{Rest, RoomCursor, RoomList},
        page::{MemberPage, RECEIPTS_MAX},
    },
    server::{
        chat::{Chat, abilities::require},
        store::{
            Conn, ids, marks, members,
            people::find_named,
            rooms::{self, Room},
            summaries,
        },
    },
};

/// The room with this id or, as no name of a channel reads as a number, this name.
pub(super) async fn find_room(conn: &mut Conn, address: &str) -> Result<Room, AppError> {
    let room = match address.parse::<RoomId>() {
        Ok(id) => rooms::find_room(conn, id).await?,
        Err(_) => rooms::find_room_by_slug(conn, address).await?,
    };
    room.ok_or(AppError::NotFound)
}

/// When the room was made, to the millisecond.
pub fn made_at(room: RoomId) -> Timestamp {
    ids::made_at(room.0)
}

/// The id of the room at `address`, an id or the name of a channel. An id need not be one of a room: whether
/// it is, and one for this user, its action says.
///
/// # Errors
/// `NotFound` if no channel has this name.
pub async fn find_id(chat: &Chat, address: &str) -> Result<RoomId, AppError> {
    if let Ok(id) = address.parse() {
        return Ok(id);
    }
    let mut conn = chat.db.read().await?;
    Ok(find_room(&mut conn, address).await?.id)
}

/// A page of at most `limit` rooms that the user is in, the latest line first, and what comes after it.
pub async fn list_rooms(chat: &Chat, me: &Me, after: RoomCursor, limit: usize) -> Result<RoomList, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let page = read_list(&mut conn, me.user.id, after, limit).await;
    conn.end_snapshot().await?;
    page
}

async fn read_list(
    conn: &mut Conn,
    me: UserId,
    after: RoomCursor,
    limit: usize,
) -> Result<RoomList, AppError> {
    let (rooms, rest) = read_rooms(conn, me, after, limit).await?;
    let people = find_named(conn, rooms.as_slice()).await?;
    Ok(RoomList { rooms, rest, people })
}

pub(in crate::server::chat) async fn read_rooms(
    conn: &mut Conn,
    me: UserId,
    after: RoomCursor,
    limit: usize,
) -> Result<(Vec<RoomSummary>, Rest), AppError> {
    let rooms = summaries::list_summaries(conn, me, after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
    let mut rest = Rest::default();
    if let Some(last) = rooms.last().filter(|_| rooms.len() == limit) {
        let (count, unread) = summaries::count_rooms(conn, me, last.cursor()).await?;
        if count > 0 {
            let small = |count| u32::try_from(count).unwrap_or(u32::MAX);
            rest = Rest { rooms: small(count), unread: small(unread), after: Some(last.cursor()) };
        }
    }
    Ok((rooms, rest))
}

/// All rooms that the user is in, the latest line first: for old protocols, whose lists have no pages like ours.
pub async fn list_all_rooms(chat: &Chat, me: &Me) -> Result<RoomList, AppError> {
    list_rooms(chat, me, RoomCursor::START, usize::MAX).await
}

/// How many rooms the user is in.
///
/// # Errors
/// Those of the database.
pub async fn count_rooms(chat: &Chat, user: UserId) -> Result<usize, AppError> {
    let mut conn = chat.db.read().await?;
    Ok(usize::try_from(members::count_rooms(&mut conn, user).await?).unwrap_or(usize::MAX))
}

/// A room that the user is in.
///
/// # Errors
/// `NotFound` if the user is not in it.
pub async fn load_summary(chat: &Chat, me: &Me, room: RoomId) -> Result<RoomSummary, AppError> {
    let mut conn = chat.db.read().await?;
    read_summary(&mut conn, me, room).await
}

/// Like `load_summary`, with those whom the room names.
pub async fn load_summary_and_people(
    chat: &Chat,
    me: &Me,
    room: RoomId,
) -> Result<(RoomSummary, People), AppError> {
    let mut conn = chat.db.read().await?;
    let room = read_summary(&mut conn, me, room).await?;
    let people = find_named(&mut conn, &room).await?;
    Ok((room, people))
}

/// Like `load_summary`.
pub(super) async fn read_summary(conn: &mut Conn, me: &Me, room: RoomId) -> Result<RoomSummary, AppError> {
    require(conn, room, me.user.id, Ability::Read).await?;
    summaries::find_summary(conn, me.user.id, room).await?.ok_or(AppError::NotFound)
}

/// At most `limit` members of a room, by id, whose id comes after `after`.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn list_members(
    chat: &Chat,
    me: &Me,
    room: RoomId,
    after: UserId,
    limit: usize,
) -> Result<MemberPage, AppError> {
    let mut conn = chat.db.read().await?;
    require(&mut conn, room, me.user.id, Ability::Read).await?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let members = members::list_members_after(&mut conn, room, after, limit).await?;
    let people = find_named(&mut conn, members.as_slice()).await?;
    Ok(MemberPage { members, people })
}

/// A member of a room.
///
/// # Errors
/// `NotFound` if one of the two is not in the room.
pub async fn find_member(chat: &Chat, me: &Me, room: RoomId, user: UserId) -> Result<Member, AppError> {
    let mut conn = chat.db.read().await?;
    require(&mut conn, room, me.user.id, Ability::Read).await?;
    let member = members::find_member(&mut conn, room, user).await?;
    member.filter(|member| member.joined).ok_or(AppError::NotFound)
}

/// How far the members of a room have come; nothing in rooms of more than `RECEIPTS_MAX` members.
///
/// # Errors
/// `NotFound` if the user is not in the room.
pub async fn list_marks(chat: &Chat, me: &Me, room: RoomId) -> Result<Vec<Mark>, AppError> {
    let mut conn = chat.db.read().await?;
    require(&mut conn, room, me.user.id, Ability::Read).await?;
    Ok(marks::list_marks(&mut conn, room, RECEIPTS_MAX).await?)
}
