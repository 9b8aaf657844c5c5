//! `papo outbox …`: what waits to be done elsewhere.

use anyhow::bail;

use super::{Database, on_database, say};
use crate::{
    error::AppError,
    model::OutboxId,
    server::{
        config::{Options, OutboxCommand},
        outbox::{self, Mailer},
        store::{
            StoreError,
            outbox::{Waiting, delete, list},
        },
    },
};

/// Runs one of the `papo outbox` commands.
///
/// # Errors
/// One line for the terminal.
pub(in crate::server) async fn outbox(options: &Options, command: OutboxCommand) -> anyhow::Result<()> {
    match command {
        OutboxCommand::List => on_database(options, show).await,
        OutboxCommand::Retry { id } => retry(options, id).await,
        OutboxCommand::Delete { id } => {
            on_database(options, async |database| {
                let gone = database.write(move |tx| Box::pin(async move { found(delete(tx, id).await, id) }));
                gone.await?;
                say("It is thrown away.")
            })
            .await
        }
    }
}

async fn show(database: &Database) -> anyhow::Result<()> {
    for waiting in list(&mut database.read().await?).await? {
        say(&describe(&waiting))?;
    }
    Ok(())
}

fn describe(waiting: &Waiting) -> String {
    let Waiting { id, kind, attempts, due_at, error, is_given_up } = waiting;
    let when = if *is_given_up { "given up".to_owned() } else { format!("next {}", due_at.to_rfc3339()) };
    let why = error.as_deref().unwrap_or("-");
    format!("{id}\t{kind}\tattempts {attempts}\t{when}\t{why}")
}

async fn retry(options: &Options, id: OutboxId) -> anyhow::Result<()> {
    let mailer = Mailer::new(&options.mail);
    on_database(options, async |database| {
        match outbox::work_on(&database.writers, mailer.as_ref(), id).await {
            Ok(Ok(())) => say("It is done."),
            Ok(Err(trouble)) => bail!("it is not done: {trouble}"),
            Err(AppError::NotFound) => Err(unknown(id)),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn found<T>(outcome: Result<T, StoreError>, id: OutboxId) -> anyhow::Result<T> {
    match outcome {
        Err(StoreError::NotFound) => Err(unknown(id)),
        other => Ok(other?),
    }
}

fn unknown(id: OutboxId) -> anyhow::Error {
    anyhow::anyhow!("the outbox has no number {id}; `papo outbox list` shows what it has")
}
