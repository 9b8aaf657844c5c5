//! What clients say, in the live protocol. `event` has what the server tells; `docs/protocol.md` tells the protocol as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Cid, RoomId, Seq, UserId, frame::frames};

frames! {
    /// What a client asks of the server.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum ClientCommand {
        /// Asks for the list of rooms, and for what was missed in the named ones.
        Sync = "sync" {
            #[serde(default)]
            epoch: String,
            /// The highest seq of each room that the client holds completely.
            #[serde(default)]
            rooms: BTreeMap<RoomId, Seq>,
            /// The client wants to hear of its newest rooms and of the named ones only.
            #[serde(skip_serializing_if = "std::ops::Not::not", default)]
            newest: bool,
            /// Asks also for the people who changed after this seq: the page's, or that of the last answer.
            #[serde(skip_serializing_if = "Option::is_none", default)]
            people: Option<Seq>,
        },
        /// Sends a text to a room, or to a user with whom a direct room is opened if there is none.
        Message = "message" {
            cid: Cid,
            #[serde(skip_serializing_if = "Option::is_none", default)]
            room: Option<RoomId>,
            #[serde(skip_serializing_if = "Option::is_none", default)]
            to: Option<Addressee>,
            text: String,
        },
        Typing = "typing" { room: RoomId, on: bool },
        /// The client holds everything up to `seq`.
        Delivered = "delivered" { room: RoomId, seq: Seq },
        /// Everything up to `seq` has been read.
        Read = "read" { room: RoomId, seq: Seq },
        /// Asks who is online.
        Who = "who" {},
        Ping = "ping" {},
    }
}

/// What a client calls a command of its own, at most `CommandRef::MAX` characters: its answer repeats it. A send's is its
/// cid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandRef(pub String);

impl CommandRef {
    pub const MAX: usize = 64;
}

/// A user named by id or by user name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum Addressee {
    Id(UserId),
    Username(String),
}

impl Addressee {
    /// As a part of an address, where a number is always an id: nobody can take another's by their user name.
    pub fn from_path(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Username(text.to_owned()), Self::Id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_addressee_is_an_id_or_a_name() {
        assert_eq!(serde_json::from_str::<Addressee>("5").unwrap(), Addressee::Id(UserId(5)));
        let bob = serde_json::from_str::<Addressee>("\"bob\"").unwrap();
        assert_eq!(bob, Addressee::Username("bob".into()));
    }
}
