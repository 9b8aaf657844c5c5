//! What a client missed: the rooms it is in, and the changed rows of those it holds a cursor for.
//!
//! The caller subscribes first and reads second, so nothing falls between the answer and the stream;
//! rows that come twice are no harm, since applying one again changes nothing.

use std::collections::BTreeMap;

use crate::{
    error::AppError,
    model::{LiveEvent, RoomId, RoomSummary, Seq, UserId},
    server::{
        state::App,
        store::{Conn, members, messages, summaries},
    },
};

/// A client that missed more than this many messages fetches the room anew.
const MOST_MISSED: i64 = 500;
/// Nor is one told more than so many bytes of text and HTML per room.
const MOST_BYTES: usize = 128 * 1024;
/// How many rooms one `sync` may name.
pub const MOST_ROOMS: usize = 500;

/// The answer to `sync`: `rooms`, then `synced` or `reload` per named room that moved, then `ready`.
///
/// Rooms that the user is not in are passed over: they are as good as missing.
pub async fn sync(
    app: &App,
    user: UserId,
    epoch: &str,
    cursors: &BTreeMap<RoomId, Seq>,
) -> Result<Vec<LiveEvent>, AppError> {
    // One state of the database: who was removed in between must not be told what came later.
    let mut conn = app.db.read_snapshot().await?;
    let answers = answer(&mut conn, user, cursors, epoch == app.epoch).await;
    conn.commit().await?;
    answers
}

async fn answer(
    conn: &mut Conn,
    user: UserId,
    cursors: &BTreeMap<RoomId, Seq>,
    same_history: bool,
) -> Result<Vec<LiveEvent>, AppError> {
    let rooms = summaries::list_summaries(conn, user).await?;
    let mut answers = Vec::new();
    for room in &rooms {
        if let Some(cursor) = cursors.get(&room.id) {
            answers.extend(catch_up(conn, room, *cursor, same_history).await?);
        }
    }
    let ready = LiveEvent::Ready {};
    Ok([LiveEvent::Rooms { rooms }].into_iter().chain(answers).chain([ready]).collect())
}

async fn catch_up(
    conn: &mut Conn,
    room: &RoomSummary,
    cursor: Seq,
    same_history: bool,
) -> Result<Option<LiveEvent>, AppError> {
    if same_history && cursor == room.head {
        return Ok(None);
    }
    let reload = LiveEvent::Reload { room: room.id };
    if !same_history || cursor > room.head || cursor < Seq(0) {
        return Ok(Some(reload));
    }
    let messages = messages::list_messages_changed_after(conn, room.id, cursor, MOST_MISSED + 1).await?;
    let bytes: usize = messages.iter().map(|message| message.text.len() + message.html.len()).sum();
    if i64::try_from(messages.len()).unwrap_or(i64::MAX) > MOST_MISSED || bytes > MOST_BYTES {
        return Ok(Some(reload));
    }
    let members = members::list_members_changed_after(conn, room.id, cursor).await?;
    Ok(Some(LiveEvent::Synced { room: room.id, head: room.head, messages, members }))
}
