//! `Conn`, one connection of either engine, its transactions, and the `with_db!` macro.
//!
//! Every store function takes a `&mut Conn`, so the caller alone decides what is one transaction.
//! A connection that is dropped inside a transaction is closed, so nobody inherits the transaction.

use std::ops::DerefMut;

use futures::FutureExt as _;
use sqlx::{Sqlite, SqliteConnection};

use super::{StoreError, postgres::Loan, readers::Lease};

/// A connection out of a pool of `Db`.
#[derive(Debug)]
pub enum Conn {
    Sqlite(Held<Lease<Sqlite>>),
    Postgres(Held<Loan>),
}

/// A connection on loan: dropping it gives it back.
pub trait Lent: DerefMut {
    /// Closes the connection instead of giving it back.
    fn close_on_drop(&mut self);
}

/// A pooled connection that knows whether it may go back to where it came from.
#[derive(Debug)]
pub struct Held<L: Lent> {
    lease: L,
    in_transaction: bool,
    /// What happened to the disk, until somebody asks.
    fault: Option<StoreError>,
}

/// Runs one statement on whichever engine the connection is of:
/// `with_db!(conn, query_as(sql, first, second).fetch_all)`. `query(…).execute` gives the number of rows.
macro_rules! with_db {
    ($conn:expr, query($sql:expr $(, $bind:expr)* $(,)?).execute) => {
        $crate::server::store::conn::on_either!($conn, held => {
            futures::TryFutureExt::map_ok(
                sqlx::query($sql)$(.bind($bind))*.execute(held),
                |done| done.rows_affected(),
            )
        })
    };
    ($conn:expr, $query:ident($sql:expr $(, $bind:expr)* $(,)?).$fetch:ident) => {
        $crate::server::store::conn::on_either!($conn, held => {
            sqlx::$query($sql)$(.bind($bind))*.$fetch(held)
        })
    };
}
pub(super) use with_db;

/// Compiles one statement, a future, for both engines; `$held` is the `&mut` connection in it. Its failure becomes a
/// `StoreError`.
macro_rules! on_either {
    ($conn:expr, $held:ident => $body:expr) => {
        match $conn {
            $crate::server::store::Conn::Sqlite(conn) => {
                let done = {
                    let $held = conn.pooled();
                    $body.await
                };
                done.map_err(|error| conn.failed(error))
            }
            $crate::server::store::Conn::Postgres(conn) => {
                $crate::server::store::conn::on_postgres!(conn, $held => $body)
            }
        }
    };
}
pub(super) use on_either;

/// Runs one statement, a future, on PostgreSQL: nothing waits for the server without this deadline.
macro_rules! on_postgres {
    ($conn:expr, $held:ident => $body:expr) => {{
        let done = {
            let $held = $conn.lease().begin_statement();
            tokio::time::timeout($crate::server::store::postgres::STATEMENT_DEADLINE, $body).await
        };
        let answer = $conn.lease().end_statement(done);
        answer.map_err(|error| $conn.noted(error))
    }};
}
pub(super) use on_postgres;

impl Conn {
    /// Begins a transaction that may write; on SQLite it takes the write lock at once.
    pub async fn begin(&mut self) -> Result<(), StoreError> {
        // Before the statement: its caller may be cancelled while the engine works on it.
        self.note_transaction(true);
        match self {
            Self::Sqlite(_) => self.run("begin immediate").await,
            Self::Postgres(_) => self.run("begin").await,
        }
    }

    /// Begins a transaction that sees one state of the database throughout; end it with `commit` or
    /// `end_snapshot`.
    pub async fn begin_snapshot(&mut self) -> Result<(), StoreError> {
        self.note_transaction(true);
        match self {
            Self::Sqlite(conn) => conn.ask("begin"),
            Self::Postgres(_) => self.run("begin isolation level repeatable read, read only").await?,
        }
        Ok(())
    }

