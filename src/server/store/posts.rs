//! Storing posted messages, many at a time. Which of them may be stored, `chat` decides from what is `known`.

use super::{Numbers, StoreError, Tx, conn::Engine, with_db, with_lists};
use crate::model::Message;

/// A text to be stored, with its seq.
#[derive(Clone, Debug)]
pub struct NewPost {
    pub message: Message,
    /// A retry is known by it.
    pub sent_hash: Vec<u8>,
    /// How many texts the room has with it.
    pub texts: i64,
}

/// Stores `posts`, whose rooms are locked and whose cids were seen nowhere. False if another node stored one of the
/// cids meanwhile: then none is stored, and what is known by now must be asked again. The caller moves the rooms' heads, and counts the texts as known to their authors.
pub async fn insert_posts(tx: &mut Tx, posts: &[&NewPost]) -> Result<bool, StoreError> {
    let stored = match tx.engine() {
        Engine::Postgres(_) => insert_all(tx, posts).await?,
        _ => insert_each(tx, posts).await?,
    };
    let is_whole = usize::try_from(stored).is_ok_and(|stored| stored == posts.len());
    if !is_whole {
        let sql = with_lists!(tx, concat!("delete from messages where id "["$1"]));
        let ids: Numbers = posts.iter().map(|post| post.message.id.0).collect();
        with_db!(tx, query(sql, ids).execute)?;
    }
    Ok(is_whole)
}

/// SQLite's way, where a statement costs no journey.
async fn insert_each(tx: &mut Tx, posts: &[&NewPost]) -> Result<u64, StoreError> {
    let sql = "insert into messages \
               (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq, sent_hash, texts) \
               values ($1, $2, $3, $4, $5, 'text', $6, $7, $8, $3, $9, $10) on conflict (cid, author_id) do nothing";
    let mut stored = 0;
    for NewPost { message, sent_hash, texts } in posts {
        let Message { id, room, seq, from, text, html, at, .. } = message;
        let (cid, author) = (message.cid.map(|cid| cid.to_string()), from.0);
        stored += with_db!(
            tx,
            query(sql, id.0, room.0, seq.0, author, cid, text, html, at.0, sent_hash, *texts).execute
        )?;
    }
    Ok(stored)
}

/// PostgreSQL's way: any number of posts is the same prepared statement.
async fn insert_all(tx: &mut Tx, posts: &[&NewPost]) -> Result<u64, StoreError> {
    let Engine::Postgres(held) = tx.engine() else { return Ok(0) };
    let sql = "insert into messages \
               (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq, sent_hash, texts) \
               select id, room_id, seq, author_id, cid, 'text', text, html, at, seq, sent_hash, texts \
               from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], \
               $7::text[], $8::bigint[], $9::bytea[], $10::bigint[]) \
               as new (id, room_id, seq, author_id, cid, text, html, at, sent_hash, texts) \
               on conflict (cid, author_id) do nothing";
    let numbers = |of: fn(&Message) -> i64| posts.iter().map(|post| of(&post.message)).collect::<Vec<i64>>();
    let (ids, rooms) = (numbers(|post| post.id.0), numbers(|post| post.room.0));
    let (seqs, authors) = (numbers(|post| post.seq.0), numbers(|post| post.from.0));
    let times = numbers(|post| post.at.0);
    let cids: Vec<_> = posts.iter().map(|post| post.message.cid.map(|cid| cid.to_string())).collect();
    let texts: Vec<&str> = posts.iter().map(|post| post.message.text.as_str()).collect();
    let html: Vec<&str> = posts.iter().map(|post| post.message.html.as_str()).collect();
    let counts: Vec<i64> = posts.iter().map(|post| post.texts).collect();
    let hashes: Vec<&[u8]> = posts.iter().map(|post| post.sent_hash.as_slice()).collect();
    let done = super::on_postgres!(held, conn => {
        let query = sqlx::query(sql).bind(ids).bind(rooms).bind(seqs).bind(authors).bind(cids);
        query.bind(texts).bind(html).bind(times).bind(hashes).bind(counts).execute(conn)
    })?;
    Ok(done.rows_affected())
}
