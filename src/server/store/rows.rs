//! Statements for many rows at once. They exist in a few sizes only, so that a connection keeps all of
//! them prepared.

use std::{
    collections::HashMap,
    fmt::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use sqlx::AssertSqlSafe;

/// The most rows of one statement; a power of two.
const MOST: usize = 256;

/// Cuts `rows` into pieces whose lengths are powers of two: 7 rows are 4, 2 and 1.
pub(super) fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = rows.len().min(MOST).checked_ilog2().map(|log| 1_usize << log)?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

/// `sql` with its `{rows}` replaced by `count` rows of `columns` placeholders: `($1, $2), ($3, $4)`.
pub(super) fn with_rows(sql: &'static str, count: usize, columns: usize) -> AssertSqlSafe<&'static str> {
    static MADE: LazyLock<Mutex<HashMap<(usize, usize), &'static str>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    // Each statement is a literal: its address tells it from others.
    let key = (sql.as_ptr().addr(), count);
    // Kept for ever: a handful of statements in nine sizes.
    AssertSqlSafe(made.entry(key).or_insert_with(|| make(sql, count, columns).leak()))
}

fn make(sql: &str, count: usize, columns: usize) -> String {
    let mut rows = String::new();
    for row in 0..count {
        rows.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let comma = if column == 0 { "" } else { ", " };
            let _ = write!(rows, "{comma}${}", row * columns + column + 1);
        }
        rows.push(')');
    }
    sql.replace("{rows}", &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_powers_of_two_and_together_everything() {
        for length in [0, 1, 2, 3, 7, 64, 255, 256, 257, 1_000] {
            let rows: Vec<usize> = (0..length).collect();
            let pieces: Vec<_> = pieces(&rows).collect();
            assert!(pieces.iter().all(|piece| piece.len().is_power_of_two() && piece.len() <= MOST));
            assert_eq!(pieces.concat(), rows);
        }
    }

    #[test]
    fn placeholders_are_numbered_through() {
        assert_eq!(make("values {rows};", 2, 2), "values ($1, $2), ($3, $4);");
    }
}
