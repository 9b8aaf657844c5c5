//! This server as one node among those that share a PostgreSQL: joining them, what goes on for their sake, and
//! leaving. A server on SQLite is alone, and next to nothing happens here.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    chat::{Chat, cluster},
    config::Options,
    lease,
    live::{Bus, Job},
    store::Db,
    writer::Writers,
};

/// One start of one server.
#[derive(Debug)]
pub(super) struct Node {
    /// As other nodes know it.
    id: Uuid,
    /// In the ids that it makes.
    number: i64,
    /// What other nodes leave to do.
    jobs: Option<mpsc::Receiver<Job>>,
}

impl Node {
    /// Takes a number, and the way to other nodes if there may be any.
    ///
    /// # Errors
    /// One line: all numbers are taken, or NATS's address cannot be used.
    pub(super) async fn join(
        options: &Options,
        db: &Db,
        writers: &Writers,
        epoch: &str,
    ) -> anyhow::Result<(Self, Option<Bus>)> {
        let id = Uuid::now_v7();
        let number = lease::take(db, writers, id).await?;
        let Some(nats) = options.bus().map_err(anyhow::Error::msg)? else {
            if lease::is_shared(db).await? {
                tracing::warn!(
                    "another server uses this database; without --nats-url they do not hear each other"
                );
            }
            return Ok((Self { id, number, jobs: None }, None));
        };
        let (bus, jobs) = Bus::open(nats, id, epoch).await?;
        if bus.is_up() {
            tracing::info!("connected to NATS");
        }
        Ok((Self { id, number, jobs: Some(jobs) }, Some(bus)))
    }

    /// Starts what goes on until `stop`.
    pub(super) fn keep(&mut self, chat: &Arc<Chat>, stop: &CancellationToken) {
        if let Db::Postgres(_) = chat.db {
            tokio::spawn(lease::keep(chat.writers.clone(), self.id, self.number, stop.clone()));
        }
        let Some(jobs) = self.jobs.take() else { return };
        tokio::spawn(cluster::keep(Arc::clone(chat), jobs, stop.clone()));
        let (live, stop) = (Arc::clone(&chat.live), stop.clone());
        tokio::spawn(async move { stop.run_until_cancelled(live.keep_presence()).await });
    }

    /// Takes leave of the other nodes, once no client writes here any more.
    pub(super) async fn leave(self, chat: &Chat) {
        if let Some(bus) = &chat.live.bus {
            bus.close().await;
        }
        if let Db::Postgres(_) = chat.db {
            lease::free(&chat.writers, self.id).await;
        }
    }
}
