//! Accounts.

use super::{
    Conn, StoreError, Tx,
    parts::{self, List},
    people::PersonRow,
    rows, with_db,
    words::Word,
};
use crate::model::{
    Me, SiteRole, Timestamp, UserId,
    text::can_be_name,
    user::{BirthDate, DisplayName, Email, Username},
};

/// An account to be made.
#[derive(Debug)]
pub struct NewUser<'a> {
    pub id: UserId,
    pub username: &'a Username,
    pub name: &'a DisplayName,
    pub email: &'a Email,
    pub birth_date: Option<BirthDate>,
    pub password_hash: &'a str,
    pub role: SiteRole,
    /// Everything the user is found by, folded as queries are.
    pub search_text: &'a str,
    pub at: Timestamp,
}

/// An account with what only the server may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub me: Me,
    /// None if nobody signs in to it by password.
    pub password_hash: Option<String>,
    pub disabled: bool,
    /// Grows when every session of the user has to end.
    pub auth_epoch: i64,
}

rows! {
    struct AccountRow {
        #[sqlx(flatten)]
        user: PersonRow,
        email: Option<String>,
        role: String,
        password_hash: Option<String>,
        disabled: bool,
        auth_epoch: i64,
    }
}

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        let role = SiteRole::from_word(&row.role)?;
        Ok(Self {
            me: Me { user: row.user.into(), email: row.email, role },
            password_hash: row.password_hash,
            disabled: row.disabled,
            auth_epoch: row.auth_epoch,
        })
    }
}

macro_rules! select_accounts {
    ($rest:literal) => {
        concat!(
            "select id, username, name, changed_seq, email, role, password_hash, disabled, auth_epoch from users ",
            $rest
        )
    };
}

/// Makes an account; `Conflict("users_username_key")` or `Conflict("users_email_key")`.
pub async fn insert_user(tx: &mut Tx, user: &NewUser<'_>) -> Result<(), StoreError> {
    let sql = "insert into users (id, username, username_key, name, email, birth_date, password_hash, role, \
               search_text, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    with_db!(
        tx,
        query(
            sql,
            user.id.0,
            user.username.as_str(),
            user.username.key(),
            user.name.as_str(),
            user.email.as_str(),
            user.birth_date.map(|date| date.to_string()),
            user.password_hash,
            user.role.word(),
            user.search_text,
            user.at.0
        )
        .execute
    )?;
    parts::insert_parts(tx, List::People, user.id.0, user.search_text).await
}

pub async fn find_account(conn: &mut Conn, user: UserId) -> Result<Option<Account>, StoreError> {
    let sql = select_accounts!("where id = $1");
    let row: Option<AccountRow> = with_db!(conn, query_as(sql, user.0).fetch_optional)?;
    row.map(Account::try_from).transpose()
}

/// The account with this user name or e-mail address, whatever its case.
pub async fn find_account_by_login(conn: &mut Conn, login: &str) -> Result<Option<Account>, StoreError> {
    if !can_be_name(login) {
        return Ok(None);
    }
    // A user name has no `@` and an address has one: at most one row.
    let sql = select_accounts!("where username_key = $1 or email = $1");
    let login = login.trim().to_lowercase();
    let row: Option<AccountRow> = with_db!(conn, query_as(sql, login).fetch_optional)?;
    row.map(Account::try_from).transpose()
}

/// Every account, by user name.
pub async fn list_accounts(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    let sql = select_accounts!("order by username_key");
    let rows: Vec<AccountRow> = with_db!(conn, query_as(sql).fetch_all)?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Whether there is such a user, and no sign-in for them.
pub async fn is_disabled(conn: &mut Conn, user: UserId) -> Result<bool, StoreError> {
    let sql = "select exists (select 1 from users where id = $1 and disabled)";
    with_db!(conn, query_scalar(sql, user.0).fetch_one)
}

/// Whether an administrator exists who may sign in.
pub async fn has_administrator(conn: &mut Conn) -> Result<bool, StoreError> {
    let sql = "select exists (select 1 from users where role = $1 and not disabled)";
    let role = SiteRole::Administrator.word();
    with_db!(conn, query_scalar(sql, role).fetch_one)
}

/// Sets the password and ends every session; `NotFound` if there is no such user.
pub async fn update_password(tx: &mut Tx, user: UserId, password_hash: &str) -> Result<(), StoreError> {
    let sql = "update users set password_hash = $2, auth_epoch = auth_epoch + 1 where id = $1";
    found(with_db!(tx, query(sql, user.0, password_hash).execute)?)
}

/// Replaces the hash of a password that stays the same, unless the password has changed meanwhile; tells whether it did.
pub async fn replace_password_hash(
    tx: &mut Tx,
    user: UserId,
    old: &str,
    new: &str,
) -> Result<bool, StoreError> {
    let sql = "update users set password_hash = $3 where id = $1 and password_hash = $2";
    Ok(with_db!(tx, query(sql, user.0, old, new).execute)? == 1)
}

/// Gives the user another role on the site; `NotFound` if there is no such user.
pub async fn update_role(tx: &mut Tx, user: UserId, role: SiteRole) -> Result<(), StoreError> {
    let sql = "update users set role = $2 where id = $1";
    found(with_db!(tx, query(sql, user.0, role.word()).execute)?)
}

/// Bars or readmits the user and ends every session; `NotFound` if there is no such user.
pub async fn update_disabled(tx: &mut Tx, user: UserId, disabled: bool) -> Result<(), StoreError> {
    let sql =
        "update users set disabled = $2, auth_epoch = auth_epoch + 1 where id = $1 returning search_text";
    let search_text: Option<String> = with_db!(tx, query_scalar(sql, user.0, disabled).fetch_optional)?;
    let search_text = search_text.ok_or(StoreError::NotFound)?;
    if disabled {
        parts::delete_parts(tx, List::People, user.0, &search_text).await
    } else {
        parts::insert_parts(tx, List::People, user.0, &search_text).await
    }
}

fn found(rows: u64) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
