//! A user's rooms as the side list shows them, in pages: one statement, whose cost does not grow with the history.
//!
//! What is unread is the difference of two numbers (`members.known_texts`, `rooms.texts`), which posting and marks keep.

use super::{
    Conn, Numbers, StoreError, marks::to_unread, others::list_others_of_unnamed, rows, with_db, with_lists,
    words::Word,
};
use crate::model::{
    LastLine, MemberRole, Notice, RoomAccess, RoomId, RoomKind, RoomSummary, Seq, Timestamp, UserId,
    overview::{RoomCursor, sort_rooms},
};

rows! {
    struct SummaryRow {
        id: i64,
        kind: String,
        access: String,
        slug: Option<String>,
        name: String,
        topic: String,
        role: String,
        head: i64,
        read_seq: i64,
        unread: i64,
        partner_id: Option<i64>,
        line_seq: Option<i64>,
        line_notice: Option<String>,
        line_text: Option<String>,
        line_at: Option<i64>,
        line_author: Option<i64>,
    }
}

impl SummaryRow {
    fn into_summary(self) -> Result<RoomSummary, StoreError> {
        let last = self.last_line()?;
        Ok(RoomSummary {
            id: RoomId(self.id),
            kind: RoomKind::from_word(&self.kind)?,
            access: RoomAccess::from_word(&self.access)?,
            slug: self.slug,
            name: self.name,
            topic: self.topic,
            role: MemberRole::from_word(&self.role)?,
            head: Seq(self.head),
            read_seq: Seq(self.read_seq),
            unread: to_unread(self.unread),
            partner: self.partner_id.map(UserId),
            others: Vec::new(),
            last,
        })
    }

    fn last_line(&self) -> Result<Option<LastLine>, StoreError> {
        let (Some(seq), Some(from), Some(text), Some(at)) =
            (self.line_seq, self.line_author, &self.line_text, self.line_at)
        else {
            return Ok(None);
        };
        let notice = self.line_notice.as_deref().map(Notice::from_word).transpose()?;
        let text = LastLine::shorten(text);
        Ok(Some(LastLine { seq: Seq(seq), notice, from: UserId(from), text, at: Timestamp(at) }))
    }
}

/// Summaries of the user `$1`; `$from` names as `me` the rows of members whose rooms they are.
macro_rules! select_summaries {
    ([$($with:tt)*], $from:literal, $rest:expr) => {
        concat!(
            $($with)*
            "select r.id, r.kind, r.access, r.slug, r.name, r.topic, me.role, r.last_seq as head, me.read_seq, \
             r.texts - me.known_texts as unread, \
             case when r.kind = 'direct' then \
              (select user_id from members where room_id = r.id and user_id <> me.user_id limit 1) end as partner_id, \
             line.seq as line_seq, line.notice as line_notice, line.text as line_text, line.at as line_at, \
             line.author_id as line_author ",
            $from,
            " join rooms r on r.id = me.room_id \
             left join messages line on line.id = \
              (select id from messages where room_id = r.id order by seq desc limit 1) \
",
            $rest
        )
    };
    ($rest:expr) => {
        select_summaries!([], "from members me", $rest)
    };
}

/// The rooms of the user `$1`, each with the moment of its last line.
macro_rules! mine {
    () => {
        "select m.room_id, m.user_id, m.role, m.read_seq, m.known_texts, \
         coalesce((select at from messages where room_id = m.room_id order by seq desc limit 1), 0) as at \
         from members m where m.user_id = $1 and m.joined"
    };
}

async fn summaries_of(
    conn: &mut Conn,
    me: UserId,
    rows: Vec<SummaryRow>,
) -> Result<Vec<RoomSummary>, StoreError> {
    let mut rooms = rows.into_iter().map(SummaryRow::into_summary).collect::<Result<Vec<_>, _>>()?;
    list_others_of_unnamed(conn, me, &mut rooms).await?;
    sort_rooms(&mut rooms);
    Ok(rooms)
}

/// The first `limit` rooms that the user is in, the latest line first, after `after`.
pub async fn list_summaries(
    conn: &mut Conn,
    me: UserId,
    after: RoomCursor,
    limit: i64,
) -> Result<Vec<RoomSummary>, StoreError> {
    let sql = select_summaries!(
        [
            "with mine as materialized (",
            mine!(),
            "), me as (select * from mine where (at, room_id) < ($2, $3) order by at desc, room_id desc limit $4) ",
        ],
        "from me",
        ""
    );
    let rows: Vec<SummaryRow> =
        with_db!(conn, query_as(sql, me.0, after.at.0, after.room.0, limit).fetch_all)?;
    summaries_of(conn, me, rows).await
}

/// Those of `rooms` that the user is in, the latest line first.
pub async fn list_summaries_among(
    conn: &mut Conn,
    me: UserId,
    rooms: &[RoomId],
) -> Result<Vec<RoomSummary>, StoreError> {
    let sql =
        with_lists!(conn, select_summaries!("where me.user_id = $1 and me.joined and me.room_id "["$2"]));
    let rooms: Numbers = rooms.iter().map(|room| room.0).collect();
    let rows: Vec<SummaryRow> = with_db!(conn, query_as(sql, me.0, rooms).fetch_all)?;
    summaries_of(conn, me, rows).await
}

/// How many rooms the user is in that come after `after`, and in how many of these something is unread.
pub async fn count_rooms(conn: &mut Conn, me: UserId, after: RoomCursor) -> Result<(i64, i64), StoreError> {
    let sql = concat!(
        "select count(*), count(*) filter (where r.texts > mine.known_texts) from (",
        mine!(),
        ") mine join rooms r on r.id = mine.room_id where (mine.at, mine.room_id) < ($2, $3)"
    );
    with_db!(conn, query_as(sql, me.0, after.at.0, after.room.0).fetch_one)
}

/// The room as the user sees it, if the user is in it.
pub async fn find_summary(
    conn: &mut Conn,
    me: UserId,
    room: RoomId,
) -> Result<Option<RoomSummary>, StoreError> {
    let sql = select_summaries!("where me.user_id = $1 and me.joined and me.room_id = $2");
    let row: Option<SummaryRow> = with_db!(conn, query_as(sql, me.0, room.0).fetch_optional)?;
    let Some(mut summary) = row.map(SummaryRow::into_summary).transpose()? else { return Ok(None) };
    list_others_of_unnamed(conn, me, std::slice::from_mut(&mut summary)).await?;
    Ok(Some(summary))
}
