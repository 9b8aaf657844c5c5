//! The JSON of conversations and messages.

use serde::Serialize;
use uuid::Uuid;

use super::ids;
use crate::model::{
    Mark, Member, Message, People, RoomKind, RoomSummary, Seq, UserId, UserRef, page::RECEIPTS_MAX,
};

#[derive(Debug, Serialize)]
pub(super) struct ConversationJson {
    id: Uuid,
    /// Of a direct conversation, the other person's.
    name: String,
    is_group: bool,
    participants: Vec<Participant>,
}

#[derive(Debug, Serialize)]
struct Participant {
    id: Uuid,
    user: User,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct User {
    id: UserId,
    username: String,
    name: String,
}

impl ConversationJson {
    /// `people` are all of its members, or the first of very many.
    pub(super) fn of(room: &RoomSummary, people: &People) -> Self {
        let participant =
            |user: &UserRef| Participant { id: ids::of_participant(room.id, user.id), user: user.into() };
        Self {
            id: ids::of_conversation(room.id),
            is_group: room.kind != RoomKind::Direct,
            participants: people.iter().map(participant).collect(),
            name: room.called(people),
        }
    }
}

impl From<&UserRef> for User {
    fn from(UserRef { id, username, name, .. }: &UserRef) -> Self {
        Self { id: *id, username: username.clone(), name: name.clone() }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct MessageJson {
    id: Uuid,
    conversation: Uuid,
    text: String,
    sender: User,
    created_at: String,
    /// The same moment, under the other name that such clients know.
    timestamp: String,
    attachments: [(); 0],
    statuses: Vec<StatusJson>,
}

/// What became of a message for one participant who did not write it.
#[derive(Debug, Serialize)]
struct StatusJson {
    id: Uuid,
    participant: Uuid,
    status: &'static str,
}

impl MessageJson {
    /// `marks` tell how far the participants have come.
    pub(super) fn of(message: &Message, sender: &UserRef, marks: &[Mark]) -> Self {
        let at = message.at.to_rfc3339_micros();
        let others = marks.iter().filter(|mark| mark.user != message.from);
        let status = |mark: &Mark| StatusJson {
            id: ids::of_status(message.id, mark.user),
            participant: ids::of_participant(message.room, mark.user),
            status: status_of(mark, message.seq),
        };
        Self {
            id: ids::of_message(message.id),
            conversation: ids::of_conversation(message.room),
            statuses: others.map(status).collect(),
            text: message.text.clone(),
            sender: sender.into(),
            created_at: at.clone(),
            timestamp: at,
            attachments: [],
        }
    }
}

fn status_of(mark: &Mark, seq: Seq) -> &'static str {
    match mark {
        Mark { read_seq, .. } if *read_seq >= seq => "read",
        Mark { delivered_seq, .. } if *delivered_seq >= seq => "delivered",
        _ => "sent",
    }
}

/// Where nobody has come further than before a message; nothing of very many, as in `list_marks`.
pub(super) fn unmoved(members: &[Member]) -> Vec<Mark> {
    let mark = |member: &Member| Mark { user: member.user, delivered_seq: Seq(0), read_seq: Seq(0) };
    if members.len() > RECEIPTS_MAX { Vec::new() } else { members.iter().map(mark).collect() }
}

/// A frame of the WebSocket: the message, and its text under the name that Channels' own examples use.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    r#type: &'static str,
    message: String,
    #[serde(flatten)]
    content: MessageJson,
}

impl Frame {
    pub(super) fn of(content: MessageJson) -> Self {
        Self { r#type: "chat_message", message: content.text.clone(), content }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_the_status_of_every_message() {
        let mark = Mark { user: UserId(1), delivered_seq: Seq(5), read_seq: Seq(3) };
        let statuses = [3, 4, 5, 6].map(|seq| status_of(&mark, Seq(seq)));
        assert_eq!(statuses, ["read", "delivered", "delivered", "sent"]);
    }
}
