//! Tickets for one live connection each, as `server::auth` stores them.

use super::{Conn, StoreError, Tx, with_db, words::Word};
use crate::model::{Scope, Timestamp, UserId};

/// A ticket; who has taken it out of the database has used it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    pub user: UserId,
    /// The session that it stands for.
    pub session: String,
    pub scope: Scope,
    pub expires_at: Timestamp,
}

/// Stores a ticket under the hash of its text.
pub async fn insert_ticket(tx: &mut Tx, hash: &str, ticket: &Ticket) -> Result<(), StoreError> {
    let sql = "insert into tickets (hash, user_id, session, scope, expires_at) values ($1, $2, $3, $4, $5)";
    let scope = ticket.scope.word();
    with_db!(tx, query(sql, hash, ticket.user.0, &ticket.session, scope, ticket.expires_at.0).execute)?;
    Ok(())
}

/// Whether there is such a ticket, expired or not.
pub async fn is_ticket(conn: &mut Conn, hash: &str) -> Result<bool, StoreError> {
    with_db!(conn, query_scalar("select exists (select 1 from tickets where hash = $1)", hash).fetch_one)
}

/// Takes a ticket out, expired or not: of several who ask at once one gets it.
pub async fn take_ticket(tx: &mut Tx, hash: &str) -> Result<Option<Ticket>, StoreError> {
    let sql = "delete from tickets where hash = $1 returning user_id, session, scope, expires_at";
    let row: Option<(i64, String, String, i64)> = with_db!(tx, query_as(sql, hash).fetch_optional)?;
    row.map(|(user, session, scope, expires_at)| {
        let scope = Scope::from_word(&scope)?;
        Ok(Ticket { user: UserId(user), session, scope, expires_at: Timestamp(expires_at) })
    })
    .transpose()
}

/// Forgets what expired by `now`.
pub async fn delete_expired_tickets(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    with_db!(tx, query("delete from tickets where expires_at <= $1", now.0).execute)?;
    Ok(())
}
