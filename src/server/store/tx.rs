//! `Tx`, the only thing that can write, and how to come by one.
//!
//! `Db::open` gives the right to write once, as a `WriteAccess`, which `writer::Writers` takes. So nobody can wait for SQLite's
//! one writing connection beside its writer.

use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::Arc,
};

use super::{Conn, Failure, StoreError, conn::Engine, local::Local, postgres::Pool};

/// The right to open connections that write. There is one for each opened database.
#[derive(Debug)]
pub struct WriteAccess(Source);

#[derive(Debug)]
enum Source {
    Sqlite(PathBuf),
    Postgres(Arc<Pool>),
}

/// A connection that may write, between its transactions.
#[derive(Debug)]
pub struct WriteConn(Conn);

/// A transaction that may write, and reads what it has written. It is undone unless `commit` succeeds. On SQLite its statements
/// block the calling thread.
#[derive(Debug)]
pub struct Tx(Conn);

impl WriteAccess {
    pub(super) const fn to_sqlite(path: PathBuf) -> Self {
        Self(Source::Sqlite(path))
    }

    pub(super) const fn to_postgres(pool: Arc<Pool>) -> Self {
        Self(Source::Postgres(pool))
    }

    /// Opens a connection. SQLite has one writer at a time: a second one waits in `begin`.
    ///
    /// # Errors
    /// Those of connecting.
    pub async fn connect(&self) -> Result<WriteConn, StoreError> {
        Ok(WriteConn(match &self.0 {
            Source::Sqlite(path) => Conn::of_sqlite_writer(Local::open(path)?),
            Source::Postgres(pool) => Conn::of_postgres(pool.lend().await?),
        }))
    }
}

impl WriteConn {
    /// Whether the connection can be used on after a pause. One of PostgreSQL that was silent for a second is asked.
    pub async fn is_alive(&mut self) -> bool {
        match self.0.engine() {
            Engine::Sqlite(_) | Engine::SqliteWriter(_) => true,
            Engine::Postgres(held) => held.lease().is_alive().await,
        }
    }

    /// Begins a transaction; on SQLite it takes the write lock at once.
    ///
    /// # Errors
    /// `Busy` if another process writes to SQLite for too long. The connection is closed then.
    pub async fn begin(self) -> Result<Tx, StoreError> {
        let mut tx = Tx(self.0);
        tx.begin_in_place().await?;
        Ok(tx)
    }

    /// A connection on which each statement commits itself.
    #[cfg(test)]
    pub(in crate::server) fn without_transaction(self) -> Tx {
        Tx(self.0)
    }
}

impl Tx {
    /// Makes the transaction durable, and gives the connection back. After an error it is closed, and nothing of the transaction
    /// may be acknowledged.
    ///
    /// # Errors
    /// Whether it may have been committed all the same.
    pub async fn commit(mut self) -> Result<WriteConn, Failure> {
        self.commit_in_place().await.map_err(Failure::of_commit)?;
        Ok(WriteConn(self.0))
    }

    /// Marks a point inside the transaction to which it can return; the points nest.
    pub async fn savepoint(&mut self) -> Result<(), StoreError> {
        self.0.run("savepoint command").await
    }

    /// Forgets the last savepoint and keeps what was done since.
    pub async fn release_savepoint(&mut self) -> Result<(), StoreError> {
        self.0.run("release savepoint command").await
    }

    /// Undoes what was done since the last savepoint, and forgets it.
    pub async fn rollback_to_savepoint(&mut self) -> Result<(), StoreError> {
        self.0.run("rollback to savepoint command").await?;
        if let Engine::Postgres(held) = self.0.engine() {
            held.is_aborted = false;
        }
        self.release_savepoint().await
    }

    /// Whether the disk was full or failed since this was asked last: whatever a command made of it, nothing
    /// of its transaction may be committed.
    pub fn take_fault(&mut self) -> Option<StoreError> {
        match self.0.engine() {
            Engine::Sqlite(_) => None,
            Engine::SqliteWriter(local) => local.fault.take(),
            Engine::Postgres(held) => held.fault.take(),
        }
    }

    pub(super) async fn begin_in_place(&mut self) -> Result<(), StoreError> {
        // Before the statement: its caller may be cancelled while the engine works on it.
        self.0.note_transaction(true);
        match self.0.engine() {
            Engine::Sqlite(_) | Engine::SqliteWriter(_) => self.0.run("begin immediate").await,
            Engine::Postgres(_) => self.0.run("begin").await,
        }
    }

    pub(super) async fn commit_in_place(&mut self) -> Result<(), StoreError> {
        if let Engine::Postgres(held) = self.0.engine()
            && held.is_aborted
        {
            // PostgreSQL would roll back, and answer as if it had committed.
            return Err(StoreError::Other("a statement of the transaction failed".into()));
        }
        self.0.run("commit").await?;
        self.0.note_transaction(false);
        Ok(())
    }

    /// Undoes the transaction.
    #[cfg(test)]
    pub(super) async fn rollback_in_place(&mut self) -> Result<(), StoreError> {
        self.0.run("rollback").await?;
        self.0.note_transaction(false);
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}
