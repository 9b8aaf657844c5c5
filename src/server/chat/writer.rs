//! Group commit: one transaction, and one fsync, for everything that waits.
//!
//! A writer takes whatever is queued, at most `BATCH` works and without a timer: while one commit is
//! under way the next batch gathers. Posts are committed first, all other commands after them. Only after a commit
//! are effects performed, in order, and then callers answered: nothing is published or acknowledged before it is durable.

use std::{io, panic::AssertUnwindSafe, sync::Arc, thread};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    batch::{Answer, Commands, Job, Posts, Work},
    messages::Delivery,
    posting::{Post, Posted},
};
use crate::{
    error::AppError,
    server::{
        health::Health,
        live::{Close, Effect, Live, Subscriber},
        shard,
        store::{Conn, Db, Failure, StoreError, posts, posts::Poster},
    },
};

const BATCH: usize = posts::MOST;
const QUEUE: usize = 4_096;
/// PostgreSQL writes rooms in parallel; SQLite has one writer.
const POSTGRES_WRITERS: usize = 4;

/// What a command leaves behind: its answer, and what happens once it is durable.
pub struct Change<T> {
    pub answer: T,
    pub effects: Vec<Effect>,
}

impl<T> Change<T> {
    pub fn new(answer: T, effects: Vec<Effect>) -> Self {
        Self { answer, effects }
    }

    /// A change that nobody else hears of.
    pub fn quiet(answer: T) -> Self {
        Self::new(answer, Vec::new())
    }
}

/// The queues of a server's writers.
#[derive(Clone)]
pub struct Writers {
    queues: Arc<[mpsc::Sender<Work>]>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Writers {
    /// Starts the writers.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(db: &Db, live: &Arc<Live>, health: &Health) -> io::Result<Self> {
        let count = match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres(_) => POSTGRES_WRITERS,
        };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let start = |_| {
            let (queue, works) = mpsc::channel(QUEUE);
            let writer = Writer {
                db: db.clone(),
                live: Arc::clone(live),
                health: health.clone(),
                poster: None,
                conn: None,
            };
            let running = tasks.track_future(writer.run(works, stop.clone()));
            let runtime = Handle::current();
            match db {
                // It blocks its thread while it stores posts.
                Db::Sqlite { .. } => drop(
                    thread::Builder::new()
                        .name("writer".to_owned())
                        .spawn(move || runtime.block_on(running))?,
                ),
                Db::Postgres(_) => drop(runtime.spawn(running)),
            }
            Ok(queue)
        };
        let queues = (0..count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { queues, tasks, stop })
    }

    /// Commits what is queued, refuses the rest, and gives the connections back.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Which of the writers commits the commands of a room or user.
    pub fn shard_of(&self, id: i64) -> usize {
        shard::shard(id.unsigned_abs(), self.queues.len())
    }

    /// Runs `command` in a transaction and answers once it is durable. Commands with the same `shard` (a
    /// room's or a user's id) are committed and published in the order of their calls.
    ///
    /// # Errors
    /// Whatever `command` refuses; `StorageFull`; `Unavailable` if the commit fails. Then it is open whether
    /// it happened, as it is when a connection breaks: a retry with the same cid finds out.
    pub async fn run<T, F>(&self, shard: i64, command: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Conn) -> BoxFuture<'a, Result<Change<T>, AppError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.queue(shard, Work::Command(Job::boxed(command, reply))).await?;
        answer.await.map_err(|_| AppError::UNAVAILABLE)?
    }

    /// Stores a message and answers once it is durable; errors and order as of `run`.
    pub async fn post(&self, post: Post) -> Result<Delivery, AppError> {
        let (reply, answer) = oneshot::channel();
        self.queue(post.room.0, Work::Post(post, Answer::Caller(reply))).await?;
        answer.await.map_err(|_| AppError::UNAVAILABLE)?
    }

    /// Takes a message for its writer, which tells the connection what became of it: so a connection
    /// may have many on their way, in their order.
    ///
    /// # Errors
    /// `Unavailable` if the server stops.
    pub async fn post_from(&self, post: Post, connection: Arc<Subscriber>) -> Result<(), AppError> {
        self.queue(post.room.0, Work::Post(post, Answer::Connection(connection))).await
    }

    async fn queue(&self, shard: i64, work: Work) -> Result<(), AppError> {
        self.queues[self.shard_of(shard)].send(work).await.map_err(|_| AppError::UNAVAILABLE)
    }
}

