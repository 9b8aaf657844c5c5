//! Holds the plan of every statement that the tests run by SQLite's writing connection: none may read all rows of a table that
//! grows. Without statistics, which Papo does not keep, these are its plans for ever.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use rusqlite::Connection;

/// What is read whole: lists that the caller gave, what a statement has selected before, and tables of few rows.
const SMALL: &[&str] = &[
    "json_each", "CONSTANT", "wanted", "w", "asked", "a", "mine", "me", "newest", "counted", "settings", "nodes", "secrets",
];

static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Panics if `sql` reads all rows of a table that grows.
pub(super) fn check(conn: &Connection, sql: &str) {
    let is_new = SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
    if !is_new || !sql.contains('$') {
        return;
    }
    let mut statement = conn.prepare(&format!("explain query plan {sql}")).unwrap();
    let steps: Vec<String> =
        statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
    for step in steps {
        let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        if let Some(table) = scanned.filter(|table| !SMALL.contains(table)) {
            panic!("{sql}\nreads all of {table}: {step}");
        }
    }
}
