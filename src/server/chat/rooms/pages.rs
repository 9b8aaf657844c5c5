//! What the pages of rooms show. Each is read from one state of the database.

use std::collections::HashMap;

use super::{
    admission::read_invited,
    crowd::{Crowd, read_crowd},
    find::{find_room, find_summary},
};
use crate::{
    error::AppError,
    model::{
        Me, RoomAccess, RoomId, RoomKind, RoomSummary, Seq, UserId, UserRef,
        page::{ChannelCard, OpenRoom, Overview, RoomPage},
    },
    server::{
        chat::{history::read_seen_page, invitations::read_invitations},
        state::App,
        store::{
            Conn, members,
            rooms::{self, Channel, Room},
            summaries, users,
        },
    },
};

/// What stands around every page.
pub async fn load_overview(app: &App, me: &Me) -> Result<Overview, AppError> {
    let mut conn = app.db.read().await?;
    let rooms = summaries::list_summaries(&mut conn, me.user.id).await?;
    let invitations = read_invitations(&mut conn, app, me.user.id).await?;
    let (epoch, online) = (app.epoch.clone(), app.live.online());
    Ok(Overview { me: me.clone(), epoch, rooms, invitations, online })
}

/// The room at `/rooms/{address}`: open to its members, a door to others.
///
/// # Errors
/// `NotFound` if there is none, or none that the reader may know of.
pub async fn load_room(app: &App, me: &Me, address: &str, before: Option<Seq>) -> Result<RoomPage, AppError> {
    let mut conn = app.db.read_snapshot().await?;
    let page = read_room(&mut conn, app, me, address, before).await;
    conn.end_snapshot().await?;
    page
}

async fn read_room(
    conn: &mut Conn,
    app: &App,
    me: &Me,
    address: &str,
    before: Option<Seq>,
) -> Result<RoomPage, AppError> {
    if let Some(summary) = find_summary(conn, me.user.id, address).await? {
        return open(conn, app, me, summary, before).await;
    }
    let room = find_room(conn, address).await?;
    Ok(RoomPage::Door(read_card(conn, app, room, false).await?))
}

/// A channel as the directory shows it.
///
/// # Errors
/// `NotFound` if there is none, or it is private.
async fn read_card(conn: &mut Conn, app: &App, room: Room, joined: bool) -> Result<ChannelCard, AppError> {
    if room.kind != RoomKind::Channel || room.access == RoomAccess::Private {
        return Err(AppError::NotFound);
    }
    let member_count = members::count_members(conn, room.id).await?;
    let member_count = u32::try_from(member_count).unwrap_or(u32::MAX);
    let online = list_online(app, conn, &[room.id]).await?.remove(&room.id).unwrap_or_default();
    Ok(card(Channel { room, member_count, joined }, online))
}

/// The direct room with a user, or that there is none yet. With a disabled user it can be read still.
///
/// # Errors
/// `NotFound` if there is no such user, or it is the reader, or a disabled one without a room.
pub async fn load_direct(
    app: &App,
    me: &Me,
    username: &str,
    before: Option<Seq>,
) -> Result<RoomPage, AppError> {
    let mut conn = app.db.read_snapshot().await?;
    let page = read_direct(&mut conn, app, me, username, before).await;
    conn.end_snapshot().await?;
    page
}

async fn read_direct(
    conn: &mut Conn,
    app: &App,
    me: &Me,
    username: &str,
    before: Option<Seq>,
) -> Result<RoomPage, AppError> {
    let other = users::find_user_by_username(conn, username).await?;
    let other = other.filter(|other| other.id != me.user.id).ok_or(AppError::NotFound)?;
    let Some(room) = rooms::find_direct(conn, me.user.id, other.id).await? else {
        let is_gone = users::is_disabled(conn, other.id).await?;
        return if is_gone { Err(AppError::NotFound) } else { Ok(RoomPage::NewDirect(other)) };
    };
    let summary = summaries::find_summary(conn, me.user.id, room).await?;
    open(conn, app, me, summary.ok_or(AppError::NotFound)?, before).await
}

/// All channels that are not private, by name, with some of who is online in each.
pub async fn list_channels(app: &App, me: &Me) -> Result<Vec<ChannelCard>, AppError> {
    let mut conn = app.db.read().await?;
    let channels = rooms::list_channels(&mut conn, me.user.id).await?;
    let rooms: Vec<_> = channels.iter().map(|channel| channel.room.id).collect();
    let mut online = list_online(app, &mut conn, &rooms).await?;
    let card = |channel: Channel| {
        let online = online.remove(&channel.room.id).unwrap_or_default();
        card(channel, online)
    };
    Ok(channels.into_iter().map(card).collect())
}

/// A channel in the directory.
///
/// # Errors
/// `NotFound` if there is none, or it is private.
pub async fn load_channel(app: &App, me: &Me, address: &str) -> Result<ChannelCard, AppError> {
    let mut conn = app.db.read_snapshot().await?;
    let card = async {
        let room = find_room(&mut conn, address).await?;
        let member = members::find_member(&mut conn, room.id, me.user.id).await?;
        read_card(&mut conn, app, room, member.is_some_and(|member| member.joined)).await
    };
    let card = card.await;
    conn.end_snapshot().await?;
    card
}

/// The page of a room that the user is in.
///
/// # Errors
/// `NotFound` if the user is not in it.
pub async fn path_of(app: &App, me: &Me, id: RoomId) -> Result<String, AppError> {
    Ok(super::load_summary(app, me, id).await?.path())
}

async fn open(
    conn: &mut Conn,
    app: &App,
    me: &Me,
    room: RoomSummary,
    before: Option<Seq>,
) -> Result<RoomPage, AppError> {
    let mut history = read_seen_page(conn, room.id, before).await?;
    history.has_newer = before.is_some_and(|before| before <= room.head);
    let Crowd { members, member_count, marks } = read_crowd(conn, app, me, room.id).await?;
    let is_asked = room.access == RoomAccess::Private && room.kind != RoomKind::Direct;
    let invited = if is_asked { read_invited(conn, room.id).await? } else { Vec::new() };
    let cursor = room.head;
    Ok(RoomPage::Open(Box::new(OpenRoom { room, cursor, history, members, member_count, marks, invited })))
}

/// Who is online in each of the rooms. The hub knows it of this node's connections; of others' tells the
/// database who is a member.
pub(super) async fn list_online(
    app: &App,
    conn: &mut Conn,
    rooms: &[RoomId],
) -> Result<HashMap<RoomId, Vec<UserRef>>, AppError> {
    if app.live.bus.is_none() {
        return Ok(rooms.iter().map(|room| (*room, app.live.online_in(*room))).collect());
    }
    let online: HashMap<UserId, UserRef> =
        app.live.online().into_iter().map(|user| (user.id, user)).collect();
    let ids: Vec<UserId> = online.keys().copied().collect();
    let mut by_room = HashMap::<_, Vec<_>>::new();
    for (room, user) in members::list_users_in(conn, rooms, &ids).await? {
        by_room.entry(room).or_default().extend(online.get(&user).cloned());
    }
    Ok(by_room)
}

fn card(Channel { room, member_count, joined }: Channel, online: Vec<UserRef>) -> ChannelCard {
    ChannelCard {
        id: room.id,
        slug: room.slug.unwrap_or_else(|| room.id.to_string()),
        name: room.name,
        topic: room.topic,
        access: room.access,
        member_count,
        online_count: u32::try_from(online.len()).unwrap_or(u32::MAX),
        online: online.into_iter().take(ChannelCard::ONLINE_SHOWN).collect(),
        joined,
    }
}
