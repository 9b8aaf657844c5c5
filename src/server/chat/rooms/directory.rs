//! The directory: the channels that are not private, in pages by name, or found by a part of their name.

use std::collections::HashMap;

use super::find::find_room;
use crate::{
    error::{AppError, Reason},
    model::{
        Me, RoomId, UserId,
        ability::{Ability, Facts, decide},
        page::{ChannelCard, ChannelPage},
    },
    server::{
        chat::{Chat, abilities::may},
        content::fold,
        store::{
            Conn, StoreError, Tx,
            channels::{self, Channel},
            facts::find_facts,
            members,
            rooms::Room,
        },
    },
};

/// How many channels are read at once that are to be put into the directory.
const BATCH: i64 = 500;
const MAX_QUERY_CHARS: usize = 100;

/// At most `limit` channels that are not private, by name, after the one at the address `after`; the first ones if that is
/// empty.
///
/// # Errors
/// `Invalid` if there is no such channel, or it is private.
pub async fn list_channels(chat: &Chat, me: &Me, after: &str, limit: usize) -> Result<ChannelPage, AppError> {
    let mut conn = chat.db.read().await?;
    let (key, id) = match after {
        "" => (String::new(), RoomId(0)),
        address => {
            let unknown = || AppError::invalid("after", Reason::Unknown);
            let room = find_room(&mut conn, address).await.map_err(|error| match error {
                AppError::NotFound => unknown(),
                other => other,
            })?;
            if !may(&mut conn, room.id, me.user.id, Ability::Find).await? {
                return Err(unknown());
            }
            (channels::name_key(&room.name), room.id)
        }
    };
    let found = channels::list_channels(&mut conn, me.user.id, (&key, id), one_more(limit)).await?;
    cards(chat, &mut conn, found, limit).await
}

/// At most `limit` channels that are not private and have `query` in their names, accents and case ignored: first those
/// with a word that begins so, then by name.
///
/// # Errors
/// `Invalid` for a `query` that is too long.
pub async fn find_channels(chat: &Chat, me: &Me, query: &str, limit: usize) -> Result<ChannelPage, AppError> {
    if query.chars().count() > MAX_QUERY_CHARS {
        return Err(AppError::invalid("query", Reason::TooLong));
    }
    let folded = fold(query.trim());
    if folded.is_empty() {
        return list_channels(chat, me, "", limit).await;
    }
    let mut conn = chat.db.read().await?;
    let found = channels::search_channels(&mut conn, me.user.id, &folded, one_more(limit)).await?;
    cards(chat, &mut conn, found, limit).await
}

/// A channel in the directory.
///
/// # Errors
/// `NotFound` if there is none, or it is private.
pub async fn load_channel(chat: &Chat, me: &Me, address: &str) -> Result<ChannelCard, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let card = async {
        let room = find_room(&mut conn, address).await?;
        let facts = find_facts(&mut conn, room.id, me.user.id).await?.ok_or(AppError::NotFound)?;
        read_card(&mut conn, chat, room, facts).await
    };
    let card = card.await;
    conn.end_snapshot().await?;
    card
}

/// A channel as the directory shows it to somebody of whom these are the facts.
///
/// # Errors
/// `NotFound` if it is private.
pub(super) async fn read_card(
    conn: &mut Conn,
    chat: &Chat,
    room: Room,
    facts: Facts,
) -> Result<ChannelCard, AppError> {
    decide(Ability::Find, facts).require()?;
    let joined = facts.standing.is_inside();
    let member_count = members::count_members(conn, room.id).await?;
    let member_count = u32::try_from(member_count).unwrap_or(u32::MAX);
    let online = list_online(chat, conn, &[room.id]).await?.remove(&room.id).unwrap_or_default();
    Ok(card(chat, Channel { room, member_count, joined }, &online))
}

/// Puts the channels of an older database into the directory; called once at the start.
///
/// # Errors
/// Those of the database.
pub async fn fill_directory(tx: &mut Tx) -> Result<(), StoreError> {
    loop {
        let found = channels::list_unindexed_channels(tx, BATCH).await?;
        if found.is_empty() {
            return Ok(());
        }
        for (room, name) in found {
            channels::index_channel(tx, room, &name, &fold(&name)).await?;
        }
    }
}

/// One more than are wanted tells whether there are more.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}

async fn cards(
    chat: &Chat,
    conn: &mut Conn,
    mut channels: Vec<Channel>,
    limit: usize,
) -> Result<ChannelPage, AppError> {
    let has_more = channels.len() > limit;
    channels.truncate(limit);
    let rooms: Vec<_> = channels.iter().map(|channel| channel.room.id).collect();
    let online = list_online(chat, conn, &rooms).await?;
    let card = |channel: Channel| {
        let online = online.get(&channel.room.id).map_or(&[][..], Vec::as_slice);
        card(chat, channel, online)
    };
    Ok(ChannelPage { channels: channels.into_iter().map(card).collect(), has_more })
}

/// Who is online in each of the rooms, by id. The hub knows it of this node's connections; of others' the database
/// tells who is a member.
pub(super) async fn list_online(
    chat: &Chat,
    conn: &mut Conn,
    rooms: &[RoomId],
) -> Result<HashMap<RoomId, Vec<UserId>>, AppError> {
    if chat.live.bus.is_none() {
        return Ok(rooms.iter().map(|room| (*room, chat.live.online_in(*room))).collect());
    }
    let online: Vec<UserId> = chat.live.online().iter().map(|user| user.id).collect();
    let mut by_room = HashMap::<_, Vec<_>>::new();
    for (room, user) in members::list_users_in(conn, rooms, &online).await? {
        by_room.entry(room).or_default().push(user);
    }
    Ok(by_room)
}

fn card(chat: &Chat, Channel { room, member_count, joined }: Channel, online: &[UserId]) -> ChannelCard {
    ChannelCard {
        id: room.id,
        slug: room.slug.unwrap_or_else(|| room.id.to_string()),
        name: room.name,
        topic: room.topic,
        access: room.access,
        member_count,
        online_count: u32::try_from(online.len()).unwrap_or(u32::MAX),
        online: chat.live.online_of(online.iter().copied().take(ChannelCard::ONLINE_SHOWN)),
        joined,
    }
}
