//! Sign-in sessions, as `server::auth` stores them: under hashes of their ids, which open nothing.

use super::{Conn, StoreError, Tx, rows, with_db};
use crate::model::{Timestamp, UserId};

/// A session; `data` is JSON that only `server::auth` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    pub id: String,
    /// None until somebody signs in.
    pub user_id: Option<UserId>,
    pub data: String,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}

/// However much it is used, a session ends after 90 days, in microseconds.
const LIFE_MAX: i64 = 90 * 24 * 60 * 60 * 1_000_000;

rows! {
    struct SessionRow {
        id: String,
        user_id: Option<i64>,
        data: String,
        expires_at: i64,
        created_at: i64,
    }
}

impl From<SessionRow> for StoredSession {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            user_id: row.user_id.map(UserId),
            data: row.data,
            expires_at: Timestamp(row.expires_at),
            created_at: Timestamp(row.created_at),
        }
    }
}

/// Stores a new session; `Conflict("sessions_pkey")` if its id is in use.
pub async fn insert_session(tx: &mut Tx, session: &StoredSession) -> Result<(), StoreError> {
    let sql = "insert into sessions (id, user_id, data, expires_at, created_at) values ($1, $2, $3, $4, $5)";
    let user = session.user_id.map(|user| user.0);
    let (expires_at, created_at) = (session.expires_at.0, session.created_at.0);
    with_db!(tx, query(sql, &session.id, user, &session.data, expires_at, created_at).execute)?;
    Ok(())
}

/// Stores what changed in a session, which ends 90 days after it was made at the latest. One that has ended meanwhile
/// stays ended.
pub async fn update_session(tx: &mut Tx, session: &StoredSession) -> Result<(), StoreError> {
    let sql = "update sessions set user_id = $2, data = $3, \
               expires_at = case when $4 < created_at + $5 then $4 else created_at + $5 end where id = $1";
    let (user, expires_at) = (session.user_id.map(|user| user.0), session.expires_at.0);
    with_db!(tx, query(sql, &session.id, user, &session.data, expires_at, LIFE_MAX).execute)?;
    Ok(())
}

/// The ids that have fewer characters than `length`.
pub async fn list_ids_shorter_than(conn: &mut Conn, length: i64) -> Result<Vec<String>, StoreError> {
    with_db!(conn, query_scalar("select id from sessions where length(id) < $1", length).fetch_all)
}

/// Gives a session another id.
pub async fn rename_session(tx: &mut Tx, id: &str, new: &str) -> Result<(), StoreError> {
    with_db!(tx, query("update sessions set id = $2 where id = $1", id, new).execute)?;
    Ok(())
}

/// The session, unless it expired by `now`.
pub async fn find_session(
    conn: &mut Conn,
    id: &str,
    now: Timestamp,
) -> Result<Option<StoredSession>, StoreError> {
    let sql = "select id, user_id, data, expires_at, created_at from sessions \
               where id = $1 and expires_at > $2";
    let row: Option<SessionRow> = with_db!(conn, query_as(sql, id, now.0).fetch_optional)?;
    Ok(row.map(StoredSession::from))
}

/// Ends a session at `at`; it need not exist. Call it in a transaction, as all that end sessions: who sees
/// that a session is gone must also find it among the ended ones.
pub async fn delete_session(tx: &mut Tx, id: &str, at: Timestamp) -> Result<(), StoreError> {
    let note = "insert into ended_sessions (id, at) select id, $2 from sessions where id = $1 \
                on conflict (id) do nothing";
    with_db!(tx, query(note, id, at.0).execute)?;
    let sql = "delete from sessions where id = $1";
    with_db!(tx, query(sql, id).execute)?;
    Ok(())
}

/// Ends every session of a user.
pub async fn delete_sessions_of(tx: &mut Tx, user: UserId, at: Timestamp) -> Result<(), StoreError> {
    let note = "insert into ended_sessions (id, at) select id, $2 from sessions where user_id = $1 \
                on conflict (id) do nothing";
    with_db!(tx, query(note, user.0, at.0).execute)?;
    let sql = "delete from sessions where user_id = $1";
    with_db!(tx, query(sql, user.0).execute)?;
    Ok(())
}

/// Ends every session of a user but `kept`, and tells which.
pub async fn delete_other_sessions(
    tx: &mut Tx,
    user: UserId,
    kept: &str,
    at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let note = "insert into ended_sessions (id, at) select id, $3 from sessions \
                where user_id = $1 and id <> $2 on conflict (id) do nothing";
    with_db!(tx, query(note, user.0, kept, at.0).execute)?;
    let sql = "delete from sessions where user_id = $1 and id <> $2 returning id";
    with_db!(tx, query_scalar(sql, user.0, kept).fetch_all)
}

/// Of a user's sessions whose ids begin with `prefix`, or of those whose do not, ends all but the latest `kept`, and tells
/// which.
pub async fn delete_oldest_sessions(
    tx: &mut Tx,
    user: UserId,
    prefix: &str,
    has_prefix: bool,
    kept: i64,
    at: Timestamp,
) -> Result<Vec<String>, StoreError> {
    // SQLite knows no offset without a limit.
    let oldest = "select id from sessions where user_id = $1 and (substr(id, 1, length($2)) = $2) = $3 \
                  order by created_at desc, id limit 9223372036854775807 offset $4";
    let ids: Vec<String> = with_db!(tx, query_scalar(oldest, user.0, prefix, has_prefix, kept).fetch_all)?;
    for id in &ids {
        delete_session(tx, id, at).await?;
    }
    Ok(ids)
}

/// Ends what expired by `now`, and tells how many.
pub async fn delete_expired_sessions(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let note = "insert into ended_sessions (id, at) select id, $1 from sessions where expires_at <= $1 \
                on conflict (id) do nothing";
    with_db!(tx, query(note, now.0).execute)?;
    let sql = "delete from sessions where expires_at <= $1";
    with_db!(tx, query(sql, now.0).execute)
}

/// The sessions of the user that last at `now`, the latest first.
pub async fn list_sessions_of(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<StoredSession>, StoreError> {
    let sql = "select id, user_id, data, expires_at, created_at from sessions \
               where user_id = $1 and expires_at > $2 order by created_at desc, id";
    let rows: Vec<SessionRow> = with_db!(conn, query_as(sql, user.0, now.0).fetch_all)?;
    Ok(rows.into_iter().map(StoredSession::from).collect())
}

/// The sessions that ended after `since`, by whichever process, and when.
pub async fn list_sessions_ended_after(
    conn: &mut Conn,
    since: Timestamp,
) -> Result<Vec<(String, Timestamp)>, StoreError> {
    let sql = "select id, at from ended_sessions where at > $1";
    let rows: Vec<(String, i64)> = with_db!(conn, query_as(sql, since.0).fetch_all)?;
    Ok(rows.into_iter().map(|(id, at)| (id, Timestamp(at))).collect())
}

/// Forgets the sessions that ended by `at`.
pub async fn delete_ended_sessions(tx: &mut Tx, at: Timestamp) -> Result<(), StoreError> {
    let sql = "delete from ended_sessions where at <= $1";
    with_db!(tx, query(sql, at.0).execute)?;
    Ok(())
}
