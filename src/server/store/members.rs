//! Who is, or was, in a room.

use std::collections::BTreeMap;

use super::{Conn, Numbers, StoreError, Tx, conn::Engine, rows, with_db, with_lists, words::Word};
use crate::model::{Mark, Member, MemberRole, RoomId, Seq, Timestamp, UserId};

/// A user who enters a room with the change `seq`.
#[derive(Clone, Debug)]
pub struct NewMember {
    pub room: RoomId,
    pub user: UserId,
    pub role: MemberRole,
    pub seq: Seq,
    pub at: Timestamp,
}

rows! {
    struct MemberRow {
        room_id: i64,
        changed_seq: i64,
        role: String,
        joined: bool,
        user_id: i64,
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        Ok(Self {
            room: RoomId(row.room_id),
            seq: Seq(row.changed_seq),
            user: UserId(row.user_id),
            role: MemberRole::from_word(&row.role)?,
            joined: row.joined,
        })
    }
}

rows! {
    struct MarkedRow {
        #[sqlx(flatten)]
        member: MemberRow,
        delivered_seq: i64,
        read_seq: i64,
    }
}

macro_rules! select_members {
    ($rest:expr) => {
        select_members!("", $rest)
    };
    ($more:literal, $rest:expr) => {
        concat!(
            "select m.room_id, m.changed_seq, m.role, m.joined, m.user_id",
            $more,
            " from members m ",
            $rest
        )
    };
}

/// Lets the user in, for the first time or again. What was said before counts as read.
pub async fn join(tx: &mut Tx, member: &NewMember) -> Result<(), StoreError> {
    let sql = "insert into members \
               (room_id, user_id, role, joined, joined_at, changed_at, changed_seq, delivered_seq, read_seq, known_texts) \
               values ($1, $2, $3, $4, $5, $5, $6, $6, $6, (select texts from rooms where id = $1)) \
               on conflict (room_id, user_id) do update set role = excluded.role, joined = excluded.joined, \
               joined_at = excluded.joined_at, changed_at = excluded.changed_at, changed_seq = excluded.changed_seq, \
               delivered_seq = excluded.delivered_seq, read_seq = excluded.read_seq, \
               known_texts = excluded.known_texts";
    let NewMember { room, user, role, seq, at } = member;
    with_db!(tx, query(sql, room.0, user.0, role.word(), true, at.0, seq.0).execute)?;
    Ok(())
}

