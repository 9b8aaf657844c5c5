//! Telling connections: an event is encoded once and added to what waits for its room or connection; a sender is called for
//! the rest. Callers publish a room's events in seq order.

use std::sync::Arc;

use super::Hub;
use crate::{
    model::{RoomId, UserId, people::Introduced},
    server::live::{
        encoded::{Audience, News},
        subscriber::Subscriber,
    },
};

impl Hub {
    /// Tells every connection in the room.
    pub fn publish(&self, room: RoomId, event: &Introduced) {
        if let Some(channel) = self.channel(room)
            && channel.publish(event)
        {
            self.senders.call_for_room(channel);
        }
    }

    /// Tells every connection in the room that is not behind.
    pub fn publish_ephemeral(&self, room: RoomId, event: &Introduced) {
        if let Some(channel) = self.channel(room)
            && channel.publish_ephemeral(event)
        {
            self.senders.call_for_room(channel);
        }
    }

    /// Sends at once, by this thread, what `tell` publishes and answers, if few connections hear of it.
    pub fn send_inline(&self, tell: impl FnOnce()) {
        self.senders.send_inline(tell);
    }

    /// Tells one connection, together with whatever else waits for it.
    pub fn answer(&self, subscriber: &Arc<Subscriber>, event: &Introduced) {
        if subscriber.queue(&News::of(std::slice::from_ref(event), subscriber.audience())) {
            self.senders.call_for(Arc::clone(subscriber));
        }
    }

    /// Tells every connection of the user.
    pub fn tell_user(&self, user: UserId, event: &Introduced) {
        let connections = self.read().select(user, |_| true);
        if connections.is_empty() {
            return;
        }
        let streams = connections.iter().filter(|subscriber| subscriber.is_stream()).count();
        let audience = Audience { sockets: connections.len() > streams, streams: streams > 0 };
        let news = News::of(std::slice::from_ref(event), audience);
        let due = connections.into_iter().filter(|subscriber| subscriber.queue(&news));
        due.for_each(|subscriber| self.senders.call_for(subscriber));
    }

    /// Tells every connection that is not behind, with the next `tell_everyone`: so many who come at once
    /// are one write to each.
    pub fn broadcast(&self, event: &Introduced) {
        self.everyone.publish_bare(event);
    }

    /// Sends what was broadcast.
    pub(super) fn tell_everyone(&self) {
        if self.everyone.is_waiting() {
            self.senders.call_for_room(Arc::clone(&self.everyone));
        }
    }
}
