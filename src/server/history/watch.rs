//! The database while the server runs: whether somebody replaced its files, or put it back.

use std::{collections::BTreeMap, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{History, SHARD, list_heads};
use crate::{
    error::AppError,
    server::{
        health::{Fault, Health},
        store::{
            Conn, Db, StoreError,
            history::{self, Mark},
        },
        writer::{Outcome, Writers},
    },
};

/// How often the files are looked at.
const FILES_EVERY: Duration = Duration::from_secs(1);
/// Every so many looks at the files the mark is read,
const MARK_EVERY: u32 = 2;
/// and every so many the heads, and the database is marked anew if they moved.
const HEADS_EVERY: u32 = 10;
/// How long `/ready` tells of a fault before the server ends.
const NOTICE: Duration = Duration::from_secs(1);

/// What is watched, and who is told of it.
pub(in crate::server) struct Watched {
    pub(in crate::server) db: Db,
    pub(in crate::server) writers: Writers,
    pub(in crate::server) health: Health,
    pub(in crate::server) stop: CancellationToken,
}

impl History {
    /// Watches the database until the server stops. A fault is noted in `health`, and ends the server.
    pub(in crate::server) async fn keep(mut self, server: &Watched) -> Self {
        let Watched { health, stop, .. } = server;
        if let Some(fault) = stop.run_until_cancelled(self.watch(server)).await {
            health.note_fault(fault);
        }
        if let Some(fault) = health.fault() {
            tracing::error!("{fault}: the server ends");
            tokio::time::sleep(NOTICE).await;
            stop.cancel();
        }
        self
    }

    async fn watch(&mut self, Watched { db, writers, health, .. }: &Watched) -> Fault {
        let mut tick = tokio::time::interval(FILES_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut looks = 0_u32;
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                // A writer met it first.
                fault = health.wait_for_fault() => return fault,
            }
            if !db.is_in_place() {
                return Fault::FilesReplaced;
            }
            looks = looks.wrapping_add(1);
            let looked = match looks {
                looks if looks % HEADS_EVERY == 0 => self.move_on(db, writers).await,
                looks if looks % MARK_EVERY == 0 => self.look(db).await,
                _ => continue,
            };
            match looked {
                Ok(None) => {}
                Ok(Some(fault)) => return fault,
                // It says so elsewhere, and will be looked at again.
                Err(error) => tracing::debug!(%error, "the database does not tell of its history"),
            }
        }
    }

    /// Reads the mark.
    async fn look(&self, db: &Db) -> Result<Option<Fault>, AppError> {
        let mut conn = db.read().await?;
        Ok(self.compare(db, &mut conn).await?.err())
    }

    /// Reads the mark and the heads, and notes what changed.
    async fn move_on(&mut self, db: &Db, writers: &Writers) -> Result<Option<Fault>, AppError> {
        let mut conn = db.read().await?;
        let found = match self.compare(db, &mut conn).await? {
            Ok(found) => found,
            Err(fault) => return Ok(Some(fault)),
        };
        let heads = list_heads(&mut conn).await?;
        drop(conn);
        if self.record.heads.iter().any(|(room, head)| heads.get(room).is_some_and(|found| found < head)) {
            return Ok(Some(Fault::PutBack));
        }
        if heads != self.record.heads {
            let found = self.mark_anew(writers, found).await?;
            self.follow(found, heads);
        } else if found != self.mark {
            // Another node's.
            self.follow(found, heads);
        }
        Ok(None)
    }

    /// Gives the database the mark after `found`, unless another node is first: what that wrote is read next time.
    async fn mark_anew(&self, writers: &Writers, found: Mark) -> Result<Mark, AppError> {
        let new = Mark::after(found.number, self.mark.identity.clone());
        let mark = writers.run(SHARD, move |tx| {
            Box::pin(async move {
                let is_first = history::replace_mark(tx, Some(&found), &new).await?;
                Ok(Outcome::quiet(if is_first { new } else { found }))
            })
        });
        mark.await
    }

    fn follow(&mut self, mark: Mark, heads: BTreeMap<i64, i64>) {
        self.mark = mark;
        if let Err(error) = self.note(heads, true) {
            tracing::warn!(%error, "history.json is not written");
        }
    }

    /// The mark of the database, which is this one or follows it, or what is wrong.
    async fn compare(&self, db: &Db, conn: &mut Conn) -> Result<Result<Mark, Fault>, StoreError> {
        let (epoch, found) = history::find_history(conn).await?;
        if epoch.as_deref() != Some(self.epoch()) {
            return Ok(Err(Fault::PutBack));
        }
        let Some(found) = found else { return Ok(Err(Fault::PutBack)) };
        let is_older =
            found.number < self.mark.number || (found.number == self.mark.number && found.id != self.mark.id);
        // Of SQLite the files are watched.
        let is_other = matches!(db, Db::Postgres(_))
            && self.mark.identity.is_some()
            && db.identity(conn).await.is_some_and(|identity| Some(identity) != self.mark.identity);
        Ok(if is_older || is_other { Err(Fault::PutBack) } else { Ok(found) })
    }
}
