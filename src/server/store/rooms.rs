//! Rooms and their counters.

use super::{
    Conn, StoreError, on_postgres,
    parts::{self, List, Stretch},
    with_db,
    words::Word,
};
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

/// A channel in the directory, as one user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub room: Room,
    pub member_count: u32,
    /// Whether the user is in it.
    pub joined: bool,
}

#[derive(sqlx::FromRow)]
struct RoomRow {
    id: i64,
    kind: String,
    access: String,
    slug: Option<String>,
    name: String,
    topic: String,
    password_hash: Option<String>,
    last_seq: i64,
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

#[derive(sqlx::FromRow)]
struct ChannelRow {
    #[sqlx(flatten)]
    room: RoomRow,
    member_count: i64,
    joined: bool,
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

/// Makes a room without members; `Conflict("rooms_slug_key")` or `Conflict("rooms_direct_key")`.
pub async fn insert_room(conn: &mut Conn, room: &NewRoom<'_>) -> Result<(), StoreError> {
    let sql = "insert into rooms \
               (id, kind, access, slug, name, topic, password_hash, direct_key, created_by, created_at) \
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    with_db!(
        conn,
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
    )?;
    Ok(())
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
pub async fn next_seq(conn: &mut Conn, room: RoomId) -> Result<Seq, StoreError> {
    let sql = "update rooms set last_seq = last_seq + 1 where id = $1 returning last_seq";
    let seq: Option<i64> = with_db!(conn, query_scalar(sql, room.0).fetch_optional)?;
    seq.map(Seq).ok_or(StoreError::NotFound)
}

/// The last seqs of those of the rooms that exist.
pub async fn list_heads(conn: &mut Conn, rooms: &[RoomId]) -> Result<Vec<(RoomId, Seq)>, StoreError> {
    let ids: Vec<i64> = rooms.iter().map(|room| room.0).collect();
    let rows: Vec<(i64, i64)> = match conn {
        Conn::Postgres(held) => {
            let sql = "select id, last_seq from rooms where id = any($1)";
            on_postgres!(held, conn => sqlx::query_as(sql).bind(ids).fetch_all(conn))?
        }
        Conn::Sqlite(held) => {
            let sql = "select id, last_seq from rooms where id in (select value from json_each($1))";
            sqlx::query_as(sql).bind(format!("{ids:?}")).fetch_all(held.pooled()).await?
        }
    };
    Ok(rows.into_iter().map(|(room, seq)| (RoomId(room), Seq(seq))).collect())
}

/// What the directory has of each channel, for the user `$1`.
macro_rules! select_channels {
    ($rest:literal) => {
        concat!(
            "select rooms.id, kind, access, slug, name, topic, password_hash, last_seq, \
             (select count(*) from members m where m.room_id = rooms.id and m.joined) as member_count, \
             exists (select 1 from members m where m.room_id = rooms.id and m.user_id = $1 and m.joined) \
             as joined ",
            $rest
        )
    };
}

/// What the directory puts channels in order by: their names without regard to case.
pub fn name_key(name: &str) -> String {
    // Here and not in SQL: the engines disagree about the case of letters beyond ASCII.
    name.to_lowercase()
}

/// The first `limit` channels that are not private, by name without regard to case, after the one with this `name_key`
/// and id; `("", RoomId(0))` comes before all.
pub async fn list_channels(
    conn: &mut Conn,
    me: UserId,
    (after, id): (&str, RoomId),
    limit: i64,
) -> Result<Vec<Channel>, StoreError> {
    // The conditions are those of the index, word for word.
    let sql = select_channels!(
        "from rooms where kind = 'channel' and access <> 'private' and (name_key, id) > ($2, $3) \
         order by name_key, id limit $4"
    );
    let rows: Vec<ChannelRow> = with_db!(conn, query_as(sql, me.0, after, id.0, limit).fetch_all)?;
    rows.into_iter().map(channel_of).collect()
}

/// Channels that are not private and have `folded` in their names: first those with a word that begins so, then by name.
/// Of more than `MAX_ROWS` matches some are left out of the order.
pub async fn search_channels(
    conn: &mut Conn,
    me: UserId,
    folded: &str,
    limit: i64,
) -> Result<Vec<Channel>, StoreError> {
    let sql = select_channels!(
        "from (select r.id as picked from \
          (select distinct id from (select id from name_parts where list = 1 and inside = $2 \
           and part >= $3 and part < $4 order by part, id limit $5) near) found \
          cross join rooms r where r.id = found.id and r.kind = 'channel' and r.access <> 'private' \
          order by r.name_key, r.id limit $6) page \
         cross join rooms where rooms.id = page.picked order by name_key, rooms.id"
    );
    let Stretch { first, end } = Stretch::of(folded);
    let mut found: Vec<Channel> = Vec::new();
    for inside in [0_i64, 1] {
        let rows: Vec<ChannelRow> =
            with_db!(conn, query_as(sql, me.0, inside, &first, &end, parts::MAX_ROWS, limit).fetch_all)?;
        for channel in rows {
            let channel = channel_of(channel)?;
            if !found.contains(&channel) {
                found.push(channel);
            }
        }
        if found.len() as i64 >= limit {
            break;
        }
    }
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(found)
}

/// Puts a channel that is not private into the directory; `folded` is its name as queries are folded.
pub async fn index_channel(
    conn: &mut Conn,
    room: RoomId,
    name: &str,
    folded: &str,
) -> Result<(), StoreError> {
    let sql = "update rooms set name_key = $2 where id = $1";
    with_db!(conn, query(sql, room.0, name_key(name)).execute)?;
    parts::insert_parts(conn, List::Channels, room.0, folded).await
}

/// The first `limit` channels that should be in the directory and are not, with their names.
pub async fn list_unindexed_channels(
    conn: &mut Conn,
    limit: i64,
) -> Result<Vec<(RoomId, String)>, StoreError> {
    let sql = "select id, name from rooms where kind = 'channel' and access <> 'private' and name_key = '' \
               order by id limit $1";
    let rows: Vec<(i64, String)> = with_db!(conn, query_as(sql, limit).fetch_all)?;
    Ok(rows.into_iter().map(|(id, name)| (RoomId(id), name)).collect())
}

fn channel_of(row: ChannelRow) -> Result<Channel, StoreError> {
    let member_count = u32::try_from(row.member_count).unwrap_or(u32::MAX);
    Ok(Channel { room: row.room.try_into()?, member_count, joined: row.joined })
}
