//! What the pages of rooms show. Each is read from one state of the database.

use super::{
    admission::read_invited,
    directory::read_card,
    find::{find_room, read_rooms, read_summary},
    first_members::{FirstMembers, read_first_members},
};
use crate::{
    error::AppError,
    model::{
        Me, RoomId, RoomSummary, UserId,
        ability::{Ability, decide},
        event::Protocol,
        overview::{ROOMS_PAGE, RoomCursor},
        page::{OpenRoom, Overview, RoomPage, Stretch, UNREAD_SEEN},
        people::Naming as _,
    },
    server::{
        chat::{Chat, history::read_seen_page, invitations::read_invitations},
        store::{Conn, facts::find_facts, people, rooms, users},
    },
};

/// What stands around every page: the page of my rooms after `after`, and those who are online of the people in it.
pub async fn load_overview(chat: &Chat, me: &Me, after: RoomCursor) -> Result<Overview, AppError> {
    let mut conn = chat.db.read().await?;
    // First: what changes while the rest is read is told again.
    let people_seq = people::last_seq(&mut conn).await?;
    let (rooms, rest) = read_rooms(&mut conn, me.user.id, after, ROOMS_PAGE).await?;
    let invitations = read_invitations(&mut conn, chat, me.user.id).await?;
    let named = rooms.named().chain(invitations.named());
    let mut people = people::find_people(&mut conn, named).await?;
    people.learn(me.user.clone());
    let online = online_among(chat, rooms.iter().filter_map(|room| room.partner));
    let (me, epoch, protocol) = (me.clone(), chat.epoch.clone(), Protocol::CURRENT);
    Ok(Overview { me, epoch, protocol, rooms, rest, invitations, online, people, people_seq })
}

/// The room at `/rooms/{address}`: open to its members, a door to others.
///
/// # Errors
/// `NotFound` if there is none, or none that the reader may know of.
pub async fn load_room(chat: &Chat, me: &Me, address: &str, stretch: Stretch) -> Result<RoomPage, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let page = read_room(&mut conn, chat, me, address, stretch).await;
    conn.end_snapshot().await?;
    page
}

async fn read_room(
    conn: &mut Conn,
    chat: &Chat,
    me: &Me,
    address: &str,
    stretch: Stretch,
) -> Result<RoomPage, AppError> {
    let room = find_room(conn, address).await?;
    let facts = find_facts(conn, room.id, me.user.id).await?.ok_or(AppError::NotFound)?;
    if decide(Ability::Read, facts).is_allowed() {
        let summary = read_summary(conn, me, room.id).await?;
        return open(conn, chat, me, summary, stretch).await;
    }
    Ok(RoomPage::Outside(read_card(conn, chat, room, facts).await?))
}

/// The direct room with a user, or that there is none yet. With a disabled user it can be read still.
///
/// # Errors
/// `NotFound` if there is no such user, or it is the reader, or a disabled one without a room.
pub async fn load_direct(
    chat: &Chat,
    me: &Me,
    username: &str,
    stretch: Stretch,
) -> Result<RoomPage, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let page = read_direct(&mut conn, chat, me, username, stretch).await;
    conn.end_snapshot().await?;
    page
}

async fn read_direct(
    conn: &mut Conn,
    chat: &Chat,
    me: &Me,
    username: &str,
    stretch: Stretch,
) -> Result<RoomPage, AppError> {
    let other = people::find_user_by_username(conn, username).await?;
    let other = other.filter(|other| other.id != me.user.id).ok_or(AppError::NotFound)?;
    let Some(room) = rooms::find_direct(conn, me.user.id, other.id).await? else {
        let is_gone = users::is_disabled(conn, other.id).await?;
        return if is_gone { Err(AppError::NotFound) } else { Ok(RoomPage::NewDirect(other)) };
    };
    let summary = read_summary(conn, me, room).await?;
    open(conn, chat, me, summary, stretch).await
}

/// The page of a room that the user is in.
///
/// # Errors
/// `NotFound` if the user is not in it.
pub async fn path_of(chat: &Chat, me: &Me, id: RoomId) -> Result<String, AppError> {
    let (room, people) = super::load_summary_and_people(chat, me, id).await?;
    Ok(room.path(&people))
}

fn online_among(chat: &Chat, users: impl Iterator<Item = UserId>) -> Vec<UserId> {
    chat.live.online_of(users).into_iter().map(|user| user.id).collect()
}

async fn open(
    conn: &mut Conn,
    chat: &Chat,
    me: &Me,
    room: RoomSummary,
    stretch: Stretch,
) -> Result<RoomPage, AppError> {
    let history = read_seen_page(conn, room.id, opening(&room, stretch)).await?;
    let FirstMembers { members, member_count, marks } = read_first_members(conn, chat, me, room.id).await?;
    let online = online_among(chat, members.iter().map(|member| member.user));
    let invites = room.may(me.role, Ability::Invite);
    let invited = if invites { read_invited(conn, room.id).await? } else { Vec::new() };
    let named = room.named().chain(history.messages.named()).chain(members.named());
    let people = people::find_people(conn, named.chain(invited.iter().copied())).await?;
    let cursor = room.head;
    let open = OpenRoom { cursor, room, history, members, member_count, online, marks, invited, people };
    Ok(RoomPage::Open(Box::new(open)))
}

/// Where nothing else is asked for, a room opens where much that is unread begins.
const fn opening(room: &RoomSummary, stretch: Stretch) -> Stretch {
    match stretch {
        Stretch::Newest if room.unread > UNREAD_SEEN => Stretch::Around(room.read_seq),
        stretch => stretch,
    }
}
