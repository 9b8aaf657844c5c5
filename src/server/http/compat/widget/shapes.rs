//! The JSON of the embedded chat, and the names of its rooms.

use serde::Serialize;

use crate::{
    model::{Message, MessageText, People, RoomSummary, Seq, Timestamp, UserId, UserRef},
    server::chat::{messages::Delivery, rooms::made_at},
};

/// `3_7` of the users 3 and 7: the smaller id first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct SalaId(String);

impl SalaId {
    pub(super) fn of(one: UserId, other: UserId) -> Self {
        Self(format!("{}_{}", one.min(other), one.max(other)))
    }

    /// With whom `me` is in the room of this name; none if it names no room that `me` could be in.
    pub(super) fn partner(name: &str, me: UserId) -> Option<UserId> {
        let (smaller, greater) = name.split_once('_')?;
        let (smaller, greater) = (smaller.parse().ok()?, greater.parse().ok()?);
        // One name per room: no `07`, no `7_3`.
        let is_exact = smaller < greater && Self::of(smaller, greater).0 == name;
        match (is_exact, smaller == me, greater == me) {
            (true, true, _) => Some(greater),
            (true, _, true) => Some(smaller),
            _ => None,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Usuario {
    id: UserId,
    nome: String,
    /// The user name, by which people sign in too: nobody is told the e-mail address of another.
    email: String,
}

impl From<UserRef> for Usuario {
    fn from(user: UserRef) -> Self {
        Self { id: user.id, nome: user.name, email: user.username }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Conversa {
    sala_id: SalaId,
    ultima_atividade: String,
    outro_usuario: Usuario,
    /// Shortened like all previews; none in an empty room.
    ultima_mensagem: Option<String>,
    /// Counted to 100.
    nao_lidas: u32,
}

impl Conversa {
    /// None for a room that is not direct.
    pub(super) fn of(room: RoomSummary, people: &People, me: UserId) -> Option<Self> {
        let partner = people.get(room.partner?)?.clone();
        let at = room.last.as_ref().map_or_else(|| made_at(room.id), |last| last.at);
        Some(Self {
            sala_id: SalaId::of(me, partner.id),
            ultima_atividade: local_text(at, " "),
            outro_usuario: partner.into(),
            ultima_mensagem: room.last.map(|last| last.text),
            nao_lidas: room.unread,
        })
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Mensagem {
    id: i64,
    sala_id: SalaId,
    usuario_id: UserId,
    mensagem: String,
    data_envio: String,
    /// Papo knows how far somebody has read and not when: once it is read, this is the moment of sending.
    lida_em: Option<String>,
}

impl Mensagem {
    /// What was sent just now.
    pub(super) fn sent(delivery: &Delivery, sala_id: SalaId, by: UserId, text: MessageText) -> Self {
        Self {
            id: delivery.id.0,
            sala_id,
            usuario_id: by,
            mensagem: text.into(),
            data_envio: local_text(delivery.at, "T"),
            lida_em: None,
        }
    }

    /// `read` is how far the one has read who did not write it.
    pub(super) fn of(message: &Message, sala_id: SalaId, read: Option<Seq>) -> Self {
        let sent = local_text(message.at, "T");
        Self {
            id: message.id.0,
            sala_id,
            usuario_id: message.from,
            mensagem: message.text.clone(),
            lida_em: read.filter(|read| *read >= message.seq).map(|_| sent.clone()),
            data_envio: sent,
        }
    }
}

/// `2026-11-21T06:45:40.000123+00:00`, as Python writes a moment that knows its zone: browsers show it in the
/// reader's.
fn local_text(at: Timestamp, separator: &str) -> String {
    at.to_rfc3339_micros().replace('Z', "+00:00").replace('T', separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_has_one_name_for_both_and_none_for_others() {
        let (ana, bea, eva) = (UserId(3), UserId(20), UserId(7));
        assert_eq!(SalaId::of(bea, ana), SalaId("3_20".into()));
        assert_eq!(SalaId::partner("3_20", ana), Some(bea));
        assert_eq!(SalaId::partner("3_20", bea), Some(ana));
        for name in ["3_20", "20_3", "03_20", "3_3", "3_", "_", "", "x_y", "3_20_7", "3_ 20", "+3_7"] {
            let who = if name == "3_20" { eva } else { ana };
            assert_eq!(SalaId::partner(name, who), None, "{name}");
        }
    }

    #[test]
    fn moments_look_like_pythons() {
        let at = Timestamp(1_767_225_661_000_123);
        assert_eq!(local_text(at, "T"), "2026-01-01T00:01:01.000123+00:00");
        assert_eq!(local_text(at, " "), "2026-01-01 00:01:01.000123+00:00");
    }
}
