//! The parts of the state that views derive from, so that a change of one wakes nobody who looks at another.

use super::LiveState;
use crate::model::{RoomId, sorted::Sorted};

/// A part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Which rooms there are, their order, and anything that is told of them.
    Rooms,
    /// What is told of one of them.
    Room(RoomId),
    /// How many other rooms there are.
    Rest,
    Invitations,
    /// Who people are.
    People,
    Online,
    Typing,
    /// Which room is open, and the messages at hand.
    Timeline,
    /// Which room's end the reader looks at.
    Reading,
    /// The members of the open room.
    Members,
    /// How far they have come.
    Marks,
    Outbox,
    Connection,
}

impl LiveState {
    /// A number that is another one after each change of the topic; 0 for what is not there.
    pub fn version(&self, topic: Topic) -> u64 {
        let timeline = self.timeline.as_ref();
        match topic {
            Topic::Rooms => self.rooms.version(),
            Topic::Room(id) => self.rooms.iter().find(|room| room.id == id).map_or(0, |room| room.version()),
            Topic::Rest => self.rest.version(),
            Topic::Invitations => self.invitations.version(),
            Topic::People => self.people.version(),
            Topic::Online => self.online.version(),
            Topic::Typing => self.typing.version(),
            Topic::Timeline => timeline.map_or(0, |timeline| timeline.window.version()),
            Topic::Reading => self.reading.version(),
            Topic::Members => timeline.map_or(0, |timeline| timeline.members.version()),
            Topic::Marks => timeline.map_or(0, |timeline| timeline.marks.version()),
            Topic::Outbox => self.outbox.version(),
            Topic::Connection => self.connection.version(),
        }
    }

    /// The versions of all rooms.
    pub fn room_versions(&self) -> Sorted<RoomId, u64> {
        self.rooms.iter().map(|room| (room.id, room.version())).collect()
    }
}
