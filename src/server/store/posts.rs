//! Posted messages, many at a time: a batch of any size is one statement.
//!
//! On SQLite it moves the rooms' heads by a trigger, so that it needs no transaction around it: each further visit to
//! SQLite's thread, and each further result on its way, would wake two threads, which costs more than the statement.

use std::collections::{BTreeSet, HashMap};

use sqlx::{Database, Encode, Type, query::QueryAs};

use super::{
    Conn, StoreError,
    rows::{self, pieces, with_rows},
};
use crate::model::{Message, MessageId, RoomId, Seq};

/// The most posts of one statement.
pub const MOST: usize = rows::MOST;

/// The seqs of what was stored.
pub type Stored = HashMap<MessageId, Seq>;

/// Who is asked about, who of them may write what is new, and the seqs that it gets.
macro_rules! with_allowed {
    () => {
        "with asked (id, room_id, author_id, cid, text, html, at) as (values {rows}), \
         allowed as ( \
          select a.*, r.last_seq + row_number() over (partition by a.room_id order by a.id) as seq \
          from asked a \
          join rooms r on r.id = a.room_id \
          join members b on b.room_id = a.room_id and b.user_id = a.author_id and b.joined \
          where not exists (select 1 from messages m where m.author_id = a.author_id and m.cid = a.cid) \
          and not (r.kind = 'direct' and exists (select 1 from members o join users u on u.id = o.user_id \
           where o.room_id = a.room_id and u.disabled))) "
    };
}

macro_rules! insert_allowed {
    () => {
        "insert into messages (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq) \
         select id, room_id, seq, author_id, cid, 'text', text, html, at, seq from allowed"
    };
}

/// Stores those of `posts` that their authors may write and that are new, in the order of their ids, and gives the
/// seqs of these; the seqs in `posts` count for nothing. No author's cid may be there twice. To be called in a
/// transaction, or, on SQLite and for at most `MOST` posts, as one of its own.
///
/// # Errors
/// `Conflict` if another node stored one of the cids meanwhile.
pub async fn insert_posts(conn: &mut Conn, posts: &[&Message]) -> Result<Stored, StoreError> {
    // What is given back comes after the commit: rows of the insert itself would wake their reader before it.
    const SQLITE: &str = concat!(
        with_allowed!(),
        insert_allowed!(),
        "; select id, seq from messages where id in (select value from json_each(?))"
    );
    const POSTGRES: &str = concat!(
        with_allowed!(),
        ", stored as (",
        insert_allowed!(),
        " returning id, room_id, seq), \
         heads as (select room_id, max(seq) as seq from stored group by room_id), \
         moved as (update rooms set last_seq = heads.seq from heads where rooms.id = heads.room_id) \
         select id, seq from stored"
    );
    let Some(first) = posts.first() else { return Ok(Stored::new()) };
    let filler = &Message { room: RoomId(0), text: String::new(), html: String::new(), ..(*first).clone() };
    lock_rooms(conn, posts).await?;
    let mut stored = Stored::with_capacity(posts.len());
    for piece in pieces(posts, &filler) {
        let sql = if matches!(conn, Conn::Sqlite(_)) { SQLITE } else { POSTGRES };
        let sql = with_rows(conn, sql, piece.len(), 7);
        let rows: Result<Vec<(i64, i64)>, _> = match conn {
            Conn::Sqlite(held) => {
                let ids: Vec<i64> = piece.iter().map(|post| post.id.0).collect();
                let query = bind(sqlx::query_as(sql), &piece).bind(format!("{ids:?}"));
                query.fetch_all(held.pooled()).await
            }
            Conn::Postgres(held) => bind(sqlx::query_as(sql), &piece).fetch_all(held.pooled()).await,
        };
        let rows = rows.map_err(|error| conn.failed(error))?;
        stored.extend(rows.into_iter().map(|(id, seq)| (MessageId(id), Seq(seq))));
    }
    Ok(stored)
}

fn bind<'q, DB: Database, O>(
    query: QueryAs<'q, DB, O, DB::Arguments>,
    posts: &[&'q &'q Message],
) -> QueryAs<'q, DB, O, DB::Arguments>
where
    i64: Encode<'q, DB> + Type<DB>,
    String: Encode<'q, DB> + Type<DB>,
    Option<String>: Encode<'q, DB> + Type<DB>,
    &'q str: Encode<'q, DB> + Type<DB>,
{
    posts.iter().fold(query, |query, post| {
        query
            .bind(post.id.0)
            .bind(post.room.0)
            .bind(post.from.id.0)
            .bind(post.cid.map(|cid| cid.to_string()))
            .bind(post.text.as_str())
            .bind(post.html.as_str())
            .bind(post.at.0)
    })
}

/// Keeps others from changing these rooms and who is in them until the transaction ends. On SQLite the transaction
/// itself does.
async fn lock_rooms(conn: &mut Conn, posts: &[&Message]) -> Result<(), StoreError> {
    let Conn::Postgres(held) = conn else { return Ok(()) };
    // In the order of their ids, as everyone does, so that nobody waits for each other.
    let sql = "select id from rooms where id = any($1) order by id for update";
    let rooms: BTreeSet<i64> = posts.iter().map(|post| post.room.0).collect();
    let rooms: Vec<i64> = rooms.into_iter().collect();
    sqlx::query(sql).bind(rooms).execute(held.pooled()).await?;
    Ok(())
}
