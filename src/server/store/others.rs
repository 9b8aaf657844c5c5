//! Groups without a name are called after their other members.

use super::{Conn, Numbers, StoreError, with_db, with_lists};
use crate::model::{RoomId, RoomKind, RoomSummary, UserId};

/// Adds to groups without a name who is in them but `me`, by id.
pub(super) async fn list_others_of_unnamed(
    conn: &mut Conn,
    me: UserId,
    rooms: &mut [RoomSummary],
) -> Result<(), StoreError> {
    let unnamed = rooms.iter().filter(|room| room.kind == RoomKind::Group && room.name.is_empty());
    let unnamed: Vec<i64> = unnamed.map(|room| room.id.0).collect();
    if unnamed.is_empty() {
        return Ok(());
    }
    let sql = with_lists!(
        conn,
        concat!(
            "select room_id, user_id from members where room_id " ["$2"]
            " and joined and user_id <> $1 order by room_id, user_id"
        )
    );
    let unnamed: Numbers = unnamed.into_iter().collect();
    let others: Vec<(i64, i64)> = with_db!(conn, query_as(sql, me.0, unnamed).fetch_all)?;
    for (id, user) in others {
        if let Some(room) = rooms.iter_mut().find(|room| room.id == RoomId(id)) {
            room.others.push(UserId(user));
        }
    }
    Ok(())
}
