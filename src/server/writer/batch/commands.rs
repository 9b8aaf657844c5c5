//! Commands that are no posts, such as entering a room: each in a savepoint of its own, so that one refusal does
//! not harm its neighbours.

use std::panic::AssertUnwindSafe;

use futures::{FutureExt as _, future::BoxFuture};
use tokio::sync::oneshot;
use tracing::{Instrument as _, Span};

use crate::{
    error::AppError,
    server::{
        live::Live,
        store::{StoreError, Tx},
        writer::Outcome,
    },
};

/// Runs a command, which leaves no trace if it is refused, or panics.
///
/// # Errors
/// Those of the database; the whole transaction is to be given up.
pub(super) async fn run(command: &mut dyn Command, tx: &mut Tx) -> Result<(), StoreError> {
    tx.savepoint().await?;
    let ran = AssertUnwindSafe(command.run(tx)).catch_unwind().await;
    if let Some(fault) = tx.take_fault() {
        return Err(fault);
    }
    if ran.unwrap_or(false) { tx.release_savepoint().await } else { tx.rollback_to_savepoint().await }
}

/// One queued command, whatever its answer's type.
pub(in crate::server::writer) trait Command: Send {
    /// Runs the command. False if it was refused and must leave no trace.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool>;

    /// The batch is durable: performs the effects, then answers.
    fn committed(self: Box<Self>, live: Option<&Live>);

    /// The batch is lost.
    fn lost(self: Box<Self>, error: &AppError);
}

pub(in crate::server::writer) struct Job<T, E, F> {
    work: Option<F>,
    /// None until it ran, and if it panicked.
    outcome: Option<Result<Outcome<T>, E>>,
    reply: oneshot::Sender<Result<T, E>>,
    span: Span,
}

impl<T, E, F> Job<T, E, F>
where
    T: Send + 'static,
    E: From<AppError> + Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, E>> + Send + 'static,
{
    pub(in crate::server::writer) fn boxed(
        work: F,
        reply: oneshot::Sender<Result<T, E>>,
    ) -> Box<dyn Command> {
        Box::new(Self { work: Some(work), outcome: None, reply, span: Span::current() })
    }
}

impl<T, E, F> Command for Job<T, E, F>
where
    T: Send + 'static,
    E: From<AppError> + Send + 'static,
    F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, Result<Outcome<T>, E>> + Send + 'static,
{
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        let span = self.span.clone();
        Box::pin(
            async move {
                let Some(work) = self.work.take() else { return false };
                self.outcome.insert(work(tx).await).is_ok()
            }
            .instrument(span),
        )
    }

    fn committed(self: Box<Self>, live: Option<&Live>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(AppError::UNAVAILABLE.into()));
        let answer = outcome.map(|Outcome { answer, effects }| {
            if let Some(live) = live {
                live.perform(effects);
            }
            answer
        });
        // The caller may have gone; what was done stands all the same.
        drop(self.reply.send(answer));
    }

    fn lost(self: Box<Self>, error: &AppError) {
        drop(self.reply.send(Err(error.clone().into())));
    }
}
