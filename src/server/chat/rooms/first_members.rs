//! Whom of its members the page of a room shows: all, or of many those who are online, then the oldest accounts.

use std::collections::BTreeSet;

use super::directory::list_online;
use crate::{
    error::AppError,
    model::{Mark, Me, Member, RoomId, UserId, UserRef, page::MEMBERS_SHOWN},
    server::{
        chat::Chat,
        store::{Conn, members},
    },
};

/// The members of a room as its page has them.
pub(super) struct FirstMembers {
    /// At most `MEMBERS_SHOWN`.
    pub members: Vec<Member>,
    pub member_count: u32,
    /// None where not all members are shown.
    pub marks: Vec<Mark>,
}

pub(super) async fn read_first_members(
    conn: &mut Conn,
    chat: &Chat,
    me: &Me,
    room: RoomId,
) -> Result<FirstMembers, AppError> {
    // One more tells whether there are more.
    let most = i64::try_from(MEMBERS_SHOWN + 1).unwrap_or(i64::MAX);
    let oldest = members::list_marked_members(conn, room, most).await?;
    if oldest.len() <= MEMBERS_SHOWN {
        let (members, marks): (Vec<_>, Vec<_>) = oldest.into_iter().unzip();
        return Ok(FirstMembers { member_count: count(members.len()), members, marks });
    }
    let member_count = members::count_members(conn, room).await?;
    let first = list_first(conn, chat, me, room).await?;
    let mut members = members::list_members_among(conn, room, &first).await?;
    let known: BTreeSet<UserId> = members.iter().map(|member| member.user).collect();
    members.extend(oldest.into_iter().map(|(member, _)| member).filter(|m| !known.contains(&m.user)));
    members.truncate(MEMBERS_SHOWN);
    Ok(FirstMembers {
        members,
        member_count: u32::try_from(member_count).unwrap_or(u32::MAX),
        marks: Vec::new(),
    })
}

/// The reader, and those who are online, by name.
async fn list_first(conn: &mut Conn, chat: &Chat, me: &Me, room: RoomId) -> Result<Vec<UserId>, AppError> {
    let online = list_online(chat, conn, &[room]).await?.remove(&room).unwrap_or_default();
    let mut online: Vec<UserRef> = chat.live.online_of(online.into_iter());
    online.retain(|user| user.id != me.user.id);
    online.sort_by_cached_key(|user| user.name.to_lowercase());
    let others = online.into_iter().map(|user| user.id).take(MEMBERS_SHOWN - 1);
    Ok(std::iter::once(me.user.id).chain(others).collect())
}

fn count(members: usize) -> u32 {
    u32::try_from(members).unwrap_or(u32::MAX)
}
