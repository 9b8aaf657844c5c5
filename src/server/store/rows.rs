//! Statements for many rows at once. They exist in a few sizes only, so that a connection keeps all of
//! them prepared.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use sqlx::AssertSqlSafe;

use super::Conn;

/// The most rows of one statement; a power of two.
pub(super) const MOST: usize = 256;

/// Cuts `rows` into pieces, each filled up with `filler` to a power of two: 7 rows are one piece of 8. Filler must
/// be a row that the statement passes over.
pub(super) fn pieces<'a, T>(rows: &'a [T], filler: &'a T) -> impl Iterator<Item = Vec<&'a T>> {
    rows.chunks(MOST).map(move |piece| {
        let fill = piece.len().next_power_of_two() - piece.len();
        piece.iter().chain(std::iter::repeat_n(filler, fill)).collect()
    })
}

/// `sql` with its `{rows}` replaced by `count` rows of `columns` placeholders: `($1, $2), ($3, $4)`. SQLite gets
/// them without numbers: it looks a number up among all of them, each time one is bound.
pub(super) fn with_rows(
    conn: &Conn,
    sql: &'static str,
    count: usize,
    columns: usize,
) -> AssertSqlSafe<&'static str> {
    type Made = HashMap<(usize, usize, bool), &'static str>;
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let numbered = matches!(conn, Conn::Postgres(_));
    // Each statement is a literal: its address tells it from others.
    let key = (sql.as_ptr().addr(), count, numbered);
    // Kept for ever: a handful of statements in nine sizes.
    AssertSqlSafe(made.entry(key).or_insert_with(|| make(sql, count, columns, numbered).leak()))
}

fn make(sql: &str, count: usize, columns: usize, numbered: bool) -> String {
    let placeholder = |number: usize| if numbered { format!("${number}") } else { "?".to_owned() };
    let row = |row: usize| {
        let placeholders: Vec<_> = (1..=columns).map(|column| placeholder(row * columns + column)).collect();
        format!("({})", placeholders.join(", "))
    };
    let rows: Vec<_> = (0..count).map(row).collect();
    sql.replace("{rows}", &rows.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_together_everything() {
        for length in [0, 1, 2, 3, 7, 64, 255, 256, 257, 1_000] {
            let rows: Vec<usize> = (1..=length).collect();
            let pieces: Vec<_> = pieces(&rows, &0).collect();
            assert!(pieces.iter().all(|piece| piece.len().is_power_of_two() && piece.len() <= MOST));
            assert!(pieces.concat().into_iter().filter(|row| **row != 0).eq(&rows));
        }
    }

    #[test]
    fn placeholders_are_numbered_through_or_bare() {
        assert_eq!(make("values {rows};", 2, 2, true), "values ($1, $2), ($3, $4);");
        assert_eq!(make("values {rows};", 2, 2, false), "values (?, ?), (?, ?);");
    }
}
