//! PostgreSQL's way: a batch of any size is one statement.

use std::collections::BTreeSet;

use super::{
    super::{
        conn::{on_either, on_postgres},
        rows::{pieces, with_rows},
    },
    Conn, Failure, StoreError, Stored,
};
use crate::model::{Message, MessageId, RoomId, Seq};

/// Who is asked about, who of them may write what is new, and the seqs that it gets.
const INSERT: &str = "\
    with asked (id, room_id, author_id, cid, text, html, at) as (values {rows}), \
    allowed as ( \
     select a.*, r.last_seq + row_number() over (partition by a.room_id order by a.id) as seq \
     from asked a \
     join rooms r on r.id = a.room_id \
     join members b on b.room_id = a.room_id and b.user_id = a.author_id and b.joined \
     where not exists (select 1 from messages m where m.author_id = a.author_id and m.cid = a.cid) \
     and not (r.kind = 'direct' and exists (select 1 from members o join users u on u.id = o.user_id \
      where o.room_id = a.room_id and u.disabled))), \
    stored as ( \
     insert into messages (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq) \
     select id, room_id, seq, author_id, cid, 'text', text, html, at, seq from allowed \
     returning id, room_id, seq), \
    heads as (select room_id, max(seq) as seq from stored group by room_id), \
    moved as (update rooms set last_seq = heads.seq from heads where rooms.id = heads.room_id) \
    select id, seq from stored";

pub(super) async fn commit(conn: &mut Conn, posts: &[&Message]) -> Result<Stored, Failure> {
    let stored = store(conn, posts).await.map_err(Failure::before_commit)?;
    conn.commit().await.map_err(Failure::of_commit)?;
    Ok(stored)
}

async fn store(conn: &mut Conn, posts: &[&Message]) -> Result<Stored, StoreError> {
    conn.begin().await?;
    lock_rooms(conn, posts).await?;
    match insert(conn, posts).await {
        Err(StoreError::Conflict(_)) => {
            conn.rollback().await?;
            conn.begin().await?;
            lock_rooms(conn, posts).await?;
            insert_each(conn, posts).await
        }
        stored => stored,
    }
}

async fn insert(conn: &mut Conn, posts: &[&Message]) -> Result<Stored, StoreError> {
    let mut stored = Stored::with_capacity(posts.len());
    let Some(first) = posts.first() else { return Ok(stored) };
    let filler = &Message { room: RoomId(0), text: String::new(), html: String::new(), ..(*first).clone() };
    for piece in pieces(posts, &filler) {
        let sql = with_rows(conn, INSERT, piece.len(), 7);
        let rows: Vec<(i64, i64)> = on_either!(conn, held => {
            let mut query = sqlx::query_as(sql);
            for Message { id, room, from, cid, text, html, at, .. } in piece {
                let cid = cid.map(|cid| cid.to_string());
                query = query.bind(id.0).bind(room.0).bind(from.id.0).bind(cid).bind(text).bind(html).bind(at.0);
            }
            query.fetch_all(held)
        })?;
        stored.extend(rows.into_iter().map(|(id, seq)| (MessageId(id), Seq(seq))));
    }
    Ok(stored)
}

/// Another node stored one of the cids at the same moment: the others are found by trying each alone.
async fn insert_each(conn: &mut Conn, posts: &[&Message]) -> Result<Stored, StoreError> {
    let mut stored = Stored::with_capacity(posts.len());
    for post in posts {
        conn.savepoint().await?;
        match insert(conn, &[post]).await {
            Err(StoreError::Conflict(_)) => conn.rollback_to_savepoint().await?,
            one => {
                stored.extend(one?);
                conn.release_savepoint().await?;
            }
        }
    }
    Ok(stored)
}

/// Keeps others from changing these rooms and who is in them until the transaction ends.
async fn lock_rooms(conn: &mut Conn, posts: &[&Message]) -> Result<(), StoreError> {
    let Conn::Postgres(held) = conn else { return Ok(()) };
    // In the order of their ids, as everyone does, so that nobody waits for each other.
    let sql = "select id from rooms where id = any($1) order by id for update";
    let rooms: BTreeSet<i64> = posts.iter().map(|post| post.room.0).collect();
    let rooms: Vec<i64> = rooms.into_iter().collect();
    on_postgres!(held, conn => sqlx::query(sql).bind(rooms).execute(conn)).map(drop)
}
