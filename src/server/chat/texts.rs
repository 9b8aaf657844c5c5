//! A room's texts counted from the end, for protocols that page by numbers and not by place.

use super::abilities::require;
use crate::{
    error::AppError,
    model::{Mark, Message, People, RoomId, UserRef, ability::Ability, page::RECEIPTS_MAX},
    server::{
        chat::Chat,
        store::{Conn, marks, messages, people::find_named},
    },
};

/// Some texts of a room.
pub struct Texts {
    pub newest_first: Vec<Message>,
    /// Who wrote them.
    pub people: People,
    /// How many the room has.
    pub total: u64,
    /// How far its members have come; empty in rooms of more than `RECEIPTS_MAX` members.
    pub marks: Vec<Mark>,
}

/// At most `limit` texts, after passing over the newest `skip`.
///
/// # Errors
/// `NotFound` if the reader is not in the room.
pub async fn list_texts(
    chat: &Chat,
    me: &UserRef,
    room: RoomId,
    skip: u32,
    limit: u32,
) -> Result<Texts, AppError> {
    let mut conn = chat.db.read_snapshot().await?;
    let texts = read(&mut conn, me, room, skip, limit).await;
    conn.end_snapshot().await?;
    texts
}

async fn read(conn: &mut Conn, me: &UserRef, room: RoomId, skip: u32, limit: u32) -> Result<Texts, AppError> {
    require(conn, room, me.id, Ability::Read).await?;
    let newest_first = messages::list_texts_from_end(conn, room, skip.into(), limit.into()).await?;
    let total = messages::count_texts(conn, room).await?;
    let marks = marks::list_marks(conn, room, RECEIPTS_MAX).await?;
    let people = find_named(conn, newest_first.as_slice()).await?;
    Ok(Texts { newest_first, people, total, marks })
}
