//! Everything durable that happens in a room: one kind of thing, which takes one seq.
//!
//! Gates, repairs, streams' ids, `sync` and reducers go by `Change::seq` alone. What a change is, each of them asks by a
//! `match` without a rest, so that a new kind passes nobody by.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use super::{
    Member, Message, RoomId, Seq, UserId,
    frame::{Source, Tag},
};

/// A durable change of a room. Its seq is its own, whatever it changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub room: RoomId,
    pub seq: Seq,
    pub what: What,
}

/// What changed, as its whole new state: to apply it twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A message that is new: the seq is its place in the timeline.
    Message(Message),
    /// A message of before, whose place stays.
    Changed(Message),
    /// Somebody entered, left, or has another role.
    Member(Member),
    /// Of a kind that a newer version tells, as its JSON. It takes its seq all the same.
    Unknown(String),
}

impl Change {
    /// A message becomes part of the timeline. Its state may be that of a later change.
    pub fn new_message(message: Message) -> Self {
        Self { room: message.room, seq: message.seq, what: What::Message(message) }
    }

    /// A message has another state since its `changed_seq`.
    pub fn changed_message(message: Message) -> Self {
        Self { room: message.room, seq: message.changed_seq, what: What::Changed(message) }
    }

    /// The changes that a message's row tells of: its own, and the last one of its state.
    pub fn of_row(message: Message) -> impl Iterator<Item = Self> {
        let changed = (message.changed_seq != message.seq).then(|| Self::changed_message(message.clone()));
        [Self::new_message(message)].into_iter().chain(changed)
    }

    /// Whose place in the room changed, by which seq, and whether they are in it now.
    pub const fn moved(&self) -> Option<(UserId, Seq, bool)> {
        match &self.what {
            What::Member(member) => Some((member.user, self.seq, member.joined)),
            What::Message(_) | What::Changed(_) | What::Unknown(_) => None,
        }
    }

    /// The change of this `type`; none for one that is not durable.
    ///
    /// # Errors
    /// If it is not of the shape that its type promises.
    pub fn read_as<S: Source>(tag: &str, source: &S) -> Result<Option<Self>, S::Error> {
        #[derive(Deserialize)]
        struct Changed {
            room: RoomId,
            seq: Seq,
            message: Message,
        }
        Ok(Some(match tag {
            "message" => Self::new_message(source.read()?),
            "changed" => {
                let Changed { room, seq, message } = source.read()?;
                Self { room, seq, what: What::Changed(message) }
            }
            "member" => source.read::<Member>()?.into(),
            _ => return Ok(None),
        }))
    }

    /// A change of a kind that this version does not know; none if it is no change.
    pub fn read_unknown<S: Source>(source: &S) -> Option<Self> {
        #[derive(Deserialize)]
        struct Numbered {
            room: RoomId,
            seq: Seq,
        }
        let Numbered { room, seq } = source.read().ok()?;
        Some(Self { room, seq, what: What::Unknown(source.text()) })
    }
}

impl From<Member> for Change {
    fn from(member: Member) -> Self {
        Self { room: member.room, seq: member.seq, what: What::Member(member) }
    }
}

/// As the event that tells it.
impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        enum Event<'a> {
            Message(&'a Message),
            Changed { room: RoomId, seq: Seq, message: &'a Message },
            Member(&'a Member),
        }
        let Self { room, seq, .. } = *self;
        match &self.what {
            What::Message(message) => Event::Message(message).serialize(serializer),
            What::Changed(message) => Event::Changed { room, seq, message }.serialize(serializer),
            What::Member(member) => Event::Member(member).serialize(serializer),
            What::Unknown(json) => {
                let event: serde_json::Value =
                    serde_json::from_str(json).map_err(serde::ser::Error::custom)?;
                event.serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = serde_json::Value::deserialize(deserializer)?;
        let Tag { r#type } = Tag::deserialize(&event).map_err(D::Error::custom)?;
        let known = Self::read_as(&r#type, &event).map_err(D::Error::custom)?;
        known.or_else(|| Self::read_unknown(&event)).ok_or_else(|| D::Error::custom("no durable change"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timeline::tests::{member, message};

    fn edited() -> Message {
        Message { changed_seq: Seq(9), ..message(4, 1) }
    }

    #[test]
    fn a_change_is_told_under_its_own_seq() {
        let changes = [
            Change::new_message(message(4, 1)),
            Change::changed_message(edited()),
            member(5, 1, true).into(),
        ];
        let told = changes.each_ref().map(|change| serde_json::to_value(change).unwrap());
        let heads =
            told.each_ref().map(|event| (event["type"].as_str().unwrap(), event["seq"].as_i64().unwrap()));
        assert_eq!(heads, [("message", 4), ("changed", 9), ("member", 5)]);
        for (change, event) in changes.into_iter().zip(told) {
            assert_eq!(serde_json::from_value::<Change>(event).unwrap(), change);
        }
    }

    #[test]
    fn a_row_tells_its_place_and_its_last_state() {
        let (row, room) = (edited(), edited().room);
        let told: Vec<_> = Change::of_row(row.clone()).collect();
        let place = Change { room, seq: Seq(4), what: What::Message(row.clone()) };
        assert_eq!(told, [place, Change { room, seq: Seq(9), what: What::Changed(row) }]);
        assert_eq!(Change::of_row(message(4, 1)).count(), 1);
    }

    #[test]
    fn a_change_of_a_newer_version_keeps_its_seq_and_is_passed_on_as_it_was() {
        let event = serde_json::json!({ "type": "pinned", "room": 7, "seq": 12, "by": { "id": 3 } });
        let change: Change = serde_json::from_value(event.clone()).unwrap();
        assert_eq!((change.room, change.seq), (RoomId(7), Seq(12)));
        assert_eq!(serde_json::to_value(&change).unwrap(), event);
        assert!(serde_json::from_str::<Change>(r#"{"type":"confetti","room":7}"#).is_err());
    }
}
