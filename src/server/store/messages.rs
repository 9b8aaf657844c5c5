//! The rows of rooms' timelines, and the messages that are made of them.

use super::{
    Conn, StoreError, Tx, rows, with_db,
    words::{Word, malformed},
};
use crate::model::{Message, MessageId, MessageKind, Notice, RoomId, Seq, Timestamp, UserId};

rows! {
    struct MessageRow {
        id: i64,
        room_id: i64,
        seq: i64,
        cid: Option<String>,
        kind: String,
        notice: Option<String>,
        author_id: i64,
        by_id: Option<i64>,
        text: String,
        html: String,
        at: i64,
        changed_seq: i64,
    }
}

/// The messages of rows, in their order, with everything that belongs to them. Whatever reads messages ends here: it costs a
/// fixed number of queries, however many there are; none yet, since a row has all of its message.
fn assemble(rows: Vec<MessageRow>) -> Result<Vec<Message>, StoreError> {
    rows.into_iter().map(MessageRow::into_message).collect()
}

impl MessageRow {
    fn into_message(self) -> Result<Message, StoreError> {
        let cid = self.cid.map(|cid| cid.parse().map_err(|_| malformed("Cid", &cid)));
        Ok(Message {
            room: RoomId(self.room_id),
            seq: Seq(self.seq),
            id: MessageId(self.id),
            cid: cid.transpose()?,
            kind: MessageKind::from_word(&self.kind)?,
            notice: self.notice.as_deref().map(Notice::from_word).transpose()?,
            from: UserId(self.author_id),
            by: self.by_id.map(UserId),
            text: self.text,
            html: self.html,
            at: Timestamp(self.at),
            changed_seq: Seq(self.changed_seq),
        })
    }
}

macro_rules! select_messages {
    ($rest:literal) => {
        concat!(
            "select m.id, m.room_id, m.seq, m.cid, m.kind, m.notice, m.author_id, m.by_id, m.text, m.html, m.at, \
             m.changed_seq from messages m ",
            $rest
        )
    };
}

/// Stores a message, whose `seq` comes from `rooms::next_seq` in the same transaction.
pub async fn insert_message(tx: &mut Tx, message: &Message) -> Result<(), StoreError> {
    let sql = "insert into messages \
               (id, room_id, seq, author_id, cid, kind, notice, by_id, text, html, at, changed_seq, texts) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, (select texts from rooms where id = $2))";
    with_db!(
        tx,
        query(
            sql,
            message.id.0,
            message.room.0,
            message.seq.0,
            message.from.0,
            message.cid.map(|cid| cid.to_string()),
            message.kind.word(),
            message.notice.map(Word::word),
            message.by.map(|by| by.0),
            &message.text,
            &message.html,
            message.at.0,
            message.changed_seq.0,
        )
        .execute
    )
    .map(drop)
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
    let mut rows: Vec<MessageRow> = with_db!(conn, query_as(sql, room.0, before, limit).fetch_all)?;
    rows.reverse();
    assemble(rows)
}

/// The `limit` messages that come right after the seq `after`, oldest first.
pub async fn list_messages_after(
    conn: &mut Conn,
    room: RoomId,
    after: Seq,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let sql = select_messages!("where m.room_id = $1 and m.seq > $2 order by m.seq limit $3");
    let rows: Vec<MessageRow> = with_db!(conn, query_as(sql, room.0, after.0, limit).fetch_all)?;
    assemble(rows)
}

/// A message of the room.
pub async fn find_message(
    conn: &mut Conn,
    room: RoomId,
    message: MessageId,
) -> Result<Option<Message>, StoreError> {
    let sql = select_messages!("where m.room_id = $1 and m.id = $2");
    let row: Option<MessageRow> = with_db!(conn, query_as(sql, room.0, message.0).fetch_optional)?;
    Ok(assemble(row.into_iter().collect())?.pop())
}

/// The first `limit` messages that appeared or changed after `cursor`, by their place in the timeline.
pub async fn list_messages_changed_after(
    conn: &mut Conn,
    room: RoomId,
    cursor: Seq,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    // Each half has an index of its own, in its order.
    let sql = select_messages!(
        "where m.id in (select id from (select id from messages where room_id = $1 and seq > $2 \
          and changed_seq = seq order by seq limit $3) appeared \
         union all select id from (select id from messages where room_id = $1 and changed_seq > $2 \
          and changed_seq <> seq order by changed_seq limit $3) changed) \
         order by m.changed_seq, m.id limit $3"
    );
    let mut rows: Vec<MessageRow> = with_db!(conn, query_as(sql, room.0, cursor.0, limit).fetch_all)?;
    rows.sort_unstable_by_key(|row| row.seq);
    assemble(rows)
}

/// The `limit` texts that come before the newest `skip`, newest first.
pub async fn list_texts_from_end(
    conn: &mut Conn,
    room: RoomId,
    skip: i64,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let sql =
        select_messages!("where m.room_id = $1 and m.kind = 'text' order by m.seq desc limit $2 offset $3");
    let rows: Vec<MessageRow> = with_db!(conn, query_as(sql, room.0, limit, skip).fetch_all)?;
    assemble(rows)
}

/// How many texts the room has.
pub async fn count_texts(conn: &mut Conn, room: RoomId) -> Result<u64, StoreError> {
    let count: Option<i64> =
        with_db!(conn, query_scalar("select texts from rooms where id = $1", room.0).fetch_optional)?;
    Ok(count.unwrap_or_default().unsigned_abs())
}
