//! PostgreSQL's way: a batch of any size is one statement.

use std::collections::BTreeSet;

use super::{super::on_postgres, Conn, Failure, StoreError, Stored};
use crate::model::{Message, MessageId, Seq};

/// Who is asked about, who of them may write what is new, and the seqs that it gets.
const INSERT: &str = "\
    with asked (id, room_id, author_id, cid, text, html, at) as ( \
     select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[])), \
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
    let Conn::Postgres(held) = conn else { return Ok(Stored::new()) };
    let numbers = |of: fn(&Message) -> i64| -> Vec<i64> { posts.iter().map(|post| of(post)).collect() };
    let (ids, rooms) = (numbers(|post| post.id.0), numbers(|post| post.room.0));
    let (authors, times) = (numbers(|post| post.from.id.0), numbers(|post| post.at.0));
    let cids: Vec<Option<String>> = posts.iter().map(|post| post.cid.map(|cid| cid.to_string())).collect();
    let texts: Vec<&str> = posts.iter().map(|post| post.text.as_str()).collect();
    let html: Vec<&str> = posts.iter().map(|post| post.html.as_str()).collect();
    let rows: Vec<(i64, i64)> = on_postgres!(held, conn => {
        let query = sqlx::query_as(INSERT).bind(ids).bind(rooms).bind(authors).bind(cids);
        query.bind(texts).bind(html).bind(times).fetch_all(conn)
    })?;
    Ok(rows.into_iter().map(|(id, seq)| (MessageId(id), Seq(seq))).collect())
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
