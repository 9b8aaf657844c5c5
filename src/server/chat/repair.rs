//! What the words of other nodes lacked, read from the database and told here in its order.
//!
//! Called by `cluster` for the jobs that come up in `live::bus`. Each reads one state of the database.

use super::attendance::watch;
use crate::{
    model::{
        Change, Member, RoomId, Seq, UserId,
        people::{Introduced, Naming as _},
    },
    server::{
        chat::Chat,
        store::{Conn, StoreError, members, messages, people::find_named, rooms},
    },
};

/// How many changed messages are read at once.
const PAGE: usize = 500;
/// How often the place of somebody who goes in and out is read again.
const ATTEMPTS: usize = 5;

/// Changes of a room, in seq order: all of them up to `until`.
struct Changes {
    until: Seq,
    head: Seq,
    list: Vec<Introduced<Change>>,
}

/// Brings the room's gate up to the room's last seq.
pub(super) async fn repair(chat: &Chat, room: RoomId) -> Result<(), StoreError> {
    while let Some(seen) = chat.live.bus.as_ref().and_then(|bus| bus.seen_of(room)) {
        let mut conn = chat.db.read_snapshot().await?;
        let changes = list_changes(&mut conn, room, seen).await;
        conn.end_snapshot().await?;
        let Changes { until, head, list } = changes?;
        chat.live.advance(room, until, list);
        if until >= head {
            break;
        }
    }
    Ok(())
}

/// Lets the user's connections hear of the room, or not, as the database says.
pub(super) async fn correct_membership(chat: &Chat, room: RoomId, user: UserId) -> Result<(), StoreError> {
    let _watch = watch(chat, &[room]).await?;
    for attempt in 1..=ATTEMPTS {
        let mut conn = chat.db.read_snapshot().await?;
        let read = read_membership(&mut conn, room, user).await;
        conn.end_snapshot().await?;
        let Some((member, Changes { until, head, list })) = read? else { break };
        let missed = (until >= head).then_some(list);
        if chat.live.correct_membership(member, head, missed, attempt == ATTEMPTS) {
            break;
        }
    }
    // Whoever goes in and out so fast is found by the next comparison.
    Ok(())
}

/// The user's place in the room, and what has changed since it is so.
async fn read_membership(
    conn: &mut Conn,
    room: RoomId,
    user: UserId,
) -> Result<Option<(Introduced<Member>, Changes)>, StoreError> {
    let Some(member) = members::find_member(conn, room, user).await? else { return Ok(None) };
    let changes = list_changes(conn, room, Seq(member.seq.0 - 1)).await?;
    let people = find_named(conn, &member).await?;
    Ok(Some((Introduced { event: member, people }, changes)))
}

async fn list_changes(conn: &mut Conn, room: RoomId, after: Seq) -> Result<Changes, StoreError> {
    let head = rooms::list_heads(conn, &[room]).await?.first().map_or(after, |(_, head)| *head);
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let messages = messages::list_messages_changed_after(conn, room, after, limit).await?;
    let members = members::list_members_changed_after(conn, room, after, limit).await?;
    let last_message = messages.iter().map(|message| message.changed_seq).max();
    let last_member = members.iter().map(|member| member.seq).max();
    // Of a full page the rest is not known yet.
    let until = [(messages.len(), last_message), (members.len(), last_member)]
        .into_iter()
        .filter_map(|(count, last)| last.filter(|_| count >= PAGE))
        .fold(head, Seq::min);
    let messages = messages.into_iter().flat_map(Change::of_row);
    let members = members.into_iter().map(Change::from);
    let mut list: Vec<_> = messages.chain(members).collect();
    list.retain(|change| after < change.seq && change.seq <= until);
    list.sort_unstable_by_key(|change: &Change| change.seq);
    let all = find_named(conn, list.as_slice()).await?;
    let introduced = |event: Change| {
        let people = event.named().filter_map(|id| all.get(id).cloned()).collect();
        Introduced { event, people }
    };
    let list = list.into_iter().map(introduced).collect();
    Ok(Changes { until, head, list })
}
