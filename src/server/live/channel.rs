//! One room's fan-out: the frames that wait to be handed over, and the connections that hear them.
//!
//! A room whose courier is busy gathers frames; the courier then hands the whole stretch to each
//! connection. So at a high rate nobody pays per frame and per member.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{frame, subscriber::Subscriber};
use crate::model::{LiveEvent, RoomId, UserId};

#[derive(Debug)]
pub(super) struct Channel {
    pub(super) room: RoomId,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Durable events, as frames.
    waiting: Vec<u8>,
    /// Events that may be lost.
    passing: Vec<u8>,
    subscribers: Vec<Arc<Subscriber>>,
}

impl Channel {
    pub(super) fn new(room: RoomId) -> Self {
        Self { room, state: Mutex::default() }
    }

    /// Adds an event to what waits. True if nothing waited: a courier must be told.
    pub(super) fn publish(&self, event: &LiveEvent) -> bool {
        let mut state = self.lock();
        let was_empty = state.is_empty();
        if !state.subscribers.is_empty() {
            frame::append(&mut state.waiting, event);
        }
        was_empty && !state.is_empty()
    }

    /// Like `publish`, for an event that slow connections may miss.
    pub(super) fn publish_ephemeral(&self, event: &LiveEvent) -> bool {
        let mut state = self.lock();
        let was_empty = state.is_empty();
        if !state.subscribers.is_empty() {
            frame::append(&mut state.passing, event);
        }
        was_empty && !state.is_empty()
    }

    /// How many connections hear of the room.
    pub(super) fn len(&self) -> usize {
        self.lock().subscribers.len()
    }

    pub(super) fn is_waiting(&self) -> bool {
        !self.lock().is_empty()
    }

    /// Hands what waits to every connection and adds to `due` those that must be flushed.
    pub(super) fn hand_over(&self, due: &mut Vec<Arc<Subscriber>>) {
        self.lock().hand_over(due);
    }

    /// Adds a connection; it hears what is published from now on.
    pub(super) fn add(&self, subscriber: Arc<Subscriber>, due: &mut Vec<Arc<Subscriber>>) {
        let mut state = self.lock();
        state.hand_over(due);
        state.subscribers.push(subscriber);
    }

    /// Removes a connection; what was published before now it still hears. True if nobody is left.
    pub(super) fn remove(&self, id: u64, due: &mut Vec<Arc<Subscriber>>) -> bool {
        let mut state = self.lock();
        state.hand_over(due);
        state.forget(id);
        state.subscribers.is_empty()
    }

    /// Like `add` and `remove`, where it does not matter who hears what waits: so a crowd that comes or goes at
    /// once does not hand it over each time.
    pub(super) fn add_quietly(&self, subscriber: Arc<Subscriber>) {
        self.lock().subscribers.push(subscriber);
    }

    pub(super) fn remove_quietly(&self, id: u64) {
        self.lock().forget(id);
    }

    pub(super) fn users(&self) -> Vec<UserId> {
        let mut users: Vec<_> = self.lock().subscribers.iter().map(|subscriber| subscriber.user).collect();
        users.sort_unstable();
        users.dedup();
        users
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.passing.is_empty()
    }

    fn forget(&mut self, id: u64) {
        if let Some(at) = self.subscribers.iter().position(|subscriber| subscriber.id == id) {
            self.subscribers.swap_remove(at);
        }
    }

    fn hand_over(&mut self, due: &mut Vec<Arc<Subscriber>>) {
        if self.is_empty() {
            return;
        }
        let waiting = axum::body::Bytes::from(std::mem::take(&mut self.waiting));
        let passing = axum::body::Bytes::from(std::mem::take(&mut self.passing));
        for subscriber in &self.subscribers {
            let is_due = !waiting.is_empty() && subscriber.queue(waiting.clone());
            let is_due = (!passing.is_empty() && subscriber.queue_ephemeral(passing.clone())) || is_due;
            if is_due {
                due.push(Arc::clone(subscriber));
            }
        }
    }
}