    /// Ends a transaction that only read, and gives the connection back.
    pub async fn end_snapshot(mut self) -> Result<(), StoreError> {
        match &mut self {
            Self::Sqlite(conn) => conn.ask("commit"),
            Self::Postgres(_) => self.run("commit").await?,
        }
        self.note_transaction(false);
        Ok(())
    }

    /// Makes the transaction durable. After an error call `rollback`: nothing of it may be acknowledged.
    pub async fn commit(&mut self) -> Result<(), StoreError> {
        if let Self::Postgres(conn) = self {
            // PostgreSQL answers the commit of a failed transaction with a silent rollback. Asking it
            // anything first tells.
            on_postgres!(conn, held => sqlx::query("select 1").execute(held))?;
        }
        self.run("commit").await?;
        self.note_transaction(false);
        Ok(())
    }

    /// Undoes the transaction. After an error drop the connection and take another: on a full disk, for
    /// one, SQLite has ended the transaction already.
    pub async fn rollback(&mut self) -> Result<(), StoreError> {
        self.run("rollback").await?;
        self.note_transaction(false);
        Ok(())
    }

    /// Marks a point inside the transaction to which it can return; the points nest.
    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.run("savepoint command").await
    }

    /// Forgets the last savepoint and keeps what was done since.
    pub async fn release_savepoint(&mut self) -> Result<(), StoreError> {
        self.run("release savepoint command").await
    }

    /// Undoes what was done since the last savepoint, and forgets it.
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), StoreError> {
        self.run("rollback to savepoint command").await?;
        self.release_savepoint().await
    }

    /// Whether the disk was full or failed since this was asked last: whatever a command made of it, nothing
    /// of its transaction may be committed.
    pub fn take_fault(&mut self) -> Option<StoreError> {
        match self {
            Self::Sqlite(conn) => conn.fault.take(),
            Self::Postgres(conn) => conn.fault.take(),
        }
    }

    /// Whether the connection can be used on after a pause. One of PostgreSQL that was silent for a second is asked.
    pub async fn is_alive(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(conn) => conn.lease.is_alive().await,
        }
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        with_db!(self, query(sql).execute).map(drop)
    }

    fn note_transaction(&mut self, open: bool) {
        match self {
            Self::Sqlite(conn) => conn.in_transaction = open,
            Self::Postgres(conn) => conn.in_transaction = open,
        }
    }
}

impl Held<Lease<Sqlite>> {
    /// The connection. PostgreSQL's is to be had by `on_postgres!` alone, with its deadline.
    pub(super) fn pooled(&mut self) -> &mut SqliteConnection {
        &mut self.lease
    }

    pub(super) fn failed(&mut self, error: sqlx::Error) -> StoreError {
        let error = self.noted(error.into());
        if let StoreError::Away(cause) = &error {
            tracing::warn!(cause, "a connection to the database broke");
            // Nobody may inherit it.
            self.lease.close_on_drop();
        }
        error
    }

    /// Has the connection's thread do it before whatever comes next, without waiting: for what cannot fail, as
    /// beginning to read, which touches nothing, and ending it.
    fn ask(&mut self, sql: &'static str) {
        let _ = sqlx::query(sql).execute(self.pooled()).now_or_never();
    }
}

impl<L: Lent> Held<L> {
    pub(super) fn new(lease: impl Into<L>) -> Self {
        Self { lease: lease.into(), in_transaction: false, fault: None }
    }

    pub(super) fn lease(&mut self) -> &mut L {
        &mut self.lease
    }

    /// Notes a failure if it is the disk's.
    pub(super) fn noted(&mut self, error: StoreError) -> StoreError {
        match &error {
            StoreError::Full => self.fault = Some(StoreError::Full),
            StoreError::Broken(why) => self.fault = Some(StoreError::Broken(why.clone())),
            _ => {}
        }
        error
    }
}

impl<L: Lent> Drop for Held<L> {
    fn drop(&mut self) {
        if self.in_transaction {
            self.lease.close_on_drop();
        }
    }
}
