//! Posted messages, many at a time: a batch is one transaction.
//!
//! Both engines store what is allowed and new and pass over the rest; why, `known` tells. On SQLite this is
//! the one thing that does not go through sqlx: see `sqlite`.

mod postgres;
mod sqlite;

use std::collections::HashMap;

use self::sqlite::Sqlite;
use super::{Conn, Db, Failure, StoreError};
use crate::model::{Message, MessageId, Seq};

/// The most posts of one batch.
pub const MOST: usize = 256;

/// The seqs of what was stored.
pub type Stored = HashMap<MessageId, Seq>;

/// The connection with which a writer stores posts.
#[derive(Debug)]
pub enum Poster {
    Sqlite(Sqlite),
    Postgres(Conn),
}

impl Poster {
    /// # Errors
    /// Those of connecting.
    pub async fn open(db: &Db) -> Result<Self, StoreError> {
        Ok(match db {
            Db::Sqlite { writer, .. } => Self::Sqlite(Sqlite::open(writer.connect_options().get_filename())?),
            Db::Postgres(_) => Self::Postgres(db.writer().await?),
        })
    }

    /// Whether it can be used on after a pause.
    pub async fn is_alive(&mut self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(conn) => conn.is_alive().await,
        }
    }

    /// Stores those of `posts` that their authors may write and that are new, in their order and durably, and gives
    /// the seqs of these; the seqs in `posts` count for nothing. Their ids grow, and no author's cid is there twice.
    /// On SQLite it blocks the calling thread.
    ///
    /// # Errors
    /// After one drop the connection, for it is unknown how it stands.
    pub async fn commit(&mut self, posts: &[&Message]) -> Result<Stored, Failure> {
        match self {
            Self::Sqlite(sqlite) => sqlite.commit(posts),
            Self::Postgres(conn) => postgres::commit(conn, posts).await,
        }
    }
}
