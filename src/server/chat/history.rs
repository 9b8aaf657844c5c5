//! Reading a room's timeline, in pages that go either way.

use super::abilities::require;
use crate::{
    error::AppError,
    model::{
        Me, Message, MessageId, RoomId, Seq,
        ability::Ability,
        page::{HISTORY_PAGE, HistoryPage, Stretch},
    },
    server::{
        chat::Chat,
        store::{Conn, messages, people::find_named},
    },
};

/// A page shows at least so many messages, if the room has them.
const SEEN: usize = 20;
/// To that end it may hold so many; who came and went is one line to the reader, however often.
const FOLDED: usize = 5 * HISTORY_PAGE;

/// How many messages stand above the one around which a stretch is wanted.
const ABOVE: usize = 20;

/// A stretch of history as people read it.
///
/// # Errors
/// `NotFound` if the reader is not in the room.
pub async fn list_seen(
    chat: &Chat,
    me: &Me,
    room: RoomId,
    stretch: Stretch,
) -> Result<HistoryPage, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let page = async {
        require(&mut conn, room, me.user.id, Ability::Read).await?;
        let page = read_seen_page(&mut conn, room, stretch).await?;
        introduce(&mut conn, page).await
    };
    let page = page.await;
    conn.end_snapshot().await?;
    page
}

/// At most `limit` messages of a room.
///
/// # Errors
/// `NotFound` if the reader is not in the room.
pub async fn list_history(
    chat: &Chat,
    me: &Me,
    room: RoomId,
    stretch: Stretch,
    limit: usize,
) -> Result<HistoryPage, AppError> {
    // One state of the database: who was removed in between must not read what came later.
    let mut conn = chat.db.read_snapshot().await?;
    let page = async {
        require(&mut conn, room, me.user.id, Ability::Read).await?;
        let page = read_page(&mut conn, room, stretch, limit).await?;
        introduce(&mut conn, page).await
    };
    let page = page.await;
    conn.end_snapshot().await?;
    page
}

/// Adds who is named.
async fn introduce(conn: &mut Conn, page: HistoryPage) -> Result<HistoryPage, AppError> {
    let people = find_named(conn, page.messages.as_slice()).await?;
    Ok(HistoryPage { people, ..page })
}

/// One message of a room.
///
/// # Errors
/// `NotFound`, also if the reader is not in the room.
pub async fn find_message(chat: &Chat, me: &Me, room: RoomId, id: MessageId) -> Result<Message, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let found = match require(&mut conn, room, me.user.id, Ability::Read).await {
        Ok(_) => Ok(messages::find_message(&mut conn, room, id).await?),
        Err(error) => Err(error),
    };
    conn.end_snapshot().await?;
    found?.ok_or(AppError::NotFound)
}

/// A page of the timeline for people.
pub(super) async fn read_seen_page(
    conn: &mut Conn,
    room: RoomId,
    stretch: Stretch,
) -> Result<HistoryPage, AppError> {
    let page = read_page(conn, room, stretch, HISTORY_PAGE).await?;
    let seen = page.messages.iter().filter(|message| message.notice.is_none()).count();
    let goes_on = if matches!(stretch, Stretch::After(_)) { page.has_newer } else { page.has_older };
    if goes_on && seen < SEEN { read_page(conn, room, stretch, FOLDED).await } else { Ok(page) }
}

/// Reads a stretch of the timeline, at most `limit` messages, and whether it goes on at its ends. Around a message, `ABOVE` more.
pub(super) async fn read_page(
    conn: &mut Conn,
    room: RoomId,
    stretch: Stretch,
    limit: usize,
) -> Result<HistoryPage, AppError> {
    match stretch {
        Stretch::Newest => read_before(conn, room, None, limit).await,
        Stretch::Before(seq) => {
            let has_newer = has_any_from(conn, room, seq).await?;
            Ok(HistoryPage { has_newer, ..read_before(conn, room, Some(seq), limit).await? })
        }
        Stretch::After(seq) => {
            let older = messages::list_messages_before(conn, room, Some(next(seq)), 1).await?;
            Ok(HistoryPage { has_older: !older.is_empty(), ..read_after(conn, room, seq, limit).await? })
        }
        Stretch::Around(seq) => {
            let mut page = read_before(conn, room, Some(next(seq)), ABOVE).await?;
            let below = read_after(conn, room, seq, limit).await?;
            page.messages.extend(below.messages);
            Ok(HistoryPage { has_newer: below.has_newer, ..page })
        }
    }
}

async fn read_before(
    conn: &mut Conn,
    room: RoomId,
    before: Option<Seq>,
    limit: usize,
) -> Result<HistoryPage, AppError> {
    let mut messages = messages::list_messages_before(conn, room, before, one_more(limit)).await?;
    let has_older = messages.len() > limit;
    if has_older {
        messages.remove(0);
    }
    Ok(HistoryPage { messages, has_older, ..HistoryPage::default() })
}

async fn read_after(
    conn: &mut Conn,
    room: RoomId,
    after: Seq,
    limit: usize,
) -> Result<HistoryPage, AppError> {
    let mut messages = messages::list_messages_after(conn, room, after, one_more(limit)).await?;
    let has_newer = messages.len() > limit;
    messages.truncate(limit);
    Ok(HistoryPage { messages, has_newer, ..HistoryPage::default() })
}

/// It tells whether the room goes on.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit + 1).unwrap_or(i64::MAX)
}

const fn next(seq: Seq) -> Seq {
    Seq(seq.0.saturating_add(1))
}

async fn has_any_from(conn: &mut Conn, room: RoomId, seq: Seq) -> Result<bool, AppError> {
    let after = Seq(seq.0.saturating_sub(1));
    Ok(!messages::list_messages_after(conn, room, after, 1).await?.is_empty())
}
