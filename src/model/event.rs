//! What the server tells, in the live protocol. `command` has what clients say.
//!
//! JSON objects with the tag `type`. Durable events are changes of rooms, with `room` and `seq`; the ephemeral ones are never
//! repeated. `docs/protocol.md` tells the protocol as a whole.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

use super::{
    Change, Cid, Invitation, Member, Message, MessageId, People, RoomId, RoomSummary, Seq, Timestamp, UserId,
    UserRef,
    command::CommandRef,
    frame::{Source, Tag, frames},
    overview::Rest,
};
use crate::error::AppError;

/// What the server tells a connected client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveEvent {
    Durable(Change),
    Ephemeral(Ephemeral),
    /// Of a kind that this version does not know.
    Unknown,
}

frames! {
    /// What is told once: answers, and what may be lost.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Ephemeral {
        /// The first frame of a connection.
        Hello = "hello" {
            epoch: String,
            protocol: Protocol,
            user: UserRef,
            heartbeat_ms: u64,
            limits: Limits,
        },
        /// Who people are that later events name by id: all of an answer, or those who say something in a room for the
        /// first time since this connection hears of it.
        People = "people" {
            people: People,
            /// Only in the answer to a `sync` with `people`: where the next one goes on.
            #[serde(skip_serializing_if = "Option::is_none", default)]
            seq: Option<Seq>,
        },
        /// Somebody has another name from now on.
        User = "user" (UserRef),
        /// Answer to `sync`: the newest `ROOMS_PAGE` rooms that the user is in.
        Rooms = "rooms" {
            rooms: Vec<RoomSummary>,
            /// The other rooms, if the client wanted the newest only; `rooms` then has those that it named, too.
            #[serde(skip_serializing_if = "Option::is_none", default)]
            rest: Option<Rest>,
        },
        /// Answer to `sync`, after `rooms`: up to `ROOMS_PAGE` more of the rooms that the user is in.
        MoreRooms = "more_rooms" { rooms: Vec<RoomSummary> },
        /// Answer to `sync`: all open invitations of the user.
        Invitations = "invitations" { invitations: Vec<Invitation> },
        /// Answer to `sync`, per named room that moved: every row changed since the cursor.
        Synced = "synced" {
            room: RoomId,
            head: Seq,
            messages: Vec<Message>,
            members: Vec<Member>,
        },
        /// Answer to `sync`: the cursor is of no use; fetch the room anew.
        Reload = "reload" { room: RoomId },
        /// The answer to `sync` is complete.
        Ready = "ready" {},
        /// A send is durable.
        Delivery = "delivery" {
            cid: Cid,
            room: RoomId,
            id: MessageId,
            seq: Seq,
            at: Timestamp,
        },
        /// The command that the client called so is done, and answered.
        Done = "done" { r#ref: CommandRef },
        /// A command was refused: the send `cid`, or whatever the client called `ref`.
        Error = "error" {
            #[serde(skip_serializing_if = "Option::is_none")]
            cid: Option<Cid>,
            #[serde(skip_serializing_if = "Option::is_none")]
            r#ref: Option<CommandRef>,
            #[serde(flatten)]
            error: AppError,
        } by read_error,
        /// Who is typing in the room now; void after six seconds.
        Typing = "typing" { room: RoomId, users: Vec<UserId> },
        /// How far a member's copy and reading reach; `unread` is told to that member only.
        Receipt = "receipt" {
            room: RoomId,
            user: UserId,
            /// One of the member's clients holds everything up to here.
            delivered_seq: Seq,
            read_seq: Seq,
            #[serde(skip_serializing_if = "Option::is_none", default)]
            unread: Option<u32>,
        },
        /// Somebody asks the user to enter a room.
        Invited = "invited" (Invitation),
        /// The user's invitation into the room is answered or withdrawn.
        Uninvited = "uninvited" { room: RoomId },
        /// Everyone who is online.
        Presence = "presence" { online: Vec<UserId> },
        PresenceChanged = "presence_changed" { user: UserId, online: bool },
        Pong = "pong" {},
    }
}

/// The code and its fields stand beside the cid: two shapes in one object. Our own clients call no command by a `ref`.
fn read_error<S: Source>(source: &S) -> Result<Ephemeral, S::Error> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(default)]
        cid: Option<Cid>,
    }
    let Named { cid } = source.read()?;
    Ok(Ephemeral::Error { cid, r#ref: None, error: source.read()? })
}

impl Ephemeral {
    /// A send was refused.
    pub const fn refused_send(cid: Cid, error: AppError) -> Self {
        Self::Error { cid: Some(cid), r#ref: None, error }
    }

    /// A command was refused that is no send.
    pub const fn refused(r#ref: Option<CommandRef>, error: AppError) -> Self {
        Self::Error { cid: None, r#ref, error }
    }
}

impl LiveEvent {
    /// The event in a frame.
    ///
    /// # Errors
    /// If it has no `type`, or is not of the shape that its type promises.
    pub fn read<S: Source>(tag: &str, source: &S) -> Result<Self, S::Error> {
        if let Some(change) = Change::read_as(tag, source)? {
            return Ok(Self::Durable(change));
        }
        if let Some(event) = Ephemeral::read_as(tag, source)? {
            return Ok(Self::Ephemeral(event));
        }
        Ok(Change::read_unknown(source).map_or(Self::Unknown, Self::Durable))
    }
}

impl From<Change> for LiveEvent {
    fn from(change: Change) -> Self {
        Self::Durable(change)
    }
}

impl From<Ephemeral> for LiveEvent {
    fn from(event: Ephemeral) -> Self {
        Self::Ephemeral(event)
    }
}

impl Serialize for LiveEvent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Durable(change) => change.serialize(serializer),
            Self::Ephemeral(event) => event.serialize(serializer),
            Self::Unknown => Err(S::Error::custom("an event of an unknown kind")),
        }
    }
}

impl<'de> Deserialize<'de> for LiveEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = serde_json::Value::deserialize(deserializer)?;
        let Tag { r#type } = Tag::deserialize(&event).map_err(D::Error::custom)?;
        Self::read(&r#type, &event).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Ephemeral {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match LiveEvent::deserialize(deserializer)? {
            LiveEvent::Ephemeral(event) => Ok(event),
            LiveEvent::Durable(_) | LiveEvent::Unknown => Err(D::Error::custom("no ephemeral event")),
        }
    }
}

/// Which version of the live protocol the server speaks, and which it still understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    pub version: u32,
    /// A client of a lower version misunderstands, or is misunderstood.
    pub oldest: u32,
}

impl Protocol {
    /// Of this build. `version` grows with what clients may use, `oldest` with what they must know.
    pub const CURRENT: Self = Self { version: 2, oldest: 2 };

    /// Whether a client that was built like this one understands such a server.
    pub const fn serves_this(self) -> bool {
        self.oldest <= Self::CURRENT.version
    }
}

/// What the server accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The most characters of a message.
    pub message_chars: usize,
    /// The most bytes of a frame.
    pub frame_bytes: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn an_error_carries_its_code_beside_the_cid() {
        let cid = Cid::new();
        let event = Ephemeral::refused_send(cid, AppError::invalid("text", Reason::TooLong));
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["code"], "invalid");
        assert_eq!(json["cid"], cid.to_string());
        assert_eq!(serde_json::from_value::<Ephemeral>(json).unwrap(), event);
    }

    #[test]
    fn an_unknown_event_is_no_error() {
        let event = serde_json::from_str(r#"{"type":"confetti","colour":"red"}"#);
        assert_eq!(event.ok(), Some(LiveEvent::Unknown));
    }
}
