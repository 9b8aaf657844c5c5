//! Rooms and their counters.

use std::collections::BTreeMap;

use super::{Conn, Numbers, StoreError, Tx, conn::Engine, rows, with_db, with_lists, words::Word};
use crate::model::{RoomAccess, RoomId, RoomKind, Seq, Timestamp, UserId, text::can_be_name};

/// A room to be made.
#[derive(Debug)]
pub struct NewRoom<'a> {
    pub id: RoomId,
    pub kind: RoomKind,
    pub access: RoomAccess,
    pub slug: Option<&'a str>,
    pub name: &'a str,
    pub topic: &'a str,
    pub password_hash: Option<&'a str>,
    /// Of a direct room, what `direct_key` gives.
    pub direct_key: Option<&'a str>,
    /// None if the server made it.
    pub created_by: Option<UserId>,
    pub at: Timestamp,
}

/// A room with what only the server may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub kind: RoomKind,
    pub access: RoomAccess,
    pub slug: Option<String>,
    pub name: String,
    pub topic: String,
    pub password_hash: Option<String>,
    pub last_seq: Seq,
}

rows! {
    pub(super) struct RoomRow {
        id: i64,
        kind: String,
        access: String,
        slug: Option<String>,
        name: String,
        topic: String,
        password_hash: Option<String>,
        last_seq: i64,
    }
}

impl TryFrom<RoomRow> for Room {
    type Error = StoreError;

    fn try_from(row: RoomRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RoomId(row.id),
            kind: RoomKind::from_word(&row.kind)?,
            access: RoomAccess::from_word(&row.access)?,
            slug: row.slug,
            name: row.name,
            topic: row.topic,
            password_hash: row.password_hash,
            last_seq: Seq(row.last_seq),
        })
    }
}

macro_rules! select_rooms {
    ($rest:literal) => {
        concat!("select id, kind, access, slug, name, topic, password_hash, last_seq from rooms ", $rest)
    };
}

/// The key under which the one direct room of two users is found.
pub fn direct_key(one: UserId, other: UserId) -> String {
    format!("{}:{}", one.min(other), one.max(other))
}

macro_rules! insert_room {
    ($rest:literal) => {
        concat!(
            "insert into rooms \
             (id, kind, access, slug, name, topic, password_hash, direct_key, created_by, created_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            $rest
        )
    };
}

/// Makes a room without members; `Conflict("rooms_slug_key")` or `Conflict("rooms_direct_key")`.
pub async fn insert_room(tx: &mut Tx, room: &NewRoom<'_>) -> Result<(), StoreError> {
    insert(tx, room, insert_room!("")).await.map(drop)
}

/// The same, but false if there is such a room already.
pub async fn insert_room_if_absent(tx: &mut Tx, room: &NewRoom<'_>) -> Result<bool, StoreError> {
    Ok(insert(tx, room, insert_room!(" on conflict do nothing")).await? > 0)
}

async fn insert(tx: &mut Tx, room: &NewRoom<'_>, sql: &'static str) -> Result<u64, StoreError> {
    with_db!(
        tx,
        query(
            sql,
            room.id.0,
            room.kind.word(),
            room.access.word(),
            room.slug,
            room.name,
            room.topic,
            room.password_hash,
            room.direct_key,
            room.created_by.map(|user| user.0),
            room.at.0,
        )
        .execute
    )
}

pub async fn find_room(conn: &mut Conn, room: RoomId) -> Result<Option<Room>, StoreError> {
    let sql = select_rooms!("where id = $1");
    let row: Option<RoomRow> = with_db!(conn, query_as(sql, room.0).fetch_optional)?;
    row.map(Room::try_from).transpose()
}

pub async fn find_room_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Room>, StoreError> {
    if !can_be_name(slug) {
        return Ok(None);
    }
    let sql = select_rooms!("where slug = $1");
    let row: Option<RoomRow> = with_db!(conn, query_as(sql, slug).fetch_optional)?;
    row.map(Room::try_from).transpose()
}

/// The direct room of two users, in either order.
pub async fn find_direct(conn: &mut Conn, one: UserId, other: UserId) -> Result<Option<RoomId>, StoreError> {
    let sql = "select id from rooms where direct_key = $1";
    let id: Option<i64> = with_db!(conn, query_scalar(sql, direct_key(one, other)).fetch_optional)?;
    Ok(id.map(RoomId))
}

/// Takes the room's next seq for one durable change in this transaction; `NotFound` without the room.
/// Until the end of the transaction nobody else gets a seq of the room.
pub async fn next_seq(tx: &mut Tx, room: RoomId) -> Result<Seq, StoreError> {
    let sql = "update rooms set last_seq = last_seq + 1 where id = $1 returning last_seq";
    let seq: Option<i64> = with_db!(tx, query_scalar(sql, room.0).fetch_optional)?;
    seq.map(Seq).ok_or(StoreError::NotFound)
}

/// Keeps others from changing these rooms and who is in them until the transaction ends: what is decided from them stays so.
/// What is no room's id is passed over. On SQLite there is one writing transaction at a time.
pub async fn lock_rooms(tx: &mut Tx, ids: impl IntoIterator<Item = i64>) -> Result<(), StoreError> {
    let Engine::Postgres(_) = tx.engine() else { return Ok(()) };
    // In the order of their ids, as everyone does, so that nobody waits for each other.
    let sql = "select id from rooms where id = any($1) order by id for update";
    with_db!(tx, query(sql, ids.into_iter().collect::<Numbers>()).execute).map(drop)
}

/// How far a room has come: its last seq, and how many texts it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub seq: Seq,
    pub texts: i64,
}

impl Head {
    /// With one text more.
    #[must_use]
    pub const fn next_text(self) -> Self {
        Self { seq: Seq(self.seq.0 + 1), texts: self.texts + 1 }
    }
}

/// Moves rooms to their new heads, which messages stored in this transaction have.
pub async fn move_heads(tx: &mut Tx, heads: &BTreeMap<RoomId, Head>) -> Result<(), StoreError> {
    if let Engine::Postgres(_) = tx.engine() {
        let sql = "update rooms set last_seq = moved.seq, texts = moved.texts \
                   from unnest($1, $2, $3) as moved (id, seq, texts) where rooms.id = moved.id";
        let numbers = |of: fn((&RoomId, &Head)) -> i64| heads.iter().map(of).collect::<Numbers>();
        let (rooms, seqs) = (numbers(|(room, _)| room.0), numbers(|(_, head)| head.seq.0));
        let texts = numbers(|(_, head)| head.texts);
        return with_db!(tx, query(sql, rooms, seqs, texts).execute).map(drop);
    }
    let sql = "update rooms set last_seq = $2, texts = $3 where id = $1";
    for (room, head) in heads {
        with_db!(tx, query(sql, room.0, head.seq.0, head.texts).execute)?;
    }
    Ok(())
}

/// The last seqs of those of the rooms that exist.
pub async fn list_heads(conn: &mut Conn, rooms: &[RoomId]) -> Result<Vec<(RoomId, Seq)>, StoreError> {
    let sql = with_lists!(conn, concat!("select id, last_seq from rooms where id "["$1"]));
    let ids: Numbers = rooms.iter().map(|room| room.0).collect();
    let rows: Vec<(i64, i64)> = with_db!(conn, query_as(sql, ids).fetch_all)?;
    Ok(rows.into_iter().map(|(room, seq)| (RoomId(room), Seq(seq))).collect())
}
