//! What a writer commits in one transaction: posted messages, all at once, then other commands, each in
//! a savepoint of its own, so that one refusal does not harm its neighbours.

use std::sync::Arc;

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use super::{
    messages::Delivery,
    posting::{Post, Posted, commit_posts, store_posts},
    writer::Change,
};
use crate::{
    error::{AppError, Reason},
    model::{Cid, LiveEvent},
    server::{
        live::{Live, Subscriber},
        store::{Conn, StoreError},
    },
};

/// One thing to be written.
pub(super) enum Work {
    Post(Post, Answer),
    Command(Box<dyn Command>),
}

/// Who is told what became of a post.
pub(super) enum Answer {
    Caller(oneshot::Sender<Result<Delivery, AppError>>),
    Connection(Arc<Subscriber>),
}

/// Works that are committed together.
pub(super) struct Batch {
    posts: Vec<(Post, Answer)>,
    /// What became of them.
    posted: Vec<Posted>,
    commands: Vec<Box<dyn Command>>,
}

/// Why a batch was not committed.
#[derive(Debug)]
pub(super) enum Failure {
    /// Nothing of it is in the database.
    Undone(StoreError),
    /// It may be in the database or not.
    Unknown(StoreError),
    /// The disk failed.
    Broken(StoreError),
}

impl Batch {
    pub(super) fn new(works: impl Iterator<Item = Work>) -> Self {
        let mut batch = Self { posts: Vec::new(), posted: Vec::new(), commands: Vec::new() };
        for work in works {
            match work {
                Work::Post(post, answer) => batch.posts.push((post, answer)),
                Work::Command(command) => batch.commands.push(command),
            }
        }
        batch
    }

    pub(super) fn len(&self) -> usize {
        self.posts.len() + self.commands.len()
    }

    /// Does everything in one transaction and commits it.
    pub(super) async fn run(&mut self, conn: &mut Conn) -> Result<(), Failure> {
        if self.commands.is_empty() && matches!(conn, Conn::Sqlite(_)) {
            let posts: Vec<&Post> = self.posts.iter().map(|(post, _)| post).collect();
            self.posted = commit_posts(conn, &posts).await.map_err(Failure::of_commit)?;
            return Ok(());
        }
        self.write(conn).await.map_err(|error| match error {
            StoreError::Broken(_) => Failure::Broken(error),
            other => Failure::Undone(other),
        })?;
        conn.commit().await.map_err(Failure::of_commit)
    }

    async fn write(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        conn.begin().await?;
        if !self.posts.is_empty() {
            let posts: Vec<&Post> = self.posts.iter().map(|(post, _)| post).collect();
            self.posted = match store_posts(conn, &posts).await {
                Err(StoreError::Conflict(_)) => {
                    conn.rollback().await?;
                    conn.begin().await?;
                    store_each(conn, &posts).await?
                }
                stored => stored?,
            };
        }
        for command in &mut self.commands {
            conn.savepoint().await?;
            let is_done = command.run(conn).await;
            if let Some(fault) = conn.take_fault() {
                return Err(fault);
            }
            if is_done {
                conn.release_savepoint().await?;
            } else {
                conn.rollback_to_savepoint().await?;
            }
        }
        Ok(())
    }

    /// Everything is durable: first all is published, then all are answered.
    pub(super) fn committed(self, live: &Live) {
        let mut answers = Vec::with_capacity(self.posts.len());
        for ((post, answer), posted) in self.posts.into_iter().zip(self.posted) {
            let posted = posted.map(|(delivery, effect)| {
                live.perform(effect);
                delivery
            });
            answers.push((post.cid, answer, posted));
        }
        answers.into_iter().for_each(|(cid, answer, posted)| answer.give(live, cid, posted));
        self.commands.into_iter().for_each(|command| command.committed(live));
    }

    pub(super) fn lost(self, live: &Live, error: &AppError) {
        self.posts.into_iter().for_each(|(post, answer)| answer.give(live, post.cid, Err(error.clone())));
        self.commands.into_iter().for_each(|command| command.lost(error));
    }
}

/// Another node stored one of the cids at the same time: which, is found by trying each alone.
async fn store_each(conn: &mut Conn, posts: &[&Post]) -> Result<Vec<Posted>, StoreError> {
    let mut posted = Vec::with_capacity(posts.len());
    for post in posts {
        conn.savepoint().await?;
        match store_posts(conn, std::slice::from_ref(post)).await {
            Err(StoreError::Conflict(_)) => {
                conn.rollback_to_savepoint().await?;
                posted.push(Err(AppError::Conflict { reason: Reason::CidReused }));
            }
            stored => {
                posted.extend(stored?);
                conn.release_savepoint().await?;
            }
        }
    }
    Ok(posted)
}

impl Answer {
    fn give(self, live: &Live, cid: Cid, posted: Result<Delivery, AppError>) {
        match self {
            // Whoever asked may have gone; what is stored stands all the same.
            Self::Caller(reply) => drop(reply.send(posted)),
            Self::Connection(subscriber) => {
                let event = match posted {
                    Ok(delivery) => delivery.into(),
                    Err(error) => LiveEvent::Error { cid: Some(cid), error },
                };
                live.hub.answer(&subscriber, &event);
            }
        }
    }
}

impl Failure {
    fn of_commit(error: StoreError) -> Self {
        match error {
            StoreError::Broken(_) => Self::Broken(error),
            StoreError::Full | StoreError::Busy => Self::Undone(error),
            other => Self::Unknown(other),
        }
    }
}

impl From<Failure> for AppError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Undone(StoreError::Full) => Self::STORAGE_FULL,
            _ => Self::UNAVAILABLE,
        }
    }
}

/// One queued command, whatever its answer's type.
pub(super) trait Command: Send {
    /// Runs the command. False if it was refused and must leave no trace.
    fn run<'a>(&'a mut self, conn: &'a mut Conn) -> BoxFuture<'a, bool>;

    /// The batch is durable: performs the effects, then answers.
    fn committed(self: Box<Self>, live: &Live);

    /// The batch is lost.
    fn lost(self: Box<Self>, error: &AppError);
}

pub(super) struct Job<T, F> {
    work: Option<F>,
    outcome: Option<Result<Change<T>, AppError>>,
    reply: oneshot::Sender<Result<T, AppError>>,
    span: Span,
}

impl<T, F> Job<T, F>
where
    T: Send + 'static,
    F: for<'a> FnOnce(&'a mut Conn) -> BoxFuture<'a, Result<Change<T>, AppError>> + Send + 'static,
{
    pub(super) fn boxed(work: F, reply: oneshot::Sender<Result<T, AppError>>) -> Box<dyn Command> {
        Box::new(Self { work: Some(work), outcome: None, reply, span: Span::current() })
    }
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

    fn lost(self: Box<Self>, error: &AppError) {
        drop(self.reply.send(Err(error.clone())));
    }
}
