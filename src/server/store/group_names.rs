//! Groups without a name are called after their other members.

use super::{Conn, StoreError, on_postgres};
use crate::model::{RoomId, RoomKind, RoomSummary, UserId, UserRef, overview::names_of};

#[derive(sqlx::FromRow)]
struct OtherRow {
    room_id: i64,
    id: i64,
    username: String,
    name: String,
}

/// Calls groups without a name after their other members.
pub(super) async fn name_groups(
    conn: &mut Conn,
    me: UserId,
    rooms: &mut [RoomSummary],
) -> Result<(), StoreError> {
    let is_unnamed = |room: &RoomSummary| room.kind == RoomKind::Group && room.name.is_empty();
    let unnamed: Vec<i64> = rooms.iter().filter(|room| is_unnamed(room)).map(|room| room.id.0).collect();
    if unnamed.is_empty() {
        return Ok(());
    }
    for OtherRow { room_id, id, username, name } in list_others(conn, me, unnamed).await? {
        if let Some(room) = rooms.iter_mut().find(|room| room.id == RoomId(room_id)) {
            room.others.push(UserRef { id: UserId(id), username, name });
        }
    }
    rooms.iter_mut().filter(|room| is_unnamed(room)).for_each(|room| room.name = names_of(&room.others));
    Ok(())
}

/// The members of these rooms but `me`.
async fn list_others(conn: &mut Conn, me: UserId, rooms: Vec<i64>) -> Result<Vec<OtherRow>, StoreError> {
    macro_rules! select_others {
        ($rooms:literal) => {
            concat!(
                "select m.room_id, u.id, u.username, u.name from members m join users u on u.id = m.user_id \
                 where m.room_id ",
                $rooms,
                " and m.joined and m.user_id <> $1 order by m.room_id, u.id"
            )
        };
    }
    Ok(match conn {
        Conn::Postgres(held) => {
            let sql = select_others!("= any($2)");
            on_postgres!(held, conn => sqlx::query_as(sql).bind(me.0).bind(rooms).fetch_all(conn))?
        }
        Conn::Sqlite(held) => {
            let sql = select_others!("in (select value from json_each($2))");
            sqlx::query_as(sql).bind(me.0).bind(format!("{rooms:?}")).fetch_all(held.pooled()).await?
        }
    })
}
