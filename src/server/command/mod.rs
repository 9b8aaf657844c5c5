//! What `papo` does besides serving. Only `serve` makes a database; these work on the one that is there.

mod backup;
mod epoch;
mod mail;
mod outbox;
mod restore;
mod token;
mod user;

use std::{io::Write as _, sync::Arc};

use anyhow::Context as _;
use futures::future::BoxFuture;

use super::{
    config::Options,
    health::Health,
    limits::LimitTable,
    store::{Conn, Db, StoreError, Tx, ids::number_command, users},
    writer::{Outcome, Writers},
};
use crate::{error::Reason, model::Me};

pub(super) use backup::backup;
pub(super) use epoch::new_epoch;
pub(super) use mail::mail;
pub(super) use outbox::outbox;
pub(super) use restore::restore;
pub(super) use token::token;
pub(super) use user::user;

/// The server's database, beside the server.
struct Database {
    db: Db,
    writers: Writers,
    limits: Arc<LimitTable>,
}

impl Database {
    async fn read(&self) -> Result<Conn, StoreError> {
        self.db.read().await
    }

    /// Runs `work` in one transaction.
    async fn write<T, F>(&self, work: F) -> anyhow::Result<T>
    where
        T: Send + 'static,
        F: for<'a> FnOnce(&'a mut Tx) -> BoxFuture<'a, anyhow::Result<T>> + Send + 'static,
    {
        let run = self
            .writers
            .try_run(0, |tx| Box::pin(async move { anyhow::Ok(Outcome::quiet(work(tx).await?)) }));
        run.await
    }
}

/// Runs `work` on the server's database.
async fn on_database(
    options: &Options,
    work: impl AsyncFnOnce(&Database) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (db, access) = Db::open_existing(&options.database()).await?;
    number_command();
    let writers = Writers::start(&db, access, &Health::default())?;
    let database = Database { db, writers, limits: Arc::new(options.limits.clone()) };
    let done = work(&database).await;
    database.writers.close().await;
    database.db.close().await;
    done
}

async fn find(conn: &mut Conn, username: &str) -> anyhow::Result<Me> {
    let account = users::find_account_by_login(conn, username).await?;
    Ok(account.with_context(|| format!("there is no user {username:?}"))?.me)
}

fn refused(field: &str, why: Reason) -> anyhow::Error {
    let why = match why {
        Reason::Missing => "is missing",
        Reason::TooShort => "is too short",
        Reason::TooLong => "is too long",
        Reason::OutOfRange => "is out of range",
        _ => "is malformed",
    };
    anyhow::anyhow!("the {field} {why}")
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output is closed")
}
