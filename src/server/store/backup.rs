//! Copies of a SQLite database: making one while the server writes, and making one ready to be served.
//!
//! Called by `papo backup` and `papo restore`, which know of files and never of tables, and before a migration.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::{
    history::random_id,
    migrations::{self, newest},
};

/// Tables of which a backup holds nothing unless it is asked to.
const PRIVATE: [&str; 5] = ["secrets", "sessions", "ended_sessions", "tickets", "nodes"];

/// Why a file cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    #[error("it is no database of Papo")]
    Foreign,
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it was written by a newer Papo (its migration {0} is unknown here)")]
    Newer(i64),
    #[error("{0}")]
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => Self::Foreign,
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Self::Damaged(error.to_string()),
            _ => Self::Sqlite(error),
        }
    }
}

/// How much a database holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contents {
    pub accounts: i64,
    pub messages: i64,
    /// Zero if everyone has to sign in again.
    pub sessions: i64,
}

/// Copies the database at `from` as it is at one moment into the empty file `to`; others may write meanwhile.
pub fn copy(from: &Path, to: &str, with_secrets: bool) -> Result<(), rusqlite::Error> {
    open(from)?.execute("vacuum into ?1", [to])?;
    if with_secrets {
        return Ok(());
    }
    let copy = open(Path::new(to))?;
    // A copy of rows that are to be left out must not stay in a journal.
    copy.pragma_update(None, "journal_mode", "memory")?;
    for table in PRIVATE {
        if has_table(&copy, table)? {
            copy.execute(&format!("delete from {table}"), [])?;
        }
    }
    copy.execute("delete from settings where key in ('setup', 'token')", [])?;
    // What was deleted is still in the file until then.
    copy.execute("vacuum", [])?;
    Ok(())
}

/// Checks the database at `path`, takes its write-ahead log in, and gives it a new epoch.
pub fn make_ready(path: &Path) -> Result<Contents, Unfit> {
    let conn = open(path)?;
    if !has_table(&conn, "settings")? || !has_table(&conn, "_sqlx_migrations")? {
        return Err(Unfit::Foreign);
    }
    conn.pragma_update_and_check(None, "journal_mode", "delete", |_| Ok(()))?;
    let fault: String = conn.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    if fault != "ok" {
        return Err(Unfit::Damaged(fault.replace('\n', " ")));
    }
    let version =
        conn.query_row("select coalesce(max(version), 0) from _sqlx_migrations", [], |row| row.get(0))?;
    if version > newest(&migrations::SQLITE) {
        return Err(Unfit::Newer(version));
    }
    conn.execute_batch("begin")?;
    // Its mark is of the file that it was copied from.
    conn.execute("delete from settings where key in ('epoch', 'history')", [])?;
    conn.execute("insert into settings (key, value) values ('epoch', ?1)", params![random_id()])?;
    conn.execute_batch("commit")?;
    let count = |table: &str| conn.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0));
    Ok(Contents { accounts: count("users")?, messages: count("messages")?, sessions: count("sessions")? })
}

/// Takes the write-ahead log into the database at `path`, if that can be done.
pub fn take_log_in(path: &Path) -> Result<(), rusqlite::Error> {
    open(path)?.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()))
}

fn open(path: &Path) -> Result<Connection, rusqlite::Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(super::db::BUSY_TIMEOUT)?;
    Ok(conn)
}

fn has_table(conn: &Connection, name: &str) -> Result<bool, rusqlite::Error> {
    let sql = "select 1 from sqlite_schema where type = 'table' and name = ?1";
    Ok(conn.query_row(sql, [name], |_| Ok(())).optional()?.is_some())
}
