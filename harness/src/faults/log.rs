//! What each client did and was told, in the order in which it happened.
//!
//! All clients of a run live in one process and share one clock, so that the order of two entries of
//! different logs is known: the checker needs that for "seen before sent".

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use anyhow::Context as _;
use serde::Serialize;

use super::{
    marks::Mark,
    wire::{Member, Message, Row},
};

/// One moment per entry: a tick that no other entry has, and the time since the run began.
#[derive(Clone, Debug)]
pub struct Clock {
    ticks: Arc<AtomicU64>,
    began: Instant,
}

impl Default for Clock {
    fn default() -> Self {
        Self { ticks: Arc::default(), began: Instant::now() }
    }
}

impl Clock {
    pub fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::SeqCst)
    }

    pub fn ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    pub tick: u64,
    pub ms: u64,
    #[serde(flatten)]
    pub what: What,
}

/// `conn` numbers the connections of one client.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Connected {
        conn: u32,
        epoch: String,
    },
    Closed {
        conn: u32,
        code: Option<u16>,
        why: String,
    },
    /// `sync` was sent with these cursors.
    Asked {
        conn: u32,
        cursors: BTreeMap<i64, i64>,
    },
    Rooms {
        conn: u32,
        heads: BTreeMap<i64, i64>,
    },
    Synced {
        conn: u32,
        room: i64,
        head: i64,
        messages: Vec<Arc<Message>>,
        members: Vec<Member>,
    },
    Reload {
        conn: u32,
        room: i64,
    },
    Ready {
        conn: u32,
    },
    Told {
        conn: u32,
        row: Row,
    },
    Invoked {
        conn: u32,
        cid: String,
        room: i64,
        text: String,
    },
    Acknowledged {
        conn: u32,
        cid: String,
        room: i64,
        id: i64,
        seq: i64,
    },
    Refused {
        conn: u32,
        cid: Option<String>,
        code: String,
    },
    /// The whole room was fetched over HTTP.
    Fetched {
        room: i64,
        cursor: i64,
        messages: Vec<Arc<Message>>,
        members: Vec<Member>,
    },
    Typed {
        conn: u32,
        room: i64,
        on: bool,
    },
    Typing {
        conn: u32,
        room: i64,
        users: Vec<i64>,
    },
    Receipt {
        conn: u32,
        room: i64,
        user: i64,
        mark: Mark,
    },
    /// The client tells how far it has come.
    Marks {
        conn: u32,
        room: i64,
        mark: Mark,
    },
    /// And is told that this is done; `is_stored` if that was promised, too.
    Marked {
        room: i64,
        mark: Mark,
        is_stored: bool,
    },
    /// The user asked to enter or to leave, and was heard.
    Joined {
        room: i64,
    },
    Left {
        room: i64,
    },
}

/// The log of one client.
#[derive(Clone, Debug, Default)]
pub struct Log {
    pub entries: Vec<Entry>,
    clock: Clock,
}

impl Log {
    pub fn new(clock: &Clock) -> Self {
        Self { entries: Vec::new(), clock: clock.clone() }
    }

    pub fn note(&mut self, what: What) {
        self.entries.push(Entry { tick: self.clock.tick(), ms: self.clock.ms(), what });
    }

    /// Writes one JSON object per line.
    pub fn dump(&self, path: &Path) -> anyhow::Result<()> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut file = BufWriter::new(file);
        for entry in &self.entries {
            serde_json::to_writer(&mut file, entry)?;
            writeln!(file)?;
        }
        Ok(file.flush()?)
    }
}
