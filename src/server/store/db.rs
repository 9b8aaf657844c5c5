//! `Db`: the pools of the chosen engine, opened, checked and migrated.
//!
//! Opened once at start-up. It gives connections that read; the right to write is handed out beside it, once (`WriteAccess`).

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sqlx::{
    ConnectOptions as _, Connection, Database, Sqlite, SqliteConnection,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    Conn, DatabaseUrl, Files, OpenError, StoreError, WriteAccess, files, migrations,
    open::sqlite_fault,
    postgres::{self, Pool},
    readers::Readers,
};

const SQLITE_READERS: u32 = 8;
/// Before this, a checkpoint that meets a write can corrupt the database (sqlite.org/wal.html).
const SQLITE_OLDEST: [u32; 3] = [3, 51, 3];
/// A connection keeps all of our statements prepared.
pub(super) const STATEMENTS: usize = 256;
/// SQLite's thread may be so many rows ahead of their reader before it waits.
const ROWS: usize = 1_024;
/// How long a connection of SQLite waits for another program that has locked the database.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// The open database.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite { path: PathBuf, readers: Arc<Readers<Sqlite>>, files: Arc<Files> },
    Postgres(Arc<Pool>),
}

impl Db {
    /// Connects, makes the database if it is new, and brings the tables up to date.
    ///
    /// # Errors
    /// What kept it from that.
    pub async fn open(url: &DatabaseUrl) -> Result<(Self, WriteAccess), OpenError> {
        Self::open_within(url, Duration::ZERO).await
    }

    /// The same, with so much patience for a PostgreSQL that cannot be reached yet.
    ///
    /// # Errors
    /// What kept it from that.
    pub async fn open_within(
        url: &DatabaseUrl,
        patience: Duration,
    ) -> Result<(Self, WriteAccess), OpenError> {
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path, true).await,
            DatabaseUrl::Postgres(url) => Ok(Self::of_postgres(postgres::open(url, patience, true).await?)),
        }
    }

    /// Connects to a database of this very version of the tables. Makes nothing.
    pub async fn open_existing(url: &DatabaseUrl) -> Result<(Self, WriteAccess), OpenError> {
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path, false).await,
            DatabaseUrl::Postgres(url) => {
                Ok(Self::of_postgres(postgres::open(url, Duration::ZERO, false).await?))
            }
        }
    }

    fn of_postgres(pool: Arc<Pool>) -> (Self, WriteAccess) {
        (Self::Postgres(Arc::clone(&pool)), WriteAccess::to_postgres(pool))
    }

    /// Whether SQLite's files are still those that are open; what is committed to others is lost.
    pub fn is_in_place(&self) -> bool {
        match self {
            Self::Sqlite { files, .. } => files.are_in_place(),
            Self::Postgres(_) => true,
        }
    }

    /// A connection that only reads.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Conn::of_sqlite(readers.lend().await?),
            Self::Postgres(pool) => Conn::of_postgres(pool.lend().await?),
        })
    }

    /// A connection that sees one state of the database until `end_snapshot`, or until it is dropped.
    pub async fn read_snapshot(&self) -> Result<Conn, StoreError> {
        let mut conn = self.read().await?;
        conn.begin_snapshot().await?;
        Ok(conn)
    }

    /// Removes the copies that earlier starts put aside before they migrated SQLite's database, unless this start
    /// migrated it too. To be called once the server has started.
    pub fn remove_old_copies(&self) {
        if let Self::Sqlite { files, .. } = self {
            files.remove_old_copies();
        }
    }

    /// Waits for connections in use, then closes all; SQLite is left as one file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, files, .. } => {
                readers.close().await;
                if let Err(error) = files.close() {
                    tracing::warn!(%error, "the write-ahead log stays beside the database");
                }
                files.set_orphan_aside();
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &Path, may_make: bool) -> Result<(Db, WriteAccess), OpenError> {
    let fault = |error| sqlite_fault(path, error);
    let is_new = if may_make {
        files::make(path).map_err(|error| OpenError::unwritable(path, &error))?
    } else {
        path.metadata().map_or(true, |found| found.len() == 0)
    };
    match (is_new, may_make) {
        (true, false) => return Err(OpenError::Missing { path: path.to_owned() }),
        (true, true) => tracing::warn!("a new, empty database is made at {}", path.display()),
        (false, _) => files::tighten(path),
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "0")
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS)
        .disable_statement_logging();

    // A migration may replace a table to which others refer.
    let migrating = options.clone().journal_mode(SqliteJournalMode::Wal).foreign_keys(false);
    let mut conn = SqliteConnection::connect_with(&migrating).await.map_err(fault)?;
    check_sqlite_version(&mut conn).await.map_err(fault)??;
    let migrated = if may_make {
        migrations::bring_up_to_date(&mut conn, path).await?
    } else {
        migrations::check_sqlite(&mut conn).await.map_err(fault)??;
        false
    };
    let files = Files::open(path, migrated)
        .map_err(|error| OpenError::Sqlite { path: path.to_owned(), why: error.to_string() })?;
    conn.close().await.map_err(fault)?;

    // These connections cost little to keep and much to make: each parses the schema anew.
    let keep = |size| pool(size).max_lifetime(None).idle_timeout(None).test_before_acquire(false);
    let readers = Readers::new(keep(SQLITE_READERS).connect_lazy_with(options.pragma("query_only", "on")));
    let access = WriteAccess::to_sqlite(path.to_owned());
    Ok((Db::Sqlite { path: path.to_owned(), readers, files: Arc::new(files) }, access))
}

fn pool<DB: Database>(size: u32) -> PoolOptions<DB> {
    PoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE_TIMEOUT)
}

async fn check_sqlite_version(conn: &mut SqliteConnection) -> Result<Result<(), OpenError>, sqlx::Error> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(conn).await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    Ok(if parts.as_slice() < SQLITE_OLDEST.as_slice() {
        Err(OpenError::SqliteTooOld(version))
    } else {
        Ok(())
    })
}
