//! Telling: what a commit brought about goes to the connections of this node and to other nodes.

use super::{Effect, Live};
use crate::model::{LiveEvent, Member, RoomId, UserId};

impl Live {
    /// Does what a commit brought about, in its order.
    pub fn perform(&self, effects: impl IntoIterator<Item = Effect>) {
        for effect in effects {
            match effect {
                Effect::Tell { room, event } => self.tell_change(room, event),
                Effect::Whisper { room, event } => self.tell_passing(room, event),
                Effect::TellUser { user, event } => self.tell_user(user, event),
                Effect::EndSession { session } => self.hub.end_session(&session),
            }
        }
    }

    /// Tells every connection of the user, at all nodes.
    pub fn tell_user(&self, user: UserId, event: LiveEvent) {
        if let Some(bus) = &self.bus {
            bus.say_to(user, &event);
        }
        if let Some(event) = self.admit_receipt(event) {
            self.hub.tell_user(user, &event);
        }
    }

    /// Tells everyone in the room, at all nodes, what may be lost.
    pub fn tell_passing(&self, room: RoomId, event: LiveEvent) {
        if let Some(bus) = &self.bus {
            bus.say_passing(room, &event);
        }
        if let Some(event) = self.admit_receipt(event) {
            self.hub.publish_ephemeral(room, &event);
        }
    }

    fn tell_change(&self, room: RoomId, event: LiveEvent) {
        match &self.bus {
            None => self.deliver(room, &event),
            Some(bus) => {
                bus.say_change(room, &event);
                self.take_change(bus, room, event);
            }
        }
    }

    /// Tells the connections of this node. Callers keep a room's events in seq order.
    pub(super) fn deliver(&self, room: RoomId, event: &LiveEvent) {
        if let LiveEvent::Member(Member { joined: true, user, .. }) = event {
            self.hub.enter(room, user.id);
        }
        self.hub.publish(room, event);
        match event {
            // Said, for what was told of the typing before may arrive behind the message.
            LiveEvent::Message(message) if self.typing.stop(room, message.from.id) => self.tell_typing(room),
            LiveEvent::Member(Member { joined: false, user, .. }) => self.hub.leave(room, user.id),
            _ => {}
        }
    }
}
