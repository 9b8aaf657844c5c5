//! Whose invitations a user does not want.

use super::{
    Conn, StoreError, Tx,
    people::{PersonRow, select_people},
    with_db,
};
use crate::model::{Timestamp, UserId, UserRef};

/// Blocks a person; one who is blocked already stays so.
pub async fn insert_block(
    tx: &mut Tx,
    user: UserId,
    blocked: UserId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "insert into blocks (user_id, blocked_id, at) values ($1, $2, $3) \
               on conflict (user_id, blocked_id) do nothing";
    with_db!(tx, query(sql, user.0, blocked.0, at.0).execute)?;
    Ok(())
}

/// Unblocks a person; `NotFound` if not blocked.
pub async fn delete_block(tx: &mut Tx, user: UserId, blocked: UserId) -> Result<(), StoreError> {
    let sql = "delete from blocks where user_id = $1 and blocked_id = $2";
    let rows = with_db!(tx, query(sql, user.0, blocked.0).execute)?;
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Whether `user` has blocked `other`.
pub async fn is_blocked(conn: &mut Conn, user: UserId, other: UserId) -> Result<bool, StoreError> {
    let sql = "select exists (select 1 from blocks where user_id = $1 and blocked_id = $2)";
    with_db!(conn, query_scalar(sql, user.0, other.0).fetch_one)
}

/// How many people the user has blocked.
pub async fn count_blocks(conn: &mut Conn, user: UserId) -> Result<i64, StoreError> {
    let sql = "select count(*) from blocks where user_id = $1";
    with_db!(conn, query_scalar(sql, user.0).fetch_one)
}

/// Whom the user has blocked: the first `limit` whose id comes after `after`.
pub async fn list_blocks(
    conn: &mut Conn,
    user: UserId,
    after: UserId,
    limit: i64,
) -> Result<Vec<UserRef>, StoreError> {
    let sql = select_people!(
        "blocks b join users u on u.id = b.blocked_id \
         where b.user_id = $1 and b.blocked_id > $2 order by b.blocked_id limit $3"
    );
    let rows: Vec<PersonRow> = with_db!(conn, query_as(sql, user.0, after.0, limit).fetch_all)?;
    Ok(rows.into_iter().map(UserRef::from).collect())
}
