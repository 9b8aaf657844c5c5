//! Accounts as an operator sees them on the command line.

use super::{Conn, StoreError, rows, with_db, words::Word};
use crate::model::{RoomKind, SiteRole, Timestamp, UserId};

/// An account with its dates and what it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    pub id: UserId,
    pub username: String,
    pub name: String,
    pub email: Option<String>,
    pub role: SiteRole,
    pub disabled: bool,
    pub created_at: Timestamp,
    /// Of the sessions that are still stored.
    pub signed_in_at: Option<Timestamp>,
    pub sessions: i64,
    pub tokens: i64,
}

rows! {
    struct OverviewRow {
        id: i64,
        username: String,
        name: String,
        email: Option<String>,
        role: String,
        disabled: bool,
        created_at: i64,
        signed_in_at: Option<i64>,
        sessions: i64,
        tokens: i64,
    }
}

impl TryFrom<OverviewRow> for Overview {
    type Error = StoreError;

    fn try_from(row: OverviewRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: UserId(row.id),
            role: SiteRole::from_word(&row.role)?,
            username: row.username,
            name: row.name,
            email: row.email,
            disabled: row.disabled,
            created_at: Timestamp(row.created_at),
            signed_in_at: row.signed_in_at.map(Timestamp),
            sessions: row.sessions,
            tokens: row.tokens,
        })
    }
}

/// Every account by user name, or the one with this id. Sessions and tokens that expired by `now` do not count.
pub async fn list_overviews(
    conn: &mut Conn,
    only: Option<UserId>,
    now: Timestamp,
) -> Result<Vec<Overview>, StoreError> {
    let sql = "select u.id, u.username, u.name, u.email, u.role, u.disabled, u.created_at, \
               (select max(s.created_at) from sessions s where s.user_id = u.id) as signed_in_at, \
               (select count(*) from sessions s where s.user_id = u.id and s.expires_at > $2) as sessions, \
               (select count(*) from tokens t where t.user_id = u.id \
                and (t.expires_at is null or t.expires_at > $2)) as tokens \
               from users u where $1 is null or u.id = $1 order by u.username_key";
    let rows: Vec<OverviewRow> = with_db!(conn, query_as(sql, only.map(|user| user.0), now.0).fetch_all)?;
    rows.into_iter().map(Overview::try_from).collect()
}

/// The rooms that the user is in: kind, and name if the room has one.
pub async fn list_rooms_of(conn: &mut Conn, user: UserId) -> Result<Vec<(RoomKind, String)>, StoreError> {
    let sql = "select r.kind, r.name from members m join rooms r on r.id = m.room_id \
               where m.user_id = $1 and m.joined order by r.name, r.id";
    let rows: Vec<(String, String)> = with_db!(conn, query_as(sql, user.0).fetch_all)?;
    rows.into_iter().map(|(kind, name)| Ok((RoomKind::from_word(&kind)?, name))).collect()
}

/// Whether an administrator who may sign in exists besides the user.
pub async fn has_administrator_besides(conn: &mut Conn, user: UserId) -> Result<bool, StoreError> {
    let sql = "select exists (select 1 from users where role = $1 and not disabled and id <> $2)";
    let role = SiteRole::Administrator.word();
    with_db!(conn, query_scalar(sql, role, user.0).fetch_one)
}
