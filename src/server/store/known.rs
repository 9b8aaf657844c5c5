//! What is known of messages that were to be posted and were not stored: why.

use super::{
    Conn, StoreError,
    conn::on_either,
    rows::{pieces, with_rows},
    words::Word,
};
use crate::model::{
    Cid, MemberRole, MessageId, RoomAccess, RoomId, RoomKind, Seq, SiteRole, Timestamp, UserId,
    ability::{Facts, RoomClass, RoomState, Standing},
};

/// What is asked about a message that was to be posted.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    pub author: UserId,
    pub cid: Cid,
    pub room: RoomId,
}

/// What is known of it.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// What the author sent under this cid before, in whatever room.
    pub earlier: Option<Earlier>,
    /// How the author stands to the room; none if there is no such room. Invitations are left out.
    pub facts: Option<Facts>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub room: RoomId,
    pub id: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
    pub text: String,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    n: i64,
    site: Option<String>,
    role: Option<String>,
    kind: Option<String>,
    access: Option<String>,
    peer_disabled: bool,
    room_id: Option<i64>,
    id: Option<i64>,
    seq: Option<i64>,
    at: Option<i64>,
    text: Option<String>,
}

impl KnownRow {
    fn facts(&self) -> Result<Option<Facts>, StoreError> {
        let (Some(site), Some(kind), Some(access)) = (&self.site, &self.kind, &self.access) else {
            return Ok(None);
        };
        let role = self.role.as_deref().map(MemberRole::from_word).transpose()?;
        Ok(Some(Facts {
            site: SiteRole::from_word(site)?,
            standing: Standing::of(role, None),
            class: RoomClass::of(RoomKind::from_word(kind)?, RoomAccess::from_word(access)?),
            state: if self.peer_disabled { RoomState::PeerDisabled } else { RoomState::Open },
        }))
    }

    fn earlier(self) -> Option<Earlier> {
        Some(Earlier {
            room: RoomId(self.room_id?),
            id: MessageId(self.id?),
            seq: Seq(self.seq?),
            at: Timestamp(self.at?),
            text: self.text?,
        })
    }
}

/// What is known of each, in their order.
pub async fn list_known(conn: &mut Conn, asked: &[Asked]) -> Result<Vec<Known>, StoreError> {
    const SQL: &str = "with asked (n, author_id, cid, room_id) as (values {rows}) \
                       select a.n, w.role as site, b.role, r.kind, r.access, m.room_id, m.id, m.seq, m.at, m.text, \
                       coalesce(r.kind = 'direct', false) and exists (select 1 from members o join users u on u.id = o.user_id \
                        where o.room_id = a.room_id and u.disabled) as peer_disabled \
                       from asked a \
                       left join users w on w.id = a.author_id \
                       left join rooms r on r.id = a.room_id \
                       left join members b on b.room_id = a.room_id and b.user_id = a.author_id and b.joined \
                       left join messages m on m.author_id = a.author_id and m.cid = a.cid \
                       where a.n >= 0";
    let mut known = vec![Known::default(); asked.len()];
    let Some(first) = asked.first() else { return Ok(known) };
    let numbered: Vec<(usize, &Asked)> = asked.iter().enumerate().collect();
    for piece in pieces(&numbered, &(usize::MAX, first)) {
        let sql = with_rows(conn, SQL, piece.len(), 4);
        let rows: Vec<KnownRow> = on_either!(conn, held => {
            let mut query = sqlx::query_as(sql);
            for (n, asked) in piece {
                let n = i64::try_from(*n).unwrap_or(-1);
                query = query.bind(n).bind(asked.author.0).bind(asked.cid.to_string()).bind(asked.room.0);
            }
            query.fetch_all(held)
        })?;
        for row in rows {
            if let Some(known) = usize::try_from(row.n).ok().and_then(|n| known.get_mut(n)) {
                *known = Known { facts: row.facts()?, earlier: row.earlier() };
            }
        }
    }
    Ok(known)
}
