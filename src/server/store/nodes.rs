//! The running nodes of one database, each with a number of its own while its lease lasts.

use uuid::Uuid;

use super::{Conn, StoreError, Tx, ids::NODES, with_db};
use crate::model::Timestamp;

/// Takes a number that is free at `at`, until `expires_at`; none if all are taken.
pub async fn take_number(
    tx: &mut Tx,
    node: Uuid,
    at: Timestamp,
    expires_at: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let sql = "insert into nodes (number, incarnation, expires_at) values ($1, $2, $3) \
               on conflict (number) do update \
               set incarnation = excluded.incarnation, expires_at = excluded.expires_at \
               where nodes.expires_at < $4";
    for number in 0..NODES {
        let taken = with_db!(tx, query(sql, number, node.to_string(), expires_at.0, at.0).execute)?;
        if taken > 0 {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// Keeps the number for longer. False if another node has it.
pub async fn renew_number(
    tx: &mut Tx,
    number: i64,
    node: Uuid,
    expires_at: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "update nodes set expires_at = $3 where number = $1 and incarnation = $2";
    let renewed = with_db!(tx, query(sql, number, node.to_string(), expires_at.0).execute)?;
    Ok(renewed > 0)
}

/// Gives the number back.
pub async fn free_number(tx: &mut Tx, node: Uuid) -> Result<(), StoreError> {
    with_db!(tx, query("delete from nodes where incarnation = $1", node.to_string()).execute)?;
    Ok(())
}

/// The nodes whose leases last at `at`.
pub async fn list_nodes(conn: &mut Conn, at: Timestamp) -> Result<Vec<Uuid>, StoreError> {
    let sql = "select incarnation from nodes where expires_at >= $1 order by number";
    let nodes: Vec<String> = with_db!(conn, query_scalar(sql, at.0).fetch_all)?;
    Ok(nodes.iter().filter_map(|node| node.parse().ok()).collect())
}
