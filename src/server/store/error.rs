//! `StoreError`: what a caller of the store can act on, alike on both engines.
//!
//! It never leaves the server; the actions turn it into `AppError`.

use sqlx::{
    error::{DatabaseError, ErrorKind},
    sqlite::SqliteError,
};

use crate::error::AppError;

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The row, or one that it refers to, does not exist.
    #[error("not found")]
    NotFound,
    /// A unique constraint of this name was broken, for example `users_email_key`.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The disk is full; the same write may succeed later.
    #[error("the disk is full")]
    Full,
    /// The disk failed to keep what it was given, or gave back something else: what it holds is unknown.
    #[error("the disk fails: {0}")]
    Broken(String),
    /// The database is locked or all its connections are taken; the same call may succeed later.
    #[error("the database is busy")]
    Busy,
    /// The connection broke, or there is none to be had: what was under way may have taken effect or not. The store logs it
    /// where it begins; nobody else does.
    #[error("the database is away: {0}")]
    Away(String),
    #[error(transparent)]
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Whether the unique constraint `name` was broken.
    pub fn is_conflict(&self, name: &str) -> bool {
        matches!(self, Self::Conflict(constraint) if constraint == name)
    }

    /// What happened to the disk, if that is the failure.
    pub(super) fn disk_fault(&self) -> Option<Self> {
        match self {
            Self::Full => Some(Self::Full),
            Self::Broken(why) => Some(Self::Broken(why.clone())),
            _ => None,
        }
    }

    /// Logs that something of the server's own could not be done. That the database is away is in the log already, once.
    pub fn log(&self, what: &str) {
        match self {
            Self::Away(_) => tracing::debug!(error = %self, "{what}"),
            _ => tracing::warn!(error = %self, "{what}"),
        }
    }
}

/// Why a transaction was not committed.
#[derive(Debug)]
pub enum Failure {
    /// Nothing of it is in the database.
    Undone(StoreError),
    /// It may be in the database or not.
    Unknown(StoreError),
    /// The disk failed.
    Broken(StoreError),
}

impl Failure {
    /// A statement of the transaction failed.
    pub fn before_commit(error: StoreError) -> Self {
        if matches!(error, StoreError::Broken(_)) { Self::Broken(error) } else { Self::Undone(error) }
    }

    /// The commit itself failed.
    pub fn of_commit(error: StoreError) -> Self {
        match error {
            StoreError::Broken(_) => Self::Broken(error),
            StoreError::Full | StoreError::Busy => Self::Undone(error),
            other => Self::Unknown(other),
        }
    }
}

impl From<StoreError> for AppError {
    /// The last stop of an error that no action foresaw: it is logged, and not told.
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy => Self::UNAVAILABLE,
            StoreError::Away(_) => {
                error.log("the database did not answer");
                Self::UNAVAILABLE
            }
            StoreError::Full => Self::STORAGE_FULL,
            StoreError::Conflict(_) | StoreError::Broken(_) | StoreError::Other(_) => {
                tracing::error!(%error, "unexpected database error");
                Self::Internal { request_id: String::new() }
            }
        }
    }
}

