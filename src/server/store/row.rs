//! Rows that both sqlx and rusqlite read.

use rusqlite::{Row, types::FromSql};

/// A row as the writer of SQLite reads it; sqlx has a trait of its own for it.
pub(super) trait FromRow: Sized {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self>;
}

/// What `with_db!` decodes by where sqlx's functions of these names are used.
pub(super) fn query_as<T: FromRow>(row: &Row<'_>) -> rusqlite::Result<T> {
    T::from_row(row)
}

/// See `query_as`.
pub(super) fn query_scalar<T: FromSql>(row: &Row<'_>) -> rusqlite::Result<T> {
    row.get(0)
}

/// Makes row structs, whose fields are columns by name. A field with `#[sqlx(flatten)]` is a row itself.
macro_rules! rows {
    ($($vis:vis struct $name:ident { $($(#[sqlx($flatten:ident)])? $field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(sqlx::FromRow)]
        $vis struct $name { $($(#[sqlx($flatten)])? $field: $type),* }

        impl $crate::server::store::row::FromRow for $name {
            fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
                Ok(Self { $($field: $crate::server::store::row::column!(row, $field $(, $flatten)?)),* })
            }
        }
    )*};
}
pub(super) use rows;

macro_rules! column {
    ($row:ident, $field:ident) => {
        $row.get(stringify!($field))?
    };
    ($row:ident, $field:ident, flatten) => {
        $crate::server::store::row::FromRow::from_row($row)?
    };
}
pub(super) use column;

macro_rules! tuples {
    ($(($($type:ident $index:literal),*))*) => {$(
        impl<$($type: FromSql),*> FromRow for ($($type,)*) {
            fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
                Ok(($(row.get::<usize, $type>($index)?,)*))
            }
        }
    )*};
}

tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}
