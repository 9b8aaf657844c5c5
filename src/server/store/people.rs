//! People as others see and find them, and what changes who they are.

use std::collections::BTreeSet;

use super::{
    Conn, Numbers, StoreError, Tx,
    parts::{self, List, Stretch},
    rows, with_db, with_lists,
};
use crate::model::{People, Seq, UserId, UserRef, people::Naming, text::can_be_name, user::DisplayName};

rows! {
    pub(super) struct PersonRow {
        id: i64,
        username: String,
        name: String,
        changed_seq: i64,
    }
}

rows! {
    struct ChangedRow {
        #[sqlx(flatten)]
        person: PersonRow,
        disabled: bool,
    }
}

impl From<PersonRow> for UserRef {
    fn from(row: PersonRow) -> Self {
        Self { id: UserId(row.id), username: row.username, name: row.name, seq: Seq(row.changed_seq) }
    }
}

macro_rules! select_people {
    ($rest:expr) => {
        concat!("select u.id, u.username, u.name, u.changed_seq from ", $rest)
    };
}
pub(super) use select_people;

/// Whoever is named, disabled or not.
pub async fn find_named(conn: &mut Conn, named: &(impl Naming + ?Sized)) -> Result<People, StoreError> {
    find_people(conn, named.named()).await
}

/// The users of these ids, disabled or not.
pub async fn find_people(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = UserId>,
) -> Result<People, StoreError> {
    let ids: BTreeSet<i64> = ids.into_iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(People::default());
    }
    let sql = with_lists!(conn, select_people!("users u where u.id "["$1"]));
    let rows: Vec<PersonRow> = with_db!(conn, query_as(sql, ids.into_iter().collect::<Numbers>()).fetch_all)?;
    Ok(rows.into_iter().map(UserRef::from).collect())
}

/// The user of this id, disabled or not.
pub async fn find_user(conn: &mut Conn, user: UserId) -> Result<Option<UserRef>, StoreError> {
    let sql = select_people!("users u where u.id = $1");
    let row: Option<PersonRow> = with_db!(conn, query_as(sql, user.0).fetch_optional)?;
    Ok(row.map(UserRef::from))
}

/// The user of this name, whatever its case, disabled or not.
pub async fn find_user_by_username(conn: &mut Conn, username: &str) -> Result<Option<UserRef>, StoreError> {
    if !can_be_name(username) {
        return Ok(None);
    }
    let sql = select_people!("users u where u.username_key = $1");
    let key = username.to_ascii_lowercase();
    let row: Option<PersonRow> = with_db!(conn, query_as(sql, key).fetch_optional)?;
    Ok(row.map(UserRef::from))
}

/// The first `limit` users who may sign in and whose user name comes after `after`, in its lower-case form.
pub async fn list_users(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<UserRef>, StoreError> {
    let sql = select_people!(
        "users u where u.username_key > $1 and not u.disabled order by u.username_key limit $2"
    );
    let rows: Vec<PersonRow> = with_db!(conn, query_as(sql, after, limit).fetch_all)?;
    Ok(rows.into_iter().map(UserRef::from).collect())
}

/// The people who have changed after the seq `since`, in the order of their changes, and up to which seq these are all: at most
/// `limit` are read. Who is disabled is left out.
pub async fn list_changed_since(
    conn: &mut Conn,
    since: Seq,
    limit: i64,
) -> Result<(Vec<UserRef>, Seq), StoreError> {
    // The second condition is the index's own.
    let sql = "select u.id, u.username, u.name, u.changed_seq, u.disabled from users u \
               where u.changed_seq > $1 and u.changed_seq > 0 order by u.changed_seq limit $2";
    let rows: Vec<ChangedRow> = with_db!(conn, query_as(sql, since.0, limit).fetch_all)?;
    let end = rows.last().map_or(since, |row| Seq(row.person.changed_seq));
    let shown = rows.into_iter().filter(|row| !row.disabled);
    Ok((shown.map(|row| row.person.into()).collect(), end))
}

/// The seq of the last change of a person.
pub async fn last_seq(conn: &mut Conn) -> Result<Seq, StoreError> {
    let sql = "select coalesce(max(changed_seq), 0) from users where changed_seq > 0";
    with_db!(conn, query_scalar(sql).fetch_one).map(Seq)
}

/// Gives the person another name, by which they are found from now on: `search_text`. `NotFound` if there is no such user.
pub async fn update_name(
    tx: &mut Tx,
    user: UserId,
    name: &DisplayName,
    search_text: &str,
) -> Result<UserRef, StoreError> {
    // First: another node that changes the same person waits here, and then reads what this one wrote.
    let seq = next_seq(tx).await?;
    let sql = "select search_text, disabled from users where id = $1";
    let row: Option<(String, bool)> = with_db!(tx, query_as(sql, user.0).fetch_optional)?;
    let (old, disabled) = row.ok_or(StoreError::NotFound)?;
    let sql = "update users set name = $2, search_text = $3, changed_seq = $4 where id = $1 \
               returning id, username, name, changed_seq";
    let row: PersonRow = with_db!(tx, query_as(sql, user.0, name.as_str(), search_text, seq).fetch_one)?;
    // Who is disabled is not found.
    if !disabled {
        parts::delete_parts(tx, List::People, user.0, &old).await?;
        parts::insert_parts(tx, List::People, user.0, search_text).await?;
    }
    Ok(row.into())
}

/// Takes the next seq of the people's changes. The row of the counter makes writers of several nodes wait for each other, so
/// that nobody sees a seq before the ones under it.
async fn next_seq(tx: &mut Tx) -> Result<i64, StoreError> {
    let sql = "insert into settings (key, value) values ('people_seq', '1') on conflict (key) do update \
               set value = cast(cast(settings.value as bigint) + 1 as text) returning cast(value as bigint)";
    with_db!(tx, query_scalar(sql).fetch_one)
}

/// Users whose search text holds `folded`: first those with a word that begins so, then by name. Of more than
/// `MAX_ROWS` matches some are left out of the order.
pub async fn search_users(
    conn: &mut Conn,
    folded: &str,
    except: UserId,
    limit: i64,
) -> Result<Vec<UserRef>, StoreError> {
    // `cross join` keeps SQLite to this order of reading.
    let sql = select_people!(
        "(select distinct id from (select id from name_parts where list = 0 and inside = $1 \
          and part >= $2 and part < $3 order by part, id limit $4) near) found \
         cross join users u where u.id = found.id and u.id <> $5 and not u.disabled \
         order by lower(u.name), u.id limit $6"
    );
    let Stretch { first, end } = Stretch::of(folded);
    let mut found: Vec<UserRef> = Vec::new();
    for inside in [0_i64, 1] {
        let rows: Vec<PersonRow> =
            with_db!(conn, query_as(sql, inside, &first, &end, parts::MAX_ROWS, except.0, limit).fetch_all)?;
        for user in rows.into_iter().map(UserRef::from) {
            if !found.contains(&user) {
                found.push(user);
            }
        }
        if found.len() as i64 >= limit {
            break;
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}
