//! Where the database is, and why it could not be opened.
//!
//! An `OpenError` ends the start of the server; its text is one line for the operator.

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::error::sqlite_code;

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file, made if it does not exist; its folder must.
    Sqlite(PathBuf),
    /// `postgres://…`, with its password.
    Postgres(String),
}

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

/// Why the database could not be opened: cause and remedy in one line.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "there is no database at {}: name its folder with --data or PAPO_DATA (only `papo serve` makes a new one)",
        path.display()
    )]
    Missing { path: PathBuf },
    #[error(
        "that PostgreSQL database has no tables of Papo: check --database-url or PAPO_DATABASE_URL (only `papo serve` makes them)"
    )]
    Empty,
    #[error("cannot write the database {}: {why}", path.display())]
    Unwritable { path: PathBuf, why: String },
    #[error("SQLite {0} can corrupt databases: build with SQLite 3.51.3 or later")]
    SqliteTooOld(String),
    #[error(
        "the database was written by a newer Papo (its migration {version} is unknown here): start that version, or restore an older backup"
    )]
    NewerThanBinary { version: i64 },
    #[error("the database is of an older Papo: start this version's server once, which brings it up to date")]
    OlderThanBinary,
    #[error(
        "the PostgreSQL database is encoded in {0}, which cannot hold every message: make one with `createdb -E UTF8 -T template0`"
    )]
    NotUtf8(String),
    #[error("cannot reach PostgreSQL: {0}: check the database URL and that the server runs")]
    Unreachable(String),
    #[error("PostgreSQL refuses: {0}: the database must belong to the user in the database URL")]
    Postgres(String),
    #[error("cannot open the database {}: {why}", path.display())]
    Sqlite { path: PathBuf, why: String },
    #[error("cannot migrate the database: {0}: restore a backup, or report this")]
    Migration(String),
    #[error(
        "cannot migrate the database: {rows} rows of {table} would refer to rows of {parent} that are not there. Nothing was changed: start the version before, and report this"
    )]
    Dangling { table: String, parent: String, rows: i64 },
    #[error(
        "the database is of an older Papo, and its copy {} cannot be made before the migration: {why}. Nothing was changed: make room in that folder",
        path.display()
    )]
    NotCopied { path: PathBuf, why: String },
}

impl OpenError {
    /// The file cannot be written: whose it is, and what to do.
    pub(super) fn unwritable(path: &Path, cause: &dyn std::fmt::Display) -> Self {
        let us = rustix::process::geteuid().as_raw();
        let owner = |path: &Path| path.metadata().ok().map(|found| found.uid()).filter(|owner| *owner != us);
        let foreign = [Some(path), path.parent()].into_iter().flatten().find_map(owner);
        let why = match foreign {
            Some(owner) => format!(
                "{cause}: it or its folder belongs to user {owner} and Papo runs as user {us}; `chown -R {us}` the folder"
            ),
            None => format!("{cause}: check that its folder exists and that this user may write there"),
        };
        Self::Unwritable { path: path.to_owned(), why }
    }
}

/// What SQLite says of the file, once, and what to do.
pub(super) fn sqlite_fault(path: &Path, error: sqlx::Error) -> OpenError {
    let Some(cause) = error.as_database_error() else {
        return OpenError::Sqlite { path: path.to_owned(), why: error.to_string() };
    };
    let told = cause.message();
    match sqlite_code(cause) {
        // SQLITE_PERM, SQLITE_READONLY, SQLITE_FULL, SQLITE_CANTOPEN
        Some(3 | 8 | 13 | 14) => OpenError::unwritable(path, &told),
        // SQLITE_CORRUPT, SQLITE_NOTADB
        Some(11 | 26) => OpenError::Sqlite {
            path: path.to_owned(),
            why: format!(
                "{told}: restore a backup with `papo restore FILE`; a -wal file that another database left beside it does this too"
            ),
        },
        _ => OpenError::Sqlite { path: path.to_owned(), why: told.to_owned() },
    }
}
