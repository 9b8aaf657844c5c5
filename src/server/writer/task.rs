//! Group commit: one fsync for everything that waits.
//!
//! A writer takes whatever is queued, at most `BATCH` works and without a timer: while one commit is
//! under way the next batch gathers. A batch is one transaction, whatever is in it. Only after its commit effects are performed
//! and callers answered, in order: nothing is published or acknowledged before it is durable.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, OnceLock},
};

use futures::FutureExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::batch::{Batch, Work};
use crate::{
    error::AppError,
    server::{
        health::{Fault, Health},
        live::{Close, Live},
        store::{Db, Failure, StoreError, Tx, WriteAccess, WriteConn},
    },
};

const BATCH: usize = 256;

pub(super) struct Writer {
    pub(super) db: Db,
    pub(super) access: Arc<WriteAccess>,
    /// Empty until there is anybody to tell.
    pub(super) live: Arc<OnceLock<Arc<Live>>>,
    pub(super) health: Health,
    /// It is kept between batches, and closed after a failure, since its state is then unknown.
    pub(super) conn: Option<WriteConn>,
}

impl Writer {
    /// Writes until `stop`, and then what is queued by then.
    pub(super) async fn run(mut self, mut works: mpsc::Receiver<Work>, stop: CancellationToken) {
        let mut waiting = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                taken = works.recv_many(&mut waiting, BATCH) => if taken == 0 { return },
                () = stop.cancelled(), if !works.is_closed() => {
                    works.close();
                    continue;
                }
            }
            let count = waiting.len();
            let batch = Batch::of(waiting.drain(..));
            if AssertUnwindSafe(self.write(batch)).catch_unwind().await.is_err() {
                // A bug in one batch must not end the writer of all.
                self.contain(&Failure::Unknown(StoreError::Other("a writer panicked".into())), count);
            }
        }
    }

    async fn write(&mut self, mut batch: Batch) {
        if self.health.fault().is_some() {
            return batch.lost(self.live(), &AppError::UNAVAILABLE);
        }
        match self.commit(&mut batch).await {
            Ok(()) => {
                self.health.note_disk_full(false);
                batch.committed(self.live());
            }
            Err(failure) => {
                self.contain(&failure, batch.len());
                batch.lost(self.live(), &AppError::from(&failure));
            }
        }
    }

    async fn commit(&mut self, batch: &mut Batch) -> Result<(), Failure> {
        let mut tx = self.begin().await.map_err(Failure::before_commit)?;
        batch.run(&mut tx).await.map_err(Failure::before_commit)?;
        self.conn = Some(tx.commit().await?);
        if self.db.is_in_place() {
            return Ok(());
        }
        // What was committed to files that are gone counts as lost, and nothing more is written.
        self.health.note_fault(Fault::FilesReplaced);
        Err(Failure::Unknown(StoreError::Away(Fault::FilesReplaced.to_string())))
    }

    async fn begin(&mut self) -> Result<Tx, StoreError> {
        if let Some(mut conn) = self.conn.take()
            && conn.is_alive().await
        {
            return conn.begin().await;
        }
        self.access.connect().await?.begin().await
    }

    fn live(&self) -> Option<&Live> {
        self.live.get().map(Arc::as_ref)
    }

    /// Sees to it that nothing wrong comes of a failure; one of the disk ends the process.
    fn contain(&mut self, failure: &Failure, works: usize) {
        self.conn = None;
        match failure {
            Failure::Broken(error) => {
                // What the disk holds is unknown now, and a retry could make it look well.
                tracing::error!(%error, "the database's disk fails: the server ends at once");
                std::process::exit(EXIT_IO_ERROR);
            }
            Failure::Unknown(error) => {
                error.log("it is unknown whether a batch was committed");
                if let Some(live) = self.live() {
                    // Nobody has heard of it: everyone resumes.
                    live.hub.close_all(Close::Restart);
                }
            }
            Failure::Undone(StoreError::Full) => {
                self.health.note_disk_full(true);
                tracing::warn!(works, "the disk is full");
            }
            Failure::Undone(error) => error.log("a batch was not committed"),
        }
    }
}

/// `EX_IOERR` of sysexits.
const EXIT_IO_ERROR: i32 = 74;
