//! Group commit: one transaction, and one fsync, for everything that waits.
//!
//! A writer takes whatever is queued, at most `BATCH` commands and without a timer: while one commit
//! is under way the next batch gathers. Each command runs in a savepoint, so one refusal does not
//! harm its neighbours. Only after the commit are effects performed, in order, and callers answered:
//! nothing is acknowledged or published before it is durable.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Instrument as _, Span};

use crate::{
    error::AppError,
    server::{
        live::{Close, Effect, Live},
        store::{Conn, Db, StoreError},
    },
};

const BATCH: usize = 256;
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
    queues: Arc<[mpsc::Sender<Box<dyn Command>>]>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Writers {
    /// Starts the writers.
    pub fn start(db: &Db, live: &Arc<Live>) -> Self {
        let count = match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres(_) => POSTGRES_WRITERS,
        };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let start = |_| {
            let (queue, commands) = mpsc::channel(QUEUE);
            let writer = Writer { db: db.clone(), live: Arc::clone(live), conn: None };
            tasks.spawn(writer.run(commands, stop.clone()));
            queue
        };
        let queues = (0..count).map(start).collect();
        Self { queues, tasks, stop }
    }

    /// Commits what is queued, refuses the rest, and gives the connections back.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Which of the writers commits the commands of `shard`.
    pub fn shard_of(&self, shard: i64) -> usize {
        usize::try_from(shard.unsigned_abs()).unwrap_or(0) % self.queues.len()
    }

    /// Runs `work` in a transaction and answers once it is durable. Commands with the same `shard`
    /// (a room's or a user's id) are committed and published in the order of their calls.
    ///
    /// # Errors
    /// Whatever `work` refuses; `Unavailable` if the commit fails. Then it is open whether it happened, as
    /// it is when a connection breaks: a retry with the same cid finds out.
    pub async fn run<T, F>(&self, shard: i64, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Conn) -> BoxFuture<'a, Result<Change<T>, AppError>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job { work: Some(work), outcome: None, reply, span: Span::current() };
        self.queues[self.shard_of(shard)].send(Box::new(job)).await.map_err(|_| AppError::UNAVAILABLE)?;
        answer.await.map_err(|_| AppError::UNAVAILABLE)?
    }
}

/// One queued command, whatever its answer's type.
trait Command: Send {
    /// Runs the command. False if it was refused and must leave no trace.
    fn run<'a>(&'a mut self, conn: &'a mut Conn) -> BoxFuture<'a, bool>;

    /// The batch is durable: performs the effects, then answers.
    fn committed(self: Box<Self>, live: &Live);

    /// The batch is lost.
    fn lost(self: Box<Self>);
}

struct Job<T, F> {
    work: Option<F>,
    outcome: Option<Result<Change<T>, AppError>>,
    reply: oneshot::Sender<Result<T, AppError>>,
    span: Span,
}

impl<T, F> Command for Job<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Conn) -> BoxFuture<'a, Result<Change<T>, AppError>> + Send + 'static,
{
    fn run<'a>(&'a mut self, conn: &'a mut Conn) -> BoxFuture<'a, bool> {
        let span = self.span.clone();
        Box::pin(
            async move {
                let outcome = match self.work.take() {
                    Some(work) => work(conn).await,
                    None => Err(AppError::UNAVAILABLE),
                };
                self.outcome.insert(outcome).is_ok()
            }
            .instrument(span),
        )
    }

    fn committed(self: Box<Self>, live: &Live) {
        let answer = self.outcome.unwrap_or(Err(AppError::UNAVAILABLE)).map(|change| {
            live.perform(change.effects);
            change.answer
        });
        // The caller may have gone; the change stands all the same.
        drop(self.reply.send(answer));
    }

    fn lost(self: Box<Self>) {
        drop(self.reply.send(Err(AppError::UNAVAILABLE)));
    }
}

struct Writer {
    db: Db,
    live: Arc<Live>,
    /// Kept between batches; dropped after a failure, since its state is then unknown.
    conn: Option<Conn>,
}

impl Writer {
    async fn run(mut self, mut commands: mpsc::Receiver<Box<dyn Command>>, stop: CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                taken = commands.recv_many(&mut batch, BATCH) => if taken == 0 { return },
                () = stop.cancelled(), if !commands.is_closed() => {
                    commands.close();
                    continue;
                }
            }
            match self.commit(&mut batch).await {
                Ok(()) => batch.drain(..).for_each(|command| command.committed(&self.live)),
                Err(error) => {
                    tracing::error!(%error, commands = batch.len(), "a batch was not committed");
                    self.conn = None;
                    // It may be durable all the same, and nobody has heard: everyone resumes.
                    self.live.hub.close_all(Close::Restart);
                    batch.drain(..).for_each(Command::lost);
                }
            }
        }
    }

    async fn commit(&mut self, batch: &mut [Box<dyn Command>]) -> Result<(), StoreError> {
        let conn = match &mut self.conn {
            Some(conn) => conn,
            empty => empty.insert(self.db.writer().await?),
        };
        conn.begin().await?;
        for command in batch {
            conn.savepoint().await?;
            if command.run(conn).await {
                conn.release_savepoint().await?;
            } else {
                conn.rollback_to_savepoint().await?;
            }
        }
        conn.commit().await
    }
}
