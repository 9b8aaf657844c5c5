//! Single values of the whole database: settings, and the server's secrets.

use uuid::Builder;

use super::{Conn, StoreError, Tx, with_db};

/// The random id of this database's history, made at the first call (which needs a writer).
pub async fn epoch(tx: &mut Tx) -> Result<String, StoreError> {
    let made = || Builder::from_random_bytes(rand::random()).into_uuid().to_string();
    find_or_make(tx, Table::Settings, "epoch", made).await
}

/// The secret of the link that makes the administrator: 256 random bits as hexadecimal digits, made at the
/// first call (which needs a writer).
pub async fn setup_secret(tx: &mut Tx) -> Result<String, StoreError> {
    secret(tx, "setup").await
}

/// The secret that login tokens are signed with, made as `setup_secret` is.
pub async fn token_secret(tx: &mut Tx) -> Result<String, StoreError> {
    secret(tx, "token").await
}

/// The secret that browsers are known again by, made as `setup_secret` is.
pub async fn device_secret(tx: &mut Tx) -> Result<String, StoreError> {
    secret(tx, "device").await
}

/// Secrets have a table of their own, which a backup may leave out: what is missing is made anew.
async fn secret(tx: &mut Tx, key: &str) -> Result<String, StoreError> {
    find_or_make(tx, Table::Secrets, key, random_digits).await
}

fn random_digits() -> String {
    rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Forgets the secret: there is an administrator.
pub async fn delete_setup_secret(tx: &mut Tx) -> Result<(), StoreError> {
    with_db!(tx, query("delete from secrets where key = $1", "setup").execute)?;
    Ok(())
}

#[derive(Clone, Copy)]
pub(super) enum Table {
    Settings,
    Secrets,
}

async fn find_or_make(
    tx: &mut Tx,
    table: Table,
    key: &str,
    make: impl FnOnce() -> String,
) -> Result<String, StoreError> {
    if let Some(value) = find(tx, table, key).await? {
        return Ok(value);
    }
    insert_if_absent(tx, table, key, &make()).await?;
    // Another node may have been first.
    find(tx, table, key).await?.ok_or(StoreError::NotFound)
}

/// Writes and leaves nothing behind; no two calls touch the same row.
pub async fn probe_write(tx: &mut Tx) -> Result<(), StoreError> {
    let key = format!("probe {}", Builder::from_random_bytes(rand::random()).into_uuid());
    insert_if_absent(tx, Table::Settings, &key, "").await?;
    with_db!(tx, query("delete from settings where key = $1", key).execute)?;
    Ok(())
}

async fn find(conn: &mut Conn, table: Table, key: &str) -> Result<Option<String>, StoreError> {
    let sql = match table {
        Table::Settings => "select value from settings where key = $1",
        Table::Secrets => "select value from secrets where key = $1",
    };
    with_db!(conn, query_scalar(sql, key).fetch_optional)
}

/// Tells how many rows are new: one or none.
pub(super) async fn insert_if_absent(
    tx: &mut Tx,
    table: Table,
    key: &str,
    value: &str,
) -> Result<u64, StoreError> {
    let sql = match table {
        Table::Settings => "insert into settings (key, value) values ($1, $2) on conflict (key) do nothing",
        Table::Secrets => "insert into secrets (key, value) values ($1, $2) on conflict (key) do nothing",
    };
    with_db!(tx, query(sql, key, value).execute)
}
