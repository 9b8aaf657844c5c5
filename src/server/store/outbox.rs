//! The outbox: what must happen elsewhere after a commit, as rows of that commit.
//!
//! Who takes a row leases it: its due time moves to the end of the lease, so another worker follows one that dies. `attempts`
//! counts the leases, and what a worker says after its own has ended changes nothing.

use super::{Conn, StoreError, Tx, conn::Engine, with_db};
use crate::model::{OutboxId, Timestamp};

/// A row that was leased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leased {
    pub id: OutboxId,
    /// Of this lease: the first has 1.
    pub attempts: i64,
    pub kind: String,
    /// JSON, of a shape that `kind` names.
    pub body: String,
}

/// A row as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: OutboxId,
    pub kind: String,
    pub attempts: i64,
    pub due_at: Timestamp,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// Nobody tries again.
    pub is_given_up: bool,
}

type LeasedRow = (i64, i64, String, String);

impl From<LeasedRow> for Leased {
    fn from((id, attempts, kind, body): LeasedRow) -> Self {
        Self { id: OutboxId(id), attempts, kind, body }
    }
}

/// Notes something to be done from `due_at` on.
pub async fn insert(
    tx: &mut Tx,
    id: OutboxId,
    (kind, body): (&str, &str),
    created_at: Timestamp,
    due_at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into outbox (id, kind, body, created_at, due_at) values ($1, $2, $3, $4, $5)";
    with_db!(tx, query(sql, id.0, kind, body, created_at.0, due_at.0).execute)?;
    Ok(())
}

/// Whether something is due at `now`.
pub async fn is_due(conn: &mut Conn, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "select exists (select 1 from outbox where failed_at is null and due_at <= $1)";
    with_db!(conn, query_scalar(sql, now.0).fetch_one)
}

/// Leases what is due at `now` until `until`, at most eight rows, those that wait for longest.
pub async fn lease(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Vec<Leased>, StoreError> {
    macro_rules! lease {
        ($lock:literal) => {
            concat!(
                "update outbox set due_at = $2, attempts = attempts + 1 where id in ( \
                 select id from outbox where failed_at is null and due_at <= $1 order by due_at limit 8 ",
                $lock,
                ") returning id, attempts, kind, body"
            )
        };
    }
    let sql = match tx.engine() {
        Engine::Postgres(_) => lease!("for update skip locked"),
        _ => lease!(""),
    };
    let rows: Vec<LeasedRow> = with_db!(tx, query_as(sql, now.0, until.0).fetch_all)?;
    Ok(rows.into_iter().map(Leased::from).collect())
}

/// Leases one row that waits or was given up; `NotFound` if there is none.
pub async fn lease_one(tx: &mut Tx, id: OutboxId, until: Timestamp) -> Result<Leased, StoreError> {
    let sql = "update outbox set due_at = $2, attempts = attempts + 1, failed_at = null where id = $1 \
               returning id, attempts, kind, body";
    let row: Option<LeasedRow> = with_db!(tx, query_as(sql, id.0, until.0).fetch_optional)?;
    row.map(Leased::from).ok_or(StoreError::NotFound)
}

/// It is done.
pub async fn delete_done(tx: &mut Tx, leased: &Leased) -> Result<(), StoreError> {
    let sql = "delete from outbox where id = $1 and attempts = $2";
    with_db!(tx, query(sql, leased.id.0, leased.attempts).execute)?;
    Ok(())
}

/// The attempt failed: the next one is at `due_at`, or none if it is given up at that moment.
pub async fn update_failed(
    tx: &mut Tx,
    leased: &Leased,
    error: &str,
    due_at: Timestamp,
    is_given_up: bool,
) -> Result<(), StoreError> {
    let sql = "update outbox set error = $3, due_at = $4, failed_at = $5 where id = $1 and attempts = $2";
    let failed_at = is_given_up.then_some(due_at.0);
    with_db!(tx, query(sql, leased.id.0, leased.attempts, error, due_at.0, failed_at).execute)?;
    Ok(())
}

/// The newest hundred rows.
pub async fn list(conn: &mut Conn) -> Result<Vec<Waiting>, StoreError> {
    let sql = "select id, kind, attempts, due_at, error, failed_at is not null from outbox order by id desc limit 100";
    let rows: Vec<(i64, String, i64, i64, Option<String>, bool)> = with_db!(conn, query_as(sql).fetch_all)?;
    let waiting = |(id, kind, attempts, due_at, error, is_given_up)| {
        let (id, due_at) = (OutboxId(id), Timestamp(due_at));
        Waiting { id, kind, attempts, due_at, error, is_given_up }
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// Throws a row away; `NotFound` if there is none.
pub async fn delete(tx: &mut Tx, id: OutboxId) -> Result<(), StoreError> {
    match with_db!(tx, query("delete from outbox where id = $1", id.0).execute)? {
        0 => Err(StoreError::NotFound),
        _ => Ok(()),
    }
}
