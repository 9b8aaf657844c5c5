//! `Db`: the pools of the chosen engine, opened, checked and migrated.
//!
//! Opened once at start-up. SQLite gets one writing connection (and `posts` one of its own) and several reading ones;
//! PostgreSQL one pool for both.

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection, Database, Sqlite, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    Conn, DatabaseUrl, OpenError, StoreError,
    conn::Held,
    error::sqlite_code,
    postgres::{self, Pool},
    readers::Readers,
};

pub(super) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

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
    Sqlite { readers: Arc<Readers<Sqlite>>, writer: SqlitePool },
    Postgres(Arc<Pool>),
}

impl Db {
    /// Connects and brings the tables up to date.
    ///
    /// # Errors
    /// What kept it from that.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, OpenError> {
        Self::open_within(url, Duration::ZERO).await
    }

    /// The same, with so much patience for a PostgreSQL that cannot be reached yet.
    ///
    /// # Errors
    /// What kept it from that.
    pub async fn open_within(url: &DatabaseUrl, patience: Duration) -> Result<Self, OpenError> {
        match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path).await,
            DatabaseUrl::Postgres(url) => Ok(Self::Postgres(postgres::open(url, patience).await?)),
        }
    }

    /// A connection that only reads. On PostgreSQL it could write, and must not.
    pub async fn read(&self) -> Result<Conn, StoreError> {
        match self {
            Self::Sqlite { readers, .. } => Ok(Conn::Sqlite(Held::new(readers.lend().await?))),
            Self::Postgres(pool) => Ok(Conn::Postgres(Held::new(pool.lend().await?))),
        }
    }

    /// A connection that sees one state of the database until it is dropped or ended with `commit`.
    pub async fn read_snapshot(&self) -> Result<Conn, StoreError> {
        let mut conn = self.read().await?;
        conn.begin_snapshot().await?;
        Ok(conn)
    }

    /// A connection that may write; SQLite gives one at a time.
    pub async fn writer(&self) -> Result<Conn, StoreError> {
        match self {
            Self::Sqlite { writer, .. } => Ok(Conn::Sqlite(Held::new(writer.acquire().await?))),
            Self::Postgres(pool) => Ok(Conn::Postgres(Held::new(pool.lend().await?))),
        }
    }

    /// Waits for connections in use, then closes all; SQLite is left as one file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { readers, writer } => {
                readers.close().await;
                let checkpoint = sqlx::query("pragma wal_checkpoint(truncate)").execute(writer).await;
                if let Err(error) = checkpoint {
                    tracing::warn!(%error, "the write-ahead log stays beside the database");
                }
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &Path) -> Result<Db, OpenError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .synchronous(SqliteSynchronous::Full)
        .pragma("temp_store", "memory")
        .pragma("mmap_size", "0")
        .optimize_on_close(true, None)
        .statement_cache_capacity(STATEMENTS)
        .row_buffer_size(ROWS)
        .disable_statement_logging();
    let writing = options.clone().journal_mode(SqliteJournalMode::Wal).create_if_missing(true);
    let unwritable = |error| match error {
        OpenError::Other(error) if is_unwritable(&error) => OpenError::Unwritable { path: path.to_owned() },
        other => other,
    };

    let mut conn = SqliteConnection::connect_with(&writing).await.map_err(|e| unwritable(e.into()))?;
    check_sqlite_version(&mut conn).await?;
    SQLITE_MIGRATIONS.run(&mut conn).await.map_err(|e| unwritable(not_migrated(e)))?;
    conn.close().await?;

    // These connections cost little to keep and much to make: each parses the schema anew.
    let keep = |size| pool(size).max_lifetime(None).idle_timeout(None).test_before_acquire(false);
    Ok(Db::Sqlite {
        readers: Readers::new(keep(SQLITE_READERS).connect_lazy_with(options.pragma("query_only", "on"))),
        writer: keep(1).connect_lazy_with(writing),
    })
}

fn pool<DB: Database>(size: u32) -> PoolOptions<DB> {
    PoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE_TIMEOUT)
}

pub(super) fn not_migrated(error: MigrateError) -> OpenError {
    match error {
        MigrateError::VersionMissing(version) => OpenError::NewerThanBinary { version },
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => OpenError::Other(cause),
        other => OpenError::Migration(other),
    }
}

async fn check_sqlite_version(conn: &mut SqliteConnection) -> Result<(), OpenError> {
    let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(conn).await?;
    let parts: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    if parts.as_slice() < SQLITE_OLDEST.as_slice() { Err(OpenError::SqliteTooOld(version)) } else { Ok(()) }
}

/// SQLITE_PERM, SQLITE_READONLY, SQLITE_FULL, SQLITE_CANTOPEN.
fn is_unwritable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlite_code);
    code.is_some_and(|code| matches!(code, 3 | 8 | 13 | 14))
}