/// Takes the user out of the room; `NotFound` if not in it.
pub async fn leave(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
    seq: Seq,
    at: Timestamp,
) -> Result<(), StoreError> {
    let sql = "update members set joined = $4, changed_seq = $3, changed_at = $5 \
               where room_id = $1 and user_id = $2 and joined";
    let rows = with_db!(tx, query(sql, room.0, user.0, seq.0, false, at.0).execute)?;
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// Counts texts that members wrote, which are stored in this transaction, as known to them.
pub async fn count_own_texts(tx: &mut Tx, own: &BTreeMap<(RoomId, UserId), i64>) -> Result<(), StoreError> {
    if let Engine::Postgres(_) = tx.engine() {
        let sql = "update members set known_texts = known_texts + own.texts from unnest($1, $2, $3) as own (room, member, texts) \
                   where members.room_id = own.room and members.user_id = own.member";
        let numbers = |of: fn((&(RoomId, UserId), &i64)) -> i64| own.iter().map(of).collect::<Numbers>();
        let (rooms, users) = (numbers(|((room, _), _)| room.0), numbers(|((_, user), _)| user.0));
        let texts = numbers(|(_, texts)| *texts);
        return with_db!(tx, query(sql, rooms, users, texts).execute).map(drop);
    }
    let sql = "update members set known_texts = known_texts + $3 where room_id = $1 and user_id = $2";
    for ((room, user), texts) in own {
        with_db!(tx, query(sql, room.0, user.0, *texts).execute)?;
    }
    Ok(())
}

/// Gives the user another role in the room, by the change `seq`; `NotFound` if not in it.
pub async fn update_role(
    tx: &mut Tx,
    room: RoomId,
    user: UserId,
    role: MemberRole,
    (seq, at): (Seq, Timestamp),
) -> Result<(), StoreError> {
    let sql = "update members set role = $4, changed_seq = $3, changed_at = $5 \
               where room_id = $1 and user_id = $2 and joined";
    let rows = with_db!(tx, query(sql, room.0, user.0, seq.0, role.word(), at.0).execute)?;
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// The user's place in the room, also after leaving it.
pub async fn find_member(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Member>, StoreError> {
    let sql = select_members!("where m.room_id = $1 and m.user_id = $2");
    let row: Option<MemberRow> = with_db!(conn, query_as(sql, room.0, user.0).fetch_optional)?;
    row.map(Member::try_from).transpose()
}

/// The first `limit` in the room, by id, with how far each has come.
pub async fn list_marked_members(
    conn: &mut Conn,
    room: RoomId,
    limit: i64,
) -> Result<Vec<(Member, Mark)>, StoreError> {
    let sql = select_members!(
        ", m.delivered_seq, m.read_seq",
        "where m.room_id = $1 and m.joined order by m.user_id limit $2"
    );
    let rows: Vec<MarkedRow> = with_db!(conn, query_as(sql, room.0, limit).fetch_all)?;
    let marked = |MarkedRow { member, delivered_seq, read_seq }| {
        let user = UserId(member.user_id);
        let mark = Mark { user, delivered_seq: Seq(delivered_seq), read_seq: Seq(read_seq) };
        Ok((member.try_into()?, mark))
    };
    rows.into_iter().map(marked).collect()
}

/// Those of `users` who are in the room, by id.
pub async fn list_members_among(
    conn: &mut Conn,
    room: RoomId,
    users: &[UserId],
) -> Result<Vec<Member>, StoreError> {
    let sql = with_lists!(
        conn,
        select_members!("where m.room_id = $1 and m.joined and m.user_id " ["$2"] " order by m.user_id")
    );
    let users: Numbers = users.iter().map(|user| user.0).collect();
    let rows: Vec<MemberRow> = with_db!(conn, query_as(sql, room.0, users).fetch_all)?;
    rows.into_iter().map(Member::try_from).collect()
}

/// The first `limit` in the room whose id comes after `after`.
pub async fn list_members_after(
    conn: &mut Conn,
    room: RoomId,
    after: UserId,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    let sql =
        select_members!("where m.room_id = $1 and m.joined and m.user_id > $2 order by m.user_id limit $3");
    let rows: Vec<MemberRow> = with_db!(conn, query_as(sql, room.0, after.0, limit).fetch_all)?;
    rows.into_iter().map(Member::try_from).collect()
}

/// How many are in the room.
pub async fn count_members(conn: &mut Conn, room: RoomId) -> Result<i64, StoreError> {
    let sql = "select count(*) from members where room_id = $1 and joined";
    with_db!(conn, query_scalar(sql, room.0).fetch_one)
}

/// The first `limit` who entered, changed or left after `cursor`, in the order of the changes.
pub async fn list_members_changed_after(
    conn: &mut Conn,
    room: RoomId,
    cursor: Seq,
    limit: i64,
) -> Result<Vec<Member>, StoreError> {
    let sql = select_members!(
        "where m.room_id = $1 and m.changed_seq > $2 order by m.changed_seq, m.user_id limit $3"
    );
    let rows: Vec<MemberRow> = with_db!(conn, query_as(sql, room.0, cursor.0, limit).fetch_all)?;
    rows.into_iter().map(Member::try_from).collect()
}

/// Whether a user is in a room, as of the change `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub room: RoomId,
    pub user: UserId,
    pub seq: Seq,
    pub joined: bool,
}

/// Who entered or left a room at `since` or later, by the clocks of the nodes where it happened.
pub async fn list_moved_since(conn: &mut Conn, since: Timestamp) -> Result<Vec<Membership>, StoreError> {
    let sql = "select room_id, user_id, changed_seq, joined from members where changed_at >= $1";
    let rows: Vec<(i64, i64, i64, bool)> = with_db!(conn, query_as(sql, since.0).fetch_all)?;
    let membership = |(room, user, seq, joined)| Membership {
        room: RoomId(room),
        user: UserId(user),
        seq: Seq(seq),
        joined,
    };
    Ok(rows.into_iter().map(membership).collect())
}

/// How many rooms the user is in.
pub async fn count_rooms(conn: &mut Conn, user: UserId) -> Result<i64, StoreError> {
    let sql = "select count(*) from members where user_id = $1 and joined";
    with_db!(conn, query_scalar(sql, user.0).fetch_one)
}

/// The rooms that the user is in.
pub async fn list_room_ids(conn: &mut Conn, user: UserId) -> Result<Vec<RoomId>, StoreError> {
    let sql = "select room_id from members where user_id = $1 and joined order by room_id";
    let ids: Vec<i64> = with_db!(conn, query_scalar(sql, user.0).fetch_all)?;
    Ok(ids.into_iter().map(RoomId).collect())
}

/// Which of the users are in which of the rooms.
pub async fn list_users_in(
    conn: &mut Conn,
    rooms: &[RoomId],
    users: &[UserId],
) -> Result<Vec<(RoomId, UserId)>, StoreError> {
    let sql = with_lists!(
        conn,
        concat!(
            "select room_id, user_id from members where room_id " ["$1"] " and user_id " ["$2"]
            " and joined order by room_id, user_id"
        )
    );
    let rooms: Numbers = rooms.iter().map(|room| room.0).collect();
    let users: Numbers = users.iter().map(|user| user.0).collect();
    let rows: Vec<(i64, i64)> = with_db!(conn, query_as(sql, rooms, users).fetch_all)?;
    Ok(rows.into_iter().map(|(room, user)| (RoomId(room), UserId(user))).collect())
}

/// The users who are in the room.
pub async fn list_member_ids(conn: &mut Conn, room: RoomId) -> Result<Vec<UserId>, StoreError> {
    let sql = "select user_id from members where room_id = $1 and joined order by user_id";
    let ids: Vec<i64> = with_db!(conn, query_scalar(sql, room.0).fetch_all)?;
    Ok(ids.into_iter().map(UserId).collect())
}
