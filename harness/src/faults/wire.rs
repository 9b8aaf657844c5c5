//! The live protocol as a client sees it: what the server says, and the rows of a room.
//!
//! Written from `docs/protocol.md` alone; unknown types and fields are passed over.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::marks::{Mark, MemberMark};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub room: i64,
    pub seq: i64,
    pub id: i64,
    #[serde(default)]
    pub cid: Option<String>,
    pub kind: String,
    #[serde(default)]
    pub notice: Option<String>,
    pub from: i64,
    pub text: String,
    pub html: String,
    pub at: i64,
    pub changed_seq: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub room: i64,
    pub seq: i64,
    pub user: i64,
    pub role: String,
    pub joined: bool,
}

/// A room in the answer to `sync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomHead {
    pub id: i64,
    pub head: i64,
}

/// The signed-in user, as the greeting names them.
#[derive(Clone, Debug, Deserialize)]
pub struct Me {
    pub id: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    Hello {
        epoch: String,
        user: Me,
    },
    Rooms {
        rooms: Vec<RoomHead>,
    },
    /// More rooms of the same answer.
    MoreRooms {
        rooms: Vec<RoomHead>,
    },
    Synced {
        room: i64,
        head: i64,
        messages: Vec<Arc<Message>>,
        members: Vec<Member>,
    },
    Reload {
        room: i64,
    },
    Ready {},
    Delivery {
        cid: String,
        room: i64,
        id: i64,
        seq: i64,
    },
    /// A command that had a `ref` is done.
    Done {
        r#ref: String,
    },
    Error {
        #[serde(default)]
        cid: Option<String>,
        #[serde(default)]
        r#ref: Option<String>,
        code: String,
    },
    Message(Arc<Message>),
    Member(Member),
    Changed {
        room: i64,
        seq: i64,
        message: Arc<Message>,
    },
    Typing {
        room: i64,
        users: Vec<i64>,
    },
    Receipt {
        room: i64,
        user: i64,
        #[serde(flatten)]
        mark: Mark,
    },
    /// The last event of a stream: what a close frame says.
    Bye {
        code: u16,
    },
    #[serde(other)]
    Unknown,
}

impl Frame {
    /// What a client makes of the frame that was written before `changed` and `ref` were thought of.
    #[must_use]
    pub fn as_old(self) -> Self {
        match self {
            Self::Changed { .. } | Self::Done { .. } => Self::Unknown,
            known => known,
        }
    }
}

/// What took a seq of a room, as it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Row {
    Message(Arc<Message>),
    Member(Member),
    /// A later state of a message.
    Changed {
        room: i64,
        seq: i64,
        message: Arc<Message>,
    },
    /// A durable event of a type that this checker does not know.
    Other {
        room: i64,
        seq: i64,
    },
}

impl Row {
    pub fn room(&self) -> i64 {
        match self {
            Self::Message(message) => message.room,
            Self::Member(member) => member.room,
            Self::Changed { room, .. } | Self::Other { room, .. } => *room,
        }
    }

    pub fn seq(&self) -> i64 {
        match self {
            Self::Message(message) => message.seq,
            Self::Member(member) => member.seq,
            Self::Changed { seq, .. } | Self::Other { seq, .. } => *seq,
        }
    }

    pub fn message(&self) -> Option<&Arc<Message>> {
        match self {
            Self::Message(message) | Self::Changed { message, .. } => Some(message),
            Self::Member(_) | Self::Other { .. } => None,
        }
    }
}

/// The codes after which the same frame may be sent again.
pub fn is_retryable(code: &str) -> bool {
    matches!(code, "rate_limited" | "unavailable" | "storage_full")
}

/// A frame that `Frame` does not name, if it is durable: it has a room and a seq.
pub fn unknown_row(text: &str) -> Option<Row> {
    #[derive(Deserialize)]
    struct Durable {
        room: i64,
        seq: i64,
    }
    let Durable { room, seq } = serde_json::from_str(text).ok()?;
    Some(Row::Other { room, seq })
}

/// A room as `/fn/room` shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomPage {
    Open(Box<OpenRoom>),
    Door(serde_json::Value),
    NewDirect(serde_json::Value),
}

#[derive(Clone, Debug, Deserialize)]
pub struct OpenRoom {
    pub room: RoomHead,
    pub cursor: i64,
    pub history: HistoryPage,
    pub members: Vec<Member>,
    pub marks: Vec<MemberMark>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct HistoryPage {
    pub messages: Vec<Arc<Message>>,
    pub has_older: bool,
    #[serde(default)]
    pub has_newer: bool,
}
