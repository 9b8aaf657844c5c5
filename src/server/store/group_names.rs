//! Groups without a name are called after their other members.

use super::{Conn, Numbers, StoreError, rows, with_db, with_lists};
use crate::model::{RoomId, RoomKind, RoomSummary, UserId, UserRef, overview::names_of};

rows! {
    struct OtherRow {
        room_id: i64,
        id: i64,
        username: String,
        name: String,
    }
}

/// Calls groups without a name after their other members.
pub(super) async fn name_groups(
    conn: &mut Conn,
    me: UserId,
    rooms: &mut [RoomSummary],
) -> Result<(), StoreError> {
    let is_unnamed = |room: &RoomSummary| room.kind == RoomKind::Group && room.name.is_empty();
    if !rooms.iter().any(is_unnamed) {
        return Ok(());
    }
    let unnamed = rooms.iter().filter(|room| is_unnamed(room)).map(|room| room.id.0).collect();
    for OtherRow { room_id, id, username, name } in list_others(conn, me, unnamed).await? {
        if let Some(room) = rooms.iter_mut().find(|room| room.id == RoomId(room_id)) {
            room.others.push(UserRef { id: UserId(id), username, name });
        }
    }
    rooms.iter_mut().filter(|room| is_unnamed(room)).for_each(|room| room.name = names_of(&room.others));
    Ok(())
}

/// The members of these rooms but `me`.
async fn list_others(conn: &mut Conn, me: UserId, rooms: Numbers) -> Result<Vec<OtherRow>, StoreError> {
    let sql = with_lists!(
        conn,
        concat!(
            "select m.room_id, u.id, u.username, u.name from members m join users u on u.id = m.user_id \
             where m.room_id " ["$2"] " and m.joined and m.user_id <> $1 order by m.room_id, u.id"
        )
    );
    with_db!(conn, query_as(sql, me.0, rooms).fetch_all)
}