impl From<&Failure> for AppError {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Undone(StoreError::Full) => Self::STORAGE_FULL,
            _ => Self::UNAVAILABLE,
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away(error.to_string()),
            sqlx::Error::Database(cause) => {
                from_database(cause.as_ref()).unwrap_or_else(|| Self::Other(error.into()))
            }
            _ => Self::Other(error.into()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(cause, message) = &error else { return Self::Other(error.into()) };
        let known = match cause.extended_code {
            SQLITE_CONSTRAINT_FOREIGNKEY => Some(Self::NotFound),
            code @ (SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => message
                .as_deref()
                .and_then(|message| message.strip_prefix("UNIQUE constraint failed: "))
                .and_then(|columns| constraint_name(columns, code == SQLITE_CONSTRAINT_PRIMARYKEY))
                .map(Self::Conflict),
            code => from_sqlite_code(code, &error),
        };
        known.unwrap_or_else(|| Self::Other(error.into()))
    }
}

const SQLITE_CONSTRAINT_FOREIGNKEY: i32 = 787;
const SQLITE_CONSTRAINT_PRIMARYKEY: i32 = 1_555;
const SQLITE_CONSTRAINT_UNIQUE: i32 = 2_067;

fn from_database(cause: &dyn DatabaseError) -> Option<StoreError> {
    match cause.kind() {
        // SQLite is written through rusqlite, which tells of its constraints in another way.
        ErrorKind::UniqueViolation => cause.constraint().map(|name| StoreError::Conflict(name.to_owned())),
        ErrorKind::ForeignKeyViolation => Some(StoreError::NotFound),
        _ => match extended_code(cause) {
            Some(code) => from_sqlite_code(code, cause),
            None => from_sql_state(cause.code()?.as_ref(), cause),
        },
    }
}

/// SQLite's primary result code; none if the error is PostgreSQL's.
pub(super) fn sqlite_code(cause: &dyn DatabaseError) -> Option<i32> {
    Some(extended_code(cause)? & 0xff)
}

fn extended_code(cause: &dyn DatabaseError) -> Option<i32> {
    cause.try_downcast_ref::<SqliteError>()?.code()?.parse().ok()
}

/// `code`: SQLite's extended result code.
fn from_sqlite_code(code: i32, cause: &(impl std::error::Error + ?Sized)) -> Option<StoreError> {
    match code & 0xff {
        // SQLITE_BUSY, SQLITE_LOCKED
        5 | 6 => Some(StoreError::Busy),
        // SQLITE_FULL
        13 => Some(StoreError::Full),
        // SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow
        10 if code == 4_874 => Some(StoreError::Full),
        // SQLITE_IOERR_WRITE, _FSYNC, _DIR_FSYNC, SQLITE_CORRUPT, SQLITE_NOTADB
        10 if matches!(code, 778 | 1_034 | 1_290) => Some(StoreError::Broken(cause.to_string())),
        11 | 26 => Some(StoreError::Broken(cause.to_string())),
        _ => None,
    }
}

fn from_sql_state(state: &str, cause: &dyn DatabaseError) -> Option<StoreError> {
    match state {
        // operator_intervention (the server stops, or starts), connection_exception
        state if state.starts_with("57P") || state.starts_with("08") => {
            Some(StoreError::Away(cause.to_string()))
        }
        // idle_in_transaction_session_timeout; read_only_sql_transaction: this server is no longer the primary
        "25P03" | "25006" => Some(StoreError::Away(cause.to_string())),
        // character_not_in_repertoire: nothing has a NUL in its name, so nothing is found by one
        "22021" => Some(StoreError::NotFound),
        // disk_full
        "53100" => Some(StoreError::Full),
        // out_of_memory, too_many_connections, lock_not_available, query_canceled (the statement's timeout),
        // serialization_failure, deadlock_detected
        "53200" | "53300" | "55P03" | "57014" | "40001" | "40P01" => Some(StoreError::Busy),
        _ => None,
    }
}

/// The name that a unique constraint has by our rule: `members_pkey`, `messages_cid_author_key`.
/// `columns` is SQLite's list, `messages.cid, messages.author_id`.
pub(super) fn constraint_name(columns: &str, primary: bool) -> Option<String> {
    let mut columns = columns.split(", ").map(|column| column.split_once('.'));
    let (table, first) = columns.next()??;
    if primary {
        return Some(format!("{table}_pkey"));
    }
    let stem = |column: &str| {
        let short = column.strip_suffix("_id").or_else(|| column.strip_suffix("_key"));
        format!("_{}", short.unwrap_or(column))
    };
    let others = columns.flatten().map(|(_, column)| stem(column));
    Some(format!("{table}{}{}_key", stem(first), others.collect::<String>()))
}
