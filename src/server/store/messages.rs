//! The rows of rooms' timelines.

use super::{
    Conn, StoreError, with_db,
    words::{Word, malformed},
};
use crate::model::{Cid, Message, MessageId, MessageKind, Notice, RoomId, Seq, Timestamp, UserId, UserRef};

/// A message to be stored; `seq` comes from `rooms::next_seq` in the same transaction.
#[derive(Debug)]
pub struct NewMessage<'a> {
    pub id: MessageId,
    pub room: RoomId,
    pub seq: Seq,
    pub author: UserId,
    pub cid: Option<Cid>,
    pub kind: MessageKind,
    pub notice: Option<Notice>,
    pub text: &'a str,
    pub html: &'a str,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: i64,
    room_id: i64,
    seq: i64,
    cid: Option<String>,
    kind: String,
    notice: Option<String>,
    author_id: i64,
    username: String,
    name: String,
    text: String,
    html: String,
    at: i64,
    changed_seq: i64,
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let cid = row.cid.map(|cid| cid.parse().map_err(|_| malformed("Cid", &cid)));
        Ok(Self {
            room: RoomId(row.room_id),
            seq: Seq(row.seq),
            id: MessageId(row.id),
            cid: cid.transpose()?,
            kind: MessageKind::from_word(&row.kind)?,
            notice: row.notice.as_deref().map(Notice::from_word).transpose()?,
            from: UserRef { id: UserId(row.author_id), username: row.username, name: row.name },
            text: row.text,
            html: row.html,
            at: Timestamp(row.at),
            changed_seq: Seq(row.changed_seq),
        })
    }
}

macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "select m.id, m.room_id, m.seq, m.cid, m.kind, m.notice, m.author_id, u.username, u.name, \
             m.text, m.html, m.at, m.changed_seq \
             from messages m join users u on u.id = m.author_id ",
            $rest
        )
    };
}

/// Stores a message; `Conflict("messages_author_cid_key")` if the author used its cid before.
pub async fn insert_message(conn: &mut Conn, message: &NewMessage<'_>) -> Result<(), StoreError> {
    let sql = "insert into messages \
               (id, room_id, seq, author_id, cid, kind, notice, text, html, at, changed_seq) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $3)";
    with_db!(
        conn,
        query(
            sql,
            message.id.0,
            message.room.0,
            message.seq.0,
            message.author.0,
            message.cid.map(|cid| cid.to_string()),
            message.kind.word(),
            message.notice.map(Word::word),
            message.text,
            message.html,
            message.at.0,
        )
        .execute
    )?;
    Ok(())
}

/// What the author sent under this cid, in whatever room.
pub async fn find_message_by_cid(
    conn: &mut Conn,
    author: UserId,
    cid: Cid,
) -> Result<Option<Message>, StoreError> {
    let sql = select_messages!("where m.author_id = $1 and m.cid = $2");
    let row: Option<MessageRow> = with_db!(conn, query_as(sql, author.0, cid.to_string()).fetch_optional)?;
    row.map(Message::try_from).transpose()
}

/// The `limit` messages that come right before the seq `before`, or the newest ones; oldest first.
pub async fn list_messages_before(
    conn: &mut Conn,
    room: RoomId,
    before: Option<Seq>,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let sql = select_messages!("where m.room_id = $1 and m.seq < $2 order by m.seq desc limit $3");
    let before = before.map_or(i64::MAX, |seq| seq.0);
    let rows: Vec<MessageRow> = with_db!(conn, query_as(sql, room.0, before, limit).fetch_all)?;
    rows.into_iter().rev().map(Message::try_from).collect()
}

/// The first `limit` messages that appeared or changed after `cursor`, by their place in the timeline.
pub async fn list_messages_changed_after(
    conn: &mut Conn,
    room: RoomId,
    cursor: Seq,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let sql =
        select_messages!("where m.room_id = $1 and m.changed_seq > $2 order by m.changed_seq, m.id limit $3");
    let mut rows: Vec<MessageRow> = with_db!(conn, query_as(sql, room.0, cursor.0, limit).fetch_all)?;
    rows.sort_unstable_by_key(|row| row.seq);
    rows.into_iter().map(Message::try_from).collect()
}
