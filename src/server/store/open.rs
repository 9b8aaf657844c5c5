//! Where the database is, and why it could not be opened.
//!
//! An `OpenError` ends the start of the server; its text is one line for the operator.

use std::path::PathBuf;

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
        "cannot write the database {}: check that its folder exists and that this user may write there",
        path.display()
    )]
    Unwritable { path: PathBuf },
    #[error("SQLite {0} can corrupt databases: build with SQLite 3.51.3 or later")]
    SqliteTooOld(String),
    #[error(
        "the database was written by a newer Papo (its migration {version} is unknown here): start that version, or restore an older backup"
    )]
    NewerThanBinary { version: i64 },
    #[error("cannot reach PostgreSQL: {0}: check the database URL and that the server runs")]
    Unreachable(String),
    #[error("cannot open the database: {0}")]
    Other(#[from] sqlx::Error),
    #[error("cannot migrate the database: {0}: restore a backup, or report this")]
    Migration(sqlx::migrate::MigrateError),
}
