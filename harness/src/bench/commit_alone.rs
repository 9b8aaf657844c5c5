//! The loop that commits each message alone: what storing without group commit reaches on this disk.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::Result;
use nix::time::{ClockId, clock_gettime};
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

/// Commits one message after the other.
struct Loop {
    database: Connection,
    messages: i64,
}

/// Messages per second in a new database in `folder`.
pub(super) fn measure(folder: &Path, duration: Duration) -> Result<f64> {
    let mut alone = Loop::open(folder)?;
    let begin = Instant::now();
    while begin.elapsed() < duration {
        alone.commit()?;
    }
    Ok(alone.messages as f64 / begin.elapsed().as_secs_f64())
}

/// The processor time of one message in microseconds, at `rate` messages per second: between them the caches grow cold,
/// as they do in a server.
pub(super) fn measure_cpu(folder: &Path, rate: f64, messages: u32) -> Result<f64> {
    let mut alone = Loop::open(folder)?;
    let clock = || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from);
    let (begin, mut cpu) = (Instant::now(), Duration::ZERO);
    for message in 1..=messages {
        let due = begin + Duration::from_secs_f64(f64::from(message) / rate);
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let before = clock()?;
        alone.commit()?;
        cpu += clock()? - before;
    }
    Ok(cpu.as_secs_f64() * 1e6 / f64::from(messages))
}

impl Loop {
    fn open(folder: &Path) -> Result<Self> {
        let folder = tempfile::tempdir_in(folder)?.keep();
        let database = Connection::open(folder.join("commit-alone.db"))?;
        database.execute_batch(TABLES)?;
        Ok(Self { database, messages: 0 })
    }

    fn commit(&mut self) -> Result<()> {
        self.messages += 1;
        let commit = self.database.transaction()?;
        let seq: i64 = commit
            .prepare_cached("update rooms set last_seq = last_seq + 1 where id = 1 returning last_seq")?
            .query_row([], |row| row.get(0))?;
        commit.prepare_cached("insert into messages values (?, 1, ?, 1, ?, ?, ?)")?.execute(params![
            self.messages,
            seq,
            uuid::Uuid::now_v7().as_bytes(),
            "a text of the length that the others send, which is about eighty bytes, dear me",
            self.messages
        ])?;
        Ok(commit.commit()?)
    }
}
