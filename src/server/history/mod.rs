//! Whether the database is the one that this server left, or was put back to an earlier state.
//!
//! Clients name what they hold by seqs of an epoch. In a restored database the same seqs will belong to other messages, so
//! it needs a new epoch, and every client then loads its rooms anew. At the start the database is compared with the record
//! in the data folder; while the server runs, `watch` compares it again and ends the server.

mod record;
mod verdict;
mod watch;

use std::{collections::BTreeMap, path::PathBuf};

pub(super) use self::watch::Watched;
use self::{
    record::Record,
    verdict::{Found, why_put_back},
};
use super::{
    config::Options,
    store::{
        Conn, DatabaseUrl, Db, StoreError, Tx, companion,
        history::{self, Mark},
        rooms, settings,
    },
    writer::{Outcome, Writers},
};
use crate::model::RoomId;

/// How many rooms the record names.
const HEADS: i64 = 50;
/// Marks are written in one order.
const SHARD: i64 = 0;
/// Other nodes may write marks at the same moment.
const TRIES: usize = 4;

/// What the data folder tells before the database is opened.
#[derive(Debug)]
pub(super) struct Before {
    folder: PathBuf,
    record: Option<Record>,
    lacks_log: bool,
}

/// The history that is served.
#[derive(Debug)]
pub(super) struct History {
    folder: PathBuf,
    record: Record,
    /// As the database has it.
    mark: Mark,
}

impl Before {
    /// Reads the record, and looks for SQLite's write-ahead log, which opening the database would make.
    pub(super) fn read(options: &Options) -> Self {
        let lacks_log = match options.database() {
            DatabaseUrl::Sqlite(path) => !companion(&path, "-wal").exists(),
            DatabaseUrl::Postgres(_) => false,
        };
        Self { folder: options.data.clone(), record: Record::read(&options.data), lacks_log }
    }

    /// Compares the database with the record, begins a new epoch if it was put back, and marks it.
    ///
    /// # Errors
    /// Those of the database, and of writing the record.
    pub(super) async fn open(self, db: &Db, writers: &Writers) -> anyhow::Result<History> {
        let Self { folder, record, lacks_log } = self;
        let db = db.clone();
        let noted = writers.try_run(SHARD, move |tx| {
            Box::pin(async move { anyhow::Ok(Outcome::quiet(note_start(&db, tx, record, lacks_log).await?)) })
        });
        let (record, mark, heads) = noted.await?;
        let mut history = History { folder, record, mark };
        history.note(heads, true)?;
        Ok(history)
    }
}

/// What `Before::open` writes to the database, and the record that belongs to it.
async fn note_start(
    db: &Db,
    tx: &mut Tx,
    record: Option<Record>,
    lacks_log: bool,
) -> Result<(Record, Mark, BTreeMap<i64, i64>), StoreError> {
    settings::epoch(tx).await?;
    let found = look(db, tx, record.as_ref(), lacks_log).await?;
    let why = why_put_back(record.as_ref(), &found);
    let mut record = record.unwrap_or_default();
    let epoch = match why {
        None => found.epoch.clone(),
        Some(why) => {
            let epoch = begin_epoch(tx, &found.epoch).await?;
            tracing::warn!(
                "the database was put back: {why}. A new epoch begins: every client loads its rooms anew"
            );
            record.end(&found.epoch);
            epoch
        }
    };
    if record.epoch != epoch {
        let old = std::mem::replace(&mut record.epoch, epoch);
        record.end(&old);
    }
    let mark = set_mark(tx, record.number, found.identity).await?;
    Ok((record, mark, list_heads(tx).await?))
}

impl History {
    pub(super) fn epoch(&self) -> &str {
        &self.record.epoch
    }

    /// Writes the record, after the mark is in the database.
    fn note(&mut self, heads: BTreeMap<i64, i64>, is_running: bool) -> std::io::Result<()> {
        self.record.number = self.mark.number;
        self.record.mark.clone_from(&self.mark.id);
        self.record.heads = heads;
        self.record.is_running = is_running;
        self.record.write(&self.folder)
    }

    /// Marks the database for the last time, once no client writes to it any more.
    pub(super) async fn close(mut self, writers: &Writers) {
        let closed = async {
            let (number, identity) = (self.mark.number, self.mark.identity.clone());
            let marked = writers.run(SHARD, move |tx| {
                Box::pin(async move {
                    let mark = set_mark(tx, number, identity).await?;
                    Ok(Outcome::quiet((mark, list_heads(tx).await?)))
                })
            });
            let heads;
            (self.mark, heads) = marked.await?;
            anyhow::Ok(self.note(heads, false)?)
        };
        if let Err(error) = closed.await {
            tracing::warn!(error = format!("{error:#}"), "the history was not noted at the end");
        }
    }
}

/// Begins another history for a database that the caller has put back.
///
/// # Errors
/// Those of the database.
pub(super) async fn begin_anew(tx: &mut Tx) -> Result<String, StoreError> {
    let old = settings::epoch(tx).await?;
    begin_epoch(tx, &old).await
}

/// Replaces the epoch `old`, and gives the one that holds then: another node may have been first.
async fn begin_epoch(tx: &mut Tx, old: &str) -> Result<String, StoreError> {
    history::replace_epoch(tx, old, &history::random_id()).await?;
    settings::epoch(tx).await
}

async fn look(
    db: &Db,
    conn: &mut Conn,
    record: Option<&Record>,
    lacks_log: bool,
) -> Result<Found, StoreError> {
    let (epoch, mark) = history::find_history(conn).await?;
    let named: Vec<RoomId> =
        record.into_iter().flat_map(|record| record.heads.keys().copied().map(RoomId)).collect();
    let heads = rooms::list_heads(conn, &named).await?;
    Ok(Found {
        epoch: epoch.unwrap_or_default(),
        mark,
        identity: db.identity(conn).await,
        heads: heads.into_iter().map(|(room, head)| (room.0, head.0)).collect(),
        is_alone: matches!(db, Db::Sqlite { .. }),
        lacks_log,
    })
}

/// Gives the database a mark above `number` and its own.
async fn set_mark(tx: &mut Tx, number: u64, identity: Option<String>) -> Result<Mark, StoreError> {
    for _ in 0..TRIES {
        let (_, old) = history::find_history(tx).await?;
        let last = old.as_ref().map_or(0, |mark| mark.number).max(number);
        let new = Mark::after(last, identity.clone());
        if history::replace_mark(tx, old.as_ref(), &new).await? {
            return Ok(new);
        }
    }
    Err(StoreError::Busy)
}

async fn list_heads(conn: &mut Conn) -> Result<BTreeMap<i64, i64>, StoreError> {
    Ok(history::list_highest_heads(conn, HEADS).await?.into_iter().collect())
}
