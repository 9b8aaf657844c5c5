//! The rooms of which this node hears: those that its connections are in.
//!
//! A room is subscribed to first, opened with its head from the database second, and closed some time
//! after the last connection has left it. Its lock is held while events go on to the hub, so that they
//! arrive there in seq order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{gate::Gate, recent_moves::RecentMoves, told_marks::ToldMarks};
use crate::model::{Change, RoomId, Seq, people::Introduced};

#[derive(Debug, Default)]
pub(in crate::server::live) struct Rooms {
    rooms: RwLock<HashMap<RoomId, Arc<Room>>>,
}

#[derive(Debug)]
pub(in crate::server::live) struct Room {
    pub(in crate::server::live) id: RoomId,
    state: Mutex<State>,
    /// Becomes true when NATS has been asked for the room's words.
    asked: watch::Receiver<bool>,
    _subscription: DropGuard,
}

#[derive(Debug)]
pub(in crate::server::live) struct State {
    pub(in crate::server::live) gate: Gate<Introduced<Change>>,
    /// Whether somebody was told that the database must be read.
    pub(in crate::server::live) is_repairing: bool,
    pub(in crate::server::live) moves: RecentMoves,
    pub(in crate::server::live) told: ToldMarks,
    is_closed: bool,
}

impl State {
    fn new() -> Self {
        let (gate, moves, told) = (Gate::closed(), RecentMoves::default(), ToldMarks::default());
        Self { gate, is_repairing: false, moves, told, is_closed: false }
    }
}

/// The subscription's side of a new room or user.
pub(in crate::server::live) struct Opening {
    pub(in crate::server::live) asked: watch::Sender<bool>,
    pub(in crate::server::live) ended: CancellationToken,
}

impl Opening {
    pub(in crate::server::live) fn new() -> (Self, watch::Receiver<bool>) {
        let (asked, is_asked) = watch::channel(false);
        (Self { asked, ended: CancellationToken::new() }, is_asked)
    }
}

impl Rooms {
    /// The room, which stays while it is held; with an `Opening` if it is new.
    pub(in crate::server::live) fn hold(&self, id: RoomId) -> (Arc<Room>, Option<Opening>) {
        if let Some(room) = self.get(id) {
            return (room, None);
        }
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&id) {
            return (Arc::clone(room), None);
        }
        let (opening, asked) = Opening::new();
        let room = Arc::new(Room {
            id,
            state: Mutex::new(State::new()),
            asked,
            _subscription: opening.ended.clone().drop_guard(),
        });
        rooms.insert(id, Arc::clone(&room));
        (room, Some(opening))
    }

    pub(in crate::server::live) fn get(&self, id: RoomId) -> Option<Arc<Room>> {
        self.rooms.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// The open rooms and what they have seen.
    pub(in crate::server::live) fn seen(&self) -> HashMap<RoomId, Seq> {
        let rooms: Vec<_> =
            self.rooms.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        rooms.iter().filter_map(|room| Some((room.id, room.seen()?))).collect()
    }

    /// Closes the rooms that nobody holds and `is_empty` says to be without a connection.
    pub(in crate::server::live) fn sweep(&self, is_empty: impl Fn(RoomId) -> bool) {
        let mut rooms = self.rooms.write().unwrap_or_else(PoisonError::into_inner);
        rooms.retain(|id, room| {
            let keep = Arc::strong_count(room) > 1 || !is_empty(*id);
            if !keep {
                room.lock().is_closed = true;
            }
            keep
        });
    }
}

impl Room {
    /// What went through here; none while the room is not open.
    pub(in crate::server::live) fn seen(&self) -> Option<Seq> {
        self.lock().gate.seen()
    }

    /// Changes the state; none if the room was closed meanwhile.
    pub(in crate::server::live) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let mut state = self.lock();
        (!state.is_closed).then(|| change(&mut state))
    }

    pub(in crate::server::live) async fn wait_until_asked(&self) {
        drop(self.asked.clone().wait_for(|asked| *asked).await);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_is_held_or_has_connections_stays() {
        let rooms = Rooms::default();
        let (held, opening) = rooms.hold(RoomId(1));
        let ended = opening.unwrap().ended;
        drop(rooms.hold(RoomId(2)));
        rooms.sweep(|room| room != RoomId(2));
        assert!(rooms.get(RoomId(1)).is_some() && rooms.get(RoomId(2)).is_some());
        rooms.sweep(|_| true);
        assert!(rooms.get(RoomId(1)).is_some() && rooms.get(RoomId(2)).is_none());
        drop(held);
        rooms.sweep(|_| true);
        assert!(rooms.get(RoomId(1)).is_none() && ended.is_cancelled());
    }
}
