//! The loop that commits each message alone: what storing without group commit reaches on this disk.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Result;
use rusqlite::{Connection, params};

const TABLES: &str = "
    pragma journal_mode = wal;
    pragma synchronous = full;
    create table rooms (id integer primary key, last_seq integer not null);
    create table messages (
        id integer primary key, room_id integer not null, seq integer not null, author_id integer not null,
        cid blob not null, text text not null, created_at integer not null,
        unique (room_id, seq), unique (author_id, cid)
    );
    insert into rooms values (1, 0);
";

/// Messages per second in a new database in `folder`.
pub(super) fn measure(folder: &Path, duration: Duration) -> Result<f64> {
    let mut database = Connection::open(folder.join("commit-alone.db"))?;
    database.execute_batch(TABLES)?;
    let begin = Instant::now();
    let mut messages = 0_i64;
    while begin.elapsed() < duration {
        messages += 1;
        let commit = database.transaction()?;
        let seq: i64 = commit
            .prepare_cached("update rooms set last_seq = last_seq + 1 where id = 1 returning last_seq")?
            .query_row([], |row| row.get(0))?;
        commit.prepare_cached("insert into messages values (?, 1, ?, 1, ?, ?, ?)")?.execute(params![
            messages,
            seq,
            uuid::Uuid::now_v7().as_bytes(),
            "a text of the length that the others send, which is about eighty bytes, dear me",
            messages
        ])?;
        commit.commit()?;
    }
    Ok(messages as f64 / begin.elapsed().as_secs_f64())
}
