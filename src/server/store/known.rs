//! What is known of messages that were to be posted and were not stored: why.

use super::{Conn, StoreError, on_postgres, words::Word};
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

/// The query, reading what is asked from `$given`.
macro_rules! select_known {
    ($given:literal) => {
        concat!(
            "with asked (n, author_id, cid, room_id) as (",
            $given,
            ") select a.n, w.role as site, b.role, r.kind, r.access, m.room_id, m.id, m.seq, m.at, m.text, \
             coalesce(r.kind = 'direct', false) and exists (select 1 from members o join users u on u.id = o.user_id \
              where o.room_id = a.room_id and u.disabled) as peer_disabled \
             from asked a \
             left join users w on w.id = a.author_id \
             left join rooms r on r.id = a.room_id \
             left join members b on b.room_id = a.room_id and b.user_id = a.author_id and b.joined \
             left join messages m on m.author_id = a.author_id and m.cid = a.cid"
        )
    };
}

/// What is known of each, in their order.
pub async fn list_known(conn: &mut Conn, asked: &[Asked]) -> Result<Vec<Known>, StoreError> {
    let rows: Vec<KnownRow> = match conn {
        Conn::Postgres(held) => {
            let sql = select_known!(
                "select n - 1, author_id, cid, room_id from unnest($1::bigint[], $2::text[], $3::bigint[]) \
                 with ordinality as given (author_id, cid, room_id, n)"
            );
            let authors: Vec<i64> = asked.iter().map(|asked| asked.author.0).collect();
            let cids: Vec<String> = asked.iter().map(|asked| asked.cid.to_string()).collect();
            let rooms: Vec<i64> = asked.iter().map(|asked| asked.room.0).collect();
            on_postgres!(held, conn => sqlx::query_as(sql).bind(authors).bind(cids).bind(rooms).fetch_all(conn))?
        }
        Conn::Sqlite(held) => {
            let sql = select_known!("select key, value ->> 0, value ->> 1, value ->> 2 from json_each($1)");
            let asked: Vec<_> =
                asked.iter().map(|asked| (asked.author.0, asked.cid.to_string(), asked.room.0)).collect();
            let asked = serde_json::to_string(&asked).map_err(|error| StoreError::Other(error.into()))?;
            let rows = sqlx::query_as(sql).bind(asked).fetch_all(held.pooled()).await;
            rows.map_err(|error| held.failed(error))?
        }
    };
    let mut known = vec![Known::default(); asked.len()];
    for row in rows {
        if let Some(known) = usize::try_from(row.n).ok().and_then(|n| known.get_mut(n)) {
            *known = Known { facts: row.facts()?, earlier: row.earlier() };
        }
    }
    Ok(known)
}
