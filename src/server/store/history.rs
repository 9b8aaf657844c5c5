//! Which history a database has: its epoch, its mark, and how far its rooms are.
//!
//! Cursors of clients count for one epoch only. The mark changes while the server runs, so that an older copy of the
//! database is known by it; what follows from that is `server::history`'s to decide.

use serde::{Deserialize, Serialize};
use uuid::Builder;

use super::{
    Conn, Db, StoreError, Tx,
    conn::{Engine, Held, on_postgres},
    files,
    postgres::Loan,
    settings::{self, Table},
    with_db,
};

const MARK: &str = "history";
const EPOCH: &str = "epoch";
/// insufficient_privilege, undefined_function, feature_not_supported
const UNTOLD: [&str; 3] = ["42501", "42883", "0A000"];

/// A point of a history. Of two marks with one number only one can be of this history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Grows with each mark.
    pub number: u64,
    pub id: String,
    /// What tells the database from its copies, where that can be known.
    pub identity: Option<String>,
}

impl Mark {
    /// The mark that follows `number`.
    pub fn after(number: u64, identity: Option<String>) -> Self {
        Self { number: number.saturating_add(1), id: random_id(), identity }
    }
}

/// An id that nobody can guess.
pub fn random_id() -> String {
    Builder::from_random_bytes(rand::random()).into_uuid().to_string()
}

/// The epoch and the mark, if there are any.
pub async fn find_history(conn: &mut Conn) -> Result<(Option<String>, Option<Mark>), StoreError> {
    let sql = "select key, value from settings where key = $1 or key = $2";
    let rows: Vec<(String, String)> = with_db!(conn, query_as(sql, EPOCH, MARK).fetch_all)?;
    let find = |key: &str| rows.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
    Ok((find(EPOCH), find(MARK).and_then(|mark| serde_json::from_str(&mark).ok())))
}

/// Begins another history; false if the database has another epoch than `old` by now.
pub async fn replace_epoch(tx: &mut Tx, old: &str, new: &str) -> Result<bool, StoreError> {
    let sql = "update settings set value = $3 where key = $1 and value = $2";
    Ok(with_db!(tx, query(sql, EPOCH, old, new).execute)? > 0)
}

/// Stores a mark in the place of `old`; false if another node was first.
pub async fn replace_mark(tx: &mut Tx, old: Option<&Mark>, new: &Mark) -> Result<bool, StoreError> {
    let text = |mark: &Mark| serde_json::to_string(mark).map_err(|error| StoreError::Other(error.into()));
    let new = text(new)?;
    let Some(old) = old else {
        return Ok(settings::insert_if_absent(tx, Table::Settings, MARK, &new).await? > 0);
    };
    let sql = "update settings set value = $3 where key = $1 and value = $2";
    Ok(with_db!(tx, query(sql, MARK, text(old)?, new).execute)? > 0)
}

/// The `limit` rooms with the most changes, and their heads.
pub async fn list_highest_heads(conn: &mut Conn, limit: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let sql = "select id, last_seq from rooms order by last_seq desc, id limit $1";
    with_db!(conn, query_as(sql, limit).fetch_all)
}

impl Db {
    /// What tells this database from a copy of it: the file of SQLite; the tables and the timeline of PostgreSQL. None
    /// if it cannot be known.
    pub async fn identity(&self, conn: &mut Conn) -> Option<String> {
        match (self, conn.engine()) {
            (Self::Sqlite { path, .. }, _) => files::identity(path),
            (Self::Postgres(_), Engine::Postgres(held)) => postgres_identity(held).await,
            (Self::Postgres(_), _) => None,
        }
    }
}

/// A dump that is restored has other object ids, a standby that was promoted another timeline.
async fn postgres_identity(held: &mut Held<Loan>) -> Option<String> {
    let tables = "select 'tables ' || d.oid || ' ' || 'messages'::regclass::oid \
                  from pg_database d where d.datname = current_database()";
    let timeline = "select ' timeline ' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)";
    let tables: String = on_postgres!(held, conn => sqlx::query_scalar(tables).fetch_one(conn)).ok()?;
    let timeline: Result<String, _> =
        on_postgres!(held, conn => sqlx::query_scalar(timeline).fetch_one(conn));
    match timeline {
        Ok(timeline) => Some(tables + &timeline),
        Err(StoreError::Other(cause)) if is_untold(&*cause) => Some(tables),
        Err(_) => None,
    }
}

/// Whether the host keeps the timeline to itself.
fn is_untold(cause: &(dyn std::error::Error + 'static)) -> bool {
    let error = cause.downcast_ref::<sqlx::Error>().and_then(sqlx::Error::as_database_error);
    error.and_then(|error| error.code()).is_some_and(|code| UNTOLD.contains(&&*code))
}
