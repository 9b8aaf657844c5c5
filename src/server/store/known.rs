//! What a batch of posts is decided from: how each author stands to the room, and what came under the same cid before.

use super::{Conn, StoreError, conn::Engine, rooms::Head, rows, with_db, words::Word};
use crate::model::{
    Cid, MemberRole, MessageId, RoomAccess, RoomId, RoomKind, Seq, SiteRole, Timestamp, UserId, UserRef,
    ability::{Facts, RoomClass, RoomState, Standing},
};

/// What is asked about a message that is to be posted.
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
    pub head: Head,
    /// Who the author is.
    pub author: Option<UserRef>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    pub room: RoomId,
    pub id: MessageId,
    pub seq: Seq,
    pub at: Timestamp,
    pub text: String,
    /// Of what was sent; none if a version before the hash stored it.
    pub sent_hash: Option<Vec<u8>>,
}

rows! {
    struct KnownRow {
        n: i64,
        author_id: i64,
        username: Option<String>,
        name: Option<String>,
        author_seq: Option<i64>,
        site: Option<String>,
        role: Option<String>,
        kind: Option<String>,
        access: Option<String>,
        head: Option<i64>,
        texts: Option<i64>,
        peer_disabled: bool,
        room_id: Option<i64>,
        id: Option<i64>,
        seq: Option<i64>,
        at: Option<i64>,
        text: Option<String>,
        sent_hash: Option<Vec<u8>>,
    }
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

    fn take_author(&mut self) -> Option<UserRef> {
        let (username, name) = (self.username.take()?, self.name.take()?);
        Some(UserRef { id: UserId(self.author_id), username, name, seq: Seq(self.author_seq?) })
    }

    fn earlier(self) -> Option<Earlier> {
        Some(Earlier {
            room: RoomId(self.room_id?),
            id: MessageId(self.id?),
            seq: Seq(self.seq?),
            at: Timestamp(self.at?),
            text: self.text?,
            sent_hash: self.sent_hash,
        })
    }
}

/// The query, reading what is asked from `$given`.
macro_rules! select_known {
    ($given:literal) => {
        concat!(
            "with asked (n, author_id, cid, room_id) as (",
            $given,
            ") select a.n, a.author_id, w.username, w.name, w.changed_seq as author_seq, w.role as site, b.role, r.kind, r.access, r.last_seq as head, r.texts, \
             m.room_id, m.id, m.seq, m.at, m.text, m.sent_hash, \
             case when r.kind = 'direct' then exists (select 1 from members o join users u on u.id = o.user_id \
              where o.room_id = a.room_id and u.disabled) else false end as peer_disabled \
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
    let sql = match conn.engine() {
        Engine::Postgres(_) => select_known!(
            "select n - 1, (value ->> 0)::bigint, value ->> 1, (value ->> 2)::bigint \
             from jsonb_array_elements($1::jsonb) with ordinality as given (value, n)"
        ),
        _ => select_known!("select key, value ->> 0, value ->> 1, value ->> 2 from json_each($1)"),
    };
    let given: Vec<_> = asked.iter().map(|asked| (asked.author, asked.cid, asked.room)).collect();
    let given = serde_json::to_string(&given).map_err(|error| StoreError::Other(error.into()))?;
    let rows: Vec<KnownRow> = with_db!(conn, query_as(sql, given).fetch_all)?;
    let mut known = vec![Known::default(); asked.len()];
    for mut row in rows {
        if let Some(known) = usize::try_from(row.n).ok().and_then(|n| known.get_mut(n)) {
            let head = Head { seq: Seq(row.head.unwrap_or_default()), texts: row.texts.unwrap_or_default() };
            *known = Known { facts: row.facts()?, head, author: row.take_author(), earlier: row.earlier() };
        }
    }
    Ok(known)
}
