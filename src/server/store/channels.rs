//! The directory: the channels that are not private, by name and by parts of it.

use super::{
    Conn, StoreError, Tx,
    parts::{self, List, Stretch},
    rooms::{Room, RoomRow},
    rows, with_db,
};
use crate::model::{RoomId, UserId};

/// A channel in the directory, as one user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub room: Room,
    pub member_count: u32,
    /// Whether the user is in it.
    pub joined: bool,
}

rows! {
    struct ChannelRow {
        #[sqlx(flatten)]
        room: RoomRow,
        member_count: i64,
        joined: bool,
    }
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
pub async fn index_channel(tx: &mut Tx, room: RoomId, name: &str, folded: &str) -> Result<(), StoreError> {
    let sql = "update rooms set name_key = $2 where id = $1";
    with_db!(tx, query(sql, room.0, name_key(name)).execute)?;
    parts::insert_parts(tx, List::Channels, room.0, folded).await
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
