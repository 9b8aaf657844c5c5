//! What one account holds, counted before it gets more.

use super::{Conn, StoreError, Tx, conn::Engine, with_db};
use crate::model::{Timestamp, UserId};

/// Keeps other transactions from adding to what the user holds until this one ends: what is counted after it stays
/// so. False if another transaction has it; nobody waits here, since two that wait for each other would both fail.
/// On SQLite there is one writing transaction at a time.
pub async fn try_hold(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    let Engine::Postgres(_) = tx.engine() else { return Ok(true) };
    with_db!(tx, query_scalar("select pg_try_advisory_xact_lock($1)", user.0).fetch_one)
}

/// How many channels and groups the user has made that still exist: a closed room that everybody has left does not.
pub async fn count_rooms_made(conn: &mut Conn, user: UserId) -> Result<i64, StoreError> {
    let sql = "select count(*) from rooms r where r.created_by = $1 and r.kind <> 'direct' and (r.access <> 'private' \
               or exists (select 1 from members m where m.room_id = r.id and m.joined))";
    with_db!(conn, query_scalar(sql, user.0).fetch_one)
}

/// How many channels and groups the user has made since `since`.
pub async fn count_rooms_made_since(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "select count(*) from rooms where created_by = $1 and created_at >= $2 and kind <> 'direct'";
    with_db!(conn, query_scalar(sql, user.0, since.0).fetch_one)
}

/// How many direct rooms the user has begun since `since`, answered or not.
pub async fn count_directs_begun(conn: &mut Conn, user: UserId, since: Timestamp) -> Result<i64, StoreError> {
    let sql = "select count(*) from rooms where created_by = $1 and created_at >= $2 and kind = 'direct'";
    with_db!(conn, query_scalar(sql, user.0, since.0).fetch_one)
}

/// How many of these have no text by the other person among their last 300.
pub async fn count_directs_unanswered(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "select count(*) from rooms r where r.created_by = $1 and r.created_at >= $2 and r.kind = 'direct' \
               and not exists (select 1 from (select m.author_id from messages m \
                where m.room_id = r.id and m.kind = 'text' order by m.seq desc limit 300) newest \
                where newest.author_id <> $1)";
    with_db!(conn, query_scalar(sql, user.0, since.0).fetch_one)
}

/// How many channels and groups the user is in. Direct rooms do not count: others begin them.
pub async fn count_rooms_entered(conn: &mut Conn, user: UserId) -> Result<i64, StoreError> {
    let sql = "select count(*) from members m join rooms r on r.id = m.room_id \
               where m.user_id = $1 and m.joined and r.kind <> 'direct'";
    with_db!(conn, query_scalar(sql, user.0).fetch_one)
}
