//! What the ability table decides from, read in one statement. Called by `chat::abilities`, which asks the table.

use super::{Conn, StoreError, rooms::direct_key, rows, with_db, words::Word};
use crate::model::{
    MemberRole, RoomAccess, RoomId, RoomKind, SiteRole, UserId,
    ability::{Facts, InvitationFacts, RoomClass, RoomState, Standing, Ties},
};

rows! {
    struct FactsRow {
        site: String,
        kind: String,
        access: String,
        role: Option<String>,
        is_invited: bool,
        dropped: bool,
        inviter_disabled: bool,
        inviter_blocked: bool,
        peer_disabled: bool,
    }
}

impl TryFrom<FactsRow> for Facts {
    type Error = StoreError;

    fn try_from(row: FactsRow) -> Result<Self, StoreError> {
        let FactsRow { dropped, inviter_disabled, inviter_blocked, .. } = row;
        let invitation = InvitationFacts { dropped, inviter_disabled, inviter_blocked };
        let role = row.role.as_deref().map(MemberRole::from_word).transpose()?;
        Ok(Self {
            site: SiteRole::from_word(&row.site)?,
            standing: Standing::of(role, row.is_invited.then_some(invitation)),
            class: RoomClass::of(RoomKind::from_word(&row.kind)?, RoomAccess::from_word(&row.access)?),
            state: if row.peer_disabled { RoomState::PeerDisabled } else { RoomState::Open },
        })
    }
}

/// How the user stands to the room; none if one of the two does not exist.
pub async fn find_facts(conn: &mut Conn, room: RoomId, user: UserId) -> Result<Option<Facts>, StoreError> {
    let sql = "select u.role as site, r.kind, r.access, m.role, i.room_id is not null as is_invited, \
               coalesce(i.dropped, false) as dropped, coalesce(inviter.disabled, false) as inviter_disabled, \
               exists (select 1 from blocks b where b.user_id = u.id and b.blocked_id = i.inviter_id) \
                as inviter_blocked, \
               case when r.kind = 'direct' then exists (select 1 from members o join users p on p.id = o.user_id \
                where o.room_id = r.id and p.disabled) else false end as peer_disabled \
               from rooms r join users u on u.id = $2 \
               left join members m on m.room_id = r.id and m.user_id = u.id and m.joined \
               left join invitations i on i.room_id = r.id and i.user_id = u.id \
               left join users inviter on inviter.id = i.inviter_id \
               where r.id = $1";
    let row: Option<FactsRow> = with_db!(conn, query_as(sql, room.0, user.0).fetch_optional)?;
    row.map(Facts::try_from).transpose()
}

/// What connects `user` with `inviter`. Of their direct room the last 300 texts count; open channels do not.
pub async fn find_ties(conn: &mut Conn, user: UserId, inviter: UserId) -> Result<Ties, StoreError> {
    let sql = "select exists (select 1 from members me \
                join members other on other.room_id = me.room_id and other.user_id = $2 and other.joined \
                join rooms r on r.id = me.room_id and r.access = 'private' and r.kind <> 'direct' \
                where me.user_id = $1 and me.joined), \
               exists (select 1 from (select m.author_id from messages m \
                where m.room_id = (select id from rooms where direct_key = $3) and m.kind = 'text' \
                order by m.seq desc limit 300) newest where newest.author_id = $1), \
               exists (select 1 from blocks where user_id = $1 and blocked_id = $2)";
    let key = direct_key(user, inviter);
    let (shares_room, wrote, blocked): (bool, bool, bool) =
        with_db!(conn, query_as(sql, user.0, inviter.0, key).fetch_one)?;
    Ok(Ties { shares_room, wrote, blocked })
}

/// How many own the room.
pub async fn count_owners(conn: &mut Conn, room: RoomId) -> Result<i64, StoreError> {
    let sql = "select count(*) from members where room_id = $1 and joined and role = $2";
    with_db!(conn, query_scalar(sql, room.0, MemberRole::Owner.word()).fetch_one)
}

/// The user's role on the site.
pub async fn find_site_role(conn: &mut Conn, user: UserId) -> Result<Option<SiteRole>, StoreError> {
    let sql = "select role from users where id = $1";
    let role: Option<String> = with_db!(conn, query_scalar(sql, user.0).fetch_optional)?;
    role.as_deref().map(SiteRole::from_word).transpose()
}
