//! How far members have come. Many are read and moved in one statement.

use serde::Serialize;

use super::{Conn, StoreError, Tx, conn::Engine, with_db};
use crate::model::{Mark, RoomId, Seq, UserId, overview::UNREAD_MAX};

/// A member's mark in a room whose last seq is `head`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomMark {
    pub room: RoomId,
    pub head: Seq,
    pub mark: Mark,
}

/// Puts a table `wanted (room, member, delivered, read)` before a statement whose first parameter is the
/// table's rows as JSON. The engines differ in how they read it.
macro_rules! with_wanted {
    ($conn:expr, $rest:literal) => {
        match $conn.engine() {
            Engine::Postgres(_) => concat!(
                "with wanted as (select (value ->> 0)::bigint as room, (value ->> 1)::bigint as member, \
                 (value ->> 2)::bigint as delivered, (value ->> 3)::bigint as read \
                 from jsonb_array_elements($1::jsonb)) ",
                $rest
            ),
            _ => concat!(
                "with wanted as (select value ->> 0 as room, value ->> 1 as member, \
                 value ->> 2 as delivered, value ->> 3 as read from json_each($1)) ",
                $rest
            ),
        }
    };
}

fn json(rows: &[impl Serialize]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Other(error.into()))
}

/// Where these users stand; those who are not in the room are passed over. Nobody else moves these marks while their rooms are
/// locked.
pub async fn list_room_marks(tx: &mut Tx, members: &[(RoomId, UserId)]) -> Result<Vec<RoomMark>, StoreError> {
    let sql = with_wanted!(
        tx,
        "select m.room_id, m.user_id, m.delivered_seq, m.read_seq, r.last_seq \
         from wanted w join members m on m.room_id = w.room and m.user_id = w.member and m.joined \
         join rooms r on r.id = m.room_id order by m.room_id, m.user_id"
    );
    let rows: Vec<(i64, i64, i64, i64, i64)> = with_db!(tx, query_as(sql, json(members)?).fetch_all)?;
    let standing = |(room, user, delivered, read, head)| RoomMark {
        room: RoomId(room),
        head: Seq(head),
        mark: mark_of((user, delivered, read)),
    };
    Ok(rows.into_iter().map(standing).collect())
}

/// Sets members' marks, and how many texts each knows by then. The caller sees to it that they only grow and stay within the room.
///
/// Who has read to the end knows all texts. Otherwise the member's own ones between the two marks were counted when they were
/// written, and are not counted twice: so each is looked at once, however often marks move.
pub async fn update_marks(tx: &mut Tx, marks: &[(RoomId, Mark)]) -> Result<(), StoreError> {
    let sql = with_wanted!(
        tx,
        "update members set delivered_seq = w.delivered, read_seq = w.read, known_texts = case \
          when w.read <= members.read_seq then members.known_texts \
          when r.texts = coalesce((select t.texts from messages t where t.room_id = w.room and t.seq <= w.read \
           order by t.seq desc limit 1), 0) then r.texts \
          else members.known_texts \
           + coalesce((select t.texts from messages t where t.room_id = w.room and t.seq <= w.read \
            order by t.seq desc limit 1), 0) \
           - coalesce((select t.texts from messages t where t.room_id = w.room and t.seq <= members.read_seq \
            order by t.seq desc limit 1), 0) \
           - (select count(*) from messages t where t.room_id = w.room and t.seq > members.read_seq \
            and t.seq <= w.read and t.author_id = w.member and t.kind = 'text') end \
         from wanted w join rooms r on r.id = w.room \
         where members.room_id = w.room and members.user_id = w.member"
    );
    let row = |(room, mark): &(RoomId, Mark)| (*room, mark.user, mark.delivered_seq, mark.read_seq);
    let rows: Vec<_> = marks.iter().map(row).collect();
    with_db!(tx, query(sql, json(&rows)?).execute)?;
    Ok(())
}

