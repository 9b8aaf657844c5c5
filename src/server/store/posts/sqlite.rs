//! SQLite's way: a connection of the writer's own thread.
//!
//! sqlx gives each connection a thread; a visit to it wakes two, which costs a message that is alone in its
//! commit as much as SQLite's work does. The writing connection of sqlx stands beside this one, for all else that is
//! written: their one writer uses them in turns.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Statement, TransactionBehavior, params};

use super::{Failure, StoreError, Stored};
use crate::{
    model::{Message, MessageId, Seq},
    server::store::db::BUSY_TIMEOUT,
};

/// The trigger `messages_head` moves the room's head.
const INSERT: &str = "\
    insert into messages (id, room_id, seq, author_id, cid, kind, text, html, at, changed_seq) \
    select ?1, r.id, r.last_seq + 1, ?3, ?4, 'text', ?5, ?6, ?7, r.last_seq + 1 \
    from rooms r join members b on b.room_id = r.id and b.user_id = ?3 and b.joined \
    where r.id = ?2 and not (r.kind = 'direct' and exists ( \
     select 1 from members o join users u on u.id = o.user_id where o.room_id = r.id and u.disabled)) \
    on conflict (cid, author_id) do nothing \
    returning seq";

#[derive(Debug)]
pub struct Sqlite(Connection);

impl Sqlite {
    /// Opens the database at `path`, which sqlx has made and migrated.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        for (name, value) in [("synchronous", "full"), ("foreign_keys", "on"), ("temp_store", "memory")] {
            conn.pragma_update(None, name, value)?;
        }
        Ok(Self(conn))
    }

    pub(super) fn commit(&mut self, posts: &[&Message]) -> Result<Stored, Failure> {
        if let [post] = posts {
            // Alone a statement is its own transaction.
            let mut statement = self.0.prepare_cached(INSERT).map_err(before_commit)?;
            return Ok(insert(&mut statement, post)?.into_iter().collect());
        }
        let begun = self.0.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(before_commit)?;
        let mut stored = Stored::with_capacity(posts.len());
        {
            let mut statement = transaction.prepare_cached(INSERT).map_err(before_commit)?;
            for post in posts {
                stored.extend(insert(&mut statement, post)?);
            }
        }
        transaction.commit().map_err(of_commit)?;
        Ok(stored)
    }

    /// Lets the file grow to so many pages, or to what it has if that is more.
    #[cfg(test)]
    pub(in crate::server::store) fn limit_pages(&self, pages: i64) {
        self.0.pragma_update(None, "max_page_count", pages).unwrap();
    }

    /// A setting of the connection, as text.
    #[cfg(test)]
    pub(in crate::server::store) fn pragma(&self, name: &str) -> String {
        use rusqlite::types::Value;
        match self.0.pragma_query_value(None, name, |row| row.get(0)).unwrap() {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            other => panic!("{name} is {other:?}"),
        }
    }
}

/// Stores the post, if it may be.
fn insert(statement: &mut Statement<'_>, post: &Message) -> Result<Option<(MessageId, Seq)>, Failure> {
    let Message { id, room, from, cid, text, html, at, .. } = post;
    let cid = cid.map(|cid| cid.to_string());
    let bound = statement.query(params![id.0, room.0, from.id.0, cid, text, html, at.0]);
    let mut rows = bound.map_err(before_commit)?;
    let seq = rows.next().and_then(|row| row.map(|row| row.get(0)).transpose()).map_err(before_commit)?;
    // To its end: there a statement commits, and tells if it cannot.
    while rows.next().map_err(of_commit)?.is_some() {}
    Ok(seq.map(|seq| (*id, Seq(seq))))
}

fn before_commit(error: rusqlite::Error) -> Failure {
    Failure::before_commit(error.into())
}

fn of_commit(error: rusqlite::Error) -> Failure {
    Failure::of_commit(error.into())
}
