//! Who hears of which room: connections that begin and end, and users who enter and leave.

use std::sync::Arc;

use super::{
    Hub,
    index::{Entry, Move, drop_from},
};
use crate::{
    model::{RoomId, UserId, people::Introduced},
    server::live::{
        encoded::{Audience, News},
        subscriber::{Subscriber, Transport},
    },
};

impl Hub {
    /// Adds a connection whose first frame will be `hello` and that hears of no room yet. Rooms entered
    /// from now on are noted, so that nothing falls between this and `subscribe`.
    pub fn register(
        &self,
        user: UserId,
        session: String,
        line: Transport,
        hello: &Introduced,
    ) -> Arc<Subscriber> {
        let subscriber = Arc::new(Subscriber::new(user, session, line));
        // It leaves with `subscribe`: who is greeted misses nothing from then on.
        subscriber.queue(&News::of(std::slice::from_ref(hello), subscriber.audience()));
        self.change(|state, _| {
            let id = subscriber.id;
            state.users.entry(user).or_default().push(id);
            state.sessions.entry(subscriber.session.clone()).or_default().push(id);
            let subscriber = Arc::clone(&subscriber);
            state.connections.insert(id, Entry { subscriber, rooms: Vec::new(), noted: Some(Vec::new()) });
        });
        subscriber
    }

    /// Lets the connection hear of `rooms`, as read after `register`, and of what was noted since.
    pub fn subscribe(&self, subscriber: &Arc<Subscriber>, rooms: Vec<RoomId>) {
        self.change(|state, due| {
            let noted = state.connections.get_mut(&subscriber.id).and_then(|entry| entry.noted.take());
            let moves = rooms.into_iter().map(Move::Enter).chain(noted.into_iter().flatten());
            moves.for_each(|step| state.take(subscriber.id, step, due));
            self.everyone.add_quietly(Arc::clone(subscriber));
            due.push(Arc::clone(subscriber));
        });
    }

    pub fn unregister(&self, subscriber: &Subscriber) {
        self.change(|state, due| {
            let Some(entry) = state.connections.remove(&subscriber.id) else { return };
            self.everyone.remove_quietly(subscriber.id);
            for room in entry.rooms {
                state.drop_from(room, subscriber.id, due);
            }
            drop_from(&mut state.users, &subscriber.user, subscriber.id);
            drop_from(&mut state.sessions, &subscriber.session, subscriber.id);
        });
    }

    pub fn enter(&self, room: RoomId, user: UserId) {
        self.change(|state, due| state.take_for_user(user, Move::Enter(room), due));
    }

    /// The user's connections hear what was published before, and nothing after.
    pub fn leave(&self, room: RoomId, user: UserId) {
        self.change(|state, due| state.take_for_user(user, Move::Leave(room), due));
    }

    /// Lets those of the user's connections hear of the room that do not, and tells them `events` first. One that
    /// just begins is told by its own reading of the database.
    pub(in crate::server::live) fn admit(&self, room: RoomId, user: UserId, events: &[Introduced]) {
        let news = News::of(events, Audience::ALL);
        self.change(|state, due| {
            let new = state.select(user, |entry| entry.noted.is_none() && !entry.rooms.contains(&room));
            due.extend(new.into_iter().filter(|subscriber| subscriber.queue(&news)));
            state.take_for_user(user, Move::Enter(room), due);
        });
    }

    /// Keeps the user's connections from hearing of the room, and tells `event` to those that did, as the last one.
    pub(in crate::server::live) fn expel(&self, room: RoomId, user: UserId, event: &Introduced) {
        let news = News::of(std::slice::from_ref(event), Audience::ALL);
        self.change(|state, due| {
            let gone = state.select(user, |entry| entry.rooms.contains(&room));
            state.take_for_user(user, Move::Leave(room), due);
            due.extend(gone.into_iter().filter(|subscriber| subscriber.queue(&news)));
        });
    }

    /// Whether a connection of the user hears of the room.
    pub fn hears(&self, user: UserId, room: RoomId) -> bool {
        self.read().of_user(user).any(|entry| entry.rooms.contains(&room))
    }

    /// Whose connections hear of the room, each once.
    pub fn users_in(&self, room: RoomId) -> Vec<UserId> {
        self.channel(room).map(|channel| channel.users()).unwrap_or_default()
    }

    /// Whether all connections of the user hear of the room, or just begin and will.
    pub(in crate::server::live) fn all_hear(&self, room: RoomId, user: UserId) -> bool {
        self.read().of_user(user).all(|entry| entry.noted.is_some() || entry.rooms.contains(&room))
    }

    /// Whether a connection of the user hears of the room, or just begins and may.
    pub(in crate::server::live) fn any_hears(&self, room: RoomId, user: UserId) -> bool {
        self.read().of_user(user).any(|entry| entry.noted.is_some() || entry.rooms.contains(&room))
    }
}