/// Texts of others after each user's read mark, counted to `UNREAD_MAX`; 0 for who is not in the room.
pub async fn count_unread(
    conn: &mut Conn,
    members: &[(RoomId, UserId)],
) -> Result<Vec<(RoomId, UserId, u32)>, StoreError> {
    let sql = with_wanted!(
        conn,
        "select w.room, w.member, coalesce(r.texts - me.known_texts, 0) from wanted w \
         left join members me on me.room_id = w.room and me.user_id = w.member and me.joined \
         left join rooms r on r.id = me.room_id"
    );
    let rows: Vec<(i64, i64, i64)> = with_db!(conn, query_as(sql, json(members)?).fetch_all)?;
    let count = |(room, user, unread)| (RoomId(room), UserId(user), to_unread(unread));
    Ok(rows.into_iter().map(count).collect())
}

/// So many unread texts as they are told.
pub(super) fn to_unread(texts: i64) -> u32 {
    u32::try_from(texts.max(0)).map_or(UNREAD_MAX, |texts| texts.min(UNREAD_MAX))
}

/// The marks of everyone in the room; none if there are more than `most` of them.
pub async fn list_marks(conn: &mut Conn, room: RoomId, most: usize) -> Result<Vec<Mark>, StoreError> {
    let sql = "select user_id, delivered_seq, read_seq from members \
               where room_id = $1 and joined order by user_id limit $2";
    let rows: Vec<(i64, i64, i64)> = with_db!(conn, query_as(sql, room.0, one_more(most)).fetch_all)?;
    Ok(if rows.len() > most { Vec::new() } else { rows.into_iter().map(mark_of).collect() })
}

/// The marks of all but `me` in those of `rooms` that have at most `most` members, the newest rooms first;
/// at most `limit`.
pub async fn list_marks_of_others(
    conn: &mut Conn,
    rooms: &[RoomId],
    me: UserId,
    most: usize,
    limit: i64,
) -> Result<Vec<(RoomId, Mark)>, StoreError> {
    let sql = with_wanted!(
        conn,
        "select m.room_id, m.user_id, m.delivered_seq, m.read_seq \
         from wanted w join members m on m.room_id = w.room \
         where m.joined and m.user_id <> $2 and (select count(*) from \
         (select 1 from members o where o.room_id = w.room and o.joined limit $3) counted) < $3 \
         order by m.room_id desc, m.user_id limit $4"
    );
    let wanted = json(&rooms.iter().map(|room| [room]).collect::<Vec<_>>())?;
    let rows: Vec<(i64, i64, i64, i64)> =
        with_db!(conn, query_as(sql, wanted, me.0, one_more(most), limit).fetch_all)?;
    let mark = |(room, user, delivered, read)| (RoomId(room), mark_of((user, delivered, read)));
    Ok(rows.into_iter().map(mark).collect())
}

/// Those of `rooms` that have at most `most` members.
pub async fn list_small_rooms(
    conn: &mut Conn,
    rooms: &[RoomId],
    most: usize,
) -> Result<Vec<RoomId>, StoreError> {
    let sql = with_wanted!(
        conn,
        "select w.room from wanted w where (select count(*) from \
         (select 1 from members o where o.room_id = w.room and o.joined limit $2) counted) < $2"
    );
    let wanted = json(&rooms.iter().map(|room| [room]).collect::<Vec<_>>())?;
    let small: Vec<i64> = with_db!(conn, query_scalar(sql, wanted, one_more(most)).fetch_all)?;
    Ok(small.into_iter().map(RoomId).collect())
}

/// As many rows tell that there are more than `most`.
fn one_more(most: usize) -> i64 {
    i64::try_from(most + 1).unwrap_or(i64::MAX)
}

fn mark_of((user, delivered, read): (i64, i64, i64)) -> Mark {
    Mark { user: UserId(user), delivered_seq: Seq(delivered), read_seq: Seq(read) }
}
