//! The fan-out: who hears of which room. An event is encoded once and its bytes are shared.
//!
//! Publishing never waits: every connection has a bounded queue, and one that overflows is closed and
//! resumes. Callers publish a room's events in seq order.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

use super::subscriber::{Close, Subscriber, encode};
use crate::model::{LiveEvent, RoomId, UserId};

#[derive(Debug, Default)]
pub struct Hub {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    connections: HashMap<u64, Entry>,
    users: HashMap<UserId, HashSet<u64>>,
    rooms: HashMap<RoomId, Vec<Arc<Subscriber>>>,
}

#[derive(Debug)]
struct Entry {
    subscriber: Arc<Subscriber>,
    rooms: HashSet<RoomId>,
    /// Rooms entered and left while the connection's rooms are being read from the database.
    noted: Option<Vec<Move>>,
}

#[derive(Clone, Copy, Debug)]
enum Move {
    Enter(RoomId),
    Leave(RoomId),
}

/// A connection's place in the hub.
pub struct Registration {
    pub subscriber: Arc<Subscriber>,
    frames: Mutex<Option<mpsc::Receiver<Utf8Bytes>>>,
}

impl Registration {
    /// The receiving end of the queue; there is one, for the connection's task.
    pub fn take_frames(&self) -> Option<mpsc::Receiver<Utf8Bytes>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Hub {
    /// Adds a connection whose first frame is `hello` and that hears of no room yet. Rooms entered
    /// from now on are noted, so that nothing falls between this and `subscribe`.
    pub fn register(&self, user: UserId, session: String, hello: &LiveEvent) -> Registration {
        let (subscriber, frames) = Subscriber::new(user, session);
        let subscriber = Arc::new(subscriber);
        subscriber.tell(hello);
        let mut state = self.write();
        state.users.entry(user).or_default().insert(subscriber.id);
        let entry =
            Entry { subscriber: Arc::clone(&subscriber), rooms: HashSet::new(), noted: Some(Vec::new()) };
        state.connections.insert(subscriber.id, entry);
        Registration { subscriber, frames: Mutex::new(Some(frames)) }
    }

    /// Lets the connection hear of `rooms`, as read after `register`, and of what was noted since.
    pub fn subscribe(&self, registration: &Registration, rooms: Vec<RoomId>) {
        let mut state = self.write();
        let id = registration.subscriber.id;
        let noted = state.connections.get_mut(&id).and_then(|entry| entry.noted.take());
        let moves = rooms.into_iter().map(Move::Enter).chain(noted.into_iter().flatten());
        moves.for_each(|step| state.take(id, step));
    }

    pub fn unregister(&self, registration: &Registration) {
        let mut state = self.write();
        let Some(entry) = state.connections.remove(&registration.subscriber.id) else { return };
        for room in entry.rooms {
            state.drop_from(room, entry.subscriber.id);
        }
        let user = entry.subscriber.user;
        if let Some(connections) = state.users.get_mut(&user) {
            connections.remove(&entry.subscriber.id);
            if connections.is_empty() {
                state.users.remove(&user);
            }
        }
    }

    pub fn enter(&self, room: RoomId, user: UserId) {
        self.write().take_for_user(user, Move::Enter(room));
    }

    pub fn leave(&self, room: RoomId, user: UserId) {
        self.write().take_for_user(user, Move::Leave(room));
    }

    /// Tells every connection in the room.
    pub fn publish(&self, room: RoomId, event: &LiveEvent) {
        self.each_in(room, event, Subscriber::send);
    }

    /// Tells every connection in the room whose queue has a place.
    pub fn publish_ephemeral(&self, room: RoomId, event: &LiveEvent) {
        self.each_in(room, event, Subscriber::send_ephemeral);
    }

    pub fn tell_user(&self, user: UserId, event: &LiveEvent) {
        let frame = encode(event);
        let state = self.read();
        state.of_user(user).for_each(|entry| entry.subscriber.send(frame.clone()));
    }

    /// Tells every connection whose queue has a place.
    pub fn broadcast(&self, event: &LiveEvent) {
        let frame = encode(event);
        self.read().connections.values().for_each(|entry| entry.subscriber.send_ephemeral(frame.clone()));
    }

    /// Whose connections hear of the room.
    pub fn users_in(&self, room: RoomId) -> HashSet<UserId> {
        let state = self.read();
        let subscribers = state.rooms.get(&room).into_iter().flatten();
        subscribers.map(|subscriber| subscriber.user).collect()
    }

    /// Whether all connections of the user hear of the room. One that just begins does not.
    pub fn all_hear(&self, room: RoomId, user: UserId) -> bool {
        self.read().of_user(user).all(|entry| entry.noted.is_none() && entry.rooms.contains(&room))
    }

    /// Whether a connection of the user hears of the room, or just begins and may.
    pub fn any_hears(&self, room: RoomId, user: UserId) -> bool {
        self.read().of_user(user).any(|entry| entry.noted.is_some() || entry.rooms.contains(&room))
    }

    pub fn end_session(&self, session: &str) {
        let state = self.read();
        let ended = state.connections.values().filter(|entry| entry.subscriber.session == session);
        ended.for_each(|entry| entry.subscriber.close(Close::SessionEnded));
    }

    pub fn close_all(&self, why: Close) {
        self.read().connections.values().for_each(|entry| entry.subscriber.close(why));
    }

    fn each_in(&self, room: RoomId, event: &LiveEvent, send: fn(&Subscriber, Utf8Bytes)) {
        let state = self.read();
        let Some(subscribers) = state.rooms.get(&room) else { return };
        let frame = encode(event);
        subscribers.iter().for_each(|subscriber| send(subscriber, frame.clone()));
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn of_user(&self, user: UserId) -> impl Iterator<Item = &Entry> {
        let ids = self.users.get(&user).into_iter().flatten();
        ids.filter_map(|id| self.connections.get(id))
    }

    fn take_for_user(&mut self, user: UserId, step: Move) {
        let ids: Vec<u64> = self.users.get(&user).into_iter().flatten().copied().collect();
        ids.into_iter().for_each(|id| self.take(id, step));
    }

    fn take(&mut self, id: u64, step: Move) {
        let Some(entry) = self.connections.get_mut(&id) else { return };
        if let Some(noted) = &mut entry.noted {
            noted.push(step);
            return;
        }
        match step {
            Move::Enter(room) => {
                if entry.rooms.insert(room) {
                    self.rooms.entry(room).or_default().push(Arc::clone(&entry.subscriber));
                }
            }
            Move::Leave(room) => {
                if entry.rooms.remove(&room) {
                    self.drop_from(room, id);
                }
            }
        }
    }

    fn drop_from(&mut self, room: RoomId, id: u64) {
        if let Some(subscribers) = self.rooms.get_mut(&room) {
            subscribers.retain(|subscriber| subscriber.id != id);
            if subscribers.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId(1);
    const ANA: UserId = UserId(10);

    fn pong() -> LiveEvent {
        LiveEvent::Pong {}
    }

    fn waiting(frames: &mut mpsc::Receiver<Utf8Bytes>) -> usize {
        std::iter::from_fn(|| frames.try_recv().ok()).count()
    }

    #[test]
    fn a_room_left_while_rooms_were_read_stays_left() {
        let hub = Hub::default();
        let ana = hub.register(ANA, "s".into(), &pong());
        let mut frames = ana.take_frames().unwrap();
        hub.leave(ROOM, ANA);
        hub.subscribe(&ana, vec![ROOM]);
        hub.publish(ROOM, &pong());
        assert_eq!(waiting(&mut frames), 1, "the greeting");
    }

    #[test]
    fn a_room_entered_while_rooms_were_read_is_heard() {
        let hub = Hub::default();
        let ana = hub.register(ANA, "s".into(), &pong());
        let mut frames = ana.take_frames().unwrap();
        hub.enter(ROOM, ANA);
        hub.subscribe(&ana, vec![]);
        hub.publish(ROOM, &pong());
        hub.publish(RoomId(2), &pong());
        assert_eq!(waiting(&mut frames), 2, "the greeting and one event");
    }

    #[tokio::test]
    async fn a_full_queue_closes_the_connection_and_no_other() {
        let hub = Hub::default();
        let (ana, bea) =
            (hub.register(ANA, "s".into(), &pong()), hub.register(UserId(11), "t".into(), &pong()));
        let (slow, mut quick) = (ana.take_frames().unwrap(), bea.take_frames().unwrap());
        hub.subscribe(&ana, vec![ROOM]);
        hub.subscribe(&bea, vec![ROOM]);
        assert_eq!(waiting(&mut quick), 1);
        for _ in 0..=super::super::subscriber::QUEUE {
            hub.publish(ROOM, &pong());
            assert_eq!(waiting(&mut quick), 1);
        }
        assert_eq!(ana.subscriber.closed().await, Close::Slow);
        drop(slow);
    }

    #[test]
    fn an_ended_connection_leaves_nothing_behind() {
        let hub = Hub::default();
        let ana = hub.register(ANA, "s".into(), &pong());
        hub.subscribe(&ana, vec![ROOM]);
        hub.unregister(&ana);
        let state = hub.read();
        assert!(state.connections.is_empty() && state.users.is_empty() && state.rooms.is_empty());
    }
}
