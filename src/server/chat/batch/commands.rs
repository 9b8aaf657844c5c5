//! Commands that are no posts, such as entering a room: each in a savepoint of its own, so that one refusal does
//! not harm its neighbours.

use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::{
    error::AppError,
    server::{
        chat::Change,
        live::Live,
        store::{Conn, Failure, StoreError},
    },
};

/// Commands that are committed together.
#[derive(Default)]
pub(in crate::server::chat) struct Commands(Vec<Box<dyn Command>>);

impl Commands {
    pub(in crate::server::chat) fn push(&mut self, command: Box<dyn Command>) {
        self.0.push(command);
    }

    pub(in crate::server::chat) fn len(&self) -> usize {
        self.0.len()
    }

    /// Runs everything in one transaction and commits it.
    pub(in crate::server::chat) async fn commit(&mut self, conn: &mut Conn) -> Result<(), Failure> {
        self.run(conn).await.map_err(Failure::before_commit)?;
        conn.commit().await.map_err(Failure::of_commit)
    }

    async fn run(&mut self, conn: &mut Conn) -> Result<(), StoreError> {
        conn.begin().await?;
        for command in &mut self.0 {
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

    /// Everything is durable: each command's effects are performed, then it is answered.
    pub(in crate::server::chat) fn committed(self, live: &Live) {
        self.0.into_iter().for_each(|command| command.committed(live));
    }

    pub(in crate::server::chat) fn lost(self, error: &AppError) {
        self.0.into_iter().for_each(|command| command.lost(error));
    }
}

/// One queued command, whatever its answer's type.
pub(in crate::server::chat) trait Command: Send {
    /// Runs the command. False if it was refused and must leave no trace.
    fn run<'a>(&'a mut self, conn: &'a mut Conn) -> BoxFuture<'a, bool>;

    /// The batch is durable: performs the effects, then answers.
    fn committed(self: Box<Self>, live: &Live);

    /// The batch is lost.
    fn lost(self: Box<Self>, error: &AppError);
}

pub(in crate::server::chat) struct Job<T, F> {
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
    pub(in crate::server::chat) fn boxed(
        work: F,
        reply: oneshot::Sender<Result<T, AppError>>,
    ) -> Box<dyn Command> {
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