struct Writer {
    db: Db,
    live: Arc<Live>,
    health: Health,
    /// Both are kept between batches, and dropped after a failure, since their state is then unknown.
    poster: Option<Poster>,
    conn: Option<Conn>,
}

impl Writer {
    async fn run(mut self, mut works: mpsc::Receiver<Work>, stop: CancellationToken) {
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
            if posts.len() > 0 {
                let is_idle = works.is_empty() && commands.len() == 0;
                self.post(posts, is_idle).await;
            }
            if commands.len() > 0 {
                self.command(commands).await;
            }
        }
    }

    /// `is_idle`: nothing else waits to be written.
    async fn post(&mut self, posts: Posts, is_idle: bool) {
        match self.commit_posts(&posts).await {
            Ok(posted) => {
                self.health.note_disk_full(false);
                let tell = || posts.committed(&self.live, posted);
                if is_idle { self.live.hub.by_hand(tell) } else { tell() }
            }
            Err(failure) => {
                self.note(&failure, posts.len());
                posts.lost(&self.live, &AppError::from(&failure));
            }
        }
    }

    async fn command(&mut self, mut commands: Commands) {
        // One command's bug must not end the writer of all.
        let committed = AssertUnwindSafe(self.commit_commands(&mut commands)).catch_unwind().await;
        let panicked = |_| Err(Failure::Undone(StoreError::Away("a command panicked".to_owned())));
        match committed.unwrap_or_else(panicked) {
            Ok(()) => {
                self.health.note_disk_full(false);
                commands.committed(&self.live);
            }
            Err(failure) => {
                self.note(&failure, commands.len());
                commands.lost(&AppError::from(&failure));
            }
        }
    }

    async fn commit_posts(&mut self, posts: &Posts) -> Result<Vec<Posted>, Failure> {
        let poster = match &mut self.poster {
            Some(poster) => poster,
            empty => empty.insert(Poster::open(&self.db).await.map_err(Failure::Undone)?),
        };
        posts.commit(&self.db, poster).await
    }

    async fn commit_commands(&mut self, commands: &mut Commands) -> Result<(), Failure> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            empty => empty.insert(self.db.writer().await.map_err(Failure::Undone)?),
        };
        commands.commit(conn).await
    }

    /// Sees to it that nothing wrong comes of a failed commit.
    fn note(&mut self, failure: &Failure, works: usize) {
        (self.poster, self.conn) = (None, None);
        match failure {
            Failure::Broken(error) => {
                // What the disk holds is unknown now, and a retry could make it look well.
                tracing::error!(%error, "the database's disk fails: the server ends at once");
                std::process::exit(EXIT_IO_ERROR);
            }
            Failure::Unknown(error) => {
                tracing::error!(%error, works, "it is unknown whether a batch was committed");
                // Nobody has heard of it: everyone resumes.
                self.live.hub.close_all(Close::Restart);
            }
            Failure::Undone(StoreError::Full) => {
                self.health.note_disk_full(true);
                tracing::warn!(works, "the disk is full");
            }
            Failure::Undone(error) => tracing::warn!(%error, works, "a batch was not committed"),
        }
    }
}

/// `EX_IOERR` of sysexits.
const EXIT_IO_ERROR: i32 = 74;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{DatabaseUrl, settings};

    /// Writers of a new SQLite database.
    async fn writers(folder: &tempfile::TempDir) -> (Db, Writers) {
        let db = Db::open(&DatabaseUrl::Sqlite(folder.path().join("papo.db"))).await.unwrap();
        let writers = Writers::start(&db, &Arc::new(Live::start(None)), &Health::default()).unwrap();
        (db, writers)
    }

    #[tokio::test]
    async fn a_command_that_panics_is_answered_and_harms_no_later_one() {
        let folder = tempfile::tempdir().unwrap();
        let (db, writers) = writers(&folder).await;
        let setup = settings::setup_secret(&mut db.writer().await.unwrap()).await.unwrap();
        let lost = writers
            .run::<(), _>(1, |conn| {
                Box::pin(async move {
                    settings::delete_setup_secret(conn).await?;
                    panic!("a bug")
                })
            })
            .await;
        assert_eq!(lost, Err(AppError::UNAVAILABLE));
        let found = writers
            .run(1, |conn| Box::pin(async move { Ok(Change::quiet(settings::setup_secret(conn).await?)) }));
        assert_eq!(found.await.unwrap(), setup, "what the first one did is undone");
    }
}
