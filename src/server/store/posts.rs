//! Posted messages, many at a time: a batch of any size is a handful of statements.

use std::collections::BTreeMap;

use super::{
    Conn, StoreError,
    conn::on_either,
    rows::{pieces, with_rows},
};
use crate::model::{Cid, MessageId, RoomId, Seq, Timestamp, UserId};

/// What is asked about a message that is to be posted.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub author: UserId,
    pub cid: Cid,
    pub room: RoomId,
}

/// What is known of it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What the author sent under this cid before, in whatever room.
    pub earlier: Option<Earlier>,
    pub is_member: bool,
    /// The room is a direct one with a disabled user, to whom nobody writes.
    pub is_closed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub room: RoomId,
    pub id: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
    pub text: String,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    n: i64,
    is_member: bool,
    is_closed: bool,
    room_id: Option<i64>,
    id: Option<i64>,
    seq: Option<i64>,
    at: Option<i64>,
    text: Option<String>,
}

impl KnownRow {
    fn earlier(self) -> Option<Earlier> {
        Some(Earlier {
            room: RoomId(self.room_id?),
            id: MessageId(self.id?),
            seq: Seq(self.seq?),
            at: Timestamp(self.at?),
            text: self.text?,
        })
    }
}

/// Keeps others from changing these rooms and who is in them until the transaction ends. On SQLite the
/// transaction itself does.
pub async fn lock_rooms(conn: &mut Conn, rooms: &BTreeMap<RoomId, i64>) -> Result<(), StoreError> {
    let Conn::Postgres(held) = conn else { return Ok(()) };
    // In the order of their ids, as everyone does, so that nobody waits for each other.
    let sql = "select id from rooms where id = any($1) order by id for update";
    let ids: Vec<i64> = rooms.keys().map(|room| room.0).collect();
    sqlx::query(sql).bind(ids).execute(held.pooled()).await?;
    Ok(())
}

/// What is known of each, in their order.
pub async fn list_known(conn: &mut Conn, asked: &[Asked]) -> Result<Vec<Known>, StoreError> {
    const SQL: &str = "with asked (n, author_id, cid, room_id) as (values {rows}) \
                       select a.n, b.user_id is not null as is_member, m.room_id, m.id, m.seq, m.at, m.text, \
                       coalesce(r.kind = 'direct', false) and exists (select 1 from members o join users u on u.id = o.user_id \
                        where o.room_id = a.room_id and u.disabled) as is_closed \
                       from asked a \
                       left join rooms r on r.id = a.room_id \
                       left join members b on b.room_id = a.room_id and b.user_id = a.author_id and b.joined \
                       left join messages m on m.author_id = a.author_id and m.cid = a.cid \
                       where a.n >= 0";
    let mut known = vec![Known::default(); asked.len()];
    let Some(first) = asked.first() else { return Ok(known) };
    let numbered: Vec<(usize, &Asked)> = asked.iter().enumerate().collect();
    for piece in pieces(&numbered, &(usize::MAX, first)) {
        let sql = with_rows(conn, SQL, piece.len(), 4);
        let rows: Vec<KnownRow> = on_either!(conn, held => {
            let mut query = sqlx::query_as(sql);
            for (n, asked) in piece {
                let n = i64::try_from(*n).unwrap_or(-1);
                query = query.bind(n).bind(asked.author.0).bind(asked.cid.to_string()).bind(asked.room.0);
            }
            query.fetch_all(held).await
        })?;
        for row in rows {
            if let Some(known) = usize::try_from(row.n).ok().and_then(|n| known.get_mut(n)) {
                *known = Known { is_member: row.is_member, is_closed: row.is_closed, earlier: row.earlier() };
            }
        }
    }
    Ok(known)
}

/// Takes the next `n` seqs of each room; gives the last one taken.
pub async fn take_seqs(
    conn: &mut Conn,
    rooms: &BTreeMap<RoomId, i64>,
) -> Result<BTreeMap<RoomId, Seq>, StoreError> {
    const SQL: &str = "with asked (id, n) as (values {rows}) \
                       update rooms set last_seq = last_seq + (select n from asked where asked.id = rooms.id) \
                       where id in (select id from asked) returning id, last_seq";
    let asked: Vec<(i64, i64)> = rooms.iter().map(|(room, n)| (room.0, *n)).collect();
    let mut taken = BTreeMap::new();
    for piece in pieces(&asked, &(0, 0)) {
        let sql = with_rows(conn, SQL, piece.len(), 2);
        let rows: Vec<(i64, i64)> = on_either!(conn, held => {
            let query = sqlx::query_as(sql);
            let query = piece.iter().fold(query, |query, (id, n)| query.bind(id).bind(n));
            query.fetch_all(held).await
        })?;
        taken.extend(rows.into_iter().map(|(room, seq)| (RoomId(room), Seq(seq))));
    }
    Ok(taken)
}
