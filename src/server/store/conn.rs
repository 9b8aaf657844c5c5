//! `Conn`, one connection of either engine, and the `with_db!` macro.
//!
//! Functions that read take a `&mut Conn`, functions that write a `&mut Tx`, which is also a `Conn`; so the caller alone decides
//! what is one transaction. A connection that is dropped inside a transaction is closed: nobody inherits the transaction.

use std::ops::DerefMut;

use sqlx::{Sqlite, SqliteConnection};

use super::{StoreError, local::Local, postgres::Loan, readers::Lease};

/// A connection to the database. One that is not inside a `Tx` only reads.
#[derive(Debug)]
pub struct Conn(Engine);

#[derive(Debug)]
pub(super) enum Engine {
    /// A reader, through sqlx.
    Sqlite(Held<Lease<Sqlite>>),
    /// The writer, through rusqlite: its statements block the thread, and their futures are ready at once.
    SqliteWriter(Box<Local>),
    Postgres(Held<Loan>),
}

/// A connection on loan: dropping it gives it back.
pub(super) trait Lent: DerefMut {
    /// Closes the connection instead of giving it back.
    fn close_on_drop(&mut self);
}

/// A pooled connection that knows whether it may go back to where it came from.
#[derive(Debug)]
pub(super) struct Held<L: Lent> {
    lease: L,
    in_transaction: bool,
    /// A statement failed. PostgreSQL then refuses all others of the transaction.
    pub(super) is_aborted: bool,
    /// What happened to the disk, until somebody asks.
    pub(super) fault: Option<StoreError>,
}

/// Runs one statement on whichever engine the connection is of:
/// `with_db!(conn, query_as(sql, first, second).fetch_all)`. `query(…).execute` gives the number of rows.
macro_rules! with_db {
    ($conn:expr, query($sql:expr $(, $bind:expr)* $(,)?).execute) => {
        match $conn.engine() {
            $crate::server::store::conn::Engine::Sqlite(held) => {
                let done = sqlx::query($sql)$(.bind($bind))*.execute(held.pooled()).await;
                done.map(|done| done.rows_affected()).map_err(|error| held.failed(error))
            }
            $crate::server::store::conn::Engine::SqliteWriter(local) => {
                local.execute($sql, &[$(&$bind as &dyn rusqlite::ToSql),*])
            }
            $crate::server::store::conn::Engine::Postgres(held) => {
                $crate::server::store::conn::on_postgres!(held, conn => futures::TryFutureExt::map_ok(
                    sqlx::query($sql)$(.bind($bind))*.execute(conn),
                    |done| done.rows_affected(),
                ))
            }
        }
    };
    ($conn:expr, $query:ident($sql:expr $(, $bind:expr)* $(,)?).$fetch:ident) => {
        match $conn.engine() {
            $crate::server::store::conn::Engine::Sqlite(held) => {
                let done = sqlx::$query($sql)$(.bind($bind))*.$fetch(held.pooled()).await;
                done.map_err(|error| held.failed(error))
            }
            $crate::server::store::conn::Engine::SqliteWriter(local) => {
                let bound: &[&dyn rusqlite::ToSql] = &[$(&$bind),*];
                local.$fetch($sql, bound, $crate::server::store::row::$query)
            }
            $crate::server::store::conn::Engine::Postgres(held) => {
                $crate::server::store::conn::on_postgres!(held, conn => sqlx::$query($sql)$(.bind($bind))*.$fetch(conn))
            }
        }
    };
}
pub(super) use with_db;

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
    pub(super) fn of_sqlite(lease: Lease<Sqlite>) -> Self {
        Self(Engine::Sqlite(Held::new(lease)))
    }

    pub(super) fn of_sqlite_writer(local: Local) -> Self {
        Self(Engine::SqliteWriter(Box::new(local)))
    }

    pub(super) fn of_postgres(loan: Loan) -> Self {
        Self(Engine::Postgres(Held::new(loan)))
    }

    pub(super) const fn engine(&mut self) -> &mut Engine {
        &mut self.0
    }

    /// Begins a transaction that sees one state of the database throughout; end it with `end_snapshot`.
    pub(super) async fn begin_snapshot(&mut self) -> Result<(), StoreError> {
        // Before the statement: its caller may be cancelled while the engine works on it.
        self.note_transaction(true);
        match self.0 {
            Engine::Sqlite(_) | Engine::SqliteWriter(_) => self.run("begin").await,
            Engine::Postgres(_) => self.run("begin isolation level repeatable read, read only").await,
        }
    }

    /// Ends a transaction that only read, and gives the connection back.
    pub async fn end_snapshot(mut self) -> Result<(), StoreError> {
        self.run("commit").await?;
        self.note_transaction(false);
        Ok(())
    }

    pub(super) async fn run(&mut self, sql: &'static str) -> Result<(), StoreError> {
        with_db!(self, query(sql).execute).map(drop)
    }

    /// Whether a transaction is open. A connection that is dropped in one is closed.
    pub(super) fn note_transaction(&mut self, open: bool) {
        match &mut self.0 {
            Engine::Sqlite(held) => held.in_transaction = open,
            // It belongs to nobody else: what drops it closes it.
            Engine::SqliteWriter(_) => {}
            Engine::Postgres(held) => {
                held.in_transaction = open;
                held.is_aborted = false;
            }
        }
    }
}

impl Held<Lease<Sqlite>> {
    /// The connection. PostgreSQL's is to be had by `on_postgres!` alone, with its deadline.
    pub(super) fn pooled(&mut self) -> &mut SqliteConnection {
        &mut self.lease
    }

    pub(super) fn failed(&mut self, error: sqlx::Error) -> StoreError {
        let error = StoreError::from(error);
        if let StoreError::Away(cause) = &error {
            tracing::warn!(cause, "a connection to the database broke");
            // Nobody may inherit it.
            self.lease.close_on_drop();
        }
        error
    }
}

impl<L: Lent> Held<L> {
    fn new(lease: L) -> Self {
        Self { lease, in_transaction: false, is_aborted: false, fault: None }
    }

    pub(super) const fn lease(&mut self) -> &mut L {
        &mut self.lease
    }

    /// Notes a failure, and whether it is the disk's.
    pub(super) fn noted(&mut self, error: StoreError) -> StoreError {
        self.is_aborted = true;
        self.fault = error.disk_fault().or(self.fault.take());
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
