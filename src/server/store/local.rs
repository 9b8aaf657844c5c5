//! The connection with which SQLite is written: rusqlite, on the thread of whoever calls.
//!
//! sqlx gives each connection a thread, and a statement there wakes two; so readers go through sqlx, and the one writer,
//! which has a thread of its own, does not. Reached through `with_db!` alone.

use std::path::Path;

use rusqlite::{CachedStatement, Connection, OpenFlags, Row, ToSql};

use super::{
    StoreError,
    db::{BUSY_TIMEOUT, STATEMENTS},
};

/// What `parameter_index` knows our parameters by: SQLite numbers them in the order in which they appear.
const NAMES: [&str; 14] =
    ["$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14"];

#[derive(Debug)]
pub(super) struct Local {
    conn: Connection,
    /// What happened to the disk, until somebody asks.
    pub(super) fault: Option<StoreError>,
}

impl Local {
    /// Opens the database at `path`, which exists.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS);
        for (name, value) in [("synchronous", "full"), ("foreign_keys", "on"), ("temp_store", "memory")] {
            conn.pragma_update(None, name, value)?;
        }
        Ok(Self { conn, fault: None })
    }

    /// How many rows the statement changed.
    pub(super) fn execute(&mut self, sql: &str, bound: &[&dyn ToSql]) -> Result<u64, StoreError> {
        let done = self.prepare(sql, bound).and_then(|mut statement| statement.raw_execute());
        let rows = done.map_err(|error| self.noted(error))?;
        Ok(u64::try_from(rows).unwrap_or(u64::MAX))
    }

    pub(super) fn fetch_all<T>(
        &mut self,
        sql: &str,
        bound: &[&dyn ToSql],
        decode: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        // To its end: only there a statement checks its references.
        let read =
            self.prepare(sql, bound).and_then(|mut statement| statement.raw_query().mapped(decode).collect());
        read.map_err(|error| self.noted(error))
    }

    pub(super) fn fetch_optional<T>(
        &mut self,
        sql: &str,
        bound: &[&dyn ToSql],
        decode: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.fetch_all(sql, bound, decode)?.into_iter().next())
    }

    /// `NotFound` without a row.
    pub(super) fn fetch_one<T>(
        &mut self,
        sql: &str,
        bound: &[&dyn ToSql],
        decode: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.fetch_optional(sql, bound, decode)?.ok_or(StoreError::NotFound)
    }

    fn prepare(&self, sql: &str, bound: &[&dyn ToSql]) -> rusqlite::Result<CachedStatement<'_>> {
        #[cfg(test)]
        super::plans::check(&self.conn, sql);
        let mut statement = self.conn.prepare_cached(sql)?;
        if statement.parameter_count() != bound.len() {
            return Err(rusqlite::Error::InvalidParameterCount(bound.len(), statement.parameter_count()));
        }
        for (name, value) in NAMES.iter().zip(bound) {
            let index = statement.parameter_index(name)?;
            let index = index.ok_or_else(|| rusqlite::Error::InvalidParameterName((*name).to_owned()))?;
            statement.raw_bind_parameter(index, value)?;
        }
        Ok(statement)
    }

    fn noted(&mut self, error: rusqlite::Error) -> StoreError {
        let error = StoreError::from(error);
        self.fault = error.disk_fault().or(self.fault.take());
        error
    }

    /// Lets the file grow to so many pages, or to what it has if that is more.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: i64) {
        self.conn.pragma_update(None, "max_page_count", pages).unwrap();
    }

    /// A setting of the connection, as text.
    #[cfg(test)]
    pub(super) fn pragma(&self, name: &str) -> String {
        use rusqlite::types::Value;
        match self.conn.pragma_query_value(None, name, |row| row.get(0)).unwrap() {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            other => panic!("{name} is {other:?}"),
        }
    }
}
