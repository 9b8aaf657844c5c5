//! Names by their parts: for each character of a folded name, the rest of the name from there on.
//!
//! Whatever part of a name is typed, the rows that begin with it are neighbours in the primary key, so a search reads a
//! stretch of it, whose length is bounded, and no table. `users` and `rooms` write and search it for their names.

use super::{StoreError, Tx, with_db};

/// Whose names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    People = 0,
    Channels = 1,
}

/// How many rows a search reads of those where a word begins, and again of those inside of words. If more match, only
/// so many are put into order.
pub(super) const MAX_ROWS: i64 = 128;

/// The rows that begin with what is searched for lie from `first` on, before `end`.
pub(super) struct Stretch {
    pub(super) first: String,
    pub(super) end: String,
}

impl Stretch {
    pub(super) fn of(folded: &str) -> Self {
        // Unicode's last code point is no character, so nothing that begins with `folded` comes after it.
        Self { first: folded.to_owned(), end: format!("{folded}\u{10FFFF}") }
    }
}

/// `(inside, rest)` for each character of the text `$1`.
macro_rules! cuts {
    () => {
        "with recursive cuts(inside, rest) as (\
          select cast(0 as bigint), cast($1 as text) union all \
          select case when substr(rest, 1, 1) = ' ' then 0 else 1 end, substr(rest, 2) \
          from cuts where length(rest) > 1) "
    };
}

/// The name can be found by each of its parts.
pub(super) async fn insert_parts(tx: &mut Tx, list: List, id: i64, folded: &str) -> Result<(), StoreError> {
    let sql = concat!(
        "insert into name_parts (list, inside, part, id) ",
        cuts!(),
        "select $2, inside, rest, $3 from cuts where rest <> '' and substr(rest, 1, 1) <> ' ' \
         on conflict do nothing"
    );
    with_db!(tx, query(sql, folded, list as i64, id).execute)?;
    Ok(())
}

/// The name is found no more.
pub(super) async fn delete_parts(tx: &mut Tx, list: List, id: i64, folded: &str) -> Result<(), StoreError> {
    let sql = concat!(
        "delete from name_parts where list = $2 and id = $3 and inside in (0, 1) and part in (",
        cuts!(),
        "select rest from cuts)"
    );
    with_db!(tx, query(sql, folded, list as i64, id).execute)?;
    Ok(())
}
