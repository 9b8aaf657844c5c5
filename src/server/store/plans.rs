//! Holds the plan of every statement that the tests run by SQLite's writing connection: none may read all rows of a table that
//! grows. Without statistics, which Papo does not keep, these are its plans for ever.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use rusqlite::Connection;

/// What is read whole: lists that the caller gave, and tables of few rows.
const SMALL: &[&str] =
    &["json_each", "CONSTANT", "wanted", "w", "asked", "a", "cuts", "settings", "nodes", "secrets"];

/// Statements that read a whole table on purpose.
const WHOLE: &[(&str, &str)] = &[
    ("select id from sessions where length(id) < $1", "once, by the first start after an upgrade"),
    ("select id, last_seq from rooms order by last_seq desc", "every ten seconds at most"),
    ("insert into ended_sessions (id, at) select 'token:'", "by the hourly sweep"),
    ("delete from tokens where expires_at <= $1", "by the hourly sweep"),
    ("select exists (select 1 from users where role = $1", "by whoever uses the setup link"),
    ("select u.id, u.username, u.name, u.email, u.role", "by an operator who lists all accounts"),
    ("update messages set text = $1", "by a test"),
];

static SEEN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

/// Panics if `sql` reads all rows of a table that grows.
pub(super) fn check(conn: &Connection, sql: &str) {
    let is_new = SEEN.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned());
    // What has no parameters is a test's own, or begins and ends a transaction.
    let is_whole = WHOLE.iter().any(|(start, _)| sql.starts_with(start));
    if !is_new || is_whole || !sql.contains('$') {
        return;
    }
    let mut statement = conn.prepare(&format!("explain query plan {sql}")).unwrap();
    let steps: Vec<String> =
        statement.raw_query().mapped(|row| row.get("detail")).collect::<Result<_, _>>().unwrap();
    // What the statement itself selects before has steps of its own.
    let own: Vec<&str> = steps
        .iter()
        .filter_map(|step| step.strip_prefix("CO-ROUTINE ").or_else(|| step.strip_prefix("MATERIALIZE ")))
        .collect();
    for step in &steps {
        let scanned = step.strip_prefix("SCAN ").and_then(|rest| rest.split(' ').next());
        if let Some(table) = scanned.filter(|table| !SMALL.contains(table) && !own.contains(table)) {
            panic!("{sql}\nreads all of {table}: {step}");
        }
    }
}
