//! Invitations into closed rooms that wait for an answer.
//!
//! A row is *open* while the invited person may answer it. A *dropped* row, of somebody whom the invited person has
//! blocked for one, looks the same to the members of the room and does not exist for the invited person.

use super::{Conn, StoreError, Tx, rows, with_db, words::Word};
use crate::model::{Invitation, RoomId, RoomKind, Timestamp, UserId};

/// An invitation to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewInvitation {
    pub room: RoomId,
    pub user: UserId,
    pub inviter: UserId,
    /// The invited person never sees it.
    pub dropped: bool,
    pub at: Timestamp,
}

rows! {
    struct InvitationRow {
        room_id: i64,
        kind: String,
        name: String,
        at: i64,
        member_count: i64,
        inviter_id: i64,
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        Ok(Self {
            room: RoomId(row.room_id),
            kind: RoomKind::from_word(&row.kind)?,
            name: row.name,
            inviter: UserId(row.inviter_id),
            member_count: u32::try_from(row.member_count).unwrap_or(u32::MAX),
            at: Timestamp(row.at),
        })
    }
}

macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "select i.room_id, r.kind, r.name, i.at, \
             (select count(*) from members m where m.room_id = i.room_id and m.joined) as member_count, \
             i.inviter_id \
             from invitations i join rooms r on r.id = i.room_id join users u on u.id = i.inviter_id \
             where i.user_id = $1",
            $rest
        )
    };
}

/// Stores an invitation; one of the room that the person has already is replaced.
pub async fn put_invitation(tx: &mut Tx, new: &NewInvitation) -> Result<(), StoreError> {
    let sql = "insert into invitations (room_id, user_id, inviter_id, dropped, at) values ($1, $2, $3, $4, $5) \
               on conflict (room_id, user_id) do update set inviter_id = excluded.inviter_id, \
               dropped = excluded.dropped, at = excluded.at";
    let NewInvitation { room, user, inviter, dropped, at } = new;
    with_db!(tx, query(sql, room.0, user.0, inviter.0, *dropped, at.0).execute)?;
    Ok(())
}

/// The user's invitation into the room, open or not.
pub async fn find_invitation(
    conn: &mut Conn,
    room: RoomId,
    user: UserId,
) -> Result<Option<Invitation>, StoreError> {
    let sql = select_invitations!(" and i.room_id = $2");
    let row: Option<InvitationRow> = with_db!(conn, query_as(sql, user.0, room.0).fetch_optional)?;
    row.map(Invitation::try_from).transpose()
}

/// The user's open invitations, the latest `limit` first: those that `InvitationFacts::is_open` holds for, which a test
/// compares.
pub async fn list_invitations(
    conn: &mut Conn,
    user: UserId,
    limit: i64,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = select_invitations!(
        " and not i.dropped and not u.disabled \
         and not exists (select 1 from blocks b where b.user_id = i.user_id and b.blocked_id = i.inviter_id) \
         order by i.at desc, i.room_id desc limit $2"
    );
    let rows: Vec<InvitationRow> = with_db!(conn, query_as(sql, user.0, limit).fetch_all)?;
    rows.into_iter().map(Invitation::try_from).collect()
}

/// The first `limit` people who are invited into the room, by id: open and dropped ones alike.
pub async fn list_invited(conn: &mut Conn, room: RoomId, limit: i64) -> Result<Vec<UserId>, StoreError> {
    let sql = "select user_id from invitations where room_id = $1 order by user_id limit $2";
    let ids: Vec<i64> = with_db!(conn, query_scalar(sql, room.0, limit).fetch_all)?;
    Ok(ids.into_iter().map(UserId).collect())
}

/// Who invited the user into the room, whether open or dropped.
pub async fn find_inviter(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<UserId>, StoreError> {
    let sql = "select inviter_id from invitations where room_id = $1 and user_id = $2";
    let inviter: Option<i64> = with_db!(conn, query_scalar(sql, room.0, user.0).fetch_optional)?;
    Ok(inviter.map(UserId))
}

/// How many are invited into the room, open and dropped ones alike.
pub async fn count_invited(conn: &mut Conn, room: RoomId) -> Result<i64, StoreError> {
    let sql = "select count(*) from invitations where room_id = $1";
    with_db!(conn, query_scalar(sql, room.0).fetch_one)
}

/// How many open invitations the user has.
pub async fn count_open(conn: &mut Conn, user: UserId) -> Result<i64, StoreError> {
    let sql = "select count(*) from invitations where user_id = $1 and not dropped";
    with_db!(conn, query_scalar(sql, user.0).fetch_one)
}

/// How many people `inviter` has invited and waits for, and how many of these times it was `user`.
pub async fn count_by_inviter(
    conn: &mut Conn,
    inviter: UserId,
    user: UserId,
) -> Result<(i64, i64), StoreError> {
    let sql =
        "select count(*), count(case when user_id = $2 then 1 end) from invitations where inviter_id = $1";
    with_db!(conn, query_as(sql, inviter.0, user.0).fetch_one)
}

/// Ends the user's invitation into the room, open or dropped.
pub async fn delete_invitation(tx: &mut Tx, room: RoomId, user: UserId) -> Result<(), StoreError> {
    let sql = "delete from invitations where room_id = $1 and user_id = $2";
    with_db!(tx, query(sql, room.0, user.0).execute)?;
    Ok(())
}

/// Ends all invitations into the room by `inviter`, and tells whose were not dropped.
pub async fn delete_by_inviter(
    tx: &mut Tx,
    room: RoomId,
    inviter: UserId,
) -> Result<Vec<UserId>, StoreError> {
    let sql = "delete from invitations where room_id = $1 and inviter_id = $2 returning user_id, dropped";
    let rows: Vec<(i64, bool)> = with_db!(tx, query_as(sql, room.0, inviter.0).fetch_all)?;
    Ok(rows.into_iter().filter(|(_, dropped)| !dropped).map(|(user, _)| UserId(user)).collect())
}

/// Drops the open invitations of the user by `inviter`, and tells into which rooms they were.
pub async fn drop_by_inviter(tx: &mut Tx, user: UserId, inviter: UserId) -> Result<Vec<RoomId>, StoreError> {
    let sql = "update invitations set dropped = $3 where user_id = $1 and inviter_id = $2 and not dropped \
               returning room_id";
    let rooms: Vec<i64> = with_db!(tx, query_scalar(sql, user.0, inviter.0, true).fetch_all)?;
    Ok(rooms.into_iter().map(RoomId).collect())
}
