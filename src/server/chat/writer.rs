//! Group commit: one fsync for everything that waits.
//!
//! A writer takes whatever is queued, at most `BATCH` works and without a timer: while one commit is
//! under way the next batch gathers. Posts are committed in one transaction, then all other commands in another. Only after
//! a commit are effects performed, in order, and then callers answered: nothing is published or acknowledged before it is
//! durable.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures::FutureExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    batch::{Commands, Posts, Work},
    messages::Delivery,
};
use crate::{
    error::AppError,
    model::Message,
    server::{
        health::{Fault, Health},
        live::{Close, Live},
        store::{Conn, Db, Failure, StoreError, posts, posts::Poster},
    },
};

const BATCH: usize = posts::MOST;

pub(super) struct Writer {
    db: Db,
    live: Arc<Live>,
    health: Health,
    /// Both are kept between batches, and dropped after a failure, since their state is then unknown.
    poster: Option<Poster>,
    conn: Option<Conn>,
}

impl Writer {
    pub(super) fn new(db: &Db, live: &Arc<Live>, health: &Health) -> Self {
        let (db, live, health) = (db.clone(), Arc::clone(live), health.clone());
        Self { db, live, health, poster: None, conn: None }
    }

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
            let (mut posts, mut commands) = (Posts::default(), Commands::default());
            for work in waiting.drain(..) {
                match work {
                    Work::Post(post, answer) => posts.push(post, answer),
                    Work::Command(command) => commands.push(command),
                }
            }
            let count = posts.len() + commands.len();
            if AssertUnwindSafe(self.write(posts, commands)).catch_unwind().await.is_err() {
                // A bug in one batch must not end the writer of all.
                self.contain(&Failure::Unknown(panicked()), count);
            }
        }
    }

    async fn write(&mut self, posts: Posts, commands: Commands) {
        if self.health.fault().is_some() {
            posts.lost(&self.live, &AppError::UNAVAILABLE);
            return commands.lost(&AppError::UNAVAILABLE);
        }
        if posts.len() > 0 {
            self.write_posts(posts).await;
        }
        if commands.len() > 0 {
            self.write_commands(commands).await;
        }
    }

    async fn write_posts(&mut self, posts: Posts) {
        let committed = self.commit_posts(&posts).await;
        let rest = match committed.and_then(|new| self.in_place(new)) {
            Ok(new) => {
                self.health.note_disk_full(false);
                posts.committed(&self.live, new)
            }
            Err(failure) => {
                self.contain(&failure, posts.len());
                return posts.lost(&self.live, &AppError::from(&failure));
            }
        };
        if rest.len() > 0 {
            match self.explain(&rest).await {
                Ok(answers) => rest.answer(&self.live, answers),
                Err(failure) => {
                    self.contain(&failure, rest.len());
                    rest.lost(&self.live, &AppError::from(&failure));
                }
            }
        }
    }

    async fn write_commands(&mut self, mut commands: Commands) {
        // A command that panics does so long before the commit.
        let committed = AssertUnwindSafe(self.commit_commands(&mut commands)).catch_unwind().await;
        let committed = committed.unwrap_or_else(|_| Err(Failure::Undone(panicked())));
        match committed.and_then(|()| self.in_place(())) {
            Ok(()) => {
                self.health.note_disk_full(false);
                commands.committed(&self.live);
            }
            Err(failure) => {
                self.contain(&failure, commands.len());
                commands.lost(&AppError::from(&failure));
            }
        }
    }

    async fn commit_posts(&mut self, posts: &Posts) -> Result<Vec<Option<Message>>, Failure> {
        if let Some(poster) = &mut self.poster
            && !poster.is_alive().await
        {
            self.poster = None;
        }
        let poster = match &mut self.poster {
            Some(poster) => poster,
            empty => empty.insert(Poster::open(&self.db).await.map_err(Failure::before_commit)?),
        };
        posts.commit(poster).await
    }

    /// What was committed to files that are gone counts as lost, and nothing more is written.
    fn in_place<T>(&self, committed: T) -> Result<T, Failure> {
        if self.db.is_in_place() {
            return Ok(committed);
        }
        self.health.note_fault(Fault::FilesReplaced);
        Err(Failure::Unknown(StoreError::Away(Fault::FilesReplaced.to_string())))
    }

    async fn explain(&mut self, posts: &Posts) -> Result<Vec<Result<Delivery, AppError>>, Failure> {
        posts.explain(self.conn().await?).await
    }

    async fn commit_commands(&mut self, commands: &mut Commands) -> Result<(), Failure> {
        commands.commit(self.conn().await?).await
    }

    async fn conn(&mut self) -> Result<&mut Conn, Failure> {
        if let Some(conn) = &mut self.conn
            && !conn.is_alive().await
        {
            self.conn = None;
        }
        Ok(match &mut self.conn {
            Some(conn) => conn,
            empty => empty.insert(self.db.writer().await.map_err(Failure::before_commit)?),
        })
    }

    /// Sees to it that nothing wrong comes of a failure; one of the disk ends the process.
    fn contain(&mut self, failure: &Failure, works: usize) {
        (self.poster, self.conn) = (None, None);
        match failure {
            Failure::Broken(error) => {
                // What the disk holds is unknown now, and a retry could make it look well.
                tracing::error!(%error, "the database's disk fails: the server ends at once");
                std::process::exit(EXIT_IO_ERROR);
            }
            Failure::Unknown(error) => {
                error.log("it is unknown whether a batch was committed");
                // Nobody has heard of it: everyone resumes.
                self.live.hub.close_all(Close::Restart);
            }
            Failure::Undone(StoreError::Full) => {
                self.health.note_disk_full(true);
                tracing::warn!(works, "the disk is full");
            }
            Failure::Undone(error) => error.log("a batch was not committed"),
        }
    }
}

fn panicked() -> StoreError {
    StoreError::Other("a writer panicked".into())
}

/// `EX_IOERR` of sysexits.
const EXIT_IO_ERROR: i32 = 74;
