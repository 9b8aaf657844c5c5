//! Telling: what a commit brought about goes to the connections of this node and to other nodes.

use super::{Effect, Live};
use crate::model::{Change, Ephemeral, Member, RoomId, UserId, UserRef, What, people::Introduced};

impl Live {
    /// Does what a commit brought about, in its order.
    pub fn perform(&self, effects: impl IntoIterator<Item = Effect>) {
        for effect in effects {
            match effect {
                Effect::Tell(change) => self.tell_change(change),
                Effect::TellEphemeral { room, event } => self.tell_ephemeral(room, event),
                Effect::TellUser { user, event } => self.tell_user(user, event),
                Effect::TellName(user) => self.tell_name(user),
                Effect::EndSession { session } => self.hub.end_session(&session),
            }
        }
    }

    /// Tells every connection of the user, at all nodes.
    pub fn tell_user(&self, user: UserId, told: Introduced<Ephemeral>) {
        if let Some(bus) = &self.bus {
            bus.publish_to_user(user, &told);
        }
        self.tell_user_here(user, told);
    }

    /// Tells every connection of the user at this node.
    pub(super) fn tell_user_here(&self, user: UserId, Introduced { event, people }: Introduced<Ephemeral>) {
        if let Some(event) = self.admit_receipt(event) {
            self.hub.tell_user(user, &Introduced { event, people }.told());
        }
    }

    /// Tells everyone in the room, at all nodes, what may be lost.
    pub fn tell_ephemeral(&self, room: RoomId, event: Ephemeral) {
        if let Some(bus) = &self.bus {
            bus.publish_ephemeral(room, &event);
        }
        if let Some(event) = self.admit_receipt(event) {
            self.hub.publish_ephemeral(room, &event.into());
        }
    }

    /// Tells everyone, at all nodes, that somebody has taken another name.
    pub fn tell_name(&self, user: UserRef) {
        if let Some(bus) = &self.bus {
            bus.publish_name(&user);
        }
        self.note_name(user);
    }

    /// Tells everyone at this node, unless they know it.
    pub fn note_name(&self, user: UserRef) {
        if self.presence.rename(&user) {
            self.hub.broadcast(&Ephemeral::User(user).into());
        }
    }

    fn tell_change(&self, change: Introduced<Change>) {
        match &self.bus {
            None => self.deliver(change),
            Some(bus) => {
                bus.publish_change(&change);
                self.take_change(bus, change);
            }
        }
    }

    /// Tells the connections of this node. Callers keep a room's changes in seq order.
    pub(super) fn deliver(&self, change: Introduced<Change>) {
        let room = change.event.room;
        let after = After::of(&change.event.what);
        if let After::Entered(user) = after {
            self.hub.enter(room, user);
        }
        self.hub.publish(room, &change.told());
        match after {
            // Said, for what was told of the typing before may arrive behind the message.
            After::Said(author) if self.typing.stop(room, author) => self.tell_typing(room),
            After::Left(user) => self.hub.leave(room, user),
            After::Said(_) | After::Entered(_) | After::Nothing => {}
        }
    }
}

/// What a change does to the room's connections, besides being told to them.
enum After {
    Said(UserId),
    Entered(UserId),
    Left(UserId),
    Nothing,
}

impl After {
    fn of(what: &What) -> Self {
        match what {
            What::Message(message) => Self::Said(message.from),
            What::Member(Member { joined: true, user, .. }) => Self::Entered(*user),
            What::Member(Member { joined: false, user, .. }) => Self::Left(*user),
            What::Changed(_) | What::Unknown(_) => Self::Nothing,
        }
    }
}
