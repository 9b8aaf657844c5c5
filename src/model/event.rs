//! The live protocol's frames: `LiveEvent` from the server, `ClientCommand` to it.
//!
//! JSON objects with the tag `type`. Durable events carry `room` and `seq`; the others are never
//! repeated. `docs/protocol.md` tells the protocol as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{
    Cid, Invitation, Member, Message, MessageId, RoomId, RoomSummary, Seq, Timestamp, UserId, UserRef,
    overview::Rest,
};
use crate::error::AppError;

/// What the server tells a connected client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveEvent {
    /// The first frame of a connection.
    Hello {
        epoch: String,
        user: UserRef,
        heartbeat_ms: u64,
        limits: Limits,
    },
    /// Answer to `sync`: the newest `ROOMS_PAGE` rooms that the user is in.
    Rooms {
        rooms: Vec<RoomSummary>,
        /// The other rooms, if the client wanted the newest only; `rooms` then has those that it named, too.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        rest: Option<Rest>,
    },
    /// Answer to `sync`, after `rooms`: up to `ROOMS_PAGE` more of the rooms that the user is in.
    MoreRooms {
        rooms: Vec<RoomSummary>,
    },
    /// Answer to `sync`: all open invitations of the user.
    Invitations {
        invitations: Vec<Invitation>,
    },
    /// Answer to `sync`, per named room that moved: every row changed since the cursor.
    Synced {
        room: RoomId,
        head: Seq,
        messages: Vec<Message>,
        members: Vec<Member>,
    },
    /// Answer to `sync`: the cursor is of no use; fetch the room anew.
    Reload {
        room: RoomId,
    },
    /// The answer to `sync` is complete.
    Ready {},
    /// A send is durable.
    Delivery {
        cid: Cid,
        room: RoomId,
        id: MessageId,
        seq: Seq,
        at: Timestamp,
    },
    /// A command was refused; `cid` names the send it was.
    Error {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        cid: Option<Cid>,
        #[serde(flatten)]
        error: AppError,
    },
    /// A new message.
    Message(Message),
    /// Somebody entered or left a room, or has another role there.
    Member(Member),
    /// Who is typing in the room now; void after six seconds.
    Typing {
        room: RoomId,
        users: Vec<UserRef>,
    },
    /// How far a member's copy and reading reach; `unread` is told to that member only.
    Receipt {
        room: RoomId,
        user: UserId,
        /// One of the member's clients holds everything up to here.
        delivered_seq: Seq,
        read_seq: Seq,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        unread: Option<u32>,
    },
    /// Somebody asks the user to enter a room.
    Invited(Invitation),
    /// The user's invitation into the room is answered or withdrawn.
    Uninvited {
        room: RoomId,
    },
    /// Everyone who is online.
    Presence {
        online: Vec<UserRef>,
    },
    PresenceChanged {
        user: UserRef,
        online: bool,
    },
    Pong {},
    /// An event that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What the server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most characters of a message.
    pub message_chars: usize,
    /// The most bytes of a frame.
    pub frame_bytes: usize,
}

/// What a client asks of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientCommand {
    /// Asks for the list of rooms, and for what was missed in the named ones.
    Sync {
        #[serde(default)]
        epoch: String,
        /// The highest seq of each room that the client holds completely.
        #[serde(default, deserialize_with = "cursors")]
        rooms: BTreeMap<RoomId, Seq>,
        /// The client wants to hear of its newest rooms and of the named ones only.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        newest: bool,
    },
    /// Sends a text to a room, or to a user with whom a direct room is opened if there is none.
    Message {
        cid: Cid,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        room: Option<RoomId>,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        to: Option<Addressee>,
        text: String,
    },
    Typing {
        room: RoomId,
        on: bool,
    },
    /// The client holds everything up to `seq`.
    Delivered {
        room: RoomId,
        seq: Seq,
    },
    /// Everything up to `seq` has been read.
    Read {
        room: RoomId,
        seq: Seq,
    },
    /// Asks who is online.
    Who {},
    Ping {},
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

/// JSON keys are strings, and a tagged enum hides from serde that these are numbers.
fn cursors<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<RoomId, Seq>, D::Error> {
    let named = BTreeMap::<String, Seq>::deserialize(deserializer)?;
    let parsed = named.into_iter().map(|(room, seq)| Ok((room.parse()?, seq)));
    parsed.collect::<Result<_, std::num::ParseIntError>>().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn cursors_have_room_ids_as_keys() {
        let frame = r#"{"type":"sync","epoch":"e","rooms":{"7":42}}"#;
        let expected = ClientCommand::Sync {
            epoch: "e".into(),
            rooms: BTreeMap::from([(RoomId(7), Seq(42))]),
            newest: false,
        };
        assert_eq!(serde_json::from_str::<ClientCommand>(frame).unwrap(), expected);
        assert!(serde_json::from_str::<ClientCommand>(r#"{"type":"sync","rooms":{"x":1}}"#).is_err());
    }

    #[test]
    fn an_error_carries_its_code_beside_the_cid() {
        let cid = Cid::new();
        let event = LiveEvent::Error { cid: Some(cid), error: AppError::invalid("text", Reason::TooLong) };
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["code"], "invalid");
        assert_eq!(json["cid"], cid.to_string());
        assert_eq!(serde_json::from_value::<LiveEvent>(json).unwrap(), event);
    }

    #[test]
    fn an_unknown_event_is_no_error() {
        let event = serde_json::from_str(r#"{"type":"confetti","colour":"red"}"#);
        assert_eq!(event.ok(), Some(LiveEvent::Unknown));
    }

    #[test]
    fn an_addressee_is_an_id_or_a_name() {
        assert_eq!(serde_json::from_str::<Addressee>("5").unwrap(), Addressee::Id(UserId(5)));
        let bob = serde_json::from_str::<Addressee>("\"bob\"").unwrap();
        assert_eq!(bob, Addressee::Username("bob".into()));
    }
}
