//! What nodes tell each other, and under which subjects.
//!
//! A packet is the teller's incarnation (a UUID of each start) in 32 hexadecimal digits, then JSON. A node
//! drops its own packets by these digits alone. Words that a node does not know, of a newer version, are
//! dropped too: the database tells what they were about.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::model::{Change, Ephemeral, RoomId, Timestamp, UserId, UserRef, people::Introduced};

/// The subjects of one installation: those of another database may share the NATS server.
#[derive(Debug)]
pub(in crate::server::live) struct Subjects {
    prefix: String,
}

impl Subjects {
    pub(in crate::server::live) fn new(epoch: &str) -> Self {
        Self { prefix: format!("papo.{epoch}") }
    }

    /// What happens in a room; heard by nodes whose connections are in it.
    pub(in crate::server::live) fn room(&self, room: RoomId) -> String {
        format!("{}.room.{room}", self.prefix)
    }

    /// What concerns a user; heard by nodes to which the user is connected.
    pub(in crate::server::live) fn user(&self, user: UserId) -> String {
        format!("{}.user.{user}", self.prefix)
    }

    /// Who is online where; heard by all nodes.
    pub(in crate::server::live) fn presence(&self) -> String {
        format!("{}.presence", self.prefix)
    }

    /// That a node lives and its words arrive; heard by all nodes.
    pub(in crate::server::live) fn beat(&self) -> String {
        format!("{}.beat", self.prefix)
    }

    /// What a node tells itself, to know that its subscriptions are in force.
    pub(in crate::server::live) fn echo(&self, node: Uuid) -> String {
        format!("{}.echo.{}", self.prefix, node.simple())
    }
}

/// Told in a room.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub(in crate::server::live) enum RoomPacket<C = Change, E = Ephemeral, U = UserRef> {
    Change(Introduced<C>),
    /// An event that may be lost.
    Passing {
        event: E,
        at: Timestamp,
    },
    Typing {
        user: U,
        on: bool,
        at: Timestamp,
    },
}

/// Told to a user's connections, or about the user's place in a room.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub(in crate::server::live) enum UserPacket<E = Ephemeral, C = Change> {
    Tell(Introduced<E>),
    /// The user's place in a room changed, which is told in the room too.
    Moved(Introduced<C>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "word", rename_all = "snake_case")]
pub(in crate::server::live) enum PresencePacket<U = UserRef> {
    /// Asks all nodes for their snapshots.
    Ask {},
    Changed {
        user: U,
        online: bool,
    },
    /// Everyone online at the node, in several packets of the same `turn`.
    Snapshot {
        turn: u64,
        is_last: bool,
        users: Vec<U>,
    },
    /// Somebody has another name.
    Name {
        user: U,
    },
    /// The node stops.
    Bye {},
}

pub(in crate::server::live) fn pack(node: Uuid, word: &impl Serialize) -> Option<Bytes> {
    let mut packet = node.simple().to_string().into_bytes();
    match serde_json::to_writer(&mut packet, word) {
        Ok(()) => Some(packet.into()),
        Err(error) => {
            tracing::error!(%error, "a word for other nodes could not be encoded");
            None
        }
    }
}

/// Who told the packet.
pub(in crate::server::live) fn teller(packet: &[u8]) -> Option<Uuid> {
    Uuid::try_parse_ascii(packet.get(..32)?).ok()
}

/// What another node told; none if it was this one, or if this version does not understand it.
pub(in crate::server::live) fn unpack<W: DeserializeOwned>(node: Uuid, packet: &[u8]) -> Option<(Uuid, W)> {
    let teller = teller(packet).filter(|teller| *teller != node)?;
    let word = serde_json::from_slice(packet.get(32..)?);
    if let Err(error) = &word {
        tracing::debug!(%error, "a word of another node is not understood");
    }
    Some((teller, word.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{People, Seq, What};

    #[test]
    fn a_packet_is_understood_by_others_and_dropped_by_its_teller() {
        let (here, there) = (Uuid::now_v7(), Uuid::now_v7());
        let change = Change {
            room: RoomId(7),
            seq: Seq(3),
            what: What::Unknown(r#"{"room":7,"seq":3,"type":"x"}"#.into()),
        };
        let word = RoomPacket::<_, &Ephemeral, &UserRef>::Change(Introduced {
            event: &change,
            people: People::default(),
        });
        let packet = pack(here, &word).unwrap();
        assert!(unpack::<RoomPacket>(here, &packet).is_none());
        let (teller, heard) = unpack::<RoomPacket>(there, &packet).unwrap();
        assert_eq!(teller, here);
        assert!(matches!(heard, RoomPacket::Change(told) if told.event == change));
    }

    #[test]
    fn noise_is_no_word() {
        let here = Uuid::now_v7();
        let short = [0_u8; 8];
        let foreign = format!("{}{{\"word\":\"sing\"}}", Uuid::now_v7().simple());
        for packet in [&short[..], b"", foreign.as_bytes(), &[b'x'; 64]] {
            assert!(unpack::<PresencePacket>(here, packet).is_none());
        }
    }

    #[test]
    fn installations_do_not_hear_each_other() {
        assert_ne!(Subjects::new("a").room(RoomId(1)), Subjects::new("b").room(RoomId(1)));
    }
}
