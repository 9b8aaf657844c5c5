//! Personal access tokens, as `server::auth` stores them.
//!
//! Live connections made with a token are known by the session name `token:ID`; who ends a token notes that
//! name among the ended sessions, in the same transaction.

use super::{Conn, StoreError, Tx, rows, with_db, words::Word};
use crate::model::{
    Scope, Timestamp, TokenId, UserId,
    token::{PersonalToken, TokenName},
};

/// A token to be stored.
#[derive(Debug)]
pub struct TokenRecord<'a> {
    pub id: TokenId,
    pub user: UserId,
    pub name: &'a TokenName,
    /// The hash of its text.
    pub hash: &'a str,
    pub scope: Scope,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
}

/// A stored token and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    pub user: UserId,
    pub scope: Scope,
    pub about: PersonalToken,
}

rows! {
    struct TokenRow {
        id: i64,
        user_id: i64,
        name: String,
        scope: String,
        created_at: i64,
        expires_at: Option<i64>,
        used_at: Option<i64>,
    }
}

impl TryFrom<TokenRow> for StoredToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let scope = Scope::from_word(&row.scope)?;
        let about = PersonalToken {
            id: TokenId(row.id),
            name: row.name,
            scopes: scope.included(),
            created_at: Timestamp(row.created_at),
            expires_at: row.expires_at.map(Timestamp),
            used_at: row.used_at.map(Timestamp),
        };
        Ok(Self { user: UserId(row.user_id), scope, about })
    }
}

macro_rules! select_tokens {
    ($rest:literal) => {
        concat!("select id, user_id, name, scope, created_at, expires_at, used_at from tokens ", $rest)
    };
}

/// How `ended_sessions` knows tokens; a token that ends a second time is noted anew.
macro_rules! note_tokens {
    ($which:literal) => {
        concat!(
            "insert into ended_sessions (id, at) select 'token:' || id, $1 from tokens where ",
            $which,
            " on conflict (id) do update set at = excluded.at"
        )
    };
}

pub async fn insert_token(tx: &mut Tx, token: &TokenRecord<'_>) -> Result<(), StoreError> {
    let sql = "insert into tokens (id, user_id, name, hash, scope, created_at, expires_at) \
               values ($1, $2, $3, $4, $5, $6, $7)";
    let (name, scope, expires_at) =
        (token.name.as_str(), token.scope.word(), token.expires_at.map(|expires_at| expires_at.0));
    with_db!(
        tx,
        query(sql, token.id.0, token.user.0, name, token.hash, scope, token.created_at.0, expires_at).execute
    )?;
    Ok(())
}

/// The token whose text has this hash, expired or not.
pub async fn find_token_by_hash(conn: &mut Conn, hash: &str) -> Result<Option<StoredToken>, StoreError> {
    let sql = select_tokens!("where hash = $1");
    let row: Option<TokenRow> = with_db!(conn, query_as(sql, hash).fetch_optional)?;
    row.map(StoredToken::try_from).transpose()
}

/// The token, unless it expired by `now`.
pub async fn find_token(
    conn: &mut Conn,
    token: TokenId,
    now: Timestamp,
) -> Result<Option<StoredToken>, StoreError> {
    let sql = select_tokens!("where id = $1 and (expires_at is null or expires_at > $2)");
    let row: Option<TokenRow> = with_db!(conn, query_as(sql, token.0, now.0).fetch_optional)?;
    row.map(StoredToken::try_from).transpose()
}

/// The user's tokens that have not expired by `now`, the latest first.
pub async fn list_tokens(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<StoredToken>, StoreError> {
    let sql = select_tokens!(
        "where user_id = $1 and (expires_at is null or expires_at > $2) order by created_at desc, id desc"
    );
    let rows: Vec<TokenRow> = with_db!(conn, query_as(sql, user.0, now.0).fetch_all)?;
    rows.into_iter().map(StoredToken::try_from).collect()
}

/// Notes that the token was used at `at`, if it was not before since `before`.
pub async fn update_used(
    tx: &mut Tx,
    token: TokenId,
    before: Timestamp,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update tokens set used_at = $3 where id = $1 and (used_at is null or used_at <= $2)";
    with_db!(tx, query(sql, token.0, before.0, at.0).execute)?;
    Ok(())
}

/// Ends a token for good at `at`; `NotFound` if there is none.
pub async fn delete_token(tx: &mut Tx, token: TokenId, at: Timestamp) -> Result<(), StoreError> {
    with_db!(tx, query(note_tokens!("id = $2"), at.0, token.0).execute)?;
    let deleted = with_db!(tx, query("delete from tokens where id = $1", token.0).execute)?;
    if deleted == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Ends the connections that were made with a user's tokens. The tokens stay.
pub async fn end_connections_of(tx: &mut Tx, user: UserId, at: Timestamp) -> Result<(), StoreError> {
    with_db!(tx, query(note_tokens!("user_id = $2"), at.0, user.0).execute)?;
    Ok(())
}

/// Ends what expired by `now`.
pub async fn delete_expired_tokens(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    with_db!(tx, query(note_tokens!("expires_at <= $1"), now.0).execute)?;
    with_db!(tx, query("delete from tokens where expires_at <= $1", now.0).execute)?;
    Ok(())
}
