//! PostgreSQL as a server that may be slow, away or cut off: connecting to it, its pool, and its deadlines.
//!
//! sqlx offers no TCP keepalive and no timeout for a statement, so every statement has a deadline here (`Loan`), and the
//! server is told to give up a little earlier by itself. What missed its deadline is thrown away, never used again.

mod loan;
mod outage;
mod pool;

use std::{sync::Arc, time::Duration};

use sqlx::{
    ConnectOptions as _, Connection as _, PgConnection,
    postgres::{PgConnectOptions, PgDatabaseError},
};
use tokio::time::{Instant, sleep, timeout};

pub(super) use self::{loan::Loan, pool::Pool};
use super::{
    OpenError,
    db::STATEMENTS,
    migrations::{APPLIED, POSTGRES, check_version, not_migrated},
};

/// How long a statement, or a commit, may stay without an answer.
pub(super) const STATEMENT_DEADLINE: Duration = Duration::from_secs(5);
/// How long connecting may take.
const CONNECT_DEADLINE: Duration = Duration::from_secs(4);
const RETRY_EVERY: Duration = Duration::from_millis(500);

/// What the server itself does about time. It gives up before we do: then the connection can be used on, and what became of a
/// transaction is decided when our own deadline has passed. A transaction whose client is gone holds its locks no
/// longer than this either.
const TIMEOUTS: [(&str, &str); 3] =
    [("statement_timeout", "4s"), ("lock_timeout", "4s"), ("idle_in_transaction_session_timeout", "4s")];

/// How soon the server notices that we are gone. Through a Unix socket it ignores these.
const KEEPALIVES: [(&str, &str); 4] = [
    ("tcp_keepalives_idle", "5"),
    ("tcp_keepalives_interval", "3"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "10s"),
];

/// Connects, and brings the tables up to date if `may_make`; else they must be. Waits up to `patience` for a server that
/// cannot be reached yet.
///
/// # Errors
/// Why there is no connection, or no migration.
pub(super) async fn open(url: &str, patience: Duration, may_make: bool) -> Result<Arc<Pool>, OpenError> {
    let options: PgConnectOptions = url.parse().map_err(unreachable)?;
    // Every statement here is short: compiling one costs more than running it.
    let options = options
        .application_name("papo")
        .options([("synchronous_commit", "on"), ("jit", "off")])
        // Each statement has an index. While a table was small, the planner would rather read all of it.
        .options([("enable_seqscan", "off")])
        .options(KEEPALIVES)
        .statement_cache_capacity(STATEMENTS)
        .disable_statement_logging();
    let mut conn = connect_first(&options, patience).await?;
    // Without the timeouts: a migration takes as long as it takes.
    prepare(&mut conn, may_make).await?;
    conn.close().await.map_err(fault)?;
    Ok(Pool::new(options.options(TIMEOUTS)))
}

/// Checks what the database can hold, and brings its tables up to date if `may_make`.
async fn prepare(conn: &mut PgConnection, may_make: bool) -> Result<(), OpenError> {
    let encoding: String =
        sqlx::query_scalar("show server_encoding").fetch_one(&mut *conn).await.map_err(fault)?;
    if encoding != "UTF8" {
        return Err(OpenError::NotUtf8(encoding));
    }
    let exists = "select to_regclass('_sqlx_migrations') is not null";
    let exists: bool = sqlx::query_scalar(exists).fetch_one(&mut *conn).await.map_err(fault)?;
    match (exists, may_make) {
        (false, false) => return Err(OpenError::Empty),
        (false, true) => tracing::warn!("new, empty tables are made in the PostgreSQL database"),
        (true, _) => {}
    }
    if may_make {
        // Each migration is one transaction; an advisory lock keeps other nodes out meanwhile.
        return POSTGRES.run(conn).await.map_err(|error| not_migrated(error, fault));
    }
    let applied = sqlx::query_scalar(APPLIED).fetch_one(conn).await.map_err(fault)?;
    check_version(applied, &POSTGRES)
}

async fn connect_first(options: &PgConnectOptions, patience: Duration) -> Result<PgConnection, OpenError> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        let error = match connect(options).await {
            Ok(conn) => return Ok(conn),
            Err(error) => error,
        };
        if !may_pass(&error) || begun.elapsed() >= patience {
            return Err(unreachable(error));
        }
        if !is_told {
            is_told = true;
            let seconds = patience.as_secs();
            tracing::warn!(%error, "PostgreSQL cannot be reached yet: waiting for it, {seconds} s at most");
        }
        sleep(RETRY_EVERY).await;
    }
}

async fn connect(options: &PgConnectOptions) -> sqlx::Result<PgConnection> {
    match timeout(CONNECT_DEADLINE, PgConnection::connect_with(options)).await {
        Ok(connected) => connected,
        Err(_) => Err(no_answer(CONNECT_DEADLINE)),
    }
}

/// Whether a later attempt may succeed although nobody changes a setting: the server is not there, does not answer, starts or
/// stops.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(cause) => {
            cause.try_downcast_ref::<PgDatabaseError>().is_some_and(|cause| cause.code().starts_with("57P"))
        }
        _ => false,
    }
}

fn no_answer(deadline: Duration) -> sqlx::Error {
    let why = format!("no answer within {} s", deadline.as_secs());
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, why))
}

fn unreachable(error: sqlx::Error) -> OpenError {
    OpenError::Unreachable(told(&error))
}

fn fault(error: sqlx::Error) -> OpenError {
    OpenError::Postgres(told(&error))
}

/// The cause in the database's own words.
fn told(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |cause| cause.message().to_owned())
}
