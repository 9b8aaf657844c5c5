//! Lists as parameters: an array on PostgreSQL, JSON on SQLite.

use rusqlite::types::ToSqlOutput;
use sqlx::{
    Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo},
};

/// Numbers, bound as one parameter, which `with_lists!` reads.
#[derive(Clone, Debug)]
pub(super) struct Numbers(Vec<i64>);

impl Numbers {
    fn json(&self) -> String {
        format!("{:?}", self.0)
    }
}

impl FromIterator<i64> for Numbers {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> Self {
        Self(numbers.into_iter().collect())
    }
}

/// A statement whose lists stand in brackets, in the words of the connection's engine:
/// `with_lists!(conn, concat!("select id from rooms where id " ["$1"] " order by id"))`.
macro_rules! with_lists {
    ($conn:expr, $text:ident!($($part:tt)*)) => {
        match $conn.engine() {
            $crate::server::store::conn::Engine::Postgres(_) => {
                $text!(concat!($($crate::server::store::lists::list!(postgres $part)),*))
            }
            _ => $text!(concat!($($crate::server::store::lists::list!(sqlite $part)),*)),
        }
    };
}
pub(super) use with_lists;

macro_rules! list {
    (postgres [$parameter:literal]) => {
        concat!("= any(", $parameter, ")")
    };
    (sqlite [$parameter:literal]) => {
        concat!("in (select value from json_each(", $parameter, "))")
    };
    ($engine:ident $text:literal) => {
        $text
    };
}
pub(super) use list;

impl Type<Sqlite> for Numbers {
    fn type_info() -> SqliteTypeInfo {
        <String as Type<Sqlite>>::type_info()
    }
}

impl Encode<'_, Sqlite> for Numbers {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <String as Encode<'_, Sqlite>>::encode(self.json(), buffer)
    }
}

impl Type<Postgres> for Numbers {
    fn type_info() -> PgTypeInfo {
        <Vec<i64> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Numbers {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <Vec<i64> as Encode<'_, Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl rusqlite::ToSql for Numbers {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.json().into())
    }
}
