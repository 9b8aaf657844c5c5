//! Reading a room's timeline, in pages that go either way.

use super::abilities::require;
use crate::{
    error::AppError,
    model::{
        Me, Message, MessageId, RoomId, Seq,
        ability::Ability,
        page::{HISTORY_PAGE, HistoryPage},
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

/// Which part of a timeline is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    Newest,
    /// What comes right before.
    Before(Seq),
    /// What comes right after.
    After(Seq),
}

/// The page of history before `before`.
///
/// # Errors
/// `NotFound` if the reader is not in the room.
pub async fn list_before(chat: &Chat, me: &Me, room: RoomId, before: Seq) -> Result<HistoryPage, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let page = async {
        require(&mut conn, room, me.user.id, Ability::Read).await?;
        let page = read_seen_page(&mut conn, room, Some(before)).await?;
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

/// A page of the timeline for people, the newest or what comes right before, as seen by who has what comes after it.
pub(super) async fn read_seen_page(
    conn: &mut Conn,
    room: RoomId,
    before: Option<Seq>,
) -> Result<HistoryPage, AppError> {
    let stretch = before.map_or(Stretch::Newest, Stretch::Before);
    let mut page = read_page(conn, room, stretch, HISTORY_PAGE).await?;
    let seen = page.messages.iter().filter(|message| message.notice.is_none()).count();
    if page.has_older && seen < SEEN {
        page = read_page(conn, room, stretch, FOLDED).await?;
    }
    page.has_newer = false;
    Ok(page)
}

/// Reads a stretch of the timeline, and whether it goes on at its ends.
pub(super) async fn read_page(
    conn: &mut Conn,
    room: RoomId,
    stretch: Stretch,
    limit: usize,
) -> Result<HistoryPage, AppError> {
    // One more tells whether it goes on.
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let goes_on = |found: &[Message]| found.len() > limit;
    match stretch {
        Stretch::Newest | Stretch::Before(_) => {
            let before = if let Stretch::Before(before) = stretch { Some(before) } else { None };
            let mut found = messages::list_messages_before(conn, room, before, most).await?;
            let has_older = goes_on(&found);
            if has_older {
                found.remove(0);
            }
            let has_newer = match before {
                Some(before) => has_any_from(conn, room, before).await?,
                None => false,
            };
            Ok(HistoryPage { messages: found, has_older, has_newer, ..HistoryPage::default() })
        }
        Stretch::After(after) => {
            let mut found = messages::list_messages_after(conn, room, after, most).await?;
            let has_newer = goes_on(&found);
            found.truncate(limit);
            let older =
                messages::list_messages_before(conn, room, Some(Seq(after.0.saturating_add(1))), 1).await?;
            Ok(HistoryPage {
                messages: found,
                has_older: !older.is_empty(),
                has_newer,
                ..HistoryPage::default()
            })
        }
    }
}

async fn has_any_from(conn: &mut Conn, room: RoomId, seq: Seq) -> Result<bool, AppError> {
    let after = Seq(seq.0.saturating_sub(1));
    Ok(!messages::list_messages_after(conn, room, after, 1).await?.is_empty())
}
