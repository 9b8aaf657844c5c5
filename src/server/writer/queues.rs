//! The ways to the writers: what is to be written is queued for the writer of its room or user, and answered once it is
//! durable.

use std::{
    io,
    sync::{Arc, OnceLock},
    thread,
};

use futures::future::BoxFuture;
use tokio::{
    runtime::Handle,
    sync::{Mutex, MutexGuard, mpsc, oneshot},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    batch::{Answer, Job, Work},
    delivery::Delivery,
    outcome::Outcome,
    posting::Post,
    probe::Probe,
    task::Writer,
};
use crate::{
    error::AppError,
    model::UserId,
    server::{
        health::Health,
        live::{Live, Subscriber},
        shard,
        store::{Db, Tx, WriteAccess},
    },
};

const QUEUE: usize = 4_096;
/// PostgreSQL writes rooms in parallel; SQLite has one writer.
const POSTGRES_WRITERS: usize = 4;
/// Users whose ids fall together wait for each other in `run_in_turn`.
const TURNS: usize = 1_024;

/// The queues of a server's writers.
#[derive(Clone)]
pub struct Writers {
    queues: Arc<[mpsc::Sender<Work>]>,
    turns: Arc<[Mutex<()>]>,
    live: Arc<OnceLock<Arc<Live>>>,
    pub(super) probe: Arc<Probe>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Writers {
    /// Starts the writers of the database. Until `tell` nobody hears of what they write.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(db: &Db, access: WriteAccess, health: &Health) -> io::Result<Self> {
        let count = match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres(_) => POSTGRES_WRITERS,
        };
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (live, access) = (Arc::default(), Arc::new(access));
        let start = |_| {
            let (queue, works) = mpsc::channel(QUEUE);
            let (db, access, live, health) =
                (db.clone(), Arc::clone(&access), Arc::clone(&live), health.clone());
            let writer = Writer { db: db.clone(), access, live, health, conn: None };
            let running = tasks.track_future(writer.run(works, stop.clone()));
            let runtime = Handle::current();
            match db {
                // It blocks its thread.
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
        let turns = (0..TURNS).map(|_| Mutex::default()).collect();
        Ok(Self { queues, turns, live, probe: Arc::default(), tasks, stop })
    }

    /// Performs the effects of what is written from now on.
    pub fn tell(&self, live: &Arc<Live>) {
        // A second call changes nothing.
        drop(self.live.set(Arc::clone(live)));
    }

    /// Commits what is queued, refuses the rest, and gives the connections back.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Which of the writers commits the commands of a room or user.
    fn shard_of(&self, id: i64) -> usize {
        shard::shard(id.unsigned_abs(), self.queues.len())
    }

    /// `items` by the writer that commits them; `id` gives the room's or user's.
    pub fn by_shard<T>(&self, items: Vec<T>, id: impl Fn(&T) -> i64) -> Vec<Vec<T>> {
        let mut shards: Vec<Vec<T>> = self.queues.iter().map(|_| Vec::new()).collect();
        items.into_iter().for_each(|item| shards[self.shard_of(id(&item))].push(item));
        shards
    }

    /// Runs `command` in a transaction and answers once it is durable. Commands and posts with the same `shard` (a
    /// room's or a user's id) are committed and published in the order of their calls. The room of this id is locked
    /// meanwhile, so that no other node changes it or who is in it.
    ///
    /// # Errors
    /// Whatever `command` refuses; `StorageFull`; `Unavailable` if the commit fails. Then it is open whether
    /// it happened, as it is when a connection breaks: a retry with the same cid finds out.
    pub async fn run<T, F>(&self, shard: i64, command: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, AppError>> + Send + 'static,
    {
        self.queue_command(vec![shard], command).await
    }

    /// Like `run`, for commands whose refusals are no `AppError`, as those of the command line.
    ///
    /// # Errors
    /// Those of `run`.
    pub async fn try_run<T, E, F>(&self, shard: i64, command: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<AppError> + Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, E>> + Send + 'static,
    {
        self.queue_command(vec![shard], command).await
    }

    /// Like `run`, for a command that changes several rooms of one shard, which are all locked meanwhile.
    ///
    /// # Errors
    /// Those of `run`.
    pub async fn run_on<T, F>(&self, ids: Vec<i64>, command: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, AppError>> + Send + 'static,
    {
        self.queue_command(ids, command).await
    }

    async fn queue_command<T, E, F>(&self, ids: Vec<i64>, command: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<AppError> + Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let shard = ids.first().copied().unwrap_or_default();
        self.queue(shard, Work::Command(ids, Job::boxed(command, reply))).await?;
        answer.await.unwrap_or_else(|_| Err(AppError::UNAVAILABLE.into()))
    }

    /// Runs `command` like `run`, after the earlier ones of the same user: it may count what the user holds, though the
    /// rooms of the next one have other writers.
    ///
    /// # Errors
    /// Those of `run`.
    pub async fn run_in_turn<T, F>(&self, user: UserId, shard: i64, command: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, AppError>> + Send + 'static,
    {
        let _turn = self.turn_of(user).await;
        self.run(shard, command).await
    }

    /// The user's turn: who counts what a user holds has it meanwhile.
    pub async fn turn_of(&self, user: UserId) -> MutexGuard<'_, ()> {
        self.turns[shard::shard(user.0.unsigned_abs(), self.turns.len())].lock().await
    }

    /// Stores a message and answers once it is durable; order and errors are those of `run`.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::store::{DatabaseUrl, settings};

    #[tokio::test]
    async fn a_command_that_panics_is_answered_and_harms_no_other_one() {
        let folder = tempfile::tempdir().unwrap();
        let (db, access) = Db::open(&DatabaseUrl::Sqlite(folder.path().join("papo.db"))).await.unwrap();
        let writers = Writers::start(&db, access, &Health::default()).unwrap();
        let find = || {
            writers
                .run(1, |tx| Box::pin(async move { Ok(Outcome::quiet(settings::setup_secret(tx).await?)) }))
        };
        let setup = find().await.unwrap();
        let lost = writers.run::<(), _>(1, |tx| {
            Box::pin(async move {
                settings::delete_setup_secret(tx).await?;
                panic!("a bug")
            })
        });
        let (lost, found) = futures::join!(lost, find());
        assert_eq!(lost, Err(AppError::UNAVAILABLE));
        assert_eq!(found.unwrap(), setup, "what the first one did is undone");
    }
}
